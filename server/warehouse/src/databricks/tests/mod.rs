//! The connector against a workspace of our own, in this process, which does what it is told and counts what is asked.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod calls;
mod fake;
mod fake_calls;
mod fake_data;
mod links;
mod releases;
mod signing_in;
mod stopping;

use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use marts::{Failure, Statement};

use super::{Credentials, DatabricksOptions, DatabricksWarehouse, Secret, Timing};
use crate::Warehouse;
use fake::Fake;

/// No fault may take longer to be told.
const PATIENCE: Duration = Duration::from_secs(20);

/// The fake's options, with pauses of milliseconds.
fn options(fake: &Fake) -> DatabricksOptions {
    let token = Credentials::Token(Secret::new(fake::TOKEN));
    let mut options = DatabricksOptions::new(fake.url.clone(), "abc123", "analytics", token);
    options.timing = Timing {
        poll_first: Duration::from_millis(2),
        poll_longest: Duration::from_millis(10),
        retry_first: Duration::from_millis(2),
        retry_longest: Duration::from_millis(10),
        stall: Duration::from_millis(300),
        cancel: Duration::from_secs(5),
        longest: Duration::from_secs(15),
        ask_state_after: Duration::from_millis(20),
    };
    options
}

async fn open_with(options: DatabricksOptions) -> Arc<DatabricksWarehouse> {
    let warehouse = DatabricksWarehouse::new(options).unwrap();
    warehouse.refresh().await.unwrap();
    Arc::new(warehouse)
}

/// A connector that has seen the releases and has nothing to ask but what the test asks.
async fn open(fake: &Fake) -> Arc<DatabricksWarehouse> {
    let warehouse = open_with(options(fake)).await;
    let rows = fake.rows();
    fake.set_rows(0);
    rows_of(&warehouse, question()).await.unwrap();
    fake.set_rows(rows);
    fake.forget_calls();
    warehouse
}

fn question() -> Statement {
    let mut statement = Statement::new("SELECT * FROM t");
    statement.deadline = Some(Duration::from_secs(10));
    statement
}

async fn rows_of(
    warehouse: &DatabricksWarehouse,
    statement: Statement,
) -> Result<(Vec<RecordBatch>, bool), Failure> {
    let answer = async { warehouse.run(statement).await?.collect().await };
    tokio::time::timeout(PATIENCE, answer)
        .await
        .expect("an answer or an error in time")
}

fn count(batches: &[RecordBatch]) -> usize {
    batches.iter().map(RecordBatch::num_rows).sum()
}

/// The ids 0, 1, 2, … in this order, each once.
fn assert_ids(batches: &[RecordBatch], rows: usize) {
    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;
    let ids: Vec<i64> = batches
        .iter()
        .flat_map(|b| b.column(0).as_primitive::<Int64Type>().values().to_vec())
        .collect();
    let expected: Vec<i64> = (0..rows as i64).collect();
    assert_eq!(ids, expected);
}
