//! Who asks, and whom the page asks: what the server gives each request as context.

use std::sync::Arc;

use leptos::nonce::Nonce;
use leptos::prelude::{provide_context, use_context};
use marts::{Answer, AskedFor, Failure, RowPolicy};

use crate::AppError;

/// The id under which the log knows this request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

/// One request's standing: the service, the rows it may show, and the ids to name it by.
#[derive(Clone)]
pub struct Session {
    pub answer: Arc<dyn Answer>,
    pub policy: RowPolicy,
    pub request_id: RequestId,
    /// The nonce in the response's Content-Security-Policy; one is made up where this is `None`.
    pub nonce: Option<Nonce>,
}

impl Session {
    /// For a panel, or a filter's options where it is `None`, of a dashboard.
    #[must_use]
    pub fn asked_for(&self, dashboard: &str, panel: Option<&str>) -> AskedFor {
        AskedFor {
            dashboard: Some(dashboard.to_owned()),
            panel: panel.map(str::to_owned),
            request_id: Some(self.request_id.0.clone()),
        }
    }

    /// Makes the parts available to components and server functions.
    pub fn provide(&self) {
        provide_context(Arc::clone(&self.answer));
        provide_context(self.policy.clone());
        provide_context(self.request_id.clone());
        if let Some(nonce) = &self.nonce {
            provide_context(nonce.clone());
        }
    }

    /// The session of the request being served.
    ///
    /// # Errors
    /// Without a row policy nothing is shown: its absence never means "everything".
    pub fn current() -> Result<Self, AppError> {
        match (use_context::<Arc<dyn Answer>>(), use_context::<RowPolicy>()) {
            (Some(answer), Some(policy)) => Ok(Self {
                answer,
                policy,
                request_id: use_context::<RequestId>().unwrap_or_else(|| RequestId(String::new())),
                nonce: use_context::<Nonce>(),
            }),
            _ => Err(AppError(
                Failure::internal(
                    "The server is not set up to answer questions; nothing is shown.",
                )
                .with_detail("no `Answer` or no `RowPolicy` in the request's context"),
            )),
        }
    }

    /// Names this request in a failure, so that the person can report it.
    #[must_use]
    pub fn failed(&self, failure: Failure) -> AppError {
        if failure.request_id.is_some() || self.request_id.0.is_empty() {
            AppError(failure)
        } else {
            AppError(failure.with_request_id(self.request_id.0.clone()))
        }
    }
}

/// Gives an error the id of the request being served and the response its status, where there are any: Leptos
/// itself answers every failed function with 500.
pub(crate) fn named_and_said(error: AppError) -> AppError {
    let error = match use_context::<RequestId>() {
        Some(id) if error.request_id().is_none() && !id.0.is_empty() => {
            AppError(error.0.with_request_id(id.0))
        }
        _ => error,
    };
    if let (Some(response), Ok(status)) = (
        use_context::<leptos_axum::ResponseOptions>(),
        http::StatusCode::from_u16(error.status()),
    ) {
        response.set_status(status);
        if let Some(seconds) = error.kind().retry_after_seconds() {
            response.insert_header(http::header::RETRY_AFTER, seconds.into());
        }
    }
    error
}
