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
    assert_eq!(sql.matches("FROM agg_purchase_shelf").count(), 3, "{sql}");
    assert_eq!(plan.columns.last().unwrap().role, ColumnRole::Level);
    assert!(sql.contains("r.place > 5"), "{sql}");
    assert_eq!(placeholders(sql), param_names(&plan), "{sql}");
}

#[test]
fn other_and_total_of_what_adds_up_are_added_up_from_the_groups() {
    let plan = planned(Aggregate {
        metrics: vec!["retail_spend".into(), "units".into()],
        compare: Some(Comparison::PriorYear),
        having: vec![Threshold {
            metric: "units".into(),
            at_least: Some(Decimal::ONE),
            at_most: None,
        }],
        other: true,
        total: true,
        ..top("retail_spend")
    });
    let sql = &plan.statement.sql;
    assert_eq!(sql.matches("FROM agg_purchase_shelf").count(), 1, "{sql}");
    // A total is of all groups, whichever thresholds they meet.
    assert!(sql.contains("FROM grouped AS r)"), "{sql}");
    assert!(sql.contains("FROM ranked AS r WHERE r.place > 5"), "{sql}");
    assert_eq!(placeholders(sql), param_names(&plan), "{sql}");
}

#[test]
fn distinct_counts_are_figured_for_the_groups_that_are_shown() {
    let plan = planned(Aggregate {
        metrics: ["retail_spend", "receipts", "average_basket"]
            .map(str::to_owned)
            .to_vec(),
        dimensions: vec!["product__product_name".into()],
        filters: vec![filter("user__state", &["OH"])],
        skip: 10,
        ..top("retail_spend")
    });
    let sql = &plan.statement.sql;
    let (first, shown) = sql.split_once(")\nSELECT ").unwrap();
    assert!(
        !first.contains("DISTINCT") && shown.contains("DISTINCT"),
        "{sql}"
    );
    assert!(
        first.ends_with("LIMIT 5\nOFFSET 10") && !shown.contains("LIMIT"),
        "{sql}"
    );
    assert!(
        shown.contains(
            "r.product__product_name IS NOT DISTINCT FROM j_product.product__product_name"
        ),
        "{sql}"
    );
    assert_eq!(placeholders(sql), param_names(&plan), "{sql}");

    // By a figure that is dear itself, or with a threshold on one, there is nothing to save.
    let read_twice = |ask: Aggregate| planned(ask).statement.sql.contains("first_groups");
    assert!(read_twice(top("retail_spend")));
    assert!(!read_twice(top("average_basket")));
    assert!(!read_twice(Aggregate {
        metrics: vec!["retail_spend".into(), "units".into()],
        ..top("retail_spend")
    }));
    assert!(!read_twice(Aggregate {
        having: vec![Threshold {
            metric: "average_basket".into(),
            at_least: Some(Decimal::ONE),
            at_most: None,
        }],
        ..top("retail_spend")
    }));
    assert!(!read_twice(Aggregate {
        limit: None,
        ..top("retail_spend")
    }));
}

#[test]
fn rows_are_added_up_by_what_they_point_to_before_it_is_looked_up() {
    let by_category = |metrics: &[&str]| {
        let plan = planned(Aggregate {
            dimensions: vec!["product__category".into()],
            filters: vec![filter("product__department", &["Dairy"])],
            compare: Some(Comparison::PriorPeriod),
            ..ask(metrics)
        });
        assert_eq!(placeholders(&plan.statement.sql), param_names(&plan));
        plan.statement.sql
    };
    let sql = by_category(&["retail_spend", "purchase_lines"]);
    assert!(
        sql.contains("COUNT(f.m_purchase_lines) AS m_purchase_lines, SUM(f.m_retail_spend)")
            && sql.contains("GROUP BY f.side, f.k_product) AS f LEFT JOIN")
            && sql.contains("SUM(CASE WHEN f.side = 1 THEN f.m_purchase_lines END)"),
        "{sql}"
    );
    let sql = by_category(&["retail_spend", "receipts"]);
    assert!(!sql.contains("f.k_product) AS f LEFT JOIN"), "{sql}");
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
        ..top("average_basket")
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
        match sql.contains("FROM fct_purchase") {
            true => "lines",
            false if sql.contains("FROM agg_purchase_receipt") => "receipts",
            false => "shelves",
        }
    };
    let everyone = RowPolicy::Unrestricted;
    let by = |dimension: &str| Aggregate {
        dimensions: vec![dimension.into()],
        ..ask(&["receipts", "average_basket"])
    };
    assert_eq!(read(by("user__state"), &everyone), "receipts");
    assert_eq!(
        read(
            by("purchase__retailer_id"),
            &only("school__school_id", &["s1"])
        ),
        "receipts"
    );
    assert_eq!(read(by("product__department"), &everyone), "shelves");
    assert_eq!(
        read(by("user__state"), &only("product__department", &["Dairy"])),
        "shelves"
    );
    let filtered = |dimension: &str| Aggregate {
        filters: vec![filter(dimension, &["b"])],
        ..by("user__state")
    };
    assert_eq!(read(filtered("product__brand"), &everyone), "shelves");
    assert_eq!(read(filtered("product__category"), &everyone), "lines");
}

#[test]
fn a_release_without_a_smaller_table_is_answered_from_what_it_has() {
    let by_brand = Ask::Aggregate(Aggregate {
        dimensions: vec!["product__brand".into()],
        ..ask(&["receipts"])
    });
    let read = |relations: &[&str]| {
        let relations = relations.iter().map(|&name| name.to_owned()).collect();
        let plan = super::super::plan_over(
            catalogue(),
            &RowPolicy::Unrestricted,
            &by_brand,
            Some(&relations),
        );
        plan.unwrap().statement.sql
    };
    assert!(read(&["fct_purchase", "agg_purchase_shelf"]).contains("FROM agg_purchase_shelf"));
    let older = read(&["fct_purchase", "agg_purchase_receipt"]);
    assert!(
        older.contains("FROM fct_purchase") && older.contains("FROM dim_product"),
        "{older}"
    );
}
