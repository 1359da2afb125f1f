//! What is expected of rows and sources besides tests: outcomes that silver applies, and how new a source must be.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::error::{ProjectError, did_you_mean};

const MINUTES_A_DAY: u64 = 24 * 60;

/// What becomes of a row that does not meet an expectation of silver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowBehaviour {
    /// It is left out for good.
    Drop,
    /// It is held back until it can be used.
    Quarantine,
    /// It is used all the same.
    Warn,
}

/// What silver does with rows of a kind: declared under `config: meta: expectations` of the model that does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    pub name: String,
    pub behaviour: RowBehaviour,
    pub description: String,
    pub rows: ExpectedRows,
    pub file: PathBuf,
    pub line: Option<usize>,
}

/// Which rows an expectation is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedRows {
    /// Those with this `_reason`.
    Reason(String),
    /// Those for which this SQL holds.
    Where(String),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectationEntry {
    name: String,
    behaviour: String,
    reason: Option<String>,
    #[serde(rename = "where")]
    where_: Option<String>,
    #[serde(default)]
    description: String,
}

pub(super) fn expectation(
    entry: Spanned<ExpectationEntry>,
    file: &Path,
    line: Option<usize>,
) -> Result<Expectation, ProjectError> {
    let entry = entry.value;
    let mistake = |message: String| ProjectError::new(file, line, message);
    let behaviour = match entry.behaviour.as_str() {
        "drop" => RowBehaviour::Drop,
        "quarantine" => RowBehaviour::Quarantine,
        "warn" => RowBehaviour::Warn,
        other => {
            let near = did_you_mean(other, ["drop", "quarantine", "warn"]);
            return Err(mistake(format!(
                "unknown behaviour `{other}` of the expectation `{}`; it is drop, quarantine or warn{near}",
                entry.name
            )));
        }
    };
    let rows = match (entry.reason, entry.where_) {
        (Some(reason), None) => ExpectedRows::Reason(reason),
        (None, Some(condition)) => ExpectedRows::Where(condition),
        _ => {
            return Err(mistake(format!(
                "the expectation `{}` says which rows it is about by a `reason` or by a `where`, one of the two",
                entry.name
            )));
        }
    };
    Ok(Expectation {
        name: entry.name,
        behaviour,
        description: entry.description,
        rows,
        file: file.to_owned(),
        line,
    })
}

/// dbt's `freshness` of a source table. Ages are counted from the business date back to the latest landed day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freshness {
    pub warn_after: Option<Age>,
    pub error_after: Option<Age>,
    pub file: PathBuf,
    pub line: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Age {
    minutes: u64,
}

impl Age {
    /// Whether something so many days old is older than this.
    #[must_use]
    pub fn is_exceeded_by(self, days: u64) -> bool {
        days.saturating_mul(MINUTES_A_DAY) > self.minutes
    }

    /// In whole days, rounded down: landing is counted by the day.
    #[must_use]
    pub fn days(self) -> u64 {
        self.minutes / MINUTES_A_DAY
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FreshnessProperties {
    warn_after: Option<Spanned<AfterProperties>>,
    error_after: Option<Spanned<AfterProperties>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct AfterProperties {
    count: u64,
    period: String,
}

pub(super) fn freshness(
    properties: &Spanned<FreshnessProperties>,
    loaded_at_field: Option<&str>,
    file: &Path,
) -> Result<Freshness, ProjectError> {
    let line = super::declarations::line(properties);
    let age = |after: &Option<Spanned<AfterProperties>>, name: &str| {
        let Some(after) = after else { return Ok(None) };
        let period = after.value.period.as_str();
        let minutes = match period {
            "minute" => 1,
            "hour" => 60,
            "day" => MINUTES_A_DAY,
            _ => {
                let near = did_you_mean(period, ["minute", "hour", "day"]);
                let message = format!(
                    "unknown period `{period}` in `{name}` of freshness; it is minute, hour or day{near}"
                );
                let at = super::declarations::line(after).or(line);
                return Err(ProjectError::new(file, at, message));
            }
        };
        Ok(Some(Age {
            minutes: after.value.count.saturating_mul(minutes),
        }))
    };
    let freshness = Freshness {
        warn_after: age(&properties.value.warn_after, "warn_after")?,
        error_after: age(&properties.value.error_after, "error_after")?,
        file: file.to_owned(),
        line,
    };
    // The day of landing is all that a rebuild finds again; dbt wants a timestamp.
    if let Some(field) =
        loaded_at_field.filter(|field| !["_dt", "cast(_dt as timestamp)"].contains(field))
    {
        let message = format!(
            "`loaded_at_field: {field}` is not known; freshness is counted by the landed day: write `_dt` or `cast(_dt as timestamp)`"
        );
        return Err(ProjectError::new(file, line, message));
    }
    if freshness
        .warn_after
        .zip(freshness.error_after)
        .is_some_and(|(warn, error)| error < warn)
    {
        let message = "freshness has `error_after` before `warn_after`: a source would stop releases before anybody is warned";
        return Err(ProjectError::new(file, line, message));
    }
    Ok(freshness)
}
