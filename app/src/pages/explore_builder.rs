//! Above the panels of Explore: what is looked at, and links that change it.

use leptos::prelude::*;

use crate::erase::Erase;
use crate::explore_api;
use crate::markup_slot::MarkupSlot;
use crate::state::PageState;

#[component]
pub fn ExploreBuilder(state: PageState) -> impl IntoView {
    view! {
        <nav class="explore" aria-label="What is shown">
            <MarkupSlot
                class="explore-slot"
                query=state.query
                ask=|query| Box::pin(explore_api::explore_menu(query))
                skeleton
            />
        </nav>
    }
    .erased()
}

fn skeleton() -> AnyView {
    let row = |name| {
        view! {
            <div class="explore-row">
                <span class="explore-name">{name}</span>
                <span class="explore-waits"></span>
            </div>
        }
    };
    view! { <div class="explore-menu">{["Metrics", "By", "Shown as"].map(row)}</div> }.erased()
}
