//! What stands at an address that is none.

use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Title text="Page not found"/>
        <header class="page-header">
            <h1 class="page-title">"Page not found"</h1>
            <p class="page-sub">
                "There is nothing at this address. It may have been mistyped, or the page was renamed. "
                <a href="/" rel="external">"Go to the first dashboard"</a>
            </p>
        </header>
    }
}
