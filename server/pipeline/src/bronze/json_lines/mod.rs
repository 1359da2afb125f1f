//! JSON lines: an object per line, its keys the columns.

mod lines;
mod object;

use std::borrow::Cow;
use std::collections::BTreeSet;

use self::lines::{Line, Lines};
use self::object::Object;
use super::content::{Content, unreadable};
use super::format::Kind;
use super::reading::{LONGEST_RAW, Reading, rescued_name};
use super::{Fault, SourceSpec};

/// As many keys that the source does not know as are remembered of one file.
const MOST_NEW_KEYS: usize = 100;

/// Reads all lines; returns the content at its end.
pub(super) fn read<'a>(
    content: Content<'a>,
    reading: &mut Reading<'_>,
) -> Result<Content<'a>, Fault> {
    let mut lines = Lines::new(content);
    let start = lines.peek().map_err(|error| unreadable(&error))?;
    if let Some(reason) = Kind::JsonLines.mismatch(start) {
        return Err(Fault::SetAside(reason));
    }
    let mark = start.starts_with(b"\xef\xbb\xbf");
    lines.skip(if mark { 3 } else { 0 });
    let mut keys = Keys::new(reading.source);
    while let Some(line) = lines.read().map_err(|error| unreadable(&error))? {
        match line {
            Line::TooLong { start, mebibytes } => {
                let reason = format!("a line longer than {mebibytes} MiB");
                reading.malformed(start, &reason)?;
            }
            Line::Whole(line) if line.iter().all(u8::is_ascii_whitespace) => {}
            Line::Whole(line) => match keys.row(line) {
                Ok(row) => reading.row(
                    row.fields
                        .iter()
                        .map(|field| field.as_deref().unwrap_or("")),
                    row.extra
                        .iter()
                        .map(|(key, value)| (key.as_str(), &**value)),
                )?,
                Err(reason) => reading.malformed(line.trim_ascii_end(), &reason)?,
            },
        }
    }
    // A key may be left out where it has no value, so that only a file without it in any line is without the column.
    if keys.rows > 0 {
        let present: Vec<&str> = keys
            .columns
            .iter()
            .zip(&keys.seen)
            .filter_map(|(column, seen)| seen.then_some(*column))
            .chain(keys.new.iter().map(String::as_str))
            .collect();
        reading.check_columns(&present, "the keys of its lines are", "")?;
    }
    Ok(lines.into_source())
}

/// The line (from 1) of record `number` (from 1: blank lines are none), and its text.
pub(super) fn line(content: Content<'_>, number: u64) -> Result<Option<(u64, String)>, Fault> {
    let mut lines = Lines::new(content);
    let start = lines.peek().map_err(|error| unreadable(&error))?;
    let mark = start.starts_with(b"\xef\xbb\xbf");
    lines.skip(if mark { 3 } else { 0 });
    let (mut at, mut records) = (0, 0);
    while let Some(line) = lines.read().map_err(|error| unreadable(&error))? {
        let text = match line {
            Line::TooLong { start, .. } => start,
            Line::Whole(line) => &line[..line.len().min(LONGEST_RAW)],
        };
        at += 1;
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        records += 1;
        if records == number {
            let text = String::from_utf8_lossy(text.trim_ascii_end()).into_owned();
            return Ok(Some((at, text)));
        }
    }
    Ok(None)
}

/// Which keys the lines of a file have.
struct Keys<'a> {
    columns: Vec<&'a str>,
    seen: Vec<bool>,
    new: BTreeSet<String>,
    rows: u64,
}

struct Row<'l> {
    fields: Vec<Option<Cow<'l, str>>>,
    /// In the order of the keys.
    extra: Vec<(String, Cow<'l, str>)>,
}

impl<'a> Keys<'a> {
    fn new(source: &'a SourceSpec) -> Self {
        Self {
            columns: source.columns.iter().map(|c| c.name.as_str()).collect(),
            seen: vec![false; source.columns.len()],
            new: BTreeSet::new(),
            rows: 0,
        }
    }

    /// A line's fields, or why it is malformed.
    fn row<'l>(&mut self, line: &'l [u8]) -> Result<Row<'l>, String> {
        let line = str::from_utf8(line).map_err(|_| "not UTF-8")?;
        let object = Object::parse(line)?;
        let mut fields = vec![None; self.columns.len()];
        let mut given = vec![false; self.columns.len()];
        let mut extra: Vec<(String, Cow<'l, str>)> = Vec::new();
        let mut next = 0;
        for (position, (key, value)) in object.0.iter().enumerate() {
            // Lines mostly have the columns in one order.
            let column = if self.columns.get(next).is_some_and(|column| column == key) {
                Some(next)
            } else {
                self.columns.iter().position(|column| column == key)
            };
            let value = object::text(value)?;
            let Some(column) = column else {
                let key = rescued_name(key, position);
                extra.push((key, value.unwrap_or_default()));
                continue;
            };
            next = column + 1;
            if given[column] {
                return Err(twice(key));
            }
            given[column] = true;
            fields[column] = value;
        }
        extra.sort();
        if let Some(pair) = extra.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(twice(&pair[0].0));
        }
        self.rows += 1;
        for (seen, given) in self.seen.iter_mut().zip(given) {
            *seen |= given;
        }
        for (key, _) in &extra {
            if self.new.len() < MOST_NEW_KEYS && !self.new.contains(key) {
                self.new.insert(key.clone());
            }
        }
        Ok(Row { fields, extra })
    }
}

fn twice(key: &str) -> String {
    format!("the key `{key}` stands twice")
}
