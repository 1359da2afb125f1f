//! DuckDB under the suite: two releases in a data folder of their own.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use marts::Failure;
use tempfile::TempDir;
use warehouse::{
    Builder, DuckDbBuilder, DuckDbOptions, DuckDbWarehouse, Manifest, Relation, ReleaseHandle,
    Schema, TableSummary, Warehouse, release,
};

use super::{FIRST, Fixture, SECOND, tables};

pub struct DuckDbFixture {
    data: TempDir,
    handles: Mutex<Vec<Arc<ReleaseHandle>>>,
}

impl DuckDbFixture {
    /// A data folder with the first release.
    ///
    /// # Errors
    /// A temporary folder that cannot be written.
    pub fn new() -> Result<Self, Failure> {
        let data =
            TempDir::new().map_err(|e| Failure::internal("no temporary folder").with_detail(e))?;
        publish(data.path(), FIRST)?;
        Ok(Self {
            data,
            handles: Mutex::default(),
        })
    }
}

/// Builds a release of [`tables`] and points to it, as the pipeline does.
///
/// # Errors
/// A folder that cannot be written.
pub fn publish(data: &Path, id: &str) -> Result<(), Failure> {
    let mut builder = DuckDbBuilder::open(
        &release::state_path(data),
        &release::gold_path(data, id),
        2,
        None,
    )?;
    let mut summaries = std::collections::BTreeMap::new();
    for (name, select) in tables(id) {
        let relation = Relation {
            schema: Schema::Gold,
            name: name.to_owned(),
        };
        builder.create_table(&relation, &select)?;
        let (rows, checksum) = builder.checksum(&relation, &[])?;
        summaries.insert(name.to_owned(), TableSummary { rows, checksum });
    }
    Box::new(builder).finish()?;
    let manifest = Manifest {
        release_id: id.to_owned(),
        run_id: format!("run-of-{id}"),
        business_date: jiff::civil::date(2026, 11, 22),
        zone: "America/New_York".to_owned(),
        published_at: jiff::Timestamp::UNIX_EPOCH,
        fingerprint: id.to_owned(),
        observed: None,
        gold_bytes: 0,
        tables: summaries,
        build: warehouse::BuildInfo::default(),
    };
    release::write_manifest(&release::release_dir(data, id), &manifest)?;
    release::point_to(data, id)
}

#[async_trait]
impl Fixture for DuckDbFixture {
    async fn engine(&self, at_once: usize) -> Arc<dyn Warehouse> {
        let options = DuckDbOptions {
            connections: at_once,
            threads: 2,
            ..DuckDbOptions::default()
        };
        let handle = Arc::new(ReleaseHandle::new(self.data.path(), options));
        if let Err(failure) = handle.refresh().await {
            panic!("{failure}: {}", failure.detail);
        }
        self.handles
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::clone(&handle));
        Arc::new(DuckDbWarehouse::new(handle))
    }

    async fn publish_second(&self) {
        if let Err(failure) = publish(self.data.path(), SECOND) {
            panic!("{failure}: {}", failure.detail);
        }
        let handles = self
            .handles
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        for handle in handles {
            if let Err(failure) = handle.refresh().await {
                panic!("{failure}: {}", failure.detail);
            }
        }
    }

    async fn prune_first(&self) {
        if let Err(error) = std::fs::remove_dir_all(release::release_dir(self.data.path(), FIRST)) {
            panic!("{error}");
        }
    }

    fn stops_within(&self) -> Duration {
        Duration::from_millis(200)
    }

    fn forbidden(&self) -> Vec<String> {
        let outside = self.data.path().join("outside.csv").display().to_string();
        let state = release::state_path(self.data.path()).display().to_string();
        vec![
            "SELECT * FROM read_csv('/etc/passwd')".to_owned(),
            "SELECT * FROM read_text('/etc/passwd')".to_owned(),
            "SELECT * FROM '/etc/passwd'".to_owned(),
            "SELECT * FROM glob('/etc/*')".to_owned(),
            format!("COPY sample TO '{outside}'"),
            format!("ATTACH '{state}' AS s"),
            "ATTACH ':memory:' AS m".to_owned(),
            "CREATE TEMP TABLE t AS SELECT 1".to_owned(),
            "SET enable_external_access = true".to_owned(),
            "INSTALL httpfs".to_owned(),
            "SELECT 1; SET threads = 1".to_owned(),
            "BEGIN TRANSACTION".to_owned(),
        ]
    }
}
