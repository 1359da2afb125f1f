//! Calls to the workspace and to the storage behind it: with the bearer and without, repeated where that is safe.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use marts::Failure;
use reqwest::{Client, Response, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::auth::Auth;
use super::errors;
use super::options::{DatabricksOptions, Timing, is_this_machine};
use super::retry::{self, Kind};
use super::secret::Secret;
use super::wire::{ApiError, Link};

const CONNECT: Duration = Duration::from_secs(10);

/// Why a call gave nothing.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// Nothing was sent.
    Connect(String),
    /// The connection broke or fell silent, so that nothing is known of the call's end.
    Transport(String),
    /// An answer that is not the API's.
    Body(String),
    Refused {
        status: u16,
        error: ApiError,
        retry_after: Option<Duration>,
    },
    Credentials(Failure),
    /// The time that the caller had.
    Late,
}

pub(super) struct Http {
    base: Url,
    api: Client,
    /// Without the bearer: a link is enough for whoever has it.
    storage: Client,
    auth: Arc<Auth>,
    timing: Timing,
}

impl Http {
    /// Proxies are those of the environment (`HTTPS_PROXY`, `NO_PROXY`).
    ///
    /// # Errors
    /// A host that cannot be used, a machine without certificates.
    pub fn new(options: &DatabricksOptions) -> Result<Self, Failure> {
        let base = options.base()?;
        let client = || {
            let builder = Client::builder()
                .connect_timeout(CONNECT)
                .read_timeout(options.timing.stall)
                .redirect(reqwest::redirect::Policy::none())
                .user_agent(concat!("carton-caps/", env!("CARGO_PKG_VERSION")));
            let builder = if is_this_machine(&base) {
                builder.no_proxy()
            } else {
                builder
            };
            builder.build().map_err(|e| {
                Failure::unavailable("Encrypted connections cannot be made on this machine. Install its certificates (ca-certificates).")
                    .with_detail(e)
            })
        };
        let api = client()?;
        Ok(Self {
            auth: Arc::new(Auth::new(options, base.clone(), api.clone())),
            api,
            storage: client()?,
            base,
            timing: options.timing.clone(),
        })
    }

    /// A reply's JSON, before `limit`.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, limit: Instant) -> Result<T, Fault> {
        let call = self.repeated::<(), T>(Kind::Get, path, None, limit);
        tokio::time::timeout_at(limit, call)
            .await
            .unwrap_or(Err(Fault::Late))
    }

    /// Begins something. Runs on after `limit`, until the reply is there or the connection falls silent, so that what was
    /// begun is known; it only is not repeated after it.
    pub async fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
        limit: Instant,
    ) -> Result<T, Fault> {
        self.repeated(Kind::Post, path, Some(body), limit).await
    }

    /// A call that may be made twice and whose reply says nothing.
    pub async fn tell(&self, path: &str, limit: Instant) -> Result<(), Fault> {
        let nothing = serde_json::json!({});
        let call = self.repeated::<_, serde_json::Value>(Kind::Get, path, Some(&nothing), limit);
        tokio::time::timeout_at(limit, call)
            .await
            .unwrap_or(Err(Fault::Late))
            .map(|_| ())
    }

    /// A link's bytes, before `limit`.
    pub async fn download(&self, link: &Link, limit: Instant) -> Result<Bytes, Fault> {
        let call = async {
            let mut tries = 0;
            loop {
                let fault = match self.download_once(link).await {
                    Ok(bytes) => return Ok(bytes),
                    Err(fault) => fault,
                };
                self.pause_or_fail(Kind::Get, fault, &mut tries, limit)
                    .await?;
            }
        };
        tokio::time::timeout_at(limit, call)
            .await
            .unwrap_or(Err(Fault::Late))
    }

    async fn download_once(&self, link: &Link) -> Result<Bytes, Fault> {
        let url = Url::parse(link.external_link.expose())
            .map_err(|_| Fault::Body("a link that is no address".to_owned()))?;
        if url.scheme() != "https" && !is_this_machine(&self.base) {
            return Err(Fault::Body("a link without https".to_owned()));
        }
        let mut request = self.storage.get(url);
        for (name, value) in &link.http_headers {
            if !name.eq_ignore_ascii_case("authorization") {
                request = request.header(name, value.expose());
            }
        }
        let reply = request.send().await.map_err(fault_of)?;
        let status = reply.status();
        if !status.is_success() {
            // What the storage says may quote the link.
            return Err(Fault::Refused {
                status: status.as_u16(),
                error: ApiError::default(),
                retry_after: retry_after(&reply),
            });
        }
        reply.bytes().await.map_err(fault_of)
    }

    async fn repeated<B: Serialize, T: DeserializeOwned>(
        &self,
        kind: Kind,
        path: &str,
        body: Option<&B>,
        limit: Instant,
    ) -> Result<T, Fault> {
        let mut tries = 0;
        let mut is_renewed = false;
        loop {
            let token = self.auth.bearer().await.map_err(Fault::Credentials)?;
            let fault = match self.once(path, body, &token).await {
                Ok(reply) => return Ok(reply),
                Err(fault) => fault,
            };
            if is_token_refused(&fault) && !is_renewed && self.auth.refused(&token) {
                is_renewed = true;
                continue;
            }
            self.pause_or_fail(kind, fault, &mut tries, limit).await?;
        }
    }

    /// Waits before the next try; the fault itself where there is none, or where it would come too late.
    async fn pause_or_fail(
        &self,
        kind: Kind,
        fault: Fault,
        tries: &mut u32,
        limit: Instant,
    ) -> Result<(), Fault> {
        *tries += 1;
        if *tries >= retry::MOST_TRIES || !retry::is_worth_it(kind, &fault) {
            return Err(fault);
        }
        let (first, longest) = (self.timing.retry_first, self.timing.retry_longest);
        let pause = match &fault {
            Fault::Refused {
                retry_after: Some(asked),
                ..
            } => *asked + retry::jittered(first),
            _ => retry::pause(*tries - 1, first, longest),
        };
        match Instant::now().checked_add(pause) {
            Some(next) if next < limit => {
                tracing::debug!(?fault, ?pause, "a call to the warehouse is repeated");
                tokio::time::sleep_until(next).await;
                Ok(())
            }
            _ => Err(fault),
        }
    }

    async fn once<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: Option<&B>,
        token: &Secret,
    ) -> Result<T, Fault> {
        let url = self
            .base
            .join(path)
            .map_err(|e| Fault::Body(e.to_string()))?;
        let request = match body {
            Some(body) => self.api.post(url).json(body),
            None => self.api.get(url),
        };
        let reply = request
            .bearer_auth(token.expose())
            .send()
            .await
            .map_err(fault_of)?;
        let status = reply.status();
        let retry_after = retry_after(&reply);
        let bytes = reply.bytes().await;
        if !status.is_success() {
            let bytes = bytes.unwrap_or_default();
            let mut error: ApiError = serde_json::from_slice(&bytes).unwrap_or_else(|_| ApiError {
                error_code: String::new(),
                message: errors::shortened(&String::from_utf8_lossy(&bytes)),
            });
            error.message = self.auth.redact(error.message);
            return Err(Fault::Refused {
                status: status.as_u16(),
                error,
                retry_after,
            });
        }
        let bytes = bytes.map_err(fault_of)?;
        // A call without a reply of its own may answer with nothing at all.
        let text = if bytes.is_empty() { b"{}" } else { &bytes[..] };
        serde_json::from_slice(text).map_err(|e| Fault::Body(e.to_string()))
    }
}

/// Some workspaces answer 403 to a token that they do not know any more.
fn is_token_refused(fault: &Fault) -> bool {
    match fault {
        Fault::Refused { status: 401, .. } => true,
        Fault::Refused {
            status: 403, error, ..
        } => errors::is_about_the_token(error),
        _ => false,
    }
}

/// The error's own words, and never the address: a link is a secret.
fn fault_of(error: reqwest::Error) -> Fault {
    let is_connect = error.is_connect();
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(deeper) = cause {
        words = format!("{words}: {deeper}");
        cause = deeper.source();
    }
    if is_connect {
        Fault::Connect(words)
    } else {
        Fault::Transport(words)
    }
}

/// In seconds; a date is not worth a look at the clock.
fn retry_after(reply: &Response) -> Option<Duration> {
    let value = reply.headers().get(reqwest::header::RETRY_AFTER)?;
    let seconds: f64 = value.to_str().ok()?.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}
