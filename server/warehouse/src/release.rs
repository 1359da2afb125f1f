//! Releases on disk: `releases/<id>/gold.duckdb`, its `manifest.json`, and `current`, which names one of them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use jiff::{Timestamp, civil::Date};
use marts::{Failure, ReleaseId, ReleaseInfo};
use serde::{Deserialize, Serialize};

use crate::Merged;

/// What a release says about itself, in `manifest.json` beside its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub release_id: String,
    pub run_id: String,
    /// The latest landed day.
    pub business_date: Date,
    /// IANA name of the reporting zone.
    pub zone: String,
    pub published_at: Timestamp,
    /// Of everything the release was made from; the same fingerprint gives the same tables.
    pub fingerprint: String,
    /// First and last day with a purchase, in the reporting zone.
    pub observed: Option<(Date, Date)>,
    /// Size of `gold.duckdb` in bytes when it was published: a shorter file was cut off. 0 where it is not known.
    #[serde(default)]
    pub gold_bytes: u64,
    pub tables: BTreeMap<String, TableSummary>,
    /// How it was built and what it can be carried on from; nothing that readers need.
    #[serde(default)]
    pub build: BuildInfo,
}

/// What the next run must know of a release to carry it on instead of building it anew.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildInfo {
    /// The latest batch of silver that all its tables have taken in.
    pub state_seq: i64,
    /// Hash of what decides the tables beside the landed files.
    pub code: String,
    /// The run that built the silver behind it in full.
    pub epoch: String,
    /// `full`, `delta` or `selected`.
    pub mode: String,
    /// When the tables' checksums were last taken from all rows.
    pub verified_at: Option<Timestamp>,
    /// Hash of the closed accounting periods it was built with; empty while there were none.
    #[serde(default)]
    pub closes: String,
}

/// A table's size and the checksum of its rows, whatever their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSummary {
    pub rows: u64,
    pub checksum: String,
}

impl TableSummary {
    /// The summary after a change in place; `None` where there is nothing it could be carried on from.
    #[must_use]
    pub fn after(&self, change: &Merged) -> Option<Self> {
        let checksum: i128 = self.checksum.parse().ok()?;
        Some(Self {
            rows: (self.rows + change.inserted).checked_sub(change.deleted)?,
            checksum: checksum.checked_add(change.checksum_delta)?.to_string(),
        })
    }
}

/// What a look at the pointer found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refreshed {
    NothingPublished,
    Unchanged,
    /// This release is served from now on.
    Now(ReleaseId),
}

impl Manifest {
    /// What pages say about the release.
    #[must_use]
    pub fn info(&self) -> ReleaseInfo {
        ReleaseInfo {
            id: ReleaseId(self.release_id.clone()),
            business_date: self.business_date,
            observed: self.observed,
            zone: self.zone.clone(),
        }
    }
}

/// The folder that holds all releases.
#[must_use]
pub fn releases_dir(data: &Path) -> PathBuf {
    data.join("releases")
}

/// The folder of one release.
#[must_use]
pub fn release_dir(data: &Path, id: &str) -> PathBuf {
    releases_dir(data).join(id)
}

/// The DuckDB file of one release.
#[must_use]
pub fn gold_path(data: &Path, id: &str) -> PathBuf {
    release_dir(data, id).join("gold.duckdb")
}

#[must_use]
pub fn manifest_path(data: &Path, id: &str) -> PathBuf {
    release_dir(data, id).join("manifest.json")
}

/// The file that names the current release.
#[must_use]
pub fn pointer_path(data: &Path) -> PathBuf {
    data.join("current")
}

/// Silver and the checkpoint between runs.
#[must_use]
pub fn state_path(data: &Path) -> PathBuf {
    data.join("state.duckdb")
}

/// Whether a text can name a release: one plain path component of letters, digits, `-`, `_`, `.`.
#[must_use]
pub fn is_release_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 128
        && !id.starts_with('.')
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// The id in the pointer file; `None` when nothing has been published yet.
///
/// # Errors
/// A pointer that cannot be read or does not hold a release's id.
pub fn read_current(data: &Path) -> Result<Option<String>, Failure> {
    let path = pointer_path(data);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => {
            return Err(Failure::unavailable(format!(
                "The pointer to the current release ({}) cannot be read: {e}. Make the file readable.",
                path.display()
            )));
        }
    };
    let id = std::str::from_utf8(&bytes)
        .map(str::trim)
        .unwrap_or_default();
    if is_release_id(id) {
        return Ok(Some(id.to_owned()));
    }
    Err(Failure::unavailable(format!(
        "The pointer to the current release ({}) is damaged: it does not hold a release's id. \
         Write the name of a folder under {} into it, or run the pipeline again.",
        path.display(),
        releases_dir(data).display()
    ))
    .with_detail(format!(
        "{} bytes: {:?}",
        bytes.len(),
        String::from_utf8_lossy(&bytes[..bytes.len().min(80)])
    )))
}

/// Reads what a release says about itself.
///
/// # Errors
/// A release that is missing or damaged, with the file's name.
pub fn read_manifest(data: &Path, id: &str) -> Result<Manifest, Failure> {
    if !is_release_id(id) {
        return Err(Failure::bad_request("That is not the name of a release.")
            .with_detail(format!("{id:?}")));
    }
    let path = manifest_path(data, id);
    let text = fs::read(&path).map_err(|e| {
        Failure::unavailable(format!(
            "Release {id} cannot be read: {}: {e}. Publish again, or point to another release.",
            path.display()
        ))
    })?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|e| {
        Failure::unavailable(format!(
            "Release {id} is damaged: {} is not a manifest ({e}). Publish again, or point to another release.",
            path.display()
        ))
    })?;
    if manifest.release_id != id {
        return Err(Failure::unavailable(format!(
            "Release {id} is damaged: {} names release {}. Publish again, or point to another release.",
            path.display(),
            manifest.release_id
        )));
    }
    Ok(manifest)
}

/// What the releases that are kept say about themselves, the newest first. One that is damaged is left out.
///
/// # Errors
/// A folder that cannot be read.
pub fn kept(data: &Path) -> Result<Vec<Manifest>, Failure> {
    let folder = releases_dir(data);
    let unreadable = |e: std::io::Error| {
        Failure::unavailable(format!(
            "The folder of releases ({}) cannot be read: {e}. Make it readable.",
            folder.display()
        ))
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        let Some(id) = name.to_str().filter(|id| is_release_id(id)) else {
            continue;
        };
        match read_manifest(data, id) {
            Ok(manifest) if gold_path(data, id).is_file() => found.push(manifest),
            Ok(_) => {}
            Err(failure) => tracing::debug!(release = id, "left out: {}", failure.message),
        }
    }
    found.sort_by(|a, b| {
        let newest_first = b.published_at.cmp(&a.published_at);
        newest_first.then_with(|| b.release_id.cmp(&a.release_id))
    });
    Ok(found)
}

/// Writes the manifest into a folder (of a release, or of one being built), durably.
///
/// # Errors
/// A folder that cannot be written, a full disk.
pub fn write_manifest(dir: &Path, manifest: &Manifest) -> Result<(), Failure> {
    let text = serde_json::to_vec_pretty(manifest)
        .map_err(|e| Failure::internal("The manifest could not be written.").with_detail(e))?;
    write_durably(&dir.join("manifest.json"), &text)
}

/// Makes a release the current one, in one step: readers see the old pointer or the new one.
///
/// # Errors
/// A pointer that cannot be written; the old one stays.
pub fn point_to(data: &Path, id: &str) -> Result<(), Failure> {
    if !is_release_id(id) {
        return Err(
            Failure::internal("The release has no usable name.").with_detail(format!("{id:?}"))
        );
    }
    write_durably(&pointer_path(data), format!("{id}\n").as_bytes())
}

/// Writes aside, flushes, and renames into place, so that a kill leaves the old file or the new one.
fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |e: std::io::Error| {
        let why = if e.kind() == ErrorKind::StorageFull {
            "the disk is full".to_owned()
        } else {
            e.to_string()
        };
        Failure::unavailable(format!(
            "{} could not be written: {why}. What was there before is kept.",
            path.display()
        ))
    };
    let aside = path.with_extension("tmp");
    let mut file = File::create(&aside).map_err(failed)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    fs::rename(&aside, path).map_err(failed)?;
    sync_parent(path).map_err(failed)
}

/// A rename is durable only once its folder is.
pub(crate) fn sync_parent(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => File::open(dir)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use marts::FailureKind;

    fn manifest(id: &str) -> Manifest {
        Manifest {
            release_id: id.into(),
            run_id: "run".into(),
            business_date: "2026-11-22".parse().unwrap(),
            zone: "America/New_York".into(),
            published_at: "2026-11-23T06:00:00Z".parse().unwrap(),
            fingerprint: "abc".into(),
            observed: Some(("2024-01-01".parse().unwrap(), "2026-11-22".parse().unwrap())),
            gold_bytes: 0,
            tables: [(
                "dim_user".to_owned(),
                TableSummary {
                    rows: 3,
                    checksum: "00ff".into(),
                },
            )]
            .into(),
            build: BuildInfo::default(),
        }
    }

    #[test]
    fn a_published_release_is_read_back() {
        let data = tempfile::tempdir().unwrap();
        fs::create_dir_all(release_dir(data.path(), "r1")).unwrap();
        write_manifest(&release_dir(data.path(), "r1"), &manifest("r1")).unwrap();
        assert_eq!(read_current(data.path()).unwrap(), None);
        point_to(data.path(), "r1").unwrap();
        assert_eq!(read_current(data.path()).unwrap().as_deref(), Some("r1"));
        let read = read_manifest(data.path(), "r1").unwrap();
        assert_eq!(read, manifest("r1"));
        assert_eq!(read.info().id.0, "r1");

        // Neither is a release: one being built, and one whose file is gone.
        fs::create_dir_all(releases_dir(data.path()).join(".building-x")).unwrap();
        assert_eq!(kept(data.path()).unwrap(), []);
        fs::write(gold_path(data.path(), "r1"), "").unwrap();
        for (id, published_at) in [
            ("r2", "2026-11-24T06:00:00Z"),
            ("r0", "2026-11-22T06:00:00Z"),
        ] {
            let mut other = manifest(id);
            other.published_at = published_at.parse().unwrap();
            fs::create_dir_all(release_dir(data.path(), id)).unwrap();
            write_manifest(&release_dir(data.path(), id), &other).unwrap();
            fs::write(gold_path(data.path(), id), "").unwrap();
        }
        let names: Vec<String> = kept(data.path())
            .unwrap()
            .into_iter()
            .map(|m| m.release_id)
            .collect();
        assert_eq!(names, ["r2", "r1", "r0"]);
    }

    #[test]
    fn a_damaged_pointer_is_named() {
        let data = tempfile::tempdir().unwrap();
        for damaged in [
            &b""[..],
            b"\0\0\0",
            b"../../etc",
            b"two words",
            b"\xff\xfe",
            b".",
        ] {
            fs::write(pointer_path(data.path()), damaged).unwrap();
            let failure = read_current(data.path()).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Unavailable);
            assert!(failure.message.contains("current"), "{}", failure.message);
        }
    }

    #[test]
    fn a_damaged_manifest_is_named() {
        let data = tempfile::tempdir().unwrap();
        assert!(
            read_manifest(data.path(), "r1")
                .unwrap_err()
                .message
                .contains("r1")
        );
        fs::create_dir_all(release_dir(data.path(), "r1")).unwrap();
        fs::write(manifest_path(data.path(), "r1"), "{").unwrap();
        assert!(
            read_manifest(data.path(), "r1")
                .unwrap_err()
                .message
                .contains("manifest.json")
        );
        write_manifest(&release_dir(data.path(), "r1"), &manifest("r2")).unwrap();
        assert!(
            read_manifest(data.path(), "r1")
                .unwrap_err()
                .message
                .contains("r2")
        );
        assert_eq!(
            read_manifest(data.path(), "../r1").unwrap_err().kind,
            FailureKind::BadRequest
        );
    }
}
