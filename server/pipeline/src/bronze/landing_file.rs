//! Opening one landing file: decompressed, its encoding checked, its header matched to the columns of its source.

use std::fs::File;
use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::landing::{Format, LandingFile};
use super::records::{Record, Records};
use super::{Meter, SourceSpec};
use crate::PipelineError;

/// Why a file did not get into bronze.
pub(super) enum Fault {
    /// The file is left where it is, and the run goes on. A sentence about the file: what is wrong, what to do.
    SetAside(String),
    Fatal(PipelineError),
}

/// A landing file read from its first data record on.
pub(super) struct Opened<'a> {
    pub records: Records<Content<'a>>,
    pub header: Header,
}

/// Where the columns of a source stand in a file.
pub(super) struct Header {
    /// For each column of the source its field, where the file has it.
    pub positions: Vec<Option<usize>>,
    /// Columns that the source does not know, with their field.
    pub extra: Vec<(String, usize)>,
    pub width: usize,
}

/// A file's bytes, counted and hashed on the way.
pub(super) struct Metered<'a> {
    file: File,
    sha: Sha256,
    meter: &'a Meter<'a>,
}

pub(super) enum Content<'a> {
    Plain(Metered<'a>),
    Gzip(Box<MultiGzDecoder<Metered<'a>>>),
}

impl Content<'_> {
    /// SHA-256, in hex, of the bytes of the file that were read.
    pub(super) fn file_id(self) -> String {
        let metered = match self {
            Self::Plain(metered) => metered,
            Self::Gzip(decoder) => decoder.into_inner(),
        };
        hex::encode(metered.sha.finalize())
    }
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.sha.update(&buffer[..read]);
        self.meter.advance(read as u64);
        Ok(read)
    }
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(metered) => metered.read(buffer),
            Self::Gzip(decoder) => decoder.read(buffer),
        }
    }
}

/// Opens `file` and reads its header.
pub(super) fn open<'a>(
    file: &LandingFile,
    source: &SourceSpec,
    meter: &'a Meter<'a>,
) -> Result<Opened<'a>, Fault> {
    let metered = Metered {
        file: File::open(&file.path).map_err(|error| unreadable(&error))?,
        sha: Sha256::new(),
        meter,
    };
    let content = match file.format {
        Format::Csv => Content::Plain(metered),
        Format::CsvGzip => Content::Gzip(Box::new(MultiGzDecoder::new(metered))),
    };
    let mut records = Records::new(content);
    let start = records.peek().map_err(|error| unreadable(&error))?;
    if start.iter().all(u8::is_ascii_whitespace) {
        let what = if start.is_empty() {
            "is empty (0 bytes)"
        } else {
            "holds nothing but blank lines"
        };
        return Err(Fault::SetAside(format!(
            "the file {what}; deliver it again with its header, or remove it"
        )));
    }
    if let Some(reason) = not_csv(start) {
        return Err(Fault::SetAside(reason));
    }
    let mark = start.starts_with(b"\xef\xbb\xbf");
    records.skip(if mark { 3 } else { 0 });
    let names = read_header(&mut records)?;
    Ok(Opened {
        header: match_columns(names, file, source)?,
        records,
    })
}

/// What a file cannot be read for.
pub(super) fn unreadable(error: &io::Error) -> Fault {
    use io::ErrorKind::{InvalidData, InvalidInput, PermissionDenied, UnexpectedEof};
    Fault::SetAside(match error.kind() {
        PermissionDenied => {
            "it cannot be read (permission denied); give this user the right to read it".to_owned()
        }
        UnexpectedEof => {
            "its compressed data ends too early; it was not delivered whole, deliver it again"
                .to_owned()
        }
        InvalidData | InvalidInput => {
            format!("its compressed data is damaged ({error}); deliver it again")
        }
        _ => format!(
            "it cannot be read ({error}); mend or remove it, it is tried again on the next run"
        ),
    })
}

fn not_csv(start: &[u8]) -> Option<String> {
    let header = &start[..start
        .iter()
        .position(|&byte| byte == b'\n')
        .unwrap_or(start.len())];
    let reason = if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        "it is encoded as UTF-16; save it as UTF-8"
    } else if start.starts_with(b"\x1f\x8b") {
        "it is compressed with gzip but is not named so; rename it to end in .csv.gz"
    } else if start.starts_with(b"PAR1") || start.starts_with(b"PK\x03\x04") {
        "it is a Parquet or an Excel file that is named .csv; deliver it as CSV"
    } else if header.contains(&0) {
        "its header holds NUL bytes: it is not a text file in UTF-8; deliver it again as CSV in UTF-8"
    } else {
        return None;
    };
    Some(reason.to_owned())
}

fn read_header(records: &mut Records<Content<'_>>) -> Result<Vec<String>, Fault> {
    let aside = |reason: &str| Err(Fault::SetAside(reason.to_owned()));
    match records.read(None).map_err(|error| unreadable(&error))? {
        Record::Row => {}
        Record::Malformed(reason) => {
            return aside(&format!(
                "its header cannot be parsed ({reason}); mend it and deliver it again"
            ));
        }
        Record::End => {
            return aside(
                "the file holds no header; deliver it again with its header, or remove it",
            );
        }
    }
    let Some(fields) = records.fields() else {
        return aside("its header is not UTF-8 (is it Latin-1 or Windows-1252?); save it as UTF-8");
    };
    let names: Vec<String> = (0..fields.len())
        .map(|i| fields.get(i).unwrap_or_default().trim().to_owned())
        .collect();
    for (position, name) in names.iter().enumerate() {
        if !name.is_empty() && names[..position].contains(name) {
            return aside(&format!(
                "its header has the column `{name}` twice; rename one and deliver it again"
            ));
        }
    }
    Ok(names)
}

fn match_columns(
    names: Vec<String>,
    file: &LandingFile,
    source: &SourceSpec,
) -> Result<Header, Fault> {
    let positions: Vec<Option<usize>> = source
        .columns
        .iter()
        .map(|column| names.iter().position(|name| *name == column.name))
        .collect();
    let missing: Vec<&str> = source
        .columns
        .iter()
        .filter(|column| column.required && !names.contains(&column.name))
        .map(|column| column.name.as_str())
        .collect();
    if !missing.is_empty() {
        let hint = match names.as_slice() {
            [only] if only.contains([';', '\t', '|']) => {
                "; are its fields separated by something else than commas?"
            }
            _ => "",
        };
        let (noun, are) = if missing.len() == 1 {
            ("column", "is")
        } else {
            ("columns", "are")
        };
        return Err(Fault::Fatal(PipelineError::Landing(format!(
            "{}: the required {noun} `{}` {are} missing (the header is: {}){hint}; nothing was published: mend the header, or \
             move the file out of landing, then run again",
            file.landing_path,
            missing.join("`, `"),
            names.join(", "),
        ))));
    }
    let width = names.len();
    let known = |name: &String| source.columns.iter().any(|column| column.name == *name);
    let mut extra: Vec<(String, usize)> = names
        .into_iter()
        .enumerate()
        .filter(|(_, name)| !known(name))
        // `_malformed` in `_rescued` marks a line that cannot be parsed.
        .map(|(position, name)| match name.as_str() {
            "" | "_malformed" => (format!("column {}", position + 1), position),
            _ => (name, position),
        })
        .collect();
    // In the order of their names, so that equal rows have equal text in `_rescued`.
    extra.sort();
    Ok(Header {
        positions,
        extra,
        width,
    })
}
