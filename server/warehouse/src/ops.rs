//! The tables of the schema `ops`: what is remembered of runs, whichever engine reads it.
//!
//! A record is a Parquet file `ops/<table>/<run_id>.parquet`. Which columns a file has depends on the program that wrote
//! it: a reader sees all columns below, NULL where a file lacks one, and none that are not named here.

use marts::Failure;

use crate::tokens::{Token, tokens};

pub(crate) const SCHEMA: &str = "ops";

/// Whether the SQL reads records of runs, which grow while a release stays as it is.
///
/// # Errors
/// Bad request: SQL that cannot be read, such as text that is never closed.
pub fn are_asked(sql: &str) -> Result<bool, Failure> {
    let tokens = tokens(sql)?;
    Ok(tokens.windows(2).any(|pair| {
        matches!(pair, [Token::Word(word), Token::Symbol(".")] if word.eq_ignore_ascii_case(SCHEMA))
    }))
}

/// A table of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpsTable {
    pub name: &'static str,
    pub columns: &'static [OpsColumn],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpsColumn {
    pub name: &'static str,
    pub kind: OpsKind,
    /// What files call it besides: earlier names, and words that SQL keeps for itself.
    pub earlier: &'static [&'static str],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpsKind {
    Text,
    Whole,
    /// Up to six decimals.
    Decimal,
    /// Up to two.
    Money,
    Date,
    /// UTC.
    Timestamp,
    /// The day in the reporting zone on which another column's moment fell.
    DayOf(&'static str),
    /// Seconds between two other columns' moments.
    Between(&'static str, &'static str),
}

const fn column(name: &'static str, kind: OpsKind) -> OpsColumn {
    OpsColumn {
        name,
        kind,
        earlier: &[],
    }
}

const fn renamed(name: &'static str, kind: OpsKind, earlier: &'static [&'static str]) -> OpsColumn {
    OpsColumn {
        name,
        kind,
        earlier,
    }
}

use OpsKind::{Between, Date, DayOf, Decimal, Money, Text, Timestamp, Whole};

/// All tables. `run_id` is the file's name where the file does not say it.
pub const OPS_TABLES: &[OpsTable] = &[
    OpsTable {
        name: "pipeline_runs",
        columns: &[
            column("run_id", Text),
            column("started_at", Timestamp),
            column("ended_at", Timestamp),
            column("status", Text),
            column("step", Text),
            column("trigger", Text),
            column("business_date", Date),
            column("release_id", Text),
            column("rows_read", Whole),
            column("rows_written", Whole),
            column("error", Text),
            column("note", Text),
            column("code_version", Text),
            column("mode", Text),
            column("step_seconds", Text),
            column("started_on", DayOf("started_at")),
            column("duration_seconds", Between("started_at", "ended_at")),
        ],
    },
    OpsTable {
        name: "contract_results",
        columns: &[
            column("run_id", Text),
            column("contract", Text),
            column("relation", Text),
            renamed("column_name", Text, &["column"]),
            column("description", Text),
            column("declared_at", Text),
            column("scope", Text),
            column("severity", Text),
            column("behaviour", Text),
            column("failing_rows", Whole),
            column("run_rows", Whole),
            column("sample", Text),
            column("status", Text),
            column("checked_at", Timestamp),
            column("checked_on", DayOf("checked_at")),
        ],
    },
    OpsTable {
        name: "row_accounts",
        columns: &[
            column("run_id", Text),
            column("scope", Text),
            column("source", Text),
            renamed("outcome", Text, &["_outcome"]),
            renamed("reason", Text, &["_reason"]),
            column("row_count", Whole),
            column("amount", Money),
            column("is_released", Text),
        ],
    },
    OpsTable {
        name: "quarantine",
        columns: &[
            column("run_id", Text),
            column("source", Text),
            renamed("reason", Text, &["_reason"]),
            renamed("row_count", Whole, &["rows"]),
            column("amount", Money),
            column("oldest_dt", Date),
            column("newest_dt", Date),
            column("sample", Text),
        ],
    },
    OpsTable {
        name: "freshness",
        columns: &[
            column("run_id", Text),
            column("source", Text),
            column("business_date", Date),
            column("latest_dt", Date),
            column("age_days", Whole),
            column("expected_within_days", Whole),
            column("rows_latest_day", Whole),
            column("median_rows", Decimal),
            column("ratio", Decimal),
            column("status", Text),
        ],
    },
    OpsTable {
        name: "schema_drift",
        columns: &[
            column("run_id", Text),
            column("source", Text),
            column("path", Text),
            renamed("column_name", Text, &["column"]),
            column("change", Text),
            column("detail", Text),
        ],
    },
    OpsTable {
        name: "ingested_files",
        columns: &[
            column("run_id", Text),
            column("file_id", Text),
            column("source", Text),
            column("path", Text),
            column("sha256", Text),
            column("bytes", Whole),
            column("rows", Whole),
            column("ingested_at", Timestamp),
            column("ingested_on", DayOf("ingested_at")),
        ],
    },
    OpsTable {
        name: "releases",
        columns: &[
            column("run_id", Text),
            column("release_id", Text),
            column("business_date", Date),
            column("published_at", Timestamp),
            column("status", Text),
            column("tables", Text),
            column("published_on", DayOf("published_at")),
        ],
    },
    // One row for each close of a month of the ledger; written anew when the month is reopened.
    OpsTable {
        name: "accounting_periods",
        columns: &[
            column("period", Text),
            column("closed_at", Timestamp),
            column("closed_by", Text),
            column("release_id", Text),
            column("reopened_at", Timestamp),
            column("reopened_by", Text),
            column("reason", Text),
            column("entries", Whole),
            column("sha256", Text),
            column("quarantined_rows", Whole),
            column("quarantined_amount", Decimal),
            column("closed_on", DayOf("closed_at")),
        ],
    },
    OpsTable {
        name: "latest_release",
        columns: &[
            column("run_id", Text),
            column("release_id", Text),
            column("changed_at", Timestamp),
            column("changed_by", Text),
        ],
    },
];
