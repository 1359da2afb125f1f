//! What if: the live half, which puts a lever into the address.

use leptos::ev::Event;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, UrlSearchParams};

use super::ops::query_of;
use crate::erase::Erase;
use crate::markup_slot::MarkupSlot;
use crate::what_if_api;

#[component]
pub fn WhatIfPage() -> impl IntoView {
    let query = query_of("what-if");
    let (navigate, search) = (use_navigate(), use_location().search);
    // Only the lever that was moved is assumed; all others stay as the address has them.
    let on_change = move |event: Event| {
        let Some(lever) = lever_of(&event) else {
            return;
        };
        if let Ok(query) = UrlSearchParams::new_with_str(&search.get_untracked()) {
            query.set(&lever.name(), &lever.value());
            let href = format!("/what-if?{}", String::from(query.to_string()));
            let options = NavigateOptions {
                scroll: false,
                ..NavigateOptions::default()
            };
            navigate(&href, options);
        }
    };
    let on_input = |event: Event| {
        if let Some(lever) = lever_of(&event)
            && let Some(said) = lever.next_element_sibling()
        {
            said.set_text_content(Some(&lever.value()));
        }
    };
    view! {
        <Title text="What if"/>
        <div on:change=on_change on:input=on_input>
            <h1 class="page-title">"What if"</h1>
            <MarkupSlot class="what-if" query ask=|query| Box::pin(what_if_api::what_if(query)) skeleton/>
        </div>
    }
    .erased()
}

fn lever_of(event: &Event) -> Option<HtmlInputElement> {
    let input = event.target()?.dyn_into::<HtmlInputElement>().ok()?;
    (input.type_() == "range").then_some(input)
}

fn skeleton() -> AnyView {
    view! { <p class="state-loading">"Reading what was observed…"</p> }.erased()
}
