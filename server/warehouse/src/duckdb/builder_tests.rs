#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use marts::{FailureKind, Param};
use tempfile::TempDir;

use super::*;

fn open(dir: &TempDir) -> DuckDbBuilder {
    let new = dir.path().join("new");
    DuckDbBuilder::open(
        &dir.path().join("state.duckdb"),
        &new.join("gold.duckdb"),
        2,
        Some("512MB"),
    )
    .unwrap()
}

fn silver(name: &str) -> Relation {
    Relation {
        schema: Schema::Silver,
        name: name.into(),
    }
}

fn gold(name: &str) -> Relation {
    Relation {
        schema: Schema::Gold,
        name: name.into(),
    }
}

fn texts(builder: &mut DuckDbBuilder, sql: &str) -> Vec<String> {
    let batches = builder.fetch(&Statement::new(sql)).unwrap();
    let text = |b: &RecordBatch, row: usize| {
        let column = arrow::compute::cast(b.column(0), &arrow::datatypes::DataType::Utf8).unwrap();
        if column.is_null(row) {
            "NULL".to_owned()
        } else {
            column.as_string::<i32>().value(row).to_owned()
        }
    };
    batches
        .iter()
        .flat_map(|b| (0..b.num_rows()).map(|r| text(b, r)).collect::<Vec<_>>())
        .collect()
}

/// Writes a Parquet file the way DuckDB does, which is enough for reading it back.
fn parquet(dir: &TempDir, name: &str, select: &str) -> PathBuf {
    let path = dir.path().join(name);
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(&format!(
            "COPY ({select}) TO '{}' (FORMAT parquet)",
            path.display()
        ))
        .unwrap();
    path
}

#[test]
fn a_build_goes_from_bronze_to_a_closed_file() {
    let dir = TempDir::new().unwrap();
    let one = parquet(
        &dir,
        "one.parquet",
        "SELECT 'a' AS id, '1.50' AS amount, 0::BIGINT AS _row_number",
    );
    let two = parquet(
        &dir,
        "two[*].parquet",
        "SELECT 'b' AS id, 'blue' AS colour, 7::BIGINT AS _row_number",
    );
    let mut builder = open(&dir);
    let columns = ["id", "amount", "colour", "absent"].map(str::to_owned);
    let bronze = builder.bronze("things", &columns, &[one, two]).unwrap();
    let rows = texts(
        &mut builder,
        &format!(
            "SELECT concat_ws('|', id, amount, colour, absent, _row_number) FROM {bronze} ORDER BY id"
        ),
    );
    assert_eq!(rows, ["a|1.50|0", "b|blue|7"]);
    assert_eq!(
        builder
            .create_table(&silver("stg"), &format!("SELECT * FROM {bronze}"))
            .unwrap(),
        2
    );
    let stg = builder.qualified(&silver("stg"));
    assert_eq!(
        builder
            .create_table(&gold("dim"), &format!("SELECT id, amount FROM {stg}"))
            .unwrap(),
        2
    );
    let dim = builder.qualified(&gold("dim"));
    builder
        .create_view(&gold("dim_view"), &format!("SELECT id FROM {dim}"))
        .unwrap();
    Box::new(builder).finish().unwrap();

    let files: Vec<_> = std::fs::read_dir(dir.path().join("new"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(files, ["gold.duckdb"]);
    std::fs::rename(
        dir.path().join("new/gold.duckdb"),
        dir.path().join("elsewhere.duckdb"),
    )
    .unwrap();
    let reader = Connection::open(dir.path().join("elsewhere.duckdb")).unwrap();
    let count: i64 = reader
        .query_row("SELECT count(*) FROM dim_view", [], |r| r.get(0))
        .unwrap();
    assert_eq!(count, 2);
}

#[test]
fn no_files_are_an_empty_relation() {
    let dir = TempDir::new().unwrap();
    let mut builder = open(&dir);
    let bronze = builder.bronze("things", &["id".to_owned()], &[]).unwrap();
    assert!(
        texts(
            &mut builder,
            &format!("SELECT id, _ingested_at FROM {bronze}")
        )
        .is_empty()
    );
}

#[test]
fn a_damaged_or_missing_bronze_file_is_named() {
    let dir = TempDir::new().unwrap();
    let good = parquet(&dir, "good.parquet", "SELECT 'a' AS id");
    let damaged = dir.path().join("damaged.parquet");
    std::fs::write(&damaged, "not parquet").unwrap();
    for bad in [damaged, dir.path().join("missing.parquet")] {
        let failure = open(&dir)
            .bronze("things", &["id".to_owned()], &[good.clone(), bad.clone()])
            .unwrap_err();
        assert!(
            failure.message.contains(&*bad.to_string_lossy()),
            "{}: {}",
            failure.message,
            failure.detail
        );
    }
}

#[test]
fn utc_becomes_local_time_in_silver_views_too() {
    let dir = TempDir::new().unwrap();
    let mut builder = open(&dir);
    let local = "from_utc_timestamp(TIMESTAMP '2026-01-01 03:00:00', 'America/New_York')";
    builder
        .create_view(
            &silver("v"),
            &format!("SELECT CAST({local} AS STRING) AS t"),
        )
        .unwrap();
    assert_eq!(
        texts(&mut builder, "SELECT t FROM state.silver.v"),
        ["2025-12-31 22:00:00"]
    );
    builder
        .create_table(&gold("t"), "SELECT t FROM state.silver.v")
        .unwrap();
    assert_eq!(
        texts(&mut builder, "SELECT t FROM main.t"),
        ["2025-12-31 22:00:00"]
    );
    let summer =
        "CAST(from_utc_timestamp(TIMESTAMP '2026-07-01 03:00:00', 'America/New_York') AS STRING)";
    assert_eq!(
        texts(&mut builder, &format!("SELECT {summer}")),
        ["2026-06-30 23:00:00"]
    );
}

#[test]
fn a_table_replaces_a_view_and_the_other_way_round() {
    let dir = TempDir::new().unwrap();
    let mut builder = open(&dir);
    for relation in [silver("x"), gold("x")] {
        let name = builder.qualified(&relation);
        builder
            .create_view(&relation, "SELECT 'view' AS kind")
            .unwrap();
        builder
            .create_table(&relation, "SELECT 'table' AS kind")
            .unwrap();
        assert_eq!(
            texts(&mut builder, &format!("SELECT kind FROM {name}")),
            ["table"]
        );
        builder
            .create_view(&relation, "SELECT 'view' AS kind")
            .unwrap();
        assert_eq!(
            texts(&mut builder, &format!("SELECT kind FROM {name}")),
            ["view"]
        );
    }
}

#[test]
fn silver_is_kept_whole_or_not_at_all() {
    let dir = TempDir::new().unwrap();
    let mut builder = open(&dir);
    builder
        .create_table(&silver("kept"), "SELECT 1 AS i")
        .unwrap();
    builder.create_table(&gold("g"), "SELECT 1 AS i").unwrap();
    drop(builder);
    let mut builder = open(&dir);
    assert_eq!(
        texts(&mut builder, "SELECT i FROM state.silver.kept"),
        ["1"]
    );
    builder
        .create_table(&silver("kept"), "SELECT 2 AS i")
        .unwrap();
    builder
        .create_table(&silver("other"), "SELECT 2 AS i")
        .unwrap();
    drop(builder);
    let mut builder = open(&dir);
    assert_eq!(
        texts(&mut builder, "SELECT i FROM state.silver.kept"),
        ["1"]
    );
    assert!(
        builder
            .fetch(&Statement::new("SELECT * FROM state.silver.other"))
            .is_err()
    );
}

#[test]
fn errors_name_the_relation_and_keep_the_engines_words() {
    let dir = TempDir::new().unwrap();
    let mut builder = open(&dir);
    let failure = builder
        .create_table(&gold("fct_purchase"), "SELECT nonsense FROM range(3)")
        .unwrap_err();
    assert!(
        failure.message.contains("fct_purchase"),
        "{}",
        failure.message
    );
    assert!(failure.detail.contains("nonsense"));
    let failure = builder
        .create_view(&gold("v"), "SELECT * FROM state.silver.stg")
        .unwrap_err();
    assert!(failure.message.contains("silver"), "{}", failure.message);
}

#[test]
fn a_locked_state_is_said_to_be_in_use_and_a_damaged_one_damaged() {
    let dir = TempDir::new().unwrap();
    let state = dir.path().join("state.duckdb");
    std::fs::write(&state, vec![7u8; 20_000]).unwrap();
    let failure =
        DuckDbBuilder::open(&state, &dir.path().join("gold.duckdb"), 1, None).unwrap_err();
    assert!(
        failure.message.contains("state.duckdb"),
        "{}",
        failure.message
    );
}

#[test]
fn parameters_are_bound_and_rows_capped() {
    let dir = TempDir::new().unwrap();
    let mut builder = open(&dir);
    let mut statement =
        Statement::new("SELECT i FROM range(0, 10000) AS r(i) WHERE i >= :least ORDER BY i");
    statement.params = vec![("least".into(), Param::Int(5000))];
    statement.row_cap = Some(3000);
    let batches = builder.fetch(&statement).unwrap();
    assert_eq!(
        batches.iter().map(RecordBatch::num_rows).sum::<usize>(),
        3000
    );
    assert_eq!(
        batches[0].column(0).as_primitive::<Int64Type>().value(0),
        5000
    );
    statement.sql = "SELECT 1".into();
    assert_eq!(
        builder.fetch(&statement).unwrap_err().kind,
        FailureKind::BadRequest
    );
}

#[test]
fn a_checksum_sees_values_and_counts_but_not_order() {
    let dir = TempDir::new().unwrap();
    let mut builder = open(&dir);
    let mut of = |name: &str, select: &str, except: &[&str]| {
        builder.create_table(&gold(name), select).unwrap();
        builder.checksum(&gold(name), except).unwrap()
    };
    let rows = "SELECT i, 'x' || i AS t, 'run1' AS _run_id FROM range(0, 5000) AS r(i)";
    let base = of("a", rows, &["_run_id"]);
    assert_eq!(base.0, 5000);
    assert_eq!(
        base,
        of(
            "b",
            &format!("{rows} ORDER BY i DESC").replace("run1", "run2"),
            &["_run_id"]
        )
    );
    assert_ne!(base, of("c", &rows.replace("run1", "run2"), &[]));
    assert_ne!(
        base.1,
        of(
            "d",
            &format!("{rows} UNION ALL SELECT 7, 'x7', 'run1' UNION ALL SELECT 7, 'x7', 'run1'"),
            &["_run_id"]
        )
        .1
    );
    assert_eq!(
        of("e", "SELECT 1 AS i WHERE false", &[]),
        (0, "0".to_owned())
    );
}

#[test]
fn seeds_have_detected_types() {
    let dir = TempDir::new().unwrap();
    let csv = dir.path().join("it's a seed.csv");
    std::fs::write(
        &csv,
        "valid_from,days,name\n2026-01-01,14,\"a, b\"\n2026-02-01,,c\n",
    )
    .unwrap();
    let mut builder = open(&dir);
    assert_eq!(builder.load_seed(&gold("terms"), &csv).unwrap(), 2);
    assert_eq!(
        texts(
            &mut builder,
            "SELECT typeof(valid_from) || typeof(days) || typeof(name) FROM main.terms LIMIT 1"
        ),
        ["DATEBIGINTVARCHAR"]
    );
}
