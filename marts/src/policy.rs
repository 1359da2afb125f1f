//! Which rows a person may see. Decided by the service, applied by the planner to every scan.

use serde::{Deserialize, Serialize};

/// Only rows whose `dimension` (`user__state`, `school__school_id`) has one of `allowed`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Restriction {
    pub dimension: String,
    /// Empty means nobody decided: the planner refuses, it never reads it as "everything".
    pub allowed: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowPolicy {
    Unrestricted,
    /// All restrictions hold at once; a measure that cannot reach one's entity is refused.
    Only(Vec<Restriction>),
}
