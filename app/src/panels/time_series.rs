//! One metric by period: the drawing with its overlay, and the same figures as a table.

use jiff::civil::Date;
use leptos::prelude::*;
use marts::{Column, ColumnRole, DateRange, Grain, PanelView, RangeChoice, Value, format};

use crate::chart_overlay::{Chart, Reading};
use crate::state::PageState;

pub fn figures(view: &PanelView, page: Option<PageState>) -> AnyView {
    let Some(frame) = view.answers.first().map(|answered| &answered.frame) else {
        return ().into_any();
    };
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
        })
        .collect();
    let names = series_names(view, &shown);
    let twin = twin(&readings, &names, view.grain);

    let chart = view.drawings.first().cloned().map(|drawing| {
        let (on_select, on_clear) = match page {
            Some(page) => {
                let (select, clear) = zoom(page, days, view.range, view.grain);
                (Some(select), Some(clear))
            }
            None => (None, None),
        };
        let label = format!(
            "{}, {}",
            view.panel.title,
            view.grain.label().to_lowercase()
        );
        let drawing = marts::Drawing {
            series: names.clone(),
            ..drawing
        };
        view! { <Chart drawing readings label on_select on_clear/> }
    });
    view! {
        {chart}
        {twin}
    }
    .into_any()
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

/// Dragging zooms into the periods dragged over; a double click leaves the zoom.
fn zoom(
    page: PageState,
    days: Vec<Option<Date>>,
    range: DateRange,
    grain: Grain,
) -> (Callback<(usize, usize)>, Callback<()>) {
    let go = page.navigator();
    let leave = go.clone();
    let select = Callback::new(move |(first, last): (usize, usize)| {
        let (Some(Some(first)), Some(Some(last))) = (days.get(first), days.get(last)) else {
            return;
        };
        let chosen = RangeChoice::Between {
            from: range.from.max(*first),
            to: last_day(*last, range, grain),
        };
        let filters = page
            .filters
            .with_untracked(|filters| filters.with_range(chosen));
        go(&filters);
    });
    let clear = Callback::new(move |()| {
        let usual = marts::Filters::default().range;
        let filters = page
            .filters
            .with_untracked(|filters| filters.with_range(usual));
        leave(&filters);
    });
    (select, clear)
}

/// The last day of the period that begins with `first`, as far as the range goes.
fn last_day(first: Date, range: DateRange, grain: Grain) -> Date {
    grain
        .next(first)
        .yesterday()
        .map_or(range.to, |end| end.min(range.to))
}

/// The period's name; where not all of it is counted, how much is: "Week of Jun 29, 2026 (2 of 7 days)".
fn period_label(first: Date, grain: Grain, range: DateRange, business_date: Date) -> String {
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
fn twin(readings: &[Reading], names: &[String], grain: Grain) -> AnyView {
    let rows = readings.iter().map(|reading| {
        let values = reading
            .values
            .iter()
            .map(|value| view! { <td class="num">{value.clone()}</td> });
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
