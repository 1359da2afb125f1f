//! Why a figure changed: the difference of two figures, taken apart.

use leptos::prelude::*;
use leptos_meta::Title;

use super::ops::query_of;
use crate::erase::Erase;
use crate::markup_slot::MarkupSlot;
use crate::why_api;

#[component]
pub fn WhyPage() -> impl IntoView {
    let query = query_of("why");
    view! {
        <Title text="Why"/>
        <h1 class="page-title">"Why it changed"</h1>
        <MarkupSlot class="why" query ask=|query| Box::pin(why_api::why(query)) skeleton/>
    }
    .erased()
}

fn skeleton() -> AnyView {
    view! { <p class="state-loading">"Taking the difference apart…"</p> }.erased()
}
