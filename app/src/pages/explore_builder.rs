//! Above the panels of Explore: what is looked at, and links that change it.

use leptos::prelude::*;

use crate::explore_api;
use crate::markup::Markup;
use crate::panels::ErrorState;
use crate::state::PageState;

#[component]
pub fn ExploreBuilder(state: PageState) -> impl IntoView {
    let menu = Resource::new(
        move || state.query.get(),
        |query| async { explore_api::explore_menu(query).await.map(Markup::new) },
    );
    let body = move || {
        Suspend::new(async move {
            match menu.await {
                Ok(markup) => markup.placed(),
                Err(error) => {
                    let retry = Callback::new(move |()| menu.refetch());
                    view! { <ErrorState error retry/> }.into_any()
                }
            }
        })
    };
    view! {
        <nav class="explore" aria-label="What is shown">
            <Transition fallback=|| view! { <div class="explore-menu explore-waits" aria-busy="true"></div> }>{body}</Transition>
        </nav>
    }
    .into_any()
}
