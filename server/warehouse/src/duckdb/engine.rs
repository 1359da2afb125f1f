//! DuckDB as a [`Warehouse`]: statements run on the current release.

use std::sync::{Arc, OnceLock};

use arrow::array::AsArray;
use async_trait::async_trait;
use duckdb::Connection;
use marts::{Failure, Param, ReleaseInfo, Statement};

use super::handle::ReleaseHandle;
use super::job;
use crate::{Batches, Capabilities, RelationColumn, Warehouse};

/// Reads the release that a [`ReleaseHandle`] holds open.
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

#[async_trait]
impl Warehouse for DuckDbWarehouse {
    async fn run(&self, statement: Statement) -> Result<Batches, Failure> {
        job::start(self.releases.current()?, statement).await
    }

    async fn describe(&self, relation: &str) -> Result<Vec<RelationColumn>, Failure> {
        let mut statement = Statement::new(
            "SELECT column_name, data_type FROM information_schema.columns \
             WHERE table_catalog = current_database() AND table_schema = 'main' AND lower(table_name) = lower(:relation) \
             ORDER BY ordinal_position",
        );
        statement.params = vec![("relation".to_owned(), Param::Text(relation.to_owned()))];
        let (batches, _) = self.run(statement).await?.collect().await?;
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

    async fn release(&self) -> Result<ReleaseInfo, Failure> {
        Ok(self.releases.current()?.info.clone())
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
        }
    }

    async fn is_warm(&self) -> bool {
        self.releases.current().is_ok()
    }
}
