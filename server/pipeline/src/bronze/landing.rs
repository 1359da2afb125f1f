//! What lies in the landing folder: `<source>/dt=YYYY-MM-DD/<file>`, in path order.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::format::{Format, KINDS};
use super::{SetAside, SourceSpec};
use crate::PipelineError;

/// A file in a day's folder of a source, not opened yet.
#[derive(Debug, Clone)]
pub(super) struct LandingFile {
    /// Position of its source in the specs.
    pub source: usize,
    pub dt: Date,
    /// Position among the files of its day, in path order.
    pub rank: i64,
    pub path: PathBuf,
    /// Relative to landing, with forward slashes.
    pub landing_path: String,
    pub bytes: u64,
    pub format: Format,
}

/// Files to read, by source, then path; and what lies where no file is expected.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub files: Vec<LandingFile>,
    pub set_aside: Vec<SetAside>,
}

/// Lists the landing files of `sources`.
///
/// # Errors
/// [`PipelineError::Landing`] when landing or the folder of a source is missing, or nothing lies in any.
pub(super) fn list(landing: &Path, sources: &[SourceSpec]) -> Result<Listing, PipelineError> {
    let names = sources
        .iter()
        .map(|source| source.name.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let how = format!(
        "put files there as {}, one folder for each of {names}, or make a demo world with `carton-caps demo --out {}`",
        expected(landing, "<source>"),
        landing.display()
    );
    if !landing.is_dir() {
        let state = if landing.exists() {
            "is not a folder"
        } else {
            "does not exist"
        };
        return Err(PipelineError::Landing(format!(
            "the landing folder {} {state}: {how}",
            landing.display()
        )));
    }
    let found = folders(landing);
    if !sources.iter().any(|source| found.contains(&source.name)) {
        let what = if found.is_empty() {
            "is empty".to_owned()
        } else {
            format!("holds none of the sources (found: {})", found.join(", "))
        };
        return Err(PipelineError::Landing(format!(
            "the landing folder {} {what}: {how}",
            landing.display()
        )));
    }
    if let Some(missing) = sources
        .iter()
        .find(|source| !source.optional && !found.contains(&source.name))
    {
        return Err(PipelineError::Landing(format!(
            "the source `{}` has no folder: its files are expected as {} (folders found: {}); nothing was published",
            missing.name,
            expected(landing, &missing.name),
            found.join(", ")
        )));
    }
    let mut listing = Listing::default();
    for (position, source) in sources.iter().enumerate() {
        if !found.contains(&source.name) {
            continue;
        }
        list_source(landing, position, &source.name, &mut listing);
    }
    if listing.files.is_empty() && listing.set_aside.is_empty() {
        return Err(PipelineError::Landing(format!(
            "the landing folder {} holds no files: {how}",
            landing.display()
        )));
    }
    Ok(listing)
}

/// Where the files of a source belong.
pub(super) fn expected(landing: &Path, source: &str) -> String {
    format!(
        "{}/{source}/dt=YYYY-MM-DD/<file>.csv (or .jsonl, .parquet; each also with .gz)",
        landing.display()
    )
}

fn folders(landing: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(landing)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

fn list_source(landing: &Path, source: usize, name: &str, listing: &mut Listing) {
    for day in visible(&landing.join(name), name, listing) {
        if !day.path.is_dir() {
            listing.set_aside.push(SetAside::new(
                day.landing_path,
                format!("it lies outside a day's folder; move it to {name}/dt=YYYY-MM-DD/"),
            ));
            continue;
        }
        let dt = day_of(&day.name);
        let mut rank = 0;
        for file in visible(&day.path, &day.landing_path, listing) {
            let Some(dt) = dt else {
                listing.set_aside.push(SetAside::new(
                    file.landing_path,
                    format!(
                        "its folder `{}` does not name a day; rename the folder to dt=YYYY-MM-DD",
                        day.name
                    ),
                ));
                continue;
            };
            match describe(&file) {
                Ok((format, bytes)) => {
                    let Entry {
                        path, landing_path, ..
                    } = file;
                    listing.files.push(LandingFile {
                        source,
                        dt,
                        rank,
                        path,
                        landing_path,
                        bytes,
                        format,
                    });
                    rank += 1;
                }
                Err(reason) => listing
                    .set_aside
                    .push(SetAside::new(file.landing_path, reason)),
            }
        }
    }
}

struct Entry {
    name: String,
    path: PathBuf,
    landing_path: String,
}

/// The entries of a folder in name order, without hidden and unfinished ones. A folder that cannot be read is set aside.
fn visible(folder: &Path, landing_path: &str, listing: &mut Listing) -> Vec<Entry> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) => {
            listing.set_aside.push(SetAside::new(
                landing_path.to_owned(),
                format!("the folder cannot be read ({error}); give this user the right to read it"),
            ));
            return Vec::new();
        }
    };
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    let mut visible = Vec::with_capacity(paths.len());
    for path in paths {
        let Some(name) = path.file_name().and_then(OsStr::to_str).map(str::to_owned) else {
            listing.set_aside.push(SetAside::new(
                format!(
                    "{landing_path}/{}",
                    path.file_name().unwrap_or_default().to_string_lossy()
                ),
                "its name is not UTF-8; rename it",
            ));
            continue;
        };
        if name.starts_with('.') || name.ends_with(".tmp") || name == "_SUCCESS" {
            continue;
        }
        let landing_path = format!("{landing_path}/{name}");
        visible.push(Entry {
            name,
            path,
            landing_path,
        });
    }
    visible
}

fn day_of(folder: &str) -> Option<Date> {
    let text = folder.strip_prefix("dt=")?;
    let date: Date = text.parse().ok()?;
    // Only the one way of writing a day, so that a day has one folder.
    (date.to_string() == text).then_some(date)
}

fn describe(file: &Entry) -> Result<(Format, u64), String> {
    let metadata = fs::metadata(&file.path).map_err(|error| {
        format!("it cannot be read ({error}); mend or remove it, it is tried again on the next run")
    })?;
    if metadata.is_dir() {
        return Err(
            "it is a folder, where files are expected; move its files up one level".to_owned(),
        );
    }
    match Format::of(&file.name) {
        Some(format) => Ok((format, metadata.len())),
        None => Err(format!(
            "its ending names no kind of file that is read; deliver it as {KINDS}"
        )),
    }
}
