//! What the page that shows any metrics by any dimensions asks besides its panels.

use leptos::server;

use crate::AppError;

/// The links that change what is shown under `query`, as markup.
#[server(name = ExploreMenu, prefix = "/api/fn", endpoint = "explore_menu")]
pub async fn explore_menu(query: String) -> Result<String, AppError> {
    use marts::Filters;
    use marts::explore::EXPLORE;

    use crate::url::split_query;

    let session = crate::Session::current()?;
    let failed = |failure| session.failed(failure);
    let found = async {
        let page = session.answer.dashboard(EXPLORE).await.map_err(failed)?;
        let metrics = session.answer.metrics().await.map_err(failed)?;
        let filters = Filters::parse(&split_query(&query).1, &page);
        Ok(crate::markup::rendered(|| {
            crate::explore_menu::menu(&metrics, &filters)
        }))
    };
    crate::api::answered(found.await)
}
