//! From a question to one portable SQL statement, narrowed by the row policy.
//!
//! - Every value is bound; SQL is made of the catalogue's names and expressions only.
//! - A dimension is joined to the fact along an entity, to at most one row, by LEFT JOIN: a breakdown
//!   never changes a total, and rows without a value are a group of their own (NULL).
//! - The policy stands on every scan, AND-ed with the asker's filters; what it cannot reach is refused.
//! - The comparison is read in the same scan: a row counts for the range, for the one it is compared
//!   with, or for both, and its day is moved into the range before it is put into a period.
//! - SQL adds and counts. Exact quotients, periods without rows, and what was never observed are the
//!   work of [`Completion`], which has decimals and knows the release.

mod aggregate;
mod aggregates;
mod balance;
mod columns;
mod completion;
mod first;
mod groups;
mod measure;
mod ordering;
mod periods;
mod rows;
mod scan;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeSet;

use super::catalogue::Catalogue;
use crate::{Ask, Column, Failure, Param, RowPolicy, Statement};

pub use completion::Completion;

/// What to run, what comes back, and what is left to do with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub statement: Statement,
    /// The statement's columns, in its order.
    pub columns: Vec<Column>,
    /// To be applied to the decoded rows before anyone sees them.
    pub completion: Completion,
}

/// A list longer than this is refused before it becomes a statement no engine accepts.
const MOST_VALUES: usize = 200;
const MOST_ALLOWED: usize = 5_000;
const MOST_FILTERS: usize = 20;

/// Plans a question under a policy.
///
/// # Errors
/// Bad request: unknown or doubled names (with the nearest ones), a range that ends before it begins,
/// a question that is too large. Not allowed: a policy without a decision, or one that the question's
/// tables cannot be narrowed by.
pub fn plan(catalogue: &Catalogue, policy: &RowPolicy, ask: &Ask) -> Result<Plan, Failure> {
    plan_over(catalogue, policy, ask, None)
}

/// The same for a release that has these tables: one made by older code may lack a smaller table, and the facts answer in
/// its place.
///
/// # Errors
/// As [`plan`].
pub fn plan_over(
    catalogue: &Catalogue,
    policy: &RowPolicy,
    ask: &Ask,
    relations: Option<&BTreeSet<String>>,
) -> Result<Plan, Failure> {
    if let RowPolicy::Only(restrictions) = policy {
        let undecided =
            restrictions.is_empty() || restrictions.iter().any(|r| r.allowed.is_empty());
        if undecided {
            return Err(Failure::not_allowed(
                "No rows have been opened to you yet, so there is nothing to show. Ask whoever manages your access.",
            )
            .with_detail("a row policy without restrictions, or with a restriction that allows nothing"));
        }
        if restrictions.iter().map(|r| r.allowed.len()).sum::<usize>() > MOST_ALLOWED {
            return Err(Failure::not_allowed(
                "More rows are opened to you one by one than can be asked for at once.",
            )
            .with_detail(format!(
                "a row policy with more than {MOST_ALLOWED} allowed values"
            )));
        }
    }
    match ask {
        Ask::Aggregate(ask) => aggregate::plan(catalogue, policy, ask, relations),
        Ask::Values(ask) => values::plan(catalogue, policy, ask),
        Ask::Rows(ask) => rows::plan(catalogue, policy, ask),
    }
}

/// A sentence about the question, from a clause that begins in lower case.
fn bad(clause: impl AsRef<str>) -> Failure {
    let clause = clause.as_ref();
    let mut letters = clause.chars();
    let first = letters
        .next()
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default();
    let end = if clause.ends_with('?') { "" } else { "." };
    Failure::bad_request(format!("{first}{}{end}", letters.as_str()))
}

/// The values a statement is run with, each under a name of its own.
#[derive(Debug, Default)]
struct Bindings {
    params: Vec<(String, Param)>,
    numbered: usize,
}

impl Bindings {
    /// Binds under a fixed name, once, and returns the placeholder.
    fn named(&mut self, name: &str, value: Param) -> String {
        if !self.params.iter().any(|(taken, _)| taken == name) {
            self.params.push((name.to_owned(), value));
        }
        format!(":{name}")
    }

    fn text(&mut self, value: &str) -> String {
        let name = format!("v{}", self.numbered);
        self.numbered += 1;
        self.params
            .push((name.clone(), Param::Text(value.to_owned())));
        format!(":{name}")
    }

    /// `:v0, :v1, :v2`.
    fn list(&mut self, values: &[String]) -> String {
        values
            .iter()
            .map(|value| self.text(value))
            .collect::<Vec<_>>()
            .join(", ")
    }
}
