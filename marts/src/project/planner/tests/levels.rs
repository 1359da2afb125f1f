//! Other, total, thresholds, pages, derived metrics, balances and aggregates, as SQL.

use rust_decimal::Decimal;

use super::*;
use crate::{Column, ColumnRole, Comparison, Frame, Grain, Order, ReleaseInfo, Threshold, Value};

fn refused(ask: Aggregate) -> String {
    plan(catalogue(), &RowPolicy::Unrestricted, &Ask::Aggregate(ask))
        .unwrap_err()
        .message
}

fn top(by: &str) -> Aggregate {
    Aggregate {
        dimensions: vec!["product__department".into()],
        order: Some(Order {
            by: by.into(),
            descending: true,
        }),
        limit: Some(5),
        ..ask(&["retail_spend", "average_basket"])
    }
}

#[test]
fn other_and_total_are_read_from_rows_and_marked() {
    let plan = planned(Aggregate {
        other: true,
        total: true,
        ..top("retail_spend")
    });
    let sql = &plan.statement.sql;
    assert_eq!(sql.matches("FROM fct_purchase").count(), 3, "{sql}");
    assert_eq!(plan.columns.last().unwrap().role, ColumnRole::Level);
    assert!(sql.contains("r.place > 5"), "{sql}");
    assert_eq!(placeholders(sql), param_names(&plan), "{sql}");
}

#[test]
fn other_and_total_need_something_to_be_other_than() {
    let by_week = Aggregate {
        total: true,
        grain: Some(Grain::Week),
        ..top("retail_spend")
    };
    assert!(refused(by_week).contains("without a grain"));
    let unlimited = Aggregate {
        other: true,
        limit: None,
        ..top("retail_spend")
    };
    assert!(refused(unlimited).contains("with dimensions and a limit"));
}

#[test]
fn groups_are_sorted_by_how_they_changed() {
    let compared = |by: &str| Aggregate {
        compare: Some(Comparison::PriorYear),
        ..top(by)
    };
    let sql = planned(compared("retail_spend__change")).statement.sql;
    assert!(
        sql.contains("ORDER BY t.a0 - t.a1 DESC NULLS LAST"),
        "{sql}"
    );
    let sql = planned(compared("average_basket__change_percent"))
        .statement
        .sql;
    assert!(sql.contains("NULLIF(ABS("), "{sql}");
    assert!(refused(top("retail_spend__change")).contains("needs a comparison"));
    assert!(refused(compared("units__change")).contains("sorted by what is asked for"));
}

#[test]
fn thresholds_are_bound_and_set_on_what_is_asked_for() {
    let having = |metric: &str| Aggregate {
        having: vec![Threshold {
            metric: metric.into(),
            at_least: Some(Decimal::new(125, 1)),
            at_most: None,
        }],
        ..top("retail_spend")
    };
    let plan = planned(having("retail_spend"));
    let sql = &plan.statement.sql;
    assert!(sql.contains("WHERE t.a0 >= CAST(:bound"), "{sql}");
    assert!(!sql.contains("12.5"), "{sql}");
    assert_eq!(placeholders(sql), param_names(&plan), "{sql}");
    let sql = planned(having("average_basket")).statement.sql;
    assert!(
        sql.contains("* t.a1"),
        "a quotient is compared without dividing: {sql}"
    );
    assert!(
        refused(having("units")).contains("a threshold is set on")
            || refused(having("units")).contains("A threshold is set on")
    );
}

#[test]
fn pages_begin_behind_what_was_skipped() {
    let sql = planned(Aggregate {
        skip: 20,
        ..top("retail_spend")
    })
    .statement
    .sql;
    assert!(sql.ends_with("LIMIT 5\nOFFSET 20"), "{sql}");
}

#[test]
fn a_derived_metric_is_figured_exactly_from_its_parts() {
    let plan = planned(ask(&["test_net"]));
    let names: Vec<&str> = plan.columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "test_net",
            "test_net__retail_spend",
            "test_net__discount",
            "test_net__test_visits"
        ]
    );
    let cells = |visits: i64| {
        vec![
            Value::Float(0.1),
            Value::Decimal(Decimal::new(3_000, 2)),
            Value::Decimal(Decimal::new(550, 2)),
            Value::Int(visits),
        ]
    };
    let columns: Vec<Column> = plan.columns.clone();
    let frame = Frame {
        columns,
        rows: vec![cells(7), cells(0)],
        truncated: false,
    };
    let release = ReleaseInfo {
        observed: Some((march().from, march().to)),
        ..ReleaseInfo::unpublished()
    };
    let done = plan.completion.complete(frame, &release);
    assert_eq!(
        *done.value(0, "test_net"),
        Value::Decimal(Decimal::new(350, 2))
    );
    assert_eq!(*done.value(1, "test_net"), Value::Null);
}

#[test]
fn of_a_balance_the_last_rows_of_each_grouping_count() {
    let plan = planned(Aggregate {
        grain: Some(Grain::Month),
        dimensions: vec!["user__state".into()],
        compare: Some(Comparison::PriorYear),
        ..ask(&["test_balance"])
    });
    let sql = &plan.statement.sql;
    assert!(
        sql.contains(
            "OVER (PARTITION BY f.side, f.metric_time, f.by0_latest_last_visited_on_visitor_id)"
        ),
        "{sql}"
    );
    assert!(
        sql.contains("GROUP BY f.metric_time, f.user__state"),
        "{sql}"
    );
    assert_eq!(placeholders(sql), param_names(&plan), "{sql}");
}

#[test]
fn a_smaller_table_answers_what_it_holds() {
    let read = |ask: Aggregate, policy: &RowPolicy| {
        let sql = plan(catalogue(), policy, &Ask::Aggregate(ask))
            .unwrap()
            .statement
            .sql;
        sql.contains("FROM agg_purchase_receipt")
    };
    let everyone = RowPolicy::Unrestricted;
    let by = |dimension: &str| Aggregate {
        dimensions: vec![dimension.into()],
        ..ask(&["receipts", "average_basket"])
    };
    assert!(read(by("user__state"), &everyone));
    assert!(read(
        by("purchase__retailer_id"),
        &only("school__school_id", &["s1"])
    ));
    assert!(!read(by("product__department"), &everyone));
    assert!(!read(
        by("user__state"),
        &only("product__department", &["Dairy"])
    ));
    let filtered = Aggregate {
        filters: vec![filter("product__brand", &["b"])],
        ..by("user__state")
    };
    assert!(!read(filtered, &everyone));
}
