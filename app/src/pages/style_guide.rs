//! Every token and component in each of its states, on invented figures.

use leptos::prelude::*;
use marts::{Answer, Panel, PanelKind};

use super::{guide_states, network_samples, samples, statements};
use crate::panels::{Mark, Standing, State, Term};

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

/// Both, side by side.
pub const THEMES: [&str; 2] = ["light", "dark"];

const KINDS: [(&str, PanelKind); 19] = [
    ("headline", PanelKind::Headline),
    ("time_series", PanelKind::TimeSeries),
    ("leaderboard", PanelKind::Leaderboard),
    ("table", PanelKind::Table),
    ("histogram", PanelKind::Histogram),
    ("heat_map", PanelKind::HeatMap),
    ("pivot", PanelKind::Pivot),
    ("funnel", PanelKind::Funnel),
    ("maturing", PanelKind::Maturing),
    ("intervals", PanelKind::Intervals),
    ("estimates", PanelKind::Estimates),
    ("curve", PanelKind::Curve),
    ("generations", PanelKind::Generations),
    ("trees", PanelKind::Trees),
    ("roll_forward", PanelKind::RollForward),
    ("cohort", PanelKind::Cohort),
    ("by_age", PanelKind::ByAge),
    ("register", PanelKind::Register),
    ("assertions", PanelKind::Assertions),
];

/// All of it, drawn by `answer`.
pub fn every_state(answer: &dyn Answer) -> AnyView {
    view! {
        {section("guide-colours", "Colours", both(|_| colours()))}
        {section("guide-type", "Type", both(|_| type_samples()))}
        {section("guide-controls", "Controls", both(controls))}
        {section("guide-standing", "How things stand", both(standings))}
        {section("guide-waterfall", "What a difference is made of", both(|theme| waterfall(answer, theme)))}
        {section("guide-panels", "Panels, each kind in each state", guide_states::all(answer, &KINDS))}
    }
    .into_any()
}

/// The same in both themes, side by side where there is room.
pub fn both(content: impl Fn(&'static str) -> AnyView) -> AnyView {
    let themes = THEMES.map(|theme| {
        view! { <div class="guide-theme" data-theme=theme>{content(theme)}</div> }
    });
    view! { <div class="guide-themes">{themes.into_iter().collect_view()}</div> }.into_any()
}

fn colours() -> AnyView {
    let swatches = SWATCHES.map(|name| {
        view! {
            <li class="swatch-item">
                <span class=format!("swatch swatch-{name}") aria-hidden="true"></span>
                <code>{name}</code>
            </li>
        }
    });
    view! { <ul class="swatch-list">{swatches.into_iter().collect_view()}</ul> }.into_any()
}

/// A difference and its parts: rises, falls, what is new and gone; and one that cannot be taken apart.
fn waterfall(answer: &dyn Answer, theme: &'static str) -> AnyView {
    let drawing = answer.draw_waterfall(&samples::waterfall());
    let drawn = drawing.as_ref().map(super::why::chart);
    let id = format!("guide-waterfall-{theme}");
    let none = format!("{id}-none");
    view! {
        <section class="panel" data-kind="waterfall" data-state="shown" aria-labelledby=id.clone()>
            <header class="panel-head"><h3 class="panel-title" id=id.clone()>"By state"</h3></header>
            {drawn}
        </section>
        <section class="panel" data-kind="waterfall" data-state="empty" aria-labelledby=none.clone()>
            <header class="panel-head"><h3 class="panel-title" id=none.clone()>"By state: the same on both sides"</h3></header>
            <p class="state-none">"Both figures are $0.00, and so is each of their parts. Choose other days to compare."</p>
        </section>
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

fn controls(theme: &'static str) -> AnyView {
    let label = format!("Sample controls, {theme}");
    view! {
        <div class="filter-bar" role="group" aria-label=label>
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

fn standings(theme: &'static str) -> AnyView {
    let marks = [
        (Standing::Good, "holds"),
        (Standing::Warn, "warns"),
        (Standing::Aside, "set aside"),
        (Standing::Bad, "fails"),
    ];
    let marks = marks.map(|(standing, word)| view! { <State standing word/> });
    view! {
        <p class="guide-line">{marks.into_iter().collect_view()}</p>
        <p class="guide-line">
            <Term id=format!("guide-{theme}") word="A word of the trade" meaning="Explained under the pointer and under the focus."/>
        </p>
        <div class="verdict stands-warn">
            <p class="verdict-says"><Mark standing=Standing::Warn/><span>"61 of 63 contracts hold; 2 warn."</span></p>
        </div>
    }
    .into_any()
}

/// A panel as a dashboard's file would describe it.
pub fn sample(key: &str, kind: PanelKind) -> Panel {
    const DESCRIPTION: &str = "What the number counts, and what it leaves out.";
    if let Some(panel) = network_samples::panel(kind) {
        return Panel {
            key: format!("sample-{key}"),
            description: DESCRIPTION.to_owned(),
            ..panel
        };
    }
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
            "Receipts by weekday and basket",
            &["receipts"],
            &["purchase__weekday", "receipt__basket"],
        ),
        PanelKind::Pivot => (
            "Retail spend by state and department",
            &["retail_spend"],
            &["user__state", "product__department"],
        ),
        PanelKind::RollForward => ("What is owed", &statements::METRICS, &[]),
        PanelKind::Cohort => ("Retention by cohort", &["retention"], &["cohort__age"]),
        PanelKind::ByAge => ("Retention by age", &["retention"], &["cohort__age"]),
        PanelKind::Register => (
            "Payment runs",
            &["payments", "amount"],
            &["settlement__pay_on"],
        ),
        PanelKind::Assertions => ("Ties out", &[], &[]),
        PanelKind::Table if key == "empty" => {
            ("Nothing found", &["retail_spend"], &["product__name"])
        }
        // All others have samples of their own.
        _ => (
            "Top products",
            &["retail_spend", "units"],
            &["product__name", "product__department"],
        ),
    };
    Panel {
        key: format!("sample-{key}"),
        title: title.to_owned(),
        description: DESCRIPTION.to_owned(),
        kind,
        metrics: metrics.iter().map(|&name| name.to_owned()).collect(),
        dimensions: dimensions.iter().map(|&name| name.to_owned()).collect(),
        contracts: match kind {
            PanelKind::Assertions => statements::CONTRACTS.map(str::to_owned).to_vec(),
            _ => Vec::new(),
        },
        ..Panel::default()
    }
}
