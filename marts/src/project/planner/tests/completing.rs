//! What happens to the rows after the engine.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::*;
use crate::filters::prior_range;
use crate::{Comparison, Frame, Grain, Order, ReleaseId, ReleaseInfo, Value};

fn release(first: Date, last: Date) -> ReleaseInfo {
    ReleaseInfo {
        id: ReleaseId("r1".into()),
        business_date: last,
        observed: Some((first, last)),
        zone: "America/New_York".into(),
    }
}

fn always() -> ReleaseInfo {
    release(date(2020, 1, 1), date(2026, 12, 31))
}

fn money(text: &str) -> Value {
    Value::Decimal(text.parse().unwrap())
}

fn completed(plan: &Plan, rows: Vec<Vec<Value>>, release: &ReleaseInfo) -> Vec<Vec<Value>> {
    let frame = Frame {
        columns: plan.columns.clone(),
        rows,
        truncated: false,
    };
    plan.completion.complete(frame, release).rows
}

#[test]
fn a_ratio_is_the_exact_quotient_of_its_parts() {
    let plan = planned(ask(&["average_basket"]));
    // The engine's DOUBLE is thrown away, however near it is.
    let row =
        |parts: [Value; 2]| vec![vec![Value::Float(33.3), parts[0].clone(), parts[1].clone()]];
    let rows = completed(&plan, row([money("100.0000"), Value::Int(3)]), &always());
    assert_eq!(
        rows[0][0],
        Value::Decimal(Decimal::from(100) / Decimal::from(3))
    );
    assert_eq!(rows[0][1], money("100"));
    let rows = completed(&plan, row([money("0.0000"), Value::Int(0)]), &always());
    assert_eq!(rows[0], [Value::Null, money("0"), Value::Int(0)]);
}

#[test]
fn periods_without_rows_are_there() {
    let plan = planned(Aggregate {
        grain: Some(Grain::Week),
        compare: Some(Comparison::PriorPeriod),
        ..ask(&["retail_spend", "test_longest"])
    });
    let some = vec![
        Value::Date(date(2026, 3, 9)),
        money("5"),
        money("4"),
        money("3"),
        Value::Null,
    ];
    let rows = completed(&plan, vec![some.clone()], &always());
    // March 1 is a Sunday: it belongs to the week of February 23.
    let weeks: Vec<Value> = [(2, 23), (3, 2), (3, 9), (3, 16), (3, 23), (3, 30)]
        .map(|(month, day)| Value::Date(date(2026, month, day)))
        .to_vec();
    assert_eq!(
        rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>(),
        weeks
    );
    assert_eq!(rows[2], some);
    assert_eq!(
        rows[3][1..],
        [money("0"), money("0"), Value::Null, Value::Null]
    );
}

#[test]
fn a_series_that_runs_backwards_or_is_cut_stays_so() {
    let daily = |order, limit| {
        planned(Aggregate {
            grain: Some(Grain::Day),
            order,
            limit,
            ..ask(&["receipts"])
        })
    };
    let backwards = daily(
        Some(Order {
            by: "metric_time".into(),
            descending: true,
        }),
        None,
    );
    let rows = completed(&backwards, Vec::new(), &always());
    assert_eq!((rows.len(), &rows[0][0]), (31, &Value::Date(march().to)));
    assert!(completed(&daily(None, Some(5)), Vec::new(), &always()).is_empty());
    let largest = daily(
        Some(Order {
            by: "receipts".into(),
            descending: true,
        }),
        None,
    );
    assert!(completed(&largest, Vec::new(), &always()).is_empty());
}

#[test]
fn days_that_nobody_observed_have_no_figure() {
    let monthly = planned(Aggregate {
        grain: Some(Grain::Month),
        range: DateRange {
            from: date(2026, 1, 1),
            to: date(2026, 4, 30),
        },
        compare: Some(Comparison::PriorYear),
        ..ask(&["receipts"])
    });
    let rows = completed(
        &monthly,
        Vec::new(),
        &release(date(2025, 3, 31), date(2026, 2, 1)),
    );
    let figures: Vec<[Value; 2]> = rows
        .iter()
        .map(|row| [row[1].clone(), row[2].clone()])
        .collect();
    assert_eq!(
        figures,
        [
            [Value::Int(0), Value::Null],
            [Value::Int(0), Value::Null],
            // Of March 2025 one day was observed, which is nothing to compare a month with.
            [Value::Null, Value::Null],
            [Value::Null, Value::Int(0)],
        ]
    );
}

/// A total beside a range that began before the first day would show growth that nobody had.
#[test]
fn a_range_observed_in_part_is_nothing_to_compare_with() {
    let total = planned(Aggregate {
        compare: Some(Comparison::PriorPeriod),
        ..ask(&["retail_spend"])
    });
    let prior = prior_range(march(), Comparison::PriorPeriod, Grain::Day);
    let rows = || vec![vec![money("5"), money("3")]];
    let seen = |first| completed(&total, rows(), &release(first, march().to))[0].clone();
    assert_eq!(seen(prior.from), [money("5.00"), money("3.00")]);
    assert_eq!(
        seen(prior.from.tomorrow().unwrap()),
        [money("5.00"), Value::Null]
    );
}

#[test]
fn a_total_is_zero_where_something_was_observed_and_nothing_elsewhere() {
    let total = planned(Aggregate {
        compare: Some(Comparison::PriorPeriod),
        ..ask(&["retail_spend"])
    });
    let rows = || vec![vec![money("0"), money("0")]];
    assert_eq!(
        completed(&total, rows(), &always())[0],
        [money("0"), money("0")]
    );
    let first_in_march = release(date(2026, 3, 31), date(2026, 4, 2));
    assert_eq!(
        completed(&total, rows(), &first_in_march)[0],
        [money("0"), Value::Null]
    );
    let empty = ReleaseInfo {
        observed: None,
        ..always()
    };
    assert_eq!(
        completed(&total, rows(), &empty)[0],
        [Value::Null, Value::Null]
    );
}

#[test]
fn money_is_in_cents_and_keeps_what_is_finer() {
    let total = planned(ask(&["retail_spend"]));
    let written = |text: &str| match completed(&total, vec![vec![money(text)]], &always())[0][0] {
        Value::Decimal(amount) => amount.to_string(),
        _ => String::new(),
    };
    assert_eq!(written("4596039.5800"), "4596039.58");
    assert_eq!(written("7.0000"), "7.00");
    assert_eq!(written("0.1250"), "0.125");
}
