//! An entry of `data_tests` as YAML has it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A test's name, or a name with its arguments.
#[derive(Debug, Clone, Default)]
pub(super) struct TestEntry {
    pub test: String,
    pub spec: TestSpec,
}

/// What stands below a test's name.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct TestSpec {
    pub name: Option<String>,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub config: TestConfig,
    /// As dbt 1.11 wants them.
    #[serde(default)]
    arguments: TestArguments,
    /// Beside the name, as dbt had them before.
    to: Option<String>,
    field: Option<String>,
    #[serde(flatten)]
    beside: BTreeMap<String, Value>,
}

/// Names are read as text even where YAML would read `y` as true.
#[derive(Debug, Clone, Default, Deserialize)]
struct TestArguments {
    to: Option<String>,
    field: Option<String>,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

impl TestArguments {
    fn all(&self) -> impl Iterator<Item = (String, Value)> {
        let names = [("to", &self.to), ("field", &self.field)];
        names
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), Value::from(value.clone()?))))
            .chain(self.others.clone())
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestConfig {
    pub severity: Option<String>,
    #[serde(rename = "where")]
    pub where_: Option<String>,
    #[serde(default)]
    pub tags: Tags,
    #[serde(default)]
    pub meta: TestMeta,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct TestMeta {
    pub behaviour: Option<String>,
    #[serde(default)]
    pub description: String,
}

/// One tag or a list of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Tags {
    One(String),
    Many(Vec<String>),
}

impl Default for Tags {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Tags {
    pub fn contains(&self, tag: &str) -> bool {
        match self {
            Self::One(one) => one == tag,
            Self::Many(many) => many.iter().any(|one| one == tag),
        }
    }
}

impl TestSpec {
    /// All arguments; those under `arguments` win.
    pub fn arguments(&self) -> BTreeMap<String, Value> {
        let beside = TestArguments {
            to: self.to.clone(),
            field: self.field.clone(),
            others: self.beside.clone(),
        };
        beside.all().chain(self.arguments.all()).collect()
    }

    /// What the test means, in the person's own words.
    pub fn description(&self) -> &str {
        if self.description.is_empty() {
            &self.config.meta.description
        } else {
            &self.description
        }
    }
}

impl<'de> Deserialize<'de> for TestEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entry;
        impl<'de> Visitor<'de> for Entry {
            type Value = TestEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a test's name, such as `unique`, or a name with its arguments")
            }

            fn visit_str<E: de::Error>(self, test: &str) -> Result<TestEntry, E> {
                Ok(TestEntry {
                    test: test.to_owned(),
                    spec: TestSpec::default(),
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TestEntry, A::Error> {
                let Some(test) = map.next_key::<String>()? else {
                    return Err(de::Error::invalid_length(0, &self));
                };
                let spec = map.next_value()?;
                if map.next_key::<String>()?.is_some() {
                    return Err(de::Error::custom(format!(
                        "one entry holds one test: indent what belongs to `{test}` below it"
                    )));
                }
                Ok(TestEntry { test, spec })
            }
        }
        deserializer.deserialize_any(Entry)
    }
}
