//! What every engine behind [`Warehouse`] must do, written once and run over each of them.

mod cases;
pub mod databricks;
mod duckdb;
mod extremes;
mod pinning;
mod stopping;

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use async_trait::async_trait;
use marts::{Failure, Param, ReleaseId, Statement};
use warehouse::Warehouse;

pub use databricks::DatabricksFixture;
pub use duckdb::DuckDbFixture;

/// An engine with two releases to its name. Both have the tables of [`TABLES`]; they differ in `release_name`.
#[async_trait]
pub trait Fixture: Send + Sync {
    /// The engine over the first release, running at most `at_once` statements at a time.
    async fn engine(&self, at_once: usize) -> Arc<dyn Warehouse>;

    /// Publishes the second release; engines given out before serve it when this returns.
    async fn publish_second(&self);

    /// Removes the first release; the engines given out before serve the second.
    async fn prune_first(&self);

    /// How soon a statement that nobody waits for must have stopped in the engine.
    fn stops_within(&self) -> Duration;

    /// Whether rows come while the statement still runs in the engine, and are made as they are read.
    fn streams_while_it_runs(&self) -> bool {
        true
    }

    /// Statements in the engine's own dialect that would reach beyond the release's tables or change something.
    fn forbidden(&self) -> Vec<String>;
}

pub const FIRST: &str = "first";
pub const SECOND: &str = "second";
/// Rows of `numbers`, which holds n = 0, 1, 2, ….
pub const NUMBERS: usize = 100_000;

/// Tables of a fixture's releases, each with its portable SELECT.
#[must_use]
pub fn tables(release: &str) -> Vec<(&'static str, String)> {
    vec![
        (
            "sample",
            "SELECT CAST(1 AS INT) AS id, true AS flag, CAST(9007199254740993 AS BIGINT) AS big, \
             CAST('4596039.58' AS DECIMAL(18,2)) AS money, CAST('O''Hara é 日本' AS STRING) AS label, \
             DATE '2024-02-29' AS day_on, CAST(0.5 AS DOUBLE) AS ratio, TIMESTAMP '2026-03-08 07:30:00.123456' AS seen_at \
             UNION ALL SELECT 2, false, -1, CAST('-0.01' AS DECIMAL(18,2)), '', DATE '1969-12-31', -1.5, \
             TIMESTAMP '1969-12-31 23:59:59' \
             UNION ALL SELECT 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL"
                .to_owned(),
        ),
        ("numbers", format!("SELECT CAST(n AS BIGINT) AS n FROM range(0, {NUMBERS}) AS r(n)")),
        ("release_name", format!("SELECT CAST('{release}' AS STRING) AS name")),
    ]
}

macro_rules! run {
    ($make:ident, $($module:ident :: $case:ident),* $(,)?) => {$(
        let begun = Instant::now();
        $module::$case(&$make().await).await;
        println!("conformance: {} in {:.1?}", stringify!($case), begun.elapsed());
    )*};
}

/// Runs every case on a fixture of its own. A case that fails panics, and its name is in the panic's place.
pub async fn run_all<F: Fixture>(make: impl AsyncFn() -> F) {
    run_results(&make).await;
    run!(
        make,
        cases::parameters_of_every_type_are_bound,
        cases::hostile_text_is_only_text,
        cases::mistakes_are_bad_requests,
        cases::order_is_kept,
        cases::many_ask_at_once,
        cases::relations_are_described,
        cases::nothing_but_reading_is_possible,
        cases::the_engine_says_what_it_is,
        pinning::a_named_release_answers_and_is_named,
        pinning::a_release_that_is_not_kept_is_not_found,
        pinning::many_ask_two_releases_at_once,
        stopping::the_deadline_stops_a_statement,
        stopping::waiting_has_a_bound_of_its_own,
        stopping::who_leaves_the_queue_holds_up_nobody,
        stopping::a_dropped_future_stops_the_statement,
        stopping::a_dropped_stream_stops_the_statement,
        stopping::a_statement_across_a_swap_stays_on_its_release,
    );
}

/// The cases about rows on their way from the engine, for engines that have several ways.
pub async fn run_results<F: Fixture>(make: &impl AsyncFn() -> F) {
    run!(
        make,
        cases::types_keep_their_values,
        cases::the_row_cap_is_kept_and_told,
        cases::an_empty_result_has_its_schema,
        extremes::values_at_their_limits_arrive,
        extremes::a_text_of_ten_megabytes_arrives,
        extremes::a_big_result_comes_in_pieces,
    );
}

/// A statement with text parameters.
fn asking(sql: &str, params: &[(&str, Param)]) -> Statement {
    let mut statement = Statement::new(sql);
    statement.params = params
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    statement
}

/// Runs a statement to its end.
async fn rows(
    engine: &dyn Warehouse,
    statement: Statement,
) -> Result<(RecordBatch, bool, ReleaseId), Failure> {
    let batches = engine.run(statement).await?;
    let (schema, release) = (Arc::clone(&batches.schema), batches.release.id.clone());
    let (all, truncated) = batches.collect().await?;
    let one = arrow::compute::concat_batches(&schema, &all)
        .map_err(|e| Failure::internal("batches do not fit the announced schema").with_detail(e))?;
    Ok((one, truncated, release))
}
