//! One landing file into one bronze file.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use serde::Serializer;
use sha2::{Digest, Sha256};

use super::landing::LandingFile;
use super::landing_file::{Fault, Header, Opened, open, unreadable};
use super::parquet_file::{BronzeWriter, Origin, Stamp};
use super::records::{Fields, Record};
use super::{BronzeFile, Meter, SourceSpec};
use crate::PipelineError;

/// A landing file whose content is not in bronze.
pub(super) struct Job {
    pub file: LandingFile,
    pub file_id: String,
    pub ingest_seq: i64,
}

/// SHA-256, in hex, of a file's bytes.
pub(super) fn hash(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut sha = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hex::encode(sha.finalize())),
            Ok(read) => sha.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Writes the bronze file of a landing file: aside, synced, then renamed into place.
pub(super) fn take_in(
    job: &Job,
    source: &SourceSpec,
    bronze: &Path,
    stamp: &Stamp,
    meter: &Meter<'_>,
) -> Result<BronzeFile, Fault> {
    let folder = bronze.join(&source.name);
    let aside = folder.join(format!(".{}.{}.tmp", job.file_id, stamp.run_id));
    let path = folder.join(format!("{}.parquet", job.file_id));
    let written = open(&job.file, source, meter).and_then(|opened| {
        let rows = write(opened, job, source, &aside, stamp)?;
        fs::rename(&aside, &path).map_err(|error| Fault::Fatal(disk(&folder, error)))?;
        Ok(rows)
    });
    let rows = written.inspect_err(|_| {
        // Not there where the file could not be opened; what cannot be removed now is removed by the next run.
        let _ = fs::remove_file(&aside);
    })?;
    Ok(BronzeFile {
        source: source.name.clone(),
        file_id: job.file_id.clone(),
        landing_path: job.file.landing_path.clone(),
        dt: job.file.dt,
        ingest_seq: job.ingest_seq,
        load_seq: stamp.load_seq,
        rows,
        path,
    })
}

/// An error of the disk that bronze is on, in words where it is full.
pub(super) fn disk(path: &Path, error: io::Error) -> PipelineError {
    let source = match error.kind() {
        kind @ (io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => io::Error::new(
            kind,
            "the disk is full; nothing was published, files already taken into bronze are kept: free some space, then run again",
        ),
        _ => error,
    };
    PipelineError::Io {
        path: path.to_owned(),
        source,
    }
}

fn write(
    opened: Opened<'_>,
    job: &Job,
    source: &SourceSpec,
    aside: &Path,
    stamp: &Stamp,
) -> Result<u64, Fault> {
    let Opened {
        mut records,
        header,
    } = opened;
    let folder = aside.parent().unwrap_or(aside);
    let full = |error| Fault::Fatal(disk(folder, error));
    let origin = Origin {
        source: source.name.clone(),
        landing_path: job.file.landing_path.clone(),
        dt: job.file.dt,
        ingest_seq: job.ingest_seq,
    };
    let out = File::create(aside).map_err(full)?;
    let mut writer = BronzeWriter::new(out, &source.column_names(), &origin, &job.file_id, stamp)
        .map_err(full)?;
    let nothing = vec![""; source.columns.len()];
    loop {
        let reason = match records
            .read(Some(header.width))
            .map_err(|error| unreadable(&error))?
        {
            Record::End => break,
            Record::Malformed(reason) => reason,
            Record::Row => match records.fields() {
                Some(fields) => {
                    let values = header.positions.iter().map(|field| {
                        field
                            .and_then(|field| fields.get(field))
                            .unwrap_or_default()
                    });
                    let rescued = rescue_extra(&header, &fields).map_err(full)?;
                    writer.push(values, rescued.as_deref()).map_err(full)?;
                    continue;
                }
                None => "not UTF-8".to_owned(),
            },
        };
        let rescued = rescue_malformed(records.raw(), &reason).map_err(full)?;
        writer
            .push(nothing.iter().copied(), Some(&rescued))
            .map_err(full)?;
    }
    if records.into_source().file_id() != job.file_id {
        let reason = "it changed while it was being read; let its delivery end (write it aside, then rename it), it is tried again on the next run";
        return Err(Fault::SetAside(reason.to_owned()));
    }
    writer.finish().map_err(full)
}

/// The fields of columns that the source does not know, as a JSON object.
fn rescue_extra(header: &Header, fields: &Fields<'_>) -> io::Result<Option<String>> {
    let mut values = header
        .extra
        .iter()
        .filter_map(|(name, field)| {
            Some((
                name.as_str(),
                fields.get(*field).filter(|value| !value.is_empty())?,
            ))
        })
        .peekable();
    if values.peek().is_none() {
        return Ok(None);
    }
    json_object(values).map(Some)
}

fn rescue_malformed(raw: &[u8], reason: &str) -> io::Result<String> {
    json_object(
        [
            ("_malformed", &*String::from_utf8_lossy(raw)),
            ("_reason", reason),
        ]
        .into_iter(),
    )
}

fn json_object<'a>(values: impl Iterator<Item = (&'a str, &'a str)>) -> io::Result<String> {
    let mut json = Vec::new();
    serde_json::Serializer::new(&mut json).collect_map(values)?;
    String::from_utf8(json).map_err(io::Error::other)
}
