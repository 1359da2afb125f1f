//! From a plan to a release: silver, gold, contracts, publish.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use marts::FailureKind;
use marts::project::Project;
use warehouse::release::{point_to, state_path, write_manifest};
use warehouse::{BuildInfo, Builder, DuckDbBuilder, Manifest, Schema, TableSummary};

use crate::bronze::BronzeFile;
use crate::build::Site;
use crate::closes::{self, Closes};
use crate::contracts::{self, Checking};
use crate::ops::history;
use crate::plan::{Plan, Silver};
use crate::publish::{self, Building};
use crate::quarantine::held_back;
use crate::record::Record;
use crate::report::{ContractCounts, Mode, Report};
use crate::summary::{Built, summarise};
use crate::variables::Variables;
use crate::{ContractResult, PipelineError, Step, accounts, freshness};

/// How often every contract is checked on all rows rather than on those that a run touched.
const FULL_CHECK_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// What a release is made of.
pub(crate) struct Making<'a> {
    pub data: &'a Path,
    pub threads: usize,
    pub project: &'a Project,
    /// The same project with the tests that are to be run.
    pub checks: &'a Project,
    pub schemas: &'a BTreeMap<String, Schema>,
    pub files: &'a [BronzeFile],
    pub closes: &'a Closes,
    pub variables: &'a Variables,
    pub fingerprint: &'a str,
    pub release: &'a str,
    /// A whole release of the same inputs, which a full refresh is compared with.
    pub published: Option<&'a Manifest>,
}

pub(crate) enum Made {
    Published(Manifest),
    /// The release that is there has the same tables.
    Confirmed(Manifest),
}

/// Builds what the plan says, checks it and publishes it.
pub(crate) fn make(
    making: &Making<'_>,
    mut plan: Plan,
    record: &mut Record,
    report: &mut Report,
    progress: &(dyn Fn(Step, u64, u64) + Sync),
) -> Result<Made, PipelineError> {
    let Making { data, project, .. } = *making;
    let building = Building::new(data, record.run_id())?;
    let mut builder = open(making, &mut plan, &building)?;
    report.mode = plan.mode();
    report.why.clone_from(&plan.why);
    report.state_seq = plan.checkpoint.state_seq;
    report.base = plan.base.as_ref().map(|base| base.release_id.clone());

    let mut site = Site::prepare(
        builder.as_mut(),
        project,
        making.schemas,
        making.files,
        closes::TABLES
            .map(|table| (table, making.closes.files(data, table)))
            .into(),
        &plan,
        making.variables,
    )?;
    let mut models = site.build(builder.as_mut(), progress)?;

    let tests = &making.checks.tests;
    progress(Step::Contracts, 0, tests.len() as u64);
    let now = Timestamp::now();
    let verified_at = plan.base.as_ref().and_then(|base| base.build.verified_at);
    let verify = verified_at.is_none_or(|at| day(at) != day(now));
    let Built { tables, observed } = summarise(builder.as_mut(), &site, &mut models, verify)?;
    let (touched, shrunk) = (site.touched(&models), models.shrunk());
    report.models = models.reports;
    let names = Arc::clone(&site.names);
    let sources = freshness::measure(project, making.files, making.variables.business_date);
    // What was selected was made anew whole.
    let held_in_full = if plan.mode() == Mode::Selected {
        Default::default()
    } else {
        history::held_in_full(data, now - FULL_CHECK_EVERY)
    };
    let checking = Checking {
        project: making.checks,
        schemas: making.schemas,
        names: &names,
        files: making.files,
        sources: &sources,
        touched: &touched,
        shrunk: &shrunk,
        held_in_full: &held_in_full,
    };
    for test in tests.iter().filter(|test| !checking.can_wait(test)) {
        let sql = project.failing_rows(test, &names, None)?;
        site.sources.make_for(builder.as_mut(), &sql)?;
    }
    let tell = |done, total| progress(Step::Contracts, done, total);
    let mut checked = contracts::check(builder.as_mut(), &checking, &tell)?;
    let row_accounts = accounts::read(builder.as_mut(), project, &site.names, record.run_id())?;
    // Where only some models are built, silver need not hold all of bronze.
    if plan.silver != Silver::Selected {
        let taken_in = record.taken_in();
        let accounts = accounts::check(&row_accounts, project, making.files, taken_in)?;
        checked.extend(accounts);
    }
    record.checked(&checked);
    report.contracts = counted(&checked);
    record.accounted(row_accounts);
    record.measured(sources);
    record.held_back(held_back(
        builder.as_mut(),
        project,
        making.schemas,
        making.files,
    )?);
    refuse_failures(checked)?;

    progress(Step::Publish, 0, 1);
    builder.finish()?;
    if let Some(published) = making.published {
        match differences(&published.tables, &tables).as_slice() {
            [] => {
                report.release.clone_from(&published.release_id);
                report.confirmed = true;
                point_to(data, &published.release_id)?;
                record.published(published);
                return Ok(Made::Confirmed(published.clone()));
            }
            different => tracing::error!(
                release = %published.release_id,
                tables = %different.join(", "),
                "the full refresh gave other tables than the release of the same inputs; the rebuilt ones are published, \
                 and the earlier release is kept beside them"
            ),
        }
    }
    let gold = building.gold();
    let gold_bytes = std::fs::metadata(&gold)
        .map_err(|source| PipelineError::Io { path: gold, source })?
        .len();
    let release_id = match making.published {
        Some(_) => publish::next_id(data, making.release),
        None => making.release.to_owned(),
    };
    let manifest = Manifest {
        release_id,
        run_id: record.run_id().to_owned(),
        business_date: making.variables.business_date,
        zone: making.variables.zone.clone(),
        published_at: now,
        fingerprint: making.fingerprint.to_owned(),
        observed,
        gold_bytes,
        tables,
        build: BuildInfo {
            verified_at: if verify { Some(now) } else { verified_at },
            ..plan.build_info()
        },
    };
    write_manifest(building.folder(), &manifest)?;
    building.put_in_place(data, &manifest.release_id)?;
    point_to(data, &manifest.release_id)?;
    record.published(&manifest);
    publish::prune(data, &manifest.release_id);
    progress(Step::Publish, 1, 1);
    report.release.clone_from(&manifest.release_id);
    Ok(Made::Published(manifest))
}

/// Opens the state and gold: a copy of the base's, or a new file. A base whose file turns out to be damaged is no base.
fn open(
    making: &Making<'_>,
    plan: &mut Plan,
    building: &Building,
) -> Result<Box<dyn Builder>, PipelineError> {
    let state = state_path(making.data);
    let gold = building.gold();
    if let Some(base) = &plan.base {
        building.start_from(making.data, &base.release_id)?;
        match DuckDbBuilder::open(&state, &gold, making.threads, None) {
            Ok(builder) => return Ok(Box::new(builder)),
            Err(failure)
                if failure.kind != FailureKind::Internal || plan.silver == Silver::Selected =>
            {
                return Err(failure.into());
            }
            Err(failure) => {
                tracing::warn!(release = %base.release_id, detail = %failure.detail, "the release cannot be carried on; gold is built anew");
                building.start_anew()?;
                plan.without_base();
            }
        }
    }
    let builder = DuckDbBuilder::open(&state, &gold, making.threads, None)?;
    Ok(Box::new(builder))
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// Tables that are not the same in both.
fn differences(
    one: &BTreeMap<String, TableSummary>,
    other: &BTreeMap<String, TableSummary>,
) -> Vec<String> {
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    names
        .into_iter()
        .filter(|name| one.get(*name) != other.get(*name))
        .cloned()
        .collect()
}

fn counted(checked: &[ContractResult]) -> ContractCounts {
    let mut counts = ContractCounts::default();
    for result in checked {
        let counter = match result.status() {
            "failed" => &mut counts.failed,
            "warned" => &mut counts.warned,
            "dropped" | "quarantined" => &mut counts.set_rows_aside,
            _ => &mut counts.passed,
        };
        *counter += 1;
    }
    counts
}

fn refuse_failures(checked: Vec<ContractResult>) -> Result<(), PipelineError> {
    let mut failures = Vec::new();
    for result in checked {
        if result.stops_the_release() {
            failures.push(result);
        } else if result.status() == "warned" && result.run_rows != Some(0) {
            let ContractResult {
                contract,
                relation,
                failing_rows,
                description,
                ..
            } = result;
            tracing::warn!(%contract, %relation, failing_rows, %description, "a contract that only warns does not hold");
        }
    }
    if failures.is_empty() {
        Ok(())
    } else {
        Err(PipelineError::Contracts(failures))
    }
}
