//! Runs of the pipeline: what ran, how long, what became of it, and what is published.

use leptos::prelude::*;
use leptos_meta::Title;

use super::ops::{parameter, skeleton};
use crate::markup::Markup;
use crate::ops_api;
use crate::panels::ErrorState;

#[component]
pub fn RunsPage() -> impl IntoView {
    let (run, after) = (parameter("runs", "run"), parameter("runs", "after"));
    let found = Resource::new(
        move || (run.get(), after.get()),
        |(run, after)| async { ops_api::runs(run, after).await.map(Markup::new) },
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
        <Title text="Runs"/>
        <header class="page-header">
            <h1 class="page-title">"Runs"</h1>
            <p class="page-sub">
                "A run takes in what has landed, builds new tables beside those in use, checks them, and only then shows them. A run that fails changes nothing that anybody sees."
            </p>
        </header>
        // Around what comes later: what is rendered within would keep the state it was rendered in.
        <div class="pipeline-page" aria-busy=move || if pending.get() { "true" } else { "false" }>
            <Transition fallback=skeleton set_pending=pending>{body}</Transition>
        </div>
    }
    .into_any()
}
