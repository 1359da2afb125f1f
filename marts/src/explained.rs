//! How figures come about, for those who want to check them.

use crate::Unit;

/// What stands behind the answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Portable SQL with `:name` where values are bound, narrowed by the asker's row policy.
    pub sql: String,
    /// Each bound value as text, beside its name without the colon.
    pub params: Vec<(String, String)>,
    pub metrics: Vec<Formula>,
    /// The tables that are read, by name.
    pub tables: Vec<Origin>,
}

/// How one metric is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formula {
    pub name: String,
    pub label: String,
    pub description: String,
    pub unit: Unit,
    /// In words and names of columns: `sum of line_amount in fct_purchase, by purchased_on`; `Retail spend ÷ Receipts`.
    pub formula: String,
    /// The metrics it is made of; empty for one that is counted itself.
    pub parts: Vec<Formula>,
}

/// Where a table comes from, by names only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub table: String,
    pub description: String,
    /// Other gold tables, and silver tables, that it is built from, directly or by way of others.
    pub gold: Vec<String>,
    pub silver: Vec<String>,
    /// Sources in bronze: `landing.purchases`.
    pub sources: Vec<String>,
}
