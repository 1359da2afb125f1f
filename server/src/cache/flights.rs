//! Questions that are being worked out: equal ones share one task, which ends with the last one who waits for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use marts::{Answered, Failure};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tracing::Instrument;

use super::{Key, Outcome};

/// The flights that are under way.
#[derive(Default)]
pub(super) struct Flights {
    in_the_air: Mutex<InTheAir>,
}

#[derive(Default)]
struct InTheAir {
    /// Each with its number.
    flights: HashMap<Arc<Key>, (u64, Weak<Flight>)>,
    begun: u64,
}

/// How a question came to its answer.
pub(super) enum Boarded {
    /// It is there.
    Landed(Arc<Answered>),
    /// An equal one is being worked out.
    Joined(Arc<Flight>),
    Began(Arc<Flight>),
}

/// One task, held by those who wait for it.
pub(super) struct Flight {
    key: Arc<Key>,
    /// Two flights of one question are told apart by it: one that everybody left may end after the next one began.
    number: u64,
    outcome: watch::Receiver<Option<Outcome>>,
    task: AbortHandle,
    flights: Arc<Flights>,
}

impl Flights {
    /// Finds the answer, joins the flight for it, or begins one.
    pub fn board<W>(
        self: &Arc<Self>,
        key: &Arc<Key>,
        landed: impl Fn() -> Option<Arc<Answered>>,
        begin: impl FnOnce() -> W,
    ) -> Boarded
    where
        W: Future<Output = Outcome> + Send + 'static,
    {
        if let Some(answered) = landed() {
            return Boarded::Landed(answered);
        }
        let mut air = self.lock();
        if let Some(flight) = air
            .flights
            .get(key)
            .and_then(|(_, flight)| flight.upgrade())
        {
            return Boarded::Joined(flight);
        }
        // Landed between the first look and the lock: a flight keeps its answer before it leaves the air.
        if let Some(answered) = landed() {
            return Boarded::Landed(answered);
        }
        air.begun += 1;
        let number = air.begun;
        let (tell, outcome) = watch::channel(None);
        let (flights, own, work) = (Arc::clone(self), Arc::clone(key), begin());
        let task = tokio::spawn(
            async move {
                let outcome = work.await;
                flights.leave(&own, number);
                // Nobody waits any more: then nobody is told.
                let _told = tell.send(Some(outcome));
            }
            .in_current_span(),
        );
        let flight = Arc::new(Flight {
            key: Arc::clone(key),
            number,
            outcome,
            task: task.abort_handle(),
            flights: Arc::clone(self),
        });
        air.flights
            .insert(Arc::clone(key), (number, Arc::downgrade(&flight)));
        Boarded::Began(flight)
    }

    fn leave(&self, key: &Arc<Key>, number: u64) {
        let mut air = self.lock();
        if air
            .flights
            .get(key)
            .is_some_and(|(flying, _)| *flying == number)
        {
            air.flights.remove(key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, InTheAir> {
        self.in_the_air
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub fn count(&self) -> usize {
        self.lock().flights.len()
    }
}

impl Flight {
    /// Waits for the task's end.
    ///
    /// # Errors
    /// Those of the task; internal, where it died.
    pub async fn landed(&self) -> Outcome {
        let mut outcome = self.outcome.clone();
        let landed = outcome.wait_for(Option::is_some).await;
        landed
            .ok()
            .and_then(|outcome| outcome.clone())
            .unwrap_or_else(|| {
                Err(
                    Failure::internal("The engine failed on this question. The log has its words.")
                        .with_detail("the question's task ended without an answer"),
                )
            })
    }
}

impl Drop for Flight {
    /// The last one has left. Where the task has not ended, its statement is stopped in the engine.
    fn drop(&mut self) {
        self.task.abort();
        self.flights.leave(&self.key, self.number);
    }
}
