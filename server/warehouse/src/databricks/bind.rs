//! Values on their way to the warehouse: typed, beside the SQL, which keeps its `:name`s.

use marts::{Failure, Param};

use super::wire::{Parameter, Tag};
use crate::parameters;

/// As many tags as a statement may carry, and the longest value of one.
const MOST_TAGS: usize = 20;
const LONGEST_TAG: usize = 128;

/// The statement's parameters, after a look whether names and values fit together.
///
/// # Errors
/// Bad request, as [`parameters::number`].
pub(super) fn parameters(sql: &str, params: &[(String, Param)]) -> Result<Vec<Parameter>, Failure> {
    parameters::number(sql, params)?;
    let typed = params.iter().map(|(name, value)| {
        let (value, sql_type) = match value {
            Param::Null => (None, "STRING"),
            Param::Bool(is) => (Some(is.to_string()), "BOOLEAN"),
            Param::Int(whole) => (Some(whole.to_string()), "BIGINT"),
            Param::Text(text) => (Some(text.clone()), "STRING"),
        };
        Parameter {
            name: name.clone(),
            value,
            sql_type,
        }
    });
    Ok(typed.collect())
}

/// What the warehouse's query history says of the statement. It is kept there in plain text.
pub(super) fn tags(tags: &[(String, String)]) -> Vec<Tag> {
    tags.iter()
        .take(MOST_TAGS)
        .map(|(key, value)| Tag {
            key: key.chars().take(LONGEST_TAG).collect(),
            value: value.chars().take(LONGEST_TAG).collect(),
        })
        .collect()
}
