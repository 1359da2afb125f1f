//! `carton-caps pipeline run`.

use indicatif::HumanCount;
use pipeline::{Options, Outcome, PipelineError, SetAside, Step};

use super::interrupt::interruptible;
use super::progress::Progress;
use super::{Done, PipelineArgs, log, threads_or_cores};
use crate::folders::project_folder;

pub fn run(args: &PipelineArgs) -> anyhow::Result<Done> {
    log::start_quiet()?;
    let options = Options {
        landing: args.landing.clone(),
        data: args.data.clone(),
        project: project_folder(args.project.clone())?,
        threads: threads_or_cores(args.threads),
        full_refresh: args.full_refresh,
    };
    let farewell = "stopped; the current release is as it was, and the next run finishes the work";
    let outcome = interruptible(farewell, move || {
        let progress = Progress::new();
        pipeline::run(&options, &|step, done, total| {
            let (name, unit) = named(step);
            progress.at(name, unit, done, total);
        })
    })?;
    let outcome = outcome.inspect_err(|error| {
        if let PipelineError::Engine { detail, .. } = error {
            tracing::debug!(%detail, "the engine's own words");
        }
    })?;
    Ok(report(&outcome))
}

/// A step's name and what is counted in it.
fn named(step: Step) -> (&'static str, &'static str) {
    match step {
        Step::Bronze => ("bronze", "bytes"),
        Step::Silver => ("silver", "models"),
        Step::Gold => ("gold", "models"),
        Step::Contracts => ("contracts", "contracts"),
        Step::Publish => ("publish", ""),
    }
}

fn report(outcome: &Outcome) -> Done {
    let set_aside = match outcome {
        Outcome::NothingNew { release, set_aside } => {
            println!("Nothing has landed since release {release}; it stays the current one.");
            set_aside
        }
        Outcome::Confirmed { release, set_aside } => {
            println!("The full refresh gave the tables of release {release}, row by row; it stays the current one.");
            set_aside
        }
        Outcome::Published {
            release,
            ingested,
            set_aside,
            tables,
            contracts,
        } => {
            println!(
                "Published release {release}: {} rows taken in from {} files, {contracts} contracts hold.",
                HumanCount(ingested.rows),
                HumanCount(ingested.files)
            );
            for (table, rows) in tables {
                println!("  {table}: {} rows", HumanCount(*rows));
            }
            set_aside
        }
    };
    if set_aside.is_empty() {
        return Done::Entirely;
    }
    eprintln!(
        "{} landing files were set aside; they stay where they are and are tried again on the next run:",
        set_aside.len()
    );
    for SetAside { path, reason } in set_aside {
        eprintln!("  {path}: {reason}");
    }
    Done::FilesSetAside
}
