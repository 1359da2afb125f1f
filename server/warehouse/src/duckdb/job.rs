//! One statement: a worker thread that runs it, a bounded channel its batches go through, and its end.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use duckdb::{Connection, params_from_iter};
use futures::Stream;
use marts::{Failure, FailureKind, ReleaseInfo, Statement};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::Instant;

use super::bind::BoundValue;
use super::control::{Control, EndsWith, Stop, StopOnDrop};
use super::errors;
use super::open::OpenRelease;
use super::ops::Ops;
use crate::{Batches, one_query, parameters, utc};

/// Batches that may wait for a slow reader; the engine pauses when they are full.
const READ_AHEAD: usize = 8;

/// How a statement ended, written by the worker before it closes the channel.
/// Absent after the channel has closed means that the worker died.
type Ending = Arc<Mutex<Option<Result<(), Failure>>>>;

/// What a statement reads.
pub(super) enum Source {
    Release(Arc<OpenRelease>),
    /// What is remembered of runs, beside the release that is current, if there is one.
    Ops(Arc<Ops>, ReleaseInfo),
}

impl Source {
    fn info(&self) -> &ReleaseInfo {
        match self {
            Self::Release(release) => &release.info,
            Self::Ops(_, info) => info,
        }
    }

    fn permits(&self) -> &Arc<Semaphore> {
        match self {
            Self::Release(release) => &release.permits,
            Self::Ops(ops, _) => &ops.permits,
        }
    }

    /// May read files, so it is called off the async workers.
    fn connection(&self) -> Result<Connection, Failure> {
        match self {
            Self::Release(release) => release.connection().map_err(|e| errors::reading(&e)),
            Self::Ops(ops, info) => ops.connection(&info.zone),
        }
    }
}

/// Runs a statement; returns as soon as the engine knows the schema.
pub(super) async fn start(source: Source, statement: Statement) -> Result<Batches, Failure> {
    one_query::require(&statement.sql)?;
    parameters::number(&statement.sql, &statement.params)?;
    if statement.deadline.is_some_and(|left| left.is_zero()) {
        return Err(Stop::Deadline.failure());
    }
    let asked = Instant::now();
    // Dropped while it waits, it leaves the queue.
    let turn = Arc::clone(source.permits()).acquire_owned();
    let permit = match statement.wait {
        Some(wait) => tokio::time::timeout(wait, turn)
            .await
            .map_err(|_| busy(wait))?,
        None => turn.await,
    }
    .map_err(|e| Failure::unavailable("The engine is shutting down.").with_detail(e))?;
    let waited = asked.elapsed();
    let deadline = statement
        .deadline
        .and_then(|d| Instant::now().checked_add(d));

    let control = Arc::new(Control::default());
    let stop_on_drop = StopOnDrop(Arc::clone(&control));
    let ending = Ending::default();
    let truncated = Arc::new(AtomicBool::new(false));
    let (schema_sender, schema) = oneshot::channel();
    let (batch_sender, batches) = mpsc::channel(READ_AHEAD);
    let info = source.info().clone();
    let worker = Worker {
        statement,
        control: Arc::clone(&control),
        runtime: Handle::current(),
        schema: schema_sender,
        batches: batch_sender.clone(),
        truncated: Arc::clone(&truncated),
    };
    let ending_of_worker = Arc::clone(&ending);
    let ends = EndsWith(Arc::clone(&control));
    tokio::task::spawn_blocking(move || {
        // Dropped last, in this order: the permit after the connection, so that a waiting statement finds room.
        let (_ends, _permit) = (ends, permit);
        let result = worker.run(&source);
        drop(source);
        *ending_of_worker
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(result);
        drop(batch_sender);
    });
    tokio::spawn(control.watch(deadline));

    match schema.await {
        Ok(schema) => Ok(Batches {
            schema,
            release: info,
            waited,
            truncated,
            stream: Box::pin(Rows {
                batches,
                ending,
                done: false,
                _stop_on_drop: stop_on_drop,
            }),
        }),
        Err(_) => {
            let mut rows = Rows {
                batches,
                ending,
                done: false,
                _stop_on_drop: stop_on_drop,
            };
            // The channel closes right after the ending is written.
            rows.batches.recv().await;
            Err(rows.end().unwrap_or_else(died))
        }
    }
}

struct Worker {
    statement: Statement,
    control: Arc<Control>,
    runtime: Handle,
    schema: oneshot::Sender<SchemaRef>,
    batches: mpsc::Sender<RecordBatch>,
    truncated: Arc<AtomicBool>,
}

impl Worker {
    fn run(self, source: &Source) -> Result<(), Failure> {
        let bound = parameters::number(&self.statement.sql, &self.statement.params)?;
        let connection = source.connection()?;
        let _interruptible = self.control.begin(connection.interrupt_handle())?;
        let mut prepared = connection
            .prepare(&bound.sql)
            .map_err(|e| self.failure(&e))?;
        let values = params_from_iter(bound.values.iter().map(|v| BoundValue(v)));
        // The iterator panics where `step` answers with an error, so only the execution is asked of it.
        drop(
            prepared
                .stream_arrow(values)
                .map_err(|e| self.failure(&e))?,
        );
        let schema = utc::schema(&prepared.schema())?;
        if self.schema.send(Arc::clone(&schema)).is_err() {
            return Err(Stop::Dropped.failure());
        }
        let mut left = self.statement.row_cap.unwrap_or(u64::MAX);
        let failure = |e| failure(&self.control, &e);
        while let Some(rows) = prepared.step().map_err(failure)? {
            let batch = utc::batch(&RecordBatch::from(&rows), &schema)?;
            let keep =
                usize::try_from(left).map_or(batch.num_rows(), |left| batch.num_rows().min(left));
            left -= keep as u64;
            if keep > 0 {
                let sent = async {
                    tokio::select! {
                        sent = self.batches.send(batch.slice(0, keep)) => sent.is_ok(),
                        () = self.control.stopped.cancelled() => false,
                    }
                };
                if !self.runtime.block_on(sent) {
                    return Err(self
                        .control
                        .stop_reason()
                        .unwrap_or(Stop::Dropped)
                        .failure());
                }
            }
            if keep < batch.num_rows() {
                self.truncated.store(true, Ordering::Release);
                return Ok(());
            }
        }
        Ok(())
    }

    fn failure(&self, error: &duckdb::Error) -> Failure {
        failure(&self.control, error)
    }
}

/// An interrupt comes from us; its reason says what to answer.
fn failure(control: &Control, error: &duckdb::Error) -> Failure {
    match control.stop_reason() {
        Some(stop) if errors::is_interrupt(error) => stop.failure(),
        _ => errors::reading(error),
    }
}

fn busy(waited: Duration) -> Failure {
    let seconds = waited.as_secs_f64().ceil();
    Failure::new(
        FailureKind::Busy,
        format!(
            "The server is busy: this question waited {seconds} s for its turn and was not begun. Try again in a few seconds."
        ),
    )
}

fn died() -> Failure {
    Failure::internal("The engine failed on this question. The log has its words.")
        .with_detail("the worker ended without a result")
}

/// The reader's end of the channel, then the worker's ending.
struct Rows {
    batches: mpsc::Receiver<RecordBatch>,
    ending: Ending,
    done: bool,
    _stop_on_drop: StopOnDrop,
}

impl Rows {
    fn end(&self) -> Option<Failure> {
        match self
            .ending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        {
            Some(Ok(())) => None,
            Some(Err(failure)) => Some(failure),
            None => Some(died()),
        }
    }
}

impl Stream for Rows {
    type Item = Result<RecordBatch, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.done {
            return Poll::Ready(None);
        }
        match self.batches.poll_recv(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(batch)) => Poll::Ready(Some(Ok(batch))),
            Poll::Ready(None) => {
                self.done = true;
                Poll::Ready(self.end().map(Err))
            }
        }
    }
}
