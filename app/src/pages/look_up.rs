//! Look-up: a school, user or receipt, found by a part of its name.

use super::ops::{parameter, query_of, skeleton};
use crate::erase::Erase;
use crate::look_up_api;
use crate::markup_slot::MarkupSlot;
use crate::state::is_static_view;
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn LookUpPage() -> impl IntoView {
    let query = query_of("lookup");
    let sought = parameter("lookup", "q");
    view! {
        <Title text="Look-up"/>
        <header class="page-header">
            <h1 class="page-title">"Look-up"</h1>
            <p class="page-sub">"A school, a user by pseudonym, or a receipt, with what happened to it."</p>
        </header>
        <form method="get" action="/lookup" class="look-up-form" role="search">
            <label class="look-up-label" for="look-up-q">"Search"</label>
            <input
                class="look-up-field"
                id="look-up-q"
                type="search"
                name="q"
                maxlength="200"
                autocomplete="off"
                placeholder="Part of a name or number"
                value=sought
                prop:value=sought
            />
            {is_static_view().then(|| view! { <input type="hidden" name="view" value="static"/> })}
            <button class="filter-apply" type="submit">"Find"</button>
        </form>
        <MarkupSlot class="look-up" query ask=|query| Box::pin(look_up_api::look_up(query)) skeleton/>
    }
    .erased()
}
