//! Increments: what they write, and that they end where a full build does.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod equal;
mod interrupted;
mod refresh;
mod selected;
mod shelves;
mod shop;
#[path = "../support/mod.rs"]
mod support;
mod written;

use std::collections::BTreeMap;

use pipeline::{ModelReport, Options, Outcome, Report};
use support::World;
use warehouse::release::{read_current, read_manifest};
use warehouse::{Manifest, TableSummary};

/// Two users and three sales, one of an unknown user.
pub fn small() -> World {
    let world = World::of_project(&shop::FILES);
    land_users(&world, "2026-01-01", &["u1,Elm", "u2,Oak"]);
    land_sales(
        &world,
        "2026-01-01",
        &["s1,u1,10,", "s2,u2,20.50,", "s3,u9,5,"],
    );
    world
}

pub fn land_users(world: &World, dt: &str, lines: &[&str]) {
    world.land("users", dt, "a.csv", shop::USERS, lines);
}

pub fn land_sales(world: &World, dt: &str, lines: &[&str]) {
    world.land("sales", dt, "a.csv", shop::SALES, lines);
}

pub fn report(world: &World) -> Report {
    report_of(&world.options())
}

pub fn report_of(options: &Options) -> Report {
    let (outcome, report) = pipeline::run_and_report(options, &|_, _, _| {}).unwrap();
    assert!(
        !matches!(outcome, Outcome::NothingNew { .. }),
        "{report:#?}"
    );
    report
}

pub fn full_refresh(world: &World) -> Report {
    report_of(&Options {
        full_refresh: true,
        ..world.options()
    })
}

pub fn models(report: &Report) -> BTreeMap<&str, &ModelReport> {
    let models = report.models.iter();
    models.map(|model| (model.name.as_str(), model)).collect()
}

pub fn current(world: &World) -> Manifest {
    let id = read_current(&world.data()).unwrap().unwrap();
    read_manifest(&world.data(), &id).unwrap()
}

/// The release and its tables, as one run over all of landing makes them in a folder of its own.
pub fn undisturbed(world: &World) -> (String, BTreeMap<String, TableSummary>) {
    let elsewhere = tempfile::tempdir().unwrap();
    let report = report_of(&Options {
        data: elsewhere.path().to_owned(),
        ..world.options()
    });
    let manifest = read_manifest(elsewhere.path(), &report.release).unwrap();
    (report.release, manifest.tables)
}

/// The current release is the one that a single run over all of landing makes.
pub fn assert_undisturbed(world: &World) {
    let manifest = current(world);
    let (release, tables) = undisturbed(world);
    assert_eq!(manifest.tables, tables);
    assert_eq!(manifest.release_id, release);
    // And the checksums that were carried on are those of the rows that are there.
    let sum = "select cast(coalesce(sum(cast(hash(sale_id, user_id, city, amount, versions, _row_number) as hugeint)), 0) as string) from fct_sale";
    assert_eq!(
        world.query(sum),
        [manifest.tables["fct_sale"].checksum.clone()]
    );
}
