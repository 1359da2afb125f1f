//! What decides an answer's rows, and what an answer weighs.

use std::mem::size_of;

use marts::project::planner::Plan;
use marts::{Answered, Column, Param, ReleaseId, Value};

/// Everything that decides an answer. Who asks is not in it: the row policy is in the SQL and its parameters, so that
/// two people share an answer exactly when they may see the same rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    pub engine: String,
    pub release: ReleaseId,
    /// For questions about runs: the state of their records, which grow while the release stays as it is.
    pub records: Option<String>,
    pub sql: String,
    pub params: Vec<(String, Param)>,
    pub row_cap: Option<u64>,
    /// How the rows are read: the columns' labels and units, which an edit of the catalogue changes without a change of
    /// the SQL, and what completes them.
    pub reading: String,
    /// What is masked for the asker, once columns can be.
    pub masking: Option<u64>,
}

impl Key {
    /// The question of a plan, asked of a release.
    #[must_use]
    pub fn of(plan: &Plan, engine: &str, release: ReleaseId) -> Self {
        Self {
            engine: engine.to_owned(),
            release,
            records: None,
            sql: plan.statement.sql.clone(),
            params: plan.statement.params.clone(),
            row_cap: plan.statement.row_cap,
            reading: format!("{:?} {:?}", plan.columns, plan.completion),
            masking: None,
        }
    }

    /// The same question, asked of another release.
    pub(super) fn on(&self, release: ReleaseId) -> Self {
        Self {
            release,
            ..self.clone()
        }
    }
}

/// About how many bytes the entry takes.
pub(super) fn weight(key: &Key, answered: &Answered) -> u64 {
    let params: usize = key
        .params
        .iter()
        .map(|(name, value)| {
            let text = match value {
                Param::Text(text) => text.len(),
                Param::Null | Param::Bool(_) | Param::Int(_) => 0,
            };
            size_of::<(String, Param)>() + name.len() + text
        })
        .sum();
    let question = size_of::<Key>() + key.sql.len() + key.reading.len() + key.engine.len() + params;
    let columns: usize = answered
        .frame
        .columns
        .iter()
        .map(|column| size_of::<Column>() + column.name.len() + column.label.len())
        .sum();
    let cells: usize = answered
        .frame
        .rows
        .iter()
        .map(|row| {
            let texts: usize = row.iter().map(text_bytes).sum();
            size_of::<Vec<Value>>() + row.len() * size_of::<Value>() + texts
        })
        .sum();
    (question + columns + cells) as u64
}

fn text_bytes(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        _ => 0,
    }
}
