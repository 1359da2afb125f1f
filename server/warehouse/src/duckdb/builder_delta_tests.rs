#![allow(clippy::unwrap_used)]

use std::path::Path;

use marts::{FailureKind, Statement};
use tempfile::TempDir;

use super::*;
use crate::Schema;

fn open(dir: &Path) -> DuckDbBuilder {
    DuckDbBuilder::open(
        &dir.join("state.duckdb"),
        &dir.join("new/gold.duckdb"),
        2,
        None,
    )
    .unwrap()
}

fn relation(schema: Schema) -> Relation {
    Relation {
        schema,
        name: "t".into(),
    }
}

fn lines(builder: &mut DuckDbBuilder, sql: &str) -> Vec<String> {
    let sql = format!("SELECT concat_ws('|', *COLUMNS(*)) FROM ({sql})");
    let batches = builder.fetch(&Statement::new(sql)).unwrap();
    let mut lines: Vec<String> = batches
        .iter()
        .flat_map(|batch| {
            use arrow::array::AsArray;
            let column = batch.column(0).as_string::<i32>();
            column
                .iter()
                .map(|v| v.unwrap_or("-").to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    lines.sort();
    lines
}

const ROWS: &str = "SELECT * FROM (VALUES (1, 'a', 10), (1, 'a', 10), (1, 'b', 10), (2, 'c', 10), (3, NULL, 10)) AS r(k, v, _changed_seq)";

fn key() -> Vec<String> {
    vec!["k".to_owned()]
}

#[test]
fn only_rows_that_differ_are_written_and_the_checksum_is_carried_on() {
    for schema in [Schema::Silver, Schema::Gold] {
        let dir = TempDir::new().unwrap();
        let mut builder = open(dir.path());
        let t = relation(schema);
        builder.create_table(&t, ROWS).unwrap();
        let (_, before) = builder.checksum(&t, &BOOKKEEPING).unwrap();
        // Of key 1 one of the two equal rows goes and another comes; key 3 is as it was; key 4 is new; 2 is not named.
        let merged = builder
            .merge(
                &t,
                "SELECT * FROM (VALUES (1, 'a', 11), (1, 'b', 11), (1, 'z', 11), (3, NULL, 11), (4, 'd', 11)) AS r(k, v, _changed_seq)",
                &key(),
            )
            .unwrap();
        assert_eq!(
            (
                merged.touched,
                merged.inserted,
                merged.deleted,
                merged.unchanged
            ),
            (5, 2, 1, 3)
        );
        let table = builder.qualified(&t);
        assert_eq!(
            lines(&mut builder, &format!("SELECT * FROM {table}")),
            ["1|a|10", "1|b|10", "1|z|11", "2|c|10", "3|10", "4|d|11"]
        );
        let written = builder.delta_relation(&t).unwrap();
        assert_eq!(
            lines(&mut builder, &format!("SELECT k, v FROM {written}")),
            ["1|z", "4|d"]
        );
        let removed = builder.removed_relation(&t).unwrap();
        assert_eq!(
            lines(&mut builder, &format!("SELECT k, v FROM {removed}")),
            ["1|a"]
        );
        let (_, after) = builder.checksum(&t, &BOOKKEEPING).unwrap();
        assert_eq!(
            after.parse::<i128>().unwrap(),
            before.parse::<i128>().unwrap() + merged.checksum_delta
        );
    }
}

#[test]
fn a_whole_table_is_compared_as_a_bag() {
    let dir = TempDir::new().unwrap();
    let mut builder = open(dir.path());
    let t = relation(Schema::Gold);
    builder.create_table(&t, ROWS).unwrap();
    let (_, before) = builder.checksum(&t, &BOOKKEEPING).unwrap();
    let merged = builder
        .replace(&t, "SELECT * FROM (VALUES (1, 'a', 12), (2, 'c', 12), (2, 'c', 12), (5, 'e', 12)) AS r(k, v, _changed_seq)")
        .unwrap();
    assert_eq!(
        (merged.inserted, merged.deleted, merged.unchanged),
        (2, 3, 2)
    );
    assert_eq!(
        lines(&mut builder, "SELECT * FROM main.t"),
        ["1|a|10", "2|c|10", "2|c|12", "5|e|12"]
    );
    let (_, after) = builder.checksum(&t, &BOOKKEEPING).unwrap();
    assert_eq!(
        after.parse::<i128>().unwrap(),
        before.parse::<i128>().unwrap() + merged.checksum_delta
    );
}

#[test]
fn rows_without_a_key_are_rows_of_one_key() {
    let dir = TempDir::new().unwrap();
    let mut builder = open(dir.path());
    let t = relation(Schema::Gold);
    builder
        .create_table(
            &t,
            "SELECT CAST(NULL AS INT) AS k, 'old' AS v UNION ALL SELECT 1, 'one'",
        )
        .unwrap();
    let again = "SELECT CAST(NULL AS INT) AS k, 'new' AS v";
    builder.merge(&t, again, &key()).unwrap();
    let second = builder.merge(&t, again, &key()).unwrap();
    assert_eq!((second.inserted, second.deleted), (0, 0));
    assert_eq!(lines(&mut builder, "SELECT v FROM main.t"), ["new", "one"]);
}

#[test]
fn a_hook_deletes_and_says_what() {
    let dir = TempDir::new().unwrap();
    let mut builder = open(dir.path());
    let t = relation(Schema::Silver);
    builder.create_table(&t, ROWS).unwrap();
    let (_, before) = builder.checksum(&t, &BOOKKEEPING).unwrap();
    let merged = builder
        .merge(&t, "SELECT 9 AS k, 'i' AS v, 11 AS _changed_seq", &key())
        .unwrap();
    let table = builder.qualified(&t);
    let hooked = builder
        .run_hook(&t, &format!("\n  DELETE FROM {table}\nWHERE k IN (SELECT k FROM {table} WHERE v = 'b') OR k = 9;\n"))
        .unwrap();
    assert_eq!(hooked.deleted, 4);
    assert_eq!(
        lines(&mut builder, &format!("SELECT * FROM {table}")),
        ["2|c|10", "3|10"]
    );
    let written = builder.delta_relation(&t).unwrap();
    assert!(lines(&mut builder, &format!("SELECT * FROM {written}")).is_empty());
    let removed = builder.removed_relation(&t).unwrap();
    assert_eq!(
        lines(&mut builder, &format!("SELECT k FROM {removed}")),
        ["1", "1", "1", "9"]
    );
    let (_, after) = builder.checksum(&t, &BOOKKEEPING).unwrap();
    assert_eq!(
        after.parse::<i128>().unwrap(),
        before.parse::<i128>().unwrap() + merged.checksum_delta + hooked.checksum_delta
    );
    let with_alias = format!("delete from {table} as d where d.k = 2");
    assert_eq!(builder.run_hook(&t, &with_alias).unwrap().deleted, 1);
    for other in [
        "truncate state.silver.t",
        "delete from state.silver.other where true",
        "delete from state.silver.t2",
        "drop table x",
    ] {
        let failure = builder.run_hook(&t, other).unwrap_err();
        assert_eq!(failure.kind, FailureKind::BadRequest, "{other}");
    }
}

#[test]
fn other_columns_ask_for_a_full_refresh() {
    let dir = TempDir::new().unwrap();
    let mut builder = open(dir.path());
    let t = relation(Schema::Gold);
    builder
        .create_table(&t, "SELECT 1 AS k, 'a' AS v, 1 AS w")
        .unwrap();
    let failure = builder
        .merge(&t, "SELECT 1 AS k, 2 AS v, 3 AS x", &key())
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
    for word in [
        "v",
        "was VARCHAR and is INTEGER",
        "x",
        "is new",
        "w",
        "is gone",
        "--full-refresh",
    ] {
        assert!(failure.message.contains(word), "{}", failure.message);
    }
    let swapped = builder.merge(&t, "SELECT 5 AS w, 'a' AS v, 1 AS k", &key());
    assert_eq!(swapped.unwrap().inserted, 1, "their order does not matter");
    assert_eq!(lines(&mut builder, "SELECT * FROM main.t"), ["1|a|5"]);
}

#[test]
fn the_checkpoint_is_committed_with_silver_or_not_at_all() {
    let dir = TempDir::new().unwrap();
    let state = dir.path().join("state.duckdb");
    assert_eq!(DuckDbBuilder::checkpoint(&state).unwrap(), None);
    let mut builder = open(dir.path());
    builder
        .create_table(&relation(Schema::Silver), ROWS)
        .unwrap();
    builder.keep_checkpoint("it's one").unwrap();
    builder.commit_silver().unwrap();
    builder.keep_checkpoint("two").unwrap();
    // As a kill leaves it: nothing closed in order.
    drop(builder);
    assert_eq!(
        DuckDbBuilder::checkpoint(&state).unwrap().as_deref(),
        Some("it's one")
    );
    std::fs::write(&state, [7; 20_000]).unwrap();
    assert_eq!(
        DuckDbBuilder::checkpoint(&state).unwrap_err().kind,
        FailureKind::Internal
    );
}
