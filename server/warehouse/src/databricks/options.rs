//! How a Databricks SQL warehouse is reached, and the limits it is asked under.

use std::time::Duration;

use marts::Failure;
use reqwest::Url;

use super::secret::Secret;

/// Where a warehouse is, and who asks it.
#[derive(Debug, Clone)]
pub struct DatabricksOptions {
    /// `adb-….azuredatabricks.net`, with or without `https://`. Plain `http://` only on this machine.
    pub host: String,
    pub warehouse_id: String,
    /// `None` for the one that the workspace has by default.
    pub catalog: Option<String>,
    /// The schema with the tables `releases` and `current_release`.
    pub schema: String,
    pub credentials: Credentials,
    /// Statements that run at once; more wait their turn.
    pub statements_at_once: usize,
    /// Chunks of one result that are on their way at once; so many are held in memory.
    pub downloads_at_once: usize,
    /// How long a warehouse that is stopped may take to start. It does not count as running time of the statement.
    pub start_deadline: Duration,
    pub timing: Timing,
}

/// Who asks.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A personal access token.
    Token(Secret),
    /// A service principal (OAuth, machine to machine).
    ServicePrincipal {
        client_id: String,
        client_secret: Secret,
    },
}

/// Pauses and patience of the conversation; tests use shorter ones.
#[derive(Debug, Clone)]
pub struct Timing {
    /// Between the first look at a statement and the second; pauses grow from here.
    pub poll_first: Duration,
    pub poll_longest: Duration,
    /// Before the first repetition of a call; pauses double from here.
    pub retry_first: Duration,
    pub retry_longest: Duration,
    /// A connection that says nothing for so long is given up.
    pub stall: Duration,
    /// How long a statement that nobody waits for is followed until it has stopped.
    pub cancel: Duration,
    /// A statement without a deadline of its own has this one.
    pub longest: Duration,
    /// A statement that is not begun after this time makes us ask whether the warehouse is starting.
    pub ask_state_after: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            poll_first: Duration::from_millis(100),
            poll_longest: Duration::from_secs(2),
            retry_first: Duration::from_millis(200),
            retry_longest: Duration::from_secs(5),
            stall: Duration::from_secs(20),
            cancel: Duration::from_secs(10),
            longest: Duration::from_secs(3600),
            ask_state_after: Duration::from_secs(1),
        }
    }
}

impl DatabricksOptions {
    /// With the limits of a small warehouse.
    #[must_use]
    pub fn new(
        host: impl Into<String>,
        warehouse_id: impl Into<String>,
        schema: impl Into<String>,
        credentials: Credentials,
    ) -> Self {
        Self {
            host: host.into(),
            warehouse_id: warehouse_id.into(),
            catalog: None,
            schema: schema.into(),
            credentials,
            statements_at_once: 8,
            downloads_at_once: 4,
            start_deadline: Duration::from_secs(360),
            timing: Timing::default(),
        }
    }

    /// The address that all calls begin with.
    ///
    /// # Errors
    /// A host that is no host's name, and one that would get the token in clear text.
    pub(super) fn base(&self) -> Result<Url, Failure> {
        let host = self.host.trim().trim_end_matches('/');
        let wrong = |why: &str| {
            Failure::unavailable(format!(
                "The Databricks host “{host}” cannot be used: {why}. Set host under [databricks] to the name in the workspace's address, such as adb-1234.5.azuredatabricks.net."
            ))
        };
        let address = if host.contains("://") {
            host.to_owned()
        } else {
            format!("https://{host}")
        };
        let url = Url::parse(&address).map_err(|e| wrong(&e.to_string()))?;
        if url.host_str().is_none_or(str::is_empty) {
            return Err(wrong("it names no machine"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("it carries a user's name"));
        }
        if url.path() != "/" || url.query().is_some() {
            return Err(wrong("it goes on after the machine's name"));
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if is_this_machine(&url) => Ok(url),
            _ => Err(wrong("it is not reached by https")),
        }
    }

    /// What is missing or cannot be meant.
    ///
    /// # Errors
    /// The setting's name, in a sentence.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let missing = |what: &str| {
            Failure::unavailable(format!(
                "Databricks is not set up: {what} is missing. Set it under [databricks] in the configuration, or as CARTON_CAPS_DATABRICKS_{}.",
                what.to_uppercase()
            ))
        };
        for (name, is_empty) in [
            ("host", self.host.trim().is_empty()),
            ("warehouse_id", self.warehouse_id.trim().is_empty()),
            ("schema", self.schema.trim().is_empty()),
        ] {
            if is_empty {
                return Err(missing(name));
            }
        }
        if !is_warehouse_id(&self.warehouse_id) {
            return Err(Failure::unavailable(
                "The setting databricks.warehouse_id is not a warehouse's id. Copy it from the warehouse's connection details: the last part of its HTTP path.",
            ));
        }
        match &self.credentials {
            Credentials::Token(token) if token.is_empty() => Err(missing("token")),
            Credentials::ServicePrincipal { client_id, .. } if client_id.is_empty() => {
                Err(missing("client_id"))
            }
            Credentials::ServicePrincipal { client_secret, .. } if client_secret.is_empty() => {
                Err(missing("client_secret"))
            }
            _ => Ok(()),
        }
    }
}

/// It becomes a part of an address.
fn is_warehouse_id(id: &str) -> bool {
    id.len() <= 128
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

pub(super) fn is_this_machine(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host
            .parse::<std::net::Ipv4Addr>()
            .is_ok_and(|ip| ip.is_loopback()),
        None => false,
    }
}
