//! Metrics by an age in days: the lines with their overlay, and the same figures as a table with what they are a share of.

use leptos::prelude::*;
use marts::{Column, ColumnRole, Frame, PanelView, Unit, Value, format};

use super::chart::Chart;
use crate::chart_overlay::Reading;

pub fn figures(view: &PanelView) -> AnyView {
    let Some(frame) = view.answers.first().map(|answered| &answered.frame) else {
        return ().into_any();
    };
    let of_role = |role| frame.columns.iter().filter(move |c| c.role == role);
    let metrics: Vec<&Column> = of_role(ColumnRole::Metric).collect();
    let Some(by) = of_role(ColumnRole::Dimension).next() else {
        return ().into_any();
    };
    let age = |row: usize| match frame.value(row, &by.name) {
        Value::Int(1) => "1 day".to_owned(),
        value => format!("{} days", format::exact(value, Unit::Count)),
    };
    let readings: Vec<Reading> = (0..frame.rows.len())
        .map(|row| Reading {
            label: age(row),
            values: metrics
                .iter()
                .map(|column| said(frame, row, column))
                .collect(),
            // Of no day of its own, so that no other chart is read at the same point but those by the same age.
            from: age(row),
            to: String::new(),
            rows: String::new(),
        })
        .collect();
    let rows = (0..frame.rows.len()).map(|row| {
        let cells = metrics.iter().map(|column| {
            let value = format::exact(frame.value(row, &column.name), column.unit);
            let of = denominator(frame, row, column).map_or(Value::Null, Clone::clone);
            view! { <td class="num">{value}</td><td class="num">{format::exact(&of, Unit::Count)}</td> }
        });
        view! { <tr><th scope="row">{age(row)}</th>{cells.collect_view()}</tr> }
    });
    let heads = metrics.iter().map(|column| {
        view! { <th scope="col" class="num">{column.label.clone()}</th><th scope="col" class="num">"Of"</th> }
    });
    let rows = rows.collect_view();
    let heads = heads.collect_view();
    let chart = view.drawings.first().cloned().map(|drawing| {
        let label = view.panel.title.clone();
        view! { <div class="is-lines"><Chart drawing readings label selects=false rows_of=""/></div> }
    });
    view! {
        {chart}
        <details class="twin">
            <summary>"Show as a table"</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label=format!("{}, figures", view.panel.title)>
                <table class="data-table">
                    <thead><tr><th scope="col">"Age"</th>{heads}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}

/// "23.1% of 1,203".
fn said(frame: &Frame, row: usize, column: &Column) -> String {
    let value = format::exact(frame.value(row, &column.name), column.unit);
    match denominator(frame, row, column) {
        Some(of) => format!("{value}, {} users", format::exact(of, Unit::Count)),
        None => value,
    }
}

fn denominator<'a>(frame: &'a Frame, row: usize, column: &Column) -> Option<&'a Value> {
    let name = format!("{}__denominator", column.name);
    frame.column(&name).map(|_| frame.value(row, &name))
}
