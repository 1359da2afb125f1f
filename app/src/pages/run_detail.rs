//! One run: what went wrong, how long each step took, and what it took in.

use std::str::FromStr;

use leptos::prelude::*;
use marts::{Frame, Unit, Value, format};
use rust_decimal::Decimal;

use super::cells::{bar, head, nothing, or_error, panel, run_href, sentence, shown, table, word};
use super::run_list::{mode, outcome, summed};
use crate::ops_api::RunsView;
use crate::panels::Term;

/// The steps in their order, with what each does.
const STEPS: [(&str, &str); 5] = [
    (
        "bronze",
        "Takes landing files in as they are, each file once.",
    ),
    (
        "silver",
        "Gives every row its type and its one outcome: used, or set aside and why.",
    ),
    ("gold", "Builds the tables that dashboards read."),
    (
        "contracts",
        "Checks what was built, before anybody sees it.",
    ),
    ("publish", "Makes the new tables the ones that are shown."),
];

pub fn detail(view: &RunsView) -> AnyView {
    let run = &view.chosen;
    if run.rows.is_empty() {
        let content =
            nothing("There is no record of this run. It may belong to another folder of data.");
        return panel("run", "Run", "", content, Vec::new());
    }
    let id = word(run, 0, "run__run_id");
    let error = word(run, 0, "run__error");
    let error = (!error.is_empty()).then(|| {
        view! { <div class="state-error"><p class="run-error">{sentence(&error)}</p></div> }
    });
    let note = word(run, 0, "run__note");
    let note = (!note.is_empty()).then(|| view! { <p class="state-none">{sentence(&note)}</p> });
    let fact = |label: &'static str, value: AnyView| {
        view! { <div class="fact"><dt>{label}</dt><dd>{value}</dd></div> }
    };
    let text = |column: &str| shown(run, 0, column).into_any();
    let content = view! {
        {error}
        <dl class="facts">
            {fact("Outcome", outcome(run, 0))}
            {fact("Started", text("run__started_at"))}
            {fact("Ended", text("run__ended_at"))}
            {fact("Built", sentence(&mode(run, 0)).into_any())}
            {fact("Business date", text("run__business_date"))}
            {fact("Rows written", text("rows_written"))}
        </dl>
        {note}
        {steps(run)}
        <h3 class="panel-part">"What it took in"</h3>
        {or_error(&view.taken_in, taken_in)}
        {or_error(&view.files, list)}
        <p class="panel-more"><a href=run_href("contracts", &id)>"What its contracts found"</a></p>
    };
    panel(
        "run",
        format!("Run of {}", shown(run, 0, "run__started_at")),
        "The run chosen in the list above, or the last one.",
        content.into_any(),
        vec![format!("Run {id}"), format!("All times in {}", view.zone)],
    )
}

/// Seconds per step, in the order of the steps; steps that are not known come last.
fn seconds(json: &str) -> Vec<(String, Decimal)> {
    let Ok(serde_json::Value::Object(steps)) = serde_json::from_str(json) else {
        return Vec::new();
    };
    let place = |name: &str| {
        STEPS
            .iter()
            .position(|(step, _)| *step == name)
            .unwrap_or(STEPS.len())
    };
    let mut found: Vec<(String, Decimal)> = steps
        .into_iter()
        .filter_map(|(name, seconds)| {
            let seconds = seconds.to_string();
            let seconds = Decimal::from_str(&seconds)
                .or_else(|_| Decimal::from_scientific(&seconds))
                .ok()?;
            Some((name, seconds))
        })
        .collect();
    found.sort_by_key(|(name, _)| place(name));
    found
}

fn steps(run: &Frame) -> AnyView {
    let steps = seconds(&word(run, 0, "run__step_seconds"));
    if steps.is_empty() {
        return ().into_any();
    }
    let longest = steps
        .iter()
        .map(|(_, seconds)| *seconds)
        .max()
        .unwrap_or_default();
    let is_failed = word(run, 0, "run__status") == "failed";
    let last = word(run, 0, "run__step");
    let rows = steps.into_iter().map(|(name, seconds)| {
        let meaning = STEPS.iter().find(|(step, _)| *step == name).map(|(_, meaning)| *meaning);
        let label = match meaning {
            Some(meaning) => {
                view! { <Term id=format!("step-{name}") word=sentence(&name) meaning=meaning/> }.into_any()
            }
            None => sentence(&name).into_any(),
        };
        let failed_here = is_failed && name == last;
        let class = if failed_here { "bar-bad" } else { "bar-plain" };
        let here = failed_here.then(|| view! { <span class="is-bad">" failed here"</span> });
        view! {
            <li class="step">
                <span class="step-name">{label}{here}</span>
                {bar(&Value::Decimal(seconds), longest, class)}
                <span class="step-time num">{format::exact(&Value::Decimal(seconds), Unit::Seconds)}</span>
            </li>
        }
    });
    view! {
        <h3 class="panel-part">"Time in each step"</h3>
        <ol class="steps">{rows.collect_view()}</ol>
    }
    .into_any()
}

fn taken_in(sums: &Frame) -> AnyView {
    if sums.rows.is_empty() {
        return nothing("It took in no new file.");
    }
    let rows: Vec<AnyView> = (0..sums.rows.len())
        .map(|row| {
            view! {
                <tr>
                    <th scope="row">{shown(sums, row, "file__source")}</th>
                    <td class="num">{shown(sums, row, "files")}</td>
                    <td class="num">{shown(sums, row, "rows_taken_in")}</td>
                    <td class="num">{shown(sums, row, "bytes_taken_in")}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    let heads = vec![
        head("Source"),
        head("Files").number(),
        head("Rows").number(),
        head("Size").number(),
    ];
    view! {
        <p class="panel-lead">{summed(sums)}</p>
        {table("What the run took in, by source", heads, rows.into_any())}
    }
    .into_any()
}

fn list(files: &Frame) -> AnyView {
    if files.rows.is_empty() {
        return ().into_any();
    }
    let rows: Vec<AnyView> = (0..files.rows.len())
        .map(|row| {
            view! {
                <tr>
                    <th scope="row" class="file-path">{shown(files, row, "file__path")}</th>
                    <td class="num">{shown(files, row, "rows_taken_in")}</td>
                    <td class="num">{shown(files, row, "bytes_taken_in")}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    let summary = match files.rows.len() {
        1 => "The file".to_owned(),
        some if some < 100 => format!("All {some} files"),
        some => format!("The first {some} files"),
    };
    let heads = vec![head("File"), head("Rows").number(), head("Size").number()];
    view! {
        <details class="twin">
            <summary>{summary}</summary>
            {table("Files that the run took in", heads, rows.into_any())}
        </details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_stand_in_the_order_in_which_they_run() {
        let found = seconds(r#"{"contracts":1.5,"bronze":0.25,"tidy":1e-3,"gold":2}"#);
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["bronze", "gold", "contracts", "tidy"]);
        assert_eq!(found[3].1, Decimal::new(1, 3));
        assert!(seconds("").is_empty());
    }
}
