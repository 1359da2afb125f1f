//! One statement: submitted, looked at until it has ended, stopped when nobody waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use marts::Failure;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::Instant;

use super::errors;
use super::http::{Fault, Http};
use super::options::DatabricksOptions;
use super::retry;
use super::wire::{Manifest, Parameter, Reply, ResultData, Submit, Tag, WarehouseInfo};
use crate::condition::{Conditions, Waiting};

/// Ways to get rows, the best one first: where they come from, and how they are written.
const WAYS: [(&str, &str); 3] = [
    ("EXTERNAL_LINKS", "ARROW_STREAM"),
    ("INLINE", "ARROW_STREAM"),
    ("INLINE", "JSON_ARRAY"),
];

/// How long a look at the warehouse's state may take.
pub(super) const LOOK: Duration = Duration::from_secs(5);

/// What all statements share.
pub(super) struct Session {
    pub options: DatabricksOptions,
    pub http: Http,
    /// Statements that run.
    pub permits: Arc<Semaphore>,
    pub conditions: Conditions,
    /// Which of [`WAYS`] the warehouse takes, as far as is known.
    way: AtomicUsize,
}

/// A statement to run.
#[derive(Debug, Clone, Default)]
pub(super) struct Ask {
    pub sql: String,
    pub parameters: Vec<Parameter>,
    /// Where names without a schema are looked up.
    pub schema: String,
    pub row_cap: Option<u64>,
    pub tags: Vec<Tag>,
    /// The time of running; a warehouse's start has a deadline of its own.
    pub deadline: Option<Duration>,
}

/// A statement whose rows can be fetched.
pub(super) struct Finished {
    pub id: String,
    pub manifest: Manifest,
    pub first: ResultData,
    /// Until then all rows have to be there.
    pub limit: Instant,
    /// Held until the rows have been read.
    pub permit: Option<OwnedSemaphorePermit>,
}

/// Stops the statement when it is dropped before its end.
struct Running {
    session: Arc<Session>,
    id: String,
    is_over: bool,
    /// Given back when the statement has stopped, so that no more run than are allowed.
    permit: Option<OwnedSemaphorePermit>,
    runtime: Handle,
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let (session, id) = (Arc::clone(&self.session), std::mem::take(&mut self.id));
        let permit = self.permit.take();
        self.runtime.spawn(async move {
            session.stop(&id).await;
            drop(permit);
        });
    }
}

impl Session {
    /// # Errors
    /// Options that cannot be used.
    pub fn new(options: DatabricksOptions) -> Result<Self, Failure> {
        options.check()?;
        Ok(Self {
            http: Http::new(&options)?,
            permits: Arc::new(Semaphore::new(options.statements_at_once.max(1))),
            way: AtomicUsize::new(0),
            conditions: Conditions::default(),
            options,
        })
    }

    pub fn failure(&self, fault: &Fault) -> Failure {
        errors::of_call(fault, &self.options)
    }

    /// The warehouse's state in Databricks' words: `RUNNING`, `STARTING`, `STOPPED`, ….
    ///
    /// # Errors
    /// As any call.
    pub async fn state(&self, limit: Instant) -> Result<String, Fault> {
        let path = format!("/api/2.0/sql/warehouses/{}", self.options.warehouse_id);
        let info: WarehouseInfo = self.http.get(&path, limit).await?;
        Ok(info.state)
    }

    /// Runs a statement to the point where its rows can be fetched.
    ///
    /// # Errors
    /// What the statement or a call failed of, the deadline, a warehouse that does not start.
    pub async fn execute(
        self: &Arc<Self>,
        ask: Ask,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<Finished, Failure> {
        let time = ask.deadline.unwrap_or(self.options.timing.longest);
        let limit = after(Instant::now(), time);
        let (sender, receiver) = oneshot::channel();
        let session = Arc::clone(self);
        // In a task of its own, which learns the id also when nobody waits any more; what is then dropped is stopped.
        tokio::spawn(async move {
            let submitted = session.submit(&ask, permit, limit).await;
            let _nobody_waits = sender.send(submitted);
        });
        let submitted = match tokio::time::timeout_at(limit, receiver).await {
            Err(_) => return Err(errors::late()),
            Ok(Err(_)) => {
                return Err(Failure::internal("The question was dropped on its way."));
            }
            Ok(Ok(submitted)) => submitted,
        };
        let (running, reply) = submitted?;
        self.until_its_end(running, reply, time, limit).await
    }

    async fn submit(
        self: &Arc<Self>,
        ask: &Ask,
        permit: Option<OwnedSemaphorePermit>,
        limit: Instant,
    ) -> Result<(Running, Reply), Failure> {
        let mut way = self.way.load(Ordering::Acquire);
        let reply = loop {
            let (disposition, format) = WAYS[way.min(WAYS.len() - 1)];
            let submit = Submit {
                statement: &ask.sql,
                warehouse_id: &self.options.warehouse_id,
                catalog: self.options.catalog.as_deref(),
                schema: Some(&ask.schema)
                    .filter(|s| !s.is_empty())
                    .map(String::as_str),
                parameters: &ask.parameters,
                // A limit of nothing is refused; one row tells whether there are any.
                row_limit: ask
                    .row_cap
                    .map(|cap| i64::try_from(cap.max(1)).unwrap_or(i64::MAX)),
                disposition,
                format,
                wait_timeout: "0s",
                on_wait_timeout: "CONTINUE",
                query_tags: &ask.tags,
            };
            let sent = self
                .http
                .post::<_, Reply>("/api/2.0/sql/statements", &submit, limit);
            match sent.await {
                Ok(reply) => break reply,
                Err(fault) if is_about_the_way(&fault) && way + 1 < WAYS.len() => {
                    way += 1;
                    tracing::info!(
                        ?fault,
                        refused = disposition,
                        format,
                        "the warehouse gives rows in another way"
                    );
                }
                Err(fault) => return Err(self.failure(&fault)),
            }
        };
        self.way.fetch_max(way, Ordering::AcqRel);
        if !is_statement_id(&reply.statement_id) {
            return Err(self.failure(&Fault::Body("a statement without an id".to_owned())));
        }
        let running = Running {
            session: Arc::clone(self),
            id: reply.statement_id.clone(),
            is_over: false,
            permit,
            runtime: Handle::current(),
        };
        Ok((running, reply))
    }

    async fn until_its_end(
        &self,
        mut running: Running,
        mut reply: Reply,
        time: Duration,
        mut limit: Instant,
    ) -> Result<Finished, Failure> {
        let timing = &self.options.timing;
        let path = format!("/api/2.0/sql/statements/{}", running.id);
        let submitted = Instant::now();
        let mut pause = None;
        let mut start = Start::new(submitted, timing.ask_state_after);
        loop {
            let is_pending = reply.status.state == "PENDING";
            match reply.status.state.as_str() {
                "SUCCEEDED" | "CLOSED" => {
                    let is_closed = reply.status.state == "CLOSED";
                    running.is_over = true;
                    let rows = reply.result.take().unwrap_or_default();
                    let Some(manifest) = reply
                        .manifest
                        .take()
                        .filter(|m| !is_closed || !rows.is_empty() || m.total_row_count == Some(0))
                    else {
                        return Err(errors::of_statement(&reply.status));
                    };
                    return Ok(Finished {
                        id: std::mem::take(&mut running.id),
                        manifest,
                        first: rows,
                        limit,
                        permit: running.permit.take(),
                    });
                }
                "FAILED" | "CANCELED" => {
                    running.is_over = true;
                    return Err(errors::of_statement(&reply.status));
                }
                _ => {}
            }
            if is_pending {
                start.look(self, &mut limit).await?;
            } else if start.is_starting {
                start.has_started();
                limit = after(Instant::now(), time);
            }
            // At once, then ever more slowly.
            if let Some(pause) = pause {
                let next = Instant::now() + retry::jittered(pause);
                if next >= limit {
                    tokio::time::sleep_until(limit).await;
                    return Err(start.late());
                }
                tokio::time::sleep_until(next).await;
            }
            pause = Some(match pause {
                None => timing.poll_first,
                Some(pause) => (pause * 3 / 2).min(timing.poll_longest),
            });
            reply = match self.http.get(&path, limit).await {
                Ok(reply) => reply,
                Err(Fault::Late) => return Err(start.late()),
                Err(fault) => return Err(self.failure(&fault)),
            };
        }
    }

    /// Cancelling may fail without a word, so the statement is looked at until it has stopped.
    async fn stop(&self, id: &str) {
        let timing = &self.options.timing;
        let limit = after(Instant::now(), timing.cancel);
        let path = format!("/api/2.0/sql/statements/{id}");
        loop {
            let told = self.http.tell(&format!("{path}/cancel"), limit).await;
            let looked = self.http.get::<Reply>(&path, limit).await;
            match looked {
                Ok(reply) if is_final(&reply.status.state) => return,
                Err(Fault::Refused { status: 404, .. }) => return,
                _ if Instant::now() + timing.poll_first >= limit => {
                    tracing::warn!(statement = id, ?told, "a statement may still be running");
                    return;
                }
                _ => tokio::time::sleep(timing.poll_first).await,
            }
        }
    }
}

/// Whether a statement waits for its warehouse to start.
struct Start {
    submitted: Instant,
    next_look: Option<Instant>,
    is_starting: bool,
    state: String,
    /// Pages are told meanwhile.
    waiting: Option<Waiting>,
}

impl Start {
    fn new(submitted: Instant, after: Duration) -> Self {
        Self {
            submitted,
            next_look: Some(submitted + after),
            is_starting: false,
            state: String::new(),
            waiting: None,
        }
    }

    fn has_started(&mut self) {
        self.is_starting = false;
        self.waiting = None;
    }

    /// From when the warehouse is known to start, its own deadline holds.
    async fn look(&mut self, session: &Session, limit: &mut Instant) -> Result<(), Failure> {
        let now = Instant::now();
        if self.next_look.is_none_or(|next| now < next) {
            return Ok(());
        }
        // A look that hangs must not hold up the statement.
        let state = match session.state((*limit).min(after(now, LOOK))).await {
            Ok(state) => state,
            Err(Fault::Refused { status, .. }) if status < 500 && status != 429 => {
                // We may use it without being allowed to look at it.
                self.next_look = None;
                return Ok(());
            }
            Err(_) => return Ok(()),
        };
        self.next_look = Some(Instant::now() + session.options.timing.poll_longest);
        match state.as_str() {
            "DELETED" | "DELETING" => return Err(errors::deleted(&session.options, &state)),
            "STARTING" | "STOPPED" | "STOPPING" if !self.is_starting => {
                tracing::info!(state, "the SQL warehouse is starting");
                self.is_starting = true;
                self.waiting = Some(session.conditions.waits_for_start());
                *limit = after(self.submitted, session.options.start_deadline);
            }
            // What is still pending waits in the warehouse's queue.
            "RUNNING" => self.waiting = None,
            _ => {}
        }
        self.state = state;
        Ok(())
    }

    fn late(&self) -> Failure {
        if self.is_starting {
            errors::not_started(self.submitted.elapsed(), &self.state)
        } else {
            errors::late()
        }
    }
}

/// Far away where it cannot be told.
pub(super) fn after(now: Instant, time: Duration) -> Instant {
    now.checked_add(time)
        .unwrap_or_else(|| now + Duration::from_secs(24 * 3600))
}

fn is_final(state: &str) -> bool {
    matches!(state, "SUCCEEDED" | "FAILED" | "CANCELED" | "CLOSED")
}

/// It becomes a part of an address.
fn is_statement_id(id: &str) -> bool {
    !id.is_empty()
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// A bad statement is a reply with a failed state; a call that is refused is refused for how it asks.
fn is_about_the_way(fault: &Fault) -> bool {
    let Fault::Refused {
        status: 400, error, ..
    } = fault
    else {
        return false;
    };
    let said = error.message.to_lowercase();
    ["disposition", "format", "external_links", "arrow", "inline"]
        .iter()
        .any(|word| said.contains(word))
}
