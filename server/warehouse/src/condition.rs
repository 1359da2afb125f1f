//! How an engine is doing: told by whoever finds it out, heard by whoever shows it.

use std::sync::Arc;

use tokio::sync::watch;

/// What everybody who asks should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Condition {
    #[default]
    Ready,
    /// Statements wait for it to start.
    Starting,
    /// It failed several times in a row and is left alone for a while.
    Resting,
}

/// What is known at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Known {
    /// Statements that wait for a start.
    waiting: usize,
    is_resting: bool,
}

impl Known {
    #[must_use]
    pub fn condition(self) -> Condition {
        if self.is_resting {
            Condition::Resting
        } else if self.waiting > 0 {
            Condition::Starting
        } else {
            Condition::Ready
        }
    }
}

/// One engine's condition; clones are of the same engine.
#[derive(Debug, Clone)]
pub struct Conditions(Arc<watch::Sender<Known>>);

impl Default for Conditions {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Known::default())))
    }
}

impl Conditions {
    /// The condition as it is now and at each change.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Known> {
        self.0.subscribe()
    }

    /// A statement waits for the engine to start, for as long as the value lives.
    #[must_use]
    pub fn waits_for_start(&self) -> Waiting {
        self.0.send_modify(|known| known.waiting += 1);
        Waiting(self.clone())
    }

    pub(crate) fn rests(&self, is_resting: bool) {
        self.0.send_if_modified(|known| {
            let was = std::mem::replace(&mut known.is_resting, is_resting);
            was != is_resting
        });
    }
}

/// A statement that waits for its engine.
#[derive(Debug)]
pub struct Waiting(Conditions);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0
            .0
            .send_modify(|known| known.waiting = known.waiting.saturating_sub(1));
    }
}
