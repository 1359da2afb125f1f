//! What reports about the pipeline are put together from: links, cells, bars, the parts of a panel.

use leptos::prelude::*;
use marts::{Frame, Panel, PanelKind, Unit, Value, format};
use rust_decimal::Decimal;

use crate::ops_api::Part;
use crate::panels::{ErrorState, PanelFrame};
use crate::state::is_static_view;
use crate::url::{dashboard_href, encoded};

/// The address of a page about one run.
pub fn run_href(page: &str, run: &str) -> String {
    dashboard_href(page, &format!("run={}", encoded(run)), is_static_view())
}

pub fn page_href(page: &str, query: &str) -> String {
    dashboard_href(page, query, is_static_view())
}

/// A cell's text; what is not there is "–".
pub fn shown(frame: &Frame, row: usize, column: &str) -> String {
    match frame.value(row, column) {
        Value::Null => format::NO_DATA.to_owned(),
        value => {
            let unit = frame
                .column(column)
                .and_then(|at| frame.columns.get(at))
                .map_or(Unit::None, |column| column.unit);
            format::exact(value, unit)
        }
    }
}

/// A cell that is a word, or nothing.
pub fn word(frame: &Frame, row: usize, column: &str) -> String {
    match frame.value(row, column) {
        Value::Text(text) => text.clone(),
        _ => String::new(),
    }
}

pub fn count(number: Decimal) -> String {
    format::exact(&Value::Decimal(number), Unit::Count)
}

pub fn money(amount: Option<Decimal>) -> String {
    match amount {
        Some(amount) => format::exact(&Value::Decimal(amount), Unit::Usd),
        None => format::NO_DATA.to_owned(),
    }
}

/// "1 row", "2 rows".
pub fn counted(number: Decimal, one: &str, more: &str) -> String {
    let noun = if number == Decimal::ONE { one } else { more };
    format!("{} {noun}", count(number))
}

/// The first letter large.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().to_string() + letters.as_str())
        .unwrap_or_default()
}

/// A bar as long as its part of the longest.
pub fn bar(value: &Value, longest: Decimal, class: &'static str) -> AnyView {
    let share = value
        .decimal()
        .and_then(|value| {
            value
                .checked_mul(Decimal::ONE_HUNDRED)?
                .checked_div(longest)
        })
        .unwrap_or_default()
        .clamp(Decimal::ZERO, Decimal::ONE_HUNDRED)
        .round_dp(2)
        .normalize();
    view! {
        <svg class=format!("bar {class}") aria-hidden="true" width="100%" height="8">
            <rect width=format!("{share}%") height="100%"></rect>
        </svg>
    }
    .into_any()
}

/// A panel with what it shows, and below that where it comes from.
pub fn panel(
    key: &str,
    title: impl Into<String>,
    description: &str,
    content: AnyView,
    foot: Vec<String>,
) -> AnyView {
    let panel = Panel {
        key: key.to_owned(),
        title: title.into(),
        description: description.to_owned(),
        kind: PanelKind::Table,
        metrics: Vec::new(),
        dimensions: Vec::new(),
        ..Panel::default()
    };
    let foot = (!foot.is_empty()).then(|| {
        let parts = foot.into_iter().map(|part| view! { <span>{part}</span> });
        view! { <footer class="panel-foot">{parts.collect_view()}</footer> }
    });
    view! {
        <PanelFrame panel busy=false>
            <div class="panel-body">{content}</div>
            {foot}
        </PanelFrame>
    }
    .into_any()
}

/// What a part shows, or why it cannot.
pub fn or_error(part: &Part, view: impl FnOnce(&Frame) -> AnyView) -> AnyView {
    match part {
        Ok(frame) => view(frame),
        Err(error) => view! { <ErrorState error=error.clone()/> }.into_any(),
    }
}

pub fn nothing(sentence: &'static str) -> AnyView {
    view! { <p class="state-none">{sentence}</p> }.into_any()
}

/// A table's head.
pub struct Head {
    pub label: AnyView,
    pub is_number: bool,
    /// Left out where there is little room; said elsewhere on the page.
    pub is_spare: bool,
}

pub fn head(label: impl IntoView + 'static) -> Head {
    Head {
        label: label.into_any(),
        is_number: false,
        is_spare: false,
    }
}

impl Head {
    pub fn number(self) -> Self {
        Self {
            is_number: true,
            ..self
        }
    }

    pub fn spare(self) -> Self {
        Self {
            is_spare: true,
            ..self
        }
    }
}

/// A table that scrolls in itself where it is too wide.
pub fn table(label: impl Into<String>, heads: Vec<Head>, rows: AnyView) -> AnyView {
    let heads = heads.into_iter().map(|head| {
        let class = match (head.is_number, head.is_spare) {
            (true, true) => "num is-spare",
            (true, false) => "num",
            (false, true) => "is-spare",
            (false, false) => "",
        };
        view! { <th scope="col" class=class>{head.label}</th> }
    });
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label=label.into()>
            <table class="data-table">
                <thead>
                    <tr>{heads.collect_view()}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
