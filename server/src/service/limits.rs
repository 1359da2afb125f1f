//! What one request may cost: the length of its URL and body, and the time until its first byte.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::config::Limits;

/// Refuses what is too large, and gives up on what takes too long. A body without a length is cut by
/// `RequestBodyLimitLayer` further in.
pub async fn bound(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let url_bytes = request
        .uri()
        .path_and_query()
        .map_or(0, |url| url.as_str().len());
    if url_bytes > limits.url_bytes {
        let message = format!(
            "This address has {url_bytes} bytes, and at most {} are read. Choose fewer filter values.",
            limits.url_bytes
        );
        return Problem::new(StatusCode::URI_TOO_LONG, message).into_response();
    }
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > limits.body_bytes as u64) {
        let message = format!(
            "The request's body is larger than {} bytes.",
            limits.body_bytes
        );
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, message).into_response();
    }
    let patience = Duration::from_secs(limits.request_seconds);
    tokio::time::timeout(patience, next.run(request))
        .await
        .unwrap_or_else(|_| {
            tracing::warn!(
                limit_seconds = limits.request_seconds,
                "request took too long"
            );
            let message = format!(
                "The answer took longer than {} s. Try a shorter range, or try again.",
                limits.request_seconds
            );
            Problem::new(StatusCode::GATEWAY_TIMEOUT, message).into_response()
        })
}

/// What a panic in a handler answers.
pub fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let reason = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown".to_owned());
    tracing::error!(%reason, "a request handler panicked");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong on our side. The request id below finds it in the log.",
    )
    .into_response()
}
