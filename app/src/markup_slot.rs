//! A place that the server fills with markup, anew whenever what is asked for changes.

use std::pin::Pin;

use leptos::prelude::*;

use crate::AppError;
use crate::erase::Erase;
use crate::markup::{Markup, keep};
use crate::panels::ErrorState;
use crate::pending::is_busy;

/// What comes of asking the server. Boxed, so that all places share the code that waits for it.
pub type Asked = Pin<Box<dyn Future<Output = Result<String, AppError>> + Send>>;

/// Old markup stays, marked as busy, until new markup comes; a failure can be tried again.
#[component]
pub fn MarkupSlot(
    class: &'static str,
    /// What `ask` is called with.
    query: Memo<String>,
    ask: fn(String) -> Asked,
    /// Holds the place before anything came.
    skeleton: fn() -> AnyView,
) -> impl IntoView {
    let found = Resource::new(
        move || query.get(),
        move |query| {
            let asked = ask(query);
            async move { asked.await.map(Markup::new) }
        },
    );
    let pending = RwSignal::new(false);
    let body = move || {
        Suspend::new(async move {
            match found.await {
                Ok(markup) => {
                    // Where the focus was it stays.
                    keep(class);
                    markup.placed()
                }
                Err(error) => {
                    let retry = Callback::new(move |()| found.refetch());
                    view! { <ErrorState error retry/> }.erased()
                }
            }
        })
    };
    view! {
        // Around what comes later: what is rendered within would keep the state it was rendered in.
        <div id=class class=class aria-busy=move || if is_busy(pending) { "true" } else { "false" }>
            <Transition fallback=skeleton set_pending=pending>{body}</Transition>
        </div>
    }
    .erased()
}
