//! Which route answers what, and the layers around all of them.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::limit::RequestBodyLimitLayer;
use warehouse::Warehouse;

use super::api::{self, Api};
use super::origin::{self, Hosts};
use super::pages::{self, Pages};
use super::{assets, headers, health, limits, metrics, request_id};
use crate::config::Limits;

/// The whole service as one router.
pub fn build(
    pages: Pages,
    api: Api,
    warehouse: Arc<dyn Warehouse>,
    site: &Path,
    hosts: Hosts,
    bounds: &Limits,
) -> Router {
    let engine = Router::new()
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::scrape))
        .with_state(warehouse);
    let functions = Router::new()
        .route("/api/fn/{*function}", any(pages::function))
        .layer(from_fn(origin::same_origin));
    let routes = Router::new()
        .route("/healthz", get(health::live))
        .merge(functions)
        .fallback(pages::page)
        .with_state(pages)
        .merge(api::routes(api))
        .merge(engine)
        .merge(assets::routes(site));
    around(routes, hosts, bounds)
}

/// Puts around `routes` what holds for every request, from the outside in: an id and a log line also for what is
/// refused, headers also for what panics.
fn around(routes: Router, hosts: Hosts, bounds: &Limits) -> Router {
    let compression = CompressionLayer::new()
        .compress_when(DefaultPredicate::new().and(NotForContentType::const_new("font/")));
    routes.layer(
        ServiceBuilder::new()
            .layer(from_fn(request_id::assign))
            .layer(from_fn(metrics::measure))
            .layer(from_fn(headers::secure))
            .layer(compression)
            .layer(CatchPanicLayer::custom(limits::panicked))
            .layer(from_fn_with_state(hosts, origin::known_host))
            .layer(from_fn_with_state(bounds.clone(), limits::bound))
            .layer(RequestBodyLimitLayer::new(bounds.body_bytes)),
    )
}

#[cfg(test)]
#[path = "router_tests.rs"]
mod tests;
