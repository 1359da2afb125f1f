//! What the page of schools, users and receipts asks.

use leptos::server;

use crate::AppError;

/// What is known of what `query` asks for, as markup.
#[server(name = LookUp, prefix = "/api/fn", endpoint = "look_up")]
pub async fn look_up(query: String) -> Result<String, AppError> {
    use crate::look_up::{Sought, look_up, report};

    let session = crate::Session::current()?;
    let found = look_up(&session, Sought::parse(&query)).await;
    crate::api::answered(found.map(|found| crate::markup::rendered(|| report(&found))))
}
