//! The app's root: navigation, theme and the pages.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::hooks::use_location;
use leptos_router::path;

use crate::api;
use crate::pages::{DashboardPage, Home, NotFound, StyleGuide};
use crate::state::is_static_view;
use crate::theme::ThemeSwitch;
use crate::url::dashboard_href;

/// Everything inside `<body>`.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title: String| {
            if title.is_empty() { "Carton Caps Analytics".to_owned() } else { format!("{title} · Carton Caps Analytics") }
        }/>
        <Router>
            <div class="shell">
                // The browser moves the focus for a link the router leaves alone.
                <a class="skip-link" href="#main" rel="external">"Skip to the figures"</a>
                <Navigation/>
                <main id="main" class="shell-main" tabindex="-1">
                    <FlatRoutes fallback=|| view! { <NotFound/> }.into_any()>
                        <Route path=path!("/") view=|| view! { <Home/> }.into_any()/>
                        <Route path=path!("/styleguide") view=|| view! { <StyleGuide/> }.into_any()/>
                        <Route path=path!("/:dashboard") view=|| view! { <DashboardPage/> }.into_any()/>
                    </FlatRoutes>
                </main>
            </div>
        </Router>
    }
}

#[component]
fn Navigation() -> impl IntoView {
    let dashboards = Resource::new(|| (), |()| api::navigation());
    let pathname = use_location().pathname;
    let is_static = is_static_view();
    let links = move || {
        dashboards
            .get()
            .and_then(Result::ok)
            .unwrap_or_default()
            .into_iter()
            .map(|dashboard| {
                let path = format!("/{}", dashboard.name);
                view! {
                    <li>
                        <a
                            class="nav-link"
                            href=dashboard_href(&dashboard.name, "", is_static)
                            aria-current=move || (pathname.get() == path).then_some("page")
                        >
                            {dashboard.title}
                        </a>
                    </li>
                }
            })
            .collect_view()
            .into_any()
    };
    view! {
        <header class="shell-nav">
            <a class="brand" href=if is_static { "/?view=static" } else { "/" } rel="external">
                "Carton Caps"
            </a>
            <nav aria-label="Dashboards">
                <ul class="nav-list">{links}</ul>
            </nav>
            {(!is_static).then(|| view! { <ThemeSwitch/> })}
        </header>
    }
    .into_any()
}
