//! SQL with its parameters, as the planner writes it and an engine runs it.

use std::time::Duration;

/// A parameter's value; always bound, never pasted into SQL.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Param {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
}

/// Portable SQL (`:name` parameters) and the limits under which it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub sql: String,
    /// Names without the colon; each name in the SQL has exactly one entry.
    pub params: Vec<(String, Param)>,
    /// How long it may run, measured from when its turn comes; the engine stops the statement when it passes.
    pub deadline: Option<Duration>,
    /// How long it may wait for its turn among other statements; `None`: as long as somebody waits for it.
    pub wait: Option<Duration>,
    /// The most rows that are returned; the answer says when there were more.
    pub row_cap: Option<u64>,
    /// The release it runs on; `None` for the one that is current when it begins.
    pub release: Option<crate::ReleaseId>,
    /// For logs and the engine's own query history, never personal data.
    pub tags: Vec<(String, String)>,
}

impl Statement {
    #[must_use]
    pub fn new(sql: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            params: Vec::new(),
            deadline: None,
            wait: None,
            row_cap: None,
            release: None,
            tags: Vec::new(),
        }
    }
}
