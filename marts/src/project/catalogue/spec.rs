//! dbt's semantic models and metrics as they stand in YAML, with the place of each name.
//! Only what the planner understands is accepted; any other key is an error with its line.

use std::fmt;

use serde::de::{self, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::Spanned;

use super::Aggregation;

/// Other top-level keys belong to dbt's models, sources and so on.
#[derive(Debug, Default, Deserialize)]
pub(super) struct File {
    #[serde(default)]
    pub semantic_models: Vec<Model>,
    #[serde(default)]
    pub metrics: Vec<Metric>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Model {
    pub name: Spanned<String>,
    pub model: Spanned<String>,
    pub defaults: Option<Defaults>,
    #[serde(default)]
    pub entities: Vec<Entity>,
    #[serde(default)]
    pub dimensions: Vec<Dimension>,
    #[serde(default)]
    pub measures: Vec<Measure>,
    #[serde(default, rename = "label")]
    _label: Option<String>,
    #[serde(default, rename = "description")]
    _description: Option<String>,
    pub config: Option<ModelConfig>,
}

/// Other keys are dbt's.
#[derive(Debug, Deserialize)]
pub(super) struct ModelConfig {
    #[serde(default)]
    pub meta: ModelMeta,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ModelMeta {
    #[serde(default)]
    pub aggregates: Vec<AggregateTable>,
}

/// A smaller table that holds the model's measures for some of its dimensions and entities.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AggregateTable {
    pub model: Spanned<String>,
    #[serde(default)]
    pub entities: Vec<Spanned<String>>,
    #[serde(default)]
    pub dimensions: Vec<Spanned<String>>,
    /// Dimensions of what the rows point to, which the table has in columns of its own.
    #[serde(default)]
    pub joined: Vec<AggregateDimension>,
    pub measures: Vec<AggregateMeasure>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AggregateDimension {
    /// As questions name it: `product__department`.
    pub name: Spanned<String>,
    pub expr: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AggregateMeasure {
    pub name: Spanned<String>,
    pub agg: Aggregation,
    pub expr: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Defaults {
    pub agg_time_dimension: Spanned<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum EntityType {
    Primary,
    Foreign,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entity {
    pub name: Spanned<String>,
    #[serde(rename = "type")]
    pub kind: EntityType,
    pub expr: Option<Spanned<String>>,
    #[serde(default, rename = "label")]
    _label: Option<String>,
    #[serde(default, rename = "description")]
    _description: Option<String>,
    #[serde(default, rename = "config")]
    _config: Option<IgnoredAny>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DimensionType {
    Categorical,
    Time,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dimension {
    pub name: Spanned<String>,
    #[serde(rename = "type")]
    pub kind: DimensionType,
    pub expr: Option<Spanned<String>>,
    pub label: Option<String>,
    #[serde(default)]
    pub description: String,
    pub type_params: Option<TimeParams>,
    pub config: Option<DimensionConfig>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TimeParams {
    pub time_granularity: String,
}

/// Other keys are dbt's.
#[derive(Debug, Deserialize)]
pub(super) struct DimensionConfig {
    #[serde(default)]
    pub meta: MetricMeta,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Measure {
    pub name: Spanned<String>,
    pub agg: Aggregation,
    pub expr: Option<Spanned<String>>,
    pub agg_time_dimension: Option<Spanned<String>>,
    pub non_additive_dimension: Option<NonAdditive>,
    #[serde(default, rename = "label")]
    _label: Option<String>,
    #[serde(default, rename = "description")]
    _description: Option<String>,
    #[serde(default, rename = "config")]
    _config: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NonAdditive {
    pub name: Spanned<String>,
    #[serde(default)]
    pub window_choice: WindowChoice,
    #[serde(default)]
    pub window_groupings: Vec<Spanned<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WindowChoice {
    Min,
    #[default]
    Max,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum MetricType {
    Simple,
    Ratio,
    Derived,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Metric {
    pub name: Spanned<String>,
    pub label: String,
    #[serde(default)]
    pub description: String,
    #[serde(rename = "type")]
    pub kind: MetricType,
    pub type_params: Spanned<MetricParams>,
    #[serde(default)]
    pub config: MetricConfig,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MetricParams {
    pub measure: Option<Spanned<Reference>>,
    pub numerator: Option<Spanned<Reference>>,
    pub denominator: Option<Spanned<Reference>>,
    pub expr: Option<Spanned<String>>,
    #[serde(default)]
    pub metrics: Vec<Spanned<Input>>,
}

/// A metric that a derived one is made of; its `expr` may call it by the alias.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    pub name: String,
    pub alias: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MetricConfig {
    #[serde(default)]
    pub meta: MetricMeta,
    #[serde(default, rename = "enabled")]
    _enabled: Option<IgnoredAny>,
    #[serde(default, rename = "group")]
    _group: Option<IgnoredAny>,
    #[serde(default, rename = "tags")]
    _tags: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct MetricMeta {
    pub unit: Option<MetricUnit>,
    /// The simple metric that says how much there was to add up: receipts, for spend.
    pub driver: Option<Spanned<String>>,
    /// The contracts a figure relies on, by name or by table.
    #[serde(default)]
    pub contracts: Vec<String>,
    /// The metric without which this one was not recorded, whatever it comes to.
    pub recorded_by: Option<Spanned<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum MetricUnit {
    Usd,
    Count,
    Ratio,
    Number,
    Seconds,
    Bytes,
}

/// A name, alone or as `{name: …}`.
#[derive(Debug)]
pub(super) struct Reference(pub String);

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;
        impl<'de> Visitor<'de> for Name {
            type Value = Reference;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name, or a mapping with `name`")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Reference, E> {
                Ok(Reference(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Reference, A::Error> {
                let mut name = None;
                while let Some(key) = map.next_key::<String>()? {
                    if key != "name" {
                        return Err(de::Error::unknown_field(&key, &["name"]));
                    }
                    name = Some(map.next_value()?);
                }
                name.map(Reference)
                    .ok_or_else(|| de::Error::missing_field("name"))
            }
        }
        deserializer.deserialize_any(Name)
    }
}
