//! `carton-caps pipeline run`.

use indicatif::{HumanBytes, HumanCount};
use pipeline::{FileSetAside, Mode, Options, Outcome, PipelineError, Report, Step};

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
        select: args.select.clone(),
        exclude: args.exclude.clone(),
    };
    if args.dry_run {
        return plan(&options, args.json);
    }
    let farewell = "stopped; the current release is as it was, and the next run finishes the work";
    let done = interruptible(farewell, move || {
        let progress = Progress::new();
        pipeline::run_and_report(&options, &|step, done, total| {
            let (name, unit) = named(step);
            progress.at(name, unit, done, total);
        })
    })?;
    let (outcome, report) = done.inspect_err(|error| {
        if let PipelineError::Engine { detail, .. } = error {
            tracing::debug!(%detail, "the engine's own words");
        }
    })?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(done_with(&report.set_aside));
    }
    tell(&outcome, &report);
    if let Outcome::Published { .. } = outcome {
        tell_models(&report);
    }
    Ok(done_with(&report.set_aside))
}

fn plan(options: &Options, json: bool) -> anyhow::Result<Done> {
    let outlook = pipeline::outlook(options)?;
    if json {
        println!("{}", serde_json::to_string_pretty(&outlook)?);
        return Ok(done_with(&outlook.set_aside));
    }
    if outlook.mode == Mode::Nothing && outlook.files.is_empty() {
        println!(
            "Nothing to do: release {} holds all that has landed.",
            outlook.release
        );
        return Ok(done_with(&outlook.set_aside));
    }
    println!(
        "Would publish release {} ({}: {}).",
        outlook.release, outlook.mode, outlook.why
    );
    if let Some(base) = &outlook.base {
        println!("Gold would be carried on from release {base}.");
    }
    if !outlook.files.is_empty() {
        println!(
            "{} landing files would be taken in:",
            HumanCount(outlook.files.len() as u64)
        );
        for file in &outlook.files {
            println!("  {} ({})", file.path, HumanBytes(file.bytes));
        }
    }
    println!("Models, in the order they would be built:");
    for model in &outlook.models {
        println!(
            "  {:8} {}.{}",
            model.action.to_string(),
            model.schema,
            model.name
        );
    }
    Ok(done_with(&outlook.set_aside))
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

fn tell(outcome: &Outcome, report: &Report) {
    match outcome {
        Outcome::NothingNew { release, .. } => {
            println!("Nothing has landed since release {release}; it stays the current one.");
        }
        Outcome::Confirmed { release, .. } => {
            println!(
                "The full refresh gave the tables of release {release}, row by row; it stays the current one."
            );
        }
        Outcome::Published {
            release,
            ingested,
            tables,
            contracts,
            ..
        } => {
            let found = report.contracts;
            // A release that had been built and checked before is not checked again.
            let hold = match found.passed {
                0 => *contracts as u64,
                passed => passed,
            };
            let aside = match found.set_rows_aside {
                0 => String::new(),
                1 => ", 1 sets rows aside".to_owned(),
                more => format!(", {more} set rows aside"),
            };
            let warned = match found.warned {
                0 => String::new(),
                1 => ", 1 warns".to_owned(),
                more => format!(", {more} warn"),
            };
            println!(
                "Published release {release}: {} rows taken in from {} files, {hold} contracts hold{aside}{warned}.",
                HumanCount(ingested.rows),
                HumanCount(ingested.files)
            );
            for (table, rows) in tables {
                println!("  {table}: {} rows", HumanCount(*rows));
            }
        }
    }
}

fn tell_models(report: &Report) {
    if let Some(base) = &report.base {
        let written: u64 = report
            .models
            .iter()
            .map(|m| m.rows_written + m.rows_deleted)
            .sum();
        println!(
            "Carried on from release {base}; {} rows written or deleted.",
            HumanCount(written)
        );
    }
}

fn done_with(set_aside: &[FileSetAside]) -> Done {
    if set_aside.is_empty() {
        return Done::Entirely;
    }
    eprintln!(
        "{} landing files were set aside; they stay where they are and are tried again on the next run:",
        set_aside.len()
    );
    for FileSetAside { path, reason } in set_aside {
        eprintln!("  {path}: {reason}");
    }
    Done::FilesSetAside
}
