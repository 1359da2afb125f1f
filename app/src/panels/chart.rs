//! A chart's markup: the drawings, and beside them what the overlay reads (see [`crate::chart_overlay`]).

use leptos::prelude::*;
use marts::{Drawing, Picture};
use serde::Serialize;

use crate::chart_overlay::{Legend, Reading, Scales};

/// A chart with the place of its overlay.
#[component]
pub fn Chart(
    drawing: Drawing,
    /// One per point of the time axis, in its order.
    readings: Vec<Reading>,
    /// Names what is drawn, for those who do not see it.
    label: String,
    /// Whether dragging over it chooses the page's range.
    selects: bool,
    /// The metric whose rows its periods lead to; empty where they lead to none, or the readings name them.
    #[prop(into)]
    rows_of: String,
) -> impl IntoView {
    let leads = !rows_of.is_empty() || readings.iter().any(|reading| !reading.rows.is_empty());
    let legend = Legend {
        series: drawing.series,
        readings,
        selects,
        rows_of,
    };
    let rows = if leads {
        "; Enter shows the rows of one"
    } else {
        ""
    };
    let zoom = if selects {
        "; with Shift they select, and Enter zooms in"
    } else {
        ""
    };
    let label = format!("{label}. Arrow keys step through its points{rows}{zoom}.");
    let class = if leads {
        "chart leads-to-rows"
    } else {
        "chart"
    };
    view! {
        <div class=class data-legend=json(&legend)>
            {picture("picture picture-wide", label.clone(), drawing.wide)}
            {drawing.narrow.map(|drawn| picture("picture picture-narrow", label, drawn))}
            <p class="visually-hidden" role="status"></p>
        </div>
    }
    .into_any()
}

fn picture(class: &'static str, label: String, drawn: Picture) -> AnyView {
    let scales = Scales {
        size: [drawn.width, drawn.height],
        plot: drawn.plot,
        xs: drawn.xs,
        ys: drawn.ys,
    };
    view! {
        <div class=class data-scales=json(&scales)>
            <div class="picture-svg" inner_html=drawn.svg></div>
            <div class="chart-overlay" tabindex="0" role="group" aria-label=label></div>
        </div>
    }
    .into_any()
}

/// Text and finite numbers, which JSON can always hold.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
