//! The list of dashboards; the server leads `/` on to the first one where there is one.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::api;
use crate::erase::Erase;

#[component]
pub fn Home() -> impl IntoView {
    let dashboards = Resource::new(|| (), |()| api::navigation());
    let list = move || {
        let found = dashboards.get().and_then(Result::ok).unwrap_or_default();
        if found.is_empty() {
            view! {
                <p class="state-empty">
                    "There is no dashboard yet. Add one as a file " <code>"marts/dashboards/NAME.yml"</code> " and reload."
                </p>
            }
            .erased()
        } else {
            let links = found.into_iter().map(|dashboard| {
                view! { <li><a href=format!("/{}", dashboard.name)>{dashboard.title}</a></li> }
            });
            view! { <ul class="page-list">{links.collect_view()}</ul> }.erased()
        }
    };
    view! {
        <Title text="Dashboards"/>
        <header class="page-header">
            <h1 class="page-title">"Dashboards"</h1>
        </header>
        {list}
    }
}
