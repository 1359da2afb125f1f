//! Which landing files are new to bronze, and the place of each among the others.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Read};

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::content::unreadable;
use super::index::{Index, Seen};
use super::landing::{Landing, LandingFile};
use super::parallel::parallel;
use super::parquet_file::days_since_epoch;
use super::{BronzeFile, Fault, Meter, SetAside, SourceSpec};
use crate::PipelineError;

/// A landing file whose content is not in bronze.
pub(super) struct Job {
    pub file: LandingFile,
    pub file_id: String,
    pub ingest_seq: i64,
}

/// The landing files, hashed.
pub(super) struct Found {
    pub jobs: Vec<Job>,
    /// By path in landing.
    pub seen: BTreeMap<String, Seen>,
    /// Those that could not be hashed.
    pub set_aside: Vec<SetAside>,
}

/// Finds the landing files whose content is not in bronze, each content once. Files that are as the index knows them are
/// not read.
pub(super) fn find(
    landing: &Landing,
    landing_files: Vec<LandingFile>,
    sources: &[SourceSpec],
    stored: &[BronzeFile],
    index: &Index,
    threads: usize,
    meter: &Meter<'_>,
) -> Result<Found, PipelineError> {
    let hashes = parallel(threads, &landing_files, |file| {
        if let Some(known) = index.file_id(&file.landing_path, &file.version) {
            return Ok(Ok(known.to_owned()));
        }
        match hash(landing, &file.landing_path) {
            Ok(file_id) => Ok(Ok(file_id)),
            Err(Fault::SetAside(reason)) => Ok(Err(reason)),
            Err(Fault::Fatal(error)) => Err(error),
        }
    })?;
    let mut places = Places::of(stored, sources);
    let mut known: HashSet<(usize, String)> = HashSet::with_capacity(hashes.len());
    for file in stored {
        if let Some(source) = sources.iter().position(|source| source.name == file.source) {
            known.insert((source, file.file_id.clone()));
        }
    }
    let mut found = Found {
        jobs: Vec::new(),
        seen: BTreeMap::new(),
        set_aside: Vec::new(),
    };
    for (file, hash) in landing_files.into_iter().zip(hashes) {
        let file_id = match hash {
            Ok(file_id) => file_id,
            Err(reason) => {
                let unread = SetAside::new(file.landing_path, reason);
                found.set_aside.push(unread);
                continue;
            }
        };
        let seen = Seen {
            version: file.version.clone(),
            file_id: file_id.clone(),
        };
        found.seen.insert(file.landing_path.clone(), seen);
        if !known.insert((file.source, file_id.clone())) {
            meter.advance(file.version.bytes);
            continue;
        }
        let ingest_seq = places.next(&file);
        found.jobs.push(Job {
            file,
            file_id,
            ingest_seq,
        });
    }
    Ok(found)
}

/// SHA-256, in hex, of a landing file's bytes.
pub(super) fn hash(landing: &Landing, landing_path: &str) -> Result<String, Fault> {
    let mut file = landing.read(landing_path)?;
    let mut sha = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hex::encode(sha.finalize())),
            Ok(read) => sha.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(&error)),
        }
    }
}

/// The place of a file among those of its source: its day, then its rank in that day's folder in path order. A file that
/// comes into a day's folder after others were taken in from it follows them, so that no file's number ever changes.
struct Places {
    next: HashMap<(usize, Date), i64>,
    taken: HashSet<(usize, i64)>,
}

impl Places {
    fn of(stored: &[BronzeFile], sources: &[SourceSpec]) -> Self {
        let mut places = Self {
            next: HashMap::new(),
            taken: HashSet::new(),
        };
        for file in stored {
            if let Some(source) = sources.iter().position(|source| source.name == file.source) {
                places.take(source, file.dt, file.ingest_seq);
            }
        }
        places
    }

    fn take(&mut self, source: usize, dt: Date, ingest_seq: i64) {
        let next = self.next.entry((source, dt)).or_insert(0);
        *next = ingest_seq.saturating_add(1).max(*next);
        self.taken.insert((source, ingest_seq));
    }

    /// A file's own place in path order while that is free: after a run that was killed between two files of a day, the
    /// order is the one an undisturbed run gives.
    fn next(&mut self, file: &LandingFile) -> i64 {
        let own = i64::from(days_since_epoch(file.dt)) * 1_000_000 + file.rank;
        let place = if self.taken.contains(&(file.source, own)) {
            self.next
                .get(&(file.source, file.dt))
                .copied()
                .unwrap_or(own)
        } else {
            own
        };
        self.take(file.source, file.dt, place);
        place
    }
}
