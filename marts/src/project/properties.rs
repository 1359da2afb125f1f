//! What the project's YAML files say: `dbt_project.yml`, and models, columns, sources, seeds and tests.
//! The keys are dbt's; a key that is not understood is an error, not silence.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::de::{self, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::Spanned;

use super::error::ProjectError;
use super::expectations::{ExpectationEntry, FreshnessProperties};
use super::test_entry::TestEntry;

/// `dbt_project.yml`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ProjectFile {
    pub name: Spanned<String>,
    #[serde(default = "default_model_paths")]
    pub model_paths: Vec<String>,
    #[serde(default = "default_seed_paths")]
    pub seed_paths: Vec<String>,
    #[serde(default = "default_test_paths")]
    pub test_paths: Vec<String>,
    #[serde(default = "default_macro_paths")]
    pub macro_paths: Vec<String>,
    #[serde(default)]
    pub vars: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    pub models: BTreeMap<String, FolderConfig>,
    // Read by dbt itself, of no meaning here.
    #[serde(default, rename = "version")]
    _version: Option<IgnoredAny>,
    #[serde(default, rename = "config-version")]
    _config_version: Option<IgnoredAny>,
    #[serde(default, rename = "profile")]
    _profile: Option<IgnoredAny>,
    #[serde(default, rename = "require-dbt-version")]
    _require_dbt_version: Option<IgnoredAny>,
    #[serde(default, rename = "flags")]
    _flags: Option<IgnoredAny>,
    #[serde(default, rename = "seeds")]
    _seeds: Option<IgnoredAny>,
    #[serde(default, rename = "data_tests")]
    _data_tests: Option<IgnoredAny>,
    #[serde(default, rename = "dispatch")]
    _dispatch: Option<IgnoredAny>,
    #[serde(default, rename = "target-path")]
    _target_path: Option<IgnoredAny>,
    #[serde(default, rename = "clean-targets")]
    _clean_targets: Option<IgnoredAny>,
}

fn default_model_paths() -> Vec<String> {
    vec!["models".into()]
}

fn default_seed_paths() -> Vec<String> {
    vec!["seeds".into()]
}

fn default_test_paths() -> Vec<String> {
    vec!["tests".into()]
}

fn default_macro_paths() -> Vec<String> {
    vec!["macros".into()]
}

/// Settings of a folder of models: `+schema`, `+materialized`, `+tags`, and the folders within.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FolderConfig {
    pub schema: Option<String>,
    pub materialized: Option<String>,
    pub tags: Vec<String>,
    pub folders: BTreeMap<String, FolderConfig>,
}

impl<'de> Deserialize<'de> for FolderConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Folder;
        impl<'de> Visitor<'de> for Folder {
            type Value = FolderConfig;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "settings of a folder of models (+schema, +materialized, +tags) or folders within it",
                )
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FolderConfig, A::Error> {
                let mut config = FolderConfig::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "+schema" => config.schema = Some(map.next_value()?),
                        "+materialized" => config.materialized = Some(map.next_value()?),
                        "+tags" => config.tags = map.next_value::<OneOrMore>()?.into_vec(),
                        other if other.starts_with('+') => {
                            return Err(de::Error::unknown_field(
                                other,
                                &["+schema", "+materialized", "+tags"],
                            ));
                        }
                        folder => {
                            let inner = map.next_value()?;
                            config.folders.insert(folder.to_owned(), inner);
                        }
                    }
                }
                Ok(config)
            }
        }
        deserializer.deserialize_map(Folder)
    }
}

/// A text, or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::More(texts) => texts,
        }
    }
}

/// One `.yml` file below a model or seed path.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PropertiesFile {
    #[serde(default)]
    pub models: Vec<NodeProperties>,
    #[serde(default)]
    pub seeds: Vec<NodeProperties>,
    #[serde(default)]
    pub sources: Vec<SourceProperties>,
    #[serde(default, rename = "version")]
    _version: Option<IgnoredAny>,
    // The catalogue reads these.
    #[serde(default, rename = "semantic_models")]
    _semantic_models: Option<IgnoredAny>,
    #[serde(default, rename = "metrics")]
    _metrics: Option<IgnoredAny>,
    #[serde(default, rename = "saved_queries")]
    _saved_queries: Option<IgnoredAny>,
    // dbt runs them, in tests/dbt.
    #[serde(default, rename = "unit_tests")]
    _unit_tests: Option<IgnoredAny>,
    // For dbt's own documentation.
    #[serde(default, rename = "macros")]
    _macros: Option<IgnoredAny>,
    #[serde(default, rename = "data_tests")]
    _data_tests: Option<IgnoredAny>,
    #[serde(default, rename = "exposures")]
    _exposures: Option<IgnoredAny>,
    #[serde(default, rename = "groups")]
    _groups: Option<IgnoredAny>,
}

/// What is said of a model or a seed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NodeProperties {
    pub name: Spanned<String>,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub columns: Vec<ColumnProperties>,
    #[serde(default, alias = "tests")]
    pub data_tests: Vec<Spanned<TestEntry>>,
    #[serde(default)]
    pub config: NodeConfig,
    #[serde(default, rename = "meta")]
    _meta: Option<IgnoredAny>,
    #[serde(default, rename = "docs")]
    _docs: Option<IgnoredAny>,
    /// MetricFlow's calendar.
    #[serde(default, rename = "time_spine")]
    _time_spine: Option<IgnoredAny>,
}

/// Of dbt's many settings those that are contracts; the others stand in the models' own files.
#[derive(Debug, Default, Deserialize)]
pub(super) struct NodeConfig {
    #[serde(default)]
    pub contract: ContractConfig,
    #[serde(default)]
    pub meta: NodeMeta,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ContractConfig {
    #[serde(default)]
    pub enforced: bool,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct NodeMeta {
    #[serde(default)]
    pub expectations: Vec<Spanned<ExpectationEntry>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnProperties {
    pub name: Spanned<String>,
    #[serde(default)]
    pub description: String,
    #[serde(default, alias = "tests")]
    pub data_tests: Vec<Spanned<TestEntry>>,
    #[serde(default)]
    pub config: ColumnConfig,
    #[serde(default)]
    pub data_type: Option<String>,
    #[serde(default, rename = "granularity")]
    _granularity: Option<IgnoredAny>,
    #[serde(default, rename = "quote")]
    _quote: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnConfig {
    #[serde(default)]
    pub meta: ColumnMeta,
    #[serde(default, rename = "tags")]
    _tags: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ColumnMeta {
    /// Of a source's column: a landing file without it fails the run.
    #[serde(default)]
    pub required: bool,
    /// Says something about a person: it is shown in no sample.
    #[serde(default)]
    pub personal: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceProperties {
    pub name: Spanned<String>,
    #[serde(default)]
    pub tables: Vec<SourceTableProperties>,
    #[serde(default, rename = "description")]
    _description: Option<IgnoredAny>,
    #[serde(default, rename = "schema")]
    _schema: Option<IgnoredAny>,
    #[serde(default, rename = "database")]
    _database: Option<IgnoredAny>,
    #[serde(default)]
    pub config: SourceConfig,
    #[serde(default, rename = "meta")]
    _meta: Option<IgnoredAny>,
}

/// What holds for all tables of a source that do not say otherwise.
#[derive(Debug, Default, Deserialize)]
pub(super) struct SourceConfig {
    pub loaded_at_field: Option<String>,
    pub freshness: Option<Spanned<FreshnessProperties>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceTableProperties {
    pub name: Spanned<String>,
    #[serde(default)]
    pub columns: Vec<ColumnProperties>,
    #[serde(default, rename = "description")]
    _description: Option<IgnoredAny>,
    #[serde(default, rename = "identifier")]
    _identifier: Option<IgnoredAny>,
    #[serde(default)]
    pub config: SourceTableConfig,
    #[serde(default, rename = "meta")]
    _meta: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceTableConfig {
    #[serde(default)]
    pub meta: SourceTableMeta,
    #[serde(default, rename = "tags")]
    _tags: Option<IgnoredAny>,
    pub loaded_at_field: Option<String>,
    pub freshness: Option<Spanned<FreshnessProperties>>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct SourceTableMeta {
    /// Landing may be without it.
    #[serde(default)]
    pub optional: bool,
}

/// Reads one YAML file; an empty one gives the default.
pub(super) fn parse<T: serde::de::DeserializeOwned>(
    file: &Path,
    text: &str,
) -> Result<T, ProjectError> {
    serde_saphyr::from_str(text).map_err(|error| {
        let line = error
            .location()
            .map(|l| usize::try_from(l.line()).unwrap_or(0));
        let message = error.without_snippet().to_string();
        // The location stands in front already.
        let message = message.lines().next().unwrap_or_default();
        let message = message.split(" at line ").next().unwrap_or(message);
        ProjectError::new(file, line, message.to_owned())
    })
}
