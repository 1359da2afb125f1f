//! Figures of cohorts beside each other: the drawing with its overlay, what its hatching says, and the same as a table.

use leptos::prelude::*;
use marts::cohorts::{Cohort, Cohorts, State};
use marts::{
    ColumnRole, DateRange, Drawing, Drill, Frame, Grain, PanelKind, PanelView, Unit, Value, format,
};

use super::chart::Chart;
use super::drill_link::DrillLink;
use crate::chart_overlay::Reading;
use crate::state::PageState;

pub fn figures(view: &PanelView, page: Option<PageState>) -> AnyView {
    let Some(frame) = view.answers.first().map(|answered| &answered.frame) else {
        return ().into_any();
    };
    let is_maturing = view.panel.kind == PanelKind::Maturing;
    let grain = match is_maturing {
        true => view.grain,
        false => view.panel.grain.unwrap_or(Grain::Month),
    };
    let found = Cohorts::read(&view.panel, frame, grain, view.release.business_date);
    let unit = unit(frame, view.panel.metrics.first());
    let names = names(view, frame);
    let metric = view.panel.metrics.first().map_or("", String::as_str);
    let leads = is_maturing && page.is_some_and(|page| page.has_rows_of(metric));
    let drill = |cohort: &Cohort| {
        let days = DateRange {
            from: cohort.first.max(view.range.from),
            to: last(cohort, grain).min(view.range.to),
        };
        Drill::into(metric).within(days)
    };
    let said = |cohort: &Cohort| -> Vec<String> {
        vec![
            value(cohort, unit),
            beside(view, frame, cohort, unit),
            state(cohort),
        ]
    };
    let readings: Vec<Reading> = found
        .cohorts
        .iter()
        .map(|cohort| Reading {
            label: cohort.name.clone(),
            values: match cohort.state {
                State::Known => vec![value(cohort, unit), beside(view, frame, cohort, unit)],
                State::Immature(_) | State::Nothing => vec![state(cohort)],
            },
            from: cohort.first.to_string(),
            to: last(cohort, grain).to_string(),
            rows: match leads {
                true => drill(cohort).spelled(),
                false => String::new(),
            },
        })
        .collect();
    let rows: Vec<AnyView> = found
        .cohorts
        .iter()
        .map(|cohort| {
            let mut cells = said(cohort).into_iter();
            let text = cells.next().unwrap_or_default();
            let figure = match leads {
                true => {
                    let (drill, of) = (drill(cohort), cohort.name.clone());
                    view! { <DrillLink page drill text of/> }.into_any()
                }
                false => text.into_any(),
            };
            let others = cells.map(|cell| view! { <td class="num">{cell}</td> });
            view! {
                <tr>
                    <th scope="row">{cohort.name.clone()}</th>
                    <td class="num">{figure}</td>
                    {others.collect_view()}
                </tr>
            }
            .into_any()
        })
        .collect();
    let chart = view.drawings.first().cloned().map(|drawing| {
        let drawing = Drawing {
            series: names.clone(),
            ..drawing
        };
        let label = view.panel.title.clone();
        view! { <div class="has-words"><Chart drawing readings label selects=false rows_of=""/></div> }
    });
    let head = names
        .into_iter()
        .map(|name| view! { <th scope="col" class="num">{name}</th> });
    view! {
        {chart}
        {note(&found)}
        <details class="twin">
            <summary>"Show as a table"</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label=format!("{}, figures", view.panel.title)>
                <table class="data-table">
                    <thead>
                        <tr>
                            <th scope="col">"Cohort"</th>
                            {head.collect_view()}
                            <th scope="col" class="num">"State"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}

/// What is hatched, and until when.
fn note(found: &Cohorts) -> Option<AnyView> {
    let many = found.immature();
    let says = match (many, found.last_known_on()) {
        (0, _) => return None,
        (1, Some(day)) => format!(
            "One is too young to say: it is known on {}.",
            format::date(day)
        ),
        (_, Some(day)) => format!(
            "{many} are too young to say; the last of them is known on {}.",
            format::date(day)
        ),
        (1, None) => "One is too young to say.".to_owned(),
        (_, None) => format!("{many} are too young to say."),
    };
    let key = view! { <svg class="key-hatch" aria-hidden="true" width="16" height="12"></svg> };
    Some(view! { <p class="chart-note">{key} {says}</p> }.into_any())
}

fn names(view: &PanelView, frame: &Frame) -> Vec<String> {
    let label = |at: usize| {
        let name = view.panel.metrics.get(at);
        let column = frame
            .columns
            .iter()
            .find(|column| Some(&column.name) == name && column.role == ColumnRole::Metric);
        column.map_or_else(String::new, |column| column.label.clone())
    };
    let second = match view.panel.kind {
        PanelKind::Maturing => label(1),
        _ => "90% interval".to_owned(),
    };
    vec![label(0), second]
}

fn unit(frame: &Frame, metric: Option<&String>) -> Unit {
    let column = metric.and_then(|name| frame.columns.get(frame.column(name)?));
    column.map_or(Unit::Number, |column| column.unit)
}

fn last(cohort: &Cohort, grain: Grain) -> jiff::civil::Date {
    grain.next(cohort.first).yesterday().unwrap_or(cohort.first)
}

fn value(cohort: &Cohort, unit: Unit) -> String {
    format::estimate(&cohort.value, unit)
}

/// The interval of an estimate; how many a rate is of.
fn beside(view: &PanelView, frame: &Frame, cohort: &Cohort, unit: Unit) -> String {
    if view.panel.kind == PanelKind::Maturing {
        let all = view.panel.metrics.get(1);
        let count = all.map_or(&Value::Null, |name| frame.value(cohort.row, name));
        return format::exact(count, Unit::Count);
    }
    interval(&cohort.low, &cohort.high, unit)
}

/// "0.325–0.378", or no data.
pub(super) fn interval(low: &Value, high: &Value, unit: Unit) -> String {
    match (low, high) {
        (Value::Null, _) | (_, Value::Null) => format::NO_DATA.to_owned(),
        (low, high) => format!(
            "{}–{}",
            format::estimate(low, unit),
            format::estimate(high, unit)
        ),
    }
}

fn state(cohort: &Cohort) -> String {
    match cohort.state {
        State::Known => "Known".to_owned(),
        State::Immature(Some(day)) => format!("Too young, known on {}", format::date(day)),
        State::Immature(None) => "Too young".to_owned(),
        State::Nothing => "Too little was observed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;

    #[test]
    fn an_interval_has_both_ends_or_none() {
        let end = |n: i64| Value::Decimal(Decimal::new(n, 3));
        assert_eq!(interval(&end(325), &end(378), Unit::Ratio), "32.5%–37.8%");
        assert_eq!(interval(&Value::Null, &end(378), Unit::Ratio), "–");
    }
}
