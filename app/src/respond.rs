//! Answers HTTP requests with rendered pages and with the results of server functions.

use std::pin::Pin;

use axum::body::Body;
use axum::response::{IntoResponse, Redirect};
use futures::{Stream, StreamExt};
use http::{Request, Response, StatusCode};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use marts::DashboardLink;

use crate::api::{self, Page, load};
use crate::url::split_query;
use crate::{
    AppError, Assets, Session, explore_api, look_up_api, ops_api, palette_api, panel_api, shell,
    why_api,
};

/// What is read before rendering begins, so that the page's frame is in the first bytes: streaming could send
/// neither its title nor its status later.
#[derive(Clone)]
pub(crate) struct Ahead {
    pub navigation: Vec<DashboardLink>,
    /// What became of reading the dashboard that the path names.
    pub page: Option<Result<Page, AppError>>,
    /// The page is wanted in one piece, without scripts.
    pub is_static: bool,
}

/// Renders the page at the request's path: streamed, or in one piece with `?view=static`.
/// `/` leads to the first dashboard.
pub async fn respond(session: Session, assets: Assets, request: Request<Body>) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let (is_static, _) = split_query(&query);
    // A page without navigation is better than none: the same failure will show where the figures should be.
    let navigation = load::navigation(&session).await.unwrap_or_default();

    let name = path.trim_matches('/');
    if name.is_empty()
        && let Some(first) = navigation.first()
    {
        let separator = if query.is_empty() { "" } else { "?" };
        return Redirect::temporary(&format!("/{}{separator}{query}", first.name)).into_response();
    }
    let page = if name.is_empty() || name.contains('/') || is_own_page(name) {
        None
    } else {
        Some(load::page(&session, name, &pinned(&query)).await)
    };
    let status = match &page {
        Some(Err(error)) => {
            StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
        }
        None if name.contains('/') => StatusCode::NOT_FOUND,
        _ => StatusCode::OK,
    };
    let ahead = Ahead {
        navigation,
        page,
        is_static,
    };

    let context = move || {
        session.provide();
        provide_context(ahead.clone());
        if status != StatusCode::OK
            && let Some(response) = use_context::<ResponseOptions>()
        {
            response.set_status(status);
        }
        if is_static && let Some(shared) = Owner::current_shared_context() {
            // Nothing will hydrate, so nothing is serialised for it.
            shared.set_is_hydrating(false);
        }
    };
    let app = move || shell(assets.clone());
    if is_static {
        leptos_axum::handle_response_inner(context, app, request, |app, _scripts, _| {
            Box::pin(async move {
                let html = app.to_html_stream_in_order().collect::<String>().await;
                Box::pin(futures::stream::once(async move { html }))
                    as Pin<Box<dyn Stream<Item = String> + Send>>
            })
        })
        .await
    } else {
        leptos_axum::render_app_to_stream_with_context(context, app)(request).await
    }
}

fn is_own_page(name: &str) -> bool {
    crate::app::OWN_PAGES.iter().any(|(own, _)| *own == name)
}

/// The release that a query names, as its last `release=` says; empty for none.
fn pinned(query: &str) -> String {
    let mut named = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("release="));
    named.next_back().unwrap_or_default().to_owned()
}

/// Runs the server function that the request's path (`/api/fn/…`) names.
pub async fn call(session: Session, request: Request<Body>) -> Response<Body> {
    leptos_axum::handle_server_fns_with_context(move || session.provide(), request)
        .await
        .into_response()
}

/// Registers every server function by name. They register themselves too, but a linker may drop that.
pub fn register_server_functions() {
    use leptos::server_fn::axum::register_explicit;
    register_explicit::<api::Navigation>();
    register_explicit::<api::PageFrame>();
    register_explicit::<api::PanelFigures>();
    register_explicit::<api::FoundValues>();
    register_explicit::<api::DrillRows>();
    register_explicit::<api::Guide>();
    register_explicit::<explore_api::ExploreMenu>();
    register_explicit::<look_up_api::LookUp>();
    register_explicit::<palette_api::Palette>();
    register_explicit::<panel_api::PanelAbout>();
    register_explicit::<panel_api::PanelRows>();
    register_explicit::<ops_api::Runs>();
    register_explicit::<ops_api::Contracts>();
    register_explicit::<ops_api::ContractBadgeState>();
    register_explicit::<why_api::Why>();
}
