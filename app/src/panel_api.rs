//! What stands behind a panel: how its figures come about, and its rows for a spreadsheet.

use leptos::server;
use serde::{Deserialize, Serialize};

use crate::AppError;

/// A panel's figures as a clipboard takes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// Separated by tabs, numbers exact and without signs of grouping.
    pub text: String,
    /// One HTML table of the same cells.
    pub html: String,
}

/// Definition, formula, origin and SQL of a panel's figures under the filters in `query`, as markup.
#[server(name = PanelAbout, prefix = "/api/fn", endpoint = "panel_about")]
pub async fn about(dashboard: String, panel: String, query: String) -> Result<String, AppError> {
    let session = crate::Session::current()?;
    crate::api::answered(crate::panel_about::load(&session, &dashboard, &panel, &query).await)
}

/// The rows of a panel's first answer, for a spreadsheet.
#[server(name = PanelRows, prefix = "/api/fn", endpoint = "panel_rows")]
pub async fn rows(dashboard: String, panel: String, query: String) -> Result<Copied, AppError> {
    let session = crate::Session::current()?;
    let found = crate::api::load::panel_on_page(&session, &dashboard, &panel, &query).await;
    crate::api::answered(found.map(|(view, _)| crate::spreadsheet::copied(&view)))
}
