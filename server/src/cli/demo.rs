//! `carton-caps demo`.

use anyhow::Context;
use demo::World;
use indicatif::HumanCount;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

use super::interrupt::interruptible;
use super::progress::Progress;
use super::{DemoArgs, Done, log, threads_or_cores};

pub fn run(args: &DemoArgs) -> anyhow::Result<Done> {
    log::start_quiet()?;
    let world = World {
        out: args.out.clone(),
        purchases: args.purchases,
        seed: args.seed,
        truth: args
            .truth
            .clone()
            .map(|truth| truth.unwrap_or_else(|| args.out.with_file_name("truth"))),
        dirt: args.dirt.clone(),
        formats: args.format,
        until: args.until.map_or_else(yesterday, Ok)?,
        threads: threads_or_cores(args.threads),
    };
    let out = world.out.display().to_string();
    let until = world.until;
    let truth = world.truth.clone();
    let written = interruptible(
        "stopped; run the same command again to finish the world",
        move || {
            let progress = Progress::new();
            demo::generate(&world, &|done, total| {
                progress.at("demo", "purchases", done, total)
            })
        },
    )??;
    let rows = written
        .rows
        .iter()
        .map(|(source, n)| format!("{} {source}", HumanCount(*n)))
        .collect::<Vec<_>>()
        .join(", ");
    println!(
        "A world until {until} is in {out}: {rows}, in {} files.",
        HumanCount(written.files)
    );
    if let Some(truth) = truth {
        println!("The truth about it is in {}.", truth.display());
    }
    Ok(Done::Entirely)
}

/// The one place where the demo reads a clock.
fn yesterday() -> anyhow::Result<Date> {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    today
        .yesterday()
        .context("this machine's clock has no yesterday; give --until DATE")
}
