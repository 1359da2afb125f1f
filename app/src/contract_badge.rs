//! How the contracts of the figures on a page stand, beside them.

use leptos::prelude::*;

use crate::erase::Erase;
use crate::markup::Markup;
use crate::ops_api;

#[component]
pub fn ContractBadge() -> impl IntoView {
    let state = Resource::new(
        || (),
        |()| async { ops_api::contract_state().await.map(Markup::new) },
    );
    let badge = move || {
        Suspend::new(async move {
            // Figures do without it where it cannot be had; the page of contracts says why.
            state.await.ok().map(Markup::in_line)
        })
    };
    view! {
        <p class="contract-badge-line">
            <Suspense fallback=|| view! { <span class="visually-hidden">"Looking at the contracts…"</span> }>
                {badge}
            </Suspense>
        </p>
    }
    .erased()
}
