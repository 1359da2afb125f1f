//! `carton-caps period reopen`: the last closed month is open again; what was closed is kept beside it.

use std::path::PathBuf;

use super::close::now;
use super::{Close, Closes, Period, Reopening, clean_up, store};
use crate::{PipelineError, lock};

/// What is to be opened again, by whom and why.
#[derive(Debug, Clone)]
pub struct ReopenOptions {
    pub data: PathBuf,
    pub period: Period,
    pub by: String,
    pub reason: String,
}

/// Opens the last closed month again. The next run posts to it anew. Returns the close that was ended.
///
/// # Errors
/// [`PipelineError::Closes`]: it is not closed, or a later month is.
pub fn reopen(options: &ReopenOptions) -> Result<Close, PipelineError> {
    let ReopenOptions {
        data,
        period,
        by,
        reason,
    } = options;
    let _lock = lock::take(data)?;
    clean_up(data)?;
    // A file that was tampered with is no reason to keep the period closed.
    let closes = Closes::list(data)?;
    let kept = closes
        .closed()
        .find(|kept| kept.close.period == *period)
        .ok_or_else(|| {
            PipelineError::Closes(format!("{period} is not closed; nothing was changed"))
        })?;
    if let Some(last) = closes
        .last_closed()
        .filter(|last| last.close.period > *period)
    {
        return Err(PipelineError::Closes(format!(
            "{} is closed after {period}; nothing was changed: only the last closed month can be reopened",
            last.close.period
        )));
    }
    let reopening = Reopening {
        reopened_at: now(),
        reopened_by: by.clone(),
        reason: reason.clone(),
    };
    store::reopen(data, kept, &reopening)?;
    Closes::list(data)?.remember(data)?;
    Ok(kept.close.clone())
}
