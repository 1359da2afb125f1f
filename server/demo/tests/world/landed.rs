//! A generated world, read back as text.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use demo::{Dirt, Formats, World, Written, generate};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

pub const FROM: &str = "2024-04-01";
pub const UNTIL: &str = "2026-03-31";

pub fn world(out: &Path, purchases: u64, seed: u64, threads: usize) -> World {
    World {
        out: out.to_owned(),
        truth: None,
        dirt: Dirt::off(),
        formats: Formats::default(),
        purchases,
        seed,
        until: UNTIL.parse().unwrap(),
        threads,
    }
}

/// A world is a thousand small files: they go to memory where the system offers it.
pub fn scratch() -> TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

/// One row: column name to text, with the landing day as `dt`.
pub type Row = BTreeMap<String, String>;

pub struct Landed {
    pub written: Written,
    pub files: u64,
    pub users: Vec<Row>,
    pub schools: Vec<Row>,
    pub products: Vec<Row>,
    pub purchases: Vec<Row>,
    pub referrals: Vec<Row>,
    pub events: Vec<Row>,
}

impl Landed {
    pub fn make(purchases: u64, seed: u64) -> Self {
        let folder = scratch();
        let written = generate(&world(folder.path(), purchases, seed, 2), &|_, _| {}).unwrap();
        let mut files = 0;
        let mut read = |source: &str| {
            let mut rows = Vec::new();
            for (path, contents) in contents(folder.path()) {
                let parts: Vec<&str> = path.split('/').collect();
                let &[of, day, name] = parts.as_slice() else {
                    panic!("unexpected path {path}")
                };
                if of != source {
                    continue;
                }
                files += 1;
                assert_eq!(name, format!("{source}.csv"));
                let text = String::from_utf8(contents).unwrap();
                assert!(text.ends_with('\n'), "{path}");
                let mut lines = csv::Reader::from_reader(text.as_bytes());
                let header = lines.headers().unwrap().clone();
                for line in lines.records() {
                    let line = line.unwrap();
                    let mut row: Row = header
                        .iter()
                        .zip(&line)
                        .map(|(h, f)| (h.to_owned(), f.to_owned()))
                        .collect();
                    row.insert("dt".into(), day.strip_prefix("dt=").unwrap().into());
                    rows.push(row);
                }
            }
            rows
        };
        let (users, schools) = (read("users"), read("schools"));
        let (products, purchases) = (read("products"), read("purchases"));
        let (referrals, events) = (read("referrals"), read("events"));
        Self {
            written,
            files,
            users,
            schools,
            products,
            purchases,
            referrals,
            events,
        }
    }

    /// A world of 20,000 lines that the tests share.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Landed> = OnceLock::new();
        SHARED.get_or_init(|| Self::make(20_000, 7))
    }

    /// A world of 300,000 lines, for rates that a small one leaves to chance.
    pub fn large() -> &'static Self {
        static LARGE: OnceLock<Landed> = OnceLock::new();
        LARGE.get_or_init(|| Self::make(300_000, 7))
    }
}

/// Every file's path below the folder, with its bytes, in order of path.
pub fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, to: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, to);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                to.insert(name.to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

/// SHA-256 over all paths and bytes.
pub fn fingerprint(folder: &Path) -> String {
    let mut hash = Sha256::new();
    for (path, bytes) in contents(folder) {
        hash.update(path.as_bytes());
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(&bytes);
    }
    hex::encode(hash.finalize())
}

/// The first version of each key.
pub fn inserted<'a>(rows: &'a [Row], key: &str) -> BTreeMap<&'a str, &'a Row> {
    rows.iter()
        .filter(|row| row["op"] == "I")
        .map(|row| (row[key].as_str(), row))
        .collect()
}

/// Cents of an amount like `12.30`, which must have two decimals.
pub fn cents(text: &str) -> i64 {
    let (whole, part) = text.split_once('.').unwrap();
    assert_eq!(part.len(), 2, "{text}");
    whole.parse::<i64>().unwrap() * 100 + part.parse::<i64>().unwrap()
}
