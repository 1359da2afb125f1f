//! What the page that explains a difference asks.

use leptos::server;

use crate::AppError;

/// The difference that `query` asks about, taken apart, as markup.
#[server(name = Why, prefix = "/api/fn", endpoint = "why")]
pub async fn why(query: String) -> Result<String, AppError> {
    let session = crate::Session::current()?;
    crate::api::answered(
        crate::why::explain(&session, &query)
            .await
            .map(|view| crate::markup::rendered(|| crate::pages::why::explained(&view))),
    )
}
