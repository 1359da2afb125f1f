//! Releases beside the current one, opened when a question names them and closed when nobody does any more.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use marts::Failure;

use super::open::OpenRelease;
use crate::options::DuckDbOptions;
use crate::release;

/// A page that compares two releases keeps both open; more than a few at once would only hold memory.
const MOST_OPEN: usize = 3;
/// So long nobody has asked, and the file closes.
const IDLE: Duration = Duration::from_secs(120);

/// Older releases that are open at the moment, the one asked last at the end.
#[derive(Default)]
pub(super) struct Pinned {
    open: Mutex<Vec<Held>>,
    /// Held while a file is opened, so that two questions for one release open it once.
    opening: Mutex<()>,
}

struct Held {
    release: Arc<OpenRelease>,
    asked: Instant,
}

impl Pinned {
    /// The release, opened if it is not; `None` where its folder is not kept any more. May read files.
    ///
    /// # Errors
    /// A damaged release.
    pub fn get(
        &self,
        data: &Path,
        id: &str,
        options: &DuckDbOptions,
    ) -> Result<Option<Arc<OpenRelease>>, Failure> {
        if !release::manifest_path(data, id).is_file() {
            self.forget(id);
            return Ok(None);
        }
        if let Some(open) = self.known(id) {
            return Ok(Some(open));
        }
        let _alone = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = self.known(id) {
            return Ok(Some(open));
        }
        let opened = Arc::new(OpenRelease::open(data, id, options)?);
        tracing::info!(release = id, "an older release was asked for and is open");
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let too_many = (open.len() + 1).saturating_sub(MOST_OPEN);
        open.drain(..too_many);
        open.push(Held {
            release: Arc::clone(&opened),
            asked: Instant::now(),
        });
        Ok(Some(opened))
    }

    fn known(&self, id: &str) -> Option<Arc<OpenRelease>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let at = open.iter().position(|held| held.release.info.id.0 == id)?;
        let mut held = open.remove(at);
        held.asked = Instant::now();
        let release = Arc::clone(&held.release);
        open.push(held);
        Some(release)
    }

    fn forget(&self, id: &str) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|held| held.release.info.id.0 != id);
    }

    /// Closes what nobody asked for lately, and what was pruned. A statement under way keeps its file to its end.
    pub fn close_idle(&self, data: &Path) {
        self.close_unasked(data, IDLE);
    }

    fn close_unasked(&self, data: &Path, idle: Duration) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|held| {
            let is_kept = release::manifest_path(data, &held.release.info.id.0).is_file();
            is_kept && held.asked.elapsed() < idle
        });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tempfile::TempDir;

    use super::super::handle::tests::publish;
    use super::*;

    fn names(pinned: &Pinned) -> Vec<String> {
        let open = pinned.open.lock().unwrap();
        open.iter()
            .map(|held| held.release.info.id.0.clone())
            .collect()
    }

    #[test]
    fn only_the_last_few_that_were_asked_for_stay_open() {
        let data = TempDir::new().unwrap();
        let (pinned, options) = (Pinned::default(), DuckDbOptions::default());
        let ask = |id: &str| pinned.get(data.path(), id, &options).unwrap();
        for id in ["a", "b", "c", "d"] {
            publish(data.path(), id);
        }
        let first = ask("a").unwrap();
        for id in ["b", "c", "a", "d"] {
            ask(id).unwrap();
        }
        assert_eq!(names(&pinned), ["c", "a", "d"]);
        assert!(
            Arc::ptr_eq(&first, &ask("a").unwrap()),
            "opened once and kept"
        );

        assert!(ask("e").is_none());
        std::fs::remove_dir_all(release::release_dir(data.path(), "c")).unwrap();
        assert!(ask("c").is_none(), "pruned while it was open");
        assert_eq!(names(&pinned), ["d", "a"]);

        pinned.close_idle(data.path());
        assert_eq!(names(&pinned), ["d", "a"], "asked for just now");
        pinned.close_unasked(data.path(), Duration::ZERO);
        assert!(names(&pinned).is_empty());
    }
}
