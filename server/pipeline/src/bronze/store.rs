//! What stands in the bronze folder.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::index::Index;
use super::parallel::parallel;
use super::parquet_file::{self, Footer};
use super::{BronzeFile, SourceSpec, take_in};
use crate::PipelineError;

/// Bronze as a run finds it.
#[derive(Debug, Default)]
pub(super) struct Stored {
    pub files: Vec<BronzeFile>,
    pub outdated: Vec<Outdated>,
}

/// What the next load is to have at least, so that neither ever goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Next {
    pub load_seq: i64,
    /// Microseconds since 1970, UTC.
    pub ingested_at: i64,
}

impl Next {
    pub(super) const FIRST: Self = Self {
        load_seq: 1,
        ingested_at: i64::MIN,
    };

    /// After a load that had these.
    pub(super) fn after(self, load_seq: i64, ingested_at: i64) -> Self {
        Self {
            load_seq: self.load_seq.max(load_seq.saturating_add(1)),
            ingested_at: self.ingested_at.max(ingested_at.saturating_add(1)),
        }
    }
}

/// A bronze file of another format, which is not used: its landing file is taken in anew.
#[derive(Debug)]
pub(super) struct Outdated {
    pub source: String,
    pub file_id: String,
    path: PathBuf,
}

impl Outdated {
    /// What is said when its landing file is gone.
    pub(super) fn refusal(&self) -> PipelineError {
        PipelineError::Landing(format!(
            "the bronze file {} was written by another version of this program, and its landing file is no longer there to be \
             taken in anew; nothing was published: bring the landing file back, or remove the bronze file to go on without its \
             rows",
            self.path.display()
        ))
    }
}

/// Lists all bronze files of `sources`, opening those that the index `before` does not know, and puts them into `index`.
///
/// # Errors
/// [`PipelineError::Io`] for a damaged file.
pub(super) fn read(
    bronze: &Path,
    sources: &[SourceSpec],
    threads: usize,
    before: &Index,
    index: &mut Index,
) -> Result<Stored, PipelineError> {
    let mut paths = Vec::new();
    for source in sources {
        for path in entries(&bronze.join(&source.name))? {
            if path.extension().is_some_and(|ending| ending == "parquet") {
                paths.push((source, path));
            }
        }
    }
    let footers = parallel(threads, &paths, |(source, path)| {
        let bytes = fs::metadata(path).map_or(0, |metadata| metadata.len());
        match before.footer(&source.name, &file_id(path), bytes) {
            Some(footer) => Ok(Some(footer.clone())),
            None => footer(&source.name, path),
        }
    })?;
    index.next = before.next;
    let mut stored = Stored::default();
    for ((source, path), footer) in paths.into_iter().zip(footers) {
        let file_id = file_id(&path);
        let Some(footer) = footer else {
            stored.outdated.push(Outdated {
                source: source.name.clone(),
                file_id,
                path,
            });
            continue;
        };
        index.next = index.next.after(footer.load_seq, footer.ingested_at);
        let file = BronzeFile {
            source: footer.origin.source,
            file_id,
            landing_path: footer.origin.landing_path,
            dt: footer.origin.dt,
            ingest_seq: footer.origin.ingest_seq,
            load_seq: footer.load_seq,
            rows: footer.rows,
            bytes: footer.origin.bytes,
            path,
        };
        index.know(&file, footer.ingested_at);
        stored.files.push(file);
    }
    Ok(stored)
}

fn file_id(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn footer(source: &str, path: &Path) -> Result<Option<Footer>, PipelineError> {
    let damaged = |error: io::Error| PipelineError::Io {
        path: path.to_owned(),
        source: io::Error::new(
            error.kind(),
            format!(
                "this bronze file is damaged ({error}); nothing was published: remove it and run again, it is taken in from landing anew"
            ),
        ),
    };
    let footer = parquet_file::describe(path).map_err(damaged)?;
    match &footer {
        Some(footer) if footer.origin.source != source => Err(damaged(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("it belongs to the source `{}`", footer.origin.source),
        ))),
        _ => Ok(footer),
    }
}

/// Removes what a killed run left half written.
pub(super) fn clean_up(bronze: &Path) -> Result<(), PipelineError> {
    let folders = entries(bronze)?;
    for folder in folders.iter().map(PathBuf::as_path).chain([bronze]) {
        for path in entries(folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') && name.ends_with(".tmp") {
                fs::remove_file(&path).map_err(|source| PipelineError::Io {
                    path: path.clone(),
                    source,
                })?;
            }
        }
    }
    Ok(())
}

/// What lies in a folder, in name order; nothing where there is no such folder.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, PipelineError> {
    let listed = fs::read_dir(folder).and_then(|entries| {
        entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect()
    });
    match listed {
        Ok::<Vec<PathBuf>, _>(mut paths) => {
            paths.sort();
            Ok(paths)
        }
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(Vec::new())
        }
        Err(source) => Err(PipelineError::Io {
            path: folder.to_owned(),
            source,
        }),
    }
}

pub(super) fn create_folder(folder: &Path) -> Result<(), PipelineError> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(|error| take_in::disk(folder, error))?;
    folder.ancestors().skip(1).take(2).try_for_each(sync_folder)
}

pub(super) fn sync_folder(folder: &Path) -> Result<(), PipelineError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| take_in::disk(folder, error))
}
