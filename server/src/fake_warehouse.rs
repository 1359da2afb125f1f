//! An engine of which tests know what it was asked. Each statement's figure is how many were asked before it.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use arrow::array::{Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use async_trait::async_trait;
use jiff::civil::date;
use marts::{Aggregate, Ask, DateRange, Failure, ReleaseId, ReleaseInfo, Statement};
use tokio::sync::Semaphore;
use warehouse::{Batches, Capabilities, RelationColumn, Warehouse};

use crate::analytics::Analytics;
use crate::config::Limits;

pub struct Fake {
    /// What is current, as the service asks it.
    pub current: Mutex<&'static str>,
    /// What statements without a name run on, where it is another one.
    pub answers_from: Mutex<Option<&'static str>>,
    pub asked: AtomicUsize,
    /// Statements that were dropped before they ended.
    pub stopped: Arc<AtomicUsize>,
    /// Each statement waits for a permit.
    pub gate: Arc<Semaphore>,
    pub fails: AtomicUsize,
    /// The state of the records of runs, where it can be told.
    pub records: Mutex<Option<&'static str>>,
    /// Of the last statement.
    pub tags: Mutex<Vec<(String, String)>>,
}

impl Fake {
    /// An engine that answers at once.
    pub fn open() -> Arc<Self> {
        Self::with_permits(Semaphore::MAX_PERMITS)
    }

    /// An engine that answers so many statements, and the next ones when it is given permits.
    pub fn with_permits(permits: usize) -> Arc<Self> {
        Arc::new(Self {
            current: Mutex::new("r1"),
            answers_from: Mutex::default(),
            asked: AtomicUsize::new(0),
            stopped: Arc::default(),
            gate: Arc::new(Semaphore::new(permits)),
            fails: AtomicUsize::new(0),
            records: Mutex::default(),
            tags: Mutex::default(),
        })
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub fn stopped(&self) -> usize {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Questions over this engine, in the words of this repository's project.
    pub fn analytics(self: &Arc<Self>) -> Arc<Analytics> {
        let warehouse: Arc<dyn Warehouse> = self.clone();
        Arc::new(Analytics::new(warehouse, project(), &Limits::default()))
    }
}

pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../marts")
}

/// A figure of a metric over a month.
pub fn figure(metric: &str) -> Ask {
    let range = DateRange {
        from: date(2026, 1, 1),
        to: date(2026, 1, 31),
    };
    Ask::Aggregate(Aggregate::over(&[metric], range))
}

fn info(id: &str) -> ReleaseInfo {
    ReleaseInfo {
        id: ReleaseId(id.to_owned()),
        business_date: date(2026, 3, 31),
        observed: Some((date(2025, 1, 1), date(2026, 3, 31))),
        zone: "UTC".to_owned(),
    }
}

struct Running(Option<Arc<AtomicUsize>>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(stopped) = &self.0 {
            stopped.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[async_trait]
impl Warehouse for Fake {
    async fn run(&self, statement: Statement) -> Result<Batches, Failure> {
        let asked_before = self.asked.fetch_add(1, Ordering::SeqCst);
        *self.tags.lock().unwrap() = statement.tags.clone();
        let mut running = Running(Some(Arc::clone(&self.stopped)));
        self.gate.acquire().await.unwrap().forget();
        running.0 = None;
        let fails = |left: usize| left.checked_sub(1);
        if self
            .fails
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, fails)
            .is_ok()
        {
            return Err(Failure::unavailable("The engine is down."));
        }
        let release = match (statement.release, *self.answers_from.lock().unwrap()) {
            (Some(named), _) => named.0,
            (None, Some(other)) => other.to_owned(),
            (None, None) => (*self.current.lock().unwrap()).to_owned(),
        };
        let name = ["retail_spend", "runs"]
            .into_iter()
            .find(|name| statement.sql.contains(&format!(" AS {name}")))
            .unwrap_or("one");
        let schema = Arc::new(Schema::new(vec![Field::new(name, DataType::Int64, true)]));
        let figure = Int64Array::from(vec![i64::try_from(asked_before).unwrap()]);
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(figure)]).unwrap();
        Ok(Batches::ready(schema, info(&release), vec![batch], false))
    }

    async fn describe(&self, _: &str) -> Result<Vec<RelationColumn>, Failure> {
        Ok(Vec::new())
    }

    async fn relations(&self, _: Option<&ReleaseId>) -> Result<Arc<BTreeSet<String>>, Failure> {
        Ok(Arc::default())
    }

    async fn release(&self) -> Result<ReleaseInfo, Failure> {
        Ok(info(*self.current.lock().unwrap()))
    }

    async fn release_named(&self, release: Option<&ReleaseId>) -> Result<ReleaseInfo, Failure> {
        match release {
            Some(named) => Ok(info(&named.0)),
            None => self.release().await,
        }
    }

    async fn releases(&self) -> Result<Vec<ReleaseInfo>, Failure> {
        Ok(vec![self.release().await?])
    }

    fn records(&self) -> Option<String> {
        self.records.lock().unwrap().map(str::to_owned)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            engine: "fake 1".to_owned(),
            cancels: true,
            sleeps: false,
        }
    }

    async fn is_warm(&self) -> bool {
        true
    }
}
