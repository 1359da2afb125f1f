//! Every token and component in each of its states, on invented figures.

use leptos::prelude::*;
use marts::{Answer, Failure, Panel, PanelKind};

use super::samples;
use crate::AppError;
use crate::panels::{ErrorState, PanelFrame, Skeleton, panel_body};

/// Names of colours as `style/tokens.css` has them.
const SWATCHES: [&str; 18] = [
    "surface-page",
    "surface-panel",
    "surface-sunken",
    "text",
    "text-muted",
    "accent",
    "good",
    "bad",
    "warn-surface",
    "edge",
    "series-1",
    "series-2",
    "series-3",
    "series-4",
    "series-5",
    "series-6",
    "series-7",
    "series-8",
];

const KINDS: [(&str, PanelKind); 5] = [
    ("headline", PanelKind::Headline),
    ("time_series", PanelKind::TimeSeries),
    ("leaderboard", PanelKind::Leaderboard),
    ("table", PanelKind::Table),
    ("empty", PanelKind::Table),
];

/// All of it, drawn by `answer`.
pub fn every_state(answer: &dyn Answer) -> AnyView {
    let swatches = SWATCHES.map(|name| {
        view! {
            <li class="swatch-item">
                <span class=format!("swatch swatch-{name}") aria-hidden="true"></span>
                <code>{name}</code>
            </li>
        }
    });
    let with_figures = KINDS.map(|(key, kind)| sample_panel(answer, key, kind));
    let loading = KINDS.into_iter().take(4).map(|(key, kind)| {
        let panel = Panel {
            key: format!("{key}-loading"),
            title: "On its way".to_owned(),
            ..sample(key, kind)
        };
        view! { <PanelFrame panel=panel.clone() busy=true><Skeleton panel/></PanelFrame> }
    });
    let colours = view! { <ul class="swatch-list">{swatches.into_iter().collect_view()}</ul> };
    let broken = Panel {
        key: "error".to_owned(),
        title: "Gone wrong".to_owned(),
        ..sample("table", PanelKind::Table)
    };
    let failure = Failure::unavailable(
        "The figures could not be read in time. Try again, or choose a shorter range.",
    );
    let error = AppError(failure.with_request_id("0198f0c4"));
    let without = view! {
        <div class="grid">
            {loading.collect_view()}
            <PanelFrame panel=broken busy=false>
                <ErrorState error retry=Callback::new(|()| ())/>
            </PanelFrame>
        </div>
    };
    let with = view! { <div class="grid">{with_figures.into_iter().collect_view()}</div> };
    view! {
        {section("guide-colours", "Colours", colours.into_any())}
        {section("guide-type", "Type", type_samples())}
        {section("guide-controls", "Controls", controls())}
        {section("guide-panels", "Panels with figures, and without any", with.into_any())}
        {section("guide-loading", "Panels on their way, and gone wrong", without.into_any())}
    }
    .into_any()
}

fn section(id: &'static str, title: &'static str, content: AnyView) -> AnyView {
    view! {
        <section class="guide-section" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            {content}
        </section>
    }
    .into_any()
}

fn type_samples() -> AnyView {
    view! {
        <p class="figure-value">"$1,234,567.89"</p>
        <p class="page-title">"Title"</p>
        <p>"Body: a calm instrument for people who read numbers all day."</p>
        <p class="figure-prior">"Small: $1,180,000.00 in Oct 13, 2025 – Jan 4, 2026"</p>
    }
    .into_any()
}

fn controls() -> AnyView {
    view! {
        <div class="filter-bar" role="group" aria-label="Sample controls">
            <label class="filter-field">
                <span class="filter-label">"A choice"</span>
                <select name="range">
                    <option>"First"</option>
                    <option value="custom" selected=true>"Second"</option>
                </select>
            </label>
            <label class="filter-field filter-date">
                <span class="filter-label">"A date"</span>
                <input type="date" name="sample-date" value="2026-01-05"/>
            </label>
            <button type="button" class="filter-apply">"Apply"</button>
            <a class="filter-chip" href="#guide-controls" rel="external">
                <span>"State: OH"</span>
                <span class="filter-chip-remove" aria-hidden="true">"×"</span>
            </a>
            <a class="filter-clear" href="#guide-controls" rel="external">"Clear all"</a>
        </div>
        <div class="notice notice-warn"><p>"ignored: grain=fortnight"</p></div>
        <div class="notice"><p>"A notice that only informs."</p></div>
    }
    .into_any()
}

fn sample_panel(answer: &dyn Answer, key: &str, kind: PanelKind) -> AnyView {
    let body = match samples::panel_view(answer, key) {
        Ok(view) => panel_body(&view, None),
        Err(failure) => view! { <ErrorState error=AppError(failure)/> }.into_any(),
    };
    view! { <PanelFrame panel=sample(key, kind) busy=false>{body}</PanelFrame> }.into_any()
}

/// A panel as a dashboard's file would describe it.
pub fn sample(key: &str, kind: PanelKind) -> Panel {
    let (title, metrics, dimensions): (&str, &[&str], &[&str]) = match kind {
        PanelKind::Headline => (
            "Headline numbers",
            &["retail_spend", "receipts", "spend_per_receipt"],
            &[],
        ),
        PanelKind::TimeSeries => ("Retail spend over time", &["retail_spend"], &[]),
        PanelKind::Leaderboard => ("Departments", &["retail_spend"], &["product__department"]),
        PanelKind::Histogram => ("Basket sizes", &["receipts"], &["receipt__basket"]),
        PanelKind::HeatMap => (
            "Receipts by weekday and hour",
            &["receipts"],
            &["purchase__weekday", "purchase__hour_of_day"],
        ),
        PanelKind::Table if key == "empty" => {
            ("Nothing found", &["retail_spend"], &["product__name"])
        }
        PanelKind::Table => (
            "Top products",
            &["retail_spend", "units"],
            &["product__name", "product__department"],
        ),
    };
    Panel {
        key: format!("sample-{key}"),
        title: title.to_owned(),
        description: "What the number counts, and what it leaves out.".to_owned(),
        kind,
        metrics: metrics.iter().map(|&name| name.to_owned()).collect(),
        dimensions: dimensions.iter().map(|&name| name.to_owned()).collect(),
        limit: None,
    }
}
