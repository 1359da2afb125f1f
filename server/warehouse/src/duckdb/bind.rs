//! A statement's values as DuckDB binds them.

use duckdb::types::{ToSql, ToSqlOutput, Value};
use marts::Param;

/// A parameter that DuckDB can bind.
pub(super) struct BoundValue<'p>(pub &'p Param);

impl ToSql for BoundValue<'_> {
    fn to_sql(&self) -> duckdb::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Param::Null => ToSqlOutput::Owned(Value::Null),
            Param::Bool(b) => ToSqlOutput::Owned(Value::Boolean(*b)),
            Param::Int(i) => ToSqlOutput::Owned(Value::BigInt(*i)),
            Param::Text(text) => ToSqlOutput::from(text.as_str()),
        })
    }
}

/// A text as an SQL string literal, for the few places where SQL takes no parameter.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name as an SQL identifier.
pub(super) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
