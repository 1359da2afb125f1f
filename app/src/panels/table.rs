//! Rows by one or more dimensions.

use leptos::prelude::*;
use marts::{Column, ColumnRole, Frame, PanelView, format};

use super::tone::Tone;

pub fn figures(view: &PanelView) -> AnyView {
    let Some(frame) = view.answers.first().map(|answered| &answered.frame) else {
        return ().into_any();
    };
    let shown: Vec<&Column> = frame
        .columns
        .iter()
        .filter(|column| {
            matches!(
                column.role,
                ColumnRole::Dimension | ColumnRole::Time | ColumnRole::Metric
            )
        })
        .collect();
    let compares = view.prior.is_some();
    let head = shown.iter().map(|column| {
        let class = if column.role == ColumnRole::Metric {
            "num"
        } else {
            ""
        };
        let change = (compares && column.role == ColumnRole::Metric).then(|| {
            view! { <th scope="col" class="num">"Change"</th> }
        });
        view! {
            <th scope="col" class=class>{column.label.clone()}</th>
            {change}
        }
    });
    let rows = (0..frame.rows.len()).map(|row| {
        let cells = shown
            .iter()
            .enumerate()
            .map(|(i, column)| cell(frame, row, i, column, compares));
        view! { <tr>{cells.collect_view()}</tr> }
    });
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-labelledby=format!("panel-{}-title", view.panel.key)>
            <table class="data-table">
                <thead>
                    <tr>{head.collect_view()}</tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn cell(frame: &Frame, row: usize, position: usize, column: &Column, compares: bool) -> AnyView {
    let value = frame.value(row, &column.name);
    let text = format::exact(value, column.unit);
    if column.role != ColumnRole::Metric {
        return if position == 0 {
            view! { <th scope="row">{text}</th> }.into_any()
        } else {
            view! { <td>{text}</td> }.into_any()
        };
    }
    let change = compares.then(|| {
        let prior = frame.value(row, &format!("{}__prior", column.name));
        let tone = Tone::of_change(value, prior);
        view! { <td class=format!("num {}", tone.class())>{format::change_percent(value, prior)}</td> }
    });
    view! {
        <td class="num">{text}</td>
        {change}
    }
    .into_any()
}
