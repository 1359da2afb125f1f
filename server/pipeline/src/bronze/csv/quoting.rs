//! Lines and quotes of CSV as raw bytes.

use csv_core::Reader;
use memchr::{memchr, memchr3};

/// What the quotes of a record are like.
pub(super) enum Quoting {
    /// Every quoted field is closed, at its end.
    Closed,
    Unclosed,
    TextAfterQuote,
}

/// Judges the quotes of one record.
pub(super) fn quoting(record: &[u8]) -> Quoting {
    let mut rest = record;
    loop {
        if rest.first() == Some(&b'"') {
            rest = &rest[1..];
            loop {
                let Some(quote) = memchr(b'"', rest) else {
                    return Quoting::Unclosed;
                };
                rest = &rest[quote + 1..];
                if rest.first() != Some(&b'"') {
                    break;
                }
                rest = &rest[1..];
            }
            match rest.first() {
                None | Some(b'\r' | b'\n') => return Quoting::Closed,
                Some(b',') => rest = &rest[1..],
                Some(_) => return Quoting::TextAfterQuote,
            }
        } else {
            match memchr3(b',', b'\r', b'\n', rest) {
                Some(end) if rest[end] == b',' => rest = &rest[end + 1..],
                _ => return Quoting::Closed,
            }
        }
    }
}

/// How many fields a line has.
pub(super) fn count_fields(line: &[u8]) -> usize {
    let mut core = Reader::new();
    let (mut text, mut ends) = (vec![0; line.len() + 1], vec![0; line.len() + 1]);
    let (_, read, written, fields) = core.read_record(line, &mut text, &mut ends);
    let (_, _, _, last) =
        core.read_record(&line[read..], &mut text[written..], &mut ends[fields..]);
    fields + last
}

/// The length of the first line of a record, with the blank lines before it and its line feed; `None` where it has one line.
pub(super) fn first_line(record: &[u8]) -> Option<usize> {
    let blank = record
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count();
    memchr(b'\n', &record[blank..]).map(|end| blank + end + 1)
}

/// A record without the line ends around it.
pub(super) fn trim_line(mut record: &[u8]) -> &[u8] {
    while let [b'\r' | b'\n', rest @ ..] = record {
        record = rest;
    }
    while let [rest @ .., b'\r' | b'\n'] = record {
        record = rest;
    }
    record
}
