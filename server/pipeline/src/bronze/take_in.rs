//! One landing file into one bronze file.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::content::Content;
use super::drift::SchemaDrift;
use super::format::{Format, Kind};
use super::jobs::Job;
use super::landing::Landing;
use super::parquet_file::{BronzeWriter, Origin, Stamp};
use super::reading::Reading;
use super::{BronzeFile, Fault, Meter, SourceSpec, csv, json_lines, typed};
use crate::PipelineError;

/// Writes the bronze file of a landing file: aside, synced, then renamed into place.
pub(super) fn take_in(
    landing: &Landing,
    job: &Job,
    source: &SourceSpec,
    bronze: &Path,
    stamp: &Stamp,
    meter: &Meter<'_>,
) -> Result<(BronzeFile, Vec<SchemaDrift>), Fault> {
    let folder = bronze.join(&source.name);
    let aside = folder.join(format!(".{}.{}.tmp", job.file_id, stamp.run_id));
    let path = folder.join(format!("{}.parquet", job.file_id));
    let written = write(landing, job, source, &folder, &aside, stamp, meter).and_then(|written| {
        fs::rename(&aside, &path).map_err(|error| Fault::Fatal(disk(&folder, error)))?;
        Ok(written)
    });
    let (rows, drift) = written.inspect_err(|_| {
        // Not there where the file could not be opened; what cannot be removed now is removed by the next run.
        let _ = fs::remove_file(&aside);
    })?;
    let file = BronzeFile {
        source: source.name.clone(),
        file_id: job.file_id.clone(),
        landing_path: job.file.landing_path.clone(),
        dt: job.file.dt,
        ingest_seq: job.ingest_seq,
        load_seq: stamp.load_seq,
        rows,
        bytes: job.file.version.bytes,
        path,
    };
    Ok((file, drift))
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

/// What is said of a file whose content is not what its hash said.
pub(super) fn changed() -> Fault {
    Fault::SetAside(
        "it changed while it was being read; let its delivery end (write it aside, then rename it), it is tried again on the next run"
            .to_owned(),
    )
}

fn write(
    landing: &Landing,
    job: &Job,
    source: &SourceSpec,
    folder: &Path,
    aside: &Path,
    stamp: &Stamp,
    meter: &Meter<'_>,
) -> Result<(u64, Vec<SchemaDrift>), Fault> {
    let Format { kind, gzip } = job.file.format;
    let content = Content::new(landing.read(&job.file.landing_path)?, gzip, meter)?;
    let full = |error| Fault::Fatal(disk(folder, error));
    let origin = Origin {
        source: source.name.clone(),
        landing_path: job.file.landing_path.clone(),
        dt: job.file.dt,
        ingest_seq: job.ingest_seq,
        bytes: job.file.version.bytes,
    };
    let out = File::create(aside).map_err(full)?;
    let writer = BronzeWriter::new(out, &source.column_names(), &origin, &job.file_id, stamp)
        .map_err(full)?;
    let mut reading = Reading::new(&job.file, source, folder, writer);
    let file_id = match kind {
        Kind::Csv => csv::read(content, &mut reading)?.file_id(),
        Kind::JsonLines => json_lines::read(content, &mut reading)?.file_id(),
        Kind::Parquet => typed::read(content, &job.file_id, &mut reading)?,
    };
    if file_id != job.file_id {
        return Err(changed());
    }
    reading.finish()
}
