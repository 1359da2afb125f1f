//! Configuration: a file, then the environment, then the command line; the later one wins.
//!
//! The file is `carton-caps.toml` in the working directory, or what `--config` names; its relative paths are
//! relative to the file. A variable is `CARTON_CAPS_<SECTION>_<KEY>`, such as `CARTON_CAPS_SERVER_ADDR`.
//! A key that nobody reads is an error, so that a slip of the pen is never a silent default.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::providers::{Env, Format, Serialized, Toml};
use figment::value::Value;
use figment::value::magic::RelativePathBuf;
use figment::{Figment, Provider};
use serde::{Deserialize, Serialize};

use crate::engine_config::{self, Databricks, Engine};
use crate::folders::{beside_program, first_folder, project_folder};

/// The file that is read when `--config` names none.
pub const DEFAULT_FILE: &str = "carton-caps.toml";
const ENV_PREFIX: &str = "CARTON_CAPS_";

/// Everything the service can be told.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub paths: Paths,
    pub limits: Limits,
    pub databricks: Databricks,
    pub log: Log,
}

/// Where and to whom the service listens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    pub addr: SocketAddr,
    /// The engine that answers.
    pub warehouse: Engine,
    /// Listens beyond this machine although nobody is asked who they are.
    pub insecure_open: bool,
    /// Host names accepted besides those of the loopback interface, without port: for a proxy on this machine.
    pub allowed_hosts: Vec<String>,
    /// How long requests that are under way may take after a signal to stop.
    pub shutdown_seconds: u64,
}

/// The folders it reads.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Paths {
    /// What `pipeline run --data` wrote.
    pub data: Option<RelativePathBuf>,
    /// The dbt project; by default `marts` beside the program, else `./marts`.
    pub project: Option<RelativePathBuf>,
    /// What the browser loads; by default `site` beside the program, else `./.build/site`.
    pub site: Option<RelativePathBuf>,
}

/// What one request may cost, and all answers together.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The deadline of one query, in the engine, from when its turn comes.
    pub query_seconds: u64,
    /// How long a query may wait for its turn; after that the server says that it is busy.
    pub queue_seconds: u64,
    /// How many queries run at once; by default one for each processor.
    pub queries_at_once: Option<usize>,
    /// The most rows one answer brings back; an answer that was cut says so.
    pub query_rows: u64,
    /// Until the first byte of a response.
    pub request_seconds: u64,
    pub body_bytes: usize,
    pub url_bytes: usize,
    /// How much memory answers may take that are kept for the next one who asks the same; 0 keeps none.
    pub cache_bytes: u64,
}

/// How the log is written, on standard error.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
    /// A filter as `tracing` reads it: `info`, `carton_caps=debug,info`.
    pub filter: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    Text,
    Json,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from(([127, 0, 0, 1], 3000)),
            warehouse: Engine::default(),
            insecure_open: false,
            allowed_hosts: Vec::new(),
            shutdown_seconds: 10,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            query_seconds: 10,
            queue_seconds: 15,
            queries_at_once: None,
            query_rows: 100_000,
            request_seconds: 30,
            body_bytes: 64 * 1024,
            url_bytes: 16 * 1024,
            cache_bytes: 64 * 1024 * 1024,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Auto,
            filter: "info".to_owned(),
        }
    }
}

impl Limits {
    #[must_use]
    pub fn query_deadline(&self) -> Duration {
        Duration::from_secs(self.query_seconds)
    }

    #[must_use]
    pub fn query_wait(&self) -> Duration {
        Duration::from_secs(self.queue_seconds)
    }
}

/// What the command line said; `None` and `false` say nothing.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    pub config: Option<PathBuf>,
    pub addr: Option<SocketAddr>,
    pub warehouse: Option<Engine>,
    pub insecure_open: bool,
    pub data: Option<PathBuf>,
    pub project: Option<PathBuf>,
    pub site: Option<PathBuf>,
    pub log_format: Option<LogFormat>,
}

/// Why a configuration was not accepted; the message names the source and the key.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the configuration file {0} does not exist; leave out --config to run with defaults")]
    NoFile(PathBuf),
    #[error("{origin}: there is no setting `{key}`; `{scope}` has: {known}")]
    UnknownKey {
        origin: String,
        scope: String,
        key: String,
        known: String,
    },
    #[error("{0}")]
    Value(String),
    #[error(
        "refusing to listen on {0}: there is no sign-in yet, so everyone who reaches this address would see everything. \
         Use a loopback address such as 127.0.0.1, or add --insecure-open if that is what you want"
    )]
    OpenToOthers(SocketAddr),
    #[error(
        "no data folder was named: give --data DIR, or `data` under [paths] in the configuration"
    )]
    NoData,
    #[error("{what} was not found in {tried}: {cure}")]
    NoFolder {
        what: &'static str,
        tried: String,
        cure: &'static str,
    },
}

impl Config {
    /// Reads file, environment and flags, in that order of precedence.
    ///
    /// # Errors
    /// A file that is missing or no TOML, unknown keys, values of the wrong type: with source and key.
    pub fn load(flags: &Flags) -> Result<Self, ConfigError> {
        let file = match &flags.config {
            Some(path) if !path.is_file() => return Err(ConfigError::NoFile(path.clone())),
            Some(path) => Some(path.clone()),
            None => Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.is_file()),
        };
        let defaults = Serialized::defaults(Self::default());
        let known = shape(&defaults)?;
        let mut figment = Figment::from(defaults);
        if let Some(file) = file {
            let toml = Toml::file_exact(&file);
            toml.data()
                .map_err(|e| ConfigError::Value(format!("{}: {e}", file.display())))?;
            refuse_unknown(&toml, &known, |section, key| {
                (
                    file.display().to_string(),
                    if section.is_empty() {
                        key.to_owned()
                    } else {
                        format!("{section}.{key}")
                    },
                )
            })?;
            figment = figment.merge(toml);
        }
        let env = environment(&known);
        refuse_unknown(&env, &known, |section, key| {
            let variable = format!("{ENV_PREFIX}{section}_{key}").to_uppercase();
            ("environment".to_owned(), variable)
        })?;
        figment = engine_config::merge_texts(figment.merge(env), ENV_PREFIX).merge(flags);
        figment
            .extract()
            .map_err(|e| ConfigError::Value(e.to_string()))
    }

    /// The data folder.
    ///
    /// # Errors
    /// When nobody named one.
    pub fn data(&self) -> Result<PathBuf, ConfigError> {
        self.paths
            .data
            .as_ref()
            .map(RelativePathBuf::relative)
            .ok_or(ConfigError::NoData)
    }

    /// The dbt project's folder.
    ///
    /// # Errors
    /// When it is neither named nor where it is by default.
    pub fn project(&self) -> Result<PathBuf, ConfigError> {
        project_folder(self.paths.project.as_ref().map(RelativePathBuf::relative))
    }

    /// The folder of what the browser loads.
    ///
    /// # Errors
    /// When it is neither named nor where it is by default.
    pub fn site(&self) -> Result<PathBuf, ConfigError> {
        let tried = match &self.paths.site {
            Some(named) => vec![named.relative()],
            None => beside_program("site", Path::new(".build/site")),
        };
        first_folder(
            tried,
            "the folder of the browser's files",
            "build it with `make run` or `make release`, or name it with --site DIR",
        )
    }

    /// Says no to an address that other machines reach, unless that was asked for.
    ///
    /// # Errors
    /// Always the same: there is no sign-in yet.
    pub fn refuse_open_address(&self) -> Result<(), ConfigError> {
        if self.is_loopback() || self.server.insecure_open {
            return Ok(());
        }
        Err(ConfigError::OpenToOthers(self.server.addr))
    }

    /// Whether only this machine can reach the service.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.server.addr.ip() {
            IpAddr::V4(ip) => ip.is_loopback(),
            IpAddr::V6(ip) => {
                ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback())
            }
        }
    }
}

/// The settings that exist: section → keys.
type Shape = Vec<(String, Vec<String>)>;

fn shape(defaults: &impl Provider) -> Result<Shape, ConfigError> {
    let keys_of = |value: &Value| {
        value
            .as_dict()
            .map(|dict| dict.keys().cloned().collect())
            .unwrap_or_default()
    };
    let profiles = defaults
        .data()
        .map_err(|e| ConfigError::Value(e.to_string()))?;
    Ok(profiles
        .values()
        .flatten()
        .map(|(section, value)| (section.clone(), keys_of(value)))
        .collect())
}

/// Variables of the sections that exist; others, such as the build's own `CARTON_CAPS_CACHE`, are not settings.
fn environment(known: &Shape) -> Env {
    let sections: Vec<String> = known
        .iter()
        .map(|(section, _)| format!("{section}_"))
        .collect();
    Env::prefixed(ENV_PREFIX)
        .filter(move |key| {
            sections
                .iter()
                .any(|s| key.as_str().to_ascii_lowercase().starts_with(s))
        })
        .map(|key| {
            key.as_str()
                .to_ascii_lowercase()
                .replacen('_', ".", 1)
                .into()
        })
}

fn refuse_unknown(
    source: &impl Provider,
    known: &Shape,
    name: impl Fn(&str, &str) -> (String, String),
) -> Result<(), ConfigError> {
    let profiles = source
        .data()
        .map_err(|e| ConfigError::Value(e.to_string()))?;
    for (section, value) in profiles.values().flatten() {
        let Some((_, keys)) = known.iter().find(|(s, _)| s == section) else {
            let (origin, key) = name("", section);
            let sections = known
                .iter()
                .map(|(s, _)| s.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            return Err(ConfigError::UnknownKey {
                origin,
                key,
                scope: "the configuration".to_owned(),
                known: sections,
            });
        };
        let Some(given) = value.as_dict() else {
            continue;
        };
        if let Some(unknown) = given.keys().find(|key| !keys.contains(key)) {
            let (origin, key) = name(section, unknown);
            return Err(ConfigError::UnknownKey {
                origin,
                key,
                scope: section.clone(),
                known: keys.join(", "),
            });
        }
    }
    Ok(())
}

impl Provider for &Flags {
    fn metadata(&self) -> figment::Metadata {
        figment::Metadata::named("the command line")
    }

    fn data(
        &self,
    ) -> Result<figment::value::Map<figment::Profile, figment::value::Dict>, figment::Error> {
        let mut figment = Figment::new();
        if let Some(addr) = self.addr {
            figment = figment.merge(("server.addr", addr));
        }
        if let Some(warehouse) = self.warehouse {
            figment = figment.merge(("server.warehouse", warehouse));
        }
        if self.insecure_open {
            figment = figment.merge(("server.insecure_open", true));
        }
        for (key, path) in [
            ("data", &self.data),
            ("project", &self.project),
            ("site", &self.site),
        ] {
            if let Some(path) = path {
                figment = figment.merge((format!("paths.{key}"), path));
            }
        }
        if let Some(format) = self.log_format {
            figment = figment.merge(("log.format", format));
        }
        figment.data()
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
