//! `carton-caps parallel-run`: what is equal is said to be, and one cent in one row of one table is found and named.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::process::Output;

use workspace_tests::program::{demo, pipeline, program, succeed};

/// A small world, built.
fn world(folder: &Path) -> (PathBuf, PathBuf) {
    let (landing, data) = (folder.join("landing"), folder.join("data"));
    demo(&landing, 3_000, 4).unwrap();
    succeed(&mut pipeline(&landing, &data).unwrap()).unwrap();
    let release = std::fs::read_to_string(data.join("current")).unwrap();
    let gold = data
        .join("releases")
        .join(release.trim())
        .join("gold.duckdb");
    (data, gold)
}

fn compare(data: &Path, right: &Path, more: &[&str]) -> Output {
    let mut command = program(&["parallel-run", "--project", "marts", "--left", "duckdb"]).unwrap();
    command
        .arg("--right")
        .arg(right)
        .arg("--data")
        .arg(data)
        .args(more);
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn equal_sides_are_equal_and_one_cent_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let (data, gold) = world(folder.path());
    let copy = folder.path().join("other.duckdb");
    std::fs::copy(&gold, &copy).unwrap();
    let equal = compare(&data, &copy, &[]);
    assert!(equal.status.success(), "{}", said(&equal));
    assert!(said(&equal).contains("tables and"), "{}", said(&equal));

    let other = duckdb::Connection::open(&copy).unwrap();
    other
        .execute_batch(
            "UPDATE fct_purchase SET amount = amount + 0.01 WHERE purchase_id = (SELECT min(purchase_id) FROM fct_purchase)",
        )
        .unwrap();
    drop(other);
    let report = folder.path().join("report");
    let differs = compare(&data, &copy, &["--report", report.to_str().unwrap()]);
    assert_eq!(differs.status.code(), Some(4), "{}", said(&differs));
    let text = said(&differs);
    assert!(text.contains("table fct_purchase: differs"), "{text}");
    assert!(text.contains("1 row differs"), "{text}");
    assert!(text.contains("amount is "), "{text}");
    // The questions that read the row differ too.
    assert!(text.contains("question purchases/"), "{text}");
    for name in ["report.txt", "report.json", "report.html"] {
        let written = std::fs::read_to_string(report.join(name)).unwrap();
        assert!(written.contains("fct_purchase"), "{name}");
    }
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(report.join("report.json")).unwrap()).unwrap();
    let tables = json["tables"].as_array().unwrap();
    let differing: Vec<&str> = tables
        .iter()
        .filter(|table| table["verdict"] != "equal")
        .map(|table| table["name"].as_str().unwrap())
        .collect();
    assert_eq!(differing, ["fct_purchase"]);
}

#[test]
fn tables_and_columns_of_a_prototype_have_names_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let (data, gold) = world(folder.path());
    let old = folder.path().join("prototype.duckdb");
    let prototype = duckdb::Connection::open(&old).unwrap();
    prototype
        .execute_batch(&format!(
            "ATTACH '{}' AS gold (READ_ONLY); CREATE SCHEMA reporting; \
             CREATE TABLE reporting.schools AS SELECT school_id AS id, * EXCLUDE (school_id) FROM gold.dim_school; \
             CREATE TABLE unrelated AS SELECT 1 AS one",
            gold.display()
        ))
        .unwrap();
    drop(prototype);
    let mapping = folder.path().join("names.toml");
    let names = |table: &str, id: &str| {
        let text = format!(
            "[tables.dim_school]\ntable = \"{table}\"\ncolumns = {{ school_id = \"{id}\" }}\n"
        );
        std::fs::write(&mapping, text).unwrap();
        compare(&data, &old, &["--mapping", mapping.to_str().unwrap()])
    };
    let equal = names("reporting.schools", "id");
    assert!(equal.status.success(), "{}", said(&equal));
    assert!(said(&equal).contains("1 of 1 tables"), "{}", said(&equal));
    let wrong = names("reporting.schools", "number");
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        said(&wrong).contains("dim_school.school_id as number"),
        "{}",
        said(&wrong)
    );
    let missing = names("schools", "id");
    assert!(
        said(&missing).contains("main.schools") && said(&missing).contains("reporting.schools"),
        "{}",
        said(&missing)
    );
}
