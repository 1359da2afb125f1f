//! Cohorts, curves, generations and trees as they are drawn.

use crate::support::{answered, column, count, release, texts};
use figures::draw;
use jiff::civil::date;
use marts::{Answered, Column, ColumnRole, Drawing, Frame, Panel, PanelKind, Unit, Value};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn panel(kind: PanelKind, metrics: &[&str], dimensions: &[&str]) -> Panel {
    Panel {
        key: "p".to_owned(),
        kind,
        metrics: strings(metrics),
        dimensions: strings(dimensions),
        matures_in: (kind == PanelKind::Maturing).then_some(44),
        ..Panel::default()
    }
}

fn drawn(panel: &Panel, answers: &[Answered]) -> Vec<Drawing> {
    draw(panel, &[], answers, &release())
}

fn thousandths(n: i64) -> Value {
    Value::Decimal(Decimal::new(n, 3))
}

fn heads(names: &[(&str, ColumnRole)], unit: Unit) -> Vec<Column> {
    let head = |(name, role): &(&str, ColumnRole)| column(name, name, unit, *role);
    names.iter().map(head).collect()
}

fn frame(columns: Vec<Column>, rows: Vec<Vec<Value>>) -> Answered {
    answered(Frame {
        columns,
        rows,
        truncated: false,
    })
}

#[test]
fn a_cohort_that_is_too_young_is_hatched_and_has_no_bar() {
    let row = |day, mature, rate| {
        vec![
            Value::Date(day),
            thousandths(rate),
            Value::Int(mature),
            Value::Int(40),
        ]
    };
    let answer = frame(
        heads(
            &[
                ("metric_time", ColumnRole::Time),
                ("rate", ColumnRole::Metric),
                ("rate__denominator", ColumnRole::Part),
                ("sent", ColumnRole::Metric),
            ],
            Unit::Ratio,
        ),
        vec![
            row(date(2026, 1, 5), 40, 180),
            row(date(2026, 1, 12), 40, 0),
            row(date(2026, 3, 16), 4, 250),
        ],
    );
    let panel = panel(PanelKind::Maturing, &["rate", "sent"], &[]);
    let drawing = drawn(&panel, &[answer]).remove(0);
    for picture in [&drawing.wide, drawing.narrow.as_ref().unwrap()] {
        // One bar, one that is 0 and has no height, and one that nobody knows.
        assert_eq!(count(&picture.svg, &["fig-bar"], &[]), 1);
        assert!(count(&picture.svg, &["fig-hatch"], &[]) > 3);
        assert_eq!(picture.xs.len(), 3);
        assert!(picture.ys[0][1].is_some() && picture.ys[0][2].is_none());
    }
    assert!(drawing.wide.svg.contains("One is too young to say."));
}

#[test]
fn an_estimate_has_its_interval_and_all_together_a_line() {
    let row = |on: Value, n: Option<i64>| {
        let of = |by| n.map_or(Value::Null, |n| thousandths(n + by));
        vec![on, Value::Int(60), of(0), of(-90), of(110)]
    };
    let answer = frame(
        heads(
            &[
                ("cohort", ColumnRole::Dimension),
                ("days", ColumnRole::Dimension),
                ("k", ColumnRole::Metric),
                ("low", ColumnRole::Metric),
                ("high", ColumnRole::Metric),
            ],
            Unit::Number,
        ),
        vec![
            row(Value::Date(date(2025, 11, 1)), Some(340)),
            row(Value::Date(date(2025, 12, 1)), Some(380)),
            row(Value::Date(date(2026, 2, 1)), None),
            row(Value::Null, Some(351)),
        ],
    );
    let panel = panel(
        PanelKind::Intervals,
        &["k", "low", "high"],
        &["cohort", "days"],
    );
    let drawing = drawn(&panel, &[answer]).remove(0);
    let svg = &drawing.wide.svg;
    assert_eq!(count(svg, &["fig-whisker"], &[]), 2);
    assert_eq!(count(svg, &["fig-point"], &[]), 2);
    assert_eq!(count(svg, &["fig-whole"], &[]), 1);
    assert_eq!(texts(svg, "fig-whole-label"), ["All 0.35"]);
    // The year stands once for each.
    assert!(texts(svg, "fig-tick-label").contains(&"2026".to_owned()));
}

#[test]
fn a_curve_has_a_band_steps_and_what_a_model_gives() {
    let names = [
        ("days", ColumnRole::Dimension),
        ("estimate", ColumnRole::Metric),
        ("low", ColumnRole::Metric),
        ("high", ColumnRole::Metric),
        ("fitted", ColumnRole::Metric),
        ("at_risk", ColumnRole::Metric),
    ];
    let row = |day: i64| {
        vec![
            Value::Int(day),
            thousandths(day * 10),
            thousandths(day * 8),
            thousandths(day * 12),
            thousandths(day * 11),
            Value::Int(100 - day),
        ]
    };
    let answer = frame(heads(&names, Unit::Ratio), (0..=20).map(row).collect());
    let metrics = ["estimate", "low", "high", "fitted", "at_risk"];
    let panel = panel(PanelKind::Curve, &metrics, &["days"]);
    let drawing = drawn(&panel, &[answer]).remove(0);
    for class in ["fig-band", "fig-fitted", "fig-axis-name"] {
        assert_eq!(count(&drawing.wide.svg, &[class], &[]), 1, "{class}");
    }
    assert_eq!(count(&drawing.wide.svg, &["fig-line"], &["fig-fitted"]), 1);
    assert_eq!(drawing.wide.xs.len(), 21);
    assert!(drawing.wide.xs.windows(2).all(|x| x[0] < x[1]));
}

#[test]
fn theory_stands_across_the_bars_only_for_a_k_below_one() {
    let by = |k: i64| {
        let generations = frame(
            vec![
                column(
                    "generation",
                    "Generation",
                    Unit::Count,
                    ColumnRole::Dimension,
                ),
                column("users", "Users", Unit::Count, ColumnRole::Metric),
            ],
            [60, 30, 10]
                .iter()
                .zip(0..)
                .map(|(users, at)| vec![Value::Int(at), Value::Int(*users)])
                .collect(),
        );
        let k = frame(
            vec![column("k", "k", Unit::Number, ColumnRole::Metric)],
            vec![vec![thousandths(k)]],
        );
        let panel = panel(PanelKind::Generations, &["users", "k"], &["generation"]);
        drawn(&panel, &[generations, k]).remove(0)
    };
    let below = by(400);
    assert_eq!(count(&below.wide.svg, &["fig-bar"], &[]), 3);
    assert_eq!(count(&below.wide.svg, &["fig-expected"], &[]), 3);
    assert_eq!(below.series, ["Users", "Theory"]);
    assert_eq!(below.wide.ys.len(), 2);
    assert_eq!(count(&by(1_000).wide.svg, &["fig-expected"], &[]), 0);
}

#[test]
fn a_tree_has_a_dot_for_each_user_and_a_line_for_each_invite() {
    let names = ["size", "root", "generation", "inviter", "user"];
    let text = |name: &str| match name {
        "" => Value::Null,
        name => Value::Text(name.to_owned()),
    };
    let members = [
        (4, "a", 0, "", "a"),
        (4, "a", 1, "a", "b"),
        (4, "a", 1, "a", "c"),
        (4, "a", 2, "c", "d"),
        (1, "z", 0, "", "z"),
    ];
    let answer = frame(
        heads(&names.map(|name| (name, ColumnRole::Dimension)), Unit::None),
        members
            .map(|(size, root, generation, inviter, user)| {
                vec![
                    Value::Int(size),
                    text(root),
                    Value::Int(generation),
                    text(inviter),
                    text(user),
                ]
            })
            .into(),
    );
    let trees = drawn(&panel(PanelKind::Trees, &["users"], &names), &[answer]);
    let keys: Vec<&str> = trees.iter().map(|tree| tree.key.as_str()).collect();
    assert_eq!(keys, ["a", "z"]);
    assert_eq!(count(&trees[0].wide.svg, &["fig-point"], &[]), 4);
    assert_eq!(count(&trees[0].wide.svg, &["fig-branch"], &[]), 3);
    assert_eq!(count(&trees[0].wide.svg, &["fig-root"], &[]), 1);
    assert_eq!(count(&trees[1].wide.svg, &["fig-branch"], &[]), 0);
}

proptest! {
    #[test]
    fn whatever_is_answered_a_drawing_is_well_formed(
        cells in prop::collection::vec(prop::collection::vec(any_cell(), 6), 0..30),
    ) {
        let names = ["a", "b", "c", "d", "e"];
        let mut columns = heads(&names.map(|name| (name, ColumnRole::Metric)), Unit::Number);
        columns.push(column("metric_time", "Week", Unit::None, ColumnRole::Time));
        let shapes: [(PanelKind, &[&str], &[&str]); 5] = [
            (PanelKind::Maturing, &["a", "b"], &[]),
            (PanelKind::Intervals, &["a", "b", "c"], &["metric_time", "d"]),
            (PanelKind::Curve, &["a", "b", "c", "d", "a"], &["e"]),
            (PanelKind::Generations, &["a", "b"], &["c"]),
            (PanelKind::Trees, &["a"], &["a", "b", "c", "d", "e"]),
        ];
        for (kind, metrics, dimensions) in shapes {
            let mut columns = columns.clone();
            for column in &mut columns {
                if dimensions.contains(&column.name.as_str()) {
                    column.role = ColumnRole::Dimension;
                }
            }
            let answer = frame(columns, cells.clone());
            for drawing in drawn(&panel(kind, metrics, dimensions), &[answer.clone(), answer]) {
                for picture in std::iter::once(&drawing.wide).chain(&drawing.narrow) {
                    let document = roxmltree::Document::parse(&picture.svg);
                    prop_assert!(document.is_ok(), "{kind:?}: {:?}", document.err());
                    prop_assert!(!picture.svg.contains("NaN"), "{kind:?}: {}", picture.svg);
                    prop_assert!(!picture.svg.contains("inf\""), "{kind:?}: {}", picture.svg);
                }
            }
        }
    }
}

fn any_cell() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => (0i64..20).prop_map(Value::Int),
        1 => any::<i64>().prop_map(Value::Int),
        2 => (-2_000i64..2_000).prop_map(thousandths),
        1 => any::<f64>().prop_map(Value::Float),
        2 => Just(Value::Null),
        2 => "[a-c]|<&\"'".prop_map(Value::Text),
        3 => (0i32..900).prop_map(|days| {
            Value::Date(date(2024, 1, 1).saturating_add(jiff::Span::new().days(days)))
        }),
    ]
}
