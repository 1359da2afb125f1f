//! How new each source is, counted from the business date, and how large its latest day.

use std::collections::BTreeMap;

use jiff::civil::Date;
use marts::project::{Freshness, Project};

use crate::bronze::BronzeFile;
use crate::closes;
use crate::volume::{Volume, volume};

/// A source as it stands in bronze.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SourceState {
    pub source: String,
    pub business_date: Date,
    /// The latest day with a file; `None` for a source without any.
    pub latest_dt: Option<Date>,
    pub age_days: Option<u64>,
    pub expected: Option<Freshness>,
    pub rows_latest_day: u64,
    /// `None` where history is too short to say.
    pub volume: Option<Volume>,
}

/// A source's age beside what is expected of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    Fresh,
    /// Older than it should be.
    Stale,
    /// So old that nothing may be published.
    Late,
}

impl SourceState {
    pub fn age(&self) -> Age {
        let (Some(expected), Some(days)) = (&self.expected, self.age_days) else {
            return Age::Fresh;
        };
        let exceeds = |limit: Option<marts::project::Age>| {
            limit.is_some_and(|limit| limit.is_exceeded_by(days))
        };
        if exceeds(expected.error_after) {
            Age::Late
        } else if exceeds(expected.warn_after) {
            Age::Stale
        } else {
            Age::Fresh
        }
    }

    /// As `ops.freshness` has it: age before size.
    pub fn status(&self) -> &'static str {
        match self.age() {
            Age::Late => "late",
            Age::Stale => "stale",
            Age::Fresh if self.latest_dt.is_none() => "absent",
            Age::Fresh if self.volume.as_ref().is_some_and(Volume::is_anomalous) => "anomalous",
            Age::Fresh => "fresh",
        }
    }
}

/// Every source of the project that lands, in its order. Rows are those of landing, whatever became of them.
pub(crate) fn measure(
    project: &Project,
    files: &[BronzeFile],
    business_date: Date,
) -> Vec<SourceState> {
    project
        .sources
        .iter()
        .filter(|table| table.source != closes::SOURCE)
        .map(|table| {
            let mut days: BTreeMap<Date, u64> = BTreeMap::new();
            for file in files.iter().filter(|file| file.source == table.table) {
                *days.entry(file.dt).or_default() += file.rows;
            }
            let latest = days.last_key_value().map(|(dt, rows)| (*dt, *rows));
            SourceState {
                source: table.table.clone(),
                business_date,
                latest_dt: latest.map(|(dt, _)| dt),
                age_days: latest
                    .map(|(dt, _)| u64::try_from((business_date - dt).get_days()).unwrap_or(0)),
                expected: table.freshness.clone(),
                rows_latest_day: latest.map_or(0, |(_, rows)| rows),
                volume: volume(&days),
            }
        })
        .collect()
}
