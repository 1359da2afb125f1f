//! Answers that were worked out already: found again, or waited for together.
//!
//! A release never changes, so an answer from it stays right for good; one leaves only where its room is needed, the one
//! that was used longest ago first. Equal questions at one time are one flight: one statement, and everyone waits for it.
//! Failures are told to all who wait and are not kept.

mod flights;
mod key;

use std::sync::Arc;

use marts::{Answered, Failure};
use metrics::{counter, gauge};
use moka::policy::EvictionPolicy;

use flights::{Boarded, Flights};
pub use key::Key;

use crate::service::{CACHE_ANSWERS, CACHE_BYTES, CACHE_ENTRIES};

/// One answer may take this part of the room; a larger one would push out all that is useful.
const LARGEST_PART: u64 = 8;

type Kept = moka::sync::Cache<Arc<Key>, Arc<Answered>>;
/// How a flight ended, for everyone who waited.
type Outcome = Result<Arc<Answered>, Failure>;

/// Answers by all that decides their rows.
pub struct Cache {
    kept: Kept,
    flights: Arc<Flights>,
    largest: u64,
}

impl Cache {
    /// Keeps answers of at most `bytes` together; with 0 equal questions at one time still run once.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        let kept = Kept::builder()
            .max_capacity(bytes)
            .eviction_policy(EvictionPolicy::lru())
            .weigher(|key: &Arc<Key>, answered: &Arc<Answered>| {
                u32::try_from(key::weight(key, answered)).unwrap_or(u32::MAX)
            })
            .build();
        Self {
            kept,
            flights: Arc::default(),
            largest: bytes / LARGEST_PART,
        }
    }

    /// The answer to the question that `key` stands for: the one that is kept, or what `work` gives. The work runs in a
    /// task of its own, which ends when nobody waits for it any more.
    ///
    /// # Errors
    /// Those of the work, which are not kept.
    pub async fn answer<W>(&self, key: Key, work: impl FnOnce() -> W) -> Outcome
    where
        W: Future<Output = Result<Answered, Failure>> + Send + 'static,
    {
        let key = Arc::new(key);
        let boarded = self.flights.board(
            &key,
            || self.kept.get(&key),
            || {
                let (kept, largest, key) = (self.kept.clone(), self.largest, Arc::clone(&key));
                let work = work();
                async move {
                    let answered = Arc::new(work.await?);
                    keep(&kept, largest, key, &answered);
                    Ok(answered)
                }
            },
        );
        match boarded {
            Boarded::Landed(answered) => {
                counter!(CACHE_ANSWERS, "outcome" => "hit").increment(1);
                Ok(answered)
            }
            Boarded::Joined(flight) => {
                counter!(CACHE_ANSWERS, "outcome" => "joined").increment(1);
                flight.landed().await
            }
            Boarded::Began(flight) => {
                counter!(CACHE_ANSWERS, "outcome" => "miss").increment(1);
                flight.landed().await
            }
        }
    }
}

fn keep(kept: &Kept, largest: u64, asked: Arc<Key>, answered: &Arc<Answered>) {
    if key::weight(&asked, answered) > largest {
        return;
    }
    // A release that was published in between has answered: it is its answer, not that of the one before.
    let key = if asked.release == answered.release {
        asked
    } else {
        Arc::new(asked.on(answered.release.clone()))
    };
    kept.insert(key, Arc::clone(answered));
    kept.run_pending_tasks();
    // Gauges are floats; a cache is far below where those lose whole numbers.
    gauge!(CACHE_BYTES).set(kept.weighted_size() as f64);
    gauge!(CACHE_ENTRIES).set(kept.entry_count() as f64);
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
