//! Closes on disk.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::{Close, Kept, Period, Reopening};
use crate::PipelineError;

const LEDGER: &str = "ledger.parquet";
const HASH: &str = "ledger.sha256";
const CLOSE: &str = "close.json";
const REOPENED: &str = "reopened.json";
/// What a close is written in until it is whole.
const ASIDE: &str = ".closing-";

/// `closes/`, which need not be there.
pub(super) fn folder(data: &Path) -> PathBuf {
    data.join("closes")
}

pub(super) fn ledger(close: &Path) -> PathBuf {
    close.join(LEDGER)
}

/// Removes what killed closes left half written, and ends reopenings that were stopped half way.
pub(crate) fn clean_up(data: &Path) -> Result<(), PipelineError> {
    for path in folders(data) {
        let name = name_of(&path);
        if name.starts_with(ASIDE) {
            fs::remove_dir_all(&path).map_err(|source| PipelineError::Io { path, source })?;
        } else if name.parse::<Period>().is_ok() && path.join(REOPENED).exists() {
            set_aside(data, &path)?;
        }
    }
    Ok(())
}

/// Every close there is, in no order.
pub(super) fn kept(data: &Path) -> Result<Vec<Kept>, PipelineError> {
    let mut all = Vec::new();
    for path in folders(data) {
        let name = name_of(&path);
        let period = name
            .split_once(".reopened-")
            .map_or(&*name, |(period, _)| period);
        if period.parse::<Period>().is_err() {
            continue;
        }
        let close: Close = read(&path.join(CLOSE))?.ok_or_else(|| {
            PipelineError::Closes(format!(
                "{} has no {CLOSE}, so nobody can tell whether {period} is closed; nothing was published: put it back from a backup",
                path.display()
            ))
        })?;
        if close.period.to_string() != period {
            return Err(PipelineError::Closes(format!(
                "{} is the close of {}; nothing was published: give the folder its own name again",
                path.display(),
                close.period
            )));
        }
        let reopening: Option<Reopening> = read(&path.join(REOPENED))?;
        all.push(Kept {
            close,
            reopening,
            folder: path,
        });
    }
    Ok(all)
}

/// Holds the closed entries against what was closed.
pub(super) fn verify(folder: &Path, close: &Close) -> Result<(), PipelineError> {
    let path = ledger(folder);
    let (period, closed) = (close.period, close.sha256.as_str());
    let cure = "nothing was published: put the folder back from a backup, or reopen the period with `carton-caps period reopen`";
    let found = match hash(&path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(PipelineError::Closes(format!(
                "the closed period {period} has lost its entries, {}; {cure}",
                path.display()
            )));
        }
        Err(source) => return Err(PipelineError::Io { path, source }),
    };
    let beside = fs::read_to_string(folder.join(HASH)).unwrap_or_default();
    if found == closed && beside.split_whitespace().next() == Some(closed) {
        return Ok(());
    }
    let what = if found == closed { HASH } else { LEDGER };
    Err(PipelineError::Closes(format!(
        "the closed period {period} is not as it was closed: {} was changed (its entries have SHA-256 {found}, and were closed with \
         {closed}); {cure}",
        folder.join(what).display()
    )))
}

/// A folder that is filled aside and becomes a close when it is put in place; otherwise it is gone again.
pub(super) struct Aside {
    folder: PathBuf,
}

impl Aside {
    pub fn new(data: &Path, period: Period) -> Result<Self, PipelineError> {
        let folder = folder(data).join(format!("{ASIDE}{period}"));
        fs::create_dir_all(&folder).map_err(|source| io_error(&folder, source))?;
        Ok(Self { folder })
    }

    pub fn ledger(&self) -> PathBuf {
        ledger(&self.folder)
    }

    /// Hex SHA-256 of the entries, which stands beside them from now on.
    pub fn seal(&self) -> Result<String, PipelineError> {
        let path = self.ledger();
        let hash = File::open(&path)
            .and_then(|file| file.sync_all())
            .and_then(|()| hash(&path))
            .map_err(|source| io_error(&path, source))?;
        write(
            &self.folder.join(HASH),
            format!("{hash}  {LEDGER}\n").as_bytes(),
        )?;
        Ok(hash)
    }

    /// The period is closed once this returns, and not before.
    pub fn put_in_place(self, data: &Path, close: &Close) -> Result<(), PipelineError> {
        write_json(&self.folder.join(CLOSE), close)?;
        let place = folder(data).join(close.period.to_string());
        sync(&self.folder)
            .and_then(|()| fs::rename(&self.folder, &place))
            .and_then(|()| sync(&folder(data)))
            .and_then(|()| sync(data))
            .map_err(|source| io_error(&place, source))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if self.folder.exists()
            && let Err(error) = fs::remove_dir_all(&self.folder)
        {
            tracing::warn!(folder = %self.folder.display(), %error, "could not be removed; the next run tries again");
        }
    }
}

/// Ends a close: from the first rename on the period is open; what was closed is kept.
pub(super) fn reopen(data: &Path, kept: &Kept, reopening: &Reopening) -> Result<(), PipelineError> {
    write_json(&kept.folder.join(REOPENED), reopening)?;
    set_aside(data, &kept.folder)
}

/// Makes way for another close of the same period.
fn set_aside(data: &Path, close: &Path) -> Result<(), PipelineError> {
    let name = name_of(close);
    let place = (1_u32..)
        .map(|nth| folder(data).join(format!("{name}.reopened-{nth}")))
        .find(|place| !place.exists());
    if let Some(place) = place {
        fs::rename(close, &place)
            .and_then(|()| sync(&folder(data)))
            .map_err(|source| io_error(&place, source))?;
    }
    Ok(())
}

fn folders(data: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder(data)).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn hash(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hash)?;
    Ok(hex::encode(hash.finalize()))
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, PipelineError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(io_error(path, source)),
    };
    serde_json::from_slice(&text).map(Some).map_err(|error| {
        PipelineError::Closes(format!(
            "{} cannot be read ({error}), so nobody can tell what is closed; nothing was published: put it back from a backup",
            path.display()
        ))
    })
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), PipelineError> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|error| io_error(path, io::Error::other(error)))?;
    text.push(b'\n');
    write(path, &text)
}

/// Aside, and renamed into place.
fn write(path: &Path, bytes: &[u8]) -> Result<(), PipelineError> {
    let part = path.with_added_extension("part");
    let written = File::create(&part)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&part, path))
        .and_then(|()| path.parent().map_or(Ok(()), sync));
    written.map_err(|source| io_error(path, source))
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn io_error(path: &Path, source: io::Error) -> PipelineError {
    PipelineError::Io {
        path: path.to_owned(),
        source,
    }
}
