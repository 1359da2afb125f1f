//! The landing folder: refused when it is in use, filled in one move.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::{DemoError, Written};

/// The landing sources of the whole product; this crate makes the first four.
const SOURCES: [&str; 6] = [
    "schools",
    "products",
    "users",
    "purchases",
    "referrals",
    "events",
];
/// Hidden, so that a pipeline reading the folder passes it by.
const STAGING: &str = ".demo-in-progress";

/// Files in the making. Dropped before `publish`, it takes them with it.
pub struct Staging {
    out: PathBuf,
    path: PathBuf,
    _lock: File,
    written: Mutex<Written>,
}

impl Staging {
    /// # Errors
    /// `Refused` when `out` holds landing files or another generation is at work in it.
    pub fn open(out: &Path) -> Result<Self, DemoError> {
        refuse_occupied(out)?;
        let path = out.join(STAGING);
        fs::create_dir_all(&path).map_err(failed(&path))?;
        let lock_path = path.join("lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(failed(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DemoError::Refused(format!(
                    "Another demo world is being made in {}. Nothing was written. \
                     Wait until it is done, or choose another folder.",
                    out.display()
                )));
            }
            Err(TryLockError::Error(source)) => return Err(failed(&lock_path)(source)),
        }
        // What a killed generation left behind.
        for source in SOURCES {
            remove_if_there(&path.join(source))?;
        }
        Ok(Self {
            out: out.to_owned(),
            path,
            _lock: lock,
            written: Mutex::new(Written {
                files: 0,
                rows: SOURCES[..4].iter().map(|s| ((*s).to_owned(), 0)).collect(),
            }),
        })
    }

    /// Where the files in the making are.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes `<source>/dt=<day>/<source>.csv` whole.
    pub fn write(
        &self,
        source: &str,
        day: &str,
        contents: &[u8],
        rows: u64,
    ) -> Result<(), DemoError> {
        let folder = self.path.join(source).join(format!("dt={day}"));
        fs::create_dir_all(&folder).map_err(failed(&folder))?;
        let path = folder.join(format!("{source}.csv"));
        File::create(&path)
            .and_then(|mut file| file.write_all(contents))
            .map_err(failed(&path))?;
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.files += 1;
        *written.rows.entry(source.to_owned()).or_default() += rows;
        Ok(())
    }

    /// Moves the sources into place, purchases last: whoever sees them sees what they refer to.
    pub fn publish(self) -> Result<Written, DemoError> {
        refuse_occupied(&self.out)?;
        let mut moved: Vec<PathBuf> = Vec::new();
        for source in SOURCES {
            let from = self.path.join(source);
            if !from.exists() {
                continue;
            }
            let to = self.out.join(source);
            if let Err(error) = fs::rename(&from, &to) {
                for done in moved {
                    let _ = fs::remove_dir_all(done);
                }
                return Err(failed(&to)(error));
            }
            moved.push(to);
        }
        let written = self
            .written
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        Ok(written)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // Best effort: the next generation clears what could not be removed.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> DemoError + '_ {
    move |source| DemoError::Write {
        path: path.to_owned(),
        source,
    }
}

fn remove_if_there(path: &Path) -> Result<(), DemoError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(path)(error)),
        _ => Ok(()),
    }
}

fn refuse_occupied(out: &Path) -> Result<(), DemoError> {
    for source in SOURCES {
        let folder = out.join(source);
        let occupied = match fs::read_dir(&folder) {
            Ok(mut entries) => entries.next().is_some(),
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return Err(failed(&folder)(error)),
        };
        if occupied {
            return Err(DemoError::Refused(format!(
                "{} already holds landing files (in {source}/). Nothing was written. \
                 Choose an empty folder, or delete this one first.",
                out.display()
            )));
        }
    }
    Ok(())
}
