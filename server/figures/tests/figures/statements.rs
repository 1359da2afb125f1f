//! What a reader sees in a roll-forward's waterfall, in lines of several metrics, and in a curve by age.

use figures::draw;
use jiff::civil::date;
use marts::{ColumnRole, Frame, Panel, PanelDays, PanelKind, Unit, Value};
use rust_decimal::Decimal;

use crate::support::{answered, column, count, months, panel, release, texts};

fn named(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn cents(amount: i64) -> Value {
    Value::Decimal(Decimal::new(amount, 2))
}

fn statement() -> (Panel, Frame) {
    let metrics = ["opening", "earned", "paid", "paid_prior", "closing"];
    let frame = Frame {
        columns: metrics
            .iter()
            .map(|name| column(name, &name.to_uppercase(), Unit::Usd, ColumnRole::Metric))
            .collect(),
        rows: vec![[100_000, 25_050, -40_000, -1_050, 84_000].map(cents).into()],
        truncated: false,
    };
    let panel = Panel {
        metrics: named(&metrics),
        ..panel(PanelKind::RollForward)
    };
    (panel, frame)
}

#[test]
fn a_roll_forward_goes_from_balance_to_balance() {
    let (panel, frame) = statement();
    let by_month = answered(Frame::default());
    let drawings = draw(&panel, &[], &[by_month, answered(frame)], &release());
    let [drawing] = drawings.as_slice() else {
        panic!("one drawing: {}", drawings.len())
    };
    for picture in [&drawing.wide, drawing.narrow.as_ref().unwrap()] {
        assert_eq!(count(&picture.svg, &["fig-sum"], &[]), 2);
        assert_eq!(count(&picture.svg, &["fig-rise"], &[]), 1);
        assert_eq!(count(&picture.svg, &["fig-fall"], &[]), 2);
        // Balances have no sign, changes do.
        assert_eq!(
            texts(&picture.svg, "fig-step-value"),
            ["$1,000.00", "+$250.50", "−$400.00", "−$10.50", "$840.00"]
        );
    }
}

#[test]
fn by_a_dimension_or_without_figures_nothing_is_drawn() {
    let (whole, mut frame) = statement();
    let by_school = Panel {
        dimensions: named(&["school__school_name"]),
        ..whole.clone()
    };
    assert!(draw(&by_school, &[], &[answered(frame.clone())], &release()).is_empty());
    frame.rows[0][1] = Value::Null;
    let answers = [answered(Frame::default()), answered(frame)];
    assert!(draw(&whole, &[], &answers, &release()).is_empty());
    assert!(draw(&whole, &[], &[], &release()).is_empty());
    // A figure of one day has no course.
    let today = Panel {
        days: PanelDays::AsOf,
        ..panel(PanelKind::Headline)
    };
    assert!(draw(&today, &[], &[], &release()).is_empty());
}

#[test]
fn several_metrics_are_a_line_each_under_their_own_names() {
    let days = months(date(2025, 11, 1), 3);
    let frame = Frame {
        columns: vec![
            column("metric_time", "Month", Unit::None, ColumnRole::Time),
            column("mau", "Of 28 days", Unit::Count, ColumnRole::Metric),
            column("dau", "Of the day", Unit::Count, ColumnRole::Metric),
        ],
        rows: days
            .iter()
            .zip([40, 44, 52])
            .map(|(day, users)| vec![Value::Date(*day), Value::Int(users), Value::Int(users / 4)])
            .collect(),
        truncated: false,
    };
    let panel = Panel {
        metrics: named(&["mau", "dau"]),
        ..panel(PanelKind::TimeSeries)
    };
    let drawings = draw(&panel, &[], &[answered(frame)], &release());
    assert_eq!(drawings[0].series, ["Of 28 days", "Of the day"]);
    assert_eq!(drawings[0].wide.ys.len(), 2);
    assert_eq!(drawings[0].wide.xs.len(), 3);
    assert_eq!(texts(&drawings[0].wide.svg, "fig-name").len(), 2);
}

#[test]
fn a_curve_stands_by_its_days_and_has_gaps_where_nothing_is_known() {
    let ages = [0, 1, 7, 30];
    let shares = [Some(100), Some(40), None, Some(20)];
    let frame = Frame {
        columns: vec![
            column(
                "cell__from_day",
                "From day",
                Unit::Count,
                ColumnRole::Dimension,
            ),
            column("retail_spend", "Retention", Unit::Ratio, ColumnRole::Metric),
        ],
        rows: ages
            .iter()
            .zip(shares)
            .map(|(age, share)| vec![Value::Int(*age), share.map_or(Value::Null, cents)])
            .collect(),
        truncated: false,
    };
    let drawings = draw(
        &panel(PanelKind::ByAge),
        &[],
        &[answered(frame)],
        &release(),
    );
    let wide = &drawings[0].wide;
    // Days are as far apart as they are.
    let [zero, one, seven, thirty] = wide.xs[..] else {
        panic!("four ages: {:?}", wide.xs)
    };
    let day = one - zero;
    assert!((seven - zero - 7.0 * day).abs() < 0.2 && (thirty - zero - 30.0 * day).abs() < 0.5);
    assert_eq!(wide.ys[0].iter().filter(|y| y.is_none()).count(), 1);
    assert_eq!(count(&wide.svg, &["fig-point"], &[]), 3);
    assert!(wide.svg.contains("100.0% at 0 days"));
    let ticks = texts(&wide.svg, "fig-tick-label");
    assert!(ticks.contains(&"30 days".to_owned()), "{ticks:?}");
    assert!(
        draw(
            &panel(PanelKind::ByAge),
            &[],
            &[answered(Frame::default())],
            &release()
        )
        .is_empty()
    );
}
