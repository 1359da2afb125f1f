//! The writing half of the seam: what the pipeline needs of an engine to build a release.

use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use marts::{Failure, Statement};

use crate::RelationColumn;

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

/// Columns that depend on when and in how many runs the same inputs came in: no checksum and no comparison sees them.
pub const BOOKKEEPING: [&str; 4] = ["_changed_seq", "_ingested_at", "_load_seq", "_run_id"];

/// What changing a table in place came to, in rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Merged {
    /// Those the SELECT gave, or a hook took out.
    pub touched: u64,
    pub inserted: u64,
    pub deleted: u64,
    /// Found as they should be, and left alone.
    pub unchanged: u64,
    /// What is added to the table's checksum.
    pub checksum_delta: i128,
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

    /// Whether a table (not a view) of that name stands there, from this build or from before it.
    ///
    /// # Errors
    /// As [`Builder::create_table`].
    fn has_table(&mut self, relation: &Relation) -> Result<bool, Failure>;

    /// Puts the SELECT's rows in the place of all rows that have one of their keys (a key may name several rows).
    /// Rows that are equal but for [`BOOKKEEPING`] are left alone.
    ///
    /// # Errors
    /// As [`Builder::create_table`]; columns that are not the table's.
    fn merge(
        &mut self,
        relation: &Relation,
        select: &str,
        unique_key: &[String],
    ) -> Result<Merged, Failure>;

    /// Makes a table hold the SELECT's rows; as [`Builder::merge`], writes only what differs.
    ///
    /// # Errors
    /// As [`Builder::merge`].
    fn replace(&mut self, relation: &Relation, select: &str) -> Result<Merged, Failure>;

    /// Deletes rows from a model's own table: `delete from <relation> where …`.
    ///
    /// # Errors
    /// As [`Builder::create_table`]; another kind of statement.
    fn run_hook(&mut self, relation: &Relation, hook: &str) -> Result<Merged, Failure>;

    /// How SQL names the rows that this build wrote into a table that it changed in place, with all its columns;
    /// `None` where the table was made anew or not changed at all.
    fn delta_relation(&self, relation: &Relation) -> Option<String>;

    /// As [`Builder::delta_relation`], the rows that this build took out.
    fn removed_relation(&self, relation: &Relation) -> Option<String>;

    /// Keeps a text with silver, in the same transaction; it takes the place of the one before.
    ///
    /// # Errors
    /// As [`Builder::create_table`].
    fn keep_checkpoint(&mut self, text: &str) -> Result<(), Failure>;

    /// Commits silver and the checkpoint together; a kill before it leaves both as they were.
    ///
    /// # Errors
    /// A full disk above all; silver is then as it was.
    fn commit_silver(&mut self) -> Result<(), Failure>;

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

    /// The columns of a relation in order; types in portable words: `string`, `bigint`, `int`, `decimal(p,s)`,
    /// `timestamp`, `date`, `boolean`, `double`, and the engine's own, in small letters, for all others.
    ///
    /// # Errors
    /// As [`Builder::create_table`].
    fn columns(&mut self, relation: &Relation) -> Result<Vec<RelationColumn>, Failure>;

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
