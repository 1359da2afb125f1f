//! A mistake in the project's files, where it stands and what was expected.

use std::fmt;
use std::path::{Path, PathBuf};

/// Names the file, and the line where it is known. The message is a sentence for the person who edits the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectError {
    pub file: PathBuf,
    /// Counted from 1.
    pub line: Option<usize>,
    pub message: String,
}

impl ProjectError {
    #[must_use]
    pub fn new(file: impl Into<PathBuf>, line: Option<usize>, message: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line,
            message: message.into(),
        }
    }

    pub(crate) fn io(file: &Path, error: &std::io::Error) -> Self {
        Self::new(file, None, format!("cannot be read: {error}"))
    }
}

impl fmt::Display for ProjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file.display(), self.message),
            None => write!(f, "{}: {}", self.file.display(), self.message),
        }
    }
}

impl std::error::Error for ProjectError {}

/// "did you mean a, b?" for a name that is not among `known`; empty when nothing is near.
#[must_use]
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let mut near: Vec<(usize, &str)> = known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| {
            *distance <= name.len().max(candidate.len()) / 2
                || candidate.contains(name)
                || name.contains(candidate)
        })
        .collect();
    near.sort_unstable();
    near.truncate(3);
    if near.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = near.into_iter().map(|(_, candidate)| candidate).collect();
    format!("; did you mean {}?", names.join(", "))
}
