//! One metric by buckets: the drawing with its overlay, and the same figures as a table.

use leptos::prelude::*;
use marts::buckets::{self, Bar};
use marts::{ColumnRole, Drill, PanelView, Unit, Value, format};
use rust_decimal::Decimal;

use super::chart::Chart;
use super::drill_link::DrillLink;
use crate::chart_overlay::Reading;
use crate::state::PageState;

pub fn figures(view: &PanelView, page: Option<PageState>) -> AnyView {
    let Some(frame) = view.answers.first().map(|answered| &answered.frame) else {
        return ().into_any();
    };
    let of_role = |role| frame.columns.iter().position(|column| column.role == role);
    let (Some(by), Some(metric)) = (
        of_role(ColumnRole::Dimension),
        of_role(ColumnRole::Metric).and_then(|at| frame.columns.get(at)),
    ) else {
        return ().into_any();
    };
    let bars = buckets::bars(frame, by);
    let value = |bar: &Bar| match bar.row {
        Some(row) => frame.value(row, &metric.name).clone(),
        None => Value::Int(0),
    };
    let all: Decimal = bars.iter().filter_map(|bar| value(bar).decimal()).sum();
    let share = |value: &Value| {
        let share = value.decimal().and_then(|value| value.checked_div(all));
        format::exact(&share.map_or(Value::Null, Value::Decimal), Unit::Ratio)
    };
    let name = |bar: &Bar| bar.name.clone().unwrap_or_else(|| "Unknown".to_owned());
    let dimension = frame.columns.get(by);
    let drill = |bar: &Bar| {
        let key = bar.name.as_deref().unwrap_or(marts::ask::UNKNOWN);
        let whole = view
            .panel
            .rows_below(&metric.name, view.release.business_date)?;
        Some(match dimension {
            Some(dimension) => whole.with(view.panel.called(&dimension.name), key),
            None => whole,
        })
    };
    let leads = |drill: &Drill| page.is_some_and(|page| page.has_rows_of(&drill.metric));
    let readings: Vec<Reading> = bars
        .iter()
        .map(|bar| {
            let value = value(bar);
            Reading {
                label: name(bar),
                values: vec![format!(
                    "{} ({})",
                    format::exact(&value, metric.unit),
                    share(&value)
                )],
                // Of no day of their own, so that no other chart is read at the same point.
                from: name(bar),
                to: String::new(),
                rows: drill(bar)
                    .filter(leads)
                    .map_or(String::new(), |drill| drill.spelled()),
            }
        })
        .collect();
    let rows: Vec<AnyView> = bars
        .iter()
        .map(|bar| {
            let value = value(bar);
            let text = format::exact(&value, metric.unit);
            let drill = drill(bar);
            view! {
                <tr>
                    <th scope="row">{name(bar)}</th>
                    <td class="num"><DrillLink page drill text of=name(bar)/></td>
                    <td class="num">{share(&value)}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    let chart = view.drawings.first().cloned().map(|drawing| {
        let label = view.panel.title.clone();
        view! { <Chart drawing readings label selects=false rows_of=""/> }
    });
    view! {
        {chart}
        <details class="twin">
            <summary>"Show as a table"</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label=format!("{}, figures", view.panel.title)>
                <table class="data-table">
                    <thead>
                        <tr>
                            <th scope="col">{dimension.map(|column| column.label.clone())}</th>
                            <th scope="col" class="num">{metric.label.clone()}</th>
                            <th scope="col" class="num">"Share"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}
