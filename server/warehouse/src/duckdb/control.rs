//! Stopping a statement from outside.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use duckdb::InterruptHandle;
use marts::{Failure, FailureKind};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Why a statement was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    Deadline,
    /// Nobody waits for it any more.
    Dropped,
}

impl Stop {
    pub fn failure(self) -> Failure {
        match self {
            Self::Deadline => Failure::new(
                FailureKind::TimedOut,
                "The question took too long and was stopped. Ask for a shorter range, or try again when less is going on.",
            ),
            Self::Dropped => Failure::new(
                FailureKind::Cancelled,
                "The question was dropped before its answer was there.",
            ),
        }
    }
}

#[derive(Default)]
struct Running {
    interrupt: Option<Arc<InterruptHandle>>,
    stop: Option<Stop>,
}

/// Shared by the worker, the one who waits, and the watch on the deadline.
#[derive(Default)]
pub(super) struct Control {
    running: Mutex<Running>,
    /// Wakes a worker that waits for its reader.
    pub stopped: CancellationToken,
    pub ended: CancellationToken,
}

impl Control {
    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on until the guard is dropped, a stop reaches the engine.
    pub fn begin(
        self: &Arc<Self>,
        interrupt: Arc<InterruptHandle>,
    ) -> Result<Interruptible, Failure> {
        let mut running = self.running();
        if let Some(stop) = running.stop {
            return Err(stop.failure());
        }
        running.interrupt = Some(interrupt);
        Ok(Interruptible(Arc::clone(self)))
    }

    pub fn stop_reason(&self) -> Option<Stop> {
        self.running().stop
    }

    /// Stops the statement, wherever it is. The first reason stands.
    pub fn stop(&self, reason: Stop) {
        let mut running = self.running();
        running.stop.get_or_insert(reason);
        self.stopped.cancel();
        if let Some(interrupt) = &running.interrupt {
            interrupt.interrupt();
        }
    }

    /// Waits for the deadline or a stop. DuckDB forgets an interrupt that comes just before a statement begins,
    /// so it is repeated until the worker has ended.
    pub async fn watch(self: Arc<Self>, deadline: Option<Instant>) {
        let passed = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.ended.cancelled() => return,
            () = self.stopped.cancelled() => {}
            () = passed => {}
        }
        loop {
            self.stop(Stop::Deadline);
            tokio::select! {
                () = self.ended.cancelled() => return,
                () = tokio::time::sleep(Duration::from_millis(5)) => {}
            }
        }
    }
}

/// While it lives, the statement can be interrupted; afterwards its connection may be closed safely.
pub(super) struct Interruptible(Arc<Control>);

impl Drop for Interruptible {
    fn drop(&mut self) {
        self.0.running().interrupt = None;
    }
}

/// Held by the worker: says that it has ended, however it ends.
pub(super) struct EndsWith(pub Arc<Control>);

impl Drop for EndsWith {
    fn drop(&mut self) {
        self.0.ended.cancel();
    }
}

/// Held by the one who waits: dropping it stops the statement, unless it has ended.
pub(super) struct StopOnDrop(pub Arc<Control>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop(Stop::Dropped);
    }
}
