//! A published release, opened in this process as the service opens it.

use std::{path::Path, sync::Arc};

use carton_caps::{Analytics, config::Limits};
use warehouse::{DuckDbOptions, DuckDbWarehouse, ReleaseHandle};

/// The questions' one door over the current release of `data`, in the words of the project at `project`. Nothing is kept
/// from one question to the next: every answer is the engine's.
///
/// # Errors
/// When there is no release, or it cannot be opened.
pub async fn analytics(data: &Path, project: &Path) -> anyhow::Result<Analytics> {
    let limits = Limits {
        cache_bytes: 0,
        ..Limits::default()
    };
    limited(data, project, &limits).await
}

/// The same under other limits; the service's own keep answers.
///
/// # Errors
/// When there is no release, or it cannot be opened.
pub async fn limited(data: &Path, project: &Path, limits: &Limits) -> anyhow::Result<Analytics> {
    let handle = Arc::new(ReleaseHandle::new(data, DuckDbOptions::default()));
    handle.refresh().await?;
    Ok(Analytics::new(
        Arc::new(DuckDbWarehouse::new(handle)),
        project.to_owned(),
        limits,
    ))
}
