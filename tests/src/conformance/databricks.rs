//! Databricks SQL under the suite: two releases in the stand-in's Spark, and a pointer of each fixture's own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use warehouse::{DatabricksOptions, DatabricksWarehouse, Warehouse};

use super::{FIRST, Fixture, SECOND, tables};
use crate::standin::StandIn;

static MADE: AtomicUsize = AtomicUsize::new(0);

pub struct DatabricksFixture {
    standin: &'static StandIn,
    pointer: String,
    engines: Mutex<Vec<Arc<DatabricksWarehouse>>>,
}

/// The schemas with both releases' tables, which no fixture changes.
///
/// # Errors
/// A statement that fails.
pub async fn load(standin: &StandIn) -> anyhow::Result<()> {
    for release in [FIRST, SECOND] {
        let schema = schema_of(release);
        standin
            .execute(&format!("CREATE SCHEMA IF NOT EXISTS {schema}"))
            .await?;
        for (name, select) in tables(release) {
            let sql = format!("CREATE TABLE {schema}.{name} USING parquet AS {select}");
            standin.execute(&sql).await?;
        }
    }
    Ok(())
}

fn schema_of(release: &str) -> String {
    format!("conformance_{release}")
}

impl DatabricksFixture {
    /// A pointer to the first release; [`load`] was called before.
    ///
    /// # Errors
    /// A statement that fails.
    pub async fn new(standin: &'static StandIn) -> anyhow::Result<Self> {
        let fixture = Self {
            standin,
            pointer: format!("pointer_{}", MADE.fetch_add(1, Ordering::Relaxed)),
            engines: Mutex::default(),
        };
        standin
            .execute(&format!("CREATE SCHEMA {}", fixture.pointer))
            .await?;
        fixture.publish(&[FIRST], FIRST).await?;
        Ok(fixture)
    }

    /// Options of an engine over this fixture.
    #[must_use]
    pub fn options(&self) -> DatabricksOptions {
        self.standin.options(&self.pointer)
    }

    /// The schema with the pointer's tables.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// An engine of these options that knows its releases.
    ///
    /// # Errors
    /// When the pointer cannot be read.
    pub async fn open(
        &self,
        options: DatabricksOptions,
    ) -> Result<Arc<DatabricksWarehouse>, marts::Failure> {
        let engine = Arc::new(DatabricksWarehouse::new(options)?);
        engine.refresh().await?;
        let mut engines = self.engines.lock().unwrap_or_else(PoisonError::into_inner);
        engines.push(Arc::clone(&engine));
        Ok(engine)
    }

    /// Both tables of the pointer, which here are views: Spark's own tables cannot be replaced in one step.
    async fn publish(&self, releases: &[&str], current: &str) -> anyhow::Result<()> {
        let rows: Vec<String> = releases
            .iter()
            .enumerate()
            .map(|(age, release)| {
                format!(
                    "SELECT '{release}' AS release_id, '{}' AS schema_name, DATE '2026-11-22' AS business_date, \
                     'America/New_York' AS zone, DATE '2024-11-23' AS observed_from, DATE '2026-11-22' AS observed_to, \
                     TIMESTAMP '2026-11-2{age} 00:00:00' AS published_at",
                    schema_of(release)
                )
            })
            .collect();
        let pointer = &self.pointer;
        let listed = format!(
            "CREATE OR REPLACE VIEW {pointer}.releases AS {}",
            rows.join(" UNION ALL ")
        );
        self.standin.execute(&listed).await?;
        let one = format!(
            "CREATE OR REPLACE VIEW {pointer}.current_release AS SELECT '{current}' AS release_id"
        );
        self.standin.execute(&one).await?;
        let engines = self
            .engines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        for engine in engines {
            if let Err(failure) = engine.refresh().await {
                anyhow::bail!("{failure}: {}", failure.detail);
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Fixture for DatabricksFixture {
    async fn engine(&self, at_once: usize) -> Arc<dyn Warehouse> {
        let options = DatabricksOptions {
            statements_at_once: at_once,
            ..self.options()
        };
        match self.open(options).await {
            Ok(engine) => engine,
            Err(failure) => panic!("{failure}: {}", failure.detail),
        }
    }

    async fn publish_second(&self) {
        if let Err(error) = self.publish(&[FIRST, SECOND], SECOND).await {
            panic!("{error}");
        }
    }

    async fn prune_first(&self) {
        if let Err(error) = self.publish(&[SECOND], SECOND).await {
            panic!("{error}");
        }
    }

    /// Spark lets go of a job when its tasks have looked up.
    fn stops_within(&self) -> Duration {
        Duration::from_secs(3)
    }

    fn streams_while_it_runs(&self) -> bool {
        false
    }

    fn forbidden(&self) -> Vec<String> {
        [
            "SET spark.sql.ansi.enabled = false",
            "USE default",
            "SHOW TABLES",
            "CREATE TEMPORARY VIEW v AS SELECT 1",
            "INSERT OVERWRITE numbers SELECT 1",
            "WITH x AS (SELECT 1 AS n) INSERT INTO numbers SELECT n FROM x",
            "FROM numbers INSERT INTO numbers SELECT n",
            "SELECT 1; SELECT 2",
            "MERGE INTO numbers USING sample ON false WHEN NOT MATCHED THEN INSERT VALUES (1)",
            "OPTIMIZE numbers",
            "CALL x()",
        ]
        .map(str::to_owned)
        .to_vec()
    }
}
