//! The rows below a figure, in a drawer beside the page. Which figure stands in the address (`drill=`), so that a link
//! opens it and going back closes it; without scripts it is a section of the page.

use leptos::ev::{Event, MouseEvent};
use leptos::prelude::*;

use crate::AppError;
use crate::api;
use crate::erase::Erase;
use crate::markup::Markup;
use crate::panels::ErrorState;
use crate::pending::is_busy;
use crate::state::PageState;

#[cfg(feature = "ssr")]
pub(crate) mod load;
#[cfg(feature = "ssr")]
mod origins;
#[cfg(feature = "ssr")]
pub(crate) mod rows;

#[component]
pub fn DrillDrawer(state: PageState) -> impl IntoView {
    if !state.leads_to_rows() {
        return ().erased();
    }
    let name = state.dashboard.with_value(|d| d.name.clone());
    // Tables sorted meanwhile change nothing below a figure.
    let query = Memo::new(move |_| {
        state.filters.with(|filters| {
            let mut only = filters.clone();
            only.tables.clear();
            only.drill.is_some().then(|| only.to_query())
        })
    });
    let rows = Resource::new(
        move || query.get(),
        move |query| {
            let name = name.clone();
            async move {
                match query {
                    Some(query) => api::drill(name, query).await.map(Markup::new),
                    None => Ok(Markup::new(String::new())),
                }
            }
        },
    );
    let pending = RwSignal::new(false);
    let body = move || {
        Suspend::new(async move {
            match rows.await {
                Ok(markup) => markup.placed(),
                Err(error) => failed(error, state),
            }
        })
    };
    let body = view! {
        <Transition fallback=|| view! { <p class="state-loading">"Loading rows…"</p> } set_pending=pending>
            {body}
        </Transition>
    };
    let is_open = move || query.with(Option::is_some);
    if state.is_static {
        if !query.with_untracked(Option::is_some) {
            return ().erased();
        }
        return view! {
            <section class="drill panel" id="drill" aria-labelledby="drill-title">{body}</section>
        }
        .erased();
    }
    let dialog = NodeRef::<leptos::html::Dialog>::new();
    // The browser keeps the focus inside, closes it on Escape, and gives the focus back to where it was.
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match (is_open(), dialog.open()) {
            (true, false) => {
                let _ = dialog.show_modal();
            }
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let go = state.navigator();
    let leave = move || {
        let filters = state
            .filters
            .with_untracked(|filters| filters.drilled(None));
        go(&filters);
    };
    let on_cancel = {
        let leave = leave.clone();
        move |event: Event| {
            event.prevent_default();
            leave();
        }
    };
    // A browser may close it without asking first.
    let on_close = {
        let leave = leave.clone();
        move |_: Event| {
            if query.with_untracked(Option::is_some) {
                leave();
            }
        }
    };
    let on_click = move |event: MouseEvent| {
        // A click on the dialog itself, not on something in it, is one on the page behind it.
        if event.target() == event.current_target() {
            leave();
        }
    };
    view! {
        <dialog
            class="drill"
            node_ref=dialog
            aria-labelledby="drill-title"
            aria-busy=move || if is_busy(pending) { "true" } else { "false" }
            on:cancel=on_cancel
            on:close=on_close
            on:click=on_click
        >
            <div class="drill-body">{body}</div>
        </dialog>
    }
    .erased()
}

fn close_link(state: PageState) -> AnyView {
    let href = move || {
        state
            .filters
            .with(|filters| state.href(&filters.drilled(None)))
    };
    view! {
        <a class="drill-close" href=href data-noscroll="">
            <span aria-hidden="true">"×"</span>
            <span class="visually-hidden">"Close"</span>
        </a>
    }
    .erased()
}

fn failed(error: AppError, state: PageState) -> AnyView {
    view! {
        <header class="drill-head">
            <h2 class="drill-title" id="drill-title">"Rows"</h2>
            {close_link(state)}
        </header>
        <ErrorState error/>
    }
    .erased()
}
