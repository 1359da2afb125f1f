//! From a row of bronze back to the line it landed as.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray};
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::content::Content;
use super::format::{Format, Kind};
use super::landing::Landing;
use super::{Fault, LandingPlace, Meter, csv, index, jobs, json_lines, parquet_file, store};
use crate::PipelineError;

/// Where a row of bronze comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lineage {
    pub source: String,
    pub bronze_file: PathBuf,
    /// The source's columns and `_rescued`, as bronze has them.
    pub row: Vec<(String, Option<String>)>,
    /// Relative to landing, with forward slashes.
    pub landing_path: String,
    pub landed: Landed,
}

/// What landing has of the file now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Landed {
    AsTakenIn {
        /// The line that the record begins at, from 1, and its text, at most its first 64 KiB. A Parquet file has no lines.
        line: Option<(u64, String)>,
    },
    /// Another content: its SHA-256 in hex.
    Changed(String),
    /// A sentence.
    Unreadable(String),
}

/// Finds the landing place that the last run read.
pub(crate) fn last_landing(data: &Path) -> Option<LandingPlace> {
    let name = index::landing_name(&data.join("bronze"))?;
    match name.parse() {
        Ok(place) => Some(place),
        Err(never) => match never {},
    }
}

/// Follows row `row_number` (from 1) of the file `file_id`.
///
/// # Errors
/// [`PipelineError::Landing`] where bronze does not have it; [`PipelineError::Io`] where the bronze file is damaged.
pub(crate) fn follow(
    data: &Path,
    place: &LandingPlace,
    file_id: &str,
    row_number: u64,
) -> Result<Lineage, PipelineError> {
    let name = format!("{file_id}.parquet");
    let bronze_file = store::entries(&data.join("bronze"))?
        .into_iter()
        .map(|source| source.join(&name))
        .find(|path| path.is_file())
        .ok_or_else(|| {
            PipelineError::Landing(format!(
                "bronze has no file {file_id}; run the pipeline again to take it in from landing"
            ))
        })?;
    let damaged = |source: std::io::Error| PipelineError::Io {
        path: bronze_file.clone(),
        source,
    };
    let footer = parquet_file::describe(&bronze_file)
        .map_err(damaged)?
        .ok_or_else(|| damaged(std::io::Error::other("it is of another version's format")))?;
    let row = row(&bronze_file, row_number).map_err(damaged)?;
    let landing_path = footer.origin.landing_path;
    let landed = match look(place, &landing_path, file_id, row_number) {
        Ok(landed) => landed,
        Err(Fault::SetAside(reason)) => Landed::Unreadable(reason),
        Err(Fault::Fatal(error)) => Landed::Unreadable(error.to_string()),
    };
    Ok(Lineage {
        source: footer.origin.source,
        bronze_file,
        row,
        landing_path,
        landed,
    })
}

fn row(path: &Path, row_number: u64) -> std::io::Result<Vec<(String, Option<String>)>> {
    let offset = usize::try_from(row_number.saturating_sub(1)).map_err(std::io::Error::other)?;
    let batch = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)
        .and_then(|file| file.with_offset(offset).with_limit(1).build())
        .map_err(std::io::Error::other)?
        .next()
        .ok_or_else(|| std::io::Error::other(format!("it has no row {row_number}")))?
        .map_err(std::io::Error::other)?;
    let schema = batch.schema();
    Ok(schema
        .fields()
        .iter()
        .zip(batch.columns())
        .filter(|(field, array)| {
            *array.data_type() == DataType::Utf8
                && (!field.name().starts_with('_') || field.name() == "_rescued")
        })
        .map(|(field, array)| {
            let texts = array.as_string::<i32>();
            let text = texts.is_valid(0).then(|| texts.value(0).to_owned());
            (field.name().clone(), text)
        })
        .collect())
}

fn look(
    place: &LandingPlace,
    landing_path: &str,
    file_id: &str,
    row_number: u64,
) -> Result<Landed, Fault> {
    let landing = Landing::open(place).map_err(Fault::Fatal)?;
    let now = jobs::hash(&landing, landing_path)?;
    if now != file_id {
        return Ok(Landed::Changed(now));
    }
    let name = landing_path.rsplit('/').next().unwrap_or(landing_path);
    let Some(Format { kind, gzip }) = Format::of(name) else {
        return Ok(Landed::AsTakenIn { line: None });
    };
    let meter = Meter::new(0, &|_, _| {});
    let content = Content::new(landing.read(landing_path)?, gzip, &meter)?;
    let line = match kind {
        Kind::Csv => csv::line(content, row_number)?,
        Kind::JsonLines => json_lines::line(content, row_number)?,
        Kind::Parquet => None,
    };
    Ok(Landed::AsTakenIn { line })
}
