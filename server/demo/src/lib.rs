//! The synthetic world: landing files that look like the company's, seeded and repeatable, as dirty
//! as asked for, and the truth about them.
//! Depends on nothing of the pipeline, so that it can be its judge.
//!
//! Every draw comes from a stream that is addressed by what it decides (a user, a receipt, a product,
//! the fault of a row), never from a shared generator, so the bytes depend on the seed alone and any
//! part can be made again without the parts before it. The steps follow from that:
//!
//! 1. count the lines that each block of users would buy, and fix how many users there are;
//! 2. make the receipts' headers (16 bytes each), thinned to exactly N lines, and spill them by day;
//! 3. draw the invites (20 bytes each), the accepted ones backwards from the sign-ups;
//! 4. go through the days a few at a time: draw what happens, let the bank follow, put in the faults, write the files.
//!    What a day puts into a later one (a late row, an event two days after a receipt) waits in memory.
//!
//! Memory is a few days of rows per thread, and per user some tens of bytes.

mod activity;
mod bank;
mod basket;
mod calendar;
mod catalogue;
mod chunks;
mod dated;
mod day;
mod day_profile;
mod dirt;
mod encode;
mod fates;
mod fault;
mod files;
mod format;
mod inject;
mod invites;
mod landing;
mod office;
mod parallel;
mod people;
mod places;
mod purchases;
mod rows;
mod schools;
mod season;
mod shelf;
mod source;
mod spill;
mod spoil;
mod stream;
mod text;
mod truth;
mod users;
mod visits;

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;

pub use crate::dirt::{Dirt, Kind};
pub use crate::format::{Format, Formats, Layout};
use crate::source::Source;

/// What to make.
#[derive(Debug, Clone)]
pub struct World {
    /// The landing folder; `<source>/dt=YYYY-MM-DD/<source>.<format>` appears in it.
    pub out: PathBuf,
    /// The folder for what no pipeline is told: parameters, latent outcomes, the fault manifest and
    /// the outcome that every row should have.
    pub truth: Option<PathBuf>,
    /// Purchase lines, exactly; dirt adds more.
    pub purchases: u64,
    pub seed: u64,
    /// The last day, in the reporting zone; the world is two years long.
    pub until: Date,
    pub dirt: Dirt,
    pub formats: Formats,
    /// Worker threads; the files' bytes do not depend on it.
    pub threads: usize,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub files: u64,
    /// Data rows (headers not counted) by source.
    pub rows: BTreeMap<String, u64>,
}

/// Why a world could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(
        "Could not write {path}: {source}. Nothing was added to the landing folder. \
         Free some space or choose another folder, then run it again."
    )]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{0}")]
    Refused(String),
}

/// Writes the world; `progress(done, total)` is called with purchase lines.
///
/// The files are made in hidden folders inside `world.out` and `world.truth` and moved into place
/// when all of them are whole, so an interrupted run adds nothing that a pipeline would read; the
/// same command finishes what a killed one had begun to move.
///
/// # Errors
/// `Refused`: a folder that already holds landing files, another generation at work in it, a
/// date out of range. `Write`: a full disk, a missing permission; nothing is kept then.
pub fn generate(world: &World, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<Written, DemoError> {
    let streams = stream::Streams::new(world.seed);
    let calendar = calendar::Calendar::new(world.until, &streams)?;
    if world.purchases == 0 {
        return Err(DemoError::Refused(
            "A demo world needs at least 1 purchase; none were asked for. Nothing was written."
                .into(),
        ));
    }
    if let Some(truth) = &world.truth
        && truth.starts_with(&world.out)
    {
        return Err(DemoError::Refused(format!(
            "The truth cannot lie in the landing folder, where a pipeline would read it ({}). \
             Nothing was written. Choose a folder beside it.",
            truth.display()
        )));
    }
    let staging = landing::Staging::open(&world.out)?;
    let mut truth = world.truth.as_deref().map(truth::Truth::open).transpose()?;

    let schools = schools::Schools::new(world.purchases, &streams, &calendar);
    let catalogue = catalogue::Catalogue::new(world.purchases, &streams, &calendar);
    let threads = world.threads.max(1);

    let plan = purchases::Plan::new(world.purchases, threads, &streams, &calendar, &schools)?;
    let users = plan.users(&streams, &calendar, &schools)?;

    progress(0, world.purchases);
    let invites = invites::Invites::new(&users, &streams, &calendar, threads)?;
    let office = office::Office::new(&schools, &catalogue, &calendar);
    let dated = dated::Dated::new(&world.dirt, &streams, &calendar);
    let fates = fates::Fates::new(&world.dirt, &streams, &calendar, &users);
    let injector = inject::Injector::new(
        &world.dirt,
        &dated,
        world.formats,
        &streams,
        &calendar,
        &users,
    );
    let people = people::People::new(
        &users, &schools, &streams, &calendar, &fates, &injector, threads,
    )?;
    let spilled = plan.spill(&users, &streams, &calendar, staging.path(), threads)?;
    let first = spilled.before();
    let days = day::Days {
        calendar: &calendar,
        streams: &streams,
        users: &users,
        shelves: &basket::Shelves::new(&streams, &calendar, &catalogue),
        invites: &invites,
        office: &office,
        people: &people,
        fates: &fates,
        dated: &dated,
        injector: &injector,
        activity: &activity::Activity::new(&streams, &calendar),
        first: &first,
    };
    let files = files::Files {
        staging: &staging,
        calendar: &calendar,
        streams: &streams,
        dated: &dated,
        formats: world.formats,
        is_told: truth.is_some(),
    };
    let mut lines = 0;
    let mut bank = bank::Bank::new(&streams, &calendar, &users);
    chunks::write(
        &days,
        &files,
        &spilled,
        &mut bank,
        world.purchases,
        threads,
        |accounts| {
            lines += accounts
                .iter()
                .filter(|a| a.source == Source::Purchases)
                .map(files::Account::rows)
                .sum::<u64>();
            // Dirt adds lines and takes them to later days.
            progress(lines.min(world.purchases), world.purchases);
            match &mut truth {
                Some(truth) => truth.add(accounts, &calendar),
                None => Ok(()),
            }
        },
    )?;
    progress(world.purchases, world.purchases);
    drop(spilled);
    if let Some(mut truth) = truth {
        truth.people(&users, &invites, &fates, &streams, &calendar, threads)?;
        truth.ledger(&calendar, threads)?;
        truth.parameters(world, users.count(), &dated, &calendar)?;
        truth.publish()?;
    }
    staging.publish()
}
