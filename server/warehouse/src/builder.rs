//! The writing half of the seam: what the pipeline needs of an engine to build a release.

use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use marts::{Failure, Statement};

/// The two schemas a build writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Schema {
    /// Kept between runs in the state.
    Silver,
    /// Goes into the release.
    Gold,
}

/// A table or view of the build.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Relation {
    pub schema: Schema,
    pub name: String,
}

/// One build of a release: silver in the state, gold in a file of its own beside the current release.
/// Synchronous: the pipeline is a batch program. Nothing is visible to readers before the pipeline publishes the file.
pub trait Builder: Send {
    /// How SQL names a relation in this build, such as `state.silver.stg_users`.
    fn qualified(&self, relation: &Relation) -> String;

    /// Makes the Parquet files of one bronze source readable and returns the name SQL uses for them.
    /// All columns are text but for the `_`-columns; a column missing in a file reads as NULL.
    ///
    /// # Errors
    /// A file that is missing or no Parquet, by name.
    fn bronze(
        &mut self,
        source: &str,
        columns: &[String],
        files: &[PathBuf],
    ) -> Result<String, Failure>;

    /// Creates (or replaces) a table from a SELECT; returns its row count.
    ///
    /// # Errors
    /// The engine's own message in the detail, the relation's name in the message.
    fn create_table(&mut self, relation: &Relation, select: &str) -> Result<u64, Failure>;

    /// Creates (or replaces) a view from a SELECT.
    ///
    /// # Errors
    /// As [`Builder::create_table`].
    fn create_view(&mut self, relation: &Relation, select: &str) -> Result<(), Failure>;

    /// Loads a seed's CSV with a header, types detected as dbt does.
    ///
    /// # Errors
    /// As [`Builder::create_table`].
    fn load_seed(&mut self, relation: &Relation, csv: &Path) -> Result<u64, Failure>;

    /// Runs a query on everything built so far.
    ///
    /// # Errors
    /// As [`Builder::create_table`].
    fn fetch(&mut self, statement: &Statement) -> Result<Vec<RecordBatch>, Failure>;

    /// A checksum over all rows of a relation, the same whatever their order; columns in `except` are left out.
    ///
    /// # Errors
    /// As [`Builder::create_table`].
    fn checksum(&mut self, relation: &Relation, except: &[&str]) -> Result<(u64, String), Failure>;

    /// Commits silver (an engine that cannot commit both together has committed it before the first gold write),
    /// flushes gold to its file and closes both, so that the file can be published.
    ///
    /// # Errors
    /// A full disk above all; silver is then whole, as before the build or after it, never in between.
    fn finish(self: Box<Self>) -> Result<(), Failure>;
}
