//! Days of one's own to compare with, in the filter bar.

use leptos::prelude::*;
use marts::{Comparison, DateRange, filters};
use web_sys::FormData;

use crate::erase::Erase;
use crate::state::PageState;

/// The choice in the list of comparisons that goes with the two dates.
pub const CUSTOM: &str = "custom";

/// First and last day, in sight when the list of comparisons says "Other dates".
#[component]
pub fn ComparisonDates(state: PageState) -> impl IntoView {
    let days = Memo::new(
        move |_| match state.filters.with(|filters| filters.compare) {
            Some(Comparison::Between(days)) => Some(days),
            _ => None,
        },
    );
    let from = move || {
        days.get()
            .map(|days| days.from.to_string())
            .unwrap_or_default()
    };
    let to = move || {
        days.get()
            .map(|days| days.to.to_string())
            .unwrap_or_default()
    };
    view! {
        <label class="filter-field compare-date">
            <span class="filter-label">"From"</span>
            <input type="date" name="compare_from" aria-label="Compare from" value=from prop:value=from/>
        </label>
        <label class="filter-field compare-date">
            <span class="filter-label">"To"</span>
            <input type="date" name="compare_to" aria-label="Compare to" value=to prop:value=to/>
        </label>
    }
    .erased()
}

/// Puts the two dates into the one parameter. A date that is not filled in yet is that of the comparison until now.
pub fn fold(data: &FormData, changed: &str, state: PageState) {
    let text = |name: &str| data.get(name).as_string().unwrap_or_default();
    let is_custom = text("compare") == CUSTOM;
    let (mut from, mut to) = (text("compare_from"), text("compare_to"));
    data.delete("compare_from");
    data.delete("compare_to");
    if !is_custom {
        return;
    }
    let until_now = state.release.with_value(|release| {
        state.filters.with_untracked(|now| {
            let compare = now.compare.unwrap_or(Comparison::PriorPeriod);
            filters::prior_range(now.range(release), compare, now.grain(release))
        })
    });
    let DateRange {
        from: first,
        to: last,
    } = until_now;
    if from.is_empty() {
        from = first.to_string();
    }
    if to.is_empty() {
        to = last.to_string();
    }
    // The day just chosen stands, and the other end moves to it.
    if from > to {
        match changed {
            "compare_from" => to.clone_from(&from),
            _ => from.clone_from(&to),
        }
    }
    // Fails for no text.
    let _ = data.set_with_str("compare", &format!("{from}..{to}"));
}
