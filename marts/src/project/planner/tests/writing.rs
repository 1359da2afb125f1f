//! What the SQL says.

use proptest::prelude::*;

use super::*;
use crate::{ColumnRole, Comparison, Grain, Order, Param, Unit};

#[test]
fn a_total_reads_the_fact_alone() {
    let plan = planned(ask(&["retail_spend"]));
    assert!(
        !plan.statement.sql.contains("JOIN"),
        "{}",
        plan.statement.sql
    );
    assert_eq!(
        plan.statement.params,
        [
            ("range_from".to_owned(), Param::Text("2026-03-01".into())),
            ("range_to".to_owned(), Param::Text("2026-03-31".into()))
        ]
    );
}

#[test]
fn columns_are_named_as_metricflow_names_them_and_know_their_role_and_unit() {
    let plan = planned(Aggregate {
        dimensions: vec!["product__department".into()],
        grain: Some(Grain::Week),
        compare: Some(Comparison::PriorYear),
        ..ask(&["retail_spend", "average_basket"])
    });
    let columns: Vec<_> = plan
        .columns
        .iter()
        .map(|c| (c.name.as_str(), c.role, c.unit))
        .collect();
    assert_eq!(
        columns,
        [
            ("metric_time", ColumnRole::Time, Unit::None),
            ("product__department", ColumnRole::Dimension, Unit::None),
            ("retail_spend", ColumnRole::Metric, Unit::Usd),
            ("retail_spend__prior", ColumnRole::Prior, Unit::Usd),
            ("average_basket", ColumnRole::Metric, Unit::Usd),
            ("average_basket__numerator", ColumnRole::Part, Unit::Usd),
            ("average_basket__denominator", ColumnRole::Part, Unit::Count),
            ("average_basket__prior", ColumnRole::Prior, Unit::Usd),
            (
                "average_basket__prior_numerator",
                ColumnRole::Part,
                Unit::Usd
            ),
            (
                "average_basket__prior_denominator",
                ColumnRole::Part,
                Unit::Count
            ),
        ]
    );
    assert_eq!(plan.columns[3].label, "Retail spend, prior year");
    let mut at = 0;
    for column in &plan.columns {
        let alias = format!(" AS {}", column.name);
        at += plan.statement.sql[at..]
            .find(&alias)
            .expect("columns stand in the statement's order");
    }
}

#[test]
fn only_the_dimensions_asked_for_are_joined_and_the_facts_own_keys_need_no_join() {
    let sql = planned(Aggregate {
        dimensions: vec!["product__category".into()],
        filters: vec![filter("school__school_id", &["s1"])],
        ..ask(&["retail_spend"])
    })
    .statement
    .sql;
    assert_eq!(sql.matches("LEFT JOIN").count(), 1, "{sql}");
    assert!(
        sql.contains("dim_product") && !sql.contains("dim_school"),
        "{sql}"
    );
}

#[test]
fn the_comparison_is_read_in_the_same_scan_unless_the_ranges_overlap() {
    let compared = |days: i32, grain| {
        let to = march()
            .from
            .checked_add(jiff::ToSpan::days(days - 1))
            .unwrap();
        planned(Aggregate {
            range: DateRange {
                from: march().from,
                to,
            },
            grain,
            compare: Some(Comparison::PriorYear),
            ..ask(&["retail_spend", "receipts"])
        })
    };
    for grain in [None, Some(Grain::Week), Some(Grain::Month)] {
        let apart = compared(300, grain);
        assert_eq!(
            apart.statement.sql.matches("agg_purchase_receipt").count(),
            1
        );
        let overlapping = compared(500, grain);
        assert_eq!(
            overlapping
                .statement
                .sql
                .matches("agg_purchase_receipt")
                .count(),
            2
        );
        for plan in [apart, overlapping] {
            assert_eq!(
                placeholders(&plan.statement.sql),
                param_names(&plan),
                "{}",
                plan.statement.sql
            );
        }
    }
}

#[test]
fn totals_compare_by_the_grain_of_the_series_beside_them() {
    let prior_from = |grain, compare_grain| {
        let plan = planned(Aggregate {
            grain,
            compare: Some(Comparison::PriorYear),
            compare_grain,
            ..ask(&["retail_spend"])
        });
        plan.statement
            .params
            .into_iter()
            .find(|(name, _)| name == "prior_from")
            .unwrap()
            .1
    };
    assert_eq!(prior_from(None, None), Param::Text("2025-03-02".into()));
    assert_eq!(
        prior_from(None, Some(Grain::Month)),
        Param::Text("2025-03-01".into())
    );
    assert_eq!(
        prior_from(Some(Grain::Month), None),
        Param::Text("2025-03-01".into())
    );
}

#[test]
fn rows_have_one_order() {
    let sql = planned(Aggregate {
        dimensions: vec!["product__product_name".into(), "product__brand".into()],
        order: Some(Order {
            by: "retail_spend".into(),
            descending: true,
        }),
        limit: Some(20),
        ..ask(&["retail_spend"])
    })
    .statement
    .sql;
    assert!(
        sql.ends_with(
            "ORDER BY t.a0 DESC NULLS LAST, t.product__product_name ASC NULLS LAST, \
             t.product__brand ASC NULLS LAST\nLIMIT 20"
        ),
        "{sql}"
    );
}

#[test]
fn metrics_of_two_facts_are_laid_over_each_other() {
    let plan = planned(Aggregate {
        dimensions: vec!["user__state".into()],
        grain: Some(Grain::Month),
        ..ask(&["retail_spend", "test_visits", "test_longest"])
    });
    let sql = &plan.statement.sql;
    assert!(
        sql.contains("agg_purchase_receipt")
            && sql.contains("fct_visit")
            && sql.contains("UNION ALL"),
        "{sql}"
    );
    assert!(sql.contains("GROUP BY metric_time, user__state"), "{sql}");
}

fn hostile() -> impl Strategy<Value = String> {
    proptest::string::string_regex("zq[a-z'\";:!%_$)(\\\\ -]{4,30}qz").unwrap()
}

proptest! {
    #[test]
    fn values_are_bound_and_never_stand_in_the_sql(
        chosen in proptest::collection::vec(hostile(), 1..5),
        allowed in proptest::collection::vec(hostile(), 1..5),
        exclude in any::<bool>(),
        search in hostile(),
        overlap in any::<bool>(),
    ) {
        let catalogue = catalogue();
        let policy = RowPolicy::Only(vec![Restriction { dimension: "user__state".into(), allowed: allowed.clone() }]);
        let from = if overlap { date(2023, 1, 1) } else { march().from };
        let aggregate = Aggregate {
            dimensions: vec!["product__department".into()],
            grain: Some(Grain::Week),
            range: DateRange { from, to: march().to },
            compare: Some(Comparison::PriorYear),
            filters: vec![DimensionFilter { dimension: "product__brand".into(), values: chosen.clone(), exclude }],
            ..ask(&["retail_spend", "average_basket"])
        };
        let values = crate::Values { dimension: "user__channel".into(), search: Some(search.clone()), limit: 5 };
        for ask in [Ask::Aggregate(aggregate), Ask::Values(values)] {
            let plan = plan(catalogue, &policy, &ask).unwrap();
            for value in chosen.iter().chain(&allowed).chain([&search]) {
                prop_assert!(!plan.statement.sql.contains(value.as_str()));
            }
            prop_assert!(!plan.statement.sql.contains("zq"));
            let names = param_names(&plan);
            prop_assert_eq!(names.len(), plan.statement.params.len());
            prop_assert_eq!(placeholders(&plan.statement.sql), names);
        }
    }
}
