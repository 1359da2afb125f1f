//! Rows of a table as they are, the latest first, and what they come to.

use leptos::prelude::*;
use marts::{Column, ColumnRole, Frame, PanelView, Value, format};
use rust_decimal::Decimal;

use super::standing::{Standing, State};
use super::table::page_links;
use crate::pages::cells::{counted, nothing, sentence};
use crate::state::PageState;

/// A thousand rows at once would be slow to lay out, and too long for paper.
const ROWS_ON_A_PAGE: usize = 40;

pub fn figures(view: &PanelView, page: Option<PageState>) -> AnyView {
    let Some(frame) = view.answers.first().map(|answered| &answered.frame) else {
        return ().into_any();
    };
    let count = frame.rows.len();
    if count == 0 {
        return nothing("There are no rows yet.");
    }
    let shown: Vec<&Column> = frame
        .columns
        .iter()
        .filter(|column| matches!(column.role, ColumnRole::Dimension | ColumnRole::Metric))
        .collect();
    let heads = shown.iter().map(|column| {
        let class = class(column);
        view! { <th scope="col" class=class>{column.label.clone()}</th> }
    });
    let last_page = (count - 1) / ROWS_ON_A_PAGE;
    let at = page
        .map(|page| {
            page.filters
                .with_untracked(|filters| filters.table(&view.panel.key).page)
        })
        .map_or(0, |at| usize::try_from(at).unwrap_or(usize::MAX))
        .min(last_page);
    let first = at * ROWS_ON_A_PAGE;
    let end = count.min(first + ROWS_ON_A_PAGE);
    let rows = (first..end).map(|row| {
        let cells = shown
            .iter()
            .enumerate()
            .map(|(at, column)| cell(frame, row, column, at == 0));
        view! { <tr>{cells.collect_view()}</tr> }
    });
    let is_all = !frame.truncated && count < view.panel.rows() as usize;
    let total = is_all.then(|| total(frame, &shown)).flatten();
    let all = counted(Decimal::from(count), "row", "rows");
    let said = match is_all {
        true => format!("{all}, all there are"),
        false => format!("The latest {all}; there are more"),
    };
    let pages = page.filter(|_| last_page > 0).map(|page| {
        let said = format!("Rows {}–{end}", first + 1);
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        page_links(view, page, at, (at as usize) < last_page, said)
    });
    let heads = heads.collect_view();
    let rows = rows.collect_view();
    view! {
        <div class="table-scroll register" tabindex="0" role="region" aria-labelledby=format!("panel-{}-title", view.panel.key)>
            <table class="data-table">
                <thead><tr>{heads}</tr></thead>
                <tbody>{rows}</tbody>
                {total}
            </table>
        </div>
        {pages}
        <p class="statement-note num">{said}</p>
    }
    .into_any()
}

fn class(column: &Column) -> &'static str {
    match column.role {
        ColumnRole::Metric => "num",
        _ => "",
    }
}

fn cell(frame: &Frame, row: usize, column: &Column, is_name: bool) -> AnyView {
    let value = frame.value(row, &column.name);
    let text = match value {
        Value::Null => format::NO_DATA.to_owned(),
        value => format::exact(value, column.unit),
    };
    let is_state = column.name.ends_with("_status") || column.name.ends_with("_state");
    if is_state && let Value::Text(word) = value {
        let standing = standing(word);
        return view! { <td><State standing word=sentence(&word.replace('_', " "))/></td> }
            .into_any();
    }
    match (column.role, is_name) {
        (ColumnRole::Metric, _) => view! { <td class="num">{text}</td> }.into_any(),
        (_, true) => view! { <th scope="row">{text}</th> }.into_any(),
        _ => view! { <td><bdi>{text}</bdi></td> }.into_any(),
    }
}

fn standing(word: &str) -> Standing {
    match word {
        "paid" | "closed" => Standing::Good,
        "due" | "unannounced" | "reopened" => Standing::Warn,
        _ => Standing::Aside,
    }
}

/// All rows together, below the columns that add up.
fn total(frame: &Frame, shown: &[&Column]) -> Option<AnyView> {
    let names = shown
        .iter()
        .take_while(|column| column.role == ColumnRole::Dimension)
        .count();
    if names == shown.len() {
        return None;
    }
    let sums = shown.iter().skip(names).map(|column| {
        let sum = (0..frame.rows.len())
            .filter_map(|row| frame.value(row, &column.name).decimal())
            .try_fold(Decimal::ZERO, Decimal::checked_add);
        let value = sum.map_or(Value::Null, Value::Decimal);
        view! { <td class="num">{format::exact(&value, column.unit)}</td> }
    });
    let sums = sums.collect_view();
    Some(
        view! {
            <tfoot>
                <tr><th scope="row" colspan=names.to_string()>"In all"</th>{sums}</tr>
            </tfoot>
        }
        .into_any(),
    )
}
