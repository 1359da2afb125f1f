//! What stands in bronze, and what would be taken in; nothing is written.

use std::path::Path;

use jiff::civil::Date;
use serde::Serialize;

use super::index::{self, Index};
use super::jobs::{self, Found};
use super::landing::{Landing, LandingPlace, Listing};
use super::{BronzeFile, Meter, SetAside, SourceSpec, store};
use crate::PipelineError;

/// A landing file that is not in bronze.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewFile {
    /// Relative to landing, with forward slashes.
    pub path: String,
    pub source: String,
    pub bytes: u64,
    #[serde(skip)]
    pub file_id: String,
    #[serde(skip)]
    pub dt: Date,
    #[serde(skip)]
    pub ingest_seq: i64,
}

#[derive(Debug)]
pub(crate) struct Outlook {
    pub held: Vec<BronzeFile>,
    pub new: Vec<NewFile>,
    pub set_aside: Vec<SetAside>,
    /// The number that the load of the new files would have.
    pub load_seq: i64,
}

/// The files of bronze as they stand.
///
/// # Errors
/// [`PipelineError::Io`] for a damaged file.
pub(crate) fn held(
    data: &Path,
    sources: &[SourceSpec],
    threads: usize,
) -> Result<Vec<BronzeFile>, PipelineError> {
    let bronze = data.join("bronze");
    let landing = index::landing_name(&bronze).unwrap_or_default();
    let (before, mut index) = (Index::read(&bronze, &landing), Index::new(&landing));
    Ok(store::read(&bronze, sources, threads, &before, &mut index)?.files)
}

/// What [`super::ingest`] would find and take in, as far as names and hashes tell.
///
/// # Errors
/// As [`super::ingest`].
pub(crate) fn outlook(
    landing: &LandingPlace,
    data: &Path,
    sources: &[SourceSpec],
    threads: usize,
) -> Result<Outlook, PipelineError> {
    let bronze = data.join("bronze");
    let landing = Landing::open(landing)?;
    let before = Index::read(&bronze, &landing.to_string());
    let mut index = Index::new(&landing.to_string());
    let Listing {
        files,
        mut set_aside,
    } = landing.list(sources)?;
    let stored = store::read(&bronze, sources, threads, &before, &mut index)?;
    let silent = |_, _| {};
    let meter = Meter::new(0, &silent);
    let Found {
        jobs,
        set_aside: unread,
        ..
    } = jobs::find(
        &landing,
        files,
        sources,
        &stored.files,
        &before,
        threads,
        &meter,
    )?;
    set_aside.extend(unread);
    let new = jobs.into_iter().map(|job| NewFile {
        path: job.file.landing_path,
        source: sources[job.file.source].name.clone(),
        bytes: job.file.version.bytes,
        file_id: job.file_id,
        dt: job.file.dt,
        ingest_seq: job.ingest_seq,
    });
    Ok(Outlook {
        new: new.collect(),
        held: stored.files,
        set_aside,
        load_seq: index.next.load_seq,
    })
}
