//! One metric by two dimensions, as a table whose cells are as dark as their figures are large. Arrow keys step
//! through the cells, and the line below reads the one that is pointed at or focused (see [`crate::cell_reading`]).

use std::collections::BTreeMap;

use leptos::prelude::*;
use marts::{ColumnRole, Drill, Frame, PanelView, Unit, Value, format};
use rust_decimal::Decimal;

use crate::state::PageState;

/// Shades from the lightest to the darkest; 0 has none.
const SHADES: u32 = 8;
const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// The values of one side in their order, each as filters name it and as people read it.
struct Axis {
    label: String,
    dimension: String,
    values: Vec<(String, String)>,
}

#[derive(Clone)]
struct Cell {
    drill: Drill,
    /// "Monday, 14:00–15:00: 123 (4.5%)".
    reading: String,
    text: String,
    shade: u32,
}

pub fn figures(view: &PanelView, page: Option<PageState>) -> AnyView {
    let Some(frame) = view.answers.first().map(|answered| &answered.frame) else {
        return ().into_any();
    };
    let mut sides = frame
        .columns
        .iter()
        .filter(|column| column.role == ColumnRole::Dimension)
        .map(|column| Axis::read(frame, &column.name, &column.label));
    let metric = frame
        .columns
        .iter()
        .find(|column| column.role == ColumnRole::Metric);
    let (Some(down), Some(across), Some(metric)) = (sides.next(), sides.next(), metric) else {
        return ().into_any();
    };
    let amounts: BTreeMap<(String, String), Value> = (0..frame.rows.len())
        .map(|row| {
            let place = (
                key(frame.value(row, &down.dimension)),
                key(frame.value(row, &across.dimension)),
            );
            (place, frame.value(row, &metric.name).clone())
        })
        .collect();
    let all: Decimal = amounts.values().filter_map(Value::decimal).sum();
    let largest = amounts
        .values()
        .filter_map(Value::decimal)
        .max()
        .unwrap_or_default();
    let cell = |(row, row_name): &(String, String), (column, column_name): &(String, String)| {
        // No rows in days that were observed are none.
        let value = amounts
            .get(&(row.clone(), column.clone()))
            .cloned()
            .unwrap_or(Value::Int(0));
        let text = format::exact(&value, metric.unit);
        let share = value.decimal().and_then(|value| value.checked_div(all));
        let share = format::exact(&share.map_or(Value::Null, Value::Decimal), Unit::Ratio);
        Cell {
            drill: Drill::into(&metric.name)
                .with(&down.dimension, row)
                .with(&across.dimension, column),
            reading: format!("{row_name}, {column_name}: {text} ({share})"),
            shade: shade(&value, largest),
            text,
        }
    };
    let cells: Vec<Vec<Cell>> = down
        .values
        .iter()
        .map(|row| {
            across
                .values
                .iter()
                .map(|column| cell(row, column))
                .collect()
        })
        .collect();
    let scale = (
        format::exact(&Value::Int(0), metric.unit),
        format::exact(&Value::Decimal(largest), metric.unit),
    );
    let twin = twin(&down, &across, &cells, &metric.label);
    let map = map(view, &down, &across, cells, page);
    let shades = (0..=SHADES).map(|n| view! { <span class=format!("heat heat-{n}")></span> });
    view! {
        {map}
        <div class="heat-foot">
            <p class="heat-reading num" role="status">
                "Point at a cell, or step through them with the arrow keys."
            </p>
            <p class="heat-scale">
                <span class="num">{scale.0}</span>
                <span class="heat-shades" aria-hidden="true">{shades.collect_view()}</span>
                <span class="num">{scale.1}</span>
            </p>
        </div>
        {twin}
    }
    .into_any()
}

/// Of more columns than these, such as hours, only every third has room for its name.
const MOST_NAMED: usize = 10;

fn map(
    view: &PanelView,
    down: &Axis,
    across: &Axis,
    cells: Vec<Vec<Cell>>,
    page: Option<PageState>,
) -> AnyView {
    let metric = view.panel.metrics.first().map_or("", String::as_str);
    let page = page.filter(|page| page.has_rows_of(metric));
    let head: Vec<AnyView> = across
        .values
        .iter()
        .enumerate()
        .map(|(at, (_, name))| {
            let class = if at.is_multiple_of(3) || across.values.len() <= MOST_NAMED {
                "heat-head"
            } else {
                "heat-head is-between"
            };
            let short = short(name);
            view! { <th scope="col" class=class><abbr title=name.clone()>{short}</abbr></th> }
                .into_any()
        })
        .collect();
    let rows: Vec<AnyView> = down
        .values
        .iter()
        .zip(cells)
        .enumerate()
        .map(|(r, ((_, name), cells))| {
            let cells: Vec<AnyView> = cells
                .into_iter()
                .enumerate()
                .map(|(c, cell)| cell_view(cell, (r, c), page))
                .collect();
            let short = short(name);
            view! {
                <tr>
                    <th scope="row" class="heat-side"><abbr title=name.clone()>{short}</abbr></th>
                    {cells}
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <table class="heat-map">
            <caption class="visually-hidden">
                {format!("{}. Arrow keys step through the cells.", view.panel.title)}
            </caption>
            <thead>
                <tr>
                    <td></td>
                    {head}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// One stop of the tab key for the whole map: arrow keys go on from there.
fn cell_view(cell: Cell, place: (usize, usize), page: Option<PageState>) -> AnyView {
    let Cell {
        drill,
        reading: said,
        text,
        shade,
    } = cell;
    let class = format!("heat heat-{shade}");
    let spoken = view! { <span class="visually-hidden">{text}</span> };
    let content = match page {
        Some(page) => view! {
            <a
                class=class
                href=move || page.drill_href(&drill).unwrap_or_default()
                data-noscroll=""
                tabindex=if place == (0, 0) { "0" } else { "-1" }
                aria-label=said
            >
            </a>
        }
        .into_any(),
        None => view! { <span class=class title=said>{spoken}</span> }.into_any(),
    };
    view! { <td>{content}</td> }.into_any()
}

fn twin(down: &Axis, across: &Axis, cells: &[Vec<Cell>], metric: &str) -> AnyView {
    let head: Vec<AnyView> = down
        .values
        .iter()
        .map(|(_, name)| view! { <th scope="col" class="num">{name.clone()}</th> }.into_any())
        .collect();
    // Turned round: many narrow columns become rows that fit.
    let rows: Vec<AnyView> = across
        .values
        .iter()
        .enumerate()
        .map(|(at, (_, name))| {
            let cells: Vec<AnyView> = cells
                .iter()
                .filter_map(|row| row.get(at))
                .map(|cell| view! { <td class="num">{cell.text.clone()}</td> }.into_any())
                .collect();
            view! { <tr><th scope="row">{name.clone()}</th>{cells}</tr> }.into_any()
        })
        .collect();
    view! {
        <details class="twin">
            <summary>"Show as a table"</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label=format!("{metric}, figures")>
                <table class="data-table">
                    <thead>
                        <tr><th scope="col">{across.label.clone()}</th>{head}</tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}

impl Axis {
    /// Hours and weekdays are all there; other values as they come.
    fn read(frame: &Frame, dimension: &str, label: &str) -> Self {
        let mut keys: Vec<String> = (0..frame.rows.len())
            .map(|row| key(frame.value(row, dimension)))
            .collect();
        let is_hours = dimension.ends_with("__hour_of_day");
        if is_hours {
            keys.extend((0..24).map(|hour: i32| hour.to_string()));
        }
        if keys.iter().any(|key| WEEKDAYS.contains(&key.as_str())) {
            keys.extend(WEEKDAYS.map(str::to_owned));
        }
        keys.sort_by_key(|key| {
            let weekday = WEEKDAYS.iter().position(|day| day == key);
            (weekday, key.parse::<i64>().ok(), key.clone())
        });
        keys.dedup();
        let name = |key: &str| match key.parse::<u32>() {
            Ok(hour) if is_hours => format!("{hour:02}:00–{:02}:00", hour + 1),
            _ => crate::value_search::shown(key),
        };
        Self {
            label: label.to_owned(),
            dimension: dimension.to_owned(),
            values: keys
                .into_iter()
                .map(|key| {
                    let name = name(&key);
                    (key, name)
                })
                .collect(),
        }
    }
}

/// The value as filters name it.
pub(super) fn key(value: &Value) -> String {
    match value {
        Value::Null => marts::ask::UNKNOWN.to_owned(),
        Value::Int(number) => number.to_string(),
        value => format::dimension(value),
    }
}

/// "Mon", "14".
fn short(name: &str) -> String {
    match name.split_once(':') {
        Some((hour, _)) if hour.len() == 2 => hour.to_owned(),
        _ if WEEKDAYS.contains(&name) => name.chars().take(3).collect(),
        _ => name.to_owned(),
    }
}

/// 0 for nothing, else 1 to [`SHADES`], in even steps up to the largest.
pub(super) fn shade(value: &Value, largest: Decimal) -> u32 {
    use rust_decimal::prelude::ToPrimitive as _;
    value
        .decimal()
        .filter(|value| *value > Decimal::ZERO)
        .and_then(|value| {
            value
                .checked_mul(Decimal::from(SHADES))?
                .checked_div(largest)
        })
        .and_then(|step| step.ceil().to_u32())
        .map_or(0, |step| step.clamp(1, SHADES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_go_in_even_steps() {
        let of = |n: i64| shade(&Value::Int(n), Decimal::from(80));
        assert_eq!([0, 1, 10, 11, 79, 80].map(of), [0, 1, 1, 2, 8, 8]);
        assert_eq!(of(-5), 0);
        assert_eq!(shade(&Value::Null, Decimal::from(80)), 0);
        assert_eq!(shade(&Value::Int(3), Decimal::ZERO), 0);
    }

    #[test]
    fn heads_are_short() {
        assert_eq!(short("14:00–15:00"), "14");
        assert_eq!(short("Thursday"), "Thu");
        assert_eq!(short("Unknown"), "Unknown");
    }
}
