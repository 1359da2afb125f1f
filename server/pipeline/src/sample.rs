//! Rows of a query as JSON objects, for messages and records; no money passes through here on its way to a page.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::{Map, Value};

/// One JSON object per row, in the order of the columns; all values as text, or null.
pub(crate) fn rows(batches: &[RecordBatch]) -> Result<Vec<Map<String, Value>>, ArrowError> {
    let options = FormatOptions::default();
    let mut rows = Vec::new();
    for batch in batches {
        let schema = batch.schema();
        let columns = batch
            .columns()
            .iter()
            .map(|column| Ok((ArrayFormatter::try_new(column, &options)?, column)))
            .collect::<Result<Vec<_>, ArrowError>>()?;
        for row in 0..batch.num_rows() {
            let cell = |at: usize| match &columns[at] {
                (_, column) if column.is_null(row) => Value::Null,
                (formatter, _) => Value::String(formatter.value(row).to_string()),
            };
            rows.push(
                schema
                    .fields()
                    .iter()
                    .enumerate()
                    .map(|(at, field)| (field.name().clone(), cell(at)))
                    .collect(),
            );
        }
    }
    Ok(rows)
}

/// The one cell of a query that answers with one row and one column; `None` for no row or NULL.
pub(crate) fn single(batches: &[RecordBatch]) -> Result<Option<String>, ArrowError> {
    let first = rows(batches)?.into_iter().next();
    Ok(first
        .and_then(|row| row.into_values().next())
        .and_then(|value| value.as_str().map(str::to_owned)))
}

/// What says something about a person, and so is shown in no sample.
#[derive(Debug, Default)]
pub(crate) struct Personal {
    columns: std::collections::BTreeSet<String>,
}

/// Never shown, whatever the project says of them: names that hold contacts, and raw lines, which hold anything.
const NEVER_SHOWN: [&str; 4] = ["email", "e_mail", "phone", "_rescued"];
const LONGEST: usize = 120;

impl Personal {
    pub fn of(project: &marts::project::Project) -> Self {
        Self {
            columns: project.personal_columns(),
        }
    }

    /// A row as a JSON object without personal columns, with only those of `shown` where it is given. What looks like
    /// an address inside another value is not shown either.
    pub fn left_out_of(
        &self,
        row: Map<String, Value>,
        shown: Option<&std::collections::BTreeSet<String>>,
    ) -> String {
        let kept = row
            .into_iter()
            .filter(|(name, _)| {
                let name = name.to_ascii_lowercase();
                !NEVER_SHOWN.iter().any(|never| name.contains(never))
                    && !self.columns.contains(&name)
                    && shown.is_none_or(|shown| shown.contains(&name))
            })
            .map(|(name, value)| (name, presentable(value)));
        Value::Object(kept.collect()).to_string()
    }
}

fn presentable(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains('@') => Value::String("(not shown)".into()),
        Value::String(text) if text.chars().count() > LONGEST => {
            let mut short: String = text.chars().take(LONGEST).collect();
            short.push('…');
            Value::String(short)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_hold_nothing_personal() {
        let personal = Personal {
            columns: ["nickname".to_owned()].into(),
        };
        let row = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
                .collect::<Map<_, _>>()
        };
        let all = row(&[
            ("user_id", "u1"),
            ("Email", "ann@example.org"),
            ("billing_email_hash", "x"),
            ("nickname", "Ann"),
            ("note", "write to ann@example.org"),
            ("_rescued", "{}"),
        ]);
        assert_eq!(
            personal.left_out_of(all.clone(), None),
            r#"{"note":"(not shown)","user_id":"u1"}"#
        );
        let shown = ["user_id".to_owned(), "nickname".to_owned()].into();
        assert_eq!(
            personal.left_out_of(all, Some(&shown)),
            r#"{"user_id":"u1"}"#
        );
    }
}
