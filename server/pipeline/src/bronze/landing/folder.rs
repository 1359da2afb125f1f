//! Landing in a folder of this machine.

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};

use super::super::Fault;
use super::super::content::unreadable;
use super::super::index::nanoseconds;
use super::{Entry, Version, What};

pub(super) struct Folder(pub PathBuf);

impl Folder {
    pub(super) fn folders(&self) -> Vec<String> {
        fs::read_dir(&self.0)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| entry.path().is_dir())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    }

    pub(super) fn entries(&self, source: &str) -> Vec<Entry> {
        let mut entries = Vec::new();
        for day in children(&self.0.join(source), source) {
            let name = day.landing_path.clone();
            let is_folder = matches!(day.what, What::Folder);
            entries.push(day);
            if is_folder {
                entries.extend(children(&self.0.join(&name), &name));
            }
        }
        entries
    }

    pub(super) fn read(&self, landing_path: &str) -> Result<File, Fault> {
        File::open(self.0.join(landing_path)).map_err(|error| unreadable(&error))
    }
}

/// What lies in a folder, in name order; where it cannot be read, the folder as such.
fn children(folder: &Path, landing_path: &str) -> Vec<Entry> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) => {
            return vec![Entry {
                landing_path: landing_path.to_owned(),
                what: What::Unreadable(format!(
                    "the folder cannot be read ({error}); give this user the right to read it"
                )),
            }];
        }
    };
    let mut names: Vec<_> = entries.into_iter().map(|entry| entry.file_name()).collect();
    names.sort();
    names
        .into_iter()
        .map(|name| {
            let what = match name.to_str() {
                Some(name) => look_at(&folder.join(name)),
                None => What::Unreadable("its name is not UTF-8; rename it".to_owned()),
            };
            Entry {
                landing_path: format!("{landing_path}/{}", name.to_string_lossy()),
                what,
            }
        })
        .collect()
}

fn look_at(path: &Path) -> What {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => What::Folder,
        Ok(metadata) => What::File(version(&metadata)),
        Err(error) => What::Unreadable(format!(
            "it cannot be read ({error}); mend or remove it, it is tried again on the next run"
        )),
    }
}

/// By its times: of the last change of its content, which programs can set, and, where there is one, of the last change
/// of anything about it, which they cannot.
fn version(metadata: &Metadata) -> Version {
    let modified = metadata.modified().map_or(i64::MAX, nanoseconds);
    #[cfg(unix)]
    let changed = {
        use std::os::unix::fs::MetadataExt;
        metadata
            .ctime()
            .saturating_mul(1_000_000_000)
            .saturating_add(metadata.ctime_nsec())
    };
    #[cfg(not(unix))]
    let changed = modified;
    Version {
        bytes: metadata.len(),
        tag: format!("{modified} {changed}"),
        changed_at: Some(modified.max(changed)),
    }
}
