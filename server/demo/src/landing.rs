//! The landing folder: refused when it is in use, filled in one move.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::source::Source;
use crate::{DemoError, Written};

/// Hidden, so that a pipeline reading the folder passes it by.
pub const STAGING: &str = ".demo-in-progress";
/// In the staging folder from the moment the world in it is whole until all of it has been moved.
const WHOLE: &str = "whole";

/// Files in the making. Dropped before `publish`, it takes them with it.
pub struct Staging {
    out: PathBuf,
    path: PathBuf,
    _lock: File,
    written: Mutex<Written>,
}

impl Staging {
    /// Clears what a killed generation left behind, also where it was killed while its files were
    /// being moved into place.
    ///
    /// # Errors
    /// `Refused` when `out` holds landing files or another generation is at work in it.
    pub fn open(out: &Path) -> Result<Self, DemoError> {
        let path = out.join(STAGING);
        if !path.exists() {
            refuse_occupied(out)?;
        }
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
        let staging = Self {
            out: out.to_owned(),
            path,
            _lock: lock,
            written: Mutex::new(Written {
                files: 0,
                rows: Source::ALL.map(|s| (s.name().to_owned(), 0)).into(),
            }),
        };
        staging.take_back()?;
        refuse_occupied(out)?;
        for source in Source::ALL {
            remove_if_there(&staging.path.join(source.name()))?;
        }
        Ok(staging)
    }

    /// Moves back what a generation killed half-way through its moves had put in place already. The
    /// note `whole` lists what it had to move: what is not here any more is in place, and its own.
    fn take_back(&self) -> Result<(), DemoError> {
        let note = self.path.join(WHOLE);
        let listed = match fs::read_to_string(&note) {
            Ok(listed) => listed,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(&note)(error)),
        };
        let sources: Vec<&str> = listed.lines().collect();
        // The last line is there once the note itself is whole. With nothing left to move, the world is finished.
        let whole = sources.last() == Some(&"end");
        if whole && sources.iter().any(|s| self.path.join(s).exists()) {
            for source in Source::ALL.map(Source::name) {
                let staged = self.path.join(source);
                if sources.contains(&source) && !staged.exists() {
                    let placed = self.out.join(source);
                    match fs::rename(&placed, &staged) {
                        Err(error) if error.kind() != ErrorKind::NotFound => {
                            return Err(failed(&placed)(error));
                        }
                        _ => {}
                    }
                }
            }
        }
        fs::remove_file(&note).map_err(failed(&note))
    }

    /// Where the files in the making are.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes `<source>/dt=<day>/<name>` whole; gives its path below the landing folder.
    pub fn write(
        &self,
        source: Source,
        day: &str,
        name: &str,
        contents: &[u8],
        rows: u64,
    ) -> Result<String, DemoError> {
        let relative = format!("{}/dt={day}/{name}", source.name());
        let path = self.path.join(&relative);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed(folder))?;
        }
        File::create(&path)
            .and_then(|mut file| file.write_all(contents))
            .map_err(failed(&path))?;
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.files += 1;
        *written.rows.entry(source.name().to_owned()).or_default() += rows;
        Ok(relative)
    }

    /// Moves the sources into place, what refers to others last.
    pub fn publish(self) -> Result<Written, DemoError> {
        refuse_occupied(&self.out)?;
        let staged: Vec<&str> = Source::ALL
            .map(Source::name)
            .into_iter()
            .filter(|source| self.path.join(source).exists())
            .collect();
        let note = self.path.join(WHOLE);
        let listed = format!("{}\nend\n", staged.join("\n"));
        File::create(&note)
            .and_then(|mut file| {
                file.write_all(listed.as_bytes())?;
                file.sync_all()
            })
            .map_err(failed(&note))?;
        let mut moved: Vec<PathBuf> = Vec::new();
        for source in staged {
            let to = self.out.join(source);
            if let Err(error) = fs::rename(self.path.join(source), &to) {
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

pub fn failed(path: &Path) -> impl Fn(std::io::Error) -> DemoError + '_ {
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
    for source in Source::ALL.map(Source::name) {
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
