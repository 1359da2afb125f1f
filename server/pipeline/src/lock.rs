//! One run at a time on one data folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;

use crate::PipelineError;

/// Held until it is dropped; the system lets go of it when the process dies, however it dies.
#[derive(Debug)]
pub(crate) struct RunLock {
    _file: File,
}

/// Takes the lock of `data`, which is made where it is not there.
///
/// # Errors
/// [`PipelineError::Locked`] while another run is at work, [`PipelineError::Io`] where the folder cannot be written.
pub(crate) fn take(data: &Path) -> Result<RunLock, PipelineError> {
    fs::create_dir_all(data).map_err(|source| PipelineError::Io {
        path: data.to_owned(),
        source,
    })?;
    let path = data.join("run.lock");
    let open = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path);
    let file = open.map_err(|source| PipelineError::Io {
        path: path.clone(),
        source,
    })?;
    match file.try_lock() {
        Ok(()) => Ok(RunLock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(PipelineError::Locked(data.to_owned())),
        Err(TryLockError::Error(source)) => Err(PipelineError::Io { path, source }),
    }
}
