//! Lines one after another from a stream, in bounded memory.

use std::io::{self, Read};

use memchr::memchr;

use super::super::reading::LONGEST_RAW;

/// Beyond this a line is given up.
const LONGEST_LINE: usize = 32 << 20;
const CHUNK: usize = 256 << 10;

pub(super) enum Line<'a> {
    /// Without its line feed.
    Whole(&'a [u8]),
    /// The beginning of a line that is longer than lines may be.
    TooLong { start: &'a [u8], mebibytes: usize },
}

pub(super) struct Lines<R> {
    source: R,
    longest: usize,
    buffer: Vec<u8>,
    /// `buffer[at..filled]` is what comes next.
    at: usize,
    filled: usize,
    exhausted: bool,
    /// The beginning of the line last read, where that was too long.
    start: Vec<u8>,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            longest: LONGEST_LINE,
            buffer: vec![0; CHUNK],
            at: 0,
            filled: 0,
            exhausted: false,
            start: Vec::new(),
        }
    }

    pub(super) fn into_source(self) -> R {
        self.source
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

    /// The next line; the last one need not end in a line feed.
    pub(super) fn read(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut searched = 0;
        loop {
            let ahead = &self.buffer[self.at..self.filled];
            let end = memchr(b'\n', &ahead[searched..]).map(|end| searched + end);
            let length = end.unwrap_or(ahead.len());
            if length > self.longest {
                self.start.clear();
                self.start
                    .extend_from_slice(&ahead[..LONGEST_RAW.min(length)]);
                self.at += length;
                self.skip_line()?;
                return Ok(Some(Line::TooLong {
                    start: &self.start,
                    mebibytes: self.longest >> 20,
                }));
            }
            if end.is_some() || self.exhausted {
                let start = self.at;
                self.at = (start + length + 1).min(self.filled);
                let line = &self.buffer[start..start + length];
                return Ok((end.is_some() || length > 0).then_some(Line::Whole(line)));
            }
            searched = length;
            self.fill()?;
        }
    }

    /// Goes behind the next line feed.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            if let Some(end) = memchr(b'\n', &self.buffer[self.at..self.filled]) {
                self.at += end + 1;
                return Ok(());
            }
            self.at = self.filled;
            if self.exhausted {
                return Ok(());
            }
            self.fill()?;
        }
    }

    /// Reads more of the source behind what is there; what comes next stays in the buffer.
    fn fill(&mut self) -> io::Result<()> {
        if self.at > 0 {
            self.buffer.copy_within(self.at..self.filled, 0);
            self.filled -= self.at;
            self.at = 0;
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
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn lines_end_at_line_feeds_and_one_that_is_too_long_costs_no_other() {
        let text = format!("one\r\n\n{}\nthree", "x".repeat(3 << 20));
        for (longest, expected) in [(3 << 20, "3145728"), (1 << 20, "too long")] {
            let mut lines = Lines::new(text.as_bytes());
            lines.longest = longest;
            let mut found = Vec::new();
            while let Some(line) = lines.read().unwrap() {
                found.push(match line {
                    Line::Whole(line) if line.len() > 100 => line.len().to_string(),
                    Line::Whole(line) => String::from_utf8_lossy(line).into_owned(),
                    Line::TooLong { start, mebibytes } => {
                        assert_eq!((start.len(), mebibytes), (LONGEST_RAW, 1));
                        "too long".to_owned()
                    }
                });
            }
            assert_eq!(found, ["one\r", "", expected, "three"]);
        }
    }
}
