//! Dirty worlds whose truth is known: what the pipeline makes of every landed row, against the manifest that the demo
//! wrote as it put the faults in.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use duckdb::Connection;
use workspace_tests::program::{pipeline, program, succeed};

const SOURCES: [&str; 6] = [
    "users",
    "schools",
    "products",
    "purchases",
    "referrals",
    "events",
];
const SEEDS: [u32; 5] = [1, 2, 3, 5, 8];

struct World {
    dir: tempfile::TempDir,
}

impl World {
    fn dirty(purchases: u32, seed: u32, more: &[&str]) -> Self {
        let world = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        // So small a world has few users, and some of them are to stay unknown.
        let dirt = ["--dirt", "default,orphan_user=.02"];
        let mut demo = program(&["demo", "--until", "2026-06-30"]).unwrap();
        demo.args(dirt);
        demo.args([
            "--purchases",
            &purchases.to_string(),
            "--seed",
            &seed.to_string(),
        ])
        .args(more)
        .arg("--out")
        .arg(world.landing())
        .arg("--truth")
        .arg(world.path("truth"));
        succeed(&mut demo).unwrap();
        world
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    fn landing(&self) -> std::path::PathBuf {
        self.path("landing")
    }

    /// Every bronze row of every source with what silver says of it, and the truth beside it.
    fn judged(&self) -> Connection {
        let data = self.path("data");
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(&format!(
            "ATTACH '{}' AS state (READ_ONLY); \
             CREATE VIEW expected AS SELECT * FROM read_parquet('{truth}/outcomes.parquet'); \
             CREATE VIEW faults AS SELECT * FROM read_parquet('{truth}/faults.parquet'); \
             CREATE VIEW files AS SELECT * FROM read_parquet('{truth}/files.parquet'); \
             CREATE VIEW totals AS SELECT * FROM read_parquet('{truth}/totals.parquet');",
            data.join("state.duckdb").display(),
            truth = self.path("truth").display(),
        ))
        .unwrap();
        let parts: Vec<String> = SOURCES
            .iter()
            .map(|source| {
                format!(
                    "SELECT '{source}' AS source, b._source_file AS file, b._row_number AS row_number, j._outcome AS outcome, \
                     j._reason AS reason \
                     FROM read_parquet('{}/bronze/{source}/*.parquet') AS b \
                     LEFT JOIN state.silver.int_{source}_checked AS j USING (_ingest_seq, _row_number)",
                    data.display()
                )
            })
            .collect();
        db.execute_batch(&format!(
            "CREATE TABLE judged AS {}",
            parts.join(" UNION ALL ")
        ))
        .unwrap();
        db
    }
}

fn rows(db: &Connection, sql: &str) -> Vec<String> {
    let mut statement = db
        .prepare(&format!(
            "SELECT CAST(to_json(r) AS VARCHAR) FROM ({sql}) AS r"
        ))
        .unwrap();
    statement
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn run(landing: &Path, data: &Path) {
    succeed(&mut pipeline(landing, data).unwrap()).unwrap();
}

/// Rows on which the pipeline and the truth do not agree, both ways, by source, file and row.
const DISAGREEMENTS: &str = "\
    SELECT coalesce(j.source, e.source) AS source, coalesce(j.file, e.file) AS file, coalesce(j.row_number, e.row_number) AS row_number, \
           e.key, e.outcome AS expected, e.reason AS expected_reason, j.outcome AS found, j.reason AS found_reason \
    FROM (SELECT * FROM judged WHERE outcome IS DISTINCT FROM 'live') AS j \
    FULL JOIN expected AS e ON j.source = e.source AND j.file = e.file AND j.row_number = e.row_number \
    WHERE j.outcome IS DISTINCT FROM e.outcome OR j.reason IS DISTINCT FROM e.reason \
    ORDER BY ALL LIMIT 20";

#[test]
fn every_row_of_five_dirty_worlds_has_the_outcome_that_the_truth_expects() {
    let mut found = BTreeSet::new();
    for seed in SEEDS {
        let format = if seed == 8 { "mixed" } else { "csv" };
        let world = World::dirty(20_000, seed, &["--format", format]);
        run(&world.landing(), &world.path("data"));
        let db = world.judged();
        assert_eq!(
            rows(&db, DISAGREEMENTS),
            Vec::<String>::new(),
            "seed {seed}"
        );
        found.extend(rows(
            &db,
            "SELECT DISTINCT reason FROM judged WHERE reason IS NOT NULL",
        ));
        // Bronze has all the rows.
        assert_eq!(
            rows(
                &db,
                "SELECT source, count(*) AS n FROM judged GROUP BY ALL ORDER BY ALL"
            ),
            rows(
                &db,
                "SELECT source, CAST(sum(rows) AS BIGINT) AS n FROM files WHERE status = 'taken' GROUP BY ALL ORDER BY ALL"
            ),
            "seed {seed}"
        );
    } // The comparison had something to compare: every reason came up.
    let reasons = [
        "bad_value",
        "deleted",
        "duplicate",
        "malformed",
        "null_key",
        "orphan_user",
        "out_of_window",
        "superseded",
        "unknown_type",
    ];
    assert_eq!(
        found.into_iter().collect::<Vec<_>>(),
        reasons.map(|reason| format!(r#"{{"reason":"{reason}"}}"#))
    );
}

/// The truth is told by key and row, and the money of it too.
#[test]
fn live_money_is_what_the_truth_counted() {
    let world = World::dirty(20_000, 13, &[]);
    run(&world.landing(), &world.path("data"));
    let db = world.judged();
    let live = rows(
        &db,
        "SELECT CAST(sum(amount) AS DECIMAL(38,2)) AS live FROM state.silver.int_purchases_checked WHERE _outcome = 'live'",
    );
    assert_eq!(
        live,
        rows(
            &db,
            "SELECT CAST(sum(live_amount) AS DECIMAL(38,2)) AS live FROM files WHERE source = 'purchases' AND status = 'taken'"
        )
    );
}

/// A dirty world that lands in loads, the last of them single days, against the same world landed at once.
#[test]
fn loads_that_follow_each_other_make_the_tables_of_one_load() {
    let world = World::dirty(20_000, 21, &["--format", "mixed"]);
    let (landing, data) = (world.path("in-loads"), world.path("carried-on"));
    for until in ["2025-03-01", "2026-06-27", "2026-06-28", "2026-07-09"] {
        let days = land(&world.landing(), &landing, until);
        assert!(days > 0, "{until}");
        let mut command = pipeline(&landing, &data).unwrap();
        let output = succeed(command.arg("--json")).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let sum = |rows: &serde_json::Value| -> u64 {
            rows.as_object()
                .unwrap()
                .values()
                .filter_map(serde_json::Value::as_u64)
                .sum()
        };
        let landed = sum(&report["rows_landed"]);
        if until == "2025-03-01" {
            assert_eq!(report["mode"], "full");
            continue;
        }
        assert_eq!(report["mode"], "delta", "{report}");
        for model in report["models"].as_array().unwrap() {
            // A table is made anew by every run, from what is small already or changes with the day.
            if is_made_anew(model["name"].as_str().unwrap()) {
                continue;
            }
            let written = model["rows_written"].as_u64().unwrap();
            // A day also brings what has come of age with it, of every cohort a little.
            let rows = model["rows"].as_u64().unwrap();
            assert!(
                written <= (3 * landed).max(rows / 20),
                "{until}: {landed} rows landed; {model}"
            );
        }
    }
    run(&world.landing(), &world.path("data"));
    assert_eq!(tables(&data), tables(&world.path("data")));
    assert_eq!(silver(&data), silver(&world.path("data")));
}

/// Whether the project's model of this name is a table, not increments.
fn is_made_anew(model: &str) -> bool {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../marts/models");
    let file = format!("{model}.sql");
    let found = files_below(&models)
        .into_iter()
        .find(|path| path.ends_with(&file));
    let text = fs::read_to_string(found.unwrap()).unwrap();
    !text.contains("materialized='incremental'")
}

/// Every file below `folder`.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// Brings the days up to `until` from one landing folder into another; how many folders of days came.
fn land(from: &Path, into: &Path, until: &str) -> usize {
    let mut landed = 0;
    for source in fs::read_dir(from).unwrap() {
        let source = source.unwrap();
        for day in fs::read_dir(source.path()).unwrap() {
            let day = day.unwrap();
            let to = into.join(source.file_name()).join(day.file_name());
            if day.file_name().to_str().unwrap() > format!("dt={until}").as_str() || to.exists() {
                continue;
            }
            fs::create_dir_all(&to).unwrap();
            for file in fs::read_dir(day.path()).unwrap() {
                let file = file.unwrap();
                fs::copy(file.path(), to.join(file.file_name())).unwrap();
            }
            landed += 1;
        }
    }
    landed
}

/// Gold: rows and checksum of every table.
fn tables(data: &Path) -> serde_json::Value {
    let release = fs::read_to_string(data.join("current")).unwrap();
    let manifest = data
        .join("releases")
        .join(release.trim())
        .join("manifest.json");
    let manifest: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(manifest).unwrap()).unwrap();
    manifest["tables"].clone()
}

/// Silver: every row of every table, without what follows the run, such as the lists of what changed.
fn silver(data: &Path) -> Vec<String> {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(&format!(
        "ATTACH '{}' AS state (READ_ONLY)",
        data.join("state.duckdb").display()
    ))
    .unwrap();
    let tables = rows(
        &db,
        "SELECT table_name AS name, string_agg(column_name, ', ' ORDER BY column_index) AS columns FROM duckdb_columns() \
         WHERE database_name = 'state' AND schema_name = 'silver' \
         AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE database_name = 'state' AND schema_name = 'silver') \
         AND table_name NOT LIKE 'touched%' AND column_name NOT IN ('_changed_seq', '_load_seq') GROUP BY table_name ORDER BY table_name",
    );
    assert!(tables.len() > 8, "{tables:?}");
    tables
        .iter()
        .map(|table| {
            let table: serde_json::Value = serde_json::from_str(table).unwrap();
            let (name, columns) = (table["name"].as_str().unwrap(), table["columns"].as_str().unwrap());
            let sum = rows(
                &db,
                &format!(
                    "SELECT count(*) AS n, CAST(sum(CAST(hash({columns}) AS HUGEINT)) AS VARCHAR) AS sum FROM state.silver.{name}"
                ),
            );
            format!("{name}: {sum:?}")
        })
        .collect()
}
