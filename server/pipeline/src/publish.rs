//! Releases: which one is current, how a built one becomes it, and how many old ones stay.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use warehouse::Manifest;
use warehouse::release::{
    gold_path, manifest_path, read_current, read_manifest, release_dir, releases_dir,
};

use crate::{PipelineError, ops};

const BUILDING: &str = ".building-";
/// Readers may still hold older releases open; they keep what they opened.
const KEPT_RELEASES: usize = 5;

/// The folder a release is built in; gone again unless it was published.
#[derive(Debug)]
pub(crate) struct Building {
    folder: PathBuf,
}

impl Building {
    pub fn new(data: &Path, run_id: &str) -> Result<Self, PipelineError> {
        let folder = releases_dir(data).join(format!("{BUILDING}{run_id}"));
        fs::create_dir_all(&folder).map_err(|source| PipelineError::Io {
            path: folder.clone(),
            source,
        })?;
        Ok(Self { folder })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn gold(&self) -> PathBuf {
        self.folder.join("gold.duckdb")
    }

    /// Begins gold with a copy of a release's, which nobody else reads.
    pub fn start_from(&self, data: &Path, base: &str) -> Result<(), PipelineError> {
        let to = self.gold();
        fs::copy(gold_path(data, base), &to)
            .map(|_| ())
            .map_err(|source| disk(to, source))
    }

    /// Makes way for a gold that is built anew.
    pub fn start_anew(&self) -> Result<(), PipelineError> {
        for path in [self.gold(), self.gold().with_added_extension("wal")] {
            match fs::remove_file(&path) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(PipelineError::Io { path, source });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Renames the finished folder to its release's name. A damaged release of that name makes way.
    pub fn put_in_place(self, data: &Path, release: &str) -> Result<(), PipelineError> {
        let place = release_dir(data, release);
        let renamed = sync(&self.folder).and_then(|()| {
            if place.exists() {
                fs::remove_dir_all(&place)?;
            }
            fs::rename(&self.folder, &place)?;
            sync(&releases_dir(data))
        });
        renamed.map_err(|source| disk(place, source))
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        if self.folder.exists()
            && let Err(error) = fs::remove_dir_all(&self.folder)
        {
            tracing::warn!(folder = %self.folder.display(), %error, "could not be removed; the next run tries again");
        }
    }
}

/// Removes what killed runs left half made. Nothing that anybody reads.
pub(crate) fn clean_up(data: &Path) -> Result<(), PipelineError> {
    let building = fs::read_dir(releases_dir(data))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let building = building.filter(|path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(BUILDING))
    });
    for path in building
        .chain(ops::leftovers(data))
        .chain([data.join("current.tmp")])
    {
        let removed = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        match removed {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(PipelineError::Io { path, source });
            }
            _ => {}
        }
    }
    Ok(())
}

/// The id that `current` names; a damaged pointer is told and counts as none, since this run writes it anew.
pub(crate) fn current(data: &Path) -> Option<String> {
    read_current(data).unwrap_or_else(|failure| {
        tracing::warn!("{} This run writes the pointer anew.", failure.message);
        None
    })
}

/// The release of this fingerprint that can be served as it stands; `None` when there is none. Where a full refresh
/// gave other tables of the same inputs, there are several, and the last one counts. A damaged one is told, since it
/// has to be built again.
pub(crate) fn whole(data: &Path, release: &str, fingerprint: &str) -> Option<Manifest> {
    for id in of_inputs(data, release).into_iter().rev() {
        match inspect(data, &id) {
            Ok(manifest) if manifest.fingerprint == fingerprint => return Some(manifest),
            Ok(_) => {}
            Err(why) => tracing::warn!("{why} This run builds it again."),
        }
    }
    None
}

/// The id under which another outcome of the same inputs is published.
pub(crate) fn next_id(data: &Path, release: &str) -> String {
    let last = of_inputs(data, release).last().map(|id| turn(id, release));
    match last.flatten() {
        Some(turn) => format!("{release}{TURN}{}", turn + 1),
        None => release.to_owned(),
    }
}

/// All releases of one set of inputs: `id`, `id-r2`, `id-r3`.
fn of_inputs(data: &Path, release: &str) -> Vec<String> {
    let mut found: Vec<(u64, String)> = fs::read_dir(releases_dir(data))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter_map(|id| Some((turn(&id, release)?, id)))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, id)| id).collect()
}

const TURN: &str = "-r";

fn turn(id: &str, release: &str) -> Option<u64> {
    let rest = id.strip_prefix(release)?;
    if rest.is_empty() {
        return Some(1);
    }
    rest.strip_prefix(TURN)?.parse().ok()
}

/// What the current release says of itself, where it is whole.
pub(crate) fn current_whole(data: &Path, current: Option<&str>) -> Option<Manifest> {
    inspect(data, current?).ok()
}

/// Tells of a current release that is damaged, though this run builds another one.
pub(crate) fn warn_if_damaged(data: &Path, release: &str) {
    if let Err(why) = inspect(data, release) {
        tracing::warn!("The current release cannot be served: {why} This run publishes a new one.");
    }
}

fn inspect(data: &Path, release: &str) -> Result<Manifest, String> {
    let manifest = read_manifest(data, release).map_err(|failure| failure.message)?;
    let gold = gold_path(data, release);
    let bytes = fs::metadata(&gold)
        .map_err(|error| format!("{} cannot be read: {error}.", gold.display()))?
        .len();
    if manifest.gold_bytes != 0 && bytes != manifest.gold_bytes {
        return Err(format!(
            "{} is damaged: it has {bytes} bytes instead of {}.",
            gold.display(),
            manifest.gold_bytes
        ));
    }
    // DuckDB's files begin with a checksum, then these letters.
    let start = fs::File::open(&gold).and_then(|mut file| {
        let mut start = [0; 12];
        std::io::Read::read_exact(&mut file, &mut start).map(|()| start)
    });
    match start {
        Ok(start) if &start[8..] == b"DUCK" => Ok(manifest),
        Ok(_) => Err(format!(
            "{} is damaged: it is no DuckDB file.",
            gold.display()
        )),
        Err(error) => Err(format!("{} cannot be read: {error}.", gold.display())),
    }
}

/// Removes the oldest releases but the last few, and never the current one.
pub(crate) fn prune(data: &Path, current: &str) {
    let mut releases: Vec<(jiff::Timestamp, String)> = fs::read_dir(releases_dir(data))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|id| manifest_path(data, id).is_file())
        .filter_map(|id| {
            read_manifest(data, &id)
                .ok()
                .map(|manifest| (manifest.published_at, id))
        })
        .collect();
    releases.sort_unstable();
    let too_many = releases.len().saturating_sub(KEPT_RELEASES);
    for (_, id) in releases
        .into_iter()
        .take(too_many)
        .filter(|(_, id)| id != current)
    {
        if let Err(error) = fs::remove_dir_all(release_dir(data, &id)) {
            tracing::warn!(release = %id, %error, "an old release could not be removed; the next run tries again");
        }
    }
}

/// An error of the disk, in words where it is full.
fn disk(path: PathBuf, error: std::io::Error) -> PipelineError {
    let source = match error.kind() {
        kind @ (std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded) => {
            let words = "the disk is full; the current release is as it was: free some space, then run again";
            std::io::Error::new(kind, words)
        }
        _ => error,
    };
    PipelineError::Io { path, source }
}

fn sync(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}
