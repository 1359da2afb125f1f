//! A connector in front of the stand-in, and one question with a known answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use marts::{Failure, Statement};
use serde_json::{Value, json};
use tokio::sync::MutexGuard;
use warehouse::{DatabricksOptions, DatabricksWarehouse, Warehouse};
use workspace_tests::conformance::DatabricksFixture;
use workspace_tests::standin::{Counts, StandIn};

use super::{QUIET, log, standin};

pub const DEADLINE: Duration = Duration::from_secs(10);
/// Within this time after its deadline a question has come to its end.
pub const SLACK: Duration = Duration::from_secs(5);
const ROWS: i64 = 450;

pub struct Stage {
    pub standin: &'static StandIn,
    pub fixture: DatabricksFixture,
    _alone: MutexGuard<'static, ()>,
}

impl Stage {
    pub async fn new() -> Self {
        log::watch();
        let (standin, alone) = standin().await;
        Self {
            fixture: DatabricksFixture::new(standin).await.unwrap(),
            standin,
            _alone: alone,
        }
    }

    pub fn options(&self) -> DatabricksOptions {
        self.fixture.options()
    }

    pub fn by_principal(&self) -> DatabricksOptions {
        self.standin.by_principal(self.fixture.pointer())
    }

    /// An engine that has asked all that it asks for itself. The stand-in is as at its start, but that results come in
    /// small chunks with one link each.
    pub async fn engine(&self, options: DatabricksOptions) -> Arc<DatabricksWarehouse> {
        self.standin.reset().await.unwrap();
        let engine = self.fixture.open(options).await.unwrap();
        ask(&engine).await.unwrap();
        self.fresh().await;
        engine
    }

    /// Counters, faults and settings as they were when the engine was made.
    pub async fn fresh(&self) {
        self.standin.reset().await.unwrap();
        self.set(json!({ "chunk_rows": 100, "links_per_reply": 1 }))
            .await;
    }

    pub async fn set(&self, settings: Value) {
        self.standin
            .control("settings", Some(settings))
            .await
            .unwrap();
    }

    pub async fn arm(&self, fault: Value) {
        self.standin.arm(fault).await.unwrap();
    }

    /// Nothing runs any more, nothing ran twice, no link saw the bearer, no log a secret.
    pub async fn settled(&self) -> Counts {
        let counts = self.standin.until_quiet(QUIET).await.unwrap();
        assert_eq!(counts.repeated, 0, "{counts:?}");
        assert_eq!(counts.links.sent_authorization, 0, "{counts:?}");
        log::assert_no_secret("");
        counts
    }

    /// How often a fault of this name struck.
    pub async fn struck(&self, name: &str) -> u64 {
        let faults = self.standin.control("faults", None).await.unwrap();
        faults["struck"][name].as_u64().unwrap_or(0)
    }
}

/// Tagged with a number of its own, so that the stand-in knows one that comes twice.
pub fn question() -> Statement {
    static ASKED: AtomicU64 = AtomicU64::new(0);
    let mut statement =
        Statement::new(format!("SELECT n FROM numbers WHERE n < {ROWS} ORDER BY n"));
    let number = ASKED.fetch_add(1, Ordering::Relaxed);
    statement.tags = vec![("request".to_owned(), number.to_string())];
    statement.deadline = Some(DEADLINE);
    statement
}

/// The question's rows, which are right, or its failure; in time.
pub async fn ask(engine: &DatabricksWarehouse) -> Result<(), Failure> {
    let numbers = numbers(engine, question()).await?;
    assert_eq!(numbers, (0..ROWS).collect::<Vec<_>>());
    Ok(())
}

/// The first column of a statement's rows.
pub async fn numbers(
    engine: &DatabricksWarehouse,
    statement: Statement,
) -> Result<Vec<i64>, Failure> {
    let begun = Instant::now();
    let limit = statement.deadline.unwrap_or(DEADLINE) + SLACK;
    let answer = async { engine.run(statement).await?.collect().await };
    let answer = tokio::time::timeout(limit, answer).await;
    let answer = answer.unwrap_or_else(|_| panic!("no answer after {:?}", begun.elapsed()));
    if let Err(failure) = &answer {
        log::assert_no_secret(&format!("{failure:?}"));
    }
    let (batches, _) = answer?;
    let columns = batches
        .iter()
        .map(|b| b.column(0).as_primitive::<Int64Type>());
    Ok(columns.flat_map(|c| c.values().to_vec()).collect())
}
