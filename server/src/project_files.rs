//! The project's YAML as it is now: looked at before each question, read again only when something has changed.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use marts::project::catalogue::{Catalogue, OPS};
use marts::project::dashboards;
use marts::{Dashboard, DashboardLink, Failure};

/// The catalogue and the dashboards of a project, each as it was read last.
pub struct ProjectFiles {
    project: PathBuf,
    catalogue: Mutex<Option<(Look, Arc<Catalogue>)>>,
    dashboards: Mutex<Option<Dashboards>>,
    links: Mutex<Option<(Look, Vec<DashboardLink>)>>,
}

/// Dashboards that were read, under the catalogue they were checked against.
struct Dashboards {
    look: Look,
    catalogue: Arc<Catalogue>,
    read: HashMap<String, Arc<Dashboard>>,
}

/// What was there at a look: a folder's time changes when a file comes or goes, a file's whenever an editor saves.
struct Look {
    folders: Vec<(PathBuf, SystemTime)>,
    files: Vec<(PathBuf, SystemTime, u64)>,
}

impl ProjectFiles {
    #[must_use]
    pub fn new(project: PathBuf) -> Self {
        Self {
            project,
            catalogue: Mutex::new(None),
            dashboards: Mutex::new(None),
            links: Mutex::new(None),
        }
    }

    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.project
    }

    /// The catalogue as the files say now.
    ///
    /// # Errors
    /// A file that cannot be read, or a mistake in one: file, line and what was expected.
    pub fn catalogue(&self) -> Result<Arc<Catalogue>, Failure> {
        let mut last = self
            .catalogue
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((look, catalogue)) = last.as_ref()
            && look.still_holds()
        {
            return Ok(Arc::clone(catalogue));
        }
        let mut folders = vec![self.project.join("models")];
        folders.extend(Some(self.project.join(OPS)).filter(|ops| ops.is_dir()));
        // Before the reading: what is saved meanwhile is seen the next time.
        let look = Look::at(folders)?;
        let began = Instant::now();
        let catalogue = Arc::new(Catalogue::read(&self.project)?);
        let duration_ms = began.elapsed().as_secs_f64() * 1e3;
        tracing::info!(files = look.files.len(), duration_ms, "catalogue read");
        *last = Some((look, Arc::clone(&catalogue)));
        Ok(catalogue)
    }

    /// The dashboard of this name as its file says now.
    ///
    /// # Errors
    /// As [`dashboards::read`], and those of the catalogue.
    pub fn dashboard(&self, name: &str) -> Result<Arc<Dashboard>, Failure> {
        let catalogue = self.catalogue()?;
        let mut last = self
            .dashboards
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let kept = last
            .take()
            .filter(|kept| Arc::ptr_eq(&kept.catalogue, &catalogue) && kept.look.still_holds());
        let kept = match kept {
            Some(kept) => kept,
            None => Dashboards {
                look: self.look_at_dashboards()?,
                catalogue,
                read: HashMap::new(),
            },
        };
        let kept = last.insert(kept);
        if let Some(dashboard) = kept.read.get(name) {
            return Ok(Arc::clone(dashboard));
        }
        let dashboard = Arc::new(dashboards::read(&self.project, name, &kept.catalogue)?);
        kept.read.insert(name.to_owned(), Arc::clone(&dashboard));
        Ok(dashboard)
    }

    /// The dashboards there are now; a mistake in the catalogue hides none.
    ///
    /// # Errors
    /// As [`dashboards::list`].
    pub fn links(&self) -> Result<Vec<DashboardLink>, Failure> {
        let mut last = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((look, links)) = last.as_ref()
            && look.still_holds()
        {
            return Ok(links.clone());
        }
        let look = self.look_at_dashboards()?;
        let links = dashboards::list(&self.project)?;
        *last = Some((look, links.clone()));
        Ok(links)
    }

    fn look_at_dashboards(&self) -> Result<Look, Failure> {
        Look::at(vec![self.project.join(dashboards::FOLDER)])
    }
}

impl Look {
    /// Looks at all YAML files below `folders`, without reading them.
    fn at(mut folders: Vec<PathBuf>) -> Result<Self, Failure> {
        let mut seen = Self {
            folders: Vec::new(),
            files: Vec::new(),
        };
        while let Some(folder) = folders.pop() {
            let unreadable = |e: std::io::Error| {
                Failure::unavailable(format!(
                    "The dbt project cannot be read: {}: {e}.",
                    folder.display()
                ))
            };
            let written = modified(&std::fs::metadata(&folder).map_err(unreadable)?);
            for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
                let entry = entry.map_err(unreadable)?;
                // A file that an editor is just replacing is seen the next time.
                let Ok(meta) = entry.metadata() else { continue };
                let path = entry.path();
                if meta.is_dir() {
                    folders.push(path);
                } else if path
                    .extension()
                    .is_some_and(|ext| ext == "yml" || ext == "yaml")
                {
                    seen.files.push((path, modified(&meta), meta.len()));
                }
            }
            seen.folders.push((folder, written));
        }
        Ok(seen)
    }

    /// Whether another look would see the same.
    fn still_holds(&self) -> bool {
        let mut folders = self.folders.iter();
        let mut files = self.files.iter();
        folders.all(|(folder, written)| {
            std::fs::metadata(folder).is_ok_and(|meta| modified(&meta) == *written)
        }) && files.all(|(file, written, bytes)| {
            std::fs::metadata(file)
                .is_ok_and(|meta| modified(&meta) == *written && meta.len() == *bytes)
        })
    }
}

fn modified(meta: &std::fs::Metadata) -> SystemTime {
    meta.modified().unwrap_or(SystemTime::UNIX_EPOCH)
}
