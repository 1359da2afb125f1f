//! Every token and component in each of its states.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::api;
use crate::erase::Erase;
use crate::markup::Markup;
use crate::panels::ErrorState;

#[component]
pub fn StyleGuide() -> impl IntoView {
    let guide = Resource::new(
        || (),
        |()| async { api::style_guide().await.map(Markup::new) },
    );
    let body = move || {
        Suspend::new(async move {
            match guide.await {
                Ok(markup) => markup.placed(),
                Err(error) => view! { <ErrorState error/> }.erased(),
            }
        })
    };
    view! {
        <Title text="Style guide"/>
        <header class="page-header">
            <h1 class="page-title">"Style guide"</h1>
            <p class="page-sub">"Every component in each of its states. All figures are invented."</p>
        </header>
        <Suspense fallback=|| ()>{body}</Suspense>
    }
    .erased()
}
