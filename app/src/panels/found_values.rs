//! Values of a filter that were looked for.

use leptos::prelude::*;

use crate::api::Options;
use crate::state::PageState;
use crate::value_search::shown;

/// Each value keeps itself by a click, and is left out by the sign behind it.
pub fn found_values(page: PageState, param: &str, options: Options) -> AnyView {
    let Options { values, more } = options;
    let is_empty = values.is_empty();
    let rows: Vec<AnyView> = values
        .into_iter()
        .map(|value| found_value(page, param, &value))
        .collect();
    view! {
        <ul class="value-list" role="list">{rows}</ul>
        {is_empty.then(|| view! { <p class="value-note">"No value holds these letters."</p> })}
        {more.then(|| view! { <p class="value-note">"There are more. Type to narrow them down."</p> })}
    }
    .into_any()
}

fn found_value(page: PageState, param: &str, value: &str) -> AnyView {
    let label = shown(value);
    let said = format!("Leave out {label}");
    let title = said.clone();
    let (keep, leave_out, class, current) = page.filters.with_untracked(|filters| {
        let is_chosen = filters.has(param, value);
        let class = match (is_chosen, filters.excluded.contains(param)) {
            (false, _) => "value-row",
            (true, false) => "value-row is-selected",
            (true, true) => "value-row is-left-out",
        };
        (
            page.href(&filters.including(param, value)),
            page.href(&filters.excluding(param, value)),
            class,
            is_chosen.then_some("true"),
        )
    });
    view! {
        <li class=class>
            <a class="value-link" href=keep data-noscroll="" dir="auto" aria-current=current>{label}</a>
            <a class="leader-out" href=leave_out data-noscroll="" title=title>
                <span aria-hidden="true">"⊘"</span>
                <span class="visually-hidden">{said}</span>
            </a>
        </li>
    }
    .into_any()
}
