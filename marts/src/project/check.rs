//! What a data test looks for, as a SELECT of the rows that fail it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::data_tests::DataTest;
use super::error::ProjectError;
use super::jinja::{Jinja, Names};

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
    /// A generic test of the project's own, in `tests/generic/`.
    Generic {
        test: String,
        /// The file it stands in, as text: another text is another test.
        body: String,
        column: Option<String>,
        arguments: BTreeMap<String, Value>,
    },
    /// A file of `tests/`: its text, before rendering.
    Singular {
        text: String,
    },
}

/// How rows that a run touched are enough to check.
enum Narrowed {
    /// Each row speaks for itself.
    Rows,
    /// A row is compared with all that have its values in these columns.
    Keys(Vec<String>),
    /// Only the whole relation tells.
    Not,
}

impl Check {
    fn narrowed(&self) -> Narrowed {
        match self {
            Self::NotNull { .. } | Self::Relationships { .. } | Self::AcceptedValues { .. } => {
                Narrowed::Rows
            }
            Self::Unique { column } => Narrowed::Keys(vec![column.clone()]),
            Self::Generic { test, .. } if test == "expression_is_true" => Narrowed::Rows,
            Self::Generic {
                test, arguments, ..
            } if test == "unique_combination" => {
                let columns = arguments.get("columns").and_then(Value::as_array);
                let columns: Vec<String> = columns
                    .into_iter()
                    .flatten()
                    .filter_map(|column| column.as_str().map(str::to_owned))
                    .collect();
                if columns.is_empty() {
                    Narrowed::Not
                } else {
                    Narrowed::Keys(columns)
                }
            }
            Self::Generic { .. } | Self::Singular { .. } => Narrowed::Not,
        }
    }
}

impl DataTest {
    /// Whether rows that a run touched are enough to find what this run broke.
    #[must_use]
    pub fn can_be_narrowed(&self) -> bool {
        !matches!(self.check.narrowed(), Narrowed::Not)
    }

    /// The SELECT of failing rows. `keys` are columns that name a row of the relation in a sample; `touched` is a
    /// relation with the rows of [`DataTest::on`] that the run wrote, where only those are to be looked at.
    pub(super) fn failing_rows(
        &self,
        jinja: &Jinja,
        names: &Arc<Names>,
        keys: &[String],
        touched: Option<&str>,
    ) -> Result<String, ProjectError> {
        let relation = |name: &str| {
            names
                .relations
                .get(name)
                .cloned()
                .unwrap_or_else(|| name.to_owned())
        };
        let whole = relation(&self.on);
        let (from, mut conditions) = match (touched, self.check.narrowed()) {
            (Some(touched), Narrowed::Rows) => (touched.to_owned(), Vec::new()),
            (Some(touched), Narrowed::Keys(columns)) => {
                let columns = columns.join(", ");
                let keys = format!("({columns}) in (select {columns} from {touched})");
                (whole, vec![keys])
            }
            _ => (whole, Vec::new()),
        };
        conditions.extend(self.only_where.as_ref().map(|only| format!("({only})")));
        let narrowed = if conditions.is_empty() {
            None
        } else {
            let conditions = conditions.join(" and ");
            Some(format!(
                "(select * from {from} where {conditions}) as tested"
            ))
        };
        let tested = narrowed.clone().unwrap_or(format!("{from} as tested"));
        let shown = |column: &str, table: &str| {
            let mut shown: Vec<String> = keys
                .iter()
                .filter(|key| *key != column)
                .map(|key| format!("{table}{key}"))
                .collect();
            shown.push(format!("{table}{column}"));
            shown.join(", ")
        };
        Ok(match &self.check {
            Check::Unique { column } => format!(
                "select {column}, count(*) as row_count from {tested} where {column} is not null \
                 group by {column} having count(*) > 1"
            ),
            Check::NotNull { column } => format!(
                "select {} from {tested} where {column} is null",
                shown(column, "")
            ),
            Check::Relationships { column, to, field } => format!(
                "select {} from {tested} left join {} as parent on tested.{column} = parent.{field} \
                 where tested.{column} is not null and parent.{field} is null",
                shown(column, "tested."),
                relation(to)
            ),
            Check::AcceptedValues { column, values } => format!(
                "select {column}, count(*) as row_count from {tested} \
                 where {column} is not null and {column} not in ({}) group by {column}",
                values.join(", ")
            ),
            Check::Generic {
                test,
                column,
                arguments,
                ..
            } => {
                let model = Value::from(narrowed.unwrap_or(from));
                let column = column.clone().map(Value::from);
                let given: Vec<String> = [("model", &model)]
                    .into_iter()
                    .chain(column.as_ref().map(|column| ("column_name", column)))
                    .chain(arguments.iter().map(|(name, value)| (name.as_str(), value)))
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                let call = format!("{{{{ {test}({}) }}}}", given.join(", "));
                let rendered = jinja.render(&self.file, &call, names, &self.on, false);
                // The call stands on the line of the test's entry.
                rendered
                    .map_err(|mistake| match mistake.file == self.file {
                        true => ProjectError::new(mistake.file, self.line, mistake.message),
                        false => mistake,
                    })?
                    .sql
            }
            Check::Singular { text } => jinja.render(&self.file, text, names, &self.on, false)?.sql,
        })
    }
}
