//! The app's pages and functions. Routes are the app's own business: whatever no other route answers is a page.

use std::sync::Arc;

use app::{Assets, Session};
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::nonce::Nonce;
use marts::{Answer, RowPolicy};

use super::headers::page_policy;
use super::problem::Problem;
use super::request_id::RequestId;

/// What rendering needs of the service.
#[derive(Clone)]
pub struct Pages {
    answer: Arc<dyn Answer>,
    assets: Assets,
}

impl Pages {
    pub fn new(answer: Arc<dyn Answer>, assets: Assets) -> Self {
        // Leptos spawns the loading of resources; where an executor is set already, it is this one.
        let _already_set = any_spawner::Executor::init_tokio();
        app::register_server_functions();
        Self { answer, assets }
    }

    /// Who asks, and which rows they may see. The only place where that is decided.
    pub fn session(&self, request: &Extensions, nonce: Option<Nonce>) -> Session {
        let id = request.get::<RequestId>().map(|id| id.0.clone());
        Session {
            answer: Arc::clone(&self.answer),
            // Nobody signs in yet, and only this machine is listened to: everyone may see everything.
            policy: RowPolicy::Unrestricted,
            request_id: app::RequestId(id.unwrap_or_default()),
            nonce,
        }
    }
}

/// Any page. Its scripts carry a nonce of this response, and the header allows no others.
pub async fn page(State(pages): State<Pages>, request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Problem::new(StatusCode::METHOD_NOT_ALLOWED, "Pages are read with GET.")
            .into_response();
    }
    if request.uri().path_and_query().is_none() {
        return Problem::new(StatusCode::BAD_REQUEST, "The request names no path.").into_response();
    }
    let nonce = Nonce::new();
    let session = pages.session(request.extensions(), Some(nonce.clone()));
    let mut response = app::respond(session, pages.assets.clone(), request).await;
    // A nonce is URL-safe base64, so the header is always valid; were it not, the stricter default would stand.
    if let Ok(policy) = HeaderValue::from_str(&page_policy(&nonce)) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A function of the app, called by its browser half.
pub async fn function(State(pages): State<Pages>, request: Request) -> Response {
    let session = pages.session(request.extensions(), None);
    app::call(session, request).await
}
