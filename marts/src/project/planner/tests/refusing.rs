//! What is not planned, and how that is said.

use super::*;
use crate::{Failure, FailureKind, Grain, Order};

fn refused(policy: &RowPolicy, ask: Aggregate) -> Failure {
    plan(catalogue(), policy, &Ask::Aggregate(ask)).unwrap_err()
}

fn message(ask: Aggregate) -> String {
    let failure = refused(&RowPolicy::Unrestricted, ask);
    assert_eq!(failure.kind, FailureKind::BadRequest, "{failure}");
    failure.message
}

#[test]
fn unknown_names_come_with_the_nearest_ones() {
    assert!(
        message(ask(&["retal_spend"]))
            .starts_with("There is no metric `retal_spend`; did you mean retail_spend")
    );
    let by = Aggregate {
        dimensions: vec!["product__departmnt".into()],
        ..ask(&["retail_spend"])
    };
    assert!(message(by).starts_with(
        "There is no dimension `product__departmnt`; did you mean product__department"
    ));
    let filtered = Aggregate {
        filters: vec![filter("user__stat", &["OH"])],
        ..ask(&["retail_spend"])
    };
    assert!(
        message(filtered)
            .starts_with("There is no dimension `user__stat`; did you mean user__state")
    );
}

#[test]
fn a_question_that_makes_no_sense_says_why() {
    assert!(message(ask(&[])).contains("at least one metric"));
    assert!(message(ask(&["receipts", "receipts"])).contains("asked for twice"));
    let backwards = DateRange {
        from: march().to,
        to: march().from,
    };
    assert!(
        message(Aggregate {
            range: backwards,
            ..ask(&["receipts"])
        })
        .contains("before it begins")
    );
    let by_time = Aggregate {
        dimensions: vec!["metric_time".into()],
        ..ask(&["receipts"])
    };
    assert!(message(by_time).contains("by a grain"));
    let sorted = Aggregate {
        order: Some(Order {
            by: "units".into(),
            descending: true,
        }),
        ..ask(&["receipts"])
    };
    assert!(message(sorted).contains("sorted by what is asked for: receipts"));
    let unreachable = Aggregate {
        dimensions: vec!["product__brand".into()],
        ..ask(&["test_visits"])
    };
    assert!(
        message(unreachable)
            .contains("`product__brand` does not describe test visits; what does: user__channel")
    );
}

#[test]
fn a_question_that_is_too_large_is_refused() {
    let many: Vec<String> = (0..201).map(|i| i.to_string()).collect();
    let filtered = DimensionFilter {
        dimension: "user__state".into(),
        values: many,
        exclude: false,
    };
    assert!(
        message(Aggregate {
            filters: vec![filtered],
            ..ask(&["receipts"])
        })
        .contains("at most 200")
    );
    let long = DateRange {
        from: date(2000, 1, 1),
        to: date(2026, 1, 1),
    };
    let daily = Aggregate {
        range: long,
        grain: Some(Grain::Day),
        ..ask(&["receipts"])
    };
    assert!(message(daily).contains("choose a coarser grain"));
    let metrics: Vec<String> = (0..21).map(|i| format!("m{i}")).collect();
    assert!(
        message(Aggregate {
            metrics,
            ..ask(&[])
        })
        .contains("at most 20 metrics")
    );
}

#[test]
fn a_policy_that_nobody_decided_opens_nothing() {
    for policy in [RowPolicy::Only(Vec::new()), only("user__state", &[])] {
        assert_eq!(
            refused(&policy, ask(&["receipts"])).kind,
            FailureKind::NotAllowed
        );
        let values = Ask::Values(crate::Values {
            dimension: "user__state".into(),
            search: None,
            limit: 5,
        });
        assert_eq!(
            plan(catalogue(), &policy, &values).unwrap_err().kind,
            FailureKind::NotAllowed
        );
    }
}

#[test]
fn a_policy_that_cannot_be_applied_refuses_the_question() {
    for policy in [
        only("product__brand", &["Acme"]),
        only("user__no_such", &["x"]),
    ] {
        let failure = refused(&policy, ask(&["test_visits"]));
        assert_eq!(failure.kind, FailureKind::NotAllowed);
        assert!(
            !failure.message.contains("Acme") && !failure.message.contains("fct_"),
            "{failure}"
        );
    }
    // One of two facts cannot be narrowed, so neither is shown.
    let failure = refused(
        &only("school__school_id", &["s1"]),
        ask(&["retail_spend", "test_visits"]),
    );
    assert_eq!(failure.kind, FailureKind::NotAllowed);
}

#[test]
fn the_policy_stands_on_every_scan_beside_the_filters() {
    let policy = only("user__state", &["OH", "PA"]);
    let asked = Aggregate {
        filters: vec![filter("user__state", &["TX"])],
        ..ask(&["retail_spend", "test_visits"])
    };
    let plan = plan(catalogue(), &policy, &Ask::Aggregate(asked)).unwrap();
    let scans: Vec<&str> = plan.statement.sql.split("UNION ALL").collect();
    assert_eq!(scans.len(), 2);
    for scan in scans {
        let (_, predicates) = scan.rsplit_once(" WHERE ").unwrap();
        let terms: Vec<&str> = predicates.split(" AND ").collect();
        assert_eq!(terms.len(), 2, "{scan}");
        assert!(
            terms
                .iter()
                .all(|term| term.starts_with("CAST(j_user.user__state AS STRING) IN (:v")),
            "{scan}"
        );
    }
}

#[test]
fn the_unknown_value_of_a_filter_means_nothing_in_a_policy() {
    let sql = |policy: &RowPolicy, filters| {
        plan(
            catalogue(),
            policy,
            &Ask::Aggregate(Aggregate {
                filters,
                ..ask(&["receipts"])
            }),
        )
        .unwrap()
        .statement
        .sql
    };
    assert!(!sql(&only("user__state", &["(unknown)"]), Vec::new()).contains("IS NULL"));
    let unknown = vec![filter("user__state", &["(unknown)", "OH"])];
    assert!(sql(&RowPolicy::Unrestricted, unknown).contains("OR j_user.user__state IS NULL)"));
}
