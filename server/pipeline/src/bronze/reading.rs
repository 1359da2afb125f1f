//! One landing file on its way into its bronze file: where rows go, whatever the format they come in.

use std::io;
use std::path::Path;

use serde::Serializer;

use super::drift::{SchemaChange, SchemaDrift};
use super::landing::LandingFile;
use super::parquet_file::BronzeWriter;
use super::{Fault, SourceSpec, take_in};
use crate::PipelineError;

/// As much of a malformed record as is kept.
pub(super) const LONGEST_RAW: usize = 64 << 10;
/// As many new columns of one file as are reported: keys of JSON lines may be without end.
const MOST_NEW_COLUMNS: usize = 100;

pub(super) struct Reading<'a> {
    pub file: &'a LandingFile,
    pub source: &'a SourceSpec,
    /// Where the bronze file is written.
    pub folder: &'a Path,
    writer: BronzeWriter,
    drift: Vec<SchemaDrift>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(
        file: &'a LandingFile,
        source: &'a SourceSpec,
        folder: &'a Path,
        writer: BronzeWriter,
    ) -> Self {
        Self {
            file,
            source,
            folder,
            writer,
            drift: Vec::new(),
        }
    }

    /// Adds a row: its fields in the order of the source's columns (an empty one is NULL), and those of columns that the
    /// source does not know, in the order of their names.
    pub(super) fn row<'r>(
        &mut self,
        fields: impl Iterator<Item = &'r str>,
        extra: impl Iterator<Item = (&'r str, &'r str)>,
    ) -> Result<(), Fault> {
        let mut extra = extra.filter(|(_, value)| !value.is_empty()).peekable();
        let rescued = match extra.peek() {
            Some(_) => Some(json_object(extra).map_err(|error| self.full(error))?),
            None => None,
        };
        self.writer
            .push(fields, rescued.as_deref())
            .map_err(|error| self.full(error))
    }

    /// Adds a row for a record that cannot be parsed, given its text, of which the beginning is kept.
    pub(super) fn malformed(&mut self, raw: &[u8], reason: &str) -> Result<(), Fault> {
        let raw = String::from_utf8_lossy(&raw[..raw.len().min(LONGEST_RAW)]);
        let values = [("_malformed", &*raw), ("_reason", reason)];
        let nothing = std::iter::repeat_n("", self.source.columns.len());
        json_object(values.into_iter())
            .and_then(|rescued| self.writer.push(nothing, Some(&rescued)))
            .map_err(|error| self.full(error))
    }

    /// Compares the columns of a file (`present`, what it has in words) with those of the source.
    ///
    /// # Errors
    /// When a required column is missing: that stops the run.
    pub(super) fn check_columns(
        &mut self,
        present: &[&str],
        what: &str,
        hint: &str,
    ) -> Result<(), Fault> {
        let columns = &self.source.columns;
        let missing = |required: bool| {
            columns
                .iter()
                .filter(move |column| {
                    column.required == required && !present.contains(&column.name.as_str())
                })
                .map(|column| column.name.as_str())
        };
        let names = missing(true).collect::<Vec<_>>();
        if !names.is_empty() {
            let (noun, are) = if names.len() == 1 {
                ("column", "is")
            } else {
                ("columns", "are")
            };
            return Err(Fault::Fatal(PipelineError::Landing(format!(
                "{}: the required {noun} `{}` {are} missing ({what}: {}){hint}; nothing was published: mend it, or move the file \
                 out of landing, then run again",
                self.file.landing_path,
                names.join("`, `"),
                present.join(", "),
            ))));
        }
        for column in missing(false) {
            self.drift.push(self.drifted(
                column,
                SchemaChange::MissingColumn,
                "the file does not have it; it reads as NULL".to_owned(),
            ));
        }
        let new = present
            .iter()
            .filter(|name| !columns.iter().any(|column| column.name == **name))
            .take(MOST_NEW_COLUMNS);
        for name in new {
            let detail = "the source does not declare it; its values are kept in _rescued";
            self.drift
                .push(self.drifted(name, SchemaChange::NewColumn, detail.to_owned()));
        }
        Ok(())
    }

    /// Notes a type that is not the declared one, but can be cast to it.
    pub(super) fn type_changed(&mut self, column: &str, detail: String) {
        self.drift
            .push(self.drifted(column, SchemaChange::TypeChanged, detail));
    }

    /// Waits until the disk has it all. Returns the number of rows, and the drift that was found.
    pub(super) fn finish(self) -> Result<(u64, Vec<SchemaDrift>), Fault> {
        let rows = self
            .writer
            .finish()
            .map_err(|error| Fault::Fatal(take_in::disk(self.folder, error)))?;
        Ok((rows, self.drift))
    }

    /// An error of the disk that bronze is on.
    pub(super) fn full(&self, error: io::Error) -> Fault {
        Fault::Fatal(take_in::disk(self.folder, error))
    }

    fn drifted(&self, column: &str, change: SchemaChange, detail: String) -> SchemaDrift {
        SchemaDrift {
            source: self.source.name.clone(),
            landing_path: self.file.landing_path.clone(),
            column: column.to_owned(),
            change,
            detail,
        }
    }
}

/// The name under which a column that the source does not know is rescued: `_malformed` marks a record that cannot be
/// parsed. `position` counts from 0.
pub(super) fn rescued_name(name: &str, position: usize) -> String {
    match name {
        "" | "_malformed" => format!("column {}", position + 1),
        _ => name.to_owned(),
    }
}

fn json_object<'a>(values: impl Iterator<Item = (&'a str, &'a str)>) -> io::Result<String> {
    let mut json = Vec::new();
    serde_json::Serializer::new(&mut json).collect_map(values)?;
    String::from_utf8(json).map_err(io::Error::other)
}
