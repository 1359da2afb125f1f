//! A share by the days since something began: the drawing with its overlay, and the same figures as a table.

use leptos::prelude::*;
use marts::curve::{self, Day};
use marts::{Drawing, PanelView, Unit, Value, format};

use super::chart::Chart;
use super::cohort_chart::interval;
use crate::chart_overlay::Reading;

pub fn figures(view: &PanelView) -> AnyView {
    let Some(frame) = view.answers.first().map(|answered| &answered.frame) else {
        return ().into_any();
    };
    let column = |name: Option<&String>| frame.columns.get(frame.column(name?)?);
    let label = |at: usize| {
        let column = column(view.panel.metrics.get(at));
        column.map_or_else(String::new, |column| column.label.clone())
    };
    let unit = column(view.panel.metrics.first()).map_or(Unit::Ratio, |column| column.unit);
    let axis = column(view.panel.dimensions.first())
        .map_or_else(|| "Days".to_owned(), |column| column.label.clone());
    let names = vec![label(0), label(3), "90% interval".to_owned(), label(4)];
    let days = curve::read(&view.panel, frame);
    let values = |day: &Day| {
        vec![
            format::exact(&day.estimate, unit),
            format::exact(&day.fitted, unit),
            interval(&day.low, &day.high, unit),
            format::exact(&day.at_risk, Unit::Count),
        ]
    };
    let number = |day: &Day| format::exact(&Value::Int(day.days), Unit::Count);
    let readings: Vec<Reading> = days
        .iter()
        .map(|day| Reading {
            label: match day.days {
                1 => "After 1 day".to_owned(),
                _ => format!("After {} days", number(day)),
            },
            values: values(day),
            // Of no day of their own, so that no chart by periods is read at the same point.
            from: format!("{} {}", axis, day.days),
            to: String::new(),
            rows: String::new(),
        })
        .collect();
    let rows: Vec<AnyView> = days
        .iter()
        .map(|day| {
            let cells = values(day).into_iter();
            let cells = cells.map(|cell| view! { <td class="num">{cell}</td> });
            view! { <tr><th scope="row" class="num">{number(day)}</th>{cells.collect_view()}</tr> }
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
        .iter()
        .map(|name| view! { <th scope="col" class="num">{name.clone()}</th> });
    view! {
        {chart}
        <p class="chart-note chart-keys">
            <span><svg class="key-line" aria-hidden="true" width="16" height="12"></svg> {label(0)}</span>
            <span><svg class="key-band" aria-hidden="true" width="16" height="12"></svg> "90% interval"</span>
            <span><svg class="key-fitted" aria-hidden="true" width="16" height="12"></svg> {label(3)}</span>
        </p>
        <details class="twin">
            <summary>"Show as a table"</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label=format!("{}, figures", view.panel.title)>
                <table class="data-table">
                    <thead>
                        <tr><th scope="col" class="num">{axis.clone()}</th>{head.collect_view()}</tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}
