//! Contracts: what was checked before figures were shown, what was found, and what became of every landed row.

use leptos::prelude::*;
use leptos_meta::Title;

use super::ops::{parameter, skeleton};
use crate::markup::Markup;
use crate::ops_api;
use crate::panels::ErrorState;

#[component]
pub fn ContractsPage() -> impl IntoView {
    let run = parameter("contracts", "run");
    let found = Resource::new(
        move || run.get(),
        |run| async { ops_api::contracts(run).await.map(Markup::new) },
    );
    let pending = RwSignal::new(false);
    let body = move || {
        Suspend::new(async move {
            match found.await {
                Ok(markup) => markup.placed(),
                Err(error) => {
                    let retry = Callback::new(move |()| found.refetch());
                    view! { <ErrorState error retry/> }.into_any()
                }
            }
        })
    };
    view! {
        <Title text="Contracts"/>
        <header class="page-header">
            <h1 class="page-title">"Contracts"</h1>
            <p class="page-sub">
                "A contract says what must be true of the data. All are checked before figures are shown: one that must hold and does not keeps the new figures back, the others set rows aside or warn."
            </p>
        </header>
        // Around what comes later: what is rendered within would keep the state it was rendered in.
        <div class="pipeline-page" aria-busy=move || if pending.get() { "true" } else { "false" }>
            <Transition fallback=skeleton set_pending=pending>{body}</Transition>
        </div>
    }
    .into_any()
}
