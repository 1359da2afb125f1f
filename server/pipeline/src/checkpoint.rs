//! How far silver has come: kept with it, in the same transaction.

use std::path::Path;

use jiff::civil::Date;
use marts::FailureKind;
use serde::{Deserialize, Serialize};
use warehouse::DuckDbBuilder;
use warehouse::release::state_path;

use crate::PipelineError;

/// What the last batch of silver was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    /// The number of the batch.
    pub state_seq: i64,
    /// The number of the last batch of an ordinary run, which brings in all of bronze; selections that came after it
    /// leave it.
    #[serde(default)]
    pub ordinary_seq: i64,
    /// The last load of bronze that is in silver.
    pub load_seq: i64,
    /// The last load that the batch before it had read; 0 for a batch that built silver in full.
    pub loaded_seq: i64,
    /// Hash of the bronze files up to that load.
    pub files: String,
    /// Hash of what decides the tables beside the files.
    pub code: String,
    /// The run that built silver in full; the batches since carried it on.
    pub epoch: String,
    pub business_date: Date,
    pub run_id: String,
    /// Hash of the closed periods that it was built with; empty while there were none.
    #[serde(default)]
    pub closes: String,
}

/// What the state says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    Checkpoint(Checkpoint),
    /// No state, or one of a program that kept none.
    Nothing,
    /// A state that cannot be opened or understood: it is made anew from bronze.
    Damaged(String),
}

impl Found {
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        match self {
            Self::Checkpoint(checkpoint) => Some(checkpoint),
            Self::Nothing | Self::Damaged(_) => None,
        }
    }
}

/// Reads the state's checkpoint, without changing the state.
///
/// # Errors
/// A state that another process has open, or that may not be read.
pub(crate) fn read(data: &Path) -> Result<Found, PipelineError> {
    match DuckDbBuilder::checkpoint(&state_path(data)) {
        Ok(None) => Ok(Found::Nothing),
        Ok(Some(text)) => Ok(match serde_json::from_str(&text) {
            Ok(checkpoint) => Found::Checkpoint(checkpoint),
            // Written by another version of this program.
            Err(error) => Found::Damaged(error.to_string()),
        }),
        Err(failure) if failure.kind == FailureKind::Internal => Ok(Found::Damaged(failure.detail)),
        Err(failure) => Err(failure.into()),
    }
}

impl Checkpoint {
    pub fn text(&self) -> Result<String, PipelineError> {
        serde_json::to_string(self).map_err(|error| PipelineError::Engine {
            message: "the checkpoint could not be written".into(),
            detail: error.to_string(),
        })
    }
}
