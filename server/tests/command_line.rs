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
