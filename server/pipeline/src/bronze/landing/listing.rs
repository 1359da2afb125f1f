//! `<source>/dt=YYYY-MM-DD/<file>`, in path order; whatever else lies there is set aside with a reason.

use jiff::civil::Date;

use super::super::format::{Format, KINDS};
use super::{Entry, Landing, LandingFile, Listing, SetAside, SourceSpec, What};
use crate::PipelineError;

impl Landing {
    /// Lists the landing files of `sources`.
    ///
    /// # Errors
    /// [`PipelineError::Landing`] when landing or the folder of a source is missing, nothing lies in any, or a store does
    /// not answer.
    pub(in super::super) fn list(&self, sources: &[SourceSpec]) -> Result<Listing, PipelineError> {
        let names = sources
            .iter()
            .map(|source| source.name.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        let how = format!(
            "put files there as {}, one folder for each of {names}{}",
            self.expected("<source>"),
            self.or_a_demo()
        );
        let refused =
            |why: String| PipelineError::Landing(format!("{} {self} {why}: {how}", self.what()));
        self.is_there().map_err(refused)?;
        let found = self.folders()?;
        if !sources.iter().any(|source| found.contains(&source.name)) {
            return Err(refused(if found.is_empty() {
                "is empty".to_owned()
            } else {
                format!("holds none of the sources (found: {})", found.join(", "))
            }));
        }
        if let Some(missing) = sources
            .iter()
            .find(|source| !source.optional && !found.contains(&source.name))
        {
            return Err(PipelineError::Landing(format!(
                "the source `{}` has no folder: its files are expected as {} (folders found: {}); nothing was published",
                missing.name,
                self.expected(&missing.name),
                found.join(", ")
            )));
        }
        let mut listing = Listing::default();
        for (position, source) in sources.iter().enumerate() {
            if found.contains(&source.name) {
                sort_out(self.entries(&source.name)?, position, &mut listing);
            }
        }
        if listing.files.is_empty() && listing.set_aside.is_empty() {
            return Err(refused("holds no files".to_owned()));
        }
        Ok(listing)
    }
}

/// Tells the files of a source from what is to be set aside; `entries` are in path order.
fn sort_out(entries: Vec<Entry>, source: usize, listing: &mut Listing) {
    let mut rank = 0;
    let mut last_day = String::new();
    for Entry { landing_path, what } in entries {
        let parts: Vec<&str> = landing_path.split('/').collect();
        if parts[1..].iter().any(|name| is_unfinished(name)) {
            continue;
        }
        let judged = match (parts.as_slice(), what) {
            (_, What::Unreadable(reason)) => Err(reason),
            ([name, _], What::File(_)) => Err(format!(
                "it lies outside a day's folder; move it to {name}/dt=YYYY-MM-DD/"
            )),
            ([_, _], What::Folder) => continue,
            ([_, day, _], _) if day_of(day).is_none() => Err(format!(
                "its folder `{day}` does not name a day; rename the folder to dt=YYYY-MM-DD"
            )),
            (_, What::Folder) => Err(
                "it is a folder, where files are expected; move its files up one level".to_owned(),
            ),
            ([_, day, name], What::File(version)) => match (day_of(day), Format::of(name)) {
                (Some(dt), Some(format)) => Ok((dt, format, version, (*day).to_owned())),
                _ => Err(format!(
                    "its ending names no kind of file that is read; deliver it as {KINDS}"
                )),
            },
            _ => continue,
        };
        match judged {
            Ok((dt, format, version, day)) => {
                if day != last_day {
                    (last_day, rank) = (day, 0);
                }
                listing.files.push(LandingFile {
                    source,
                    dt,
                    rank,
                    landing_path,
                    version,
                    format,
                });
                rank += 1;
            }
            Err(reason) => listing.set_aside.push(SetAside::new(landing_path, reason)),
        }
    }
}

/// Hidden, not delivered to its end, or a mark of the program that delivers.
fn is_unfinished(name: &str) -> bool {
    name.starts_with('.') || name.ends_with(".tmp") || name == "_SUCCESS"
}

fn day_of(folder: &str) -> Option<Date> {
    let text = folder.strip_prefix("dt=")?;
    let date: Date = text.parse().ok()?;
    // Only the one way of writing a day, so that a day has one folder.
    (date.to_string() == text).then_some(date)
}
