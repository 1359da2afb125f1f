//! How a DuckDB release is opened for reading, and what its tables are called in a file that another program made.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

/// Limits of one open release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuckDbOptions {
    /// Statements that run at once; more wait their turn, the first one first.
    pub connections: usize,
    /// Threads that all running statements share.
    pub threads: usize,
    /// In DuckDB's words (`2GB`); `None` for its default, four fifths of the machine.
    pub memory_limit: Option<String>,
    /// Where large sorts and joins spill to; never the release's own folder.
    pub spill_dir: PathBuf,
}

impl Default for DuckDbOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            connections: threads.max(2),
            threads,
            memory_limit: None,
            spill_dir: std::env::temp_dir().join("carton-caps-spill"),
        }
    }
}

/// What tables of another program are called, by our names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    pub tables: BTreeMap<String, TableMapping>,
}

/// One table of another program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableMapping {
    /// `table` or `schema.table`.
    pub table: String,
    /// By our names what its columns are called; the others keep theirs.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
}
