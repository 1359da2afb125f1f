//! Landing files into bronze: each file once, by content hash, every field as text.
//!
//! A bronze file is written aside under a hidden name and renamed into place, so that what stands in
//! `bronze/<source>/<file-sha256>.parquet` is whole, whenever a run was killed; its footer says where it comes from.

mod content;
mod csv;
mod drift;
mod format;
mod index;
mod jobs;
mod json_lines;
mod landing;
pub(crate) mod lineage;
mod notes;
mod outlook;
mod parallel;
mod parquet_file;
mod reading;
mod row_hash;
mod store;
mod take_in;
#[cfg(test)]
mod tests;
mod typed;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use jiff::civil::Date;

pub use self::drift::{SchemaChange, SchemaDrift};
use self::index::Index;
use self::jobs::Found;
pub use self::landing::LandingPlace;
use self::landing::{Landing, Listing};
pub use self::notes::{LandingNote, NoteKind};
use self::parallel::parallel;
use self::parquet_file::Stamp;
use self::take_in::take_in;
use crate::PipelineError;

pub use self::outlook::NewFile;
pub(crate) use self::outlook::{Outlook, held, outlook};

/// What bronze took in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ingested {
    pub files: u64,
    pub rows: u64,
}

/// A file that could not be read. It stays in landing and is tried again on the next run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Relative to landing, with forward slashes.
    pub path: String,
    /// A sentence: what is wrong with it and what to do.
    pub reason: String,
}

impl SetAside {
    fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            reason: reason.into(),
        }
    }
}

impl std::fmt::Display for SetAside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.path, self.reason)
    }
}

/// A landing source: its folder's name and the columns its files have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceSpec {
    pub name: String,
    /// Landing may be without it.
    pub optional: bool,
    /// In the order that bronze has them.
    pub columns: Vec<ColumnSpec>,
}

/// A column that a source's files have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnSpec {
    pub name: String,
    /// A file without it stops the run.
    pub required: bool,
    /// What silver casts it to, such as `decimal(18,2)`; text where nothing is said.
    pub data_type: Option<String>,
}

impl SourceSpec {
    fn column_names(&self) -> Vec<String> {
        self.columns
            .iter()
            .map(|column| column.name.clone())
            .collect()
    }
}

/// A file of bronze.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BronzeFile {
    pub source: String,
    /// SHA-256, in hex, of the landing file's bytes.
    pub file_id: String,
    /// Relative to landing, with forward slashes.
    pub landing_path: String,
    pub dt: Date,
    /// Orders the files of a source; no two have the same.
    pub ingest_seq: i64,
    /// The load that took it in: all files of one run have the same, greater than that of every file before.
    pub load_seq: i64,
    pub rows: u64,
    /// The landing file's size.
    pub bytes: u64,
    pub path: PathBuf,
}

/// What is in bronze after [`ingest`].
#[derive(Debug)]
pub(crate) struct Landed {
    /// What this run took in.
    pub ingested: Ingested,
    pub set_aside: Vec<SetAside>,
    /// How the files that this run took in differ from what their sources declare.
    pub drift: Vec<SchemaDrift>,
    /// Landing files that are no longer what was taken in; each is told once.
    pub notes: Vec<LandingNote>,
    /// All bronze files of the sources, old and new, by source (in the order of the specs), then `ingest_seq`.
    pub files: Vec<BronzeFile>,
}

/// Takes into bronze every landing file that is not there yet; without one, nothing on disk changes. `progress` is
/// called with bytes of landing done and in total. The caller holds the lock on `data`: leftovers of other runs are removed.
///
/// # Errors
/// [`PipelineError::Landing`] when landing, a source, or a required column of a file is missing, or a source has no file
/// that could ever be read; [`PipelineError::Io`] when the disk is full or bronze is damaged. Files taken in before stay.
pub(crate) fn ingest(
    landing: &LandingPlace,
    data: &Path,
    sources: &[SourceSpec],
    threads: usize,
    run_id: &str,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Landed, PipelineError> {
    let bronze = data.join("bronze");
    store::clean_up(&bronze)?;
    let landing = Landing::open(landing)?;
    let before = Index::read(&bronze, &landing.to_string());
    let mut index = Index::new(&landing.to_string());
    let Listing {
        files: landing_files,
        mut set_aside,
    } = landing.list(sources)?;
    let total = landing_files.iter().map(|file| file.version.bytes).sum();
    let meter = Meter::new(total, progress);
    let stored = store::read(&bronze, sources, threads, &before, &mut index)?;
    let mut files = stored.files;
    let load_seq = index.next.load_seq;
    let paths: Vec<String> = landing_files
        .iter()
        .map(|file| file.landing_path.clone())
        .chain(set_aside.iter().map(|file| file.path.clone()))
        .collect();
    let Found {
        jobs,
        seen,
        set_aside: unread,
    } = jobs::find(
        &landing,
        landing_files,
        sources,
        &files,
        &before,
        threads,
        &meter,
    )?;
    set_aside.extend(unread);
    if let Some(lost) = stored.outdated.iter().find(|outdated| {
        !jobs.iter().any(|job| {
            job.file_id == outdated.file_id && sources[job.file.source].name == outdated.source
        })
    }) {
        return Err(lost.refusal());
    }
    let mut ingested = Ingested::default();
    let mut drift = Vec::new();
    if !jobs.is_empty() {
        for source in sources {
            store::create_folder(&bronze.join(&source.name))?;
        }
        let stamp = Stamp {
            run_id: run_id.to_owned(),
            load_seq,
            ingested_at: Timestamp::now()
                .as_microsecond()
                .max(index.next.ingested_at),
        };
        index.next = index.next.after(stamp.load_seq, stamp.ingested_at);
        let outcome = parallel(threads, &jobs, |job| {
            let source = &sources[job.file.source];
            match take_in(&landing, job, source, &bronze, &stamp, &meter) {
                Ok(taken) => Ok(Ok(taken)),
                Err(Fault::SetAside(reason)) => {
                    Ok(Err(SetAside::new(job.file.landing_path.clone(), reason)))
                }
                Err(Fault::Fatal(error)) => Err(error),
            }
        });
        // Renames are made durable whatever happened: what was taken in is kept.
        for source in sources {
            store::sync_folder(&bronze.join(&source.name))?;
        }
        for taken in outcome? {
            match taken {
                Ok((file, differs)) => {
                    ingested.files += 1;
                    ingested.rows += file.rows;
                    index.know(&file, stamp.ingested_at);
                    files.push(file);
                    drift.extend(differs);
                }
                Err(file) => set_aside.push(file),
            }
        }
    }
    if let Some(source) = sources
        .iter()
        .find(|source| !source.optional && !files.iter().any(|file| file.source == source.name))
    {
        return Err(PipelineError::Landing(no_file(
            &landing, source, &set_aside,
        )));
    }
    let there = paths.iter().map(String::as_str).collect();
    let (notes, gone) = notes::compare(&before, &files, load_seq, &seen, &there);
    (index.landed, index.gone) = (seen, gone);
    index.replace(&before, &bronze);
    let order: HashMap<&str, usize> = sources
        .iter()
        .enumerate()
        .map(|(i, source)| (source.name.as_str(), i))
        .collect();
    files.sort_by(|a, b| {
        (order[a.source.as_str()], a.ingest_seq).cmp(&(order[b.source.as_str()], b.ingest_seq))
    });
    set_aside.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Landed {
        ingested,
        set_aside,
        drift,
        notes,
        files,
    })
}

fn no_file(landing: &Landing, source: &SourceSpec, set_aside: &[SetAside]) -> String {
    let prefix = format!("{}/", source.name);
    let faults: Vec<String> = set_aside
        .iter()
        .filter(|file| file.path.starts_with(&prefix))
        .take(3)
        .map(ToString::to_string)
        .collect();
    let why = if faults.is_empty() {
        String::new()
    } else {
        format!(" ({})", faults.join("; "))
    };
    format!(
        "no file of the source `{}` could be read{why}: its files are expected as {}; nothing was published",
        source.name,
        landing.expected(&source.name)
    )
}

/// Why a file did not get into bronze.
#[derive(Debug)]
enum Fault {
    /// The file is left where it is, and the run goes on. A sentence about the file: what is wrong, what to do.
    SetAside(String),
    Fatal(PipelineError),
}

/// Bytes of landing that are done, for a progress bar.
struct Meter<'a> {
    done: AtomicU64,
    total: u64,
    progress: &'a (dyn Fn(u64, u64) + Sync),
}

impl<'a> Meter<'a> {
    fn new(total: u64, progress: &'a (dyn Fn(u64, u64) + Sync)) -> Self {
        Self {
            done: AtomicU64::new(0),
            total,
            progress,
        }
    }

    fn advance(&self, bytes: u64) {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        (self.progress)(done.min(self.total), self.total);
    }
}
