//! What is expected of rows, sources and tables, and what is remembered of how it was met.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod recorded;
mod rows;
mod sources;
mod stopped;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::PathBuf;

use pipeline::{ContractResult, Outcome, PipelineError};
use support::{PURCHASES, USERS, World};
use warehouse::release::read_current;

const NEXT_DAY: &str = "l9,r9,u1,p1,t1,1,1.00,,2026-01-11T16:00:00Z,I,";

/// A world with its own copy of the project, and that copy's folder.
fn own_world() -> (World, PathBuf) {
    let mut world = World::small();
    let project = world.own_project();
    (world, project)
}

/// Replaces text in a file of the project; it must be there.
fn edit(project: &std::path::Path, file: &str, from: &str, to: &str) {
    let path = project.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

fn failures(world: &World) -> (Vec<ContractResult>, String) {
    let error = world.run().unwrap_err();
    let message = error.to_string();
    match error {
        PipelineError::Contracts(results) => (results, message),
        other => panic!("{other:?}"),
    }
}

/// Lands one purchase line per entry of `rows` on consecutive days that end on `last`.
fn land_days(world: &World, last: &str, rows: &[usize]) {
    let last: jiff::civil::Date = last.parse().unwrap();
    for (ago, rows) in rows.iter().rev().enumerate() {
        let ago = i64::try_from(ago).unwrap();
        let day = last
            .checked_sub(jiff::Span::new().days(ago))
            .unwrap()
            .to_string();
        let lines: Vec<String> = (0..*rows)
            .map(|i| format!("d{day}-{i},r{day}-{i},u1,p1,t1,1,1.00,,{day}T16:00:00Z,I,"))
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        world.land("purchases", &day, "days.csv", PURCHASES, &lines);
    }
}
