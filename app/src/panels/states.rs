//! A panel without figures: on their way, none there, or gone wrong.

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use marts::{DateRange, Filters, format};
use marts::{Panel, PanelDays, PanelKind};

use crate::AppError;
use crate::erase::Erase;
#[cfg(feature = "ssr")]
use crate::state::PageState;

/// A card of a headline before its figure: the same lines, so that it takes the same room.
const CARD: &str = r#"<p class="figure-label"><span class="skeleton">&nbsp;</span></p><p class="figure-value"><span class="skeleton">&nbsp;</span></p>"#;
/// Beside what it was.
const CHANGE: &str = r#"<p class="figure-change"><span><span class="skeleton">&nbsp;</span></span></p><p class="figure-prior"><span class="skeleton">&nbsp;</span></p>"#;
/// Its trend, its contracts, and the links below.
const COURSE: &str = r#"<div class="sparkline"><span class="skeleton"></span></div><div class="figure-foot"><a class="figure-contracts"><span><span class="skeleton">&nbsp;</span></span></a><a><span><span class="skeleton">&nbsp;</span></span></a></div>"#;

/// Without a trend, where there are no days to have one.
const FOOT: &str = r#"<div class="figure-foot"><a class="figure-contracts"><span><span class="skeleton">&nbsp;</span></span></a></div>"#;

/// Holds the panel's place in its later size: a card for each metric, a row for each that may come.
#[component]
pub fn Skeleton(
    panel: Panel,
    /// Whether what was before will stand beside the figures.
    #[prop(default = true)]
    compares: bool,
) -> impl IntoView {
    let rows = panel.limit.unwrap_or(10);
    let compares = compares && panel.days == PanelDays::Range;
    let shape = match panel.kind {
        PanelKind::Headline => {
            let change = if compares { CHANGE } else { "" };
            let course = match panel.days {
                PanelDays::AsOf => FOOT,
                PanelDays::Range | PanelDays::All => COURSE,
            };
            let card =
                format!(r#"<div class="figure-card is-waiting">{CARD}{change}{course}</div>"#);
            let cards = card.repeat(panel.metrics.len());
            view! { <div class="figure-cards" inner_html=cards></div> }.erased()
        }
        PanelKind::TimeSeries => {
            view! { <div class="skeleton skeleton-time_series"></div> }.erased()
        }
        PanelKind::Histogram
        | PanelKind::Maturing
        | PanelKind::Intervals
        | PanelKind::Generations => {
            view! { <div class="skeleton skeleton-time_series"></div> }.erased()
        }
        PanelKind::Curve => view! { <div class="skeleton skeleton-curve"></div> }.erased(),
        PanelKind::Trees => {
            let trees = r#"<div class="skeleton skeleton-tree"></div>"#.repeat(rows as usize);
            view! { <div class="trees" inner_html=trees></div> }.erased()
        }
        // One more for the head.
        PanelKind::Funnel => {
            let stages = marts::funnel::later_stages(panel.metrics.len()) + 2;
            skeleton_rows(
                "skeleton-rows skeleton-funnel",
                u32::try_from(stages).unwrap_or(2),
            )
        }
        PanelKind::Estimates => {
            let figures = u32::try_from(panel.figures.len()).unwrap_or(rows);
            skeleton_rows("skeleton-rows skeleton-estimates", figures.max(1))
        }
        PanelKind::HeatMap => view! { <div class="skeleton skeleton-heat_map"></div> }.erased(),
        PanelKind::Leaderboard => {
            // As the boards stand later: each with its title, its rows, and the rows for all others and the total.
            let boards = panel.dimensions.iter().map(|_| {
                view! { <div class="board">{skeleton_rows("skeleton-rows skeleton-leaderboard", rows + 3)}</div> }
            });
            view! { <div class="boards">{boards.collect_view()}</div> }.erased()
        }
        PanelKind::ByAge => view! { <div class="skeleton skeleton-time_series"></div> }.erased(),
        PanelKind::RollForward if panel.dimensions.is_empty() => {
            let lines = panel
                .metrics
                .iter()
                .filter(|name| !name.ends_with("_prior"));
            let lines = lines.count() as u32;
            let has_priors = lines < panel.metrics.len() as u32;
            let rows = lines + u32::from(has_priors);
            // As high as the picture of so many steps.
            let height = 28 * rows;
            let picture = format!(
                r#"<div class="chart"><div class="picture-wide"><svg class="fig skeleton" viewBox="0 0 960 {height}"></svg></div><div class="picture-narrow"><svg class="fig skeleton" viewBox="0 0 360 {height}"></svg></div></div>"#
            );
            view! {
                <div inner_html=picture></div>
                {skeleton_rows("skeleton-rows skeleton-table", rows + 2)}
            }
            .erased()
        }
        // Beside the rows: the head, and the rows of all others and of all together.
        PanelKind::RollForward => skeleton_rows("skeleton-rows skeleton-table", rows + 4),
        PanelKind::Cohort => skeleton_rows("skeleton-rows skeleton-cohort", 15),
        PanelKind::Register => skeleton_rows("skeleton-rows skeleton-table", rows.min(10) + 1),
        PanelKind::Assertions => {
            let rows = panel.contracts.len() as u32;
            skeleton_rows("skeleton-rows skeleton-table", rows + 1)
        }
        // One more for the head.
        PanelKind::Table | PanelKind::Pivot => {
            skeleton_rows("skeleton-rows skeleton-table", rows + 1)
        }
    };
    let compares = compares && matches!(panel.kind, PanelKind::Headline | PanelKind::TimeSeries);
    let class = match compares {
        true => "panel-body state-loading is-compared",
        false => "panel-body state-loading",
    };
    view! {
        <div class=class aria-busy="true">
            <div aria-hidden="true">{shape}</div>
            <span class="visually-hidden">"Loading figures…"</span>
        </div>
    }
    .erased()
}

fn skeleton_rows(class: &'static str, rows: u32) -> AnyView {
    let rows = (0..rows).map(|_| view! { <div class="skeleton"></div> });
    view! { <div class=class>{rows.collect_view()}</div> }.erased()
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
    .erased()
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
    .erased()
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
    .erased()
}
