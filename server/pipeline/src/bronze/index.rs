//! What was found out of landing and bronze files, so that no run finds it out again. It is a cache: where it is missing,
//! damaged or of another landing, everything is hashed and opened as on a first run, and it is made anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use twox_hash::XxHash64;

use super::BronzeFile;
use super::landing::Version;
use super::parquet_file::{Footer, Origin};
use super::store::Next;

const FORMAT: u32 = 1;
/// A file that changed so shortly before it was looked at may have changed after that within one tick of its file
/// system's clock, and look the same. Nanoseconds.
const RACY: i64 = 2_000_000_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Index {
    format: u32,
    /// Where `landed` lies.
    landing: String,
    /// When landing was looked at; nanoseconds since 1970.
    looked_at: i64,
    /// As great as any load has had, also of files that are gone from bronze.
    pub next: Next,
    /// By path in landing.
    pub landed: BTreeMap<String, Seen>,
    /// Files of bronze whose landing files are known to be gone, by path in landing.
    pub gone: BTreeSet<String>,
    /// By source and file id.
    bronze: BTreeMap<String, BTreeMap<String, Known>>,
}

/// A landing file whose content is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    pub version: Version,
    pub file_id: String,
}

/// A bronze file whose footer is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    bytes: u64,
    footer: Footer,
}

impl Index {
    /// An index of nothing, of a landing that is looked at now.
    pub(super) fn new(landing: &str) -> Self {
        Self {
            format: FORMAT,
            landing: landing.to_owned(),
            looked_at: nanoseconds(SystemTime::now()),
            next: Next::FIRST,
            landed: BTreeMap::new(),
            gone: BTreeSet::new(),
            bronze: BTreeMap::new(),
        }
    }

    /// The index that the last run left, as far as it can be trusted.
    pub(super) fn read(bronze: &Path, landing: &str) -> Self {
        let found = fs::read(path(bronze)).ok().and_then(|bytes| decode(&bytes));
        match found {
            Some(index) if index.format == FORMAT && index.landing == landing => index,
            Some(index) if index.format == FORMAT => Self {
                landing: landing.to_owned(),
                landed: BTreeMap::new(),
                gone: BTreeSet::new(),
                ..index
            },
            _ => Self::new(landing),
        }
    }

    /// The SHA-256, in hex, of a landing file that is as it was when it was hashed.
    pub(super) fn file_id(&self, path: &str, version: &Version) -> Option<&str> {
        let seen = self.landed.get(path)?;
        let settled = version
            .changed_at
            .is_none_or(|at| at.saturating_add(RACY) < self.looked_at);
        (seen.version == *version && settled).then_some(seen.file_id.as_str())
    }

    /// The footer of a bronze file of this size.
    pub(super) fn footer(&self, source: &str, file_id: &str, bytes: u64) -> Option<&Footer> {
        let known = self.bronze.get(source)?.get(file_id)?;
        (known.bytes == bytes).then_some(&known.footer)
    }

    /// Remembers a bronze file.
    pub(super) fn know(&mut self, file: &BronzeFile, ingested_at: i64) {
        // A file whose size cannot be told is opened again.
        let Ok(metadata) = fs::metadata(&file.path) else {
            return;
        };
        let footer = Footer {
            origin: Origin {
                source: file.source.clone(),
                landing_path: file.landing_path.clone(),
                dt: file.dt,
                ingest_seq: file.ingest_seq,
                bytes: file.bytes,
            },
            load_seq: file.load_seq,
            ingested_at,
            rows: file.rows,
        };
        self.bronze.entry(file.source.clone()).or_default().insert(
            file.file_id.clone(),
            Known {
                bytes: metadata.len(),
                footer,
            },
        );
    }

    /// Puts this index in the place of `before`, where it says something else: a run with nothing new writes nothing.
    /// An index that cannot be written costs the next run its time, and nothing else.
    pub(super) fn replace(self, before: &Self, bronze: &Path) {
        let same = Self {
            looked_at: before.looked_at,
            ..self.clone()
        };
        if same == *before {
            return;
        }
        let aside = bronze.join(".index.tmp");
        let written = self
            .encode()
            .and_then(|bytes| fs::write(&aside, bytes))
            .and_then(|()| fs::rename(&aside, path(bronze)));
        if let Err(error) = written {
            tracing::warn!(%error, "the index of bronze could not be written; the next run finds everything out anew");
            let _ = fs::remove_file(aside);
        }
    }

    /// A line with the hash of the rest, then JSON.
    fn encode(&self) -> std::io::Result<Vec<u8>> {
        let body = serde_json::to_vec(self)?;
        let mut bytes = format!("{:016x}\n", XxHash64::oneshot(0, &body)).into_bytes();
        bytes.extend(body);
        Ok(bytes)
    }
}

fn decode(bytes: &[u8]) -> Option<Index> {
    let (hash, body) = bytes.split_at_checked(17)?;
    let expected = format!("{:016x}\n", XxHash64::oneshot(0, body));
    (hash == expected.as_bytes())
        .then(|| serde_json::from_slice(body).ok())
        .flatten()
}

/// The landing place that the last run read.
pub(super) fn landing_name(bronze: &Path) -> Option<String> {
    Some(decode(&fs::read(path(bronze)).ok()?)?.landing)
}

pub(super) fn path(bronze: &Path) -> PathBuf {
    bronze.join("index.json")
}

/// Nanoseconds since 1970.
pub(super) fn nanoseconds(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |ns| -ns),
    }
}

#[cfg(test)]
impl Index {
    /// Changes the index of a bronze folder.
    #[allow(clippy::unwrap_used)]
    pub(super) fn edit(bronze: &Path, landing: &str, edit: impl Fn(&mut Self)) {
        let mut index = Self::read(bronze, landing);
        edit(&mut index);
        fs::write(path(bronze), index.encode().unwrap()).unwrap();
    }

    /// As if landing had been looked at so much later.
    pub(super) fn later(&mut self, nanoseconds: i64) {
        self.looked_at += nanoseconds;
    }
}
