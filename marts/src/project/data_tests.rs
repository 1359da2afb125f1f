//! dbt's data tests: what each is called, looks at and means.

use std::path::PathBuf;

use super::check::Check;

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
    /// What it means, in the words of whoever declared it; may be empty.
    pub description: String,
    /// Tagged `daily`: one look a day at the whole is enough.
    pub daily: bool,
    pub file: PathBuf,
    pub line: Option<usize>,
    pub(super) check: Check,
    /// Keeps only rows for which this SQL holds.
    pub(super) only_where: Option<String>,
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
            Check::Generic { column, .. } => column.as_deref(),
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

    /// What is checked, whatever it is called and whichever rows are looked at: it changes when the test does.
    #[must_use]
    pub fn definition(&self) -> String {
        format!("{} {:?} {:?}", self.on, self.check, self.only_where)
    }

    /// Columns that a sample of failing rows may show beside the keys of the relation; `None` for those that a SELECT
    /// of the project's own names.
    #[must_use]
    pub fn shown_columns(&self) -> Option<Vec<String>> {
        match &self.check {
            Check::Singular { .. } => None,
            Check::Generic { arguments, .. } => {
                let texts = arguments.values().map(ToString::to_string);
                let words = texts.flat_map(|text| {
                    text.split(|c: char| !c.is_alphanumeric() && c != '_')
                        .map(str::to_owned)
                        .collect::<Vec<_>>()
                });
                Some(words.chain(self.column().map(str::to_owned)).collect())
            }
            _ => Some(self.column().map(str::to_owned).into_iter().collect()),
        }
    }

    /// What a failing row is, where nobody described the test.
    #[must_use]
    pub fn meaning(&self) -> String {
        let on = &self.on;
        if !self.description.is_empty() {
            return self.description.clone();
        }
        match &self.check {
            Check::Unique { column } => format!("no two rows of {on} have the same {column}"),
            Check::NotNull { column } => format!("every row of {on} has its {column}"),
            Check::Relationships { column, to, field } => {
                format!("every {column} of {on} is a {field} of {to}")
            }
            Check::AcceptedValues { column, values } => {
                format!("{column} of {on} is one of {}", values.join(", "))
            }
            Check::Generic { test, .. } => format!("{} holds for {on}", test.replace('_', " ")),
            Check::Singular { .. } => self.name.replace('_', " "),
        }
    }
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

/// A severity in the words of contracts, which must not contradict dbt's.
pub(super) fn behaviour(severity_: Option<&str>, meta: Option<&str>) -> Result<Severity, String> {
    let of_dbt = severity(severity_)?;
    let meant = match meta {
        None => return Ok(of_dbt),
        Some("fail") => Severity::Error,
        Some("warn") => Severity::Warn,
        Some("drop") => {
            return Err(
                "a test finds rows and drops none: rows are dropped by silver, which declares it under \
                 `config: meta: expectations` of its model"
                    .into(),
            );
        }
        Some(other) => {
            return Err(format!(
                "unknown behaviour `{other}`; it is `fail` or `warn`"
            ));
        }
    };
    if severity_.is_some() && meant != of_dbt {
        return Err(
            "`severity` and `meta.behaviour` contradict each other: `error` is `fail`, `warn` is `warn`"
                .into(),
        );
    }
    Ok(meant)
}
