//! What the live halves of pages that are no dashboards share: the address and the skeleton.

use leptos::prelude::*;

use crate::erase::Erase;
use leptos_router::hooks::{use_location, use_query_map};

/// A parameter of the page's address, which stays as it was on the way to another page.
pub fn parameter(page: &'static str, name: &'static str) -> Memo<String> {
    parameter_of(Memo::new(move |_| page.to_owned()), name)
}

/// As [`parameter`], for a page that its address names.
pub fn parameter_of(page: Memo<String>, name: &'static str) -> Memo<String> {
    let (pathname, query) = (use_location().pathname, use_query_map());
    Memo::new(move |before: Option<&String>| {
        let is_here = pathname.with(|path| page.with(|page| path.trim_matches('/') == page));
        match before {
            Some(before) if !is_here => before.clone(),
            _ => query.with(|query| query.get(name).unwrap_or_default()),
        }
    })
}

/// The whole query of the page's address, which stays as it was on the way to another page.
pub fn query_of(page: &'static str) -> Memo<String> {
    let location = use_location();
    Memo::new(move |before: Option<&String>| {
        let is_here = location
            .pathname
            .with(|path| path.trim_matches('/') == page);
        match before {
            Some(before) if !is_here => before.clone(),
            _ => location.search.get(),
        }
    })
}

/// Holds the page's place until its figures come.
pub fn skeleton() -> AnyView {
    let panel = |rows: u32| {
        let rows = (0..rows).map(|_| view! { <div class="skeleton"></div> });
        view! {
            <section class="panel" aria-busy="true">
                <div class="panel-body state-loading">
                    <div class="skeleton-rows" aria-hidden="true">{rows.collect_view()}</div>
                    <span class="visually-hidden">"Loading…"</span>
                </div>
            </section>
        }
    };
    view! { <div class="grid">{panel(3)}{panel(10)}</div> }.erased()
}
