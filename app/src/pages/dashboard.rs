//! A dashboard, as its file describes it: header, filters, and a grid of panels.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use marts::{FailureKind, Filters};

use super::explore_builder::ExploreBuilder;
use super::ops::parameter_of;
use crate::AppError;
use crate::api::{self, Page};
use crate::contract_badge::ContractBadge;
use crate::drill::DrillDrawer;
use crate::erase::Erase;
use crate::filter_bar::FilterBar;
use crate::markup::escaped;
use crate::panels::{ErrorState, PanelSlot};
use crate::state::PageState;

#[component]
pub fn DashboardPage() -> impl IntoView {
    let params = use_params_map();
    let name =
        Memo::new(move |_| params.with(|params| params.get("dashboard").unwrap_or_default()));
    // Read ahead on the server and carried into the page, so that it is here at once in both places.
    let pinned = parameter_of(name, "release");
    let page = Resource::new(
        move || (name.get(), pinned.get()),
        |(name, pinned)| api::page_in_browser(name, pinned),
    );
    move || match page.get() {
        None => view! { <p class="state-loading">"Loading the dashboard…"</p> }.erased(),
        Some(Ok(page)) => view! { <Loaded page/> }.erased(),
        Some(Err(error)) => view! { <NotLoaded name=name.get_untracked() error/> }.erased(),
    }
}

#[component]
fn Loaded(page: Page) -> impl IntoView {
    let dashboard = page.dashboard.clone();
    let state = PageState::new(page);
    let sentence = move || {
        state.filters.with(|filters| {
            // A newer release moves the days that a named range means.
            state.as_of.track();
            state.dashboard.with_value(|dashboard| {
                state
                    .release
                    .with_value(|release| filters.sentence(dashboard, release))
            })
        })
    };
    view! {
        <Title text=dashboard.title.clone()/>
        <header class="page-header">
            <h1 class="page-title">{dashboard.title.clone()}</h1>
            {(!dashboard.description.is_empty()).then(|| view! { <p class="page-sub">{dashboard.description.clone()}</p> })}
            <p class="page-sentence" role="status">{sentence}</p>
            <ContractBadge/>
        </header>
        <FilterBar state/>
        <Notices state/>
        <DrillDrawer state/>
        {(dashboard.name == marts::explore::EXPLORE).then(|| view! { <ExploreBuilder state/> })}
        <div class="grid">
            {dashboard.panels.into_iter().map(|panel| view! { <PanelSlot state panel/> }).collect_view()}
        </div>
    }
    .erased()
}

/// Says what of the address or of the filter bar was not taken, and which release someone's choice is.
#[component]
fn Notices(state: PageState) -> impl IntoView {
    let html = move || {
        let mut html = String::new();
        let mut notice = |class: &str, text: &str, filters: &Filters, way: &str| {
            let (text, href) = (escaped(text), escaped(&state.href(filters)));
            let link = match way {
                "" => String::new(),
                way => format!(r#"<a href="{href}" data-noscroll="">{way}</a>"#),
            };
            html +=
                &format!(r#"<div class="notice {class}" role="status"><p>{text}</p>{link}</div>"#);
        };
        state.filters.with(|filters| {
            if let Some(pinned) = &filters.release {
                let text = format!("Pinned to release {pinned}");
                notice(
                    "",
                    &text,
                    &filters.with_release(None),
                    "Show the current one",
                );
            }
            let refused = state.refused.get();
            if !refused.is_empty() {
                notice("notice-warn", &refused, filters, "");
            }
            if !filters.ignored.is_empty() {
                let text = format!("ignored: {}", filters.ignored.join(", "));
                notice("notice-warn", &text, &understood(filters), "Dismiss");
            }
        });
        html
    };
    view! { <div class="markup" inner_html=html></div> }
}

fn understood(filters: &Filters) -> Filters {
    Filters {
        ignored: Vec::new(),
        ..filters.clone()
    }
}

#[component]
fn NotLoaded(name: String, error: AppError) -> impl IntoView {
    let title = if error.kind() == FailureKind::NotFound {
        "Page not found"
    } else {
        "This dashboard cannot be shown"
    };
    view! {
        <Title text=title/>
        <header class="page-header">
            <h1 class="page-title">{title}</h1>
            <p class="page-sub">{format!("/{name}")}</p>
        </header>
        <ErrorState error/>
        <p><a href="/" rel="external">"Go to the first dashboard"</a></p>
    }
    .erased()
}
