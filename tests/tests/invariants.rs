//! The walls of ARCHITECTURE.md, held by reading the tree: each test names the invariant it holds.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Files under `folder` with one of the endings, and their text. An empty result would make a check that cannot fail.
fn files(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display())) {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "node_modules" && name != "target" {
                    open.push(path);
                }
            } else if endings.iter().any(|e| name.ends_with(e)) {
                let shown = path.strip_prefix(root()).unwrap().display().to_string();
                found.push((shown, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "no {endings:?} under {folder}");
    found.sort();
    found
}

/// Lines of code, without comments and without the test modules at the end of files.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number + 1, line))
}

fn offences(files: &[(String, String)], offends: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files {
        for (number, line) in code_lines(text) {
            if offends(line) {
                found.push(format!("{path}:{number}: {}", line.trim()));
            }
        }
    }
    found
}

fn normal_dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|d| d["kind"].is_null());
            (
                package["name"].as_str().unwrap().to_owned(),
                dependencies
                    .map(|d| d["name"].as_str().unwrap().to_owned())
                    .collect(),
            )
        })
        .collect()
}

const WORKSPACE: [&str; 10] = [
    "app",
    "carton-caps",
    "demo",
    "figures",
    "forecast",
    "frontend",
    "marts",
    "parity",
    "pipeline",
    "warehouse",
];

#[test]
fn crates_depend_only_along_the_map() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("marts", &[] as &[&str]),
        ("demo", &[]),
        ("forecast", &[]),
        ("warehouse", &["marts"]),
        ("figures", &["marts"]),
        ("app", &["marts"]),
        ("frontend", &["app"]),
        ("pipeline", &["forecast", "marts", "warehouse"]),
        ("parity", &["marts", "warehouse"]),
        (
            "carton-caps",
            &[
                "app",
                "demo",
                "figures",
                "forecast",
                "marts",
                "parity",
                "pipeline",
                "warehouse",
            ],
        ),
    ]);
    let dependencies = normal_dependencies();
    for (name, allowed) in allowed {
        let inside: Vec<&str> = dependencies[name]
            .iter()
            .map(String::as_str)
            .filter(|d| WORKSPACE.contains(d) && !allowed.contains(d))
            .collect();
        assert!(inside.is_empty(), "{name} must not depend on {inside:?}");
    }
}

#[test]
fn only_the_warehouse_knows_an_engine() {
    for (name, dependencies) in normal_dependencies() {
        // The tests compare our answers with plain DuckDB.
        if name != "warehouse" && name != "workspace-tests" {
            assert!(!dependencies.contains("duckdb"), "{name} depends on duckdb");
        }
    }
}

#[test]
fn marts_does_no_network_and_no_database_io() {
    let pure = BTreeSet::from(
        [
            "async-trait",
            "form_urlencoded",
            "jiff",
            "minijinja",
            "rust_decimal",
            "serde",
            "serde-saphyr",
            "serde_json",
            "strsim",
            "thiserror",
        ]
        .map(str::to_owned),
    );
    let other: Vec<_> = normal_dependencies()["marts"]
        .difference(&pure)
        .cloned()
        .collect();
    assert!(
        other.is_empty(),
        "marts depends on {other:?}: is it pure? then add it to this list"
    );
    let found = offences(&files("marts/src", &[".rs"]), |line| {
        line.contains("std::net") || line.contains("std::process")
    });
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_app_names_no_engine_no_sql_and_no_file() {
    let words = [
        "duckdb",
        "databricks",
        "std::fs",
        "std::path",
        ".parquet",
        "read_to_string",
    ];
    // SQL's words in capitals, as the planner writes them; `<select>` is HTML.
    let sql = ["SELECT ", " FROM ", "GROUP BY", "fct_", "dim_"];
    let found = offences(&files("app/src", &[".rs"]), |line| {
        words.iter().any(|w| line.to_lowercase().contains(w))
            || sql.iter().any(|w| line.contains(w))
    });
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn models_read_no_wall_clock() {
    let clocks = [
        "current_date",
        "current_timestamp",
        "now(",
        "today(",
        "getdate(",
        "localtimestamp",
        "run_started_at",
    ];
    let found = offences(&files("marts/models", &[".sql"]), |line| {
        let line = line.to_lowercase();
        !line.trim_start().starts_with("--") && clocks.iter().any(|c| line.contains(c))
    });
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn colours_and_fonts_are_written_in_the_tokens_only() {
    let styles: Vec<_> = files("style", &[".css"])
        .into_iter()
        .filter(|(path, _)| !path.ends_with("tokens.css"))
        .collect();
    let found = offences(&styles, |line| {
        let value = line
            .split_once(':')
            .map_or("", |(_, v)| v)
            .trim()
            .to_lowercase();
        let property = line.split_once(':').map_or("", |(p, _)| p).trim();
        let colour = ["rgb(", "rgba(", "hsl(", "oklch(", "lab("]
            .iter()
            .any(|c| value.contains(c))
            || has_hex_colour(&value);
        let font = (property == "font-size" || property == "font-family")
            && !(value.contains("var(") || value.starts_with("inherit") || value.ends_with("em;"));
        colour || font
    });
    assert!(found.is_empty(), "{found:#?}");

    let rust: Vec<_> = ["app/src", "server/figures/src"]
        .iter()
        .flat_map(|f| files(f, &[".rs"]))
        .collect();
    let found = offences(&rust, |line| {
        line.contains("style=") || line.split('"').skip(1).step_by(2).any(has_hex_colour)
    });
    assert!(found.is_empty(), "{found:#?}");
}

/// `#fff`, `#a1b2c3`, not `#anchor` and not `#[attr]`.
fn has_hex_colour(text: &str) -> bool {
    text.match_indices('#').any(|(at, _)| {
        let word: String = text[at + 1..]
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        matches!(word.len(), 3 | 4 | 6 | 8) && word.chars().all(|c| c.is_ascii_hexdigit())
    })
}

#[test]
fn numbers_are_formatted_in_one_place() {
    // The overlay writes positions, not figures.
    let pages: Vec<_> = files("app/src", &[".rs"])
        .into_iter()
        .filter(|(path, _)| !path.ends_with("chart_overlay.rs"))
        .collect();
    let found = offences(&pages, |line| {
        line.contains("{:.")
            || line.contains(":.1}")
            || line.contains(":.2}")
            || line.contains("toLocale")
    });
    assert!(found.is_empty(), "use marts::format: {found:#?}");
}

#[test]
fn nothing_unfinished_is_in_the_tree() {
    let marks = ["todo!(", "unimplemented!(", "dbg!(", "#[ignore", "FIXME"];
    for folder in ["app", "marts/src", "server"] {
        let found = offences(&files(folder, &[".rs"]), |line| {
            marks.iter().any(|m| line.contains(m))
        });
        assert!(found.is_empty(), "{found:#?}");
    }
}
