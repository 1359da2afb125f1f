//! Panels: each loads its own figures, and arrives on its own.
//!
//! A panel's frame is live; its body is markup that the server renders (see [`crate::markup`]), so that what panels show
//! costs the browser nothing.

#[cfg(feature = "ssr")]
mod assertions;
#[cfg(feature = "ssr")]
mod body;
#[cfg(feature = "ssr")]
mod by_age;
#[cfg(feature = "ssr")]
mod chart;
#[cfg(feature = "ssr")]
mod cohort;
#[cfg(feature = "ssr")]
mod cohort_chart;
#[cfg(feature = "ssr")]
mod curve;
#[cfg(feature = "ssr")]
mod drill_link;
#[cfg(feature = "ssr")]
mod estimates;
#[cfg(feature = "ssr")]
mod foot;
#[cfg(feature = "ssr")]
mod found_values;
#[cfg(feature = "ssr")]
mod funnel;
#[cfg(feature = "ssr")]
mod generations;
#[cfg(feature = "ssr")]
mod headline;
#[cfg(feature = "ssr")]
mod heat_map;
#[cfg(feature = "ssr")]
mod histogram;
#[cfg(feature = "ssr")]
mod leader_row;
#[cfg(feature = "ssr")]
mod leaderboard;
#[cfg(feature = "ssr")]
mod pivot;
#[cfg(feature = "ssr")]
mod register;
#[cfg(feature = "ssr")]
mod roll_forward;
#[cfg(feature = "ssr")]
mod standing;
mod states;
#[cfg(feature = "ssr")]
mod table;
#[cfg(feature = "ssr")]
mod time_series;
#[cfg(feature = "ssr")]
mod tone;
#[cfg(feature = "ssr")]
mod trees;

use leptos::prelude::*;
use marts::{Panel, PanelKind};

use crate::api;
use crate::erase::Erase;
use crate::markup::{Markup, keep};
use crate::panel_menu;
use crate::patience::{Patience, StillReading};
use crate::pending::is_busy;
use crate::state::PageState;

#[cfg(feature = "ssr")]
pub use body::panel_body;
#[cfg(feature = "ssr")]
pub use chart::Chart;
#[cfg(feature = "ssr")]
pub use found_values::found_values;
#[cfg(feature = "ssr")]
pub use standing::{Mark, Standing, State, Term};
#[cfg(feature = "ssr")]
pub use states::{EmptyState, StateNote};
pub use states::{ErrorState, Skeleton};

/// A panel's frame, which is there at once, around figures that come when they are ready. While new ones are on
/// their way the old ones stay, dimmed.
#[component]
pub fn PanelSlot(state: PageState, panel: Panel) -> impl IntoView {
    let awaited = panel.clone();
    let compares = state
        .filters
        .with_untracked(|filters| filters.compare.is_some());
    let source = (
        state
            .dashboard
            .with_value(|dashboard| dashboard.name.clone()),
        panel.key.clone(),
    );
    // Only what the panel depends on: another table's page, or what is opened, asks for nothing anew.
    let key = panel.key.clone();
    let query = Memo::new(move |_| {
        state
            .filters
            .with(|filters| filters.of_panel(&key).to_query())
    });
    let patience = Patience::new();
    let figures = Resource::new(
        move || (query.get(), state.as_of.get()),
        move |_| {
            let (dashboard, key) = source.clone();
            // Its links lead to the whole page as it is.
            let query = state.query.get_untracked();
            async move {
                let asked = api::panel_view(dashboard, key, query);
                patience.wait(asked).await.map(Markup::new)
            }
        },
    );
    let pending = RwSignal::new(false);
    let id = format!("panel-{}", panel.key);
    let menu = state.dashboard.with_value(|dashboard| {
        let query = state.query.get_untracked();
        panel_menu::markup(
            &dashboard.name,
            &panel.key,
            &panel.title,
            &query,
            state.is_static,
        )
    });
    let menu = Markup::new(menu).placed();
    let body = move || {
        let id = id.clone();
        Suspend::new(async move {
            match figures.await {
                Ok(markup) => {
                    keep(&id);
                    markup.placed()
                }
                Err(error) => {
                    let retry = Callback::new(move |()| figures.refetch());
                    view! { <ErrorState error retry/> }.erased()
                }
            }
        })
    };
    view! {
        <PanelFrame panel busy=Signal::derive(move || is_busy(pending)) menu=menu>
            <StillReading patience/>
            <Transition fallback=move || view! { <Skeleton panel=awaited.clone() compares/> } set_pending=pending>
                {body}
            </Transition>
        </PanelFrame>
    }
    .erased()
}

/// Title, definition and body of a panel.
#[component]
pub fn PanelFrame(
    panel: Panel,
    #[prop(into)] busy: Signal<bool>,
    /// What stands at the end of its head.
    #[prop(optional)]
    menu: Option<AnyView>,
    children: Children,
) -> impl IntoView {
    let id = format!("panel-{}", panel.key);
    let title_id = format!("{id}-title");
    let info = (!panel.description.is_empty()).then(|| {
        view! {
            <details class="panel-info">
                <summary title=panel.description.clone()>
                    <span aria-hidden="true">"i"</span>
                    <span class="visually-hidden">{format!("About {}", panel.title)}</span>
                </summary>
                <p class="panel-info-text">{panel.description.clone()}</p>
            </details>
        }
    });
    view! {
        <section
            class=format!("panel {}", kind_class(panel.kind))
            id=id
            aria-labelledby=title_id.clone()
            aria-busy=move || if busy.get() { "true" } else { "false" }
        >
            <header class="panel-head">
                <h2 class="panel-title" id=title_id.clone()>{panel.title.clone()}</h2>
                {info}
                {menu}
            </header>
            {children()}
        </section>
    }
    .erased()
}

fn kind_class(kind: PanelKind) -> &'static str {
    match kind {
        PanelKind::Headline => "panel-headline",
        PanelKind::TimeSeries => "panel-time_series",
        PanelKind::Leaderboard => "panel-leaderboard",
        PanelKind::Table => "panel-table",
        PanelKind::Histogram => "panel-histogram",
        PanelKind::HeatMap => "panel-heat_map",
        PanelKind::Pivot => "panel-pivot",
        PanelKind::Funnel => "panel-funnel",
        PanelKind::Maturing => "panel-maturing",
        PanelKind::Intervals => "panel-intervals",
        PanelKind::Estimates => "panel-estimates",
        PanelKind::Curve => "panel-curve",
        PanelKind::Generations => "panel-generations",
        PanelKind::Trees => "panel-trees",
        PanelKind::RollForward => "panel-roll_forward",
        PanelKind::Cohort => "panel-cohort",
        PanelKind::ByAge => "panel-by_age",
        PanelKind::Register => "panel-register",
        PanelKind::Assertions => "panel-assertions",
    }
}
