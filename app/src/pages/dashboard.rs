//! A dashboard, as its file describes it: header, filters, and a grid of panels.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use marts::{FailureKind, Filters};

use crate::AppError;
use crate::api::{self, Page};
use crate::contract_badge::ContractBadge;
use crate::drill::DrillDrawer;
use crate::filter_bar::FilterBar;
use crate::panels::{ErrorState, PanelSlot};
use crate::state::PageState;

#[component]
pub fn DashboardPage() -> impl IntoView {
    let params = use_params_map();
    let name =
        Memo::new(move |_| params.with(|params| params.get("dashboard").unwrap_or_default()));
    // Read ahead on the server and carried into the page, so that it is here at once in both places.
    let page = Resource::new(move || name.get(), api::page);
    move || match page.get() {
        None => view! { <p class="state-loading">"Loading the dashboard…"</p> }.into_any(),
        Some(Ok(page)) => view! { <Loaded page/> }.into_any(),
        Some(Err(error)) => view! { <NotLoaded name=name.get_untracked() error/> }.into_any(),
    }
}

#[component]
fn Loaded(page: Page) -> impl IntoView {
    let dashboard = page.dashboard.clone();
    let state = PageState::new(page);
    let sentence = move || {
        state.filters.with(|filters| {
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
        <Ignored state/>
        <DrillDrawer state/>
        <div class="grid">
            {dashboard.panels.into_iter().map(|panel| view! { <PanelSlot state panel/> }).collect_view()}
        </div>
    }
    .into_any()
}

/// Says which parts of the URL were not understood, instead of passing over them.
#[component]
fn Ignored(state: PageState) -> impl IntoView {
    let ignored = move || {
        let ignored = state.filters.with(|filters| filters.ignored.join(", "));
        (!ignored.is_empty()).then(|| {
            let href = state
                .filters
                .with(|filters| state.href(&understood(filters)));
            view! {
                <div class="notice notice-warn" role="status">
                    <p>{format!("ignored: {ignored}")}</p>
                    <a href=href data-noscroll="">"Dismiss"</a>
                </div>
            }
            .into_any()
        })
    };
    view! { {ignored} }
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
    .into_any()
}
