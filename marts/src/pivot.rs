//! One metric by one or two dimensions down and one, or periods, across, with totals of rows and columns.
//!
//! Totals and "other" are asked for, never added up from cells: distinct counts and ratios do not add up. First the
//! sides are asked for ([`sides`]), which tells the largest members; then what stands in the cells ([`behind`]), as
//! filters on these members.

mod grid;
mod sort;

use crate::{
    Aggregate, Answered, Ask, ColumnRole, DateRange, DimensionFilter, Frame, Grain, Level, Order,
    Panel, Value, ask::UNKNOWN,
};

pub use grid::{ALL_OTHERS, OTHER, TOTAL, grid, key_of};
pub use sort::{Sort, SortBy};

/// What a panel's last dimension is called where periods stand across.
pub const PERIODS: &str = "metric_time";

/// Members down, of the outer and of the inner dimension where there are two; and across.
const ROWS: u32 = 20;
const OUTER: u32 = 8;
const INNER: u32 = 6;
const COLUMNS: u32 = 8;
/// More periods than this are taken together by a coarser grain.
const MOST_PERIODS: usize = 53;

/// Where in the pivot a figure stands, on one side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    /// A member, as filters name it.
    Member(String),
    /// All members that are not shown.
    Other,
    /// All members.
    All,
}

/// Down, down below it, across.
type Place = [At; 3];

/// The members of one side that are shown, as filters name them, and whether there are others.
struct Side<'a> {
    /// `None` for periods.
    dimension: Option<&'a str>,
    members: Vec<String>,
    has_other: bool,
}

/// Some places of the pivot at once: of each side its members, the others, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Members,
    Other,
    All,
}

/// The dimensions down and the one across; `None` across for periods.
fn axes(panel: &Panel) -> (&[String], Option<&str>) {
    match panel.dimensions.split_last() {
        Some((last, down)) => (down, (last != PERIODS).then_some(last)),
        None => (&[], None),
    }
}

/// The first questions: each side by itself, the one across last.
#[must_use]
pub fn sides(panel: &Panel, base: &Aggregate, grain: Grain) -> Vec<Aggregate> {
    let (down, across) = axes(panel);
    let order = panel.metrics.first().map(|metric| Order {
        by: metric.clone(),
        descending: true,
    });
    let base = Aggregate {
        metrics: panel.metrics.iter().take(1).cloned().collect(),
        dimensions: Vec::new(),
        compare: None,
        compare_grain: None,
        ..base.clone()
    };
    let by = |dimension: &str, limit: u32| Aggregate {
        dimensions: vec![dimension.to_owned()],
        order: order.clone(),
        limit: Some(limit),
        other: true,
        total: true,
        ..base.clone()
    };
    let limits = match down.len() {
        0 | 1 => [ROWS, 0],
        _ => [OUTER, INNER],
    };
    let mut asks: Vec<Aggregate> = down
        .iter()
        .zip(limits)
        .map(|(dimension, limit)| by(dimension, limit))
        .collect();
    asks.push(match across {
        Some(dimension) => by(dimension, COLUMNS),
        None => Aggregate {
            grain: Some(period_grain(base.range, grain)),
            ..base.clone()
        },
    });
    asks
}

/// By which grain the first questions ask for periods; `None` where none stand across.
#[must_use]
pub fn grain_asked(asks: &[Ask]) -> Option<Grain> {
    match asks.last() {
        Some(Ask::Aggregate(last)) => last.grain,
        _ => None,
    }
}

/// The page's grain, or the first coarser one by which the periods fit beside each other.
#[must_use]
pub fn period_grain(range: DateRange, grain: Grain) -> Grain {
    Grain::ALL
        .into_iter()
        .filter(|other| *other >= grain)
        .find(|grain| range.periods(*grain).nth(MOST_PERIODS).is_none())
        .unwrap_or(Grain::Year)
}

/// The questions behind the first ones, with what each is about.
fn parts(panel: &Panel, sides: &[Side<'_>]) -> Vec<[Part; 3]> {
    let (down, _) = axes(panel);
    let others = |at: usize| sides.get(at).is_some_and(|side| side.has_other);
    let is_nested = down.len() > 1;
    let mut rows = vec![[
        Part::Members,
        if is_nested { Part::Members } else { Part::All },
    ]];
    if is_nested && others(1) {
        rows.push([Part::Members, Part::Other]);
    }
    if others(0) {
        rows.push([Part::Other, Part::All]);
    }
    let mut columns = vec![Part::Members];
    if others(down.len()) {
        columns.push(Part::Other);
    }
    // What the first answers have already is left out: the totals of the rows where there is one dimension down.
    if is_nested {
        columns.push(Part::All);
    }
    let mut parts = Vec::new();
    for [outer, inner] in rows {
        for &column in &columns {
            if (outer, column) != (Part::Other, Part::All) {
                parts.push([outer, inner, column]);
            }
        }
    }
    parts
}

/// The questions that `answers` to the first ones lead to.
#[must_use]
pub fn behind(panel: &Panel, asks: &[Ask], answers: &[Answered]) -> Vec<Ask> {
    let sides = read_sides(panel, answers);
    // The one across has the grain of the periods.
    let Some(Ask::Aggregate(last)) = asks.last() else {
        return Vec::new();
    };
    let base = Aggregate {
        dimensions: Vec::new(),
        order: None,
        limit: None,
        other: false,
        total: false,
        ..last.clone()
    };
    let asked = |parts: [Part; 3]| {
        let mut ask = Aggregate {
            grain: None,
            ..base.clone()
        };
        let (down, _) = axes(panel);
        let order = [0, 1, down.len()];
        for (at, part) in order.into_iter().zip(parts) {
            let Some(side) = sides.get(at) else { continue };
            match (part, side.dimension) {
                (Part::All, _) => {}
                (Part::Members, None) => ask.grain = base.grain,
                (Part::Other, None) => {}
                (Part::Members, Some(dimension)) => {
                    ask.dimensions.push(dimension.to_owned());
                    if side.has_other {
                        ask.filters.push(side.filter(dimension, false));
                    }
                }
                (Part::Other, Some(dimension)) => ask.filters.push(side.filter(dimension, true)),
            }
        }
        Ask::Aggregate(ask)
    };
    parts(panel, &sides).into_iter().map(asked).collect()
}

impl Side<'_> {
    fn filter(&self, dimension: &str, exclude: bool) -> DimensionFilter {
        DimensionFilter {
            dimension: dimension.to_owned(),
            values: self.members.clone(),
            exclude,
        }
    }
}

fn read_sides<'a>(panel: &'a Panel, answers: &[Answered]) -> Vec<Side<'a>> {
    let (down, across) = axes(panel);
    let dimensions = down.iter().map(|name| Some(name.as_str())).chain([across]);
    dimensions
        .zip(answers)
        .map(|(dimension, answered)| {
            let frame = &answered.frame;
            let column = side_column(frame, dimension);
            let members = (0..frame.rows.len())
                .filter(|row| frame.level(*row) == Level::Group)
                .map(|row| key(column.map_or(&Value::Null, |name| frame.value(row, name))))
                .collect();
            Side {
                dimension,
                members,
                has_other: (0..frame.rows.len()).any(|row| frame.level(row) == Level::Other),
            }
        })
        .collect()
}

/// The name of the column that holds a side's members.
fn side_column<'a>(frame: &'a Frame, dimension: Option<&'a str>) -> Option<&'a str> {
    match dimension {
        Some(name) => Some(name),
        None => frame
            .columns
            .iter()
            .find(|column| column.role == ColumnRole::Time)
            .map(|column| column.name.as_str()),
    }
}

/// The value as filters name it.
fn key(value: &Value) -> String {
    match value {
        Value::Null => UNKNOWN.to_owned(),
        Value::Text(text) => text.clone(),
        Value::Bool(is) => is.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Date(day) => day.to_string(),
        Value::DateTime(at) => at.to_string().replace('T', " "),
    }
}

#[cfg(test)]
mod tests;
