//! `--select`: some models, built anew from what silver has taken in, on a copy of the current release.

use std::collections::{BTreeMap, BTreeSet};

use marts::project::{Names, Project, ProjectError};
use warehouse::{Manifest, Schema};

use crate::bronze::{self, BronzeFile, SourceSpec};
use crate::checkpoint::{self, Checkpoint};
use crate::closes::Closes;
use crate::fingerprint::{code, fingerprint, of_selection, release_id};
use crate::plan::Plan;
use crate::select::select;
use crate::variables::Variables;
use crate::{Options, PipelineError, publish};

/// What a selection builds, and from what.
pub(crate) struct Selection {
    pub plan: Plan,
    /// Those that silver has taken in.
    pub files: Vec<BronzeFile>,
    pub variables: Variables,
    pub fingerprint: String,
    pub release: String,
    /// The project with the tests that look at a selected model.
    pub checks: Project,
}

impl Selection {
    /// Reads what is there; nothing is written.
    ///
    /// # Errors
    /// A selection of nothing, or nothing that it could be built on.
    pub fn of(
        options: &Options,
        project: &Project,
        schemas: &BTreeMap<String, Schema>,
        specs: &[SourceSpec],
        closes: &Closes,
        run_id: &str,
    ) -> Result<Self, PipelineError> {
        let data = &options.data;
        let only =
            select(project, &options.select, &options.exclude).map_err(PipelineError::Project)?;
        let (before, base) = ground(options)?;
        let closed = closes.digest();
        if before.closes != closed {
            return Err(PipelineError::Project(
                "a period was closed or reopened since the last run, so models made from it would not fit the others; nothing was \
                 published: run without --select first"
                    .into(),
            ));
        }
        let mut files = bronze::held(data, specs, options.threads)?;
        files.retain(|file| file.load_seq <= before.load_seq);
        let variables = Variables::of(project, before.business_date);
        let inputs = fingerprint(&files, project, &variables.all, &closed);
        let fingerprint = of_selection(&base.fingerprint, &inputs, &only);
        let id = release_id(variables.business_date, &fingerprint);
        let with_silver = only
            .iter()
            .any(|model| schemas.get(model) == Some(&Schema::Silver));
        let checks = checks(project, &only, &variables)?;
        Ok(Self {
            plan: Plan::of_selection(
                &before,
                &base,
                only,
                with_silver,
                &code(project, &variables.all),
                run_id,
            ),
            files,
            variables,
            fingerprint,
            release: publish::next_id(data, &id),
            checks,
        })
    }
}

/// The state and the release that the other models stay as they are in.
fn ground(options: &Options) -> Result<(Checkpoint, Manifest), PipelineError> {
    let found = checkpoint::read(&options.data)?;
    let current = publish::current(&options.data);
    let current = publish::current_whole(&options.data, current.as_deref());
    match (found.checkpoint(), current) {
        (Some(before), Some(base)) if base.build.state_seq < before.ordinary_seq => {
            Err(PipelineError::Project(format!(
                "silver has taken in rows that the current release {} does not hold, so models made from it would not \
                 fit the others; nothing was published: run without --select first",
                base.release_id
            )))
        }
        (Some(before), Some(base)) => Ok((before.clone(), base)),
        _ => Err(PipelineError::Project(
            "--select builds parts of what an ordinary run has built, and here is no whole state and release of one; \
             nothing was published: run without --select first"
                .into(),
        )),
    }
}

/// The project with only those tests that read a selected model.
pub(crate) fn checks(
    project: &Project,
    only: &BTreeSet<String>,
    variables: &Variables,
) -> Result<Project, ProjectError> {
    let marked = |name: &str| format!("\u{1}{name}\u{1}");
    let names = project.models.keys().chain(project.seeds.keys());
    let tables = project
        .sources
        .iter()
        .map(|t| (t.source.clone(), t.table.clone()));
    let marks = std::sync::Arc::new(Names {
        relations: names.map(|name| (name.clone(), marked(name))).collect(),
        sources: tables.map(|table| (table, String::new())).collect(),
        // Which batch it is decides nothing here.
        vars: variables
            .all
            .clone()
            .into_iter()
            .chain(Variables::without_batch())
            .collect(),
        incremental: false,
    });
    let mut checks = project.clone();
    checks.tests.clear();
    for test in &project.tests {
        let sql = project.failing_rows(test, &marks, None)?;
        if only.contains(&test.on) || only.iter().any(|model| sql.contains(&marked(model))) {
            checks.tests.push(test.clone());
        }
    }
    Ok(checks)
}
