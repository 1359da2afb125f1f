//! Databricks SQL as a [`Warehouse`]: statements run in the schema of the release they are pinned to.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::Array;
use async_trait::async_trait;
use marts::{Failure, ReleaseId, ReleaseInfo, Statement};
use tokio::sync::{OnceCell, OwnedSemaphorePermit, watch};
use tokio::time::Instant;

use super::options::DatabricksOptions;
use super::pointer::{Pointer, Published};
use super::relations::{self, Relations, texts};
use super::statements::{Ask, LOOK, Session, after};
use super::{bind, errors, rows};
use crate::{
    Batches, Capabilities, Conditions, Refreshed, RelationColumn, Warehouse, one_query, ops,
};

/// Reads releases that were pushed to a Databricks SQL warehouse.
pub struct DatabricksWarehouse {
    session: Arc<Session>,
    pointer: Pointer,
    relations: Relations,
    /// Said once: the session's zone is UTC.
    utc: OnceCell<()>,
}

impl std::fmt::Debug for DatabricksWarehouse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabricksWarehouse")
            .field("options", &self.session.options)
            .finish_non_exhaustive()
    }
}

impl DatabricksWarehouse {
    /// A connector; nothing is asked before the first [`DatabricksWarehouse::refresh`] or statement.
    ///
    /// # Errors
    /// Options that are missing or cannot be used.
    pub fn new(options: DatabricksOptions) -> Result<Self, Failure> {
        Ok(Self {
            session: Arc::new(Session::new(options)?),
            pointer: Pointer::default(),
            relations: Relations::default(),
            utc: OnceCell::new(),
        })
    }

    /// The release that is served, as it is now and at each change; `None` while there is none.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<Option<ReleaseInfo>> {
        self.pointer.changes()
    }

    /// Whether it is starting, for those who wait.
    #[must_use]
    pub fn conditions(&self) -> Conditions {
        self.session.conditions.clone()
    }

    /// Looks at the pointer and, when it names another release, serves that one from then on.
    ///
    /// # Errors
    /// A damaged pointer, and what statements fail of; what was served before is served on.
    pub async fn refresh(&self) -> Result<Refreshed, Failure> {
        self.pointer.refresh(&self.session).await
    }

    /// Looks at the pointer again and again, for as long as it is polled and somebody asks questions. A problem is logged
    /// once, not at every look.
    pub async fn watch(self: Arc<Self>, interval: Duration) {
        let mut ticks = tokio::time::interval(interval.max(Duration::from_millis(10)));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut known: Option<Failure> = None;
        loop {
            ticks.tick().await;
            match self.pointer.refresh_if_asked(&self.session).await {
                Ok(refreshed) => {
                    if let Refreshed::Now(id) = refreshed {
                        tracing::info!(release = %id, "serving a new release");
                    }
                    known = None;
                }
                Err(failure) => {
                    if known.as_ref().map(|k| &k.message) != Some(&failure.message) {
                        tracing::error!(detail = failure.detail, "{}", failure.message);
                    }
                    known = Some(failure);
                }
            }
        }
    }

    /// Every time that is read is taken for UTC, so the session must be in it; no field of the API sets it.
    async fn require_utc(&self, deadline: Option<Duration>) -> Result<(), Failure> {
        let ask = || async {
            let ask = Ask {
                sql: "SELECT current_timezone() AS zone".to_owned(),
                deadline,
                ..Ask::default()
            };
            let (_, batches) = rows::query(&self.session, ask).await?;
            let zones = batches
                .first()
                .map(|batch| texts(batch, "zone"))
                .transpose()?;
            let zone = zones
                .filter(|zones| !zones.is_empty() && !zones.is_null(0))
                .map(|zones| zones.value(0).to_owned())
                .unwrap_or_default();
            if matches!(zone.as_str(), "UTC" | "Etc/UTC" | "Z" | "GMT" | "+00:00") {
                return Ok(());
            }
            Err(Failure::unavailable(format!(
                "The SQL warehouse's time zone is {zone}, so its times cannot be trusted. Set TIMEZONE to UTC in its SQL configuration parameters."
            )))
        };
        self.utc.get_or_try_init(ask).await?;
        Ok(())
    }

    async fn turn(&self, wait: Option<Duration>) -> Result<OwnedSemaphorePermit, Failure> {
        // Dropped while it waits, it leaves the queue.
        let turn = Arc::clone(&self.session.permits).acquire_owned();
        match wait {
            Some(wait) => tokio::time::timeout(wait, turn)
                .await
                .map_err(|_| errors::busy(wait))?,
            None => turn.await,
        }
        .map_err(|e| Failure::unavailable("The engine is shutting down.").with_detail(e))
    }
}

#[cfg(test)]
impl DatabricksWarehouse {
    pub(super) fn session_for_tests(&self) -> Arc<Session> {
        Arc::clone(&self.session)
    }

    pub(super) fn pointer_for_tests(&self) -> &Pointer {
        &self.pointer
    }
}

/// They lie beside the releases of a data folder.
fn no_records() -> Failure {
    Failure::not_found(
        "Records of runs are kept where the pipeline runs, and are not read from Databricks yet. Serve that data folder to see them.",
    )
}

#[async_trait]
impl Warehouse for DatabricksWarehouse {
    async fn run(&self, statement: Statement) -> Result<Batches, Failure> {
        one_query::require(&statement.sql)?;
        let parameters = bind::parameters(&statement.sql, &statement.params)?;
        if ops::are_asked(&statement.sql)? {
            return Err(no_records());
        }
        if statement.deadline.is_some_and(|left| left.is_zero()) {
            return Err(errors::late());
        }
        let Published { info, schema } = self.pointer.named(statement.release.as_ref())?;
        let asked = Instant::now();
        let permit = self.turn(statement.wait).await?;
        let waited = asked.elapsed();
        self.require_utc(statement.deadline).await?;
        let ask = Ask {
            sql: statement.sql,
            parameters,
            schema,
            row_cap: statement.row_cap,
            tags: bind::tags(&statement.tags),
            deadline: statement.deadline,
        };
        let finished = self.session.execute(ask, Some(permit)).await?;
        let cap = statement.row_cap;
        Ok(rows::batches(&self.session, finished, cap, info, waited))
    }

    async fn describe(&self, relation: &str) -> Result<Vec<RelationColumn>, Failure> {
        let is_record = relation
            .split_once('.')
            .is_some_and(|(schema, _)| schema.eq_ignore_ascii_case(ops::SCHEMA));
        if is_record {
            return Err(no_records());
        }
        let Published { schema, .. } = self.pointer.named(None)?;
        let names = self.relations.of(&self.session, &schema).await?;
        let table = names
            .iter()
            .find(|name| name.eq_ignore_ascii_case(relation));
        let Some(table) = table else {
            return Err(Failure::not_found(format!(
                "The release has no table {relation}."
            )));
        };
        relations::describe(&self.session, &schema, table).await
    }

    async fn relations(
        &self,
        release: Option<&ReleaseId>,
    ) -> Result<Arc<BTreeSet<String>>, Failure> {
        let Published { schema, .. } = self.pointer.named(release)?;
        self.relations.of(&self.session, &schema).await
    }

    async fn release(&self) -> Result<ReleaseInfo, Failure> {
        Ok(self.pointer.named(None)?.info)
    }

    async fn release_named(&self, release: Option<&ReleaseId>) -> Result<ReleaseInfo, Failure> {
        Ok(self.pointer.named(release)?.info)
    }

    async fn releases(&self) -> Result<Vec<ReleaseInfo>, Failure> {
        self.pointer.all()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            engine: format!("databricks {}", self.session.options.warehouse_id),
            cancels: true,
            sleeps: true,
        }
    }

    async fn is_warm(&self) -> bool {
        let limit = after(Instant::now(), LOOK);
        self.pointer.is_open()
            && self
                .session
                .state(limit)
                .await
                .is_ok_and(|state| state == "RUNNING")
    }
}
