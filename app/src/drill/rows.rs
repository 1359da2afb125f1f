//! What the drawer of rows shows: the figure again, what was chosen, and a page of its rows.

use leptos::prelude::*;
use marts::{Column, ColumnRole, Drill, Frame, Level, Value, format};

use super::close_link;
use super::load::{DrillView, FILE};
use super::origins;
use crate::state::PageState;
use crate::value_search::shown;

const ROW: &str = "__row_number";

/// The drawer's content.
pub fn content(view: &DrillView, state: PageState) -> AnyView {
    let metrics: Vec<&Column> = view
        .figure
        .columns
        .iter()
        .filter(|column| column.role == ColumnRole::Metric)
        .collect();
    let title = metrics
        .first()
        .map_or_else(|| "Rows".to_owned(), |metric| metric.label.clone());
    let row = (0..view.figure.rows.len()).find(|row| view.figure.level(*row) == Level::Group);
    let figures: Vec<AnyView> = metrics
        .iter()
        .map(|metric| {
            let text = row.map_or_else(
                || format::NO_DATA.to_owned(),
                |row| format::exact(view.figure.value(row, &metric.name), metric.unit),
            );
            view! { <div><dt>{metric.label.clone()}</dt><dd class="num">{text}</dd></div> }
                .into_any()
        })
        .collect();
    let chosen: Vec<AnyView> = view
        .chosen
        .iter()
        .map(|(label, value)| {
            view! { <li><span>{format!("{label}: ")}</span><bdi>{shown(value)}</bdi></li> }
                .into_any()
        })
        .collect();
    let drill = state
        .filters
        .with_untracked(|filters| filters.drill.clone());
    let at = |after: Vec<String>| {
        let drill = drill.clone().map(|drill| Drill { after, ..drill });
        state
            .filters
            .with_untracked(|filters| state.href(&filters.drilled(drill)))
    };
    let is_later = drill.as_ref().is_some_and(|drill| !drill.after.is_empty());
    let first = is_later.then(|| {
        view! { <a class="page-link" href=at(Vec::new()) data-noscroll="" rel="first">"First rows"</a> }
    });
    let next = view.next.clone().map(|after| {
        view! { <a class="page-link" href=at(after) data-noscroll="" rel="next">"Next rows"</a> }
    });
    let said = match view.rows.rows.len() {
        0 => "No rows.".to_owned(),
        1 => "1 row".to_owned(),
        rows => format!("{rows} rows"),
    };
    let said = match (is_later, view.next.is_some()) {
        (false, false) => format!("{said}, all there are"),
        (false, true) => format!("The latest {said}"),
        (true, _) => format!("{said} further on"),
    };
    view! {
        <header class="drill-head">
            <h2 class="drill-title" id="drill-title" tabindex="-1">{title}</h2>
            {close_link(state)}
        </header>
        <ul class="drill-chosen">
            <li>{format::date_range(view.range)}</li>
            {chosen}
        </ul>
        <dl class="drill-figures">{figures}</dl>
        {table(view)}
        <nav class="table-pages" aria-label="Pages of rows">
            <span class="num">{said}</span>
            {first}
            {next}
        </nav>
        <p class="drill-foot">
            {format!("Release {}. File and row say where a line landed.", view.release.id)}
        </p>
    }
    .into_any()
}

fn table(view: &DrillView) -> AnyView {
    let frame = &view.rows;
    let shown: Vec<&Column> = frame
        .columns
        .iter()
        .filter(|column| {
            matches!(column.role, ColumnRole::Dimension | ColumnRole::Metric)
                && !column.name.ends_with(ROW)
        })
        .collect();
    let head: Vec<AnyView> = shown
        .iter()
        .map(|column| {
            let class = if column.role == ColumnRole::Metric {
                "num"
            } else {
                ""
            };
            let label = if column.name.ends_with(FILE) {
                "Landed in".to_owned()
            } else {
                column.label.clone()
            };
            view! { <th scope="col" class=class>{label}</th> }.into_any()
        })
        .collect();
    let names_origins = frame
        .columns
        .iter()
        .any(|column| column.name.ends_with(origins::ID));
    let rows: Vec<AnyView> = (0..frame.rows.len())
        .map(|row| {
            let cells: Vec<AnyView> = shown
                .iter()
                .map(|column| cell(view, frame, row, column))
                .collect();
            let origin = names_origins.then(|| {
                view! { <td class="drill-landed">{origin(view, frame, row)}</td> }
            });
            view! { <tr>{cells}{origin}</tr> }.into_any()
        })
        .collect();
    let origin_head = names_origins.then(|| view! { <th scope="col">"Landed in"</th> });
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Rows">
            <table class="data-table">
                <thead>
                    <tr>{head}{origin_head}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn cell(view: &DrillView, frame: &Frame, row: usize, column: &Column) -> AnyView {
    let value = frame.value(row, &column.name);
    if column.name.ends_with(FILE) {
        return view! { <td class="drill-landed">{landed(view, frame, row, value)}</td> }
            .into_any();
    }
    let text = match value {
        Value::Null => format::NO_DATA.to_owned(),
        value => format::exact(value, column.unit),
    };
    if column.role == ColumnRole::Metric {
        view! { <td class="num">{text}</td> }.into_any()
    } else {
        view! { <td><bdi>{text}</bdi></td> }.into_any()
    }
}

/// Where what an entry was booked for landed; an event's own row is told by its id.
fn origin(view: &DrillView, frame: &Frame, row: usize) -> String {
    let found = origins::named(frame, row).and_then(|named| view.origins.get(&named));
    match found {
        Some((file, number)) => place(view, file, Some(number)),
        None => format::NO_DATA.to_owned(),
    }
}

/// "purchases/dt=2026-01-05/part.csv, row 12". Where the file's path is not known, or not the reader's to know, its
/// fingerprint stands for it.
fn landed(view: &DrillView, frame: &Frame, row: usize, file: &Value) -> String {
    let Value::Text(file) = file else {
        return format::NO_DATA.to_owned();
    };
    let number = frame
        .columns
        .iter()
        .find(|column| column.name.ends_with(ROW))
        .map(|column| frame.value(row, &column.name));
    place(view, file, number)
}

fn place(view: &DrillView, file: &str, number: Option<&Value>) -> String {
    let path = view.files.get(file).cloned().unwrap_or_else(|| {
        let short: String = file.chars().take(12).collect();
        format!("file {short}…")
    });
    match number {
        Some(number) if *number != Value::Null => {
            format!("{path}, row {}", format::exact(number, marts::Unit::Count))
        }
        _ => path,
    }
}
