//! One row of a board.

use leptos::prelude::*;
use marts::{Drill, Value};
use rust_decimal::Decimal;

use super::drill_link::DrillLink;
use crate::state::PageState;
use crate::value_search::shown;

/// What a row says, written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    pub value: String,
    /// The bar's length: `12.5%`.
    pub bar: String,
    /// Of the total; empty where that is not known.
    pub share: String,
    /// How it changed, with the class of its tone.
    pub change: Option<(&'static str, String)>,
}

#[component]
pub fn LeaderRow(
    name: String,
    figures: Figures,
    filter: Option<(PageState, String)>,
    page: Option<PageState>,
    drill: Drill,
) -> impl IntoView {
    let label = shown(&name);
    let Figures {
        value,
        bar,
        share,
        change,
    } = figures;
    let change = change.map(|(class, text)| {
        view! { <span class=format!("leader-change num {class}")>{text}</span> }
    });
    let is_kept = chosen(&filter, &name, false);
    let is_left_out = chosen(&filter, &name, true);
    let link = match filter.clone() {
        Some((page, param)) => keep_link(page, param, name.clone(), label.clone(), is_kept),
        None => view! { <span class="leader-name" dir="auto">{label.clone()}</span> }.into_any(),
    };
    let leave_out = match filter {
        Some((page, param)) => leave_out_link(page, param, name, label.clone(), is_left_out),
        None => ().into_any(),
    };
    view! {
        <li
            class="leader-row"
            class:is-selected=move || is_kept.get()
            class:is-left-out=move || is_left_out.get()
        >
            {link}
            <svg class="leader-bar" aria-hidden="true" width="100%" height="8">
                <rect width=bar height="100%"></rect>
            </svg>
            <span class="leader-value num">
                <DrillLink page drill text=value of=label/>
            </span>
            <span class="leader-share num">{share}</span>
            {change}
            {leave_out}
        </li>
    }
    .into_any()
}

/// Whether the value is chosen so.
fn chosen(filter: &Option<(PageState, String)>, name: &str, left_out: bool) -> Memo<bool> {
    let (filter, name) = (filter.clone(), name.to_owned());
    Memo::new(move |_| {
        filter.as_ref().is_some_and(|(page, param)| {
            page.filters.with(|filters| {
                filters.has(param, &name) && filters.excluded.contains(param) == left_out
            })
        })
    })
}

fn keep_link(
    page: PageState,
    param: String,
    name: String,
    label: String,
    is_kept: Memo<bool>,
) -> AnyView {
    let href = move || {
        page.filters
            .with(|filters| page.href(&filters.including(&param, &name)))
    };
    let title = label.clone();
    view! {
        <a
            class="leader-link"
            href=href
            data-noscroll=""
            aria-current=move || is_kept.get().then_some("true")
            title=title
        >
            <span class="leader-name" dir="auto">{label}</span>
            <span class="visually-hidden">
                {move || if is_kept.get() { "Chosen. Remove this filter" } else { "Filter by this" }}
            </span>
        </a>
    }
    .into_any()
}

fn leave_out_link(
    page: PageState,
    param: String,
    name: String,
    label: String,
    is_left_out: Memo<bool>,
) -> AnyView {
    let href = move || {
        page.filters
            .with(|filters| page.href(&filters.excluding(&param, &name)))
    };
    let said = move || match is_left_out.get() {
        true => format!("{label} is left out. Take it back in"),
        false => format!("Leave out {label}"),
    };
    let title = said.clone();
    view! {
        <a
            class="leader-out"
            href=href
            data-noscroll=""
            title=title
            aria-current=move || is_left_out.get().then_some("true")
        >
            <span aria-hidden="true">"⊘"</span>
            <span class="visually-hidden">{said}</span>
        </a>
    }
    .into_any()
}

/// The length of a bar. A negative figure has none.
pub fn share_of(value: &Value, largest: Decimal) -> String {
    let share = value
        .decimal()
        .and_then(|value| {
            value
                .checked_mul(Decimal::ONE_HUNDRED)?
                .checked_div(largest)
        })
        .unwrap_or_default()
        .clamp(Decimal::ZERO, Decimal::ONE_HUNDRED);
    format!("{}%", share.round_dp(2).normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_parts_of_the_longest() {
        assert_eq!(share_of(&Value::Int(50), Decimal::from(200)), "25%");
        assert_eq!(share_of(&Value::Int(200), Decimal::from(200)), "100%");
        assert_eq!(share_of(&Value::Int(-3), Decimal::from(200)), "0%");
        assert_eq!(share_of(&Value::Int(3), Decimal::ZERO), "0%");
        assert_eq!(share_of(&Value::Null, Decimal::from(200)), "0%");
    }
}
