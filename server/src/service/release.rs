//! The release that is served, and the next one as soon as it is published.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::config::Limits;
use marts::ReleaseInfo;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use warehouse::{DuckDbOptions, DuckDbWarehouse, ReleaseHandle, Warehouse};

/// A reader notices a new release within this time.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What is asked, what it serves as it changes, and the task that looks for the next release.
pub struct Opened {
    pub warehouse: Arc<dyn Warehouse>,
    pub changes: watch::Receiver<Option<ReleaseInfo>>,
    pub watch: JoinHandle<()>,
}

/// Opens the current release of a data folder, if there is a good one, and watches for the next.
///
/// Without one the service starts all the same: pages say what is missing until it is there.
pub async fn open(data: &Path, limits: &Limits) -> Opened {
    let defaults = DuckDbOptions::default();
    let options = DuckDbOptions {
        connections: limits.queries_at_once.unwrap_or(defaults.connections),
        ..defaults
    };
    let releases = Arc::new(ReleaseHandle::new(data, options));
    if let Err(failure) = releases.refresh().await {
        tracing::error!(detail = %failure.detail, "{}", failure.message);
    }
    Opened {
        changes: releases.changes(),
        watch: tokio::spawn(Arc::clone(&releases).watch(LOOK_EVERY)),
        warehouse: Arc::new(DuckDbWarehouse::new(releases)),
    }
}
