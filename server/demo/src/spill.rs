//! Receipts' headers set aside by landing day in one file, so that memory
//! does not grow with the world.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::DemoError;

/// A receipt before its lines are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receipt {
    pub at: u32,
    pub user: u32,
    /// The user's visits, counted from 0; addresses the receipt's lines.
    pub visit: u32,
    pub lines: u8,
}

const BYTES: usize = 16;

impl Receipt {
    fn encode(self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        bytes[..4].copy_from_slice(&self.at.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.user.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.visit.to_le_bytes());
        bytes[12] = self.lines;
        bytes
    }

    fn decode(bytes: &[u8]) -> Self {
        let word = |at: usize| {
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        Self {
            at: word(0),
            user: word(4),
            visit: word(8),
            lines: bytes[12],
        }
    }
}

/// What a landing day holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Total {
    pub receipts: u64,
    pub lines: u64,
}

pub struct Spill {
    path: PathBuf,
    inner: Mutex<Inner>,
}

struct Inner {
    file: File,
    end: u64,
    days: Vec<Day>,
}

#[derive(Clone, Default)]
struct Day {
    total: Total,
    /// Offset and bytes of each run of this day's receipts.
    runs: Vec<(u64, usize)>,
}

impl Spill {
    pub fn create(folder: &Path, days: usize) -> Result<Self, DemoError> {
        let path = folder.join("receipts.spill");
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .map_err(|source| DemoError::Write {
                path: path.clone(),
                source,
            })?;
        Ok(Self {
            path,
            inner: Mutex::new(Inner {
                file,
                end: 0,
                days: vec![Day::default(); days],
            }),
        })
    }

    fn failed(&self, source: std::io::Error) -> DemoError {
        DemoError::Write {
            path: self.path.clone(),
            source,
        }
    }

    /// Sets receipts aside; `day` tells each one's landing day.
    pub fn put(
        &self,
        receipts: &mut [Receipt],
        day: impl Fn(&Receipt) -> usize,
    ) -> Result<(), DemoError> {
        receipts.sort_unstable();
        let bytes: Vec<u8> = receipts.iter().flat_map(|r| r.encode()).collect();
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let start = inner.end;
        inner
            .file
            .seek(SeekFrom::Start(start))
            .map_err(|e| self.failed(e))?;
        inner.file.write_all(&bytes).map_err(|e| self.failed(e))?;
        inner.end += bytes.len() as u64;
        let mut offset = start;
        for run in receipts.chunk_by(|a, b| day(a) == day(b)) {
            let length = run.len() * BYTES;
            let entry = &mut inner.days[day(&run[0])];
            entry.runs.push((offset, length));
            entry.total.receipts += run.len() as u64;
            entry.total.lines += run.iter().map(|r| u64::from(r.lines)).sum::<u64>();
            offset += length as u64;
        }
        Ok(())
    }

    /// Receipts and lines before each day.
    pub fn before(&self) -> Vec<Total> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner
            .days
            .iter()
            .scan(Total::default(), |sum, day| {
                let before = *sum;
                sum.receipts += day.total.receipts;
                sum.lines += day.total.lines;
                Some(before)
            })
            .collect()
    }

    /// A landing day's receipts by time, user and visit: an order that no thread can change.
    pub fn take(&self, day: usize) -> Result<Vec<Receipt>, DemoError> {
        let mut bytes = Vec::new();
        {
            let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            let runs = std::mem::take(&mut inner.days[day].runs);
            bytes.resize(runs.iter().map(|(_, length)| length).sum(), 0);
            let mut filled = 0;
            for (offset, length) in runs {
                inner
                    .file
                    .seek(SeekFrom::Start(offset))
                    .map_err(|e| self.failed(e))?;
                inner
                    .file
                    .read_exact(&mut bytes[filled..filled + length])
                    .map_err(|e| self.failed(e))?;
                filled += length;
            }
        }
        let mut receipts: Vec<Receipt> = bytes.chunks_exact(BYTES).map(Receipt::decode).collect();
        receipts.sort_unstable();
        Ok(receipts)
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        // Best effort: the staging folder it sits in is removed as a whole as well.
        let _ = std::fs::remove_file(&self.path);
    }
}
