//! Landing files that are no longer what was taken in.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::BronzeFile;
use super::index::{Index, Seen};

/// Something about landing that is worth knowing and stops nothing. It is told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LandingNote {
    /// Relative to landing, with forward slashes.
    pub path: String,
    pub kind: NoteKind,
    pub sentence: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteKind {
    /// Other content under the path of a file that was taken in.
    Changed,
    /// A file that was taken in is gone.
    Deleted,
}

impl std::fmt::Display for NoteKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Changed => "changed",
            Self::Deleted => "deleted",
        })
    }
}

/// What is to be told, and which landing files of bronze are gone. `files` is all of bronze, those of this run have
/// `load_seq`; `seen` is what could be hashed in landing, `there` every path in landing.
pub(super) fn compare(
    index: &Index,
    files: &[BronzeFile],
    load_seq: i64,
    seen: &BTreeMap<String, Seen>,
    there: &HashSet<&str>,
) -> (Vec<LandingNote>, BTreeSet<String>) {
    let in_bronze: HashSet<&str> = files.iter().map(|file| file.file_id.as_str()).collect();
    let mut latest: HashMap<&str, &BronzeFile> = HashMap::new();
    for file in files.iter().filter(|file| file.load_seq < load_seq) {
        let at_path = latest.entry(&file.landing_path).or_insert(file);
        if file.load_seq > at_path.load_seq {
            *at_path = file;
        }
    }
    let mut notes = Vec::new();
    for (path, now) in seen {
        let told = index.landed.get(path).map(|seen| seen.file_id.as_str());
        // Without an index, what was taken in last from this path. Whoever holds an index has been told of that.
        let before = match told {
            Some(file_id) => in_bronze.get(file_id).copied(),
            None => latest.get(path.as_str()).map(|file| file.file_id.as_str()),
        };
        if let Some(before) = before
            && before != now.file_id
            && in_bronze.contains(now.file_id.as_str())
        {
            notes.push(LandingNote {
                path: path.clone(),
                kind: NoteKind::Changed,
                sentence: format!(
                    "{path} was changed after it was taken in: bronze keeps what it held ({}), and what it holds now is taken in as a \
                     file of its own ({}); deliver corrections as new files",
                    short(before),
                    short(&now.file_id)
                ),
            });
        }
    }
    let now: HashSet<&str> = seen.values().map(|seen| seen.file_id.as_str()).collect();
    // A folder that cannot be read stands for all that is in it.
    let is_there = |path: &str| {
        let folders = path.match_indices('/').map(|(end, _)| &path[..end]);
        folders.chain([path]).any(|part| there.contains(part))
    };
    let mut gone = BTreeSet::new();
    for file in files {
        let path = file.landing_path.as_str();
        // Under another name it is still there.
        if is_there(path) || now.contains(file.file_id.as_str()) {
            continue;
        }
        if gone.insert(path.to_owned()) && !index.gone.contains(path) {
            notes.push(LandingNote {
                path: path.to_owned(),
                kind: NoteKind::Deleted,
                sentence: format!(
                    "{path} is no longer in landing; bronze keeps its {} rows ({})",
                    file.rows,
                    short(&file.file_id)
                ),
            });
        }
    }
    notes.sort_by(|a, b| a.path.cmp(&b.path));
    (notes, gone)
}

fn short(file_id: &str) -> &str {
    file_id.get(..12).unwrap_or(file_id)
}
