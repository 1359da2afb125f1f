//! DuckDB as a [`Warehouse`]: statements run on the current release, or on the one they name.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use arrow::array::AsArray;
use async_trait::async_trait;
use duckdb::Connection;
use marts::{Failure, Param, ReleaseId, ReleaseInfo, Statement};
use tokio::time::Instant;

use super::control::Stop;
use super::handle::ReleaseHandle;
use super::job::{self, Source};
use crate::ops::{self, SCHEMA};
use crate::{Batches, Capabilities, RelationColumn, Warehouse};

/// Reads the releases that a [`ReleaseHandle`] holds open.
pub struct DuckDbWarehouse {
    releases: Arc<ReleaseHandle>,
    version: OnceLock<String>,
}

impl std::fmt::Debug for DuckDbWarehouse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DuckDbWarehouse")
            .field("releases", &self.releases)
            .finish_non_exhaustive()
    }
}

impl DuckDbWarehouse {
    #[must_use]
    pub fn new(releases: Arc<ReleaseHandle>) -> Self {
        Self {
            releases,
            version: OnceLock::new(),
        }
    }
}

impl DuckDbWarehouse {
    /// The records of runs live beside the releases: what failed has no release, and what ran before the first one
    /// can be asked for too. So they are the same whichever release a statement names.
    async fn source(&self, statement: &Statement) -> Result<Source, Failure> {
        if !ops::are_asked(&statement.sql)? {
            let open = self.releases.named(statement.release.as_ref()).await?;
            return Ok(Source::Release(open));
        }
        let info = self
            .releases
            .current()
            .map_or_else(|_| ReleaseInfo::unpublished(), |open| open.info.clone());
        Ok(Source::Ops(self.releases.ops(), info))
    }
}

#[async_trait]
impl Warehouse for DuckDbWarehouse {
    async fn run(&self, statement: Statement) -> Result<Batches, Failure> {
        let began = Instant::now();
        let source = match statement.deadline {
            None => self.source(&statement).await?,
            // Opening another release takes its time too.
            Some(deadline) => tokio::time::timeout(deadline, self.source(&statement))
                .await
                .map_err(|_| Stop::Deadline.failure())??,
        };
        let mut statement = statement;
        statement.deadline = statement
            .deadline
            .map(|d| d.saturating_sub(began.elapsed()));
        job::start(source, statement).await
    }

    async fn describe(&self, relation: &str) -> Result<Vec<RelationColumn>, Failure> {
        let (schema, table) = match relation.split_once('.') {
            Some((schema, table)) if schema.eq_ignore_ascii_case(SCHEMA) => (SCHEMA, table),
            _ => ("main", relation),
        };
        let mut statement = Statement::new(
            "SELECT column_name, data_type FROM information_schema.columns \
             WHERE table_catalog = current_database() AND table_schema = :schema AND lower(table_name) = lower(:relation) \
             ORDER BY ordinal_position",
        );
        statement.params = vec![
            ("schema".to_owned(), Param::Text(schema.to_owned())),
            ("relation".to_owned(), Param::Text(table.to_owned())),
        ];
        // Not told by the SQL here, since the schema is a value.
        let source = match schema {
            SCHEMA => Source::Ops(self.releases.ops(), ReleaseInfo::unpublished()),
            _ => Source::Release(self.releases.current()?),
        };
        let (batches, _) = job::start(source, statement).await?.collect().await?;
        let mut columns = Vec::new();
        for batch in &batches {
            let (names, types) = (
                batch.column(0).as_string::<i32>(),
                batch.column(1).as_string::<i32>(),
            );
            columns.extend((0..batch.num_rows()).map(|row| RelationColumn {
                name: names.value(row).to_owned(),
                sql_type: types.value(row).to_owned(),
            }));
        }
        if columns.is_empty() {
            return Err(Failure::not_found(format!(
                "The release has no table {relation}."
            )));
        }
        Ok(columns)
    }

    async fn relations(
        &self,
        release: Option<&ReleaseId>,
    ) -> Result<Arc<BTreeSet<String>>, Failure> {
        Ok(Arc::clone(&self.releases.named(release).await?.relations))
    }

    async fn release(&self) -> Result<ReleaseInfo, Failure> {
        Ok(self.releases.current()?.info.clone())
    }

    async fn release_named(&self, release: Option<&ReleaseId>) -> Result<ReleaseInfo, Failure> {
        self.releases.info_of(release).await
    }

    async fn releases(&self) -> Result<Vec<ReleaseInfo>, Failure> {
        self.releases.all().await
    }

    fn records(&self) -> Option<String> {
        self.releases.ops().state()
    }

    fn capabilities(&self) -> Capabilities {
        let version = self.version.get_or_init(|| {
            Connection::open_in_memory()
                .and_then(|c| c.version())
                .unwrap_or_else(|_| "of unknown version".to_owned())
        });
        Capabilities {
            engine: format!("duckdb {}", version.trim_start_matches('v')),
            cancels: true,
            sleeps: false,
        }
    }

    async fn is_warm(&self) -> bool {
        self.releases.current().is_ok()
    }
}
