//! CSV records one after another from a stream, in bounded memory, with the raw bytes of each record at hand.
//!
//! A quote that is never closed would swallow every line up to the next quote or the end of the file. Where a record's
//! quoting is broken, only its first line is given up, and reading goes on at the next line.

use std::io::{self, Read};

use csv_core::{ReadRecordResult, Reader};
use memchr::{memchr, memrchr};

use super::super::reading::LONGEST_RAW;
use super::quoting::{Quoting, count_fields, first_line, quoting, trim_line};

/// Beyond this a record is taken for a quote that was never closed.
const LONGEST_RECORD: usize = 32 << 20;
const CHUNK: usize = 256 << 10;

/// What [`Records::read`] came upon.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// See [`Records::fields`].
    Row,
    /// See [`Records::raw`].
    Malformed(String),
    End,
}

pub(super) struct Records<R> {
    source: R,
    core: Reader,
    longest_record: usize,
    buffer: Vec<u8>,
    /// `buffer[start..at]` is the record last read, `buffer[at..filled]` what comes next.
    start: usize,
    at: usize,
    filled: usize,
    exhausted: bool,
    /// The record's fields, unquoted, one after another; `ends` says where each ends.
    text: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
    /// The text of the record last read, where that was malformed.
    raw: Vec<u8>,
    malformed: bool,
}

/// The fields of one record.
pub(super) struct Fields<'a> {
    text: &'a str,
    ends: &'a [usize],
}

impl<'a> Fields<'a> {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, field: usize) -> Option<&'a str> {
        let end = *self.ends.get(field)?;
        let start = if field == 0 { 0 } else { self.ends[field - 1] };
        self.text.get(start..end)
    }
}

enum Parsed {
    Record,
    TooLong,
    End,
}

impl<R: Read> Records<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            core: Reader::new(),
            longest_record: LONGEST_RECORD,
            buffer: vec![0; CHUNK],
            start: 0,
            at: 0,
            filled: 0,
            exhausted: false,
            text: vec![0; CHUNK],
            ends: vec![0; 64],
            fields: 0,
            raw: Vec::new(),
            malformed: false,
        }
    }

    pub(super) fn into_source(self) -> R {
        self.source
    }

    /// The bytes of the record last read, with the line ends around it; of one that is too long, nothing.
    pub(super) fn consumed(&self) -> &[u8] {
        &self.buffer[self.start..self.at]
    }

    /// The first bytes (at most `CHUNK`), before anything was read.
    pub(super) fn peek(&mut self) -> io::Result<&[u8]> {
        while !self.exhausted && self.filled < self.buffer.len() {
            self.fill()?;
        }
        Ok(&self.buffer[..self.filled])
    }

    /// Leaves out `bytes` at the beginning, before anything was read.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.filled);
    }

    /// Reads the next record; `expected` is how many fields it has, where that is known.
    pub(super) fn read(&mut self, expected: Option<usize>) -> io::Result<Record> {
        let parsed = self.parse()?;
        let fault = match parsed {
            Parsed::End => return Ok(Record::End),
            Parsed::TooLong => Some(format!(
                "a line longer than {} MiB",
                self.longest_record >> 20
            )),
            Parsed::Record => self.fault(expected),
        };
        self.malformed = fault.is_some();
        let Some(mut fault) = fault else {
            return Ok(Record::Row);
        };
        let record = &self.buffer[self.start..self.at];
        let too_long = matches!(parsed, Parsed::TooLong);
        let first_line = if too_long || self.swallowed_lines(expected) {
            first_line(record)
        } else {
            None
        };
        let kept = trim_line(&record[..first_line.unwrap_or(record.len())]);
        self.raw.clear();
        self.raw
            .extend_from_slice(&kept[..kept.len().min(LONGEST_RAW)]);
        if let Some(length) = first_line {
            "a quote is not closed".clone_into(&mut fault);
            self.at = self.start + length;
            self.core.reset();
        } else if too_long {
            self.core.reset();
            self.skip_line()?;
        }
        Ok(Record::Malformed(fault))
    }

    /// The fields of the row last read; `None` where they are not UTF-8.
    pub(super) fn fields(&self) -> Option<Fields<'_>> {
        let ends = &self.ends[..self.fields];
        let text = str::from_utf8(&self.text[..ends.last().copied().unwrap_or(0)]).ok()?;
        let sound = text.is_ascii() || ends.iter().all(|&end| text.is_char_boundary(end));
        sound.then_some(Fields { text, ends })
    }

    /// The text of the record last read, its beginning where it is very long.
    pub(super) fn raw(&self) -> &[u8] {
        if self.malformed {
            return &self.raw;
        }
        let raw = trim_line(&self.buffer[self.start..self.at]);
        &raw[..raw.len().min(LONGEST_RAW)]
    }

    fn parse(&mut self) -> io::Result<Parsed> {
        let (mut length, mut fields) = (0, 0);
        self.start = self.at;
        loop {
            if self.at == self.filled && !self.exhausted {
                self.fill()?;
                continue;
            }
            let input = &self.buffer[self.at..self.filled];
            let (result, read, written, ended) =
                self.core
                    .read_record(input, &mut self.text[length..], &mut self.ends[fields..]);
            self.at += read;
            length += written;
            fields += ended;
            match result {
                ReadRecordResult::InputEmpty if self.at - self.start > self.longest_record => {
                    return Ok(Parsed::TooLong);
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => {
                    self.fields = fields;
                    return Ok(Parsed::Record);
                }
                ReadRecordResult::End => return Ok(Parsed::End),
            }
        }
    }

    /// Reads more of the source behind what is there; the record at hand stays in the buffer.
    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.filled, 0);
            self.at -= self.start;
            self.filled -= self.start;
            self.start = 0;
        }
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let read = loop {
            match self.source.read(&mut self.buffer[self.filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.filled += read;
        self.exhausted = read == 0;
        Ok(())
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            if let Some(end) = memchr(b'\n', &self.buffer[self.at..self.filled]) {
                self.at += end + 1;
                return Ok(());
            }
            self.at = self.filled;
            self.start = self.at;
            if self.exhausted {
                return Ok(());
            }
            self.fill()?;
        }
    }

    fn fault(&self, expected: Option<usize>) -> Option<String> {
        let raw = trim_line(&self.buffer[self.start..self.at]);
        if memchr(b'"', raw).is_some() {
            match quoting(raw) {
                Quoting::Closed => {}
                Quoting::Unclosed => return Some("a quote is not closed".to_owned()),
                Quoting::TextAfterQuote => return Some("text after a closing quote".to_owned()),
            }
        }
        let expected = expected?;
        (self.fields != expected)
            .then(|| format!("expected {expected} fields, found {}", self.fields))
    }

    /// Whether a malformed record holds whole lines that are records of their own: its quoting is broken, or a line
    /// between its first and its last has just the right number of fields.
    fn swallowed_lines(&self, expected: Option<usize>) -> bool {
        let raw = trim_line(&self.buffer[self.start..self.at]);
        let (Some(first), Some(last)) = (memchr(b'\n', raw), memrchr(b'\n', raw)) else {
            return false;
        };
        let between = if first < last {
            &raw[first + 1..last]
        } else {
            &[]
        };
        !matches!(quoting(raw), Quoting::Closed)
            || between
                .split(|&byte| byte == b'\n')
                .any(|line| Some(count_fields(line)) == expected)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    /// A source that gives a few bytes at a time, so that every boundary falls inside a record sooner or later.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let bytes = self.1.min(self.0.len()).min(buffer.len());
            buffer[..bytes].copy_from_slice(&self.0[..bytes]);
            self.0 = &self.0[bytes..];
            Ok(bytes)
        }
    }

    /// Each record as its fields joined by `|`, or `!raw (reason)`.
    fn all(text: &[u8], expected: usize, longest: usize, step: usize) -> Vec<String> {
        let mut records = Records::new(Trickle(text, step));
        records.longest_record = longest;
        let mut found = Vec::new();
        loop {
            match records.read(Some(expected)).unwrap() {
                Record::End => return found,
                Record::Row => {
                    let fields = records.fields().unwrap();
                    found.push(
                        (0..fields.len())
                            .map(|i| fields.get(i).unwrap())
                            .collect::<Vec<_>>()
                            .join("|"),
                    );
                }
                Record::Malformed(reason) => {
                    found.push(format!(
                        "!{} ({reason})",
                        String::from_utf8_lossy(records.raw())
                    ));
                }
            }
        }
    }

    fn read(text: &str, expected: usize) -> Vec<String> {
        let whole = all(text.as_bytes(), expected, LONGEST_RECORD, usize::MAX);
        for step in [1, 7] {
            assert_eq!(
                whole,
                all(text.as_bytes(), expected, LONGEST_RECORD, step),
                "by {step} bytes"
            );
        }
        whole
    }

    #[test]
    fn quoted_commas_quotes_and_newlines_are_part_of_a_field() {
        assert_eq!(
            read("1,\"a,b\"\r\n2,\"say \"\"hi\"\"\"\n\n3,\"two\nlines\"", 2),
            ["1|a,b", "2|say \"hi\"", "3|two\nlines"]
        );
    }

    #[test]
    fn a_ragged_row_is_malformed_alone() {
        assert_eq!(
            read("1,a\n2\n3,c,d\n4,d\n", 2),
            [
                "1|a",
                "!2 (expected 2 fields, found 1)",
                "!3,c,d (expected 2 fields, found 3)",
                "4|d"
            ]
        );
    }

    #[test]
    fn an_unclosed_quote_gives_up_its_line_and_no_other() {
        assert_eq!(
            read("1,a\n2,\"b\n3,c\n4,d\n", 2),
            ["1|a", "!2,\"b (a quote is not closed)", "3|c", "4|d"]
        );
    }

    #[test]
    fn an_unclosed_quote_that_meets_a_good_quoted_row_gives_up_its_line_and_no_other() {
        assert_eq!(
            read("1,\"b\n2,c\n3,\"d\"\n4,\"e\n5\"\n", 2),
            ["!1,\"b (a quote is not closed)", "2|c", "3|d", "4|e\n5"]
        );
    }

    #[test]
    fn two_unclosed_quotes_that_seem_to_close_each_other_lose_no_row_between_them() {
        assert_eq!(
            read("1,\"b,x\n2,c,x\n3,d\",x,y\n4,e,x\n", 3),
            [
                "!1,\"b,x (a quote is not closed)",
                "2|c|x",
                "!3,d\",x,y (expected 3 fields, found 4)",
                "4|e|x"
            ]
        );
    }

    #[test]
    fn a_ragged_row_with_quoted_lines_is_one_malformed_record() {
        assert_eq!(
            read("1,\"a\nb\",x\n2,c\n", 2),
            ["!1,\"a\nb\",x (expected 2 fields, found 3)", "2|c"]
        );
    }

    #[test]
    fn a_record_longer_than_any_is_given_up_and_the_next_lines_are_kept() {
        let swallowed = format!("1,\"b\n{}", "2,c\n".repeat(300));
        let found = all(swallowed.as_bytes(), 2, 64, 16);
        assert_eq!(found.len(), 301);
        assert_eq!(found[300], "2|c");
        let endless = format!("1,{}\n2,c\n", "x".repeat(5000));
        let found = all(endless.as_bytes(), 2, 64, 16);
        assert_eq!(found.len(), 2);
        assert_eq!(found[1], "2|c");
    }

    #[test]
    fn a_field_of_ten_megabytes_is_read() {
        let text = format!("1,\"{}\"\n2,b\n", "x\n".repeat(5 << 20));
        let found = all(text.as_bytes(), 2, LONGEST_RECORD, usize::MAX);
        assert_eq!(
            found.iter().map(String::len).collect::<Vec<_>>(),
            [(10 << 20) + 2, 3]
        );
    }

    #[test]
    fn bytes_that_are_not_utf8_are_no_fields() {
        let mut records = Records::new(&b"1,\xe9\n2,\xc3,\xa9\n"[..]);
        for raw in [&b"1,\xe9"[..], b"2,\xc3,\xa9"] {
            assert_eq!(records.read(None).unwrap(), Record::Row);
            assert!(records.fields().is_none());
            assert_eq!(records.raw(), raw);
        }
    }
}
