//! The release that is served, and its change under running statements.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use marts::{Failure, ReleaseId, ReleaseInfo};
use tokio::sync::watch;

use super::open::OpenRelease;
use super::ops::Ops;
use super::pinned::Pinned;
use crate::Refreshed;
use crate::options::DuckDbOptions;
use crate::release;

/// Holds the current release open. Statements take hold of it when they begin and keep it until they end, so a change
/// disturbs none of them: the old file closes when its last statement has ended. Other releases of the folder are opened
/// while they are asked for.
pub struct ReleaseHandle {
    data: PathBuf,
    options: DuckDbOptions,
    ops: Arc<Ops>,
    current: ArcSwapOption<OpenRelease>,
    pinned: Pinned,
    changes: watch::Sender<Option<ReleaseInfo>>,
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
            pinned: Pinned::default(),
            changes: watch::Sender::new(None),
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

    /// The release of this name, open; the current one where none is named.
    ///
    /// # Errors
    /// As [`ReleaseHandle::current`]; not found, for a name that no release in the folder has.
    pub(super) async fn named(
        self: &Arc<Self>,
        release: Option<&ReleaseId>,
    ) -> Result<Arc<OpenRelease>, Failure> {
        let current = self.current()?;
        match release {
            Some(named) if *named != current.info.id => {
                require_name(named, &current)?;
                let (id, handle) = (named.clone(), Arc::clone(self));
                let open = off_the_workers(move || {
                    handle.pinned.get(&handle.data, &id.0, &handle.options)
                });
                open.await?.ok_or_else(|| not_kept(named, &current))
            }
            _ => Ok(current),
        }
    }

    /// What the release of this name says about itself, without opening it.
    ///
    /// # Errors
    /// As [`ReleaseHandle::named`].
    pub(super) async fn info_of(
        &self,
        release: Option<&ReleaseId>,
    ) -> Result<ReleaseInfo, Failure> {
        let current = self.current()?;
        match release {
            Some(named) if *named != current.info.id => {
                require_name(named, &current)?;
                let (data, id) = (self.data.clone(), named.clone());
                let manifest = off_the_workers(move || {
                    let is_kept = release::manifest_path(&data, &id.0).is_file();
                    is_kept
                        .then(|| release::read_manifest(&data, &id.0))
                        .transpose()
                });
                let manifest = manifest.await?.ok_or_else(|| not_kept(named, &current))?;
                Ok(manifest.info())
            }
            _ => Ok(current.info.clone()),
        }
    }

    /// The releases in the folder: the current one, then the newest first.
    ///
    /// # Errors
    /// As [`ReleaseHandle::current`]; a folder that cannot be read.
    pub(super) async fn all(&self) -> Result<Vec<ReleaseInfo>, Failure> {
        let current = self.current()?.info.clone();
        let data = self.data.clone();
        let kept = off_the_workers(move || release::kept(&data)).await?;
        let others = kept
            .iter()
            .map(crate::Manifest::info)
            .filter(|info| info.id != current.id);
        Ok(std::iter::once(current.clone()).chain(others).collect())
    }

    /// The records of runs, as the folder has them when they are asked for.
    pub(super) fn ops(&self) -> Arc<Ops> {
        Arc::clone(&self.ops)
    }

    /// The release that is served, as it is now and at each change; `None` while there is none.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<Option<ReleaseInfo>> {
        self.changes.subscribe()
    }

    /// Looks at the pointer and, when it names another release, opens and warms that one and serves it from then on.
    ///
    /// # Errors
    /// A damaged pointer or release; what was served before is served on.
    pub async fn refresh(self: &Arc<Self>) -> Result<Refreshed, Failure> {
        let handle = Arc::clone(self);
        off_the_workers(move || handle.refresh_now()).await
    }

    fn refresh_now(&self) -> Result<Refreshed, Failure> {
        let mut problem = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        let result = self.open_what_is_named();
        *problem = result.as_ref().err().cloned();
        self.pinned.close_idle(&self.data);
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
        let info = open.info.clone();
        self.current.store(Some(Arc::new(open)));
        self.changes.send_replace(Some(info));
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

/// Reads files where that holds nobody up.
async fn off_the_workers<T: Send + 'static>(
    look: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(look)
        .await
        .map_err(|e| Failure::internal("The release could not be looked at.").with_detail(e))?
}

/// A name comes from an address: only a plain folder's name is ever joined to a path.
fn require_name(named: &ReleaseId, current: &OpenRelease) -> Result<(), Failure> {
    if release::is_release_id(&named.0) {
        Ok(())
    } else {
        Err(not_kept(named, current))
    }
}

fn not_kept(named: &ReleaseId, current: &OpenRelease) -> Failure {
    let shown: String = named
        .0
        .chars()
        .filter(|c| !c.is_control())
        .take(80)
        .collect();
    Failure::not_found(format!(
        "There is no release “{shown}”, or it is not kept any more. Take it out of the address to see the current one, {}.",
        current.info.id
    ))
}

#[cfg(test)]
#[path = "handle_tests.rs"]
pub(super) mod tests;
