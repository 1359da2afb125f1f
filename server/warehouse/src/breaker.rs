//! An engine that fails again and again is left alone for a while, so that nobody waits for what will not come.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use arrow::array::RecordBatch;
use async_trait::async_trait;
use futures::{Stream, StreamExt};
use marts::{Failure, FailureKind, ReleaseId, ReleaseInfo, Statement};
use tokio::time::Instant;

use crate::condition::Conditions;
use crate::{Batches, Capabilities, RelationColumn, Warehouse};

/// So many statements in a row that the engine could not answer.
const FAILURES: u32 = 5;
/// The first pause; each trial that fails doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A [`Warehouse`] behind a circuit breaker. What is refused while it is open is told at once, with the last reason; then
/// one statement tries whether the engine answers again.
pub struct Breaker {
    inner: Arc<dyn Warehouse>,
    circuit: Arc<Circuit>,
}

impl Breaker {
    /// Tells `conditions` when it opens and closes.
    #[must_use]
    pub fn over(inner: Arc<dyn Warehouse>, conditions: Conditions) -> Self {
        let circuit = Circuit {
            state: Mutex::new(State::Closed { failures: 0 }),
            conditions,
        };
        Self {
            inner,
            circuit: Arc::new(circuit),
        }
    }
}

#[derive(Debug)]
enum State {
    Closed {
        failures: u32,
    },
    Open {
        until: Instant,
        pause: Duration,
        last: Failure,
    },
    /// One statement is under way; the others wait for what comes of it.
    Trial {
        pause: Duration,
        last: Failure,
    },
}

struct Circuit {
    state: Mutex<State>,
    conditions: Conditions,
}

impl Circuit {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the engine is left alone at the moment.
    fn look(&self) -> Result<(), Failure> {
        match &*self.lock() {
            State::Open { until, last, .. } if Instant::now() < *until => {
                Err(resting(last, *until - Instant::now()))
            }
            _ => Ok(()),
        }
    }

    fn admit(self: &Arc<Self>) -> Result<Ticket, Failure> {
        let now = Instant::now();
        let mut state = self.lock();
        let is_trial = match &*state {
            State::Closed { .. } => false,
            State::Open { until, last, .. } if now < *until => {
                return Err(resting(last, *until - now));
            }
            State::Trial { last, .. } => return Err(resting(last, Duration::from_secs(1))),
            State::Open { pause, last, .. } => {
                let (pause, last) = (*pause, last.clone());
                *state = State::Trial { pause, last };
                true
            }
        };
        Ok(Ticket {
            circuit: Arc::clone(self),
            is_trial,
            is_judged: false,
        })
    }

    fn closed(&self) {
        let mut state = self.lock();
        if !matches!(*state, State::Closed { failures: 0 }) {
            *state = State::Closed { failures: 0 };
            self.conditions.rests(false);
        }
    }

    fn failed(&self, failure: &Failure, is_trial: bool) {
        let mut state = self.lock();
        let pause = match &mut *state {
            State::Trial { pause, .. } if is_trial => (*pause * 2).min(LONGEST_PAUSE),
            State::Closed { failures } => {
                *failures += 1;
                if *failures < FAILURES {
                    return;
                }
                FIRST_PAUSE
            }
            // It was under way when the circuit opened.
            _ => return,
        };
        tracing::warn!(?pause, reason = failure.message, "the engine is left alone");
        *state = State::Open {
            until: Instant::now() + pause,
            pause,
            last: failure.clone(),
        };
        self.conditions.rests(true);
    }

    /// The trial said nothing of the engine; the next statement may try.
    fn untold(&self) {
        let mut state = self.lock();
        if let State::Trial { pause, last } = &*state {
            let (pause, last) = (*pause, last.clone());
            *state = State::Open {
                until: Instant::now(),
                pause,
                last,
            };
        }
    }
}

/// A statement that was let through. Dropped without a verdict it says nothing of the engine.
struct Ticket {
    circuit: Arc<Circuit>,
    is_trial: bool,
    is_judged: bool,
}

impl Ticket {
    fn answered(&mut self) {
        self.is_judged = true;
        self.circuit.closed();
    }

    fn judge(&mut self, failure: &Failure) {
        match failure.kind {
            FailureKind::Unavailable => {
                self.is_judged = true;
                self.circuit.failed(failure, self.is_trial);
            }
            // It may be slow, or have much to do.
            FailureKind::TimedOut | FailureKind::Busy | FailureKind::Cancelled => {}
            // Who refuses a question is there.
            _ => self.answered(),
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.is_trial && !self.is_judged {
            self.circuit.untold();
        }
    }
}

fn resting(last: &Failure, left: Duration) -> Failure {
    let seconds = left.as_secs_f64().ceil().max(1.0);
    let message = format!(
        "The engine failed several times in a row and is asked again in {seconds} s. The last time: {}",
        last.message
    );
    Failure::unavailable(message).with_detail(&last.detail)
}

/// Rows on their way: the engine has answered when the last one is there.
struct Judged {
    rows: Pin<Box<dyn Stream<Item = Result<RecordBatch, Failure>> + Send>>,
    ticket: Ticket,
}

impl Stream for Judged {
    type Item = Result<RecordBatch, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.rows.poll_next_unpin(context);
        match &next {
            Poll::Ready(None) => self.ticket.answered(),
            Poll::Ready(Some(Err(failure))) => {
                let failure = failure.clone();
                self.ticket.judge(&failure);
            }
            _ => {}
        }
        next
    }
}

#[async_trait]
impl Warehouse for Breaker {
    async fn run(&self, statement: Statement) -> Result<Batches, Failure> {
        let mut ticket = self.circuit.admit()?;
        match self.inner.run(statement).await {
            Ok(mut batches) => {
                let rows = std::mem::replace(&mut batches.stream, futures::stream::empty().boxed());
                batches.stream = Box::pin(Judged { rows, ticket });
                Ok(batches)
            }
            Err(failure) => {
                // Without a release there is nothing that could fail, and the next one is shown at once.
                if self.inner.release().await.is_ok() {
                    ticket.judge(&failure);
                }
                Err(failure)
            }
        }
    }

    async fn describe(&self, relation: &str) -> Result<Vec<RelationColumn>, Failure> {
        self.circuit.look()?;
        self.inner.describe(relation).await
    }

    async fn relations(
        &self,
        release: Option<&ReleaseId>,
    ) -> Result<Arc<BTreeSet<String>>, Failure> {
        self.circuit.look()?;
        self.inner.relations(release).await
    }

    async fn release(&self) -> Result<ReleaseInfo, Failure> {
        self.inner.release().await
    }

    async fn release_named(&self, release: Option<&ReleaseId>) -> Result<ReleaseInfo, Failure> {
        self.inner.release_named(release).await
    }

    async fn releases(&self) -> Result<Vec<ReleaseInfo>, Failure> {
        self.inner.releases().await
    }

    fn records(&self) -> Option<String> {
        self.inner.records()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn is_warm(&self) -> bool {
        self.circuit.look().is_ok() && self.inner.is_warm().await
    }
}

#[cfg(test)]
#[path = "breaker_tests.rs"]
mod tests;
