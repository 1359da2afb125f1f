//! Users by generation beside theory: the drawing with its overlay, and the same figures as a table.

use leptos::prelude::*;
use marts::buckets;
use marts::generations::{self, Generation};
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
    let (Some(metric), Some(by)) = (view.panel.metrics.first(), view.panel.dimensions.first())
    else {
        return ().into_any();
    };
    let label = |name: &str| {
        let column = frame.column(name).and_then(|at| frame.columns.get(at));
        column.map_or_else(String::new, |column| column.label.clone())
    };
    let k = generations::k(&view.panel, &view.answers);
    let found = generations::read(&view.panel, frame, k);
    let all: Decimal = found.iter().map(|generation| generation.users).sum();
    let count = |users: Decimal| format::exact(&Value::Decimal(users), Unit::Count);
    let share = |users: Decimal| {
        let share = users.checked_div(all);
        format::exact(&share.map_or(Value::Null, Value::Decimal), Unit::Ratio)
    };
    let theory = |one: &Generation| match one.expected {
        Some(expected) => count(expected.round()),
        None => format::NO_DATA.to_owned(),
    };
    let figure = |one: &Generation| format!("{} ({})", count(one.users), share(one.users));
    let theory_share = |one: &Generation| match one.expected {
        Some(expected) => format!("{} ({})", theory(one), share(expected)),
        None => format::NO_DATA.to_owned(),
    };
    let at = frame
        .columns
        .iter()
        .position(|column| column.role == ColumnRole::Dimension)
        .unwrap_or(0);
    // As many as the drawing has bars.
    let readings: Vec<Reading> = buckets::bars(frame, at)
        .into_iter()
        .map(|bar| {
            let one = found.iter().find(|one| Some(one.row) == bar.row);
            let name = bar.name.unwrap_or_else(|| "Unknown".to_owned());
            Reading {
                label: format!("Generation {name}"),
                values: one.map_or_else(Vec::new, |one| vec![figure(one), theory_share(one)]),
                from: format!("generation {name}"),
                to: String::new(),
                rows: String::new(),
            }
        })
        .collect();
    let rows: Vec<AnyView> = found
        .iter()
        .map(|one| {
            let drill = Drill::into(metric).with(by, &one.number.to_string());
            let (text, of) = (count(one.users), format!("generation {}", one.number));
            // Its own days are all there are; the page's range would show fewer rows.
            let page = page.filter(|_| view.panel.days == marts::PanelDays::Range);
            view! {
                <tr>
                    <th scope="row">{one.number}</th>
                    <td class="num"><DrillLink page drill text of/></td>
                    <td class="num">{share(one.users)}</td>
                    <td class="num">{theory(one)}</td>
                    <td class="num">{one.expected.map_or_else(|| format::NO_DATA.to_owned(), share)}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    let chart = view.drawings.first().cloned().map(|drawing| {
        let label = view.panel.title.clone();
        view! { <Chart drawing readings label selects=false rows_of=""/> }
    });
    let says = match k {
        Some(k) if k < Decimal::ONE => format!(
            "Theory: (1 − k) kᵍ of as many users, with k = {}.",
            format::estimate(&Value::Decimal(k), Unit::Number)
        ),
        Some(_) => {
            "With a k of 1 and more there is no such theory: growth does not end.".to_owned()
        }
        None => "k is not known yet, and so there is no theory to set beside.".to_owned(),
    };
    view! {
        {chart}
        <p class="chart-note"><svg class="key-expected" aria-hidden="true" width="16" height="12"></svg> {says}</p>
        <details class="twin">
            <summary>"Show as a table"</summary>
            <div class="table-scroll" tabindex="0" role="region" aria-label=format!("{}, figures", view.panel.title)>
                <table class="data-table">
                    <thead>
                        <tr>
                            <th scope="col">{label(by)}</th>
                            <th scope="col" class="num">{label(metric)}</th>
                            <th scope="col" class="num">"Share"</th>
                            <th scope="col" class="num">"Theory"</th>
                            <th scope="col" class="num">"Theory, share"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}
