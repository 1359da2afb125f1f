//! What a run's contracts found, and where its rows went.

use leptos::prelude::*;
use marts::{Value, format};

use super::cells::{panel, run_href, sentence, shown, word};
use super::{contract_list, row_accounts, sources};
use crate::contract_state::ContractState;
use crate::ops_api::ContractsView;
use crate::panels::Mark;

pub fn report(view: &ContractsView) -> AnyView {
    if view.results.rows.is_empty() && view.run.rows.is_empty() {
        return view! {
            <div class="state-empty">
                <p>"No contract has been checked yet. The first run of the pipeline that gets as far as its contracts shows here what they found."</p>
            </div>
        }
        .into_any();
    }
    let foot = foot(view);
    view! {
        {state(view)}
        <div class="grid">
            {panel("contracts", "What each contract found", "By table, those that do not hold first. Samples show at most five rows, without personal data.", contract_list::list(&view.results), foot.clone())}
            {panel("accounts", "Where every landed row went", "Each landed row has exactly one outcome, so outcomes add up to what landed: in rows, and in dollars where rows have amounts.", row_accounts::accounts(view), foot.clone())}
            {panel("quarantine", "Held back", "Rows that cannot be used yet. They are looked at again in every run, and count in all figures from the run that frees them.", row_accounts::quarantine(view), foot.clone())}
            {panel("freshness", "How old each source is", "Age is counted from the business date, the latest day on which anything landed. Usual is the median of comparable days before.", sources::freshness(view), foot.clone())}
            {panel("drift", "Changes in files", "Where landing files have other columns than their source declares.", sources::drift(view), foot)}
        </div>
    }
    .into_any()
}

fn foot(view: &ContractsView) -> Vec<String> {
    let mut parts = Vec::new();
    if let Value::Date(day) = view.run.value(0, "run__business_date") {
        parts.push(format!("As of {}", format::date(*day)));
    }
    if !view.run.rows.is_empty() {
        parts.push(format!("Run of {}", shown(&view.run, 0, "run__started_at")));
    }
    parts.push(view.zone.clone());
    parts
}

/// The overall state, then of which run, and what that means for the figures that are shown.
fn state(view: &ContractsView) -> AnyView {
    let run = &view.run;
    let id = word(run, 0, "run__run_id");
    let failed = word(run, 0, "run__status") == "failed";
    let link = (!run.rows.is_empty()).then(|| {
        let which = if view.is_latest {
            "the last run"
        } else {
            "the run"
        };
        view! {
            <span>
                {format!("Found by {which}, ")}
                <a href=run_href("runs", &id)>{shown(run, 0, "run__started_at")}</a>
                "."
            </span>
        }
    });
    let means = match (failed, &view.current) {
        (true, Some(_)) if view.is_latest => {
            Some(format!("That run published nothing. {}", still_shown(view)))
        }
        (true, None) => {
            Some("That run published nothing, and nothing was published before.".to_owned())
        }
        (true, Some(_)) => Some("That run published nothing.".to_owned()),
        (false, Some(release)) if word(run, 0, "run__release_id") != release.id.0 => {
            Some(still_shown(view))
        }
        _ => None,
    };
    view! {
        <div class=format!("verdict {}", view.state.standing().class())>
            <p class="verdict-says" role="status">
                <Mark standing=view.state.standing()/>
                <span>{format!("{}.", view.state.sentence())}</span>
            </p>
            <p class="verdict-of">{link}{means.map(|text| view! { <span>{text}</span> })}</p>
        </div>
    }
    .into_any()
}

fn still_shown(view: &ContractsView) -> String {
    let Some(release) = &view.current else {
        return String::new();
    };
    let shown = view
        .shown
        .as_ref()
        .filter(|state| state.total() > 0)
        .map(ContractState::sentence)
        .map(|said| format!(": {}", lower(&said)))
        .unwrap_or_default();
    sentence(&format!(
        "figures come from release {}, as of {}{shown}.",
        release.id,
        format::date(release.business_date)
    ))
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().to_string() + letters.as_str())
        .unwrap_or_default()
}
