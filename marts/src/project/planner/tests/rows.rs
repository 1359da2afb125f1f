//! Rows, and the records of runs.

use proptest::prelude::*;

use super::*;
use crate::{Column, ColumnRole, FailureKind, Frame, Grain, Order, Param, Rows, Unit, Value};

fn lines() -> Rows {
    Rows {
        relation: "purchases".into(),
        columns: [
            "purchase__purchased_on",
            "product__product_name",
            "retail_spend",
        ]
        .map(str::to_owned)
        .to_vec(),
        filters: Vec::new(),
        range: None,
        order: vec![Order {
            by: "retail_spend".into(),
            descending: true,
        }],
        limit: 50,
        after: None,
    }
}

fn runs() -> Rows {
    Rows {
        relation: "runs".into(),
        columns: ["run__run_id", "run__started_at", "run_seconds", "rows_read"]
            .map(str::to_owned)
            .to_vec(),
        order: vec![Order {
            by: "run__started_at".into(),
            descending: true,
        }],
        ..lines()
    }
}

fn planned(rows: Rows) -> Plan {
    plan(catalogue(), &RowPolicy::Unrestricted, &Ask::Rows(rows)).unwrap()
}

fn message(rows: Rows) -> String {
    let failure = plan(catalogue(), &RowPolicy::Unrestricted, &Ask::Rows(rows)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
    failure.message
}

#[test]
fn rows_show_what_they_are_what_they_point_to_and_their_share_in_metrics() {
    let plan = planned(lines());
    let sql = &plan.statement.sql;
    assert!(
        sql.contains("dim_product") && !sql.contains("GROUP BY"),
        "{sql}"
    );
    let columns: Vec<_> = plan
        .columns
        .iter()
        .map(|c| (c.name.as_str(), c.role, c.unit))
        .collect();
    assert_eq!(
        columns,
        [
            ("purchase__purchased_on", ColumnRole::Dimension, Unit::None),
            ("product__product_name", ColumnRole::Dimension, Unit::None),
            ("retail_spend", ColumnRole::Metric, Unit::Usd),
            ("after__0", ColumnRole::Key, Unit::None),
            ("after__1", ColumnRole::Key, Unit::None),
        ]
    );
}

#[test]
fn rows_have_one_order_that_ends_with_their_own_key() {
    let sql = planned(runs()).statement.sql;
    assert!(
        sql.ends_with(
            "ORDER BY CAST(f.run__started_at AS TIMESTAMP) DESC NULLS LAST, \
             CAST(f.row_key AS STRING) ASC NULLS LAST\nLIMIT 50"
        ),
        "{sql}"
    );
    assert!(sql.contains("FROM ops.pipeline_runs"), "{sql}");
}

#[test]
fn the_next_page_begins_behind_the_last_row_of_this_one() {
    let column = |name: &str, role| Column {
        name: name.into(),
        label: name.into(),
        unit: Unit::None,
        role,
    };
    let frame = |rows: usize| Frame {
        columns: vec![
            column("run__run_id", ColumnRole::Dimension),
            column("after__0", ColumnRole::Key),
            column("after__1", ColumnRole::Key),
        ],
        rows: vec![
            vec![
                Value::Text("r".into()),
                Value::Null,
                Value::Text("r7".into())
            ];
            rows
        ],
        truncated: false,
    };
    assert_eq!(runs().next(&frame(49)), None);
    assert_eq!(runs().next(&Frame::default()), None);
    let next = runs().next(&frame(50)).unwrap();
    assert_eq!(next.after, Some(vec![None, Some("r7".into())]));
    // The last row had no time: behind it are only rows without one.
    let plan = planned(next);
    assert!(
        plan.statement.sql.contains(
            "WHERE ((CAST(f.run__started_at AS TIMESTAMP) IS NULL AND \
             (CAST(f.row_key AS STRING) > CAST(:after_1 AS STRING) OR CAST(f.row_key AS STRING) IS NULL)))"
        ),
        "{}",
        plan.statement.sql
    );
    assert_eq!(
        plan.statement.params,
        [("after_1".to_owned(), Param::Text("r7".into()))]
    );
    let both = planned(Rows {
        after: Some(vec![Some("2026-01-01 00:00:00".into()), Some("r7".into())]),
        ..runs()
    });
    assert!(
        both.statement.sql.contains(
            "(CAST(f.run__started_at AS TIMESTAMP) < CAST(:after_0 AS TIMESTAMP) OR \
             CAST(f.run__started_at AS TIMESTAMP) IS NULL)"
        ),
        "{}",
        both.statement.sql
    );
}

#[test]
fn a_list_that_makes_no_sense_says_why() {
    let with = |columns: &[&str]| Rows {
        columns: columns.iter().map(|&c| c.to_owned()).collect(),
        order: Vec::new(),
        ..lines()
    };
    assert!(
        message(Rows {
            relation: "purchase".into(),
            ..lines()
        })
        .contains("did you mean purchases")
    );
    assert!(message(with(&[])).contains("at least one column"));
    assert!(message(with(&["units", "units"])).contains("asked for twice"));
    assert!(message(with(&["receipts"])).contains("has no `receipts` of its own"));
    assert!(message(with(&["average_basket"])).contains("has no `average_basket` of its own"));
    assert!(message(with(&["run_seconds"])).contains("has no `run_seconds` of its own"));
    assert!(message(with(&["run__status"])).contains("does not describe purchases"));
    assert!(
        message(Rows {
            columns: vec!["units".into()],
            ..lines()
        })
        .contains("sorted by what is asked for: units")
    );
    assert!(
        message(Rows {
            after: Some(vec![None]),
            ..lines()
        })
        .contains("another list")
    );
}

#[test]
fn the_policy_stands_on_rows_too() {
    let plan = plan(
        catalogue(),
        &only("user__state", &["OH"]),
        &Ask::Rows(lines()),
    )
    .unwrap();
    assert!(
        plan.statement
            .sql
            .contains("WHERE CAST(j_user.user__state AS STRING) IN (:v0)"),
        "{}",
        plan.statement.sql
    );
}

#[test]
fn under_a_row_policy_nothing_of_the_runs_is_shown() {
    let total = Aggregate {
        grain: Some(Grain::Day),
        ..ask(&["runs"])
    };
    let values = crate::Values {
        dimension: "run__status".into(),
        search: None,
        limit: 10,
    };
    for policy in [
        only("user__state", &["OH"]),
        only("run__status", &["failed"]),
    ] {
        for ask in [
            Ask::Rows(runs()),
            Ask::Aggregate(total.clone()),
            Ask::Values(values.clone()),
        ] {
            let failure = plan(catalogue(), &policy, &ask).unwrap_err();
            assert_eq!(failure.kind, FailureKind::NotAllowed, "{policy:?} {ask:?}");
        }
    }
}

#[test]
fn runs_are_counted_like_anything_else_but_not_beside_a_releases_figures() {
    let total = Aggregate {
        dimensions: vec!["run__status".into()],
        ..ask(&["contracts_checked", "failing_rows"])
    };
    let sql = super::planned(total).statement.sql;
    assert!(
        sql.contains("FROM ops.contract_results") && sql.contains("FROM ops.pipeline_runs"),
        "{sql}"
    );
    let mixed = Ask::Aggregate(ask(&["runs", "retail_spend"]));
    let failure = plan(catalogue(), &RowPolicy::Unrestricted, &mixed).unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
    assert!(failure.message.contains("ask twice"));
}

proptest! {
    #[test]
    fn values_and_places_to_go_on_from_are_bound(
        chosen in proptest::collection::vec("zq[a-z'\";:!%_$)(\\\\ -]{4,30}qz", 1..4),
        after in proptest::collection::vec(proptest::option::of("zq[a-z'\";:!%_$)(\\\\ -]{4,30}qz"), 2..3),
        exclude in any::<bool>(),
        descending in any::<bool>(),
    ) {
        let rows = Rows {
            filters: vec![DimensionFilter { dimension: "product__brand".into(), values: chosen, exclude }],
            order: vec![Order { by: "product__product_name".into(), descending }],
            after: Some(after),
            ..lines()
        };
        let plan = planned(rows);
        prop_assert!(!plan.statement.sql.contains("zq"));
        let names = param_names(&plan);
        prop_assert_eq!(names.len(), plan.statement.params.len());
        prop_assert_eq!(placeholders(&plan.statement.sql), names);
    }
}

#[test]
fn rows_keep_to_the_days_that_their_figure_was_counted_in() {
    let march = crate::DateRange {
        from: jiff::civil::date(2026, 3, 1),
        to: jiff::civil::date(2026, 3, 31),
    };
    let plan = planned(Rows {
        range: Some(march),
        ..lines()
    });
    let sql = &plan.statement.sql;
    assert!(
        sql.contains("WHERE purchased_on >= CAST(:range_from AS DATE) AND purchased_on <= CAST(:range_to AS DATE)"),
        "{sql}"
    );
    let bound: Vec<_> = plan
        .statement
        .params
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    assert_eq!(
        bound,
        [
            ("range_from", Param::Text("2026-03-01".into())),
            ("range_to", Param::Text("2026-03-31".into()))
        ]
    );
    let backwards = crate::DateRange {
        from: march.to,
        to: march.from,
    };
    let said = message(Rows {
        range: Some(backwards),
        ..lines()
    });
    assert!(said.contains("before it begins"), "{said}");
    let said = message(Rows {
        range: Some(march),
        relation: "products".into(),
        columns: vec!["product__brand".into()],
        order: Vec::new(),
        ..lines()
    });
    assert!(said.contains("no day"), "{said}");
}
