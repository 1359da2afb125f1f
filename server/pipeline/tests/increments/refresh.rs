//! `--full-refresh`.

use pipeline::Mode;
use warehouse::release::{gold_path, read_manifest, release_dir, write_manifest};

use super::*;

#[test]
fn a_full_refresh_that_gives_the_same_tables_keeps_the_release() {
    let world = small();
    report(&world);
    land_sales(&world, "2026-01-02", &["s1,u1,10,D", "s4,u2,4,"]);
    let release = report(&world).release;
    let bytes = std::fs::read(gold_path(&world.data(), &release)).unwrap();
    let refreshed = full_refresh(&world);
    assert_eq!((refreshed.mode, refreshed.confirmed), (Mode::Full, true));
    assert_eq!(refreshed.release, release);
    assert_eq!(
        bytes,
        std::fs::read(gold_path(&world.data(), &release)).unwrap()
    );
    // And what lands next is built on it.
    land_sales(&world, "2026-01-03", &["s5,u2,5,"]);
    report(&world);
    assert_undisturbed(&world);
    land_sales(&world, "2026-01-04", &["s5,u2,,D"]);
    assert_eq!(report(&world).mode, Mode::Delta);
    assert_undisturbed(&world);
}

#[test]
fn a_full_refresh_that_gives_other_tables_is_published_beside_the_release() {
    let world = small();
    let release = report(&world).release;
    // A release that says it held other rows.
    let mut manifest = read_manifest(&world.data(), &release).unwrap();
    manifest.tables.get_mut("fct_sale").unwrap().checksum = "17".into();
    write_manifest(&release_dir(&world.data(), &release), &manifest).unwrap();
    let refreshed = full_refresh(&world);
    assert!(!refreshed.confirmed);
    assert_eq!(refreshed.release, format!("{release}-r2"));
    assert_eq!(current(&world).release_id, refreshed.release);
    assert!(release_dir(&world.data(), &release).is_dir());
    assert!(
        matches!(world.run(), Ok(pipeline::Outcome::NothingNew { release, .. }) if release == refreshed.release),
        "the last outcome of the same inputs counts"
    );
    assert!(full_refresh(&world).confirmed);
}

#[test]
fn checksums_that_were_carried_on_wrongly_stop_the_run() {
    let world = small();
    let release = report(&world).release;
    let mut manifest = read_manifest(&world.data(), &release).unwrap();
    manifest.tables.get_mut("fct_sale").unwrap().checksum = "17".into();
    // Long ago, so that it is time to look at every row again.
    manifest.build.verified_at = Some(jiff::Timestamp::UNIX_EPOCH);
    write_manifest(&release_dir(&world.data(), &release), &manifest).unwrap();
    land_sales(&world, "2026-01-02", &["s4,u2,4,"]);
    let error = world.run().unwrap_err().to_string();
    assert!(
        error.contains("fct_sale") && error.contains("--full-refresh"),
        "{error}"
    );
    assert_eq!(current(&world).release_id, release);
    full_refresh(&world);
    let (_, tables) = undisturbed(&world);
    assert_eq!(current(&world).tables, tables);
}
