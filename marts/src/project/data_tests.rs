//! dbt's data tests as SELECTs of the rows that fail.

use std::path::PathBuf;

use super::error::{ProjectError, did_you_mean};
use super::jinja::{Jinja, Names};
use super::properties::TestEntry;

const GENERIC: [&str; 4] = ["unique", "not_null", "relationships", "accepted_values"];

/// Whether a failing test stops the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warn,
}

/// One test, where it is declared and what it looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataTest {
    /// As dbt names it: `unique_dim_user_user_id`.
    pub name: String,
    /// The model or seed under test; a singular test stands for itself.
    pub on: String,
    pub severity: Severity,
    pub file: PathBuf,
    pub line: Option<usize>,
    pub(super) check: Check,
    /// Keeps only rows for which this SQL holds.
    pub(super) only_where: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Check {
    Unique {
        column: String,
    },
    NotNull {
        column: String,
    },
    Relationships {
        column: String,
        to: String,
        field: String,
    },
    AcceptedValues {
        column: String,
        values: Vec<String>,
    },
    /// A file of `tests/`: its text, before rendering.
    Singular {
        text: String,
    },
}

impl DataTest {
    /// The column that must exist on [`DataTest::on`].
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match &self.check {
            Check::Unique { column }
            | Check::NotNull { column }
            | Check::Relationships { column, .. }
            | Check::AcceptedValues { column, .. } => Some(column),
            Check::Singular { .. } => None,
        }
    }

    /// The relation and column a `relationships` test looks up in.
    #[must_use]
    pub fn parent(&self) -> Option<(&str, &str)> {
        match &self.check {
            Check::Relationships { to, field, .. } => Some((to, field)),
            _ => None,
        }
    }

    /// The SELECT of failing rows. `keys` are columns that name a row of the relation in a sample.
    pub(super) fn failing_rows(
        &self,
        jinja: &Jinja,
        names: &std::sync::Arc<Names>,
        keys: &[String],
    ) -> Result<String, ProjectError> {
        let relation = |name: &str| {
            names
                .relations
                .get(name)
                .cloned()
                .unwrap_or_else(|| name.to_owned())
        };
        let tested = match &self.only_where {
            Some(condition) => format!(
                "(select * from {} where {condition}) as tested",
                relation(&self.on)
            ),
            None => format!("{} as tested", relation(&self.on)),
        };
        Ok(match &self.check {
            Check::Unique { column } => format!(
                "select {column}, count(*) as row_count from {tested} where {column} is not null \
                 group by {column} having count(*) > 1"
            ),
            Check::NotNull { column } => {
                let mut shown: Vec<&str> = keys
                    .iter()
                    .map(String::as_str)
                    .filter(|key| key != column)
                    .collect();
                shown.push(column);
                format!(
                    "select {} from {tested} where {column} is null",
                    shown.join(", ")
                )
            }
            Check::Relationships { column, to, field } => {
                let shown: Vec<String> = keys
                    .iter()
                    .filter(|key| *key != column)
                    .map(|key| format!("tested.{key}"))
                    .chain([format!("tested.{column}")])
                    .collect();
                format!(
                    "select {} from {tested} left join {} as parent on tested.{column} = parent.{field} \
                     where tested.{column} is not null and parent.{field} is null",
                    shown.join(", "),
                    relation(to)
                )
            }
            Check::AcceptedValues { column, values } => format!(
                "select {column}, count(*) as row_count from {tested} \
                 where {column} is not null and {column} not in ({}) group by {column}",
                values.join(", ")
            ),
            Check::Singular { text } => jinja.render(&self.file, text, names, &self.on, false)?.sql,
        })
    }
}

/// Makes a test of a YAML entry below `column` of `on`.
pub(super) fn from_entry(
    entry: &TestEntry,
    on: &str,
    column: Option<&str>,
    file: &std::path::Path,
    line: Option<usize>,
) -> Result<DataTest, ProjectError> {
    let mistake = |message: String| ProjectError::new(file, line, message);
    let test = entry.test.as_str();
    if !GENERIC.contains(&test) {
        return Err(mistake(format!(
            "unknown test `{test}`; what can be used is {}, or a SELECT in tests/{}",
            GENERIC.join(", "),
            did_you_mean(test, GENERIC)
        )));
    }
    let Some(column) = column.map(str::to_owned) else {
        return Err(mistake(format!(
            "`{test}` tests a column: write it below one of the columns of `{on}`"
        )));
    };
    let spec = &entry.spec;
    let (check, name) = match test {
        "unique" => (
            Check::Unique {
                column: column.clone(),
            },
            format!("unique_{on}_{column}"),
        ),
        "not_null" => (
            Check::NotNull {
                column: column.clone(),
            },
            format!("not_null_{on}_{column}"),
        ),
        "relationships" => {
            let (Some(to), Some(field)) = (spec.to(), spec.field()) else {
                return Err(mistake(
                    "`relationships` needs `arguments: {to: ref('…'), field: …}`".into(),
                ));
            };
            let Some(to) = referenced(to) else {
                return Err(mistake(format!(
                    "`to: {to}` is no ref: write `to: ref('a_model')`"
                )));
            };
            let name = format!("relationships_{on}_{column}__{field}__ref_{to}_");
            (
                Check::Relationships {
                    column: column.clone(),
                    to: to.to_owned(),
                    field: field.to_owned(),
                },
                name,
            )
        }
        _ => {
            let Some(values) = spec.values().filter(|values| !values.is_empty()) else {
                return Err(mistake(
                    "`accepted_values` needs `arguments: {values: [...]}`".into(),
                ));
            };
            let name = format!(
                "accepted_values_{on}_{column}__{}",
                values.iter().map(plain).collect::<Vec<_>>().join("__")
            );
            (
                Check::AcceptedValues {
                    column: column.clone(),
                    values: values.iter().map(literal).collect(),
                },
                name,
            )
        }
    };
    Ok(DataTest {
        name: spec.name.clone().unwrap_or(name),
        on: on.to_owned(),
        severity: severity(spec.config.severity.as_deref()).map_err(mistake)?,
        file: file.to_owned(),
        line,
        check,
        only_where: spec.config.where_.clone(),
    })
}

pub(super) fn severity(text: Option<&str>) -> Result<Severity, String> {
    match text.map(str::to_ascii_lowercase).as_deref() {
        None | Some("error") => Ok(Severity::Error),
        Some("warn") => Ok(Severity::Warn),
        Some(other) => Err(format!(
            "unknown severity `{other}`; it is `error` or `warn`"
        )),
    }
}

/// `ref('x')` → `x`.
fn referenced(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("ref(")?.strip_suffix(')')?.trim();
    let name = inner.trim_matches(['\'', '"']);
    (!name.is_empty() && name.len() + 2 == inner.len()).then_some(name)
}

fn plain(value: &serde_json::Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn literal(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(
        || value.to_string(),
        |text| format!("'{}'", text.replace('\'', "''")),
    )
}
