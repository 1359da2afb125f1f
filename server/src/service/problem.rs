//! What a refused or failed request answers outside the app's own pages: a sentence and the request id.
//!
//! A handler returns a [`Problem`]; the request-id layer, which knows the id and what the asker reads, writes the body.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use marts::{Failure, FailureKind};

use super::request_id::RequestId;

/// A status with a sentence that may be shown to a person.
#[derive(Debug, Clone)]
pub struct Problem {
    pub status: StatusCode,
    pub message: String,
    /// Said in `Retry-After`.
    pub retry_after_seconds: Option<u64>,
}

impl Problem {
    #[must_use]
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            retry_after_seconds: None,
        }
    }

    /// The body as the asker reads it: JSON for programs, text for everyone else.
    #[must_use]
    pub fn write(&self, asked: &HeaderMap, path: &str, request_id: &RequestId) -> Response {
        let accepts = asked
            .get(header::ACCEPT)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default();
        let wants_json = accepts.contains("json")
            || (path.starts_with("/api/") && !accepts.contains("text/html"));
        let (content_type, body) = if wants_json {
            let body = serde_json::json!({
                "status": self.status.as_u16(),
                "title": self.status.canonical_reason().unwrap_or_default(),
                "detail": self.message,
                "request_id": request_id.0,
            });
            ("application/problem+json", body.to_string())
        } else {
            (
                "text/plain; charset=utf-8",
                format!("{}\n\nRequest {}\n", self.message, request_id.0),
            )
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        if let Some(seconds) = self.retry_after_seconds {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self {
            retry_after_seconds: failure.kind.retry_after_seconds(),
            ..Self::new(status_of(failure.kind), failure.message)
        }
    }
}

/// The HTTP status that says the same as a failure's kind.
#[must_use]
pub fn status_of(kind: FailureKind) -> StatusCode {
    match kind {
        FailureKind::BadRequest => StatusCode::BAD_REQUEST,
        FailureKind::NotAllowed => StatusCode::FORBIDDEN,
        FailureKind::NotFound => StatusCode::NOT_FOUND,
        FailureKind::Unavailable | FailureKind::Busy => StatusCode::SERVICE_UNAVAILABLE,
        FailureKind::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        // 499, as nginx logs a client that went away; nobody reads it.
        FailureKind::Cancelled => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
        FailureKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_server_says_when_to_come_back() {
        let busy = Failure::new(FailureKind::Busy, "The server is busy.");
        let id = RequestId("r-1".to_owned());
        let response = Problem::from(busy).write(&HeaderMap::new(), "/api/v1/query", &id);
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
        let down = Failure::unavailable("No release.");
        let response = Problem::from(down).write(&HeaderMap::new(), "/api/v1/query", &id);
        assert!(!response.headers().contains_key(header::RETRY_AFTER));
    }
}
