//! Assumptions and what would follow: levers, figures and charts, none of which is a figure of a release. A plain form
//! with a button where there are no scripts.

use leptos::prelude::*;
use marts::what_if::WHAT_IF;
use marts::{Grain, Value, format};

use crate::chart_overlay::Reading;
use crate::panels::Chart;
use crate::what_if::view::{Control, Outcome, Projected, WhatIfView};

const APPLY: &str = r#"<button type="submit" class="filter-apply">Apply</button>"#;

pub fn projected(view: &WhatIfView) -> AnyView {
    let ignored = (!view.ignored.is_empty()).then(|| {
        let text = format!("ignored: {}", view.ignored.join(", "));
        view! { <div class="notice notice-warn" role="status"><p>{text}</p></div> }
    });
    let missing = (!view.missing.is_empty()).then(|| {
        let items = view
            .missing
            .iter()
            .map(|text| view! { <li>{text.clone()}</li> });
        view! {
            <div class="state-empty">
                <p>"Nothing can be projected from this release. What is missing:"</p>
                <ul>{items.collect_view()}</ul>
            </div>
        }
    });
    let body = view.missing.is_empty().then(|| {
        view! {
            {levers(view)}
            <section class="panel what-if-answer" aria-labelledby="what-if-follows">
                <header class="panel-head"><h2 class="panel-title" id="what-if-follows">"What would follow"</h2></header>
                <div class="figure-cards">{view.outcomes.iter().map(outcome).collect_view()}</div>
                {foot(view)}
            </section>
            {view.charts.iter().map(|chart| charted(chart, view)).collect_view()}
        }
    });
    view! {
        <p class="notice what-if-mark" role="note">
            <strong>"Assumptions, not actuals."</strong>
            " What follows is reckoned from what was observed, day by day and without chance. No export, API or other page has it."
        </p>
        {ignored}
        {missing}
        {body}
        {view.missing.is_empty().then(how)}
    }
    .into_any()
}

fn levers(view: &WhatIfView) -> AnyView {
    let clear = (!view.is_as_observed).then(|| {
        let href = match &view.release {
            Some(release) => format!("/{WHAT_IF}?release={release}"),
            None => format!("/{WHAT_IF}"),
        };
        view! { <a class="filter-clear" href=href data-noscroll="">"All as observed"</a> }
    });
    let release = view.release.clone().map(|release| {
        view! { <input type="hidden" name="release" value=release/> }
    });
    view! {
        <form class="panel what-if-levers" method="get" action=format!("/{WHAT_IF}") aria-label="Assumptions" autocomplete="off">
            {release}
            {view.controls.iter().map(lever).collect_view()}
            <noscript inner_html=APPLY></noscript>
            {clear}
        </form>
    }
    .into_any()
}

fn lever(control: &Control) -> AnyView {
    let lever = control.lever;
    let bounds = lever.bounds();
    let id = format!("lever-{}", lever.param());
    let about = format!("{id}-about");
    let value = lever.written(control.value);
    let class = if control.is_assumed {
        "lever is-assumed"
    } else {
        "lever"
    };
    let reset = control.is_assumed.then(|| {
        let href = match control.reset.as_str() {
            "" => format!("/{WHAT_IF}"),
            query => format!("/{WHAT_IF}?{query}"),
        };
        view! {
            <a class="lever-reset" href=href data-noscroll="">
                "As observed"<span class="visually-hidden">{format!(": {}", lever.label())}</span>
            </a>
        }
    });
    view! {
        <div class=class>
            <label class="lever-label" for=id.clone()>{lever.label()}</label>
            <p class="lever-value">
                <input
                    type="range"
                    id=id
                    name=lever.param()
                    title=lever.label()
                    min=bounds.least.to_string()
                    max=bounds.most.to_string()
                    step=bounds.step.to_string()
                    value=value.clone()
                    aria-describedby=about.clone()
                    aria-valuetext=format!("{value} {}", lever.unit())
                />
                <output class="num">{value.clone()}</output>
                <span class="lever-unit">{lever.unit()}</span>
            </p>
            <p class="lever-about" id=about>
                {lever.about()}" Observed: "{control.observed.clone()}"."
            </p>
            {reset}
        </div>
    }
    .into_any()
}

fn outcome(outcome: &Outcome) -> AnyView {
    let value = format::compact(&outcome.then, outcome.unit);
    let now = format!("{} as now", format::compact(&outcome.now, outcome.unit));
    let change = match (&outcome.then, &outcome.now) {
        (Value::Null, _) | (_, Value::Null) => None,
        (then, now) if then == now => None,
        (then, now) => {
            let change = format::change_absolute(then, now, outcome.unit);
            let percent = format::change_percent(then, now);
            // Of nothing there is no share.
            Some(match percent.as_str() {
                "–" => change,
                _ => format!("{change} · {percent}"),
            })
        }
    };
    view! {
        <div class="figure-card">
            <p class="figure-label">{outcome.label.clone()}</p>
            <p class="figure-value">{value}</p>
            <p class="what-if-change">{now}</p>
            <p class="what-if-change">{change.unwrap_or_else(|| "No change".to_owned())}</p>
            <p class="what-if-note">{outcome.note.clone()}</p>
        </div>
    }
    .into_any()
}

fn charted(chart: &Projected, view: &WhatIfView) -> AnyView {
    let month = |month| format::period(month, Grain::Month);
    let exact = |value: &Value| format::exact(value, chart.unit);
    let readings: Vec<Reading> = chart
        .rows
        .iter()
        .map(|(at, then, now)| Reading {
            label: month(*at),
            values: vec![exact(then), exact(now)],
            from: at.to_string(),
            to: at.last_of_month().to_string(),
            rows: String::new(),
        })
        .collect();
    let drawing = chart.drawing.clone().map(|drawing| {
        let label = format!("{}, assumed", chart.title);
        view! { <Chart drawing readings label selects=false rows_of=""/> }
    });
    let rows = chart.rows.iter().map(|(at, then, now)| {
        view! {
            <tr>
                <th scope="row">{month(*at)}</th>
                <td class="num">{exact(then)}</td>
                <td class="num">{exact(now)}</td>
                <td class="num">{format::change_absolute(then, now, chart.unit)}</td>
            </tr>
        }
    });
    let id = format!("what-if-{}", chart.title.to_lowercase().replace(' ', "-"));
    view! {
        <section class="panel what-if-chart" aria-labelledby=id.clone()>
            <header class="panel-head"><h2 class="panel-title" id=id.clone()>{chart.title.clone()}</h2></header>
            {drawing}
            <details class="twin">
                <summary>"Show as a table"</summary>
                <div class="table-scroll" tabindex="0" role="region" aria-label=format!("{}, assumptions", chart.title)>
                    <table class="data-table">
                        <thead>
                            <tr>
                                <th scope="col">"Month"</th>
                                <th scope="col" class="num">"What if"</th>
                                <th scope="col" class="num">"As now"</th>
                                <th scope="col" class="num">"Difference"</th>
                            </tr>
                        </thead>
                        <tbody>{rows.collect_view()}</tbody>
                    </table>
                </div>
            </details>
            {foot(view)}
        </section>
    }
    .into_any()
}

fn foot(view: &WhatIfView) -> AnyView {
    view! {
        <footer class="panel-foot">
            <span class="what-if-tag">"Assumption"</span>
            {view.foot.iter().map(|text| view! { <span>{text.clone()}</span> }).collect_view()}
        </footer>
    }
    .into_any()
}

fn how() -> AnyView {
    view! {
        <details class="panel what-if-how">
            <summary>"How this is reckoned"</summary>
            <ul>
                <li>"Users who were brought by nobody go on coming as in the last 90 days. Each user brings k = invites × conversion others, after the cycle time on average; those whom recent sign-ups will bring are on their way."</li>
                <li>"Each user goes on earning what users earned in the last 90 days, purchases less rejections, with bonuses."</li>
                <li>"What is owed today ages in the bands of the ageing, each spread evenly over its days. It can be cashed out after vesting, is paid by the cash-out share, and expires. What is in settlement stays there."</li>
                <li>"Minimum payouts, holds, clawbacks and seasons are left out; terms are taken to change for all that is owed at once."</li>
            </ul>
        </details>
    }
    .into_any()
}
