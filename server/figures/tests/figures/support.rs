//! Frames as the planner gives them, and drawings read back as XML.

use jiff::civil::{Date, date};
use marts::{
    Aggregate, Answered, Ask, Column, ColumnRole, Comparison, DateRange, Frame, Grain, Panel,
    PanelKind, ReleaseId, ReleaseInfo, Unit, Value,
};

pub const BUSINESS_DATE: Date = date(2026, 3, 25);

pub fn release() -> ReleaseInfo {
    ReleaseInfo {
        id: ReleaseId("r1".to_owned()),
        business_date: BUSINESS_DATE,
        observed: Some((date(2024, 1, 1), BUSINESS_DATE)),
        zone: "America/New_York".to_owned(),
    }
}

pub fn panel(kind: PanelKind) -> Panel {
    Panel {
        key: "spend".to_owned(),
        title: "Retail spend over time".to_owned(),
        description: String::new(),
        kind,
        metrics: vec!["retail_spend".to_owned()],
        dimensions: Vec::new(),
        ..Panel::default()
    }
}

/// Spend by period.
pub fn ask(range: DateRange, grain: Grain, compare: Option<Comparison>) -> Ask {
    Ask::Aggregate(Aggregate {
        metrics: vec!["retail_spend".to_owned()],
        dimensions: Vec::new(),
        grain: Some(grain),
        range,
        filters: Vec::new(),
        compare,
        compare_grain: None,
        order: None,
        limit: None,
        skip: 0,
        having: Vec::new(),
        other: false,
        total: false,
    })
}

pub fn column(name: &str, label: &str, unit: Unit, role: ColumnRole) -> Column {
    Column {
        name: name.to_owned(),
        label: label.to_owned(),
        unit,
        role,
    }
}

/// Spend by period; with `prior`, beside the comparison's.
pub fn frame(days: &[Date], current: &[Value], prior: Option<&[Value]>) -> Frame {
    let mut columns = vec![
        column("metric_time", "Time", Unit::None, ColumnRole::Time),
        column(
            "retail_spend",
            "Retail spend",
            Unit::Usd,
            ColumnRole::Metric,
        ),
    ];
    if prior.is_some() {
        columns.push(column(
            "retail_spend__prior",
            "Retail spend",
            Unit::Usd,
            ColumnRole::Prior,
        ));
    }
    let row = |i: usize| {
        let mut row = vec![Value::Date(days[i]), current[i].clone()];
        row.extend(prior.map(|p| p[i].clone()));
        row
    };
    Frame {
        columns,
        rows: (0..days.len()).map(row).collect(),
        truncated: false,
    }
}

pub fn answered(frame: Frame) -> Answered {
    Answered {
        frame,
        release: ReleaseId("r1".to_owned()),
    }
}

pub fn ints(values: &[i64]) -> Vec<Value> {
    values.iter().map(|v| Value::Int(*v)).collect()
}

/// The Mondays from `first` on.
pub fn weeks(first: Date, count: usize) -> Vec<Date> {
    std::iter::successors(Some(first), |d| Some(Grain::Week.next(*d)))
        .take(count)
        .collect()
}

/// The first days of the months from `first` on.
pub fn months(first: Date, count: usize) -> Vec<Date> {
    std::iter::successors(Some(first), |d| Some(Grain::Month.next(*d)))
        .take(count)
        .collect()
}

/// How many elements have all of `classes` and none of `without`.
pub fn count(svg: &str, classes: &[&str], without: &[&str]) -> usize {
    let document = roxmltree::Document::parse(svg).expect("a drawing is well-formed XML");
    document
        .descendants()
        .filter(|node| {
            let own: Vec<&str> = node.attribute("class").unwrap_or("").split(' ').collect();
            classes.iter().all(|c| own.contains(c)) && !without.iter().any(|c| own.contains(c))
        })
        .count()
}

/// The text of all elements of a class.
pub fn texts(svg: &str, class: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).expect("a drawing is well-formed XML");
    document
        .descendants()
        .filter(|n| {
            n.attribute("class")
                .unwrap_or("")
                .split(' ')
                .any(|c| c == class)
        })
        .map(|n| n.text().unwrap_or("").to_owned())
        .collect()
}
