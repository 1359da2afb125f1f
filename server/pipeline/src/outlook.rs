//! `--dry-run`: what a run would do. Nothing is written, and no lock is taken.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use marts::project::Project;
use serde::Serialize;
use warehouse::Schema;

use crate::bronze::{self, BronzeFile, NewFile};
use crate::closes::Closes;
use crate::fingerprint::{code, fingerprint, release_id};
use crate::plan::{Inputs, Plan};
use crate::report::{Action, FileSetAside, Mode};
use crate::run::{latest_day, source_specs};
use crate::selected::Selection;
use crate::variables::Variables;
use crate::{Options, PipelineError, build, checkpoint, publish};

/// What a run would do, as far as can be told before anything is built.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outlook {
    pub mode: Mode,
    pub why: String,
    /// The release it would publish, if every file is taken in.
    pub release: String,
    /// The release whose tables would be carried on.
    pub base: Option<String>,
    pub business_date: Date,
    /// Landing files that would be taken in.
    pub files: Vec<NewFile>,
    pub set_aside: Vec<FileSetAside>,
    /// In build order. A model that is to be carried on is left out after all where what it reads turns out the same.
    pub models: Vec<PlannedModel>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedModel {
    pub name: String,
    pub schema: String,
    pub action: Action,
}

/// Plans a run without doing anything of it.
///
/// # Errors
/// As [`crate::run`], as far as it would come.
pub fn outlook(options: &Options) -> Result<Outlook, PipelineError> {
    let project = Project::read(&options.project)?;
    let schemas = build::schemas(&project)?;
    let specs = source_specs(&project);
    let closes = Closes::read(&options.data)?;
    if options.selects() {
        let Selection {
            plan,
            variables,
            release,
            ..
        } = Selection::of(options, &project, &schemas, &specs, &closes, "")?;
        return Ok(Outlook {
            mode: plan.mode(),
            why: plan.why.clone(),
            release,
            base: plan.base.as_ref().map(|base| base.release_id.clone()),
            business_date: variables.business_date,
            files: Vec::new(),
            set_aside: Vec::new(),
            models: planned(&project, &schemas, &plan),
        });
    }

    let bronze::Outlook {
        held,
        new,
        set_aside,
        load_seq,
    } = bronze::outlook(&options.landing, &options.data, &specs, options.threads)?;
    let mut files = held;
    files.extend(new.iter().map(|file| BronzeFile {
        source: file.source.clone(),
        file_id: file.file_id.clone(),
        landing_path: file.path.clone(),
        dt: file.dt,
        ingest_seq: file.ingest_seq,
        load_seq,
        rows: 0,
        bytes: file.bytes,
        path: Default::default(),
    }));
    let variables = Variables::of(&project, latest_day(&files)?);
    let closed = closes.digest();
    let fingerprint = fingerprint(&files, &project, &variables.all, &closed);
    let release = release_id(variables.business_date, &fingerprint);
    let mut outlook = Outlook {
        mode: Mode::Nothing,
        why: "a release of all that has landed is there".to_owned(),
        release: release.clone(),
        base: None,
        business_date: variables.business_date,
        files: new,
        set_aside: set_aside.iter().map(Into::into).collect(),
        models: Vec::new(),
    };
    if !options.full_refresh
        && let Some(there) = publish::whole(&options.data, &release, &fingerprint)
    {
        outlook.release = there.release_id;
        return Ok(outlook);
    }
    let found = checkpoint::read(&options.data)?;
    let current = publish::current(&options.data);
    let current = publish::current_whole(&options.data, current.as_deref());
    let plan = Plan::of(&Inputs {
        found: &found,
        files: &files,
        code: &code(&project, &variables.all),
        closes: &closed,
        business_date: variables.business_date,
        current: current.as_ref(),
        full_refresh: options.full_refresh,
        run_id: "",
    });
    outlook.mode = plan.mode();
    outlook.why.clone_from(&plan.why);
    outlook.base = plan.base.as_ref().map(|base| base.release_id.clone());
    outlook.models = planned(&project, &schemas, &plan);
    Ok(outlook)
}

/// What becomes of each model, if all that reads something new turns out to change.
fn planned(
    project: &Project,
    schemas: &BTreeMap<String, Schema>,
    plan: &Plan,
) -> Vec<PlannedModel> {
    let mut changed = BTreeSet::new();
    let mut planned = Vec::new();
    for schema in [Schema::Silver, Schema::Gold] {
        let names = project.order.iter();
        for name in names.filter(|name| schemas.get(*name) == Some(&schema)) {
            let Some(model) = project.models.get(name) else {
                continue;
            };
            let action = plan.action(model, schema, &changed);
            if action != Action::Skipped && plan.is_stale(model, schema, &changed) {
                changed.insert(name.clone());
            }
            planned.push(PlannedModel {
                name: name.clone(),
                schema: model.schema.clone(),
                action,
            });
        }
    }
    planned
}
