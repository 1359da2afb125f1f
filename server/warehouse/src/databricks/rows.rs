//! A result as a stream: chunks in order, a few on their way at once, counted to the last row.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, Stream, StreamExt, TryStreamExt};
use marts::{Failure, ReleaseInfo};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;

use super::chunks::Chunks;
use super::errors;
use super::statements::{Ask, Finished, Session};
use super::types;
use crate::Batches;

/// How long a small statement of our own may run.
const OWN: Duration = Duration::from_secs(60);

/// The rows of a statement that has succeeded.
pub(super) fn batches(
    session: &Arc<Session>,
    finished: Finished,
    row_cap: Option<u64>,
    release: ReleaseInfo,
    waited: Duration,
) -> Batches {
    let Finished {
        id,
        manifest,
        first,
        limit,
        permit,
    } = finished;
    let schema = types::schema(&manifest.schema.columns);
    let has_rows = manifest.total_row_count != Some(0) || !first.is_empty();
    let count = match manifest.total_chunk_count {
        Some(count) => count,
        None => manifest.chunks.len() as u64,
    };
    // Some replies announce no chunk and bring one.
    let count = if has_rows && !first.is_empty() {
        count.max(1)
    } else {
        count
    };
    let truncated = Arc::new(AtomicBool::new(manifest.truncated));
    let at_once = session.options.downloads_at_once.max(1);
    let chunks = Arc::new(Chunks::new(
        Arc::clone(session),
        id,
        Arc::clone(&schema),
        manifest.chunks,
        limit,
        first,
    ));
    // Lazily: a link is asked for when there is room for its rows.
    let arriving = stream::iter(0..count)
        .map(move |index| {
            let chunks = Arc::clone(&chunks);
            Task(tokio::spawn(async move { chunks.get(index).await }))
        })
        .buffered(at_once);
    let rows = Rows {
        arriving: arriving.boxed(),
        ready: VecDeque::new(),
        seen: 0,
        expected: manifest.total_row_count,
        left: row_cap,
        truncated: Arc::clone(&truncated),
        is_done: false,
        permit,
    };
    Batches {
        schema,
        release,
        waited,
        truncated,
        stream: Box::pin(rows),
    }
}

/// Runs a small statement of our own to its end.
///
/// # Errors
/// As [`Session::execute`].
pub(super) async fn query(
    session: &Arc<Session>,
    mut ask: Ask,
) -> Result<(SchemaRef, Vec<RecordBatch>), Failure> {
    ask.deadline = ask.deadline.or(Some(OWN));
    let finished = session.execute(ask, None).await?;
    let batches = batches(
        session,
        finished,
        None,
        ReleaseInfo::unpublished(),
        Duration::ZERO,
    );
    let schema = Arc::clone(&batches.schema);
    Ok((schema, batches.stream.try_collect().await?))
}

/// A download that ends with the one who waits for it.
struct Task(JoinHandle<Result<Vec<RecordBatch>, Failure>>);

impl Future for Task {
    type Output = Result<Vec<RecordBatch>, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_unpin(context).map(|ended| {
            ended.unwrap_or_else(|e| {
                Err(Failure::internal("The rows could not be fetched.").with_detail(e))
            })
        })
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Rows {
    arriving: BoxStream<'static, Result<Vec<RecordBatch>, Failure>>,
    ready: VecDeque<RecordBatch>,
    seen: u64,
    expected: Option<u64>,
    /// What the row cap still lets through.
    left: Option<u64>,
    truncated: Arc<AtomicBool>,
    is_done: bool,
    permit: Option<OwnedSemaphorePermit>,
}

impl Rows {
    /// The batch as far as the row cap lets it through; `None` where nothing of it is left.
    fn capped(&mut self, batch: RecordBatch) -> Option<RecordBatch> {
        let rows = batch.num_rows() as u64;
        let Some(left) = &mut self.left else {
            return Some(batch);
        };
        if rows <= *left {
            *left -= rows;
            return Some(batch);
        }
        self.truncated.store(true, Ordering::Release);
        let kept = std::mem::take(left);
        (kept > 0).then(|| batch.slice(0, usize::try_from(kept).unwrap_or(usize::MAX)))
    }

    fn end(&mut self) {
        self.is_done = true;
        self.permit = None;
        self.arriving = stream::empty().boxed();
    }
}

impl Stream for Rows {
    type Item = Result<RecordBatch, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if self.is_done {
                return Poll::Ready(None);
            }
            if let Some(batch) = self.ready.pop_front() {
                self.seen += batch.num_rows() as u64;
                if batch.num_rows() == 0 {
                    continue;
                }
                match self.capped(batch) {
                    Some(batch) => return Poll::Ready(Some(Ok(batch))),
                    None => {
                        self.end();
                        continue;
                    }
                }
            }
            match self.arriving.poll_next_unpin(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(batches))) => self.ready.extend(batches),
                Poll::Ready(Some(Err(failure))) => {
                    self.end();
                    return Poll::Ready(Some(Err(failure)));
                }
                Poll::Ready(None) => {
                    let (seen, expected) = (self.seen, self.expected);
                    self.end();
                    if let Some(expected) = expected
                        && expected != seen
                    {
                        return Poll::Ready(Some(Err(errors::miscounted(format!(
                            "{seen} rows came, {expected} were announced"
                        )))));
                    }
                }
            }
        }
    }
}
