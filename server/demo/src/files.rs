//! A day's files, written, with the account of what is in them.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::DemoError;
use crate::calendar::Calendar;
use crate::dated::Dated;
use crate::dirt::Kind;
use crate::encode::{self, Header, unscaled};
use crate::format::Formats;
use crate::landing::Staging;
use crate::rows::{Note, Outcome, Rows};
use crate::source::Source;
use crate::stream::Streams;
use crate::truth::facts::{self, Told};

const MOST_ROWS_BY_CHANCE: u64 = 100;

/// Whether a pipeline takes a file in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    Taken,
    /// The same bytes have been there before.
    Skipped,
    /// It was due, and never came.
    Missing,
}

/// A row that is not plainly live.
#[derive(Debug)]
pub struct Judged {
    /// From 1.
    pub row: u64,
    pub key: String,
    pub outcome: Outcome,
}

/// A row (or the whole file, without a row) that a fault has touched.
#[derive(Debug)]
pub struct Faulty {
    pub kind: Kind,
    pub row: Option<u64>,
    pub key: String,
    pub outcome: Option<Outcome>,
    pub what: &'static str,
}

/// One file's account.
#[derive(Debug)]
pub struct Account {
    pub source: Source,
    /// Below the landing folder.
    pub path: String,
    pub day: usize,
    pub arrival: Arrival,
    /// By outcome: rows, and cents of purchases whose amount can be read.
    pub outcomes: Vec<(Outcome, u64, i128)>,
    pub judged: Vec<Judged>,
    pub faults: Vec<Faulty>,
    /// Of the bytes, where the file is so small that another may have the same.
    pub digest: Option<u64>,
    /// What it says of rewards, if anyone wants to know.
    pub told: Vec<Told>,
}

impl Account {
    /// A file that turned out to hold the same bytes as one before it.
    pub fn skip(&mut self) {
        self.arrival = Arrival::Skipped;
        self.judged.clear();
        self.faults = vec![whole(Kind::FileTwice, "the same bytes as a file before it")];
    }

    pub fn rows(&self) -> u64 {
        self.outcomes.iter().map(|(_, rows, _)| rows).sum()
    }
}

pub struct Files<'a> {
    pub staging: &'a Staging,
    pub calendar: &'a Calendar,
    pub streams: &'a Streams,
    pub dated: &'a Dated,
    pub formats: Formats,
    /// Whether the truth is wanted.
    pub is_told: bool,
}

impl Files<'_> {
    /// Writes a source's file of a day, if there is anything to write.
    pub fn write(
        &self,
        mut rows: Rows,
        day: usize,
        later: &Rows,
    ) -> Result<Vec<Account>, DemoError> {
        rows.append(later);
        let source = rows.source;
        if rows.len() == 0 {
            return Ok(Vec::new());
        }
        if source == Source::Purchases && self.dated.ten_times.contains(&day) {
            ten_times(&mut rows);
        }
        let format = self.formats.of(source, day, self.streams);
        let name = format!("{}.{}", source.name(), format.extension());
        let date = self.calendar.name(day);
        let mut account = account(&rows, day);
        if self.is_told {
            account.told = facts::told(&rows);
        }
        if self.dated.is_missing(source, day) {
            account.arrival = Arrival::Missing;
            account.path = format!("{}/dt={date}/{name}", source.name());
            account.judged.clear();
            account.faults = vec![whole(Kind::MissingFile, "never arrives")];
            return Ok(vec![account]);
        }
        let header = Header {
            new_column: self.dated.has_new_column(source, day),
            renamed: self.dated.is_renamed(source, day),
        };
        let bytes = encode::file(&rows, format, header).map_err(|reason| {
            DemoError::Refused(format!(
                "The rows of {source:?} on {date} could not be written: {reason}. Nothing was added to the landing folder."
            ))
        })?;
        let count = rows.len() as u64;
        account.path = self.staging.write(source, date, &name, &bytes, count)?;
        // Copies are some hundredths of the rows: only a file of few rows can be nothing but copies.
        account.digest = (count <= MOST_ROWS_BY_CHANCE).then(|| {
            let mut hasher = DefaultHasher::new();
            bytes.hash(&mut hasher);
            hasher.finish()
        });
        if self.dated.new_column == Some(day) && header.new_column {
            account.faults.push(whole(Kind::NewColumn, "from here on"));
        }
        if self.dated.rename == Some(day) && header.renamed {
            account
                .faults
                .push(whole(Kind::RenameColumn, "from here on: a run fails"));
        }
        if !self.dated.comes_twice(source, day) {
            return Ok(vec![account]);
        }
        let again = (day + 1).min(self.calendar.last());
        // Behind the day's own file in order of name.
        let name = format!("{}_again.{}", source.name(), format.extension());
        let path = self
            .staging
            .write(source, self.calendar.name(again), &name, &bytes, count)?;
        let copy = Account {
            source,
            path,
            day: again,
            arrival: Arrival::Skipped,
            outcomes: account.outcomes.clone(),
            judged: Vec::new(),
            faults: vec![whole(Kind::FileTwice, "the same bytes as the day before")],
            digest: None,
            told: Vec::new(),
        };
        Ok(vec![account, copy])
    }
}

fn whole(kind: Kind, what: &'static str) -> Faulty {
    Faulty {
        kind,
        row: None,
        key: String::new(),
        outcome: None,
        what,
    }
}

/// Nine more of every row that has a key.
fn ten_times(rows: &mut Rows) {
    let once = rows.len();
    for _ in 1..10 {
        for row in 0..once {
            if rows.is_raw(row) || rows.get(row, 0).is_empty() {
                continue;
            }
            let key = String::from_utf8_lossy(rows.get(row, 0)).into_owned();
            rows.repeat(row, Outcome::Duplicate);
            rows.note(Note {
                kind: Kind::TenTimes,
                key,
                what: "copy",
            });
        }
    }
}

fn account(rows: &Rows, day: usize) -> Account {
    let amount = (rows.source == Source::Purchases)
        .then(|| rows.source.column("amount"))
        .flatten();
    let mut outcomes: Vec<(Outcome, u64, i128)> = Vec::new();
    let mut judged = Vec::new();
    for row in 0..rows.len() {
        let outcome = rows.outcome(row);
        let cents = amount
            .filter(|_| !rows.is_raw(row))
            .and_then(|column| str::from_utf8(rows.get(row, column)).ok())
            .and_then(|text| unscaled(text, 2))
            .unwrap_or(0);
        match outcomes.iter_mut().find(|(of, ..)| *of == outcome) {
            Some((_, count, sum)) => {
                *count += 1;
                *sum += cents;
            }
            None => outcomes.push((outcome, 1, cents)),
        }
        if outcome != Outcome::Live {
            let key = if rows.is_raw(row) {
                String::new()
            } else {
                String::from_utf8_lossy(rows.get(row, 0)).into_owned()
            };
            judged.push(Judged {
                row: row as u64 + 1,
                key,
                outcome,
            });
        }
    }
    outcomes.sort_unstable();
    let faults = rows
        .notes
        .iter()
        .map(|(row, note)| Faulty {
            kind: note.kind,
            row: Some(u64::from(*row) + 1),
            key: note.key.clone(),
            outcome: Some(rows.outcome(*row as usize)),
            what: note.what,
        })
        .collect();
    Account {
        source: rows.source,
        path: String::new(),
        day,
        arrival: Arrival::Taken,
        outcomes,
        judged,
        faults,
        digest: None,
        told: Vec::new(),
    }
}
