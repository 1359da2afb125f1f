//! How much a run builds: decided from the checkpoint, the files and the current release, before anything is written.

use std::collections::BTreeSet;

use jiff::civil::Date;
use marts::project::{Materialized, Model};
use warehouse::{BuildInfo, Manifest, Schema};

use crate::bronze::BronzeFile;
use crate::checkpoint::{Checkpoint, Found};
use crate::fingerprint::files_up_to;
use crate::report::{Action, Mode};

/// What is known before a plan is made.
pub(crate) struct Inputs<'a> {
    pub found: &'a Found,
    pub files: &'a [BronzeFile],
    pub code: &'a str,
    /// Hash of the closed periods.
    pub closes: &'a str,
    pub business_date: Date,
    /// The current release, where it is whole.
    pub current: Option<&'a Manifest>,
    pub full_refresh: bool,
    pub run_id: &'a str,
}

/// What a run builds.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub silver: Silver,
    /// The release that gold is carried on from; without one it is built in full.
    pub base: Option<Manifest>,
    pub why: String,
    /// What the state holds when silver is done.
    pub checkpoint: Checkpoint,
    /// What decides the tables beside the files, in this run.
    code: String,
    /// The last load that silver had taken in before this run.
    pub load_seq_before: i64,
    /// Sources with files that silver has not seen; where a period was closed or reopened, those of closes too.
    new_sources: BTreeSet<String>,
    date_changed: Changed,
    /// Gold is behind by more than this run's batch, so what changed for it is not known model by model.
    gold_is_behind: bool,
    /// Nothing else is built.
    only: Option<BTreeSet<String>>,
}

/// For whom the business date is another than when it was built.
#[derive(Debug, Clone, Copy)]
struct Changed {
    silver: bool,
    gold: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silver {
    Full,
    Delta,
    /// It holds all of bronze.
    AsItIs,
    /// Some of its models are built anew from what it had taken in.
    Selected,
}

impl Plan {
    /// The plan of an ordinary run, which brings everything up to date.
    pub fn of(inputs: &Inputs<'_>) -> Self {
        let Inputs {
            found,
            files,
            code,
            closes,
            business_date,
            current,
            full_refresh,
            run_id,
        } = *inputs;
        let load_seq = files.iter().map(|file| file.load_seq).max().unwrap_or(0);
        let reason = in_full(found, files, code, full_refresh);
        let before = found.checkpoint();
        let newest = before
            .map_or(0, |before| before.state_seq)
            .max(current.map_or(0, |current| current.build.state_seq));
        let (silver, why, next) = match (reason, before) {
            (None, Some(before)) => {
                let has_landed =
                    load_seq > before.load_seq || business_date != before.business_date;
                let is_new = has_landed || closes != before.closes;
                let (silver, why) = if has_landed {
                    (Silver::Delta, "new files have landed")
                } else if is_new {
                    (Silver::Delta, "a period was closed or reopened")
                } else {
                    (Silver::AsItIs, "silver holds all of bronze")
                };
                let state_seq = if is_new { newest + 1 } else { before.state_seq };
                (silver, why.to_owned(), (state_seq, before.epoch.clone()))
            }
            (reason, _) => (
                Silver::Full,
                reason.unwrap_or_default(),
                (newest + 1, run_id.to_owned()),
            ),
        };
        let (state_seq, epoch) = next;
        let checkpoint = Checkpoint {
            state_seq,
            ordinary_seq: match (silver, before) {
                (Silver::AsItIs, Some(before)) => before.ordinary_seq,
                _ => state_seq,
            },
            load_seq,
            loaded_seq: match (silver, before) {
                (Silver::AsItIs, Some(before)) => before.loaded_seq,
                (Silver::Delta, Some(before)) => before.load_seq,
                _ => 0,
            },
            files: files_up_to(load_seq, files),
            code: code.to_owned(),
            epoch,
            business_date,
            run_id: run_id.to_owned(),
            closes: closes.to_owned(),
        };
        let base = current.filter(|current| {
            silver != Silver::Full
                && current.build.code == code
                && current.build.epoch == checkpoint.epoch
                && before.is_some_and(|before| current.build.state_seq <= before.state_seq)
        });
        let why = match (silver, base) {
            (Silver::Full, _) | (_, Some(_)) => why,
            (_, None) => "there is no whole release that gold could be carried on from".to_owned(),
        };
        let load_seq_before = match (silver, before) {
            (Silver::Full, _) | (_, None) => 0,
            (_, Some(before)) => before.load_seq,
        };
        let date_differs = |built: Option<Date>| built != Some(business_date);
        Self {
            silver,
            why,
            load_seq_before,
            new_sources: files
                .iter()
                .filter(|file| file.load_seq > load_seq_before)
                .map(|file| file.source.clone())
                .chain(
                    crate::closes::TABLES
                        .into_iter()
                        .filter(|_| before.is_none_or(|before| before.closes != closes))
                        .map(str::to_owned),
                )
                .collect(),
            date_changed: Changed {
                silver: date_differs(before.map(|before| before.business_date)),
                gold: date_differs(base.map(|base| base.business_date)),
            },
            gold_is_behind: match (base, before) {
                (Some(base), Some(before)) => base.build.state_seq != before.state_seq,
                _ => true,
            },
            base: base.cloned(),
            code: code.to_owned(),
            checkpoint,
            only: None,
        }
    }

    /// Builds `only` these models anew, from what silver has taken in, on a copy of the release `base`.
    pub fn of_selection(
        before: &Checkpoint,
        base: &Manifest,
        only: BTreeSet<String>,
        with_silver: bool,
        code: &str,
        run_id: &str,
    ) -> Self {
        let mut checkpoint = before.clone();
        if with_silver {
            checkpoint.state_seq = before.state_seq.max(base.build.state_seq) + 1;
            checkpoint.code = mixed(&before.code, code);
            checkpoint.run_id = run_id.to_owned();
        }
        Self {
            silver: if with_silver {
                Silver::Selected
            } else {
                Silver::AsItIs
            },
            base: Some(base.clone()),
            why: "these models were selected".to_owned(),
            code: code.to_owned(),
            load_seq_before: before.load_seq,
            checkpoint,
            new_sources: BTreeSet::new(),
            date_changed: Changed {
                silver: false,
                gold: false,
            },
            gold_is_behind: false,
            only: Some(only),
        }
    }

    /// Gold is built in full after all.
    pub fn without_base(&mut self) {
        self.base = None;
        self.why = "the release that gold was to be carried on from is damaged".to_owned();
    }

    /// What the manifest says of how the release was built.
    pub fn build_info(&self) -> BuildInfo {
        let ordinary = BuildInfo {
            state_seq: self.checkpoint.state_seq,
            code: self.checkpoint.code.clone(),
            epoch: self.checkpoint.epoch.clone(),
            mode: self.mode().to_string(),
            verified_at: None,
            closes: self.checkpoint.closes.clone(),
        };
        match (&self.only, &self.base) {
            // The models that were not selected are as far as they were.
            (Some(_), Some(base)) => BuildInfo {
                state_seq: base.build.state_seq,
                code: mixed(&base.build.code, &self.code),
                epoch: base.build.epoch.clone(),
                closes: base.build.closes.clone(),
                ..ordinary
            },
            _ => ordinary,
        }
    }

    pub fn mode(&self) -> Mode {
        match (&self.only, &self.base) {
            (Some(_), _) => Mode::Selected,
            (None, Some(_)) => Mode::Delta,
            (None, None) => Mode::Full,
        }
    }

    /// The `state_seq` up to which the base's tables have taken in silver. Where gold is built anew nothing is asked for
    /// since then, so it is the batch itself, and what lists changed keys stays empty.
    pub fn release_seq(&self) -> i64 {
        let base = self.base.as_ref();
        base.map_or(self.checkpoint.state_seq, |base| base.build.state_seq)
    }

    /// What becomes of a model, when those in `changed` have other rows than before.
    pub fn action(&self, model: &Model, schema: Schema, changed: &BTreeSet<String>) -> Action {
        let anew = if model.materialized == Materialized::View {
            Action::View
        } else {
            Action::Full
        };
        if let Some(only) = &self.only {
            return if only.contains(&model.name) {
                anew
            } else {
                Action::Skipped
            };
        }
        let in_full = match schema {
            Schema::Silver => self.silver == Silver::Full,
            Schema::Gold => self.base.is_none(),
        };
        // Views may hold variables of the run, and what follows the release is another list in each.
        if in_full || anew == Action::View || follows_the_release(model) {
            anew
        } else if self.is_stale(model, schema, changed) {
            Action::Delta
        } else {
            Action::Skipped
        }
    }

    /// Whether silver holds batches whose contracts may not have held: a run that made them published nothing.
    pub fn silver_was_not_released(&self) -> bool {
        self.gold_is_behind
    }

    /// Whether anything that a model reads is other than when the model was built.
    pub fn is_stale(&self, model: &Model, schema: Schema, changed: &BTreeSet<String>) -> bool {
        if let Some(only) = &self.only {
            return only.contains(&model.name);
        }
        let (full, date) = match schema {
            Schema::Silver => (self.silver == Silver::Full, self.date_changed.silver),
            Schema::Gold => (
                self.base.is_none() || self.gold_is_behind,
                self.date_changed.gold,
            ),
        };
        full || model.refs.iter().any(|read| changed.contains(read))
            || model
                .sources
                .iter()
                .any(|(_, table)| self.new_sources.contains(table))
            || (date && model.vars.contains("business_date"))
    }
}

/// Whether a model lists what has changed since the release, which may even have gone back to an earlier one.
pub(crate) fn follows_the_release(model: &Model) -> bool {
    model.vars.contains("release_seq")
}

/// Neither code is that of all tables, so whatever compares it builds in full.
fn mixed(before: &str, now: &str) -> String {
    if before == now {
        before.to_owned()
    } else {
        format!("{before}+{now}")
    }
}

/// Why silver cannot be carried on; `None` where it can.
fn in_full(found: &Found, files: &[BronzeFile], code: &str, full_refresh: bool) -> Option<String> {
    let before = match found {
        _ if full_refresh => return Some("a full refresh was asked for".into()),
        Found::Nothing => return Some("there is no state of an earlier run".into()),
        Found::Damaged(_) => {
            return Some("the state is damaged; it is made anew from bronze".into());
        }
        Found::Checkpoint(before) => before,
    };
    if before.code != code {
        return Some("the models or their variables have changed".into());
    }
    if before.files != files_up_to(before.load_seq, files) {
        return Some("files were taken out of bronze, or taken in anew".into());
    }
    None
}
