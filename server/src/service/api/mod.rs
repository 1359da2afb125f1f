//! What programs call: `/api/v1`. Every answer goes through [`marts::Answer`] under the same session as a page's.

mod accept;
mod catalogue;
mod cells;
mod csv;
mod panels;
mod query;
mod question;
mod releases;

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use marts::ReleaseInfo;
use tokio::sync::watch;
use warehouse::Known;

use super::origin;
use super::pages::Pages;
use super::problem::Problem;
use crate::analytics::Analytics;

const QUERY: &str = "/api/v1/query";
const CATALOGUE: &str = "/api/v1/catalogue";
const RELEASES: &str = "/api/v1/releases";
const STREAM: &str = "/api/v1/releases/stream";
const PANELS: &str = "/api/v1/panels/{dashboard}/{file}";
const DESCRIPTION: &str = "/api/v1/openapi.json";

/// OpenAPI 3.1; a test holds it beside the routes.
const OPENAPI: &str = include_str!("openapi.json");

/// What the routes need of the service.
#[derive(Clone)]
pub struct Api {
    pub pages: Pages,
    pub analytics: Arc<Analytics>,
    pub releases: watch::Receiver<Option<ReleaseInfo>>,
    pub conditions: watch::Receiver<Known>,
    /// True once the service takes no more requests.
    pub stopped: watch::Receiver<bool>,
}

pub fn routes(api: Api) -> Router {
    // A page of another site must not make a visitor's browser ask.
    let query = Router::new()
        .route(QUERY, post(query::ask))
        .layer(from_fn(origin::same_origin));
    Router::new()
        .route(CATALOGUE, get(catalogue::list))
        .route(RELEASES, get(releases::list))
        .route(STREAM, get(releases::stream))
        .route(PANELS, get(panels::download))
        .route(DESCRIPTION, get(description))
        .merge(query)
        .method_not_allowed_fallback(method_not_allowed)
        .route("/api/v1/{*unknown}", any(unknown))
        .with_state(api)
}

async fn description() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
}

async fn method_not_allowed() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        format!("This path is not called with that method. {DESCRIPTION} describes every call."),
    )
}

async fn unknown() -> Response {
    Problem::new(
        StatusCode::NOT_FOUND,
        format!("There is no such call. {DESCRIPTION} describes those there are."),
    )
    .into_response()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
