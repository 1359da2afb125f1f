//! The synthetic world: landing files that look like the company's, seeded and repeatable.
//! Depends on nothing of the pipeline, so that it can be its judge.
//!
//! Every draw comes from a stream that is addressed by what it decides (a user, a receipt, a product),
//! never from a shared generator, so the bytes depend on the seed alone and any part can be made
//! again without the parts before it. Three steps follow from that:
//!
//! 1. count the lines that each block of users would buy, and fix how many users there are;
//! 2. make the receipts' headers (16 bytes each), thinned to exactly N lines, and spill them by day;
//! 3. write the days, each in order of time, drawing every receipt's lines as they are written.
//!
//! Memory is a block of users and a day of receipts per thread, whatever the size of the world.

mod basket;
mod calendar;
mod catalogue;
mod day_profile;
mod landing;
mod parallel;
mod places;
mod purchases;
mod schools;
mod season;
mod shelf;
mod spill;
mod stream;
mod tables;
mod users;
mod visits;

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;

/// What to make.
#[derive(Debug, Clone)]
pub struct World {
    /// The landing folder; `<source>/dt=YYYY-MM-DD/<source>.csv` appears in it.
    pub out: PathBuf,
    /// Purchase lines, exactly.
    pub purchases: u64,
    pub seed: u64,
    /// The last day, in the reporting zone; the world is two years long.
    pub until: Date,
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

/// Writes the world; `progress(done, total)` is called with purchase lines, from any worker thread.
///
/// The files are made in a hidden folder inside `world.out` and moved into place when all of them
/// are whole, so an interrupted run adds nothing that a pipeline would read.
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
    let staging = landing::Staging::open(&world.out)?;

    let schools = schools::Schools::new(world.purchases, &streams, &calendar);
    let catalogue = catalogue::Catalogue::new(world.purchases, &streams, &calendar);
    let threads = world.threads.max(1);

    let plan = purchases::Plan::new(world.purchases, threads, &streams, &calendar, &schools)?;
    let users = plan.users(&streams, &calendar, &schools)?;

    progress(0, world.purchases);
    tables::write_schools(&staging, &schools, &calendar)?;
    tables::write_products(&staging, &catalogue, &calendar)?;
    tables::write_users(&staging, &users, &schools, &calendar, threads)?;
    let spilled = plan.spill(&users, &streams, &calendar, staging.path(), threads)?;
    purchases::write(
        &staging,
        &spilled,
        &basket::Shelves::new(&streams, &calendar, &catalogue),
        threads,
        world.purchases,
        progress,
    )?;
    drop(spilled);
    staging.publish()
}
