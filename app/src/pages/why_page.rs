//! Why a figure changed: the difference of two figures, taken apart.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use crate::markup_slot::MarkupSlot;
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
    view! {
        <Title text="Why"/>
        <h1 class="page-title">"Why it changed"</h1>
        <MarkupSlot class="why" query ask=|query| Box::pin(why_api::why(query)) skeleton/>
    }
    .into_any()
}

fn skeleton() -> AnyView {
    view! { <p class="state-loading">"Taking the difference apart…"</p> }.into_any()
}
