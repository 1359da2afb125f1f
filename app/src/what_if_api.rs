//! What the page of assumptions asks.

use leptos::server;

use crate::AppError;

/// What would follow from the assumptions of `query`, as markup.
#[server(name = WhatIf, prefix = "/api/fn", endpoint = "what_if")]
pub async fn what_if(query: String) -> Result<String, AppError> {
    let session = crate::Session::current()?;
    crate::api::answered(
        crate::what_if::project(&session, &query)
            .await
            .map(|view| crate::markup::rendered(|| crate::pages::what_if::projected(&view))),
    )
}
