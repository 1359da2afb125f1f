#![allow(clippy::unwrap_used)]

use marts::{FailureKind, Statement};
use tempfile::TempDir;

use super::*;
use crate::{DuckDbWarehouse, ReleaseHandle, Warehouse};

fn record(data: &TempDir, table: &str, run: &str, select: &str) {
    let folder = data.path().join("ops").join(table);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{run}.parquet"));
    Connection::open_in_memory()
        .unwrap()
        .execute_batch(&format!(
            "COPY ({select}) TO {} (FORMAT parquet)",
            literal(&path.to_string_lossy())
        ))
        .unwrap();
}

fn engine(data: &TempDir) -> DuckDbWarehouse {
    let options = DuckDbOptions {
        connections: 2,
        threads: 1,
        ..DuckDbOptions::default()
    };
    DuckDbWarehouse::new(Arc::new(ReleaseHandle::new(data.path(), options)))
}

/// The rows of a query, cells as text with `|` between them.
async fn asked(engine: &DuckDbWarehouse, sql: &str) -> Vec<String> {
    use arrow::util::display::{ArrayFormatter, FormatOptions};
    let options = FormatOptions::default().with_null("NULL");
    let (batches, _) = engine
        .run(Statement::new(sql))
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    let mut rows = Vec::new();
    for batch in &batches {
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options).unwrap())
            .collect();
        rows.extend((0..batch.num_rows()).map(|row| {
            let cells: Vec<String> = columns.iter().map(|c| c.value(row).to_string()).collect();
            cells.join("|")
        }));
    }
    rows
}

#[tokio::test]
async fn before_anything_ran_every_table_is_there_and_empty() {
    let data = TempDir::new().unwrap();
    let engine = engine(&data);
    for table in OPS_TABLES {
        let sql = format!("SELECT count(*) FROM ops.{}", table.name);
        assert_eq!(asked(&engine, &sql).await, ["0"], "{}", table.name);
        let columns = engine
            .describe(&format!("ops.{}", table.name))
            .await
            .unwrap();
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let expected: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        assert_eq!(names, expected);
    }
}

#[tokio::test]
async fn a_run_that_failed_before_the_first_release_is_seen_at_the_next_question() {
    let data = TempDir::new().unwrap();
    let engine = engine(&data);
    let statuses = "SELECT run_id, status, rows_read, mode FROM ops.pipeline_runs ORDER BY run_id";
    assert!(asked(&engine, statuses).await.is_empty());
    record(
        &data,
        "pipeline_runs",
        "r1",
        "SELECT 'r1' AS run_id, 'failed' AS status",
    );
    assert_eq!(asked(&engine, statuses).await, ["r1|failed|NULL|NULL"]);
    // Written by a later program: other columns, of which one is new and one unknown.
    let later =
        "SELECT 'r2' AS run_id, 'published' AS status, 7 AS rows_read, 'full' AS mode, 1 AS moon";
    record(&data, "pipeline_runs", "r2", later);
    assert_eq!(
        asked(&engine, statuses).await,
        ["r1|failed|NULL|NULL", "r2|published|7|full"]
    );
}

#[tokio::test]
async fn columns_that_a_file_lacks_follow_from_what_it_has() {
    let data = TempDir::new().unwrap();
    let engine = engine(&data);
    let run = "SELECT TIMESTAMP '2026-03-01 23:59:30' AS started_at, TIMESTAMP '2026-03-02 00:01:00.25' AS ended_at";
    record(&data, "pipeline_runs", "r1", run);
    assert_eq!(
        asked(
            &engine,
            "SELECT run_id, started_on, duration_seconds FROM ops.pipeline_runs"
        )
        .await,
        ["r1|2026-03-01|90.250000"]
    );
    let accounts = "SELECT 'users' AS source, 'live' AS _outcome, 3 AS row_count";
    record(&data, "row_accounts", "r1", accounts);
    assert_eq!(
        asked(
            &engine,
            "SELECT run_id, outcome, row_count, amount FROM ops.row_accounts"
        )
        .await,
        ["r1|live|3|NULL"]
    );
}

#[tokio::test]
async fn a_damaged_record_hides_no_other_and_one_that_is_gone_is_gone() {
    let data = TempDir::new().unwrap();
    let engine = engine(&data);
    record(&data, "releases", "r1", "SELECT 'one' AS release_id");
    let folder = data.path().join("ops/releases");
    std::fs::write(folder.join("r2.parquet"), "no parquet").unwrap();
    std::fs::write(folder.join(".r4.tmp"), "half").unwrap();
    record(&data, "releases", "r3", "SELECT 'three' AS release_id");
    let releases = "SELECT release_id FROM ops.releases ORDER BY run_id";
    assert_eq!(asked(&engine, releases).await, ["one", "three"]);
    std::fs::remove_file(folder.join("r1.parquet")).unwrap();
    assert_eq!(asked(&engine, releases).await, ["three"]);
}

#[tokio::test]
async fn nothing_but_the_records_can_be_read() {
    let data = TempDir::new().unwrap();
    let engine = engine(&data);
    let secret = data.path().join("secret.csv");
    std::fs::write(&secret, "a\n1\n").unwrap();
    let sql = format!(
        "SELECT (SELECT count(*) FROM ops.releases) FROM read_csv('{}')",
        secret.display()
    );
    let refused = match engine.run(Statement::new(sql)).await {
        Ok(batches) => batches.collect().await.err(),
        Err(failure) => Some(failure),
    };
    assert_eq!(refused.unwrap().kind, FailureKind::NotAllowed);
}

#[tokio::test]
async fn a_release_is_still_missed_where_marts_are_asked_for() {
    let data = TempDir::new().unwrap();
    let engine = engine(&data);
    let failure = engine
        .run(Statement::new("SELECT 'ops.' AS a, 1 AS ops"))
        .await
        .err()
        .unwrap();
    assert!(failure.message.contains("Nothing has been published yet"));
}
