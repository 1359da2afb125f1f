//! The reading half of the seam.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use async_trait::async_trait;
use futures::{Stream, TryStreamExt};
use marts::{Failure, ReleaseId, ReleaseInfo, Statement};

/// A result on its way: schema first, then batches. Dropping it stops the statement in the engine.
pub struct Batches {
    pub schema: SchemaRef,
    /// The release these rows come from: the one the statement named, else the one that was current when it began.
    pub release: ReleaseInfo,
    /// How long the statement waited for its turn.
    pub waited: Duration,
    /// Whether the row cap left rows out; known once the stream has ended.
    pub truncated: Arc<AtomicBool>,
    /// Ends after the row cap.
    pub stream: Pin<Box<dyn Stream<Item = Result<RecordBatch, Failure>> + Send>>,
}

impl Batches {
    /// A result that is there already: from a cache, or from an engine that answers in one piece.
    #[must_use]
    pub fn ready(
        schema: SchemaRef,
        release: ReleaseInfo,
        batches: Vec<RecordBatch>,
        truncated: bool,
    ) -> Self {
        Self {
            schema,
            release,
            waited: Duration::ZERO,
            truncated: Arc::new(AtomicBool::new(truncated)),
            stream: Box::pin(futures::stream::iter(batches.into_iter().map(Ok))),
        }
    }

    /// All rows, and whether the row cap left some out.
    ///
    /// # Errors
    /// What stopped the statement after it had begun: the deadline, the engine.
    pub async fn collect(self) -> Result<(Vec<RecordBatch>, bool), Failure> {
        let batches = self.stream.try_collect().await?;
        Ok((batches, self.truncated.load(Ordering::Acquire)))
    }
}

/// What an engine can do, so that callers need not know which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// For logs and pages: "duckdb 1.5.6".
    pub engine: String,
    /// A statement that nobody waits for is stopped in the engine.
    pub cancels: bool,
    /// It stops by itself when nobody asks, and costs while it runs: nothing is asked of it only to see whether it answers.
    pub sleeps: bool,
}

/// One column of a relation as the engine describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationColumn {
    pub name: String,
    pub sql_type: String,
}

/// An engine that answers statements from published releases. Object-safe; wrappers implement it too.
#[async_trait]
pub trait Warehouse: Send + Sync {
    /// Runs one read-only statement, off the async workers.
    ///
    /// # Errors
    /// Kinds: bad request (the SQL or its parameters), busy (its turn did not come), timed out (the deadline), unavailable (no release, engine down),
    /// not found (a release that is not kept).
    async fn run(&self, statement: Statement) -> Result<Batches, Failure>;

    /// Columns of a gold relation, in order.
    ///
    /// # Errors
    /// Not found, or as [`Warehouse::run`].
    async fn describe(&self, relation: &str) -> Result<Vec<RelationColumn>, Failure>;

    /// Names of the gold relations of the release of this name, or of the current one.
    ///
    /// # Errors
    /// As [`Warehouse::release_named`].
    async fn relations(
        &self,
        release: Option<&ReleaseId>,
    ) -> Result<Arc<BTreeSet<String>>, Failure>;

    /// The release that new statements run on.
    ///
    /// # Errors
    /// Unavailable when there is none or it cannot be opened, with what to do about it.
    async fn release(&self) -> Result<ReleaseInfo, Failure>;

    /// The release of this name, or the current one.
    ///
    /// # Errors
    /// As [`Warehouse::release`]; not found, where it is not kept.
    async fn release_named(&self, release: Option<&ReleaseId>) -> Result<ReleaseInfo, Failure>;

    /// The releases that statements may name, the current one first and then the newest first.
    ///
    /// # Errors
    /// As [`Warehouse::release`].
    async fn releases(&self) -> Result<Vec<ReleaseInfo>, Failure>;

    /// A word for the records of runs as they are now, another one whenever a record comes or goes; `None` where that
    /// cannot be told without asking for them.
    fn records(&self) -> Option<String> {
        None
    }

    fn capabilities(&self) -> Capabilities;

    /// Whether a statement would be answered without waiting for a start.
    async fn is_warm(&self) -> bool;
}
