//! Closed months of the rewards ledger: `closes/<period>/` beside the releases, an input of every build.
//!
//! ```text
//! closes/2026-03/ledger.parquet      the entries of the period, as they were when it was closed
//!                ledger.sha256       their hash, as `sha256sum --check` reads it
//!                close.json          when, by whom, from which release
//!                reopened.json       only once it was reopened; the folder is then called 2026-03.reopened-1
//! ```
//! A folder is written aside and renamed into place when it is whole, so a period is closed or it is not.

mod against;
mod close;
mod listing;
mod period;
mod reopen;
mod store;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::close::{CloseOptions, close};
pub use self::listing::{ListedPeriod, periods};
pub use self::period::Period;
pub use self::reopen::{ReopenOptions, reopen};
pub(crate) use self::store::clean_up;
use crate::PipelineError;
use crate::ops::{self, Cells, record};

/// The source that models read closed periods from. Nothing of it lands.
pub(crate) const SOURCE: &str = "closes";
const LEDGER: &str = "closed_ledger";
const PERIODS: &str = "accounting_periods";
/// At the end of the name of a record.
const REOPENED: &str = "-reopened";
/// Its tables.
pub(crate) const TABLES: [&str; 2] = [LEDGER, PERIODS];

/// What is remembered of a close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Close {
    pub period: Period,
    pub closed_at: Timestamp,
    pub closed_by: String,
    /// The release whose entries were closed, and its business date.
    pub release_id: String,
    pub business_date: Date,
    pub entries: u64,
    /// What was owed at the end of the period, with four decimals.
    pub owed: String,
    /// Of `ledger.parquet`, in hex.
    pub sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Purchases and events that were held back, and the rewards of those purchases.
    pub quarantined_rows: u64,
    pub quarantined_amount: String,
}

/// What is remembered of the end of a close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopening {
    pub reopened_at: Timestamp,
    pub reopened_by: String,
    pub reason: String,
}

/// A close with its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub close: Close,
    pub reopening: Option<Reopening>,
    folder: PathBuf,
}

/// All closes, those that were ended too, in the order of periods and times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Closes {
    all: Vec<Kept>,
}

impl Closes {
    /// All closes of a data folder, each closed file held against its hash.
    ///
    /// # Errors
    /// [`PipelineError::Closes`]: a closed period that is not as it was closed, or missing.
    pub fn read(data: &Path) -> Result<Self, PipelineError> {
        let closes = Self::list(data)?;
        closes.refuse_lost(data)?;
        let mut before: Option<Period> = None;
        for kept in closes.closed() {
            let period = kept.close.period;
            if let Some(before) = before
                && before.next() != period
            {
                return Err(PipelineError::Closes(format!(
                    "{} is closed, but the close of {} before it is missing in {}; nothing was published: put it back from a backup, \
                     or reopen {period}",
                    period,
                    before.next(),
                    store::folder(data).display()
                )));
            }
            before = Some(period);
            store::verify(&kept.folder, &kept.close)?;
        }
        Ok(closes)
    }

    /// Records of closes outlive their folders, so one that is gone is noticed.
    fn refuse_lost(&self, data: &Path) -> Result<(), PipelineError> {
        let known: BTreeSet<String> = self.all.iter().map(|kept| name_of(&kept.close)).collect();
        let lost = std::fs::read_dir(data.join("ops").join(PERIODS))
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Some(entry.path().file_stem()?.to_string_lossy().into_owned()))
            // Of one that was reopened nothing is read any more.
            .find(|name| {
                !name.starts_with('.') && !name.ends_with(REOPENED) && !known.contains(name)
            });
        let Some(period) = lost.as_deref().and_then(|name| name.get(..7)) else {
            return Ok(());
        };
        Err(PipelineError::Closes(format!(
            "{period} was closed, and the folder of its close is missing in {}; nothing was published: put it back from a backup",
            store::folder(data).display()
        )))
    }

    /// As [`Closes::read`], without a look at the files of entries.
    ///
    /// # Errors
    /// A record of a close that cannot be read.
    pub fn list(data: &Path) -> Result<Self, PipelineError> {
        let mut all = store::kept(data)?;
        all.sort_by_key(|kept| (kept.close.period, kept.close.closed_at));
        Ok(Self { all })
    }

    /// Those that hold.
    pub fn closed(&self) -> impl DoubleEndedIterator<Item = &Kept> {
        self.all.iter().filter(|kept| kept.reopening.is_none())
    }

    pub fn last_closed(&self) -> Option<&Kept> {
        self.closed().next_back()
    }

    /// The last close of a period, whether it holds or not.
    fn of(&self, period: Period) -> Option<&Kept> {
        self.all.iter().rfind(|kept| kept.close.period == period)
    }

    /// Changes with every close and reopening; empty while there was none.
    pub fn digest(&self) -> String {
        digest(self.all.iter())
    }

    /// The digest before those closes that were taken from a release and hold: what that release may have been built with.
    fn digest_before(&self, release: &str) -> String {
        digest(
            self.all
                .iter()
                .filter(|kept| kept.reopening.is_some() || kept.close.release_id != release),
        )
    }

    /// Puts the records of `ops.accounting_periods` beside the others, one for each close.
    ///
    /// # Errors
    /// The disk's.
    pub fn remember(&self, data: &Path) -> Result<(), PipelineError> {
        let folder = data.join("ops").join(PERIODS);
        let names: BTreeMap<PathBuf, &Kept> = self
            .all
            .iter()
            .map(|kept| (folder.join(format!("{}.parquet", record_name(kept))), kept))
            .collect();
        for path in std::fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| !names.contains_key(path))
        {
            std::fs::remove_file(&path).map_err(|source| PipelineError::Io { path, source })?;
        }
        for (path, kept) in names {
            if !path.exists() {
                ops::write(data, PERIODS, &record_name(kept), &[row(kept)?])?;
            }
        }
        Ok(())
    }

    /// The files behind the tables of the source [`SOURCE`].
    pub fn files(&self, data: &Path, table: &str) -> Vec<PathBuf> {
        match table {
            LEDGER => self
                .closed()
                .map(|kept| store::ledger(&kept.folder))
                .collect(),
            PERIODS => self
                .all
                .iter()
                .map(|kept| ops::history::record_path(data, PERIODS, &record_name(kept)))
                .collect(),
            _ => Vec::new(),
        }
    }
}

fn digest<'a>(kept: impl Iterator<Item = &'a Kept>) -> String {
    let mut hash = Sha256::new();
    let mut any = false;
    for kept in kept {
        any = true;
        let text = serde_json::to_vec(&(&kept.close, &kept.reopening)).unwrap_or_default();
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    if any {
        hex::encode(hash.finalize())
    } else {
        String::new()
    }
}

/// What the record of a close is called: another name once it is ended, since a record is never changed.
fn record_name(kept: &Kept) -> String {
    let end = if kept.reopening.is_some() {
        REOPENED
    } else {
        ""
    };
    format!("{}{end}", name_of(&kept.close))
}

fn name_of(close: &Close) -> String {
    format!("{}-{}", close.period, close.closed_at.as_microsecond())
}

fn row(kept: &Kept) -> Result<arrow::array::RecordBatch, PipelineError> {
    let Close {
        period,
        closed_at,
        closed_by,
        release_id,
        entries,
        sha256,
        reason,
        quarantined_rows,
        quarantined_amount,
        ..
    } = &kept.close;
    let ended = kept.reopening.as_ref();
    let text = |text: Option<&String>| Cells::Text(vec![text.cloned()]);
    record(vec![
        ("period", Cells::text([period.to_string()])),
        ("closed_at", Cells::At(vec![Some(*closed_at)])),
        ("closed_by", Cells::text([closed_by])),
        ("release_id", Cells::text([release_id])),
        (
            "reopened_at",
            Cells::At(vec![ended.map(|ended| ended.reopened_at)]),
        ),
        ("reopened_by", text(ended.map(|ended| &ended.reopened_by))),
        (
            "reason",
            text(ended.map(|ended| &ended.reason).or(reason.as_ref())),
        ),
        ("entries", Cells::int([*entries])),
        ("sha256", Cells::text([sha256])),
        ("quarantined_rows", Cells::int([*quarantined_rows])),
        ("quarantined_amount", Cells::text([quarantined_amount])),
    ])
}
