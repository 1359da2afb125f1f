//! The answers laid out as one table: a row for each member down, a column for each across.

use std::collections::{BTreeMap, BTreeSet};

use super::sort::{Block, SortBy};
use super::{At, Part, Place, Sort, axes, key, parts, read_sides, side_column};
use crate::{Answered, Column, ColumnRole, Frame, Grain, LEVEL, Level, Panel, Unit, Value, format};

/// The names of the columns of what is not shown by itself, and of everything.
pub const OTHER: &str = "__other";
pub const TOTAL: &str = "__total";

/// Before a member's own name, which may be anything.
const MEMBER: char = '=';

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// The member that a column of the grid is of, as filters name it; `None` for all others and for the total.
#[must_use]
pub fn key_of(column: &Column) -> Option<&str> {
    column.name.strip_prefix(MEMBER)
}

struct Figures {
    metric: Column,
    at: BTreeMap<Place, Value>,
    /// What a place without rows shows.
    absent: Value,
}

/// What stands in the place of a name.
pub const ALL_OTHERS: &str = "All others";
const ALL: &str = "Total";

/// One table of all answers: rows as `sort` says, all others and the total last. Its columns are the dimensions down, a
/// metric's column for each member across, [`OTHER`] where there are others, [`TOTAL`], and the row's [`Level`].
#[must_use]
pub fn grid(
    panel: &Panel,
    sides: &[Answered],
    behind: &[Answered],
    grain: Grain,
    sort: &Sort,
) -> Frame {
    let (down, _) = axes(panel);
    let Some((across, rows)) = sides.split_last() else {
        return Frame::default();
    };
    let is_nested = down.len() > 1;
    let read = read_sides(panel, sides);
    let Some(figures) = figures(panel, sides, behind) else {
        return Frame::default();
    };

    let mut columns: Vec<Column> = Vec::new();
    for (dimension, answered) in down.iter().zip(rows) {
        let known = answered.frame.columns.iter().find(|c| c.name == *dimension);
        columns.extend(known.cloned());
    }
    let heads = heads(
        &across.frame,
        read.last().and_then(|side| side.dimension),
        grain,
    );
    let has_other = read.last().is_some_and(|side| side.has_other);
    let mut places: Vec<At> = Vec::new();
    for (member, label) in heads {
        columns.push(Column {
            name: format!("{MEMBER}{member}"),
            label,
            ..figures.metric.clone()
        });
        places.push(At::Member(member));
    }
    let ends = [
        (has_other, OTHER, ALL_OTHERS, At::Other),
        (true, TOTAL, ALL, At::All),
    ];
    for (_, name, label, at) in ends.into_iter().filter(|(is_there, ..)| *is_there) {
        columns.push(Column {
            name: name.to_owned(),
            label: label.to_owned(),
            ..figures.metric.clone()
        });
        places.push(at);
    }
    columns.push(Column {
        name: LEVEL.to_owned(),
        label: String::new(),
        unit: Unit::None,
        role: ColumnRole::Level,
    });

    let row = |names: Vec<Value>, [outer, inner]: [At; 2], level: Level| {
        let cells = places.iter().map(|at| {
            let place = [outer.clone(), inner.clone(), at.clone()];
            figures.at.get(&place).unwrap_or(&figures.absent).clone()
        });
        let mut cells: Vec<Value> = names.into_iter().chain(cells).collect();
        cells.push(Value::Text(level.slug().to_owned()));
        cells
    };
    let members = |at: usize| members(rows.get(at), down.get(at));
    let others = || Value::Text(ALL_OTHERS.to_owned());
    let mut blocks: Vec<Block> = Vec::new();
    for outer in members(0) {
        let at = At::Member(key(&outer));
        if !is_nested {
            let row = row(vec![outer], [at, At::All], Level::Group);
            match blocks.last_mut() {
                Some(block) => block.push(row),
                None => blocks.push(vec![row]),
            }
            continue;
        }
        let mut block = Block::new();
        for inner in members(1) {
            let place = [at.clone(), At::Member(key(&inner))];
            if figures.has(&place) {
                block.push(row(vec![outer.clone(), inner], place, Level::Group));
            }
        }
        let rest = [at, At::Other];
        if figures.has(&rest) {
            block.push(row(vec![outer, others()], rest, Level::Other));
        }
        blocks.push(block);
    }
    let column = match &sort.by {
        SortBy::Column(name) => columns.iter().position(|column| column.name == *name),
        SortBy::Name => None,
    };
    sort.arrange(&mut blocks, column, is_nested);
    let mut rows: Vec<Vec<Value>> = blocks.into_iter().flatten().collect();
    let end = |name: Value| {
        let mut names = vec![Value::Null; down.len()];
        if let Some(first) = names.first_mut() {
            *first = name;
        }
        names
    };
    if read.first().is_some_and(|side| side.has_other) {
        rows.push(row(end(others()), [At::Other, At::All], Level::Other));
    }
    let all = Value::Text(ALL.to_owned());
    rows.push(row(end(all), [At::All, At::All], Level::Total));
    Frame {
        columns,
        rows,
        truncated: sides
            .iter()
            .chain(behind)
            .any(|answered| answered.frame.truncated),
    }
}

/// Every figure by its place.
fn figures(panel: &Panel, sides: &[Answered], behind: &[Answered]) -> Option<Figures> {
    let (down, across) = axes(panel);
    let first = &sides.first()?.frame;
    let metric = first
        .columns
        .iter()
        .find(|c| c.role == ColumnRole::Metric)?
        .clone();
    let is_quotient = first.columns.iter().any(|c| c.role == ColumnRole::Part);
    let mut at: BTreeMap<Place, Value> = BTreeMap::new();
    let mut read = |frame: &Frame, parts: [Part; 3]| {
        let of = |part: Part, dimension: Option<&str>, row: usize| match part {
            Part::Other => At::Other,
            Part::All => At::All,
            Part::Members => match frame.level(row) {
                Level::Group => {
                    let column = side_column(frame, dimension);
                    At::Member(key(
                        column.map_or(&Value::Null, |name| frame.value(row, name))
                    ))
                }
                Level::Other => At::Other,
                Level::Total => At::All,
            },
        };
        let dimensions = [
            down.first().map(String::as_str),
            down.get(1).map(String::as_str),
            across,
        ];
        for row in 0..frame.rows.len() {
            let mut place = [At::All, At::All, At::All];
            for ((slot, part), dimension) in place.iter_mut().zip(parts).zip(dimensions) {
                *slot = of(part, dimension, row);
            }
            at.insert(place, frame.value(row, &metric.name).clone());
        }
    };
    read(first, [Part::Members, Part::All, Part::All]);
    if let Some(last) = sides.last() {
        read(&last.frame, [Part::All, Part::All, Part::Members]);
    }
    for (parts, answered) in parts(panel, &read_sides(panel, sides))
        .into_iter()
        .zip(behind)
    {
        read(&answered.frame, parts);
    }
    // No rows are nothing of what is counted, unless nobody looked; of a quotient there is none.
    let all = at.get(&[At::All, At::All, At::All]);
    let is_none = is_quotient || matches!(all, None | Some(Value::Null));
    let absent = if is_none { Value::Null } else { Value::Int(0) };
    Some(Figures { metric, at, absent })
}

impl Figures {
    /// Whether there are rows at all behind a row of the table.
    fn has(&self, [outer, inner]: &[At; 2]) -> bool {
        let place = [outer.clone(), inner.clone(), At::All];
        self.at.contains_key(&place)
    }
}

fn members(answered: Option<&Answered>, dimension: Option<&String>) -> Vec<Value> {
    let (Some(answered), Some(dimension)) = (answered, dimension) else {
        return Vec::new();
    };
    let frame = &answered.frame;
    (0..frame.rows.len())
        .filter(|row| frame.level(*row) == Level::Group)
        .map(|row| frame.value(row, dimension).clone())
        .collect()
}

/// The members across with their labels: periods, hours and weekdays as time goes, others by their totals.
fn heads(frame: &Frame, dimension: Option<&str>, grain: Grain) -> Vec<(String, String)> {
    let Some(column) = side_column(frame, dimension) else {
        return Vec::new();
    };
    let groups = || (0..frame.rows.len()).filter(|row| frame.level(*row) == Level::Group);
    let years: BTreeSet<i16> = groups()
        .filter_map(|row| match frame.value(row, column) {
            Value::Date(day) => Some(day.year()),
            _ => None,
        })
        .collect();
    let mut heads: Vec<(String, String)> = groups()
        .map(|row| {
            let value = frame.value(row, column);
            let label = match (dimension, value) {
                // Without its year where that is said once for all, by the range.
                (None, Value::Date(first)) if years.len() < 2 => {
                    format::period_short(*first, grain)
                }
                (None, Value::Date(first)) => match grain {
                    Grain::Day | Grain::Week => format::date(*first),
                    grain => format::period(*first, grain),
                },
                (_, value) => format::dimension(value),
            };
            (key(value), label)
        })
        .collect();
    let weekday = |name: &str| WEEKDAYS.iter().position(|day| *day == name);
    let known: BTreeSet<&str> = heads.iter().map(|(key, _)| key.as_str()).collect();
    if known.iter().all(|key| weekday(key).is_some()) {
        heads.sort_by_key(|(key, _)| weekday(key));
    } else if known.iter().all(|key| key.parse::<i64>().is_ok()) {
        heads.sort_by_key(|(key, _)| key.parse::<i64>().ok());
    }
    heads
}
