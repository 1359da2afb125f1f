//! Which engine is read, and how the one on the network is reached.

use std::time::Duration;

use figment::Figment;
use serde::{Deserialize, Serialize};
use warehouse::{Credentials, DatabricksOptions, Secret};

use crate::config::{ConfigError, Limits};

const SECTION: &str = "databricks";
/// They are text whatever they look like: an id of digits alone is no number.
const TEXTS: [&str; 7] = [
    "host",
    "warehouse_id",
    "catalog",
    "schema",
    "token",
    "client_id",
    "client_secret",
];

/// Where releases are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Engine {
    /// The releases in the data folder.
    #[default]
    #[value(name = "duckdb")]
    #[serde(rename = "duckdb")]
    DuckDb,
    /// Releases that were pushed to a Databricks SQL warehouse.
    Databricks,
}

/// A Databricks SQL warehouse. Secrets may come from the environment, and are never shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Databricks {
    /// The name in the workspace's address.
    pub host: Option<String>,
    /// The last part of the warehouse's HTTP path.
    pub warehouse_id: Option<String>,
    pub catalog: Option<String>,
    /// The schema with the tables `releases` and `current_release`.
    pub schema: Option<String>,
    /// A personal access token; or client_id and client_secret.
    pub token: Option<Secret>,
    /// A service principal.
    pub client_id: Option<String>,
    pub client_secret: Option<Secret>,
    /// How long a stopped warehouse may take to start.
    pub start_seconds: u64,
    /// How often the pointer is looked at, while somebody asks questions.
    pub look_seconds: u64,
}

impl Default for Databricks {
    fn default() -> Self {
        Self {
            host: None,
            warehouse_id: None,
            catalog: None,
            schema: None,
            token: None,
            client_id: None,
            client_secret: None,
            start_seconds: 360,
            look_seconds: 30,
        }
    }
}

impl Databricks {
    /// What the connector is opened with.
    ///
    /// # Errors
    /// A setting that is missing, by name.
    pub fn options(&self, limits: &Limits) -> Result<DatabricksOptions, ConfigError> {
        let needed = |name: &str, value: &Option<String>| {
            value.clone().filter(|v| !v.trim().is_empty()).ok_or_else(|| {
                ConfigError::Value(format!(
                    "`{name}` under [{SECTION}] is missing: set it in the configuration, or as CARTON_CAPS_DATABRICKS_{}",
                    name.to_uppercase()
                ))
            })
        };
        let credentials = match (&self.token, &self.client_id, &self.client_secret) {
            (Some(token), None, None) => Credentials::Token(token.clone()),
            (None, Some(client_id), Some(client_secret)) => Credentials::ServicePrincipal {
                client_id: client_id.clone(),
                client_secret: client_secret.clone(),
            },
            _ => {
                return Err(ConfigError::Value(format!(
                    "[{SECTION}] needs either `token`, or `client_id` and `client_secret`: \
                     set them in the configuration, or as CARTON_CAPS_DATABRICKS_TOKEN and so on"
                )));
            }
        };
        let mut options = DatabricksOptions::new(
            needed("host", &self.host)?,
            needed("warehouse_id", &self.warehouse_id)?,
            needed("schema", &self.schema)?,
            credentials,
        );
        options.catalog = self.catalog.clone().filter(|c| !c.trim().is_empty());
        options.start_deadline = Duration::from_secs(self.start_seconds);
        if let Some(at_once) = limits.queries_at_once {
            options.statements_at_once = at_once;
        }
        Ok(options)
    }

    #[must_use]
    pub fn look_every(&self) -> Duration {
        Duration::from_secs(self.look_seconds.max(1))
    }
}

/// The section's texts in the environment, as they are: read as TOML, an id of digits alone would be a number.
pub(crate) fn merge_texts(mut figment: Figment, prefix: &str) -> Figment {
    for key in TEXTS {
        let variable = format!("{prefix}{SECTION}_{key}").to_uppercase();
        if let Ok(text) = std::env::var(variable) {
            figment = figment.merge((format!("{SECTION}.{key}"), text));
        }
    }
    figment
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::config::Config;

    fn complete() -> Databricks {
        Databricks {
            host: Some("adb-1.2.azuredatabricks.net".to_owned()),
            warehouse_id: Some("1234567890123456".to_owned()),
            schema: Some("analytics".to_owned()),
            token: Some(Secret::new("dapi-hidden")),
            ..Databricks::default()
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let limits = Limits::default();
        assert!(complete().options(&limits).is_ok());
        let mut without = complete();
        without.schema = None;
        let message = without.options(&limits).unwrap_err().to_string();
        assert!(message.contains("`schema`") && message.contains("CARTON_CAPS_DATABRICKS_SCHEMA"));
        let mut both = complete();
        both.client_id = Some("id".to_owned());
        let message = both.options(&limits).unwrap_err().to_string();
        assert!(message.contains("either `token`"), "{message}");
    }

    #[test]
    fn secrets_are_shown_nowhere() {
        let config = Config {
            databricks: complete(),
            ..Config::default()
        };
        let options = config.databricks.options(&config.limits).unwrap();
        let shown = format!(
            "{config:?} {options:?} {}",
            serde_json::to_string(&config).unwrap()
        );
        assert!(
            shown.contains("azuredatabricks") && !shown.contains("dapi-hidden"),
            "{shown}"
        );
    }
}
