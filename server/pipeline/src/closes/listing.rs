//! `carton-caps period list`: the months of the ledger, open and closed.

use std::path::Path;

use serde::Serialize;
use warehouse::release::{read_current, read_manifest};

use super::close::first_period;
use super::{Close, Closes, Period, Reopening};
use crate::PipelineError;
use crate::released::Released;

/// A month of the ledger as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedPeriod {
    pub period: Period,
    /// `open`, `closed`, or `reopened` and not closed since.
    pub state: &'static str,
    /// The last close, whether it holds or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close: Option<Close>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reopening: Option<Reopening>,
}

/// From the first month with entries, or the first that was closed, to that of the business date. Nothing is written.
///
/// # Errors
/// Records of closes or a release that cannot be read.
pub fn periods(data: &Path) -> Result<Vec<ListedPeriod>, PipelineError> {
    let closes = Closes::list(data)?;
    let mut first = closes.all.first().map(|kept| kept.close.period);
    let mut last = closes.all.last().map(|kept| kept.close.period);
    if read_current(data)?.is_some() {
        let release = Released::open(data)?;
        let posted = first_period(&release)?;
        first = first.into_iter().chain(posted).min();
        let today = Period::of(read_manifest(data, &release.id)?.business_date);
        last = last.max(posted.map(|_| today));
    }
    let mut listed = Vec::new();
    let mut next = first;
    while let Some(period) = next.filter(|period| Some(*period) <= last) {
        let kept = closes.of(period);
        listed.push(ListedPeriod {
            period,
            state: match kept {
                None => "open",
                Some(kept) if kept.reopening.is_none() => "closed",
                Some(_) => "reopened",
            },
            close: kept.map(|kept| kept.close.clone()),
            reopening: kept.and_then(|kept| kept.reopening.clone()),
        });
        next = (period.next() > period).then(|| period.next());
    }
    Ok(listed)
}
