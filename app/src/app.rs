//! The app's root: navigation, theme and the pages.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::hooks::use_location;
use leptos_router::path;
use wasm_bindgen::JsCast;

use crate::api;
use crate::dialogs::Dialogs;
use crate::erase::Erase;
use crate::pages::{
    ContractsPage, DashboardPage, Home, LookUpPage, NotFound, RunsPage, StyleGuide, WhatIfPage,
    WhyPage,
};
use crate::release_notice::{ReleaseNotice, Shown};
use crate::state::is_static_view;
use crate::theme::ThemeSwitch;
use crate::url::dashboard_href;
use crate::{
    cell_reading, chart_overlay, palette, panel_listeners, panel_menu, release_notice, shortcuts,
    value_search,
};

/// Pages that are no dashboard's, whatever files there are, by path and title.
#[cfg(feature = "ssr")]
pub const OWN_PAGES: [(&str, &str); 6] = [
    ("lookup", "Look-up"),
    ("why", "Why a figure changed"),
    ("what-if", "What if"),
    ("contracts", "Contracts"),
    ("runs", "Runs"),
    ("styleguide", "Style guide"),
];

/// Everything inside `<body>`.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(Shown::default());
    view! {
        <Title formatter=|title: String| {
            if title.is_empty() { "Carton Caps Analytics".to_owned() } else { format!("{title} · Carton Caps Analytics") }
        }/>
        <Router>
            <div class="shell">
                <Listeners/>
                // The browser moves the focus for a link the router leaves alone.
                <a class="skip-link" href="#main" rel="external">"Skip to the figures"</a>
                <Navigation/>
                <main id="main" class="shell-main" tabindex="-1">
                    {(!is_static_view()).then(|| view! { <noscript inner_html=way_without_scripts()></noscript> })}
                    <FlatRoutes fallback=|| view! { <NotFound/> }.erased()>
                        <Route path=path!("/") view=|| view! { <Home/> }.erased()/>
                        <Route path=path!("/styleguide") view=|| view! { <StyleGuide/> }.erased()/>
                        <Route path=path!("/contracts") view=|| view! { <ContractsPage/> }.erased()/>
                        <Route path=path!("/lookup") view=|| view! { <LookUpPage/> }.erased()/>
                        <Route path=path!("/runs") view=|| view! { <RunsPage/> }.erased()/>
                        <Route path=path!("/what-if") view=|| view! { <WhatIfPage/> }.erased()/>
                        <Route path=path!("/why") view=|| view! { <WhyPage/> }.erased()/>
                        <Route path=path!("/:dashboard") view=|| view! { <DashboardPage/> }.erased()/>
                    </FlatRoutes>
                </main>
                {(!is_static_view()).then(|| view! { <ReleaseNotice/> <Dialogs/> })}
            </div>
        </Router>
    }
}

/// What listens to the whole document. Renders nothing.
#[component]
fn Listeners() -> impl IntoView {
    chart_overlay::listen();
    cell_reading::listen();
    value_search::listen();
    panel_listeners::listen();
    panel_menu::listen();
    shortcuts::listen();
    palette::listen();
    release_notice::listen();
}

const SEARCH_BUTTON: &str = r#"<button type="button" class="nav-search" data-opens="palette" aria-haspopup="dialog" aria-keyshortcuts="/ Control+K"><span>Search</span> <kbd aria-hidden="true">/</kbd></button>"#;

#[component]
fn Navigation() -> impl IntoView {
    let dashboards = Resource::new(|| (), |()| api::navigation());
    let pathname = use_location().pathname;
    let is_static = is_static_view();
    let list = NodeRef::<leptos::html::Ul>::new();
    // On a phone the links stand in one line: the page's own is brought into sight.
    Effect::new(move |_| {
        pathname.track();
        let Some(list) = list.get().filter(|_| dashboards.with(Option::is_some)) else {
            return;
        };
        request_animation_frame(move || {
            let current = list.query_selector("[aria-current]").ok().flatten();
            if let Some(current) = current {
                let link = current.unchecked_into::<web_sys::HtmlElement>();
                let before = link.offset_left() - list.offset_left();
                list.set_scroll_left(before - (list.client_width() - link.offset_width()) / 2);
            }
        });
    });
    let link = move |name: &str, title: String, class: &'static str| {
        let path = format!("/{name}");
        view! {
            <li class=class>
                <a
                    class="nav-link"
                    href=dashboard_href(name, "", is_static)
                    aria-current=move || (pathname.get() == path).then_some("page")
                >
                    {title}
                </a>
            </li>
        }
        .erased()
    };
    let links = move || {
        dashboards
            .get()
            .and_then(Result::ok)
            .unwrap_or_default()
            .into_iter()
            .map(|dashboard| link(&dashboard.name, dashboard.title, ""))
            .collect_view()
            .erased()
    };
    let looking = [
        link("what-if", "What if".to_owned(), ""),
        link("lookup", "Look-up".to_owned(), ""),
    ];
    // How figures come about stands apart from the figures.
    let pipeline = [
        link("contracts", "Contracts".to_owned(), "nav-apart"),
        link("runs", "Runs".to_owned(), ""),
    ];
    view! {
        <header class="shell-nav">
            <a class="brand" href=if is_static { "/?view=static" } else { "/" } rel="external">
                "Carton Caps"
            </a>
            <nav aria-label="Pages">
                <ul class="nav-list" node_ref=list>{links}{looking}{pipeline}</ul>
            </nav>
            {(!is_static).then(|| view! { <div class="markup" inner_html=SEARCH_BUTTON></div> <ThemeSwitch/> })}
        </header>
    }
    .erased()
}

/// For browsers without scripts that do not follow the refresh in the head either. The parser takes what stands in
/// `noscript` for text where scripts run, so it is written as text and never hydrated.
fn way_without_scripts() -> String {
    #[cfg(feature = "ssr")]
    {
        let url =
            use_context::<leptos_router::location::RequestUrl>().and_then(|url| url.parse().ok());
        let href = url.map_or_else(String::new, |url| {
            crate::url::static_href(url.path(), url.search())
        });
        let href = href
            .replace('&', "&amp;")
            .replace('"', "&quot;")
            .replace('<', "&lt;");
        format!(r#"<p class="notice"><a href="{href}">Show this page without scripts</a></p>"#)
    }
    #[cfg(not(feature = "ssr"))]
    {
        String::new()
    }
}
