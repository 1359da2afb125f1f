//! Figures as rows of a model.

use std::collections::BTreeMap;

use forecast::Estimate;
use jiff::civil::Date;
use marts::project::{Model, ProjectError};

/// A row by the names of its columns; one that is not there is NULL.
#[derive(Debug, Clone, Default)]
pub(super) struct Row(BTreeMap<&'static str, String>);

impl Row {
    pub fn text(mut self, column: &'static str, value: impl Into<String>) -> Self {
        self.0.insert(column, value.into());
        self
    }

    pub fn whole(self, column: &'static str, value: impl Into<Option<i64>>) -> Self {
        self.maybe(column, value.into())
    }

    pub fn day(self, column: &'static str, value: impl Into<Option<Date>>) -> Self {
        self.maybe(column, value.into())
    }

    pub fn flag(self, column: &'static str, value: bool) -> Self {
        self.maybe(column, Some(value))
    }

    /// To six decimals, since the last digits of a float are another machine's already. What is no number, or none that
    /// DECIMAL(18,6) holds, is NULL.
    pub fn number(self, column: &'static str, value: impl Into<Option<f64>>) -> Self {
        let value = value
            .into()
            .filter(|v: &f64| v.is_finite() && v.abs() < 1e11);
        self.maybe(column, value.map(|v| format!("{v:.6}")))
    }

    /// A figure and the ends of its 90 % interval.
    pub fn estimate(self, [value, low, high]: [&'static str; 3], of: Option<Estimate>) -> Self {
        self.number(value, of.map(|e| e.value))
            .number(low, of.map(|e| e.low))
            .number(high, of.map(|e| e.high))
    }

    fn maybe(mut self, column: &'static str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.0.insert(column, value.to_string());
        }
        self
    }
}

/// The rows as a SELECT with the columns and types that the model's contract declares.
pub(super) fn select(model: &Model, rows: &[Row]) -> Result<String, ProjectError> {
    let unknown = rows
        .iter()
        .flat_map(|row| row.0.keys())
        .find(|name| !model.columns.iter().any(|c| c.name == **name));
    if let Some(name) = unknown {
        let message = format!("its contract lacks the column `{name}`, which is computed");
        return Err(ProjectError::new(&model.file, None, message));
    }
    let column = |at: usize| {
        let column = &model.columns[at];
        let kind = column.data_type.as_deref().unwrap_or("string");
        (format!("c{at}"), kind, column.name.as_str())
    };
    let all = (0..model.columns.len()).map(column);
    if rows.is_empty() {
        let nulls: Vec<String> = all
            .map(|(_, kind, name)| format!("cast(null as {kind}) as {name}"))
            .collect();
        return Ok(format!("select {} where false", nulls.join(", ")));
    }
    let casts: Vec<String> = all
        .clone()
        .map(|(at, kind, name)| format!("cast({at} as {kind}) as {name}"))
        .collect();
    let names: Vec<String> = all.map(|(at, ..)| at).collect();
    let values: Vec<String> = rows
        .iter()
        .map(|row| {
            let cells: Vec<String> = model
                .columns
                .iter()
                .map(|column| literal(row.0.get(column.name.as_str())))
                .collect();
            format!("({})", cells.join(", "))
        })
        .collect();
    Ok(format!(
        "select {} from (values\n{}\n) as v({})",
        casts.join(", "),
        values.join(",\n"),
        names.join(", ")
    ))
}

fn literal(value: Option<&String>) -> String {
    value.map_or_else(
        || "null".to_owned(),
        |text| format!("'{}'", text.replace('\'', "''")),
    )
}
