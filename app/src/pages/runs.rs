//! Runs of the pipeline: what ran, how long, what became of it, and what is published.

use leptos::prelude::*;
use leptos_meta::Title;

use super::ops::{parameter, skeleton};
use crate::erase::Erase;
use crate::markup_slot::{Asked, MarkupSlot};
use crate::ops_api;

#[component]
pub fn RunsPage() -> impl IntoView {
    let (run, after) = (parameter("runs", "run"), parameter("runs", "after"));
    let query = Memo::new(move |_| format!("{}\n{}", run.get(), after.get()));
    view! {
        <Title text="Runs"/>
        <header class="page-header">
            <h1 class="page-title">"Runs"</h1>
            <p class="page-sub">
                "A run takes in what has landed, builds new tables beside those in use, checks them, and only then shows them. A run that fails changes nothing that anybody sees."
            </p>
        </header>
        <MarkupSlot class="pipeline-page" query ask skeleton/>
    }
    .erased()
}

/// The run that is looked at and the place where the list begins, a line each.
fn ask(query: String) -> Asked {
    let (run, after) = query.split_once('\n').unwrap_or((&query, ""));
    Box::pin(ops_api::runs(run.to_owned(), after.to_owned()))
}
