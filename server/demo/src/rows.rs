//! The rows of one file in the making, as text, each with what silver should make of it.

use crate::dirt::Kind;
use crate::source::Source;

/// What silver should make of a row at the world's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    Live,
    Superseded,
    Duplicate,
    Deleted,
    Malformed,
    NullKey,
    BadValue,
    OutOfWindow,
    OrphanUser,
    UnknownType,
}

impl Outcome {
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Superseded => "superseded",
            Self::Duplicate => "duplicate",
            Self::Deleted => "deleted",
            Self::Malformed | Self::NullKey | Self::OutOfWindow | Self::UnknownType => "dropped",
            Self::BadValue | Self::OrphanUser => "quarantined",
        }
    }

    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Live => None,
            Self::Superseded => Some("superseded"),
            Self::Duplicate => Some("duplicate"),
            Self::Deleted => Some("deleted"),
            Self::Malformed => Some("malformed"),
            Self::NullKey => Some("null_key"),
            Self::BadValue => Some("bad_value"),
            Self::OutOfWindow => Some("out_of_window"),
            Self::OrphanUser => Some("orphan_user"),
            Self::UnknownType => Some("unknown_type"),
        }
    }
}

/// What was done to a row, for the fault manifest.
#[derive(Debug, Clone)]
pub struct Note {
    pub kind: Kind,
    /// The key before it was spoilt.
    pub key: String,
    /// The row's part in the fault.
    pub what: &'static str,
}

/// One row by itself: what is done to it, or when it lands, differs from its neighbours.
#[derive(Debug, Clone)]
pub struct Row {
    pub fields: Vec<String>,
    pub outcome: Outcome,
    pub note: Option<Note>,
    /// The first field is a line to be written as it is.
    pub raw: bool,
}

/// Rows in file order.
pub struct Rows {
    pub source: Source,
    text: Vec<u8>,
    /// Where each field ends in `text`, all rows one after another.
    ends: Vec<u32>,
    outcomes: Vec<Outcome>,
    /// By row.
    pub notes: Vec<(u32, Note)>,
    raw: Vec<u32>,
}

impl Rows {
    pub fn new(source: Source) -> Self {
        Self {
            source,
            text: Vec::new(),
            ends: Vec::new(),
            outcomes: Vec::new(),
            notes: Vec::new(),
            raw: Vec::new(),
        }
    }

    fn width(&self) -> usize {
        // Every source may get one more column on the way.
        self.source.columns().len() + 1
    }

    pub fn len(&self) -> usize {
        self.outcomes.len()
    }

    /// Where the next field's text goes; [`Rows::end_field`] closes it.
    pub fn text(&mut self) -> &mut Vec<u8> {
        &mut self.text
    }

    pub fn end_field(&mut self) {
        self.ends
            .push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    pub fn field(&mut self, text: impl AsRef<[u8]>) {
        self.text.extend_from_slice(text.as_ref());
        self.end_field();
    }

    /// Closes the row; fields that it does not have yet are empty.
    pub fn end_row(&mut self, outcome: Outcome) {
        self.outcomes.push(outcome);
        while self.ends.len() < self.outcomes.len() * self.width() {
            self.end_field();
        }
    }

    /// Notes on the last row.
    pub fn note(&mut self, note: Note) {
        if let Some(last) = self.len().checked_sub(1) {
            self.notes.push((last as u32, note));
        }
    }

    /// Takes the last row out again.
    pub fn pop(&mut self) -> Option<Row> {
        let last = self.len().checked_sub(1)?;
        let width = self.width();
        let fields = (0..width)
            .map(|c| String::from_utf8_lossy(self.get(last, c)).into_owned())
            .collect();
        self.ends.truncate(last * width);
        self.text
            .truncate(self.ends.last().map_or(0, |&e| e as usize));
        let outcome = self.outcomes.pop()?;
        let note = self
            .notes
            .pop_if(|(row, _)| *row as usize == last)
            .map(|(_, note)| note);
        let raw = self.raw.pop_if(|row| *row as usize == last).is_some();
        Some(Row {
            fields,
            outcome,
            note,
            raw,
        })
    }

    pub fn push(&mut self, row: &Row) {
        for field in &row.fields {
            self.field(field);
        }
        self.end_row(row.outcome);
        if row.raw {
            self.raw.push(self.len() as u32 - 1);
        }
        if let Some(note) = &row.note {
            self.note(note.clone());
        }
    }

    /// All rows of another at the end.
    pub fn append(&mut self, other: &Self) {
        let (row, byte) = (self.len() as u32, self.text.len() as u32);
        self.text.extend_from_slice(&other.text);
        self.ends.extend(other.ends.iter().map(|end| end + byte));
        self.outcomes.extend_from_slice(&other.outcomes);
        self.raw.extend(other.raw.iter().map(|at| at + row));
        self.notes.extend(
            other
                .notes
                .iter()
                .map(|(at, note)| (at + row, note.clone())),
        );
    }

    /// A copy of a row at the end, with an outcome of its own.
    pub fn repeat(&mut self, row: usize, outcome: Outcome) {
        let width = self.width();
        for column in 0..width {
            let (start, end) = self.span(row, column);
            self.text.extend_from_within(start..end);
            self.end_field();
        }
        self.outcomes.push(outcome);
    }

    fn span(&self, row: usize, column: usize) -> (usize, usize) {
        let at = row * self.width() + column;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        (start as usize, self.ends[at] as usize)
    }

    pub fn get(&self, row: usize, column: usize) -> &[u8] {
        let (start, end) = self.span(row, column);
        &self.text[start..end]
    }

    /// Bytes of text.
    pub fn size(&self) -> usize {
        self.text.len()
    }

    pub fn outcome(&self, row: usize) -> Outcome {
        self.outcomes[row]
    }

    pub fn is_raw(&self, row: usize) -> bool {
        !self.raw.is_empty() && self.raw.binary_search(&(row as u32)).is_ok()
    }
}
