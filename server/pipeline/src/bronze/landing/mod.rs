//! Where landing files lie: a folder, or a bucket of an object store. Both are listed and read in the same way.

mod folder;
mod listing;
mod object_store;

use std::fmt;
use std::io::Read;
use std::path::PathBuf;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use self::folder::Folder;
use self::object_store::Store;
use super::format::Format;
use super::{Fault, SetAside, SourceSpec};
use crate::PipelineError;

/// The name of a landing place: a folder's path, or `s3://bucket/prefix`, `gs://…`, `az://…`, `abfss://…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LandingPlace {
    Folder(PathBuf),
    /// Credentials and endpoint come from the environment, as the store's own tools have them.
    Store(String),
}

impl FromStr for LandingPlace {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.split_once("://") {
            Some(("file", path)) => Self::Folder(path.into()),
            Some(_) => Self::Store(text.trim_end_matches('/').to_owned()),
            None => Self::Folder(text.into()),
        })
    }
}

impl From<PathBuf> for LandingPlace {
    fn from(folder: PathBuf) -> Self {
        Self::Folder(folder)
    }
}

impl fmt::Display for LandingPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Store(url) => f.write_str(url),
        }
    }
}

/// A file in a day's folder of a source, not opened yet.
#[derive(Debug, Clone)]
pub(super) struct LandingFile {
    /// Position of its source in the specs.
    pub source: usize,
    pub dt: Date,
    /// Position among the files of its day, in path order.
    pub rank: i64,
    /// Relative to landing, with forward slashes.
    pub landing_path: String,
    pub version: Version,
    pub format: Format,
}

/// What tells whether a file is as it was, without reading it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    pub bytes: u64,
    /// The times of a file; what an object store names a content by.
    pub tag: String,
    /// Nanoseconds since 1970, where a change within a tick of the clock could stay unseen.
    pub changed_at: Option<i64>,
}

/// Files to read, by source, then path; and what lies where no file is expected.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub files: Vec<LandingFile>,
    pub set_aside: Vec<SetAside>,
}

/// Something that lies below the folder of a source.
struct Entry {
    /// Relative to landing, with forward slashes.
    landing_path: String,
    what: What,
}

enum What {
    File(Version),
    Folder,
    /// A sentence: why it cannot be read, and what to do.
    Unreadable(String),
}

/// An opened landing place.
pub(super) struct Landing {
    name: LandingPlace,
    at: At,
}

enum At {
    Folder(Folder),
    Store(Store),
}

impl Landing {
    /// # Errors
    /// [`PipelineError::Landing`] where a store's name or its credentials cannot be used.
    pub(super) fn open(place: &LandingPlace) -> Result<Self, PipelineError> {
        Ok(Self {
            name: place.clone(),
            at: match place {
                LandingPlace::Folder(path) => At::Folder(Folder(path.clone())),
                LandingPlace::Store(url) => At::Store(Store::open(url)?),
            },
        })
    }

    /// The folders at its top, in name order, without hidden ones.
    fn folders(&self) -> Result<Vec<String>, PipelineError> {
        let mut names = match &self.at {
            At::Folder(folder) => folder.folders(),
            At::Store(store) => store.folders()?,
        };
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        Ok(names)
    }

    /// What lies in the folder of a source and in its folders, in path order.
    fn entries(&self, source: &str) -> Result<Vec<Entry>, PipelineError> {
        match &self.at {
            At::Folder(folder) => Ok(folder.entries(source)),
            At::Store(store) => store.entries(source),
        }
    }

    /// The bytes of a landing file, from its first on.
    pub(super) fn read(&self, landing_path: &str) -> Result<Box<dyn Read + Send + '_>, Fault> {
        match &self.at {
            At::Folder(folder) => Ok(Box::new(folder.read(landing_path)?)),
            At::Store(store) => Ok(Box::new(store.read(landing_path)?)),
        }
    }

    /// Where the files of a source belong.
    pub(super) fn expected(&self, source: &str) -> String {
        format!(
            "{}/{source}/dt=YYYY-MM-DD/<file>.csv (or .jsonl, .parquet; each also with .gz)",
            self.name
        )
    }

    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    fn is_there(&self) -> Result<(), String> {
        match &self.at {
            At::Folder(Folder(path)) if !path.is_dir() => Err(if path.exists() {
                "is not a folder".to_owned()
            } else {
                "does not exist".to_owned()
            }),
            _ => Ok(()),
        }
    }

    /// How else a folder can be filled.
    fn or_a_demo(&self) -> String {
        match self.at {
            At::Folder(_) => {
                format!(", or make a demo world with `carton-caps demo --out {self}`")
            }
            At::Store(_) => String::new(),
        }
    }

    /// In words.
    fn what(&self) -> &'static str {
        match self.at {
            At::Folder(_) => "the landing folder",
            At::Store(_) => "the landing place",
        }
    }
}

impl fmt::Display for Landing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn a_place_is_a_folder_unless_it_names_a_store() {
        for (text, place) in [
            ("data/landing", LandingPlace::Folder("data/landing".into())),
            ("file:///data/l", LandingPlace::Folder("/data/l".into())),
            (
                "s3://bucket/a/",
                LandingPlace::Store("s3://bucket/a".into()),
            ),
            ("gs://bucket", LandingPlace::Store("gs://bucket".into())),
        ] {
            assert_eq!(text.parse::<LandingPlace>().unwrap(), place);
        }
    }

    #[test]
    fn a_store_that_is_not_known_is_refused() {
        let place: LandingPlace = "ftp://host/landing".parse().unwrap();
        let refusal = Landing::open(&place).map(|_| ()).unwrap_err().to_string();
        assert_eq!(
            refusal,
            "the landing place ftp://host/landing is of no known kind: name a folder, or a store as s3://bucket/prefix, \
             gs://bucket/prefix, az://container/prefix or abfss://container@account.dfs.core.windows.net/prefix"
        );
    }
}
