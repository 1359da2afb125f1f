//! `--select` and `--dry-run`.

use pipeline::{Action, Mode};
use warehouse::release::{gold_path, read_current};

use super::*;

fn selecting(world: &World, select: &[&str]) -> Options {
    Options {
        select: select.iter().map(|s| (*s).to_owned()).collect(),
        ..world.options()
    }
}

#[test]
fn selected_models_are_built_anew_and_nothing_is_taken_in() {
    let world = small();
    let first = report(&world);
    land_sales(&world, "2026-01-02", &["s4,u2,4,"]);
    let selected = report_of(&selecting(&world, &["history+", "dim_city"]));
    assert_eq!(selected.mode, Mode::Selected);
    assert_eq!(selected.files, 0);
    assert_eq!(selected.base.as_ref(), Some(&first.release));
    assert_ne!(selected.release, first.release);
    let built: Vec<(&str, Action)> = selected
        .models
        .iter()
        .filter(|model| model.action != Action::Skipped)
        .map(|model| (model.name.as_str(), model.action))
        .collect();
    assert_eq!(
        built,
        [
            ("history", Action::Full),
            ("touched_sales", Action::Full),
            ("dim_city", Action::Full),
            ("fct_sale", Action::Full)
        ]
    );
    // The next run takes in what has landed, and ends where an undisturbed one does.
    let next = report(&world);
    assert_eq!((next.mode, next.files), (Mode::Delta, 1));
    assert_undisturbed(&world);
}

#[test]
fn a_selected_model_with_other_sql_is_published_and_the_next_run_builds_in_full() {
    let world = small();
    report(&world);
    let file = world.project().join("models/gold/dim_city.sql");
    std::fs::write(
        file,
        "select city, count(*) * 2 as users from {{ ref('stg_users') }} group by city",
    )
    .unwrap();
    let selected = report_of(&selecting(&world, &["dim_city"]));
    assert_eq!(world.query("select sum(users) from dim_city"), ["4"]);
    assert_eq!(selected.contracts.passed, 0, "no test looks at it");
    land_sales(&world, "2026-01-02", &["s4,u2,4,"]);
    assert_eq!(report(&world).mode, Mode::Full);
    assert_undisturbed(&world);
}

#[test]
fn contracts_of_selected_models_are_checked() {
    let world = small();
    report(&world);
    let file = world.project().join("models/gold/fct_sale.sql");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(
        &file,
        text.replace("u.city, s.amount,", "u.city, -s.amount as amount,"),
    )
    .unwrap();
    let before = read_current(&world.data()).unwrap();
    let error = pipeline::run(&selecting(&world, &["fct_sale"]), &|_, _, _| {}).unwrap_err();
    assert!(
        error.to_string().contains("amounts_are_plausible"),
        "{error}"
    );
    assert_eq!(read_current(&world.data()).unwrap(), before);
}

#[test]
fn contracts_that_held_today_are_checked_again_on_what_was_selected() {
    let world = small();
    report(&world);
    land_sales(&world, "2026-01-02", &["s4,u2,4,"]);
    let waited = report(&world);
    let selected = report_of(&selecting(&world, &["fct_sale"]));
    assert!(
        selected.contracts.passed > 0,
        "{:?} after {:?}",
        selected.contracts,
        waited.contracts
    );
}

#[test]
fn nothing_is_selected_while_silver_is_ahead_of_the_release() {
    let world = small();
    report(&world);
    let before = read_current(&world.data()).unwrap();
    land_sales(&world, "2026-01-02", &["s4,u2,4000,"]);
    pipeline::run(&world.options(), &|_, _, _| {}).unwrap_err();
    let error = pipeline::run(&selecting(&world, &["dim_city"]), &|_, _, _| {}).unwrap_err();
    assert!(
        error.to_string().contains("without --select first"),
        "{error}"
    );
    assert_eq!(read_current(&world.data()).unwrap(), before);
    // Selections may follow one another.
    land_sales(&world, "2026-01-03", &["s4,u2,4,"]);
    report(&world);
    report_of(&selecting(&world, &["history"]));
    report_of(&selecting(&world, &["dim_city"]));
}

#[test]
fn what_cannot_be_selected_is_told() {
    let world = small();
    let too_early = pipeline::run(&selecting(&world, &["dim_city"]), &|_, _, _| {}).unwrap_err();
    assert!(
        too_early.to_string().contains("without --select first"),
        "{too_early}"
    );
    report(&world);
    let nothing = pipeline::run(&selecting(&world, &["dim_cit"]), &|_, _, _| {}).unwrap_err();
    assert!(
        nothing.to_string().contains("did you mean dim_city"),
        "{nothing}"
    );
}

#[test]
fn a_dry_run_says_what_the_run_then_does_and_writes_nothing() {
    let world = small();
    let before_anything = pipeline::outlook(&world.options()).unwrap();
    assert!(!world.data().exists());
    assert_eq!(
        (before_anything.mode, before_anything.files.len()),
        (Mode::Full, 2)
    );
    assert_eq!(report(&world).release, before_anything.release);

    land_sales(&world, "2026-01-02", &["s4,u2,4,"]);
    let files = world.data_files();
    let planned = pipeline::outlook(&world.options()).unwrap();
    let full = pipeline::outlook(&Options {
        full_refresh: true,
        ..world.options()
    })
    .unwrap();
    let selected = pipeline::outlook(&selecting(&world, &["+fct_sale"])).unwrap();
    assert_eq!(world.data_files(), files);

    assert_eq!(
        (full.mode, full.release.as_str()),
        (Mode::Full, planned.release.as_str())
    );
    assert!(
        full.models
            .iter()
            .all(|model| matches!(model.action, Action::Full | Action::View))
    );
    assert_eq!(selected.mode, Mode::Selected);
    assert!(selected.files.is_empty());
    let paths: Vec<&str> = planned
        .files
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(paths, ["sales/dt=2026-01-02/a.csv"]);
    let done = report(&world);
    assert_eq!(
        (planned.mode, &planned.release, &planned.base),
        (done.mode, &done.release, &done.base)
    );
    let actions: Vec<(&str, Action)> = done
        .models
        .iter()
        .map(|m| (m.name.as_str(), m.action))
        .collect();
    let expected: Vec<(&str, Action)> = planned
        .models
        .iter()
        .map(|m| (m.name.as_str(), m.action))
        .collect();
    assert_eq!(actions, expected);

    let nothing = pipeline::outlook(&world.options()).unwrap();
    assert_eq!(
        (nothing.mode, nothing.release),
        (Mode::Nothing, done.release)
    );
    assert!(gold_path(&world.data(), &planned.release).is_file());
}
