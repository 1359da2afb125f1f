//! Why a figure changed: the difference of two figures, taken apart.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use crate::markup::Markup;
use crate::panels::ErrorState;
use crate::why_api;

#[component]
pub fn WhyPage() -> impl IntoView {
    let location = use_location();
    let query = Memo::new(move |before: Option<&String>| {
        // On its way to another page the URL is no longer about this one.
        match before {
            Some(before)
                if location
                    .pathname
                    .with(|path| path.trim_matches('/') != "why") =>
            {
                before.clone()
            }
            _ => location.search.get(),
        }
    });
    let found = Resource::new(
        move || query.get(),
        |query| async { why_api::why(query).await.map(Markup::new) },
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
        <Title text="Why"/>
        <h1 class="page-title">"Why it changed"</h1>
        <div class="why" aria-busy=move || if pending.get() { "true" } else { "false" }>
            <Transition
                fallback=|| view! { <p class="state-loading">"Taking the difference apart…"</p> }
                set_pending=pending
            >
                {body}
            </Transition>
        </div>
    }
    .into_any()
}
