//! The project's contracts on what was just built, before anybody sees it: its tests, the columns of enforced models,
//! what silver did with rows it could not use, and how new and how large each source is.

mod columns;
mod data_tests;
mod expectations;
mod message;
#[cfg(test)]
mod scope_tests;
mod sources;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use marts::project::{DataTest, Names, Project};
use warehouse::{Builder, Relation, Schema};

use crate::PipelineError;
use crate::bronze::BronzeFile;
use crate::freshness::SourceState;

pub(crate) use data_tests::definition;
pub(crate) use expectations::source_of;
pub(crate) use message::message;

const SAMPLE_ROWS: usize = 5;

/// What becomes of rows, or of the release, that do not meet a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// They are told and used.
    Warn,
    /// They are left out for good.
    Drop,
    /// They are held back until they can be used.
    Quarantine,
    /// Nothing is published.
    Fail,
}

impl Behaviour {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Drop => "drop",
            Self::Quarantine => "quarantine",
            Self::Fail => "fail",
        }
    }
}

/// Which rows a contract was checked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Full,
    /// Those that the run wrote, and all that share their keys.
    Touched,
}

impl Scope {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Touched => "touched",
        }
    }
}

/// One contract's finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractResult {
    /// A test has dbt's name for it: `unique_dim_user_user_id`.
    pub contract: String,
    pub relation: String,
    pub column: Option<String>,
    /// What holds where it is kept.
    pub description: String,
    /// File and line within the project: `models/gold/gold.yml:12`.
    pub declared_at: Option<String>,
    pub behaviour: Behaviour,
    pub scope: Scope,
    /// Rows that do not meet it; for a source that is late, too small or too large, 1.
    pub failing_rows: u64,
    /// Of these, those that this run found, where that is known.
    pub run_rows: Option<u64>,
    /// At most five failing rows, as JSON objects, without personal data.
    pub sample: Vec<String>,
    /// Changes when what is checked does; a name stays.
    pub definition: String,
    pub checked_at: Timestamp,
}

impl ContractResult {
    #[must_use]
    pub fn stops_the_release(&self) -> bool {
        self.failing_rows > 0 && self.behaviour == Behaviour::Fail
    }

    pub(crate) fn status(&self) -> &'static str {
        match (self.failing_rows, self.behaviour) {
            (0, _) => "passed",
            (_, Behaviour::Warn) => "warned",
            (_, Behaviour::Drop) => "dropped",
            (_, Behaviour::Quarantine) => "quarantined",
            (_, Behaviour::Fail) => "failed",
        }
    }
}

/// What is checked, and on what.
pub(crate) struct Checking<'a> {
    pub project: &'a Project,
    pub schemas: &'a BTreeMap<String, Schema>,
    pub names: &'a Arc<Names>,
    pub files: &'a [BronzeFile],
    pub sources: &'a [SourceState],
    /// Model → the relation with the rows that this run wrote into it. A model that is not here was made anew.
    pub touched: &'a BTreeMap<String, String>,
    /// Models that may have lost rows: what refers to them is looked at as a whole.
    pub shrunk: &'a BTreeSet<String>,
    /// Definitions of contracts that held on all rows within the last day.
    pub held_in_full: &'a HashSet<String>,
}

impl Checking<'_> {
    fn relation(&self, model: &str) -> Option<Relation> {
        Some(Relation {
            schema: *self.schemas.get(model)?,
            name: model.to_owned(),
        })
    }

    /// A model or a seed; seeds are kept with silver.
    fn table(&self, name: &str) -> Relation {
        self.relation(name).unwrap_or_else(|| Relation {
            schema: Schema::Silver,
            name: name.to_owned(),
        })
    }

    /// Whether a look at this test can wait: it is a daily one, has had its look, and this run carries tables on.
    pub fn can_wait(&self, test: &DataTest) -> bool {
        test.daily
            && !self.touched.is_empty()
            && self.held_in_full.contains(&data_tests::definition(test))
    }

    fn sql_name<'b>(&'b self, relation: &'b str) -> &'b str {
        self.names
            .relations
            .get(relation)
            .map_or(relation, String::as_str)
    }
}

/// Checks every contract; `done` is told how many tests have run. Columns that an enforced model must have and has not
/// end the check: what reads them cannot be checked.
///
/// # Errors
/// A contract that cannot be checked, such as a test on a column that is not there. Failing rows are no error here.
pub(crate) fn check(
    builder: &mut dyn Builder,
    checking: &Checking<'_>,
    done: &dyn Fn(u64, u64),
) -> Result<Vec<ContractResult>, PipelineError> {
    let mut results = columns::enforced(builder, checking)?;
    results.extend(sources::check(checking));
    if results
        .iter()
        .any(|result| result.relation_is_enforced() && result.stops_the_release())
    {
        return Ok(results);
    }
    columns::check_named(builder, checking)?;
    results.extend(expectations::check(builder, checking)?);
    results.extend(data_tests::check(builder, checking, done)?);
    Ok(results)
}

impl ContractResult {
    fn relation_is_enforced(&self) -> bool {
        self.contract.starts_with(columns::PREFIX)
    }
}
