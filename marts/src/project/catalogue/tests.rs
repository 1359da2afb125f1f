#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};

use super::*;

const GOOD: &str = "\
semantic_models:
  - name: purchases
    model: ref('fct_purchase')
    defaults:
      agg_time_dimension: purchased_on
    entities:
      - {name: purchase, type: primary, expr: purchase_id}
      - {name: user, type: foreign, expr: user_id}
    dimensions:
      - {name: purchased_on, type: time}
    measures:
      - {name: spend, agg: sum, expr: amount}
      - {name: buyers, agg: count_distinct, expr: user_id}
  - name: users
    model: ref('dim_user')
    entities:
      - {name: user, type: primary, expr: user_id}
    dimensions:
      - {name: state, type: categorical}
metrics:
  - name: per_buyer
    label: Per buyer
    type: ratio
    type_params: {numerator: retail_spend, denominator: {name: shoppers}}
    config: {meta: {unit: usd, owner: finance}}
  - name: retail_spend
    label: Retail spend
    type: simple
    type_params: {measure: spend}
    config: {meta: {unit: usd}}
  - name: shoppers
    label: Shoppers
    type: simple
    type_params: {measure: {name: buyers}}
    config: {meta: {unit: count}}
";

fn build(text: &str) -> Result<Catalogue, ProjectError> {
    super::build::catalogue(&[(PathBuf::from("models/semantic/x.yml"), text.to_owned())])
}

#[test]
fn the_projects_own_catalogue_is_read() {
    let catalogue = Catalogue::read(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let spend = catalogue.metric("retail_spend").unwrap();
    assert_eq!(
        (spend.label.as_str(), spend.unit),
        ("Retail spend", Unit::Usd)
    );
    let mut labels = std::collections::BTreeSet::new();
    for metric in catalogue.metrics() {
        assert!(
            !metric.description.is_empty(),
            "{} has no description",
            metric.name
        );
        // dbt takes no project with two of a label.
        assert!(labels.insert(&metric.label), "{}", metric.label);
        if catalogue
            .parts(metric)
            .iter()
            .any(|part| catalogue.tells_of_runs(part))
        {
            continue;
        }
        // People can be told by what they are, purchases by what was bought too; cohorts, months and estimates are of
        // all people together.
        let MetricKind::Simple { ref model, .. } = catalogue.parts(metric)[0].kind else {
            panic!("{} is made of {:?}", metric.name, catalogue.parts(metric));
        };
        let dimensions: &[&str] = match model.as_str() {
            "purchases" => &[
                "user__state",
                "product__department",
                "product__product_name",
                "school__school_id",
            ],
            "rewards_ledger" => &["user__state", "school__school_name"],
            "receipts" | "activity" | "sign_ups" | "referrals" | "distinct_invites"
            | "inviting" => &["user__state"],
            _ => &[],
        };
        for dimension in dimensions {
            assert!(
                catalogue.reaches(metric, catalogue.dimension(dimension).unwrap()),
                "{}: {dimension}",
                metric.name
            );
        }
    }
}

#[test]
fn what_a_metric_is_made_of_is_told_to_pages() {
    let about = Catalogue::read(Path::new(env!("CARGO_MANIFEST_DIR")))
        .unwrap()
        .about();
    let named = |name: &str| about.iter().find(|about| about.name == name).unwrap();
    let spend = named("retail_spend");
    assert_eq!(spend.adding, crate::Adding::Sum);
    assert_eq!(spend.driver.as_ref().unwrap().label, "Receipts");
    assert!(spend.relies_on.contains(&"fct_purchase".to_owned()));
    assert_eq!(named("receipts").adding, crate::Adding::Distinct);
    let basket = named("average_basket");
    let (over, under) = basket.parts.as_ref().unwrap();
    assert_eq!(
        (over.name.as_str(), under.name.as_str()),
        ("retail_spend", "receipts")
    );
    assert_eq!(named("receipt_acceptance").recorded_by, "active_users");
    assert!(about.iter().all(|about| about.name != "contracts_checked"));
    let keys: Vec<&str> = spend
        .dimensions
        .iter()
        .filter(|dimension| dimension.is_key)
        .map(|dimension| dimension.name.as_str())
        .collect();
    assert_eq!(
        keys,
        [
            "product__product_id",
            "purchase__purchase_id",
            "receipt__receipt_id",
            "school__school_id",
            "user__user_id"
        ]
    );
}

#[test]
fn a_driver_is_another_simple_metric_that_is_there() {
    let with = |meta: &str| {
        let text = GOOD.replace("{unit: usd}", &format!("{{unit: usd, {meta}}}"));
        assert_ne!(text, GOOD);
        build(&text).unwrap_err().message
    };
    assert!(with("driver: reciepts").contains("there is no metric `reciepts`"));
    assert!(with("recorded_by: nothing").contains("there is no metric `nothing`"));
}

#[test]
fn only_the_folder_of_records_leads_to_records_and_to_nothing_else() {
    let ops = GOOD.replace("ref('fct_purchase')", "source('ops', 'pipeline_runs')");
    let beside = |path: &str, text: String| super::build::catalogue(&[(PathBuf::from(path), text)]);
    let mistake = build(&ops).unwrap_err();
    assert!(mistake.message.contains("expected `ref("), "{mistake}");
    let mistake = beside("ops/x.yml", GOOD.to_owned()).unwrap_err();
    assert!(
        mistake.message.contains("expected `source('ops'"),
        "{mistake}"
    );
    let elsewhere = ops.replace("'ops'", "'bronze'");
    assert!(beside("ops/x.yml", elsewhere).is_err());
    let read = beside(
        "ops/x.yml",
        ops.replace("ref('dim_user')", "source('ops', 'releases')"),
    )
    .unwrap();
    let model = read.relation("purchases").unwrap();
    assert!(model.is_ops() && model.relation == "ops.pipeline_runs");
}

#[test]
fn models_metrics_and_dimensions_are_found_by_name() {
    let catalogue = build(GOOD).unwrap();
    assert_eq!(
        catalogue.metric("per_buyer").unwrap().kind,
        MetricKind::Ratio {
            numerator: "retail_spend".into(),
            denominator: "shoppers".into()
        }
    );
    let state = catalogue.dimension("user__state").unwrap();
    assert_eq!(
        (
            state.expr.as_str(),
            state.label.as_str(),
            state.model.as_str()
        ),
        ("state", "State", "users")
    );
    let purchases = catalogue.model("purchases").unwrap();
    assert_eq!(purchases.relation, "fct_purchase");
    assert_eq!(purchases.measures["spend"].time, "purchased_on");
    assert_eq!(
        catalogue
            .parts(catalogue.metric("per_buyer").unwrap())
            .len(),
        2
    );
}

#[test]
fn an_unknown_name_comes_with_the_nearest_ones() {
    let catalogue = build(GOOD).unwrap();
    assert_eq!(
        catalogue.metric("retal_spend").unwrap_err(),
        "there is no metric `retal_spend`; did you mean retail_spend?"
    );
    assert_eq!(
        catalogue.dimension("user__sate").unwrap_err(),
        "there is no dimension `user__sate`; did you mean user__state?"
    );
    assert_eq!(
        catalogue.metric("zzz").unwrap_err(),
        "there is no metric `zzz`"
    );
}

/// Changes the good file in one place and says what the error must name.
fn mistake(good: &str, bad: &str, line: usize, expected: &[&str]) {
    assert!(GOOD.contains(good), "{good} is not in the good file");
    let error = build(&GOOD.replacen(good, bad, 1)).expect_err(bad);
    let said = error.to_string();
    assert!(
        said.starts_with(&format!("models/semantic/x.yml:{line}: ")),
        "{bad}: {said}"
    );
    for part in expected {
        assert!(said.contains(part), "{bad}: {said} does not say {part}");
    }
}

#[test]
fn a_mistake_names_file_line_and_what_was_expected() {
    mistake(
        "measure: spend",
        "measure: spent",
        29,
        &["no measure `spent`", "did you mean spend?"],
    );
    mistake(
        "numerator: retail_spend",
        "numerator: spend",
        24,
        &["no simple metric `spend`", "retail_spend"],
    );
    mistake(
        "denominator: {name: shoppers}",
        "denominator: per_buyer",
        24,
        &["no simple metric `per_buyer`"],
    );
    mistake(
        "agg: sum",
        "agg: total",
        12,
        &["unknown variant", "total", "count_distinct"],
    );
    mistake(
        "agg_time_dimension: purchased_on",
        "agg_time_dimension: bought_on",
        5,
        &["`bought_on`", "purchased_on"],
    );
    mistake(
        "type: primary, expr: user_id}",
        "type: foreign, expr: user_id}",
        14,
        &["`type: primary`"],
    );
    mistake(
        "- {name: user, type: foreign",
        "- {name: purchase, type: foreign",
        8,
        &["two entities named `purchase`"],
    );
    mistake(
        "name: buyers",
        "name: spend",
        13,
        &["two measures named `spend`"],
    );
    mistake(
        "  - name: users",
        "  - name: purchases",
        14,
        &["two semantic models named `purchases`"],
    );
    mistake(
        "  - name: shoppers",
        "  - name: retail_spend",
        31,
        &["two metrics named `retail_spend`"],
    );
    mistake(
        "ref('dim_user')",
        "dim_user",
        15,
        &["expected `ref('fct_purchase')`"],
    );
    mistake(
        "unit: count",
        "unit: counts",
        35,
        &["unknown variant", "counts", "usd"],
    );
    mistake(
        "{meta: {unit: count}}",
        "{meta: {}}",
        31,
        &["usd, count, ratio, number, seconds or bytes"],
    );
    mistake(
        "type: ratio",
        "type: cumulative",
        23,
        &["unknown variant", "cumulative", "simple", "ratio"],
    );
    mistake(
        "expr: amount}",
        "expr: amount, filter: x}",
        12,
        &["unknown field", "filter", "agg_time_dimension"],
    );
    mistake(
        "expr: amount",
        "expr: 'amount; drop table x'",
        12,
        &["may not contain `;`"],
    );
    mistake(
        "name: state",
        "name: user__state",
        19,
        &["cannot be a name"],
    );
    mistake(
        "label: Shoppers",
        "lable: Shoppers",
        32,
        &["unknown field", "lable", "label"],
    );
    mistake(
        "{measure: spend}",
        "{numerator: spend}",
        29,
        &["needs `measure`"],
    );
}

#[test]
fn every_file_below_models_is_read_and_other_keys_are_left_to_dbt() {
    let project = tempfile::tempdir().unwrap();
    let folder = project.path().join("models/deep/er");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("a.yml"), GOOD).unwrap();
    std::fs::write(
        project.path().join("models/b.yml"),
        "models:\n  - name: dim_user\n",
    )
    .unwrap();
    std::fs::write(project.path().join("models/empty.yml"), "").unwrap();
    assert_eq!(
        Catalogue::read(project.path()).unwrap().metrics().count(),
        3
    );

    std::fs::write(project.path().join("models/b.yml"), "metrics: [\n").unwrap();
    let failure = Catalogue::read(project.path()).unwrap_err();
    assert!(failure.message.contains("models/b.yml:"), "{failure}");
    assert!(
        !failure
            .message
            .contains(&project.path().display().to_string()),
        "{failure}"
    );

    let failure = Catalogue::read(Path::new("/nowhere")).unwrap_err();
    assert!(
        failure.message.contains("models: cannot be read"),
        "{failure}"
    );
}
