//! The error that server functions answer with: a sentence for the person and the request's id.

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use marts::{Failure, FailureKind};
use serde::{Deserialize, Serialize};

/// A failure as a page shows it; what the log should know besides never crosses the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppError(pub Failure);

impl AppError {
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        self.0.kind
    }

    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The HTTP status that says the same.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self.0.kind {
            FailureKind::BadRequest => 400,
            FailureKind::NotAllowed => 403,
            FailureKind::NotFound => 404,
            FailureKind::Unavailable | FailureKind::Busy => 503,
            FailureKind::TimedOut => 504,
            FailureKind::Cancelled | FailureKind::Internal => 500,
        }
    }
}

impl From<Failure> for AppError {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

impl std::fmt::Display for AppError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for AppError {}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    /// What Leptos itself reports: the transport's errors become sentences, their text stays in `detail`.
    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        let detail = value.to_string();
        let failure = match value {
            ServerFnErrorErr::Request(_) => Failure::unavailable(
                "The server could not be reached. Nothing on the page was changed; try again when the connection is back.",
            ),
            ServerFnErrorErr::Deserialization(_) => Failure::internal(
                "The server's answer could not be read, perhaps because it was updated meanwhile. Reload the page.",
            ),
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Failure::bad_request(
                "The request lacks something the server needs. Reload the page and try again.",
            ),
            _ => Failure::internal(
                "Something went wrong on the server. Nothing was changed; try again.",
            ),
        };
        let error = Self(failure.with_detail(detail));
        #[cfg(feature = "ssr")]
        let error = crate::session::named_and_said(error);
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transport_error_is_a_sentence_without_internals() {
        let error = AppError::from_server_fn_error(ServerFnErrorErr::Request(
            "ECONNREFUSED 10.0.0.7:3000".into(),
        ));
        assert!(
            error
                .message()
                .starts_with("The server could not be reached.")
        );
        assert!(!error.message().contains("10.0.0.7"));
    }

    #[test]
    fn what_crosses_the_wire_has_the_request_id_and_no_detail() {
        let failure = Failure::internal("It broke.")
            .with_detail("table gold.secret")
            .with_request_id("r-1");
        let wire = AppError(failure).ser();
        let text = String::from_utf8_lossy(&wire).into_owned();
        assert!(text.contains("r-1") && text.contains("It broke."), "{text}");
        assert!(!text.contains("secret"), "{text}");
        let back = AppError::de(wire);
        assert_eq!(back.request_id(), Some("r-1"));
    }
}
