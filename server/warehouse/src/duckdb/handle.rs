//! The release that is served, and its change under running statements.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use marts::{Failure, ReleaseId};

use super::open::OpenRelease;
use super::ops::Ops;
use crate::Refreshed;
use crate::options::DuckDbOptions;
use crate::release;

/// Holds the current release open. Statements take hold of it when they begin and keep it until they end, so a change
/// disturbs none of them: the old file closes when its last statement has ended.
pub struct ReleaseHandle {
    data: PathBuf,
    options: DuckDbOptions,
    ops: Arc<Ops>,
    current: ArcSwapOption<OpenRelease>,
    /// Why the last refresh failed; also keeps refreshes apart.
    problem: Mutex<Option<Failure>>,
}

impl std::fmt::Debug for ReleaseHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let current = self.current.load().as_ref().map(|r| r.info.id.clone());
        f.debug_struct("ReleaseHandle")
            .field("data", &self.data)
            .field("current", &current)
            .finish_non_exhaustive()
    }
}

impl ReleaseHandle {
    /// A handle on a data folder; nothing is open before the first [`ReleaseHandle::refresh`].
    #[must_use]
    pub fn new(data: impl Into<PathBuf>, options: DuckDbOptions) -> Self {
        let data = data.into();
        Self {
            ops: Arc::new(Ops::new(&data, &options)),
            data,
            options,
            current: ArcSwapOption::empty(),
            problem: Mutex::new(None),
        }
    }

    /// The release that new statements run on.
    pub(super) fn current(&self) -> Result<Arc<OpenRelease>, Failure> {
        if let Some(open) = self.current.load_full() {
            return Ok(open);
        }
        let problem = self
            .problem
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Err(problem.unwrap_or_else(|| {
            Failure::unavailable("Nothing has been published yet. Run the pipeline; the first release is shown as soon as it is there.")
        }))
    }

    /// The records of runs, as the folder has them when they are asked for.
    pub(super) fn ops(&self) -> Arc<Ops> {
        Arc::clone(&self.ops)
    }

    /// Looks at the pointer and, when it names another release, opens and warms that one and serves it from then on.
    ///
    /// # Errors
    /// A damaged pointer or release; what was served before is served on.
    pub async fn refresh(self: &Arc<Self>) -> Result<Refreshed, Failure> {
        let handle = Arc::clone(self);
        tokio::task::spawn_blocking(move || handle.refresh_now())
            .await
            .map_err(|e| Failure::internal("The release could not be looked at.").with_detail(e))?
    }

    fn refresh_now(&self) -> Result<Refreshed, Failure> {
        let mut problem = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        let result = self.open_what_is_named();
        *problem = result.as_ref().err().cloned();
        result
    }

    fn open_what_is_named(&self) -> Result<Refreshed, Failure> {
        let serving = self.current.load().as_ref().map(|r| r.info.id.clone());
        let Some(named) = release::read_current(&self.data)? else {
            return match serving {
                None => Ok(Refreshed::NothingPublished),
                Some(id) => Err(Failure::unavailable(format!(
                    "The pointer to the current release ({}) is gone; release {id} is served on. Run the pipeline again.",
                    release::pointer_path(&self.data).display()
                ))),
            };
        };
        if serving.as_ref().is_some_and(|id| id.0 == named) {
            return Ok(Refreshed::Unchanged);
        }
        let open = OpenRelease::open(&self.data, &named, &self.options)?;
        self.current.store(Some(Arc::new(open)));
        Ok(Refreshed::Now(ReleaseId(named)))
    }

    /// Looks at the pointer again and again, for as long as it is polled. A problem is logged once, not at every look.
    pub async fn watch(self: Arc<Self>, interval: Duration) {
        let mut ticks = tokio::time::interval(interval.max(Duration::from_millis(10)));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut known: Option<Failure> = None;
        loop {
            ticks.tick().await;
            match self.refresh().await {
                Ok(refreshed) => {
                    if let Refreshed::Now(id) = refreshed {
                        tracing::info!(release = %id, "serving a new release");
                    }
                    known = None;
                }
                Err(failure) => {
                    if known.as_ref() != Some(&failure) {
                        tracing::error!(detail = failure.detail, "{}", failure.message);
                    }
                    known = Some(failure);
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "handle_tests.rs"]
mod tests;
