//! Releases on Databricks: a schema each, listed in the table `releases`, one of them named by `current_release`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use arrow::array::{Array, RecordBatch, StringArray};
use jiff::civil::Date;
use marts::{Failure, FailureKind, ReleaseId, ReleaseInfo};
use tokio::sync::watch;

use super::relations::texts;
use super::rows;
use super::statements::{Ask, Session};
use crate::Refreshed;
use crate::release::is_release_id;

/// Everything as text, so that it is read the same whatever types the tables have.
const LISTING: &str = "\
SELECT r.release_id, r.schema_name, CAST(r.business_date AS STRING) AS business_date, r.zone, \
CAST(r.observed_from AS STRING) AS observed_from, CAST(r.observed_to AS STRING) AS observed_to, \
CASE WHEN c.release_id IS NULL THEN 'no' ELSE 'yes' END AS is_current \
FROM releases AS r LEFT JOIN current_release AS c ON c.release_id = r.release_id \
ORDER BY r.published_at DESC, r.release_id DESC \
LIMIT 1000";

/// A release and where its tables are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Published {
    pub info: ReleaseInfo,
    pub schema: String,
}

struct Listing {
    current: Published,
    /// The newest first.
    all: Vec<Published>,
}

/// The releases as they were at the last look.
pub(super) struct Pointer {
    listing: ArcSwapOption<Listing>,
    changes: watch::Sender<Option<ReleaseInfo>>,
    problem: Mutex<Option<Failure>>,
    /// Somebody asked something since the last look.
    is_asked: AtomicBool,
    looking: tokio::sync::Mutex<()>,
}

impl Default for Pointer {
    fn default() -> Self {
        Self {
            listing: ArcSwapOption::empty(),
            changes: watch::Sender::new(None),
            problem: Mutex::default(),
            is_asked: AtomicBool::new(false),
            looking: tokio::sync::Mutex::default(),
        }
    }
}

impl Pointer {
    pub fn changes(&self) -> watch::Receiver<Option<ReleaseInfo>> {
        self.changes.subscribe()
    }

    pub fn is_open(&self) -> bool {
        self.listing.load().is_some()
    }

    /// The release of this name, or the current one.
    ///
    /// # Errors
    /// Unavailable while there is none, with the reason; not found, where it is not listed.
    pub fn named(&self, release: Option<&ReleaseId>) -> Result<Published, Failure> {
        self.is_asked.store(true, Ordering::Release);
        let listing = self.listing()?;
        match release {
            Some(named) if *named != listing.current.info.id => listing
                .all
                .iter()
                .find(|published| published.info.id == *named)
                .cloned()
                .ok_or_else(|| not_kept(named, &listing.current)),
            _ => Ok(listing.current.clone()),
        }
    }

    /// The current release, then the newest first.
    ///
    /// # Errors
    /// As [`Pointer::named`].
    pub fn all(&self) -> Result<Vec<ReleaseInfo>, Failure> {
        let listing = self.listing()?;
        let current = &listing.current.info;
        let others = listing.all.iter().map(|published| &published.info);
        let others = others.filter(|info| info.id != current.id);
        Ok(std::iter::once(current).chain(others).cloned().collect())
    }

    fn listing(&self) -> Result<Arc<Listing>, Failure> {
        if let Some(listing) = self.listing.load_full() {
            return Ok(listing);
        }
        let problem = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        Err(problem.clone().unwrap_or_else(nothing_published))
    }

    /// Looks at the pointer, unless nobody asked anything since the last look: a warehouse that is looked at never stops
    /// by itself, and costs for as long as it runs.
    ///
    /// # Errors
    /// As [`Pointer::refresh`].
    pub async fn refresh_if_asked(&self, session: &Arc<Session>) -> Result<Refreshed, Failure> {
        let is_asked = self.is_asked.swap(false, Ordering::AcqRel);
        if !is_asked && self.is_open() {
            return Ok(Refreshed::Unchanged);
        }
        self.refresh(session).await
    }

    /// Looks at the pointer; another release is served from now on.
    ///
    /// # Errors
    /// Tables that are missing or damaged, and what statements fail of; what was served before is served on.
    pub async fn refresh(&self, session: &Arc<Session>) -> Result<Refreshed, Failure> {
        let _alone = self.looking.lock().await;
        let looked = self.look(session).await;
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) =
            looked.as_ref().err().cloned();
        looked
    }

    async fn look(&self, session: &Arc<Session>) -> Result<Refreshed, Failure> {
        let ask = Ask {
            sql: LISTING.to_owned(),
            schema: session.options.schema.clone(),
            ..Ask::default()
        };
        let (_, batches) = rows::query(session, ask).await.map_err(|failure| {
            if failure.kind == FailureKind::BadRequest {
                no_tables(&session.options.schema).with_detail(failure.detail)
            } else {
                failure
            }
        })?;
        let mut all = Vec::new();
        let mut current = Vec::new();
        for batch in &batches {
            for (published, is_current) in read(batch)? {
                if is_current {
                    current.push(published.clone());
                }
                all.push(published);
            }
        }
        let current = match current.as_slice() {
            [current] => current.clone(),
            [] if self.is_open() => {
                return Err(Failure::unavailable(
                    "The table current_release names no release any more; the last one is served on. Push a release again.",
                ));
            }
            [] => return Ok(Refreshed::NothingPublished),
            _ => {
                return Err(damaged(
                    "the table current_release names more than one release",
                ));
            }
        };
        let id = current.info.id.clone();
        let before = self.listing.load_full();
        let is_new = before.is_none_or(|before| before.current != current);
        let info = current.info.clone();
        self.listing.store(Some(Arc::new(Listing { current, all })));
        if is_new {
            self.changes.send_replace(Some(info));
            Ok(Refreshed::Now(id))
        } else {
            Ok(Refreshed::Unchanged)
        }
    }
}

fn read(batch: &RecordBatch) -> Result<Vec<(Published, bool)>, Failure> {
    let column = |name: &str| texts(batch, name);
    let (ids, schemas) = (column("release_id")?, column("schema_name")?);
    let (dates, zones) = (column("business_date")?, column("zone")?);
    let (from, to) = (column("observed_from")?, column("observed_to")?);
    let currents = column("is_current")?;
    let one = |row: usize| {
        let id = text(&ids, row).filter(|id| is_release_id(id));
        let id = id.ok_or_else(|| damaged("a release_id is no release's id"))?;
        let schema = text(&schemas, row).filter(|schema| !schema.is_empty());
        let schema = schema.ok_or_else(|| damaged("a schema_name is missing"))?;
        let business_date = day(&dates, row)?;
        let business_date = business_date.ok_or_else(|| damaged("a business_date is missing"))?;
        let published = Published {
            info: ReleaseInfo {
                id: ReleaseId(id.to_owned()),
                business_date,
                observed: day(&from, row)?.zip(day(&to, row)?),
                zone: text(&zones, row).unwrap_or("UTC").to_owned(),
            },
            schema: schema.to_owned(),
        };
        Ok((published, text(&currents, row) == Some("yes")))
    };
    (0..batch.num_rows()).map(one).collect()
}

fn text(column: &StringArray, row: usize) -> Option<&str> {
    (!column.is_null(row)).then(|| column.value(row))
}

fn day(column: &StringArray, row: usize) -> Result<Option<Date>, Failure> {
    text(column, row)
        .map(|text| text.parse().map_err(|_| damaged("a day is no day")))
        .transpose()
}

fn damaged(what: &str) -> Failure {
    Failure::unavailable(format!(
        "The list of releases on Databricks is damaged: {what}. Push a release again."
    ))
}

fn nothing_published() -> Failure {
    Failure::unavailable(
        "No release on Databricks is marked as the current one yet. Push one; it is shown as soon as it is there.",
    )
}

fn no_tables(schema: &str) -> Failure {
    Failure::unavailable(format!(
        "The schema {schema} on Databricks has no tables `releases` and `current_release` that we can read. Push a release, or check catalog and schema under [databricks]."
    ))
}

fn not_kept(named: &ReleaseId, current: &Published) -> Failure {
    let shown: String = named
        .0
        .chars()
        .filter(|c| !c.is_control())
        .take(80)
        .collect();
    Failure::not_found(format!(
        "There is no release “{shown}”, or it is not kept any more. Take it out of the address to see the current one, {}.",
        current.info.id
    ))
}
