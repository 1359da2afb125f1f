//! How old and how large each source is, and what changed in its files.

use leptos::prelude::*;
use marts::{Frame, Value, format};
use rust_decimal::Decimal;

use super::cells::{bar, counted, head, nothing, or_error, sentence, shown, table, word};
use crate::ops_api::ContractsView;
use crate::panels::{Standing, State, Term};

pub fn freshness(view: &ContractsView) -> AnyView {
    or_error(&view.freshness, |frame| {
        if frame.rows.is_empty() {
            return nothing("This run did not measure its sources.");
        }
        let rows: Vec<AnyView> = (0..frame.rows.len())
            .map(|row| source(frame, row))
            .collect();
        let usual = view! {
            <Term id="usual" word="Beside the usual" meaning="Rows of the latest day as a share of the usual: the median of comparable days before. The mark is at 100%."/>
        };
        let heads = vec![
            head("Source"),
            head("State"),
            head("Latest landed day"),
            head("Expected").spare(),
            head("Rows that day").number(),
            head(usual),
        ];
        table("Sources by age and size", heads, rows.into_any())
    })
}

fn says(status: &str) -> &'static str {
    match status {
        "fresh" | "passed" => "On time",
        "stale" | "warned" => "Later than usual",
        "late" | "failed" => "Too late",
        "anomalous" => "Unusual size",
        "absent" => "Never landed",
        _ => "Not known",
    }
}

fn source(frame: &Frame, row: usize) -> AnyView {
    let status = word(frame, row, "source_state__status");
    let number = |column: &str| frame.value(row, column).decimal();
    let age = number("source_state__age_days").map(|days| {
        let said = if days.is_zero() {
            "on the business date".to_owned()
        } else {
            format!("{} before the business date", counted(days, "day", "days"))
        };
        view! { <span class="cell-note">{said}</span> }
    });
    let expected = match number("source_state__expected_within_days") {
        Some(days) if days == Decimal::ONE => "every day".to_owned(),
        Some(days) => format!("within {}", counted(days, "day", "days")),
        None => "at any age".to_owned(),
    };
    let usual = match frame.value(row, "source_state__median_rows") {
        Value::Null => view! { <span class="is-flat">"too few days to say"</span> }.into_any(),
        _ => {
            let of = number("source_state__median_rows").map_or_else(
                || format::NO_DATA.to_owned(),
                |rows| format::exact(&Value::Decimal(rows.round_dp(0)), marts::Unit::Count),
            );
            let ratio = frame.value(row, "source_state__ratio");
            let class = if status == "anomalous" {
                "bar-warn"
            } else {
                "bar-plain"
            };
            view! {
                <span class="bar-value">{format!("{} of {of}", shown(frame, row, "source_state__ratio"))}</span>
                // Half of the bar is the usual.
                {bar(ratio, Decimal::TWO, class)}
            }
            .into_any()
        }
    };
    view! {
        <tr>
            <th scope="row">{shown(frame, row, "source_state__source")}</th>
            <td><State standing=Standing::of_source(&status) word=says(&status)/></td>
            <td>{shown(frame, row, "source_state__latest_dt")}{age}</td>
            <td class="is-spare">{expected}</td>
            <td class="num">{shown(frame, row, "source_state__rows_latest_day")}</td>
            <td class="with-bar with-middle">{usual}</td>
        </tr>
    }
    .into_any()
}

pub fn drift(view: &ContractsView) -> AnyView {
    or_error(&view.drift, |frame| {
        if frame.rows.is_empty() {
            return nothing("No file differs from what its source declares.");
        }
        let rows: Vec<AnyView> = (0..frame.rows.len())
            .map(|row| {
                view! {
                    <tr>
                        <th scope="row">{shown(frame, row, "drift__source")}</th>
                        <td><code>{shown(frame, row, "drift__column_name")}</code></td>
                        <td>{sentence(&change(&word(frame, row, "drift__change")))}</td>
                        <td>{shown(frame, row, "drift__detail")}</td>
                        <td class="is-spare file-path">{shown(frame, row, "drift__path")}</td>
                    </tr>
                }
                .into_any()
            })
            .collect();
        let heads = vec![
            head("Source"),
            head("Column"),
            head("What changed"),
            head("Detail"),
            head("File").spare(),
        ];
        table("Changes in files", heads, rows.into_any())
    })
}

fn change(change: &str) -> String {
    match change {
        "added" => "a new column, kept beside the row".to_owned(),
        "missing" => "missing, read as empty".to_owned(),
        "type" => "another type".to_owned(),
        other => other.replace('_', " "),
    }
}
