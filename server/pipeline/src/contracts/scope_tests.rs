//! Contracts on the rows that a run touched, and on all of them.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::sync::Arc;

use marts::project::{Names, Project};
use warehouse::{Builder, DuckDbBuilder, Relation, Schema};

use super::{Checking, ContractResult, Scope, check};

const YAML: &str = "models:
  - name: lines
    columns:
      - name: id
        data_tests: [unique, not_null]
      - name: kind
        data_tests:
          - accepted_values: {arguments: {values: [a, b]}}
      - name: parent
        data_tests:
          - relationships: {arguments: {to: ref('parents'), field: id}}
    data_tests:
      - positive: {arguments: {column: amount}}
";
const POSITIVE: &str = "{% test positive(model, column) %}select * from {{ model }} where {{ column }} <= 0{% endtest %}";
const DAILY: &str =
    "{{ config(tags=['daily']) }}\nselect id from {{ ref('lines') }} where amount > 100";

struct Built {
    dir: tempfile::TempDir,
    project: Project,
    builder: DuckDbBuilder,
    schemas: BTreeMap<String, Schema>,
    names: Arc<Names>,
    shrunk: BTreeSet<String>,
}

fn gold(name: &str) -> Relation {
    Relation {
        schema: Schema::Gold,
        name: name.to_owned(),
    }
}

/// A table `lines` of these rows (id, kind, parent, amount), and `delta` with those that a run wrote.
fn built(rows: &str, delta: &str) -> Built {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in [
        (
            "dbt_project.yml",
            "name: shop\nmodels: {shop: {+schema: gold, +materialized: table}}\n",
        ),
        ("models/lines.sql", "select 1 as id"),
        ("models/parents.sql", "select 1 as id"),
        ("models/lines.yml", YAML),
        ("tests/generic/positive.sql", POSITIVE),
        ("tests/large.sql", DAILY),
    ] {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let project = Project::read(dir.path()).unwrap();
    let (state, file) = (dir.path().join("s.duckdb"), dir.path().join("g.duckdb"));
    let mut builder = DuckDbBuilder::open(&state, &file, 1, None).unwrap();
    let select =
        |rows: &str| format!("select * from (values {rows}) as r(id, kind, parent, amount)");
    builder.create_table(&gold("lines"), &select(rows)).unwrap();
    builder
        .create_table(&gold("delta"), &select(delta))
        .unwrap();
    builder
        .create_table(&gold("parents"), "select 1 as id")
        .unwrap();
    let names = ["lines", "parents"].map(|name| (name.to_owned(), builder.qualified(&gold(name))));
    Built {
        schemas: ["lines", "parents"]
            .map(|name| (name.to_owned(), Schema::Gold))
            .into(),
        names: Arc::new(Names {
            relations: names.into(),
            ..Names::default()
        }),
        shrunk: BTreeSet::new(),
        dir,
        project,
        builder,
    }
}

impl Built {
    fn check(&mut self, touched: bool, held_in_full: &HashSet<String>) -> Vec<ContractResult> {
        assert!(self.dir.path().exists());
        let touched = if touched {
            let delta = self.builder.qualified(&gold("delta"));
            [("lines".to_owned(), delta)].into()
        } else {
            BTreeMap::new()
        };
        let checking = Checking {
            project: &self.project,
            schemas: &self.schemas,
            names: &self.names,
            files: &[],
            sources: &[],
            touched: &touched,
            shrunk: &self.shrunk,
            held_in_full,
        };
        check(&mut self.builder, &checking, &|_, _| {}).unwrap()
    }
}

fn findings(results: &[ContractResult]) -> Vec<(&str, Scope, u64)> {
    results
        .iter()
        .filter(|result| result.failing_rows > 0)
        .map(|result| (result.contract.as_str(), result.scope, result.failing_rows))
        .collect()
}

fn definitions(results: &[ContractResult]) -> HashSet<String> {
    results
        .iter()
        .map(|result| result.definition.clone())
        .collect()
}

#[test]
fn what_a_run_broke_is_found_in_either_scope() {
    // The run wrote a second row 1, a row without an id, one of an unknown kind and parent, and one that is negative.
    let delta = "(1, 'a', 1, 5), (null, 'a', 1, 5), (3, 'x', 9, 5), (4, 'b', 1, -1)";
    let mut built = built(&format!("(1, 'a', 1, 5), (2, 'b', 1, 5), {delta}"), delta);
    let all = built.check(false, &HashSet::new());
    let expected = [
        "positive_lines_amount",
        "unique_lines_id",
        "not_null_lines_id",
        "accepted_values_lines_kind__a__b",
        "relationships_lines_parent__id__ref_parents_",
    ];
    assert_eq!(
        findings(&all),
        expected.map(|contract| (contract, Scope::Full, 1))
    );
    let touched = built.check(true, &definitions(&all));
    // A test of the project's own is not known to look at one row at a time.
    assert_eq!(
        findings(&touched),
        expected.map(|contract| match contract {
            "positive_lines_amount" => (contract, Scope::Full, 1),
            _ => (contract, Scope::Touched, 1),
        })
    );
}

#[test]
fn rows_that_were_checked_before_are_not_looked_at_again_within_the_day() {
    let mut built = built(
        "(1, 'x', 1, 5), (1, 'a', 1, 500), (2, 'b', 1, 5)",
        "(2, 'b', 1, 5)",
    );
    let all = built.check(false, &HashSet::new());
    assert_eq!(findings(&all).len(), 3, "{all:?}");
    let held = definitions(&all);
    let touched = built.check(true, &held);
    assert_eq!(findings(&touched), []);
    assert!(
        !touched.iter().any(|result| result.contract == "large"),
        "a daily test has had its look"
    );

    // Nothing was checked in full lately, or the test is another one now: all rows are looked at.
    assert_eq!(findings(&built.check(true, &HashSet::new())).len(), 3);
    // Nothing is known of what the run wrote: likewise.
    assert_eq!(findings(&built.check(false, &held)).len(), 3);
}

#[test]
fn what_refers_to_a_model_that_lost_rows_is_looked_at_as_a_whole() {
    let mut built = built("(1, 'a', 9, 5), (2, 'b', 1, 5)", "(2, 'b', 1, 5)");
    let held = definitions(&built.check(false, &HashSet::new()));
    assert_eq!(findings(&built.check(true, &held)), []);
    built.shrunk.insert("parents".into());
    let contract = "relationships_lines_parent__id__ref_parents_";
    assert_eq!(
        findings(&built.check(true, &held)),
        [(contract, Scope::Full, 1)]
    );
}
