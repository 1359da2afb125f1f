//! The largest values of one dimension. A row is a link that filters by it, or takes the filter away.

use leptos::prelude::*;
use marts::ask::UNKNOWN;
use marts::{ColumnRole, PanelView, Value, format};
use rust_decimal::Decimal;

use super::tone::Tone;
use crate::state::PageState;

pub fn figures(view: &PanelView, page: Option<PageState>) -> AnyView {
    let Some(frame) = view.answers.first().map(|answered| &answered.frame) else {
        return ().into_any();
    };
    let columns = &frame.columns;
    let (Some(dimension), Some(metric)) = (
        columns
            .iter()
            .find(|column| column.role == ColumnRole::Dimension),
        columns
            .iter()
            .find(|column| column.role == ColumnRole::Metric),
    ) else {
        return ().into_any();
    };
    let param = page.and_then(|page| {
        page.dashboard.with_value(|dashboard| {
            let control = dashboard
                .filters
                .iter()
                .find(|control| control.dimension == dimension.name)?;
            Some((page, control.param.clone()))
        })
    });
    let largest = (0..frame.rows.len())
        .filter_map(|row| frame.value(row, &metric.name).decimal())
        .max()
        .unwrap_or_default();
    let rows = (0..frame.rows.len()).map(|row| {
        let value = frame.value(row, &metric.name);
        let name = frame.value(row, &dimension.name);
        let change = view.prior.is_some().then(|| {
            let prior = frame.value(row, &format!("{}__prior", metric.name));
            let tone = Tone::of_change(value, prior);
            view! {
                <span class=format!("leader-change {}", tone.class())>{format::change_percent(value, prior)}</span>
            }
        });
        let parts = view! {
            <span class="leader-name">{format::dimension(name)}</span>
            <svg class="leader-bar" aria-hidden="true" width="100%" height="8">
                <rect width=percent_of(value, largest) height="100%"></rect>
            </svg>
            <span class="leader-value num">{format::exact(value, metric.unit)}</span>
            {change}
        };
        row_view(param.clone(), name, parts.into_any())
    });
    view! { <ol class="leaderboard">{rows.collect_view()}</ol> }.into_any()
}

fn row_view(filter: Option<(PageState, String)>, name: &Value, parts: AnyView) -> AnyView {
    let value = match name {
        Value::Null => UNKNOWN.to_owned(),
        Value::Text(text) => text.clone(),
        other => format::dimension(other),
    };
    let Some((page, param)) = filter else {
        return view! { <li class="leader-row">{parts}</li> }.into_any();
    };
    let selected = {
        let (param, value) = (param.clone(), value.clone());
        Memo::new(move |_| page.filters.with(|filters| filters.has(&param, &value)))
    };
    let href = move || {
        page.filters
            .with(|filters| page.href(&filters.toggled(&param, &value)))
    };
    view! {
        <li class="leader-row" class:is-selected=move || selected.get()>
            <a
                class="leader-link"
                href=href
                data-noscroll=""
                aria-current=move || selected.get().then_some("true")
            >
                {parts}
                <span class="visually-hidden">
                    {move || if selected.get() { "Chosen. Remove this filter" } else { "Filter by this" }}
                </span>
            </a>
        </li>
    }
    .into_any()
}

/// The length of a bar. A negative figure has none.
fn percent_of(value: &Value, largest: Decimal) -> String {
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
        assert_eq!(percent_of(&Value::Int(50), Decimal::from(200)), "25%");
        assert_eq!(percent_of(&Value::Int(200), Decimal::from(200)), "100%");
        assert_eq!(percent_of(&Value::Int(-3), Decimal::from(200)), "0%");
        assert_eq!(percent_of(&Value::Int(3), Decimal::ZERO), "0%");
        assert_eq!(percent_of(&Value::Null, Decimal::from(200)), "0%");
    }
}
