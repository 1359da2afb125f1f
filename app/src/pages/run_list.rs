//! What became of every run, and what is published.

use leptos::prelude::*;
use marts::{Frame, Value, format};
use rust_decimal::Decimal;

use super::cells::{
    bar, count, counted, head, nothing, or_error, page_href, panel, run_href, sentence, shown,
    table, word,
};
use super::run_detail::detail;
use crate::ops_api::RunsView;
use crate::panels::{Standing, State, Term};
use crate::url::encoded;

pub fn report(view: &RunsView) -> AnyView {
    if view.latest.rows.is_empty() {
        return view! {
            <div class="state-empty">
                <p>"Nothing has run yet. The first run of the pipeline shows here as soon as it has ended, however it ended."</p>
            </div>
        }
        .into_any();
    }
    let foot = vec![format!("All times in {}", view.zone)];
    let runs = view! { {list(view)} {pages(view)} };
    let releases = or_error(&view.releases, |frame| releases(view, frame));
    view! {
        <p class="page-sentence" role="status">{latest_sentence(view)}</p>
        <div class="grid">
            {panel("last_run", "Last run", "The run that ended last. One that finds nothing new to do leaves no record.", tiles(view), foot.clone())}
            {panel("runs", "All runs", "The newest first. A run's time leads to what it took in and what went wrong.", runs.into_any(), foot.clone())}
            {detail(view)}
            {panel("releases", "Releases", "Each release is a set of tables that never changes once it is published. Figures come from the current one.", releases, foot)}
        </div>
    }
    .into_any()
}

fn latest_sentence(view: &RunsView) -> String {
    let latest = &view.latest;
    let when = shown(latest, 0, "run__ended_at");
    if word(latest, 0, "run__status") == "failed" {
        let still = match &view.current {
            Some(release) => format!(
                "release {}, as of {}, is shown on",
                release.id,
                format::date(release.business_date)
            ),
            None => "there is no release to show yet".to_owned(),
        };
        return format!(
            "The last run failed in {} on {when} and published nothing; {still}.",
            word(latest, 0, "run__step")
        );
    }
    format!(
        "The last run published release {} on {when}, as of {}.",
        word(latest, 0, "run__release_id"),
        shown(latest, 0, "run__business_date"),
    )
}

/// The word for what became of a run.
pub fn outcome(frame: &Frame, row: usize) -> AnyView {
    let status = word(frame, row, "run__status");
    view! { <State standing=Standing::of_run(&status) word=sentence(&status)/> }.into_any()
}

fn tiles(view: &RunsView) -> AnyView {
    let latest = &view.latest;
    let tile = |label: &'static str, value: AnyView, below: String| {
        view! {
            <div class="figure-card">
                <p class="figure-label">{label}</p>
                <p class="figure-value">{value}</p>
                <p class="figure-prior">{below}</p>
            </div>
        }
    };
    let text = |column: &str| shown(latest, 0, column).into_any();
    let began = match latest.value(0, "run__started_at") {
        Value::DateTime(at) => (format::clock(*at), format::date(at.date())),
        _ => (format::NO_DATA.to_owned(), String::new()),
    };
    let status = word(latest, 0, "run__status");
    let below = match status.as_str() {
        "failed" => format!("in {}", word(latest, 0, "run__step")),
        _ => format!("as of {}", shown(latest, 0, "run__business_date")),
    };
    view! {
        <div class="figure-cards">
            {tile("Outcome", outcome(latest, 0), below)}
            {tile("Started", began.0.into_any(), began.1)}
            {tile("Duration", text("run_seconds"), mode(latest, 0))}
            {tile("Rows landed", text("rows_read"), "taken in for the first time".to_owned())}
            {tile("Rows written", text("rows_written"), "in all tables it made or changed".to_owned())}
        </div>
    }
    .into_any()
}

/// How much a run built.
pub fn mode(frame: &Frame, row: usize) -> String {
    match word(frame, row, "run__mode").as_str() {
        "" => format::NO_DATA.to_owned(),
        "full" => "everything anew".to_owned(),
        "incremental" | "increment" => "only what changed".to_owned(),
        other => other.replace('_', " "),
    }
}

fn list(view: &RunsView) -> AnyView {
    let runs = &view.runs;
    let longest = (0..runs.rows.len())
        .filter_map(|row| runs.value(row, "run_seconds").decimal())
        .max()
        .unwrap_or_default();
    let chosen = word(&view.chosen, 0, "run__run_id");
    let rows: Vec<AnyView> = (0..runs.rows.len())
        .map(|row| run_row(runs, row, longest, &chosen))
        .collect();
    let business_date = view! {
        <Term id="business-date" word="Business date" meaning="The latest day that had landed. Every figure of the release counts it as today."/>
    };
    let heads = vec![
        head("Started"),
        head("Outcome"),
        head("Duration"),
        head("Built").spare(),
        head(business_date).spare(),
        head("Rows landed").number(),
        head("Rows written").number().spare(),
        head("Release").spare(),
    ];
    table("Runs, the newest first", heads, rows.into_any())
}

fn run_row(runs: &Frame, row: usize, longest: Decimal, chosen: &str) -> AnyView {
    let id = word(runs, row, "run__run_id");
    let is_chosen = id == chosen;
    let is_failed = word(runs, row, "run__status") == "failed";
    let seconds = runs.value(row, "run_seconds");
    let kind = if is_failed { "bar-bad" } else { "bar-plain" };
    let release = match is_failed {
        true => "none".to_owned(),
        false => shown(runs, row, "run__release_id"),
    };
    let error = word(runs, row, "run__error");
    let why = (is_failed && !error.is_empty()).then(|| {
        let summary = format!("Why it failed in {}", word(runs, row, "run__step"));
        view! {
            <tr class="run-why">
                <td colspan="8">
                    <details>
                        <summary>{summary}</summary>
                        <p class="run-error">{sentence(&error)}</p>
                    </details>
                </td>
            </tr>
        }
    });
    view! {
        <tr class="run-row" class:is-chosen=is_chosen class:is-explained=why.is_some()>
            <th scope="row">
                <a href=run_href("runs", &id) data-noscroll="" aria-current=is_chosen.then_some("true")>
                    {shown(runs, row, "run__started_at")}
                </a>
            </th>
            <td>{outcome(runs, row)}</td>
            <td class="with-bar">
                <span class="bar-value">{shown(runs, row, "run_seconds")}</span>
                {bar(seconds, longest, kind)}
            </td>
            <td class="is-spare">{sentence(&mode(runs, row))}</td>
            <td class="is-spare">{shown(runs, row, "run__business_date")}</td>
            <td class="num">{shown(runs, row, "rows_read")}</td>
            <td class="num is-spare">{shown(runs, row, "rows_written")}</td>
            <td class="is-spare release-id">{release}</td>
        </tr>
        {why}
    }
    .into_any()
}

fn pages(view: &RunsView) -> AnyView {
    let newest = (!view.is_first_page).then(|| {
        view! { <a href=page_href("runs", "")>"Newest runs"</a> }
    });
    let older = view.older.as_ref().map(|after| {
        let query = format!("after={}", encoded(after));
        view! { <a href=page_href("runs", &query)>"Older runs"</a> }
    });
    if newest.is_none() && older.is_none() {
        return ().into_any();
    }
    view! { <nav class="pages" aria-label="Pages of runs">{newest}{older}</nav> }.into_any()
}

fn releases(view: &RunsView, frame: &Frame) -> AnyView {
    if frame.rows.is_empty() {
        return nothing("Nothing has been published yet.");
    }
    let current = view
        .current
        .as_ref()
        .map(|release| release.id.0.clone())
        .unwrap_or_default();
    let mut is_marked = false;
    let rows: Vec<AnyView> = (0..frame.rows.len())
        .map(|row| {
            let id = word(frame, row, "publication__release_id");
            let run = word(frame, row, "publication__run_id");
            // A release that was published again stands in the list twice; the later one counts.
            let is_current = id == current && !is_marked;
            is_marked |= is_current;
            let state = if is_current {
                view! { <State standing=Standing::Good word="Current"/> }.into_any()
            } else {
                view! { <span class="is-flat">"Earlier"</span> }.into_any()
            };
            let (tables, rows) = tables_of(&word(frame, row, "publication__tables"));
            view! {
                <tr>
                    <th scope="row" class="release-id">{id}</th>
                    <td>{state}</td>
                    <td>{shown(frame, row, "publication__business_date")}</td>
                    <td><a href=run_href("runs", &run) data-noscroll="">{shown(frame, row, "publication__published_at")}</a></td>
                    <td class="num is-spare">{tables.map_or_else(|| format::NO_DATA.to_owned(), count)}</td>
                    <td class="num is-spare">{rows.map_or_else(|| format::NO_DATA.to_owned(), count)}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    let heads = vec![
        head("Release"),
        head("State"),
        head("As of"),
        head("Published"),
        head("Tables").number().spare(),
        head("Rows").number().spare(),
    ];
    table("Releases, the newest first", heads, rows.into_any())
}

/// How many tables a release has, and rows in all of them.
fn tables_of(json: &str) -> (Option<Decimal>, Option<Decimal>) {
    let Ok(serde_json::Value::Object(tables)) = serde_json::from_str(json) else {
        return (None, None);
    };
    let rows = tables
        .values()
        .filter_map(|table| table.get("rows").unwrap_or(table).as_u64());
    (
        Some(tables.len().into()),
        Some(rows.map(Decimal::from).sum()),
    )
}

/// "3 files", with rows and size, for a run.
pub fn summed(frame: &Frame) -> String {
    let sum = |column: &str| -> Decimal {
        (0..frame.rows.len())
            .filter_map(|row| frame.value(row, column).decimal())
            .sum()
    };
    format!(
        "{} with {}, {}",
        counted(sum("files"), "file", "files"),
        counted(sum("rows_taken_in"), "row", "rows"),
        format::bytes(sum("bytes_taken_in"))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_rows_of_a_release_are_counted() {
        let json = r#"{"dim_user":{"rows":3,"checksum":"a"},"fct_purchase":{"rows":40}}"#;
        assert_eq!(tables_of(json), (Some(2.into()), Some(43.into())));
        assert_eq!(tables_of("no json"), (None, None));
    }
}
