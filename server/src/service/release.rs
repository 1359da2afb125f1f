//! The release that is served, and the next one as soon as it is published.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;
use warehouse::{DuckDbOptions, DuckDbWarehouse, ReleaseHandle, Warehouse};

/// A reader notices a new release within this time.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Ends the watch when the service is gone.
pub struct Watch(AbortHandle);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Opens the current release of a data folder, if there is a good one, and watches for the next.
///
/// Without one the service starts all the same: pages say what is missing until it is there.
pub async fn open(data: &Path) -> (Arc<dyn Warehouse>, Watch) {
    let releases = Arc::new(ReleaseHandle::new(data, DuckDbOptions::default()));
    if let Err(failure) = releases.refresh().await {
        tracing::error!(detail = %failure.detail, "{}", failure.message);
    }
    let watch = tokio::spawn(Arc::clone(&releases).watch(LOOK_EVERY));
    (
        Arc::new(DuckDbWarehouse::new(releases)),
        Watch(watch.abort_handle()),
    )
}
