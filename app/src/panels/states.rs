//! A panel without figures: on their way, none there, or gone wrong.

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use marts::{DateRange, Filters, format};
use marts::{Panel, PanelKind};

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::state::PageState;

/// Holds the panel's place in its later size: a card for each metric, a row for each that may come.
#[component]
pub fn Skeleton(panel: Panel) -> impl IntoView {
    let rows = panel.limit.unwrap_or(10);
    let shape = match panel.kind {
        PanelKind::Headline => {
            let cards = panel.metrics.iter().map(|_| {
                view! { <div class="figure-card"><div class="skeleton skeleton-headline"></div></div> }
            });
            view! { <div class="figure-cards">{cards.collect_view()}</div> }.into_any()
        }
        PanelKind::TimeSeries => {
            view! { <div class="skeleton skeleton-time_series"></div> }.into_any()
        }
        PanelKind::Histogram => {
            view! { <div class="skeleton skeleton-time_series"></div> }.into_any()
        }
        PanelKind::HeatMap => view! { <div class="skeleton skeleton-heat_map"></div> }.into_any(),
        PanelKind::Leaderboard => {
            // As the boards stand later: each with its title, its rows, and the rows for all others and the total.
            let boards = panel.dimensions.iter().map(|_| {
                view! { <div class="board">{skeleton_rows("skeleton-rows skeleton-leaderboard", rows + 3)}</div> }
            });
            view! { <div class="boards">{boards.collect_view()}</div> }.into_any()
        }
        // One more for the head.
        PanelKind::Table => skeleton_rows("skeleton-rows skeleton-table", rows + 1),
    };
    view! {
        <div class="panel-body state-loading" aria-busy="true">
            <div aria-hidden="true">{shape}</div>
            <span class="visually-hidden">"Loading figures…"</span>
        </div>
    }
    .into_any()
}

fn skeleton_rows(class: &'static str, rows: u32) -> AnyView {
    let rows = (0..rows).map(|_| view! { <div class="skeleton"></div> });
    view! { <div class=class>{rows.collect_view()}</div> }.into_any()
}

/// Nothing matches: says where nothing was found, and the way out.
#[cfg(feature = "ssr")]
#[component]
pub fn EmptyState(range: DateRange, page: Option<PageState>) -> impl IntoView {
    let way_out = page.map(|page| {
        view! {
            <a href=move || page.href(&Filters::default()) data-noscroll="">"Clear all filters"</a>
        }
    });
    view! {
        <div class="state-empty">
            <p>
                {format!(
                    "Nothing was recorded in {} under these filters. Choose a longer range or fewer filters.",
                    format::date_range(range),
                )}
            </p>
            {way_out}
        </div>
    }
    .into_any()
}

/// What is to be known of figures before they are trusted: by sign, words and colour.
#[cfg(feature = "ssr")]
#[component]
pub fn StateNote(standing: super::Standing, says: String) -> impl IntoView {
    view! {
        <p class=format!("state-note {}", standing.class())>
            <super::Mark standing/>
            <span>{says}</span>
        </p>
    }
    .into_any()
}

/// A failure as a sentence, with the id that finds it in the log.
#[component]
pub fn ErrorState(
    error: AppError,
    #[prop(optional, into)] retry: Option<Callback<()>>,
) -> impl IntoView {
    let id = error
        .request_id()
        .map(|id| view! { <p class="state-error-id">{format!("Request {id}")}</p> });
    let again = retry.filter(|_| !crate::state::is_static_view()).map(|retry| {
        view! { <button type="button" class="state-retry" on:click=move |_| retry.run(())>"Try again"</button> }
    });
    view! {
        <div class="panel-body state-error" role="alert">
            <p>{error.message().to_owned()}</p>
            {id}
            {again}
        </div>
    }
    .into_any()
}
