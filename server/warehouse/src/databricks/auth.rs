//! The bearer of every call: a token that stays, or one that is fetched for a service principal and renewed in time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use marts::Failure;
use reqwest::{Client, Url};
use serde::Deserialize;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::errors;
use super::options::{Credentials, DatabricksOptions, Timing, is_this_machine};
use super::retry;
use super::secret::Secret;

/// With less time left a token may run out on its way.
const TOO_SHORT: Duration = Duration::from_secs(40);
/// Renewed at most so long before its end.
const EARLY: Duration = Duration::from_secs(20 * 60);
/// After a renewal that failed while the old token is still good.
const PATIENCE: Duration = Duration::from_secs(60);
const TRIES: u32 = 3;
const USUAL_LIFE_SECONDS: u64 = 3600;

pub(super) struct Auth {
    who: Credentials,
    base: Url,
    client: Client,
    timing: Timing,
    endpoint: OnceCell<Url>,
    held: Mutex<Held>,
    /// One flight only.
    renewing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Held {
    token: Option<Token>,
    failed: Option<(Instant, Failure)>,
    in_background: bool,
}

#[derive(Clone)]
struct Token {
    text: Secret,
    renew: Instant,
    /// From here on it is not sent any more.
    ends: Instant,
}

#[derive(Deserialize)]
struct Discovered {
    token_endpoint: String,
}

#[derive(Deserialize)]
struct Granted {
    access_token: Secret,
    expires_in: Option<u64>,
}

impl Auth {
    pub fn new(options: &DatabricksOptions, base: Url, client: Client) -> Self {
        Self {
            who: options.credentials.clone(),
            base,
            client,
            timing: options.timing.clone(),
            endpoint: OnceCell::new(),
            held: Mutex::default(),
            renewing: tokio::sync::Mutex::default(),
        }
    }

    /// What goes after `Bearer`.
    ///
    /// # Errors
    /// No token can be had: refused, or nobody answers.
    pub async fn bearer(self: &Arc<Self>) -> Result<Secret, Failure> {
        if let Credentials::Token(token) = &self.who {
            return Ok(token.clone());
        }
        let asked = Instant::now();
        if let Some(token) = self.good(asked) {
            self.renew_in_background(&token, asked);
            return Ok(token.text);
        }
        let _alone = self.renewing.lock().await;
        if let Some(token) = self.good(Instant::now()) {
            return Ok(token.text);
        }
        // Those who waited for a flight share its end.
        if let Some((at, failure)) = &self.held().failed
            && *at >= asked
        {
            return Err(failure.clone());
        }
        self.renew().await.map(|token| token.text)
    }

    /// The workspace refused this token; the next caller gets another one, if there can be one.
    pub fn refused(&self, token: &Secret) -> bool {
        if matches!(self.who, Credentials::Token(_)) {
            return false;
        }
        let mut held = self.held();
        if held.token.as_ref().is_some_and(|t| t.text == *token) {
            held.token = None;
        }
        true
    }

    /// The text without the secrets, should somebody have quoted them.
    pub fn redact(&self, text: String) -> String {
        let mut secrets = Vec::new();
        match &self.who {
            Credentials::Token(token) => secrets.push(token.clone()),
            Credentials::ServicePrincipal { client_secret, .. } => {
                secrets.push(client_secret.clone());
            }
        }
        secrets.extend(self.held().token.as_ref().map(|t| t.text.clone()));
        secrets
            .iter()
            .filter(|secret| !secret.is_empty())
            .fold(text, |text, secret| text.replace(secret.expose(), "…"))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn good(&self, now: Instant) -> Option<Token> {
        self.held().token.clone().filter(|token| now < token.ends)
    }

    fn renew_in_background(self: &Arc<Self>, token: &Token, now: Instant) {
        if now < token.renew {
            return;
        }
        {
            let mut held = self.held();
            let failed_lately = held
                .failed
                .as_ref()
                .is_some_and(|(at, _)| now < *at + PATIENCE);
            if held.in_background || failed_lately {
                return;
            }
            held.in_background = true;
        }
        let auth = Arc::clone(self);
        tokio::spawn(async move {
            let _alone = auth.renewing.lock().await;
            if let Err(failure) = auth.renew().await {
                tracing::warn!(detail = failure.detail, "{}", failure.message);
            }
            auth.held().in_background = false;
        });
    }

    async fn renew(&self) -> Result<Token, Failure> {
        let granted = self.fetch().await;
        let mut held = self.held();
        match granted {
            Ok(granted) => {
                let life = Duration::from_secs(granted.expires_in.unwrap_or(USUAL_LIFE_SECONDS));
                let now = Instant::now();
                let token = Token {
                    text: granted.access_token,
                    renew: now + life.saturating_sub(EARLY.min(life / 2)),
                    ends: now + life.saturating_sub(TOO_SHORT),
                };
                held.token = Some(token.clone());
                held.failed = None;
                Ok(token)
            }
            Err(failure) => {
                held.failed = Some((Instant::now(), failure.clone()));
                Err(failure)
            }
        }
    }

    async fn fetch(&self) -> Result<Granted, Failure> {
        let Credentials::ServicePrincipal {
            client_id,
            client_secret,
        } = &self.who
        else {
            return Err(Failure::internal("A token that stays cannot be renewed."));
        };
        let endpoint = self.endpoint.get_or_try_init(|| self.discover()).await?;
        let mut last = String::new();
        for attempt in 0..TRIES {
            if attempt > 0 {
                let (first, longest) = (self.timing.retry_first, self.timing.retry_longest);
                tokio::time::sleep(retry::pause(attempt - 1, first, longest)).await;
            }
            let sent = self
                .client
                .post(endpoint.clone())
                .basic_auth(client_id, Some(client_secret.expose()))
                .header("content-type", "application/x-www-form-urlencoded")
                .body("grant_type=client_credentials&scope=all-apis")
                .send()
                .await;
            match sent {
                Ok(reply) if reply.status().is_success() => match reply.json::<Granted>().await {
                    Ok(granted) => return Ok(granted),
                    Err(error) => last = error.without_url().to_string(),
                },
                Ok(reply) => {
                    let status = reply.status().as_u16();
                    let body = reply.text().await.unwrap_or_default();
                    last = self.redact(format!("{status}: {}", errors::shortened(&body)));
                    if matches!(status, 400 | 401 | 403) {
                        return Err(errors::secret_refused().with_detail(last));
                    }
                }
                Err(error) => last = error.without_url().to_string(),
            }
        }
        Err(errors::no_token().with_detail(last))
    }

    /// Where tokens are given out, as the workspace tells.
    async fn discover(&self) -> Result<Url, Failure> {
        let unreachable = |e: String| errors::no_token().with_detail(e);
        let joined = |path: &str| self.base.join(path).map_err(|e| unreachable(e.to_string()));
        let address = joined("/oidc/.well-known/oauth-authorization-server")?;
        let mut last = String::new();
        for attempt in 0..TRIES {
            if attempt > 0 {
                let (first, longest) = (self.timing.retry_first, self.timing.retry_longest);
                tokio::time::sleep(retry::pause(attempt - 1, first, longest)).await;
            }
            match self.client.get(address.clone()).send().await {
                Ok(reply) if reply.status().is_success() => {
                    match reply.json::<Discovered>().await {
                        Ok(found) => return self.trusted(&found.token_endpoint),
                        Err(error) => last = error.without_url().to_string(),
                    }
                }
                Ok(reply) if reply.status().as_u16() == 404 => return joined("/oidc/v1/token"),
                Ok(reply) => last = reply.status().to_string(),
                Err(error) => last = error.without_url().to_string(),
            }
        }
        Err(unreachable(last))
    }

    /// The secret goes there, so not in clear text.
    fn trusted(&self, endpoint: &str) -> Result<Url, Failure> {
        let url = Url::parse(endpoint).map_err(|e| errors::no_token().with_detail(e))?;
        let is_safe = url.scheme() == "https"
            || (is_this_machine(&url) && is_this_machine(&self.base) && url.scheme() == "http");
        if is_safe {
            Ok(url)
        } else {
            Err(errors::no_token().with_detail("the workspace names an address without https"))
        }
    }
}
