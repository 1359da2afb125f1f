//! Invented funnels, cohorts, estimates and trees for the style guide.

use jiff::civil::date;
use marts::{Column, ColumnRole, Frame, NamedFigure, Panel, PanelKind, Unit, Value};
use rust_decimal::Decimal;

/// What the file of a dashboard would say of such a panel; `None` for other kinds.
pub fn panel(kind: PanelKind) -> Option<Panel> {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let estimates = ["estimate", "low", "high"];
    let (title, metrics, dimensions): (&str, &[&str], &[&str]) = match kind {
        PanelKind::Funnel => (
            "How far invites came",
            &[
                "sent",
                "clicked",
                "click_open",
                "click_step",
                "click_all",
                "joined",
                "join_open",
                "join_step",
                "join_all",
            ],
            &[],
        ),
        PanelKind::Maturing => ("Invites to sign-ups, by week", &["rate", "sent"], &[]),
        PanelKind::Intervals => ("k by month of sign-up", &estimates, &["cohort", "days"]),
        PanelKind::Estimates => (
            "How many users a user brings",
            &estimates,
            &["measure", "method"],
        ),
        PanelKind::Curve => (
            "Time from invite to sign-up",
            &["estimate", "low", "high", "fitted", "at_risk"],
            &["days"],
        ),
        PanelKind::Generations => ("Users by generation", &["users", "k"], &["generation"]),
        PanelKind::Trees => (
            "The largest trees",
            &["users"],
            &["size", "root", "generation", "inviter", "user"],
        ),
        _ => return None,
    };
    let figure = |of: &str, label: &str, says: &str| NamedFigure {
        of: vec![of.to_owned()],
        label: label.to_owned(),
        says: says.to_owned(),
    };
    Some(Panel {
        title: title.to_owned(),
        kind,
        metrics: names(metrics),
        dimensions: names(dimensions),
        limit: (kind == PanelKind::Trees).then_some(3),
        matures_in: (kind == PanelKind::Maturing).then_some(44),
        figures: match kind {
            PanelKind::Estimates => vec![
                figure(
                    "cohort",
                    "k of a cohort, within 60 days",
                    "Users brought within 60 days.",
                ),
                figure(
                    "rolling",
                    "k, rolling",
                    "Biased where growth is not steady, and said so.",
                ),
                figure("young", "k of this month", "Too young to say."),
            ],
            _ => Vec::new(),
        },
        ..Panel::default()
    })
}

/// The answers of such a panel.
pub fn frames(kind: PanelKind) -> Vec<Frame> {
    match kind {
        PanelKind::Funnel => vec![funnel()],
        PanelKind::Maturing => vec![weeks()],
        PanelKind::Intervals => vec![months()],
        PanelKind::Estimates => vec![estimates()],
        PanelKind::Curve => vec![curve()],
        PanelKind::Generations => vec![generations(), k()],
        PanelKind::Trees => vec![trees()],
        _ => Vec::new(),
    }
}

fn columns(columns: &[(&str, &str, Unit, ColumnRole)]) -> Vec<Column> {
    let column = |(name, label, unit, role): &(&str, &str, Unit, ColumnRole)| Column {
        name: (*name).to_owned(),
        label: (*label).to_owned(),
        unit: *unit,
        role: *role,
    };
    columns.iter().map(column).collect()
}

fn frame(heads: &[(&str, &str, Unit, ColumnRole)], rows: Vec<Vec<Value>>) -> Frame {
    Frame {
        columns: columns(heads),
        rows,
        truncated: false,
    }
}

fn thousandths(number: i64) -> Value {
    Value::Decimal(Decimal::new(number, 3))
}

fn text(text: &str) -> Value {
    match text {
        "" => Value::Null,
        text => Value::Text(text.to_owned()),
    }
}

use ColumnRole::{Dimension, Metric, Part, Time};

fn funnel() -> Frame {
    let heads = [
        ("sent", "Invites", Unit::Count, Metric),
        ("clicked", "Invites clicked", Unit::Count, Metric),
        ("click_open", "Still in window, click", Unit::Count, Metric),
        ("click_step", "Clicked, share", Unit::Ratio, Metric),
        ("click_all", "Clicked, share", Unit::Ratio, Metric),
        (
            "joined",
            "Invites that led to a sign-up",
            Unit::Count,
            Metric,
        ),
        ("join_open", "Still in window, sign-up", Unit::Count, Metric),
        ("join_step", "Clicks to sign-ups", Unit::Ratio, Metric),
        ("join_all", "Invites to sign-ups", Unit::Ratio, Metric),
    ];
    let row = vec![
        Value::Int(2_758),
        Value::Int(1_069),
        Value::Int(222),
        thousandths(388),
        thousandths(388),
        Value::Int(508),
        Value::Int(344),
        thousandths(477),
        Value::Null,
    ];
    frame(&heads, vec![row])
}

fn weeks() -> Frame {
    let heads = [
        ("metric_time", "Week", Unit::None, Time),
        ("rate", "Invites to sign-ups", Unit::Ratio, Metric),
        ("rate__denominator", "", Unit::Count, Part),
        ("sent", "Invites", Unit::Count, Metric),
    ];
    let rates = [182, 201, 0, 224, 170, 195, 210, 0, 0, 0];
    let rows = rates.iter().zip(0_i64..).map(|(rate, week)| {
        let first = date(2026, 1, 5).saturating_add(jiff::Span::new().weeks(week));
        let mature = if week < 7 { 40 } else { 3 };
        vec![
            Value::Date(first),
            thousandths(*rate),
            Value::Int(mature),
            Value::Int(40),
        ]
    });
    frame(&heads, rows.collect())
}

fn months() -> Frame {
    let heads = [
        ("cohort", "Cohort", Unit::None, Dimension),
        ("days", "Days", Unit::Count, Dimension),
        ("estimate", "k", Unit::Number, Metric),
        ("low", "k, low", Unit::Number, Metric),
        ("high", "k, high", Unit::Number, Metric),
    ];
    let estimates = [
        Some(341),
        Some(392),
        Some(277),
        Some(585),
        Some(352),
        None,
        None,
    ];
    let row = |on: Value, estimate: Option<i64>| {
        let of = |by: i64| estimate.map_or(Value::Null, |n| thousandths(n + by));
        vec![on, Value::Int(60), of(0), of(-95), of(120)]
    };
    let months = estimates.iter().zip(9_i8..).map(|(estimate, month)| {
        let on = date(2025 + i16::from((month - 1) / 12), (month - 1) % 12 + 1, 1);
        row(Value::Date(on), *estimate)
    });
    let whole = std::iter::once(row(Value::Null, Some(351)));
    frame(&heads, months.chain(whole).collect())
}

fn estimates() -> Frame {
    let heads = [
        ("measure", "Measure", Unit::None, Dimension),
        ("method", "Method", Unit::None, Dimension),
        ("estimate", "k", Unit::Number, Metric),
        ("low", "k, low", Unit::Number, Metric),
        ("high", "k, high", Unit::Number, Metric),
    ];
    let row = |measure: &str, ends: [Value; 3]| {
        let [value, low, high] = ends;
        vec![text(measure), text("mean by user"), value, low, high]
    };
    let rows = vec![
        row(
            "cohort",
            [thousandths(351), thousandths(325), thousandths(378)],
        ),
        row(
            "rolling",
            [thousandths(282), thousandths(185), thousandths(428)],
        ),
        row("young", [Value::Null, Value::Null, Value::Null]),
    ];
    frame(&heads, rows)
}

fn curve() -> Frame {
    let heads = [
        ("days", "Days since invite", Unit::Count, Dimension),
        ("estimate", "Signed up by then", Unit::Ratio, Metric),
        ("low", "Low", Unit::Ratio, Metric),
        ("high", "High", Unit::Ratio, Metric),
        ("fitted", "Fitted", Unit::Ratio, Metric),
        ("at_risk", "Still waiting", Unit::Count, Metric),
    ];
    let rows = (0_i64..=60).map(|day| {
        // Half of what is left comes every six days or so.
        let estimate = 220 - 220 * 6 / (day + 6);
        let width = 4 + day / 4;
        vec![
            Value::Int(day),
            thousandths(estimate),
            thousandths((estimate - width).max(0)),
            thousandths(estimate + if day == 0 { 0 } else { width }),
            thousandths(222 - 222 * 6 / (day + 6)),
            Value::Int(2_758 - 30 * day),
        ]
    });
    frame(&heads, rows.collect())
}

fn generations() -> Frame {
    let heads = [
        ("generation", "Generation", Unit::Count, Dimension),
        ("users", "New users", Unit::Count, Metric),
    ];
    let rows = [1_168, 399, 137, 53, 15, 5].iter().zip(0..);
    let rows = rows.map(|(users, generation)| vec![Value::Int(generation), Value::Int(*users)]);
    frame(&heads, rows.collect())
}

fn k() -> Frame {
    frame(
        &[("k", "k", Unit::Number, Metric)],
        vec![vec![thousandths(347)]],
    )
}

fn trees() -> Frame {
    let heads = [
        ("size", "Users in the tree", Unit::Count, Dimension),
        ("root", "Root of the tree", Unit::None, Dimension),
        ("generation", "Generation", Unit::Count, Dimension),
        ("inviter", "Invited by", Unit::None, Dimension),
        ("user", "User", Unit::None, Dimension),
        ("users", "New users", Unit::Count, Metric),
    ];
    let members: &[(i64, &str, i64, &str, &str)] = &[
        (9, "u0000007", 0, "", "u0000007"),
        (9, "u0000007", 1, "u0000007", "u0000101"),
        (9, "u0000007", 1, "u0000007", "u0000102"),
        (9, "u0000007", 1, "u0000007", "u0000103"),
        (9, "u0000007", 2, "u0000101", "u0000201"),
        (9, "u0000007", 2, "u0000101", "u0000202"),
        (9, "u0000007", 2, "u0000103", "u0000203"),
        (9, "u0000007", 3, "u0000203", "u0000301"),
        (4, "u0000042", 0, "", "u0000042"),
        (4, "u0000042", 1, "u0000042", "u0000111"),
        (4, "u0000042", 2, "u0000111", "u0000211"),
        (4, "u0000042", 3, "u0000211", "u0000311"),
        (1, "u0000099", 0, "", "u0000099"),
    ];
    let rows = members
        .iter()
        .map(|(size, root, generation, inviter, user)| {
            vec![
                Value::Int(*size),
                text(root),
                Value::Int(*generation),
                text(inviter),
                text(user),
                Value::Int(1),
            ]
        });
    frame(&heads, rows.collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn every_kind_has_a_cell_for_every_column_and_a_column_for_every_name() {
        for kind in [
            PanelKind::Funnel,
            PanelKind::Maturing,
            PanelKind::Intervals,
            PanelKind::Estimates,
            PanelKind::Curve,
            PanelKind::Generations,
            PanelKind::Trees,
        ] {
            let panel = panel(kind).unwrap();
            let frames = frames(kind);
            for frame in &frames {
                let width = frame.columns.len();
                assert!(frame.rows.iter().all(|row| row.len() == width), "{kind:?}");
            }
            for name in panel.metrics.iter().chain(&panel.dimensions) {
                let has = |frame: &Frame| frame.column(name).is_some();
                assert!(frames.iter().any(has), "{kind:?} has no {name}");
            }
        }
    }
}
