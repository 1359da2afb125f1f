//! Contracts: what was checked before figures were shown, what was found, and what became of every landed row.

use leptos::prelude::*;
use leptos_meta::Title;

use super::ops::{parameter, skeleton};
use crate::erase::Erase;
use crate::markup_slot::MarkupSlot;
use crate::ops_api;

#[component]
pub fn ContractsPage() -> impl IntoView {
    let run = parameter("contracts", "run");
    view! {
        <Title text="Contracts"/>
        <header class="page-header">
            <h1 class="page-title">"Contracts"</h1>
            <p class="page-sub">
                "A contract says what must be true of the data. All are checked before figures are shown: one that must hold and does not keeps the new figures back, the others set rows aside or warn."
            </p>
        </header>
        <MarkupSlot class="pipeline-page" query=run ask=|run| Box::pin(ops_api::contracts(run)) skeleton/>
    }
    .erased()
}
