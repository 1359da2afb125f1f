//! What a landing file is written as.

use crate::source::Source;
use crate::stream::{Streams, Topic};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    Csv,
    JsonLines,
    Parquet,
}

/// A layout, compressed or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    pub layout: Layout,
    pub gz: bool,
}

impl Format {
    /// The end of a file's name.
    pub fn extension(self) -> &'static str {
        match (self.layout, self.gz) {
            (Layout::Csv, false) => "csv",
            (Layout::Csv, true) => "csv.gz",
            (Layout::JsonLines, false) => "jsonl",
            (Layout::JsonLines, true) => "jsonl.gz",
            (Layout::Parquet, false) => "parquet",
            (Layout::Parquet, true) => "parquet.gz",
        }
    }

    /// The last is gzipped Parquet, which compresses by itself: only who asks for it gets it.
    const ALL: [Self; 6] = [
        Self::new(Layout::Csv, false),
        Self::new(Layout::Csv, true),
        Self::new(Layout::JsonLines, false),
        Self::new(Layout::JsonLines, true),
        Self::new(Layout::Parquet, false),
        Self::new(Layout::Parquet, true),
    ];

    const fn new(layout: Layout, gz: bool) -> Self {
        Self { layout, gz }
    }
}

/// The formats of a world's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formats {
    One(Format),
    /// Each source and day has one of its own.
    Mixed,
}

impl Default for Formats {
    fn default() -> Self {
        Self::One(Format::new(Layout::Csv, false))
    }
}

impl Formats {
    /// Reads `csv`, `jsonl`, `parquet`, each with or without `.gz`, or `mixed`.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "mixed" {
            return Ok(Self::Mixed);
        }
        Format::ALL
            .into_iter()
            .find(|format| format.extension() == text)
            .map(Self::One)
            .ok_or_else(|| {
                format!(
                    "`{text}` is no format; csv, jsonl, parquet (each also with .gz) or mixed are"
                )
            })
    }

    pub fn of(self, source: Source, day: usize, streams: &Streams) -> Format {
        match self {
            Self::One(format) => format,
            Self::Mixed => {
                let all = &Format::ALL[..5];
                let unit = streams.unit(Topic::Format, source as u64, day as u64);
                all[(unit * all.len() as f64) as usize]
            }
        }
    }
}
