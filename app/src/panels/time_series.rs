//! One metric by period: the drawing with its overlay, and the same figures as a table.

use jiff::civil::Date;
use leptos::prelude::*;
use marts::lines::Lines;
use marts::{Column, ColumnRole, DateRange, Drill, Frame, Grain, PanelView, Unit, Value, format};

use super::chart::Chart;
use super::drill_link::DrillLink;
use crate::chart_overlay::Reading;
use crate::state::PageState;

pub fn figures(view: &PanelView, page: Option<PageState>) -> AnyView {
    let is_one = view.panel.metrics.len() == 1;
    let ways = page.filter(|_| is_one).map(ways);
    let selects = page.is_some();
    let Some(frame) = view.answers.first().map(|answered| &answered.frame) else {
        return ().into_any();
    };
    let by_metric = marts::lines::by_metric(frame).filter(|_| !is_one);
    let frame = by_metric.as_ref().unwrap_or(frame);
    if let Some(lines) = Lines::read(frame) {
        return view! { {by_value(view, frame, &lines, selects)} {ways} }.into_any();
    }
    let Some(time) = frame
        .columns
        .iter()
        .position(|column| column.role == ColumnRole::Time)
    else {
        return ().into_any();
    };
    let shown: Vec<&Column> = frame
        .columns
        .iter()
        .filter(|column| match column.role {
            ColumnRole::Metric => true,
            ColumnRole::Prior => view.prior.is_some(),
            _ => false,
        })
        .collect();
    let days: Vec<Option<Date>> = frame.rows.iter().map(|row| day(row.get(time))).collect();
    let readings: Vec<Reading> = days
        .iter()
        .enumerate()
        .map(|(row, day)| Reading {
            label: day.map_or_else(
                || format::NO_DATA.to_owned(),
                |day| period_label(day, view.grain, view.range, view.release.business_date),
            ),
            values: shown
                .iter()
                .map(|column| format::exact(frame.value(row, &column.name), column.unit))
                .collect(),
            from: day.map_or_else(String::new, |day| day.max(view.range.from).to_string()),
            to: day.map_or_else(String::new, |day| {
                last_day(day, view.range, view.grain).to_string()
            }),
            rows: String::new(),
        })
        .collect();
    let names = series_names(view, &shown);
    // Each period's own days, for the rows below its figure.
    let drills: Vec<Option<Drill>> = days
        .iter()
        .map(|first| {
            let first = (*first)?;
            let metric = shown.first().filter(|c| c.role == ColumnRole::Metric)?;
            let from = first.max(view.range.from);
            let to = last_day(first, view.range, view.grain).max(from);
            Some(Drill::into(&metric.name).within(DateRange { from, to }))
        })
        .collect();
    let twin = twin(&readings, &names, view.grain, drills, page);

    let chart = view.drawings.first().cloned().map(|drawing| {
        let label = format!(
            "{}, {}",
            view.panel.title,
            view.grain.label().to_lowercase()
        );
        let drawing = marts::Drawing {
            series: names.clone(),
            ..drawing
        };
        let metric = view.panel.metrics.first().map_or("", String::as_str);
        let leads = page.is_some_and(|page| page.has_rows_of(metric));
        let rows_of = if leads { metric } else { "" };
        view! { <Chart drawing readings label selects=page.is_some() rows_of/> }
    });
    view! {
        {chart}
        {twin}
        {ways}
    }
    .into_any()
}

/// A line for each value of a dimension, by the same periods.
fn by_value(view: &PanelView, frame: &Frame, lines: &Lines, selects: bool) -> AnyView {
    let metric = view.panel.metrics.first().map_or("", String::as_str);
    let unit = frame
        .column(metric)
        .and_then(|at| frame.columns.get(at))
        .map_or(Unit::Number, |column| column.unit);
    let readings: Vec<Reading> = lines
        .periods
        .iter()
        .enumerate()
        .map(|(period, day)| Reading {
            label: period_label(*day, view.grain, view.range, view.release.business_date),
            values: lines
                .lines
                .iter()
                .map(|(_, rows)| match rows.get(period).copied().flatten() {
                    Some(row) => format::exact(frame.value(row, metric), unit),
                    None => format::NO_DATA.to_owned(),
                })
                .collect(),
            from: (*day).max(view.range.from).to_string(),
            to: last_day(*day, view.range, view.grain).to_string(),
            rows: String::new(),
        })
        .collect();
    let names: Vec<String> = lines.lines.iter().map(|(name, _)| name.clone()).collect();
    let drills = vec![None; readings.len()];
    let twin = twin(&readings, &names, view.grain, drills, None);
    let chart = view.drawings.first().cloned().map(|drawing| {
        let label = format!("{}, {} lines", view.panel.title, names.len());
        view! { <div class="is-lines"><Chart drawing readings label selects rows_of=""/></div> }
    });
    view! {
        {chart}
        {twin}
    }
    .into_any()
}

/// To lines for chosen values, and back to one line.
fn ways(page: PageState) -> AnyView {
    let filters = page.filters.get_untracked();
    let links = page.dashboard.with_value(|dashboard| {
        let is_apart = filters.line_dimension(dashboard).is_some();
        let back = is_apart.then(|| {
            (
                page.href(&filters.with_lines(None)),
                "Draw all as one line".to_owned(),
            )
        });
        let apart = dashboard
            .filters
            .iter()
            .filter(|control| !is_apart && filters.can_be_lines(&control.param))
            .map(|control| {
                let href = page.href(&filters.with_lines(Some(&control.param)));
                (
                    href,
                    format!("Draw a line for each {}", control.label.to_lowercase()),
                )
            });
        back.into_iter().chain(apart).collect::<Vec<_>>()
    });
    let links = links
        .into_iter()
        .map(|(href, text)| view! { <a href=href data-noscroll="">{text}</a> });
    view! { <p class="panel-ways">{links.collect_view()}</p> }.into_any()
}

fn day(value: Option<&Value>) -> Option<Date> {
    match value {
        Some(Value::Date(day)) => Some(*day),
        _ => None,
    }
}

/// The drawing's own names where it has as many as there are columns.
fn series_names(view: &PanelView, shown: &[&Column]) -> Vec<String> {
    match view.drawings.first() {
        Some(drawing) if drawing.series.len() == shown.len() => drawing.series.clone(),
        _ => shown.iter().map(|column| column.label.clone()).collect(),
    }
}

/// The last day of the period that begins with `first`, as far as the range goes.
pub(super) fn last_day(first: Date, range: DateRange, grain: Grain) -> Date {
    grain
        .next(first)
        .yesterday()
        .map_or(range.to, |end| end.min(range.to))
}

/// The period's name; where not all of it is counted, how much is: "Week of Jun 29, 2026 (2 of 7 days)".
pub(super) fn period_label(
    first: Date,
    grain: Grain,
    range: DateRange,
    business_date: Date,
) -> String {
    let name = format::period(first, grain);
    let last = grain.next(first).yesterday().unwrap_or(first);
    let all = DateRange {
        from: first,
        to: last,
    }
    .days();
    let counted = DateRange {
        from: first.max(range.from),
        to: last.min(range.to).min(business_date),
    };
    match counted.days().max(0) {
        some if some < all => format!("{name} ({some} of {all} days)"),
        _ => name,
    }
}

/// Every exact figure of the chart as text.
fn twin(
    readings: &[Reading],
    names: &[String],
    grain: Grain,
    drills: Vec<Option<Drill>>,
    page: Option<PageState>,
) -> AnyView {
    let rows = readings.iter().zip(drills).map(|(reading, drill)| {
        let values = reading.values.iter().enumerate().map(|(at, value)| {
            let text = value.clone();
            let content = match drill.clone().filter(|_| at == 0) {
                Some(drill) => {
                    let of = reading.label.clone();
                    view! { <DrillLink page drill text of/> }.into_any()
                }
                None => text.into_any(),
            };
            view! { <td class="num">{content}</td> }
        });
        view! {
            <tr>
                <th scope="row">{reading.label.clone()}</th>
                {values.collect_view()}
            </tr>
        }
    });
    let head = names
        .iter()
        .map(|name| view! { <th scope="col" class="num">{name.clone()}</th> });
    let period = match grain {
        Grain::Day => "Day",
        Grain::Week => "Week",
        Grain::Month => "Month",
        Grain::Quarter => "Quarter",
        Grain::Year => "Year",
    };
    view! {
        <details class="twin">
            <summary>"Show as a table"</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label="The chart's figures">
                <table class="data-table">
                    <thead>
                        <tr>
                            <th scope="col">{period}</th>
                            {head.collect_view()}
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_period_that_is_not_whole_says_how_much_of_it_counts() {
        let range = DateRange {
            from: date(2026, 4, 2),
            to: date(2026, 6, 30),
        };
        let label = |first, business_date| period_label(first, Grain::Week, range, business_date);
        let later = date(2026, 12, 31);
        assert_eq!(
            label(date(2026, 6, 29), later),
            "Week of Jun 29, 2026 (2 of 7 days)"
        );
        assert_eq!(
            label(date(2026, 3, 30), later),
            "Week of Mar 30, 2026 (4 of 7 days)"
        );
        assert_eq!(label(date(2026, 4, 6), later), "Week of Apr 6, 2026");
        assert_eq!(
            label(date(2026, 4, 6), date(2026, 4, 6)),
            "Week of Apr 6, 2026 (1 of 7 days)"
        );
        assert_eq!(
            label(date(2026, 5, 4), date(2026, 4, 6)),
            "Week of May 4, 2026 (0 of 7 days)"
        );
    }

    #[test]
    fn a_zoom_ends_with_its_last_period_or_with_the_range() {
        let range = DateRange {
            from: date(2026, 1, 1),
            to: date(2026, 3, 20),
        };
        assert_eq!(
            last_day(date(2026, 2, 1), range, Grain::Month),
            date(2026, 2, 28)
        );
        assert_eq!(
            last_day(date(2026, 3, 1), range, Grain::Month),
            date(2026, 3, 20)
        );
        assert_eq!(
            last_day(date(2026, 1, 5), range, Grain::Day),
            date(2026, 1, 5)
        );
    }
}
