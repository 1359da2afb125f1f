#![allow(clippy::unwrap_used, clippy::expect_used)]

use jiff::civil::date;

use super::*;
use crate::{Column, LEVEL, PanelKind, ReleaseId, Unit};

const RANGE: DateRange = DateRange {
    from: date(2026, 1, 1),
    to: date(2026, 3, 31),
};

fn panel(dimensions: &[&str]) -> Panel {
    Panel {
        key: "p".into(),
        title: "P".into(),
        description: String::new(),
        kind: PanelKind::Pivot,
        metrics: vec!["shoppers".into()],
        dimensions: dimensions.iter().map(|&name| name.to_owned()).collect(),
        ..Panel::default()
    }
}

fn asks(panel: &Panel) -> Vec<Ask> {
    let base = Aggregate::over(&["shoppers"], RANGE);
    let asks = sides(panel, &base, Grain::Month);
    asks.into_iter().map(Ask::Aggregate).collect()
}

fn column(name: &str, role: ColumnRole) -> Column {
    Column {
        name: name.to_owned(),
        label: name.to_uppercase(),
        unit: Unit::Count,
        role,
    }
}

/// Rows as `OH|Dairy 5`; `other` and `total` in the first place stand for levels, `?` for no value.
fn answered(dimensions: &[&str], rows: &[&str]) -> Answered {
    let mut columns: Vec<Column> = dimensions
        .iter()
        .map(|name| match *name {
            PERIODS => column(name, ColumnRole::Time),
            name => column(name, ColumnRole::Dimension),
        })
        .collect();
    columns.push(column("shoppers", ColumnRole::Metric));
    columns.push(column(LEVEL, ColumnRole::Level));
    let rows = rows.iter().map(|row| {
        let (names, figure) = row.rsplit_once(' ').unwrap();
        let level = match names {
            "other" | "total" => names,
            _ => "group",
        };
        let mut cells: Vec<Value> = dimensions
            .iter()
            .zip(names.split('|'))
            .map(|(dimension, name)| match (*dimension, name) {
                (_, "?" | "other" | "total") => Value::Null,
                (PERIODS, name) => Value::Date(name.parse().unwrap()),
                (_, name) => Value::Text(name.to_owned()),
            })
            .collect();
        cells.push(Value::Int(figure.parse().unwrap()));
        cells.push(Value::Text(level.to_owned()));
        cells
    });
    Answered {
        frame: Frame {
            rows: rows.collect(),
            columns,
            truncated: false,
        },
        release: ReleaseId("r1".into()),
    }
}

fn shown(frame: &Frame) -> Vec<String> {
    let row = |cells: &Vec<Value>| {
        let cells: Vec<String> = cells.iter().map(key).collect();
        cells.join(" ")
    };
    frame.rows.iter().map(row).collect()
}

fn heads(frame: &Frame) -> Vec<&str> {
    frame.columns.iter().map(|c| c.label.as_str()).collect()
}

#[test]
fn what_the_first_answers_tell_is_not_asked_again() {
    let panel = panel(&["state", "department"]);
    let asks = asks(&panel);
    let sides = [
        answered(&["state"], &["OH 5", "PA 3", "total 7"]),
        answered(&["department"], &["Dairy 6", "total 7"]),
    ];
    // No others: the cells alone, and no filter.
    let cells = behind(&panel, &asks, &sides);
    let [Ask::Aggregate(cells)] = cells.as_slice() else {
        panic!("one question, not {cells:?}");
    };
    assert_eq!(cells.dimensions, ["state", "department"]);
    assert!(cells.filters.is_empty() && cells.limit.is_none() && !cells.other && !cells.total);
}

#[test]
fn others_are_asked_for_from_their_rows_on_both_sides() {
    let panel = panel(&["state", "department"]);
    let asks = asks(&panel);
    let sides = [
        answered(&["state"], &["OH 5", "? 3", "other 2", "total 7"]),
        answered(&["department"], &["Dairy 6", "other 4", "total 7"]),
    ];
    let behind = behind(&panel, &asks, &sides);
    let said: Vec<String> = behind
        .iter()
        .map(|ask| {
            let Ask::Aggregate(ask) = ask else {
                return String::new();
            };
            let filters = ask.filters.iter().map(|filter| {
                let not = if filter.exclude { "not " } else { "" };
                format!("{} {not}{}", filter.dimension, filter.values.join("+"))
            });
            let filters: Vec<String> = filters.collect();
            format!("{}: {}", ask.dimensions.join(" "), filters.join(", "))
        })
        .collect();
    assert_eq!(
        said,
        [
            "state department: state OH+(unknown), department Dairy",
            "state: state OH+(unknown), department not Dairy",
            "department: state not OH+(unknown), department Dairy",
            ": state not OH+(unknown), department not Dairy",
        ]
    );
}

#[test]
fn totals_are_as_answered_and_not_added_up() {
    let panel = panel(&["state", "department"]);
    let sides = [
        answered(&["state"], &["OH 5", "? 3", "other 2", "total 7"]),
        answered(&["department"], &["Dairy 6", "other 4", "total 7"]),
    ];
    let behind = [
        answered(&["state", "department"], &["OH|Dairy 4"]),
        answered(&["state"], &["OH 2", "? 1"]),
        answered(&["department"], &["Dairy 2"]),
        answered(&[], &[" 1"]),
    ];
    let frame = grid(&panel, &sides, &behind, Grain::Month, &Sort::default());
    assert_eq!(heads(&frame), ["STATE", "Dairy", "All others", "Total", ""]);
    assert_eq!(
        shown(&frame),
        [
            "OH 4 2 5 group",
            // Nobody bought there: none, which is known.
            "(unknown) 0 1 3 group",
            "All others 2 1 2 other",
            "Total 6 4 7 total",
        ]
    );
    let levels: Vec<Level> = (0..4).map(|row| frame.level(row)).collect();
    assert_eq!(
        levels,
        [Level::Group, Level::Group, Level::Other, Level::Total]
    );
}

#[test]
fn rows_are_sorted_by_any_column_and_ends_stay() {
    let panel = panel(&["state", "department"]);
    let sides = [
        answered(&["state"], &["OH 5", "IN 3", "AZ 1", "other 2", "total 7"]),
        answered(&["department"], &["Dairy 6", "total 7"]),
    ];
    let behind = [
        answered(&["state", "department"], &["OH|Dairy 1", "IN|Dairy 4"]),
        answered(&["department"], &["Dairy 2"]),
    ];
    let sorted = |text: &str| {
        let sort = Sort::parse(text);
        assert_eq!(Sort::parse(&sort.spelled()), sort);
        let frame = grid(&panel, &sides, &behind, Grain::Month, &sort);
        let names: Vec<String> = shown(&frame)
            .iter()
            .map(|row| row.split(' ').next().unwrap().to_owned())
            .collect();
        names.join(" ")
    };
    assert_eq!(sorted(""), "OH IN AZ All Total");
    assert_eq!(sorted("total"), "AZ IN OH All Total");
    assert_eq!(sorted("name"), "AZ IN OH All Total");
    assert_eq!(sorted("-name"), "OH IN AZ All Total");
    assert_eq!(sorted("-=Dairy"), "IN OH AZ All Total");
    assert_eq!(sorted("-=Gone"), "OH IN AZ All Total");
}

#[test]
fn periods_stand_across_with_their_own_totals() {
    let panel = panel(&["state", PERIODS]);
    let asks = asks(&panel);
    assert_eq!(grain_asked(&asks), Some(Grain::Month));
    let sides = [
        answered(&["state"], &["OH 5", "other 2", "total 7"]),
        answered(&[PERIODS], &["2026-01-01 3", "2026-02-01 5"]),
    ];
    let behind = behind(&panel, &asks, &sides);
    let grains: Vec<Option<Grain>> = behind
        .iter()
        .map(|ask| match ask {
            Ask::Aggregate(ask) => ask.grain,
            _ => None,
        })
        .collect();
    assert_eq!(grains, [Some(Grain::Month), Some(Grain::Month)]);
    let answers = [
        answered(&["state", PERIODS], &["OH|2026-02-01 4"]),
        answered(&[PERIODS], &["2026-01-01 2"]),
    ];
    let frame = grid(&panel, &sides, &answers, Grain::Month, &Sort::default());
    assert_eq!(heads(&frame), ["STATE", "Jan", "Feb", "Total", ""]);
    assert_eq!(
        shown(&frame),
        [
            "OH 0 4 5 group",
            "All others 2 0 2 other",
            "Total 3 5 7 total"
        ]
    );
}

#[test]
fn too_many_periods_are_taken_together() {
    let grain = |days: i32| {
        let to = RANGE.from.saturating_add(jiff::Span::new().days(days));
        period_grain(DateRange { to, ..RANGE }, Grain::Day)
    };
    assert_eq!(grain(30), Grain::Day);
    assert_eq!(grain(90), Grain::Week);
    assert_eq!(grain(700), Grain::Month);
    assert_eq!(grain(20_000), Grain::Year);
}

#[test]
fn two_dimensions_stand_below_each_other() {
    let panel = panel(&["state", "channel", "department"]);
    let asks = asks(&panel);
    let sides = [
        answered(&["state"], &["OH 5", "PA 3", "other 2", "total 7"]),
        answered(&["channel"], &["Web 5", "other 4", "total 7"]),
        answered(&["department"], &["Dairy 6", "total 7"]),
    ];
    // Members, others below a member, all others; by department and in all, but for what is known.
    let asked = behind(&panel, &asks, &sides);
    assert_eq!(asked.len(), 5);
    let answers = [
        answered(&["state", "channel", "department"], &["OH|Web|Dairy 2"]),
        answered(&["state", "channel"], &["OH|Web 3", "PA|Web 1"]),
        answered(&["state", "department"], &["PA|Dairy 2"]),
        answered(&["state"], &["PA 2"]),
        answered(&["department"], &["Dairy 1"]),
    ];
    let frame = grid(&panel, &sides, &answers, Grain::Month, &Sort::default());
    assert_eq!(
        shown(&frame),
        [
            "OH Web 2 3 group",
            "PA Web 0 1 group",
            "PA All others 2 2 other",
            "All others (unknown) 1 2 other",
            "Total (unknown) 6 7 total",
        ]
    );
}
