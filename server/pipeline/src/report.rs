//! What a run did, for people and for `--json`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use crate::SetAside;

/// One run, as `pipeline run --json` prints it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    pub release: String,
    /// The release whose tables were carried on.
    pub base: Option<String>,
    pub mode: Mode,
    /// Why not less was built.
    pub why: String,
    /// A full refresh that gave the very tables of the present release, which stays.
    pub confirmed: bool,
    pub business_date: Option<Date>,
    pub state_seq: i64,
    /// Rows taken into bronze, by source.
    pub rows_landed: BTreeMap<String, u64>,
    /// Files taken into bronze.
    pub files: u64,
    /// By step.
    pub seconds: BTreeMap<String, f64>,
    /// In the order they were built.
    pub models: Vec<ModelReport>,
    pub contracts: ContractCounts,
    pub set_aside: Vec<FileSetAside>,
    /// The most this process has held, where the system says.
    pub peak_memory_bytes: Option<u64>,
}

/// How much of the tables a run builds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// There is nothing to build.
    #[default]
    Nothing,
    /// Everything, from bronze.
    Full,
    /// What follows from what is new.
    Delta,
    /// The models that were asked for.
    Selected,
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing",
            Self::Full => "full",
            Self::Delta => "delta",
            Self::Selected => "selected",
        })
    }
}

/// What becomes of a model in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Full,
    Delta,
    Skipped,
    View,
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Full => "full",
            Self::Delta => "delta",
            Self::Skipped => "skipped",
            Self::View => "view",
        })
    }
}

/// One model in a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelReport {
    pub name: String,
    pub schema: String,
    pub action: Action,
    /// Rows of the model's SELECT, and those its hooks took out.
    pub rows_touched: u64,
    pub rows_written: u64,
    pub rows_deleted: u64,
    /// In the table afterwards; none for a view.
    pub rows: Option<u64>,
    pub seconds: f64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ContractCounts {
    pub passed: u64,
    /// Of which rows were left out or held back.
    pub set_rows_aside: u64,
    pub warned: u64,
    pub failed: u64,
}

/// A landing file that could not be read, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileSetAside {
    pub path: String,
    pub reason: String,
}

impl From<&SetAside> for FileSetAside {
    fn from(file: &SetAside) -> Self {
        Self {
            path: file.path.clone(),
            reason: file.reason.clone(),
        }
    }
}

/// The process's greatest resident memory, in bytes, where the system tells it.
pub(crate) fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    kilobytes.checked_mul(1024)
}
