//! Stands in for DuckDB where it was left out of the build, so that everything else still compiles.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use async_trait::async_trait;
use marts::{Failure, ReleaseId, ReleaseInfo, Statement};

use crate::{
    Batches, Builder, Capabilities, DuckDbOptions, Mapping, Merged, Refreshed, Relation,
    RelationColumn, Warehouse,
};

fn absent() -> Failure {
    Failure::unavailable(
        "This program was built without DuckDB. Build it with the feature `duckdb` of the crate `warehouse`.",
    )
}

/// # Errors
/// Always: says how to get DuckDB.
pub fn release_of_file(
    _file: &Path,
    _mapping: Option<&Mapping>,
    _like: &ReleaseInfo,
    _data: &Path,
) -> Result<(), Failure> {
    Err(absent())
}

/// Cannot be opened.
#[derive(Debug)]
pub enum DuckDbBuilder {}

impl DuckDbBuilder {
    /// # Errors
    /// Always: says how to get DuckDB.
    pub fn open(
        _state: &Path,
        _gold: &Path,
        _threads: usize,
        _memory_limit: Option<&str>,
    ) -> Result<Self, Failure> {
        Err(absent())
    }

    /// # Errors
    /// Always: says how to get DuckDB.
    pub fn checkpoint(_state: &Path) -> Result<Option<String>, Failure> {
        Err(absent())
    }
}

impl Builder for DuckDbBuilder {
    fn qualified(&self, _: &Relation) -> String {
        match *self {}
    }
    fn bronze(&mut self, _: &str, _: &[String], _: &[PathBuf]) -> Result<String, Failure> {
        match *self {}
    }
    fn create_table(&mut self, _: &Relation, _: &str) -> Result<u64, Failure> {
        match *self {}
    }
    fn create_view(&mut self, _: &Relation, _: &str) -> Result<(), Failure> {
        match *self {}
    }
    fn has_table(&mut self, _: &Relation) -> Result<bool, Failure> {
        match *self {}
    }
    fn merge(&mut self, _: &Relation, _: &str, _: &[String]) -> Result<Merged, Failure> {
        match *self {}
    }
    fn replace(&mut self, _: &Relation, _: &str) -> Result<Merged, Failure> {
        match *self {}
    }
    fn run_hook(&mut self, _: &Relation, _: &str) -> Result<Merged, Failure> {
        match *self {}
    }
    fn delta_relation(&self, _: &Relation) -> Option<String> {
        match *self {}
    }
    fn removed_relation(&self, _: &Relation) -> Option<String> {
        match *self {}
    }
    fn keep_checkpoint(&mut self, _: &str) -> Result<(), Failure> {
        match *self {}
    }
    fn commit_silver(&mut self) -> Result<(), Failure> {
        match *self {}
    }
    fn load_seed(&mut self, _: &Relation, _: &Path) -> Result<u64, Failure> {
        match *self {}
    }
    fn fetch(&mut self, _: &Statement) -> Result<Vec<RecordBatch>, Failure> {
        match *self {}
    }
    fn columns(&mut self, _: &Relation) -> Result<Vec<RelationColumn>, Failure> {
        match *self {}
    }
    fn checksum(&mut self, _: &Relation, _: &[&str]) -> Result<(u64, String), Failure> {
        match *self {}
    }
    fn finish(self: Box<Self>) -> Result<(), Failure> {
        match *self {}
    }
}

/// Opens nothing.
#[derive(Debug)]
pub struct ReleaseHandle;

impl ReleaseHandle {
    #[must_use]
    pub fn new(_data: impl Into<PathBuf>, _options: DuckDbOptions) -> Self {
        Self
    }

    /// Never anything.
    #[must_use]
    pub fn changes(&self) -> tokio::sync::watch::Receiver<Option<ReleaseInfo>> {
        tokio::sync::watch::Sender::new(None).subscribe()
    }

    /// # Errors
    /// Always: says how to get DuckDB.
    pub async fn refresh(self: &Arc<Self>) -> Result<Refreshed, Failure> {
        Err(absent())
    }

    pub async fn watch(self: Arc<Self>, _interval: Duration) {
        tracing::error!("{}", absent());
        std::future::pending().await
    }
}

/// Answers every statement with how to get DuckDB.
#[derive(Debug)]
pub struct DuckDbWarehouse;

impl DuckDbWarehouse {
    #[must_use]
    pub fn new(_releases: Arc<ReleaseHandle>) -> Self {
        Self
    }
}

#[async_trait]
impl Warehouse for DuckDbWarehouse {
    async fn run(&self, _: Statement) -> Result<Batches, Failure> {
        Err(absent())
    }
    async fn describe(&self, _: &str) -> Result<Vec<RelationColumn>, Failure> {
        Err(absent())
    }
    async fn relations(&self, _: Option<&ReleaseId>) -> Result<Arc<BTreeSet<String>>, Failure> {
        Err(absent())
    }
    async fn release(&self) -> Result<ReleaseInfo, Failure> {
        Err(absent())
    }
    async fn release_named(&self, _: Option<&ReleaseId>) -> Result<ReleaseInfo, Failure> {
        Err(absent())
    }
    async fn releases(&self) -> Result<Vec<ReleaseInfo>, Failure> {
        Err(absent())
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            engine: "duckdb, left out of this build".to_owned(),
            cancels: false,
            sleeps: false,
        }
    }
    async fn is_warm(&self) -> bool {
        false
    }
}
