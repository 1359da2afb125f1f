//! A frame's cells as programs read them: exact, in no language.

use marts::{Column, ColumnRole, Frame, Value};
use serde_json::json;

/// Positions of the columns that are for the asker; where the next page begins is told apart.
pub fn shown(frame: &Frame) -> Vec<usize> {
    let is_shown = |column: &Column| column.role != ColumnRole::Key;
    let columns = frame.columns.iter().enumerate();
    columns
        .filter(|(_, column)| is_shown(column))
        .map(|(at, _)| at)
        .collect()
}

/// Decimals are texts, since a reader's number is often a float.
pub fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(is) => json!(is),
        Value::Int(whole) => json!(whole),
        Value::Float(float) => json!(float),
        Value::Decimal(_) | Value::Text(_) | Value::Date(_) | Value::DateTime(_) => {
            json!(plain(value))
        }
    }
}

/// The cell's text; empty where there is no value.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(is) => is.to_string(),
        Value::Int(whole) => whole.to_string(),
        Value::Decimal(exact) => exact.to_string(),
        Value::Float(float) => float.to_string(),
        Value::Text(text) => text.clone(),
        Value::Date(day) => day.to_string(),
        Value::DateTime(moment) => moment.to_string(),
    }
}
