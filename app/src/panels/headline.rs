//! Headline numbers: each figure in full, beside what it was, with its course in small, how sure it is and why it changed.

use leptos::prelude::*;
use marts::{Column, ColumnRole, Frame, MetricNote, PanelView, Value, format};

use super::drill_link::DrillLink;
use super::standing::{Mark, Standing};
use super::tone::{Tone, change};
use crate::state::PageState;
use crate::url::{dashboard_href, encoded};

pub fn figures(view: &PanelView, page: Option<PageState>) -> AnyView {
    let Some(totals) = view.answers.first().map(|answered| &answered.frame) else {
        return ().into_any();
    };
    let cards = totals
        .columns
        .iter()
        .filter(|column| column.role == ColumnRole::Metric)
        .map(|column| card(view, totals, column, page));
    view! { <div class="figure-cards">{cards.collect_view()}</div> }.into_any()
}

fn card(view: &PanelView, totals: &Frame, column: &Column, page: Option<PageState>) -> AnyView {
    let note = view.notes.iter().find(|note| note.metric == column.name);
    let is_absent = note.is_some_and(|note| note.is_absent);
    let current = totals.value(0, &column.name);
    let prior = totals.value(0, &format!("{}__prior", column.name));
    let compared = if is_absent {
        Some(view! { <p class="figure-prior">"Not recorded in this release"</p> }.into_any())
    } else {
        view.prior.map(|_| {
            let tone = Tone::of_change(current, prior);
            let before = match prior {
                Value::Null => "nothing to compare with".to_owned(),
                _ => format!("from {}", format::exact(prior, column.unit)),
            };
            let changed = match tone {
                Tone::Flat if current.decimal().is_some() && current == prior => {
                    "no change".to_owned()
                }
                _ => change(current, prior, column.unit),
            };
            let arrow = (tone != Tone::Flat).then(|| {
                view! { <span class="figure-arrow" aria-hidden="true">{tone.arrow()}</span> }
            });
            view! {
                <p class=format!("figure-change {}", tone.class())>
                    {arrow}
                    <span class="figure-change-text">{changed}</span>
                </p>
                <p class="figure-prior">{before}</p>
            }
            .into_any()
        })
    };
    // What is not recorded has no rows.
    let rows = view
        .panel
        .rows_below(&column.name, view.release.business_date)
        .filter(|_| !is_absent);
    let sparkline = view
        .drawings
        .iter()
        .find(|drawing| drawing.key == column.name && !is_absent)
        .map(|drawing| {
            view! { <div class="sparkline" aria-hidden="true" inner_html=drawing.wide.svg.clone()></div> }
        });
    let has_reasons = prior.decimal().is_some() && current.decimal().is_some();
    let foot = page
        .zip(note)
        .map(|(page, note)| foot(note, &column.label, has_reasons, page));
    view! {
        <div class="figure-card">
            <p class="figure-label">{column.label.clone()}</p>
            <p class="figure-value">
                <DrillLink
                    page
                    drill=rows
                    text=format::exact(current, column.unit)
                    of=column.label.clone()
                />
            </p>
            {compared}
            {sparkline}
            {foot}
        </div>
    }
    .into_any()
}

/// How far the figure's contracts hold, why it changed, and where there is more of it.
fn foot(note: &MetricNote, label: &str, has_reasons: bool, page: PageState) -> AnyView {
    let (standing, says) = state(note);
    let contracts = (note.contracts > 0).then(|| {
        view! {
            <a class="figure-contracts" href=dashboard_href("contracts", "", page.is_static)>
                <Mark standing/>
                <span>{says}</span>
                <span class="visually-hidden">{format!(" for {label}")}</span>
            </a>
        }
    });
    let why = (has_reasons && note.has_reasons).then(|| {
        let metric = encoded(&note.metric);
        let href = move || {
            let query = page.query.get();
            let separator = if query.is_empty() { "" } else { "&" };
            dashboard_href(
                "why",
                &format!("metric={metric}{separator}{query}"),
                page.is_static,
            )
        };
        view! {
            <a class="figure-why" href=href>"Why?"<span class="visually-hidden">{format!(" How {label} came to change")}</span></a>
        }
    });
    let more = note.page.clone().map(|link| {
        let name = link.name.clone();
        let href = move || page.query.with(|query| dashboard_href(&name, query, page.is_static));
        view! {
            <a class="figure-more" href=href>{link.title}<span class="visually-hidden">{format!(": more of {label}")}</span></a>
        }
    });
    view! { <div class="figure-foot">{contracts}{why}{more}</div> }.into_any()
}

fn state(note: &MetricNote) -> (Standing, String) {
    let contracts = |number: u32| match number {
        1 => "1 contract".to_owned(),
        _ => format!("{number} contracts"),
    };
    match note {
        MetricNote { fail: 1.., .. } => (
            Standing::Bad,
            format!("{} of {} fail", note.fail, contracts(note.contracts)),
        ),
        MetricNote { warn: 1, .. } => (
            Standing::Warn,
            format!("1 of {} warns", contracts(note.contracts)),
        ),
        MetricNote { warn: 1.., .. } => (
            Standing::Warn,
            format!("{} of {} warn", note.warn, contracts(note.contracts)),
        ),
        MetricNote { contracts: 1, .. } => (Standing::Good, "1 contract holds".to_owned()),
        _ => (
            Standing::Good,
            format!("{} hold", contracts(note.contracts)),
        ),
    }
}
