//! CSV: a header that says which field is which column, then a record per row.

mod quoting;
mod records;

use self::records::{Record, Records};
use super::Fault;
use super::content::{Content, unreadable};
use super::format::Kind;
use super::reading::{Reading, rescued_name};

/// Where the columns of a source stand in a file.
struct Header {
    /// For each column of the source its field, where the file has it.
    positions: Vec<Option<usize>>,
    /// Columns that the source does not know, with their field, in the order of their names: equal rows have equal text in
    /// `_rescued`.
    extra: Vec<(String, usize)>,
    width: usize,
}

/// Reads all records; returns the content at its end.
pub(super) fn read<'a>(
    content: Content<'a>,
    reading: &mut Reading<'_>,
) -> Result<Content<'a>, Fault> {
    let mut records = Records::new(content);
    let header = open(&mut records, reading)?;
    loop {
        let reason = match records
            .read(Some(header.width))
            .map_err(|error| unreadable(&error))?
        {
            Record::End => return Ok(records.into_source()),
            Record::Malformed(reason) => reason,
            Record::Row => match records.fields() {
                Some(fields) => {
                    let get = |field| fields.get(field).unwrap_or_default();
                    let values = header
                        .positions
                        .iter()
                        .map(|field| field.map(get).unwrap_or_default());
                    let extra = header
                        .extra
                        .iter()
                        .map(|(name, field)| (name.as_str(), get(*field)));
                    reading.row(values, extra)?;
                    continue;
                }
                None => "not UTF-8".to_owned(),
            },
        };
        reading.malformed(records.raw(), &reason)?;
    }
}

/// The line that record `number` (from 1, without the header) begins at, from 1, and its text.
pub(super) fn line(content: Content<'_>, number: u64) -> Result<Option<(u64, String)>, Fault> {
    let line_feeds = |bytes: &[u8]| memchr::memchr_iter(b'\n', bytes).count() as u64;
    let mut records = Records::new(content);
    let start = records.peek().map_err(|error| unreadable(&error))?;
    let mark = start.starts_with(b"\xef\xbb\xbf");
    records.skip(if mark { 3 } else { 0 });
    let width = read_header(&mut records)?.len();
    let mut before = line_feeds(records.consumed());
    for at in 1.. {
        let record = records
            .read(Some(width))
            .map_err(|error| unreadable(&error))?;
        if record == Record::End {
            break;
        }
        let consumed = records.consumed();
        let blank = consumed
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        if at == number {
            let line = before + line_feeds(&consumed[..blank]) + 1;
            let text = String::from_utf8_lossy(records.raw()).into_owned();
            return Ok(Some((line, text)));
        }
        // A line that is too long was left behind, to its end.
        before += if consumed.is_empty() {
            1
        } else {
            line_feeds(consumed)
        };
    }
    Ok(None)
}

fn open(records: &mut Records<Content<'_>>, reading: &mut Reading<'_>) -> Result<Header, Fault> {
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
    if let Some(reason) = Kind::Csv.mismatch(start) {
        return Err(Fault::SetAside(reason));
    }
    let mark = start.starts_with(b"\xef\xbb\xbf");
    records.skip(if mark { 3 } else { 0 });
    let names = read_header(records)?;
    let present: Vec<&str> = names.iter().map(String::as_str).collect();
    let hint = match present.as_slice() {
        [only] if only.contains([';', '\t', '|']) => {
            "; are its fields separated by something else than commas?"
        }
        _ => "",
    };
    reading.check_columns(&present, "the header is", hint)?;
    let columns = &reading.source.columns;
    let positions = columns
        .iter()
        .map(|column| names.iter().position(|name| *name == column.name))
        .collect();
    let mut extra: Vec<(String, usize)> = names
        .iter()
        .enumerate()
        .filter(|(_, name)| !columns.iter().any(|column| column.name == **name))
        .map(|(position, name)| (rescued_name(name, position), position))
        .collect();
    extra.sort();
    Ok(Header {
        positions,
        extra,
        width: names.len(),
    })
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
