//! A ratio by cohorts and windows of their age, as a table whose cells are as dark as their shares are large. A cell that
//! is not known yet is hatched and says from when it is: never 0, and in no total. Arrow keys step through the cells
//! (see [`crate::cell_reading`]).

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;
use leptos::prelude::*;
use marts::{Column, ColumnRole, Frame, Grain, PanelView, Unit, Value, format};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::heat_map::shade;
use super::time_series::{last_day, period_label};

/// A window of an age: its first and last day after the anchor.
type Window = (i64, i64);

/// What one cell shows.
#[derive(Debug, Clone, PartialEq)]
enum Cell {
    Known {
        value: Value,
        /// The ratio's parts.
        parts: Option<(Value, Value)>,
    },
    /// Its window is not over for all of the cohort before this day.
    Until(Date),
    /// Nobody is in this cohort.
    Nobody,
}

struct Map<'a> {
    view: &'a PanelView,
    metric: &'a Column,
    windows: Vec<Window>,
    /// First days of the cohorts' periods, ascending.
    cohorts: Vec<Date>,
    cells: BTreeMap<(Date, Window), Cell>,
    all: BTreeMap<Window, Cell>,
}

pub fn figures(view: &PanelView) -> AnyView {
    let Some(map) = Map::read(view) else {
        return ().into_any();
    };
    map.table()
}

impl<'a> Map<'a> {
    fn read(view: &'a PanelView) -> Option<Self> {
        let by_period = &view.answers.first()?.frame;
        let in_all = &view.answers.get(1)?.frame;
        let metric = by_period
            .columns
            .iter()
            .find(|column| column.role == ColumnRole::Metric)?;
        let time = by_period
            .columns
            .iter()
            .find(|column| column.role == ColumnRole::Time)?;
        let ages = &view.panel.dimensions;
        let window = |frame: &Frame, row: usize| {
            let day = |name: &String| frame.value(row, name).decimal()?.to_i64();
            let first = day(ages.first()?)?;
            Some((first, ages.get(1).and_then(day).unwrap_or(first)))
        };
        let known = |frame: &Frame, row: usize| {
            let part = |name: &str| {
                let name = format!("{}__{name}", metric.name);
                frame.column(&name).map(|_| frame.value(row, &name).clone())
            };
            Cell::Known {
                value: frame.value(row, &metric.name).clone(),
                parts: part("numerator").zip(part("denominator")),
            }
        };
        let all: BTreeMap<Window, Cell> = (0..in_all.rows.len())
            .filter_map(|row| Some((window(in_all, row)?, known(in_all, row))))
            .collect();
        let mut found: BTreeMap<(Date, Window), Cell> = BTreeMap::new();
        for row in 0..by_period.rows.len() {
            if let (Value::Date(first), Some(window)) =
                (by_period.value(row, &time.name), window(by_period, row))
            {
                found.insert((*first, window), known(by_period, row));
            }
        }
        let windows: Vec<Window> = all.keys().copied().collect();
        let mut cohorts = Vec::new();
        let grain = view.grain;
        let begin = grain.first_day(view.range.from);
        // Before the first cohort there is nothing to tell.
        let earliest = found.keys().next().map_or(begin, |(first, _)| *first);
        let mut first = begin.max(earliest);
        while first <= view.range.to && cohorts.len() < marts::MOST_CELLS as usize {
            cohorts.push(first);
            first = grain.next(first);
        }
        let mut map = Self {
            view,
            metric,
            windows,
            cohorts,
            cells: BTreeMap::new(),
            all,
        };
        for first in &map.cohorts {
            for window in &map.windows {
                let at = (*first, *window);
                let cell = match map.known_from(*first, *window) {
                    Some(day) if day > view.release.business_date => Cell::Until(day),
                    _ => found.remove(&at).unwrap_or(Cell::Nobody),
                };
                map.cells.insert(at, cell);
            }
        }
        Some(map)
    }

    /// The day from which the window is over for all of the cohort.
    fn known_from(&self, first: Date, (_, to): Window) -> Option<Date> {
        let last = last_day(first, self.view.range, self.view.grain);
        last.checked_add(to.checked_add(1)?.days()).ok()
    }

    fn table(&self) -> AnyView {
        let title = &self.view.panel.title;
        let heads = self.windows.iter().map(|window| {
            let (short, full) = (short(*window), full(*window));
            view! { <th scope="col" class="num"><abbr title=full>{short}</abbr></th> }
        });
        let largest = self.largest();
        // Above the cohorts, where it is in sight however many there are.
        let all: Vec<AnyView> = self
            .windows
            .iter()
            .enumerate()
            .map(|(at, window)| {
                let cell = self.all.get(window).unwrap_or(&Cell::Nobody);
                self.cell(
                    cell,
                    "All cohorts past the window",
                    *window,
                    largest,
                    at == 0,
                )
            })
            .collect();
        let mut rows: Vec<AnyView> = Vec::new();
        for first in &self.cohorts {
            let name = self.cohort_name(*first);
            let cells: Vec<AnyView> = self
                .windows
                .iter()
                .map(|window| {
                    let cell = self.cells.get(&(*first, *window)).unwrap_or(&Cell::Nobody);
                    self.cell(cell, &name, *window, largest, false)
                })
                .collect();
            let users = self.users(*first);
            let short = match self.view.grain {
                Grain::Week => format::date(*first),
                grain => format::period(*first, grain),
            };
            rows.push(
                view! {
                    <tr>
                        <th scope="row"><abbr title=name>{short}</abbr></th>
                        <td class="num cohort-users">{users}</td>
                        {cells}
                    </tr>
                }
                .into_any(),
            );
        }
        let unit = match self.view.panel.dimensions.len() {
            1 => "By the age of so many days.",
            _ => "Days after the one it is counted from.",
        };
        view! {
            <div class="table-scroll" tabindex="0" role="region" aria-label=title.clone()>
                <table class="cohort-map">
                    <caption class="visually-hidden">
                        {format!("{title}. Arrow keys step through the cells.")}
                    </caption>
                    <thead>
                        <tr>
                            <th scope="col">{cohort_label(self.view.grain)}</th>
                            <th scope="col" class="num">"Users"</th>
                            {heads.collect_view()}
                        </tr>
                    </thead>
                    <tbody>
                        <tr class="cohort-all">
                            <th scope="row">"All"</th>
                            <td class="num cohort-users"></td>
                            {all}
                        </tr>
                        {rows}
                    </tbody>
                </table>
            </div>
            <div class="heat-foot">
                <p class="heat-reading num" role="status">
                    "Point at a cell, or step through them with the arrow keys."
                </p>
                <p class="cohort-key">
                    <span>{unit}</span>
                    <span class="cohort-key-mark is-immature" aria-hidden="true"></span>
                    <span>"Not known yet"</span>
                </p>
            </div>
        }
        .into_any()
    }

    /// The largest figure, the anchor's own day left aside, on which everyone is there.
    fn largest(&self) -> Decimal {
        let value = |cell: &Cell| match cell {
            Cell::Known { value, .. } => value.decimal(),
            _ => None,
        };
        let later = self.cells.iter().filter(|((_, (from, _)), _)| *from > 0);
        let later = later.filter_map(|(_, cell)| value(cell)).max();
        later
            .or_else(|| self.cells.values().filter_map(value).max())
            .unwrap_or_default()
    }

    fn cell(
        &self,
        cell: &Cell,
        cohort: &str,
        window: Window,
        largest: Decimal,
        is_stop: bool,
    ) -> AnyView {
        let place = format!("{cohort}, {}", full(window));
        let (class, text, said) = match cell {
            Cell::Known { value, parts } => {
                let text = match self.metric.unit {
                    Unit::Usd => format::compact(value, Unit::Usd),
                    unit => format::exact(value, unit),
                };
                let exact = format::exact(value, self.metric.unit);
                let of = parts
                    .as_ref()
                    .map_or(String::new(), |(numerator, denominator)| {
                        let count = |value: &Value| format::exact(value, Unit::Count);
                        match self.metric.unit {
                            Unit::Ratio => {
                                format!(" ({} of {} users)", count(numerator), count(denominator))
                            }
                            unit => format!(
                                " ({} of {} users)",
                                format::exact(numerator, unit),
                                count(denominator)
                            ),
                        }
                    });
                let class = format!("heat heat-{}", shade(value, largest));
                (class, text, format!("{place}: {exact}{of}"))
            }
            Cell::Until(day) => (
                "heat is-immature".to_owned(),
                String::new(),
                format!("{place}: not known before {}", format::date(*day)),
            ),
            Cell::Nobody => (
                "heat".to_owned(),
                format::NO_DATA.to_owned(),
                format!("{place}: nobody is in this cohort"),
            ),
        };
        let tabindex = if is_stop { "0" } else { "-1" };
        view! {
            <td>
                <span class=class role="img" tabindex=tabindex aria-label=said.clone() title=said>{text}</span>
            </td>
        }
        .into_any()
    }

    /// The cohort's users; "–" before any window is over for all of it.
    fn users(&self, first: Date) -> String {
        let cells = self
            .windows
            .iter()
            .filter_map(|window| self.cells.get(&(first, *window)));
        let users = cells.filter_map(|cell| match cell {
            Cell::Known {
                parts: Some((_, denominator)),
                ..
            } => denominator.decimal(),
            _ => None,
        });
        let most = users.max().map_or(Value::Null, Value::Decimal);
        format::exact(&most, Unit::Count)
    }

    fn cohort_name(&self, first: Date) -> String {
        let release = &self.view.release;
        period_label(
            first,
            self.view.grain,
            self.view.range,
            release.business_date,
        )
    }
}

fn cohort_label(grain: Grain) -> &'static str {
    match grain {
        Grain::Day => "Day",
        Grain::Week => "Week of",
        Grain::Month => "Month",
        Grain::Quarter => "Quarter",
        Grain::Year => "Year",
    }
}

/// "7", "7–13".
fn short((from, to): Window) -> String {
    if from == to {
        from.to_string()
    } else {
        format!("{from}–{to}")
    }
}

fn full((from, to): Window) -> String {
    if from == to {
        format!("day {from}")
    } else {
        format!("days {from} to {to}")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::civil::date;
    use marts::{Answered, DateRange, Panel, PanelKind, ReleaseId, ReleaseInfo};

    use super::*;

    fn column(name: &str, unit: Unit, role: ColumnRole) -> Column {
        Column {
            name: name.to_owned(),
            label: name.to_owned(),
            unit,
            role,
        }
    }

    /// Cohorts of two weeks, on days 0 and 7, of which the second is not a week old.
    fn view() -> PanelView {
        let release = ReleaseInfo {
            id: ReleaseId("r1".to_owned()),
            business_date: date(2026, 3, 20),
            observed: None,
            zone: "UTC".to_owned(),
        };
        let figures = |time: bool| {
            let mut columns = vec![
                column("c__from", Unit::Count, ColumnRole::Dimension),
                column("retention", Unit::Ratio, ColumnRole::Metric),
                column("retention__numerator", Unit::Count, ColumnRole::Part),
                column("retention__denominator", Unit::Count, ColumnRole::Part),
            ];
            if time {
                columns.insert(0, column("metric_time", Unit::None, ColumnRole::Time));
            }
            columns
        };
        let row = |first: Option<Date>, from: i64, kept: i64, of: i64| {
            let share = Decimal::from(kept) / Decimal::from(of);
            let figures = [
                Value::Int(from),
                Value::Decimal(share),
                Value::Int(kept),
                Value::Int(of),
            ];
            first
                .map(Value::Date)
                .into_iter()
                .chain(figures)
                .collect::<Vec<_>>()
        };
        let answered = |columns, rows| Answered {
            frame: Frame {
                columns,
                rows,
                truncated: false,
            },
            release: release.id.clone(),
        };
        let (one, two) = (date(2026, 3, 2), date(2026, 3, 9));
        PanelView {
            panel: Panel {
                key: "cohorts".to_owned(),
                title: "Cohorts".to_owned(),
                kind: PanelKind::Cohort,
                metrics: vec!["retention".to_owned()],
                dimensions: vec!["c__from".to_owned()],
                ..Panel::default()
            },
            answers: vec![
                answered(
                    figures(true),
                    vec![
                        row(Some(one), 0, 10, 10),
                        row(Some(one), 7, 3, 10),
                        row(Some(two), 0, 20, 20),
                        // Of the days of the week that are old enough; not of all of it.
                        row(Some(two), 7, 1, 4),
                    ],
                ),
                answered(
                    figures(false),
                    vec![row(None, 0, 30, 30), row(None, 7, 4, 14)],
                ),
            ],
            drawings: Vec::new(),
            release,
            range: DateRange {
                from: one,
                to: date(2026, 3, 20),
            },
            prior: None,
            grain: Grain::Week,
            notes: Vec::new(),
            failed: Vec::new(),
            leaves_aside: Vec::new(),
        }
    }

    #[test]
    fn a_cell_is_known_when_its_window_is_over_for_all_of_the_cohort() {
        let view = view();
        let map = Map::read(&view).unwrap();
        assert_eq!(map.windows, [(0, 0), (7, 7)]);
        assert_eq!(
            map.cohorts,
            [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)]
        );
        let cell = |day, from| map.cells.get(&(date(2026, 3, day), (from, from))).unwrap();
        assert!(matches!(cell(2, 7), Cell::Known { .. }));
        assert!(matches!(cell(9, 0), Cell::Known { .. }));
        // Its last day is Mar 15, the 7th after it Mar 22, over on Mar 23: what stands there of earlier days is not shown.
        assert_eq!(*cell(9, 7), Cell::Until(date(2026, 3, 23)));
        // The last week is not over itself.
        assert_eq!(*cell(16, 0), Cell::Until(date(2026, 3, 21)));
        assert_eq!(map.users(date(2026, 3, 16)), "–");
        assert_eq!(map.users(date(2026, 3, 9)), "20");
        // Day 0 has everyone, and sets no scale.
        assert_eq!(map.largest(), Decimal::new(3, 1));
    }

    #[test]
    fn windows_are_said_by_their_days() {
        assert_eq!(
            (short((7, 7)), full((7, 13))),
            ("7".to_owned(), "days 7 to 13".to_owned())
        );
    }
}
