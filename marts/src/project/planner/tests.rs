#![allow(clippy::unwrap_used, clippy::expect_used)]

mod completing;
mod levels;
mod refusing;
mod rows;
mod values;
mod writing;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use jiff::civil::date;

use super::{Plan, plan};
use crate::project::catalogue::Catalogue;
use crate::{Aggregate, Ask, DateRange, DimensionFilter, Restriction, RowPolicy};

/// The project's own catalogue, and beside it a fact of receipts that leads to users only.
fn catalogue() -> &'static Catalogue {
    static READ: OnceLock<Catalogue> = OnceLock::new();
    READ.get_or_init(read_catalogue)
}

fn read_catalogue() -> Catalogue {
    let project = tempfile::tempdir().unwrap();
    let models = project.path().join("models");
    std::fs::create_dir_all(&models).unwrap();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/semantic");
    for entry in std::fs::read_dir(own).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), models.join(entry.file_name())).unwrap();
    }
    let ops = project.path().join("ops");
    std::fs::create_dir_all(&ops).unwrap();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("ops")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), ops.join(entry.file_name())).unwrap();
    }
    std::fs::write(models.join("visits.yml"), VISITS).unwrap();
    Catalogue::read(project.path()).unwrap()
}

const VISITS: &str = "\
semantic_models:
  - name: test_visits
    model: ref('fct_visit')
    defaults: {agg_time_dimension: visited_on}
    entities:
      - {name: visit, type: primary, expr: visit_id}
      - {name: user, type: foreign, expr: visitor_id}
    dimensions:
      - {name: visited_on, type: time}
    measures:
      - {name: test_visits, agg: count, expr: visit_id}
      - {name: test_longest, agg: max, expr: minutes}
      - name: test_balance
        agg: sum
        expr: balance
        non_additive_dimension: {name: visited_on, window_choice: max, window_groupings: [user]}
metrics:
  - {name: test_visits, label: Visits, type: simple, type_params: {measure: test_visits}, config: {meta: {unit: count}}}
  - {name: test_longest, label: Longest, type: simple, type_params: {measure: test_longest}, config: {meta: {unit: number}}}
  - {name: test_balance, label: Balance, type: simple, type_params: {measure: test_balance}, config: {meta: {unit: usd}}}
  - name: test_net
    label: Net spend per visit
    type: derived
    type_params: {expr: (spent - off) / test_visits, metrics: [{name: retail_spend, alias: spent}, {name: discount, alias: off}, {name: test_visits}]}
    config: {meta: {unit: usd}}
";

fn march() -> DateRange {
    DateRange {
        from: date(2026, 3, 1),
        to: date(2026, 3, 31),
    }
}

fn ask(metrics: &[&str]) -> Aggregate {
    Aggregate {
        metrics: metrics.iter().map(|&metric| metric.to_owned()).collect(),
        dimensions: Vec::new(),
        grain: None,
        range: march(),
        filters: Vec::new(),
        compare: None,
        compare_grain: None,
        order: None,
        limit: None,
        skip: 0,
        having: Vec::new(),
        other: false,
        total: false,
    }
}

fn filter(dimension: &str, values: &[&str]) -> DimensionFilter {
    DimensionFilter {
        dimension: dimension.into(),
        values: values.iter().map(|&value| value.to_owned()).collect(),
        exclude: false,
    }
}

fn only(dimension: &str, allowed: &[&str]) -> RowPolicy {
    RowPolicy::Only(vec![Restriction {
        dimension: dimension.into(),
        allowed: allowed.iter().map(|&value| value.to_owned()).collect(),
    }])
}

fn planned(ask: Aggregate) -> Plan {
    plan(catalogue(), &RowPolicy::Unrestricted, &Ask::Aggregate(ask)).unwrap()
}

/// Names after a colon; the planner writes colons for nothing else.
fn placeholders(sql: &str) -> BTreeSet<String> {
    sql.split(':')
        .skip(1)
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect()
        })
        .collect()
}

fn param_names(plan: &Plan) -> BTreeSet<String> {
    plan.statement
        .params
        .iter()
        .map(|(name, _)| name.clone())
        .collect()
}
