//! The one error that crosses crates: a sentence for the person, the detail for the log.

use serde::{Deserialize, Serialize};

/// What went wrong, in the terms a caller can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    BadRequest,
    NotAllowed,
    NotFound,
    /// The engine or the release cannot be reached; trying again may help.
    Unavailable,
    /// More is asked at the moment than can be answered; the same question will be answered a little later.
    Busy,
    TimedOut,
    /// Nobody waits for the answer any more.
    Cancelled,
    Internal,
}

impl FailureKind {
    /// After how many seconds it is worth asking again, where waiting is all there is to do.
    #[must_use]
    pub fn retry_after_seconds(self) -> Option<u64> {
        (self == Self::Busy).then_some(5)
    }
}

/// An error with a `message` that may be shown to a person and a `detail` that stays in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub kind: FailureKind,
    pub message: String,
    /// Never serialised: it may name tables, files or values.
    #[serde(skip)]
    pub detail: String,
    pub request_id: Option<String>,
}

impl Failure {
    #[must_use]
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            detail: String::new(),
            request_id: None,
        }
    }

    #[must_use]
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(FailureKind::BadRequest, message)
    }

    #[must_use]
    pub fn not_allowed(message: impl Into<String>) -> Self {
        Self::new(FailureKind::NotAllowed, message)
    }

    #[must_use]
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(FailureKind::NotFound, message)
    }

    #[must_use]
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Unavailable, message)
    }

    #[must_use]
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Internal, message)
    }

    /// Adds what the log should say beside the message.
    #[must_use]
    pub fn with_detail(mut self, detail: impl std::fmt::Display) -> Self {
        self.detail = detail.to_string();
        self
    }

    #[must_use]
    pub fn with_request_id(mut self, request_id: impl Into<String>) -> Self {
        self.request_id = Some(request_id.into());
        self
    }
}
