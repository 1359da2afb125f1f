//! What a shell sees: messages, exit codes, and which of file, environment and flags wins.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Output};

fn carton_caps(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_carton-caps"));
    command.current_dir(folder);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARTON_CAPS_")) {
        command.env_remove(name);
    }
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The address that the refusal names is the one that won.
fn refused_address(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("--insecure-open"), "{said}");
    said.split_whitespace()
        .find(|word| word.starts_with("10."))
        .unwrap_or(&said)
        .trim_end_matches(':')
        .to_owned()
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("carton-caps.toml"),
        "[server]\naddr = \"10.1.1.1:1\"\n",
    )
    .unwrap();
    assert_eq!(
        refused_address(carton_caps(folder.path()).arg("serve")),
        "10.1.1.1:1"
    );
    let environment = ("CARTON_CAPS_SERVER_ADDR", "10.2.2.2:2");
    assert_eq!(
        refused_address(
            carton_caps(folder.path())
                .arg("serve")
                .env(environment.0, environment.1)
        ),
        "10.2.2.2:2"
    );
    let flags = ["serve", "--addr", "10.3.3.3:3"];
    assert_eq!(
        refused_address(
            carton_caps(folder.path())
                .args(flags)
                .env(environment.0, environment.1)
        ),
        "10.3.3.3:3"
    );
}

#[test]
fn an_unknown_setting_is_named_wherever_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let output = carton_caps(folder.path())
        .arg("serve")
        .env("CARTON_CAPS_SERVER_ADRESS", "x")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("CARTON_CAPS_SERVER_ADRESS"),
        "{}",
        stderr(&output)
    );

    std::fs::write(
        folder.path().join("carton-caps.toml"),
        "[limits]\nquery_minutes = 1\n",
    )
    .unwrap();
    let output = carton_caps(folder.path()).arg("serve").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("carton-caps.toml")
            && said.contains("limits.query_minutes")
            && said.contains("query_seconds"),
        "{said}"
    );
}

#[test]
fn variables_of_the_build_are_no_settings() {
    let folder = tempfile::tempdir().unwrap();
    let output = carton_caps(folder.path())
        .arg("serve")
        .env("CARTON_CAPS_CACHE", "/tmp")
        .output()
        .unwrap();
    assert!(
        stderr(&output).contains("--data"),
        "it goes on to the missing data folder: {}",
        stderr(&output)
    );
}

#[test]
fn help_states_the_exit_codes_and_a_wrong_word_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    let help = carton_caps(folder.path())
        .args(["pipeline", "run", "--help"])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&help.stdout).contains("set aside"));
    assert_eq!(
        carton_caps(folder.path())
            .arg("brew")
            .output()
            .unwrap()
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn a_missing_project_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let output = carton_caps(folder.path())
        .args(["pipeline", "run", "--landing", "landing", "--data", "data"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.starts_with("carton-caps: ")
            && said.contains("--project")
            && said.trim().lines().count() == 1,
        "{said}"
    );
}

/// One source, one silver model, one gold model, and a landing folder of two days.
fn shop(folder: &Path) {
    for (path, text) in [
        (
            "marts/dbt_project.yml",
            "name: shop\nmodels:\n  shop:\n    +materialized: table\n    silver: {+schema: silver}\n    gold: {+schema: gold}\n",
        ),
        (
            "marts/models/sources.yml",
            "sources:\n  - name: bronze\n    tables:\n      - name: sales\n        columns: [{name: sale_id}]\n",
        ),
        (
            "marts/models/silver/stg_sales.sql",
            "select sale_id from {{ source('bronze', 'sales') }}",
        ),
        (
            "marts/models/gold/fct_sale.sql",
            "select sale_id from {{ ref('stg_sales') }}",
        ),
        ("landing/sales/dt=2026-01-01/a.csv", "sale_id\ns1\ns2\n"),
        ("landing/sales/dt=2026-01-02/a.csv", "sale_id\ns3\n"),
    ] {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

fn pipeline_run(folder: &Path, flags: &[&str]) -> Output {
    let mut command = carton_caps(folder);
    command.args([
        "pipeline",
        "run",
        "--landing",
        "landing",
        "--data",
        "data",
        "--project",
        "marts",
    ]);
    command.args(flags).output().unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_run_is_told_as_one_json_document() {
    let folder = tempfile::tempdir().unwrap();
    shop(folder.path());
    let plan = json(&pipeline_run(folder.path(), &["--dry-run", "--json"]));
    assert_eq!(plan["files"].as_array().unwrap().len(), 2);
    assert!(!folder.path().join("data").exists());

    let run = json(&pipeline_run(folder.path(), &["--json"]));
    assert_eq!(run["release"], plan["release"]);
    assert_eq!(run["mode"], "full");
    assert_eq!(run["business_date"], "2026-01-02");
    assert_eq!(run["rows_landed"]["sales"], 3);
    let fact = &run["models"][1];
    assert_eq!(
        (
            &fact["name"],
            &fact["action"],
            &fact["rows_written"],
            &fact["rows"]
        ),
        (&"fct_sale".into(), &"full".into(), &3.into(), &3.into())
    );
    for step in ["bronze", "silver", "gold", "contracts", "publish"] {
        assert!(run["seconds"][step].is_number(), "{step}");
    }
    let again = json(&pipeline_run(folder.path(), &["--json"]));
    assert_eq!(
        (&again["mode"], &again["release"]),
        (&"nothing".into(), &run["release"])
    );
    let refreshed = json(&pipeline_run(folder.path(), &["--json", "--full-refresh"]));
    assert_eq!(
        (&refreshed["confirmed"], &refreshed["release"]),
        (&true.into(), &run["release"])
    );
}

#[test]
fn a_selection_is_run_or_told_what_is_near() {
    let folder = tempfile::tempdir().unwrap();
    shop(folder.path());
    json(&pipeline_run(folder.path(), &["--json"]));
    let run = json(&pipeline_run(
        folder.path(),
        &[
            "--json",
            "--select",
            "stg_sales+",
            "--exclude",
            "tag:slow",
            "stg_sales",
        ],
    ));
    let actions: Vec<&serde_json::Value> = run["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| &m["action"])
        .collect();
    assert_eq!(actions, ["skipped", "full"]);
    let refused = pipeline_run(folder.path(), &["--select", "fct_sales"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("did you mean fct_sale"),
        "{}",
        stderr(&refused)
    );
}

#[test]
fn a_period_is_closed_on_a_release_and_reopened_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    shop(folder.path());
    let period = |words: &[&str]| {
        let mut command = carton_caps(folder.path());
        command.arg("period").args(words).args(["--data", "data"]);
        command.output().unwrap()
    };
    let close = ["close", "2026-01", "--project", "marts"];
    for (words, code, said) in [
        (&close[..], 1, "nothing has been published"),
        (
            &["close", "2026-13"],
            2,
            "a month is expected, such as 2026-03",
        ),
        (&["close", "2026-01", "--allow-quarantined"], 2, "--reason"),
        (&["reopen", "2026-01"], 2, "--reason"),
        (
            &["reopen", "2026-01", "--reason", " "],
            2,
            "a reason is expected",
        ),
        (
            &["reopen", "2026-01", "--reason", "x"],
            1,
            "2026-01 is not closed",
        ),
    ] {
        let output = period(words);
        assert_eq!(output.status.code(), Some(code), "{words:?}");
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
    assert!(period(&["list"]).status.success());
    // A project without a ledger.
    json(&pipeline_run(folder.path(), &["--json"]));
    let output = period(&close);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("2026-01 is not over"),
        "{}",
        stderr(&output)
    );
}
