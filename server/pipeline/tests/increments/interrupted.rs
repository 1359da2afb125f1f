//! Runs that end early, and states and releases that are not what the next run would have left.

use std::fs;

use pipeline::{Mode, PipelineError, Step};
use warehouse::release::{gold_path, pointer_path, state_path};

use super::*;

/// As a kill on entering a step: the run ends there, without a word.
fn killed_at(world: &World, at: Step) {
    let died = std::panic::catch_unwind(|| {
        let _ = pipeline::run(&world.options(), &|step, _, _| {
            if step == at {
                std::panic::resume_unwind(Box::new("killed"));
            }
        });
    });
    assert!(died.is_err(), "the run never came to {at}");
}

#[test]
fn a_run_killed_in_any_step_is_made_good_by_the_next() {
    for step in [
        Step::Bronze,
        Step::Silver,
        Step::Gold,
        Step::Contracts,
        Step::Publish,
    ] {
        let world = small();
        let first = report(&world);
        land_sales(&world, "2026-01-02", &["s1,u1,10,D", "s4,u2,4,"]);
        killed_at(&world, step);
        assert_eq!(current(&world).release_id, first.release, "{step}");
        // The next day lands before anybody has run again.
        land_users(&world, "2026-01-03", &["u9,Ash"]);
        let next = report(&world);
        assert_eq!(next.mode, Mode::Delta, "{step}: {}", next.why);
        assert_undisturbed(&world);
    }
}

#[test]
fn silver_ahead_of_the_release_is_caught_up_without_new_files() {
    let world = small();
    let first = report(&world);
    land_sales(&world, "2026-01-02", &["s1,u1,10,D", "s4,u2,4,"]);
    killed_at(&world, Step::Gold);
    let next = report(&world);
    assert_eq!((next.mode, next.state_seq), (Mode::Delta, 2));
    assert_eq!(next.base, Some(first.release));
    assert_eq!(
        models(&next)["int_sales"].rows_touched,
        0,
        "silver is as it was"
    );
    assert_undisturbed(&world);
}

#[test]
fn a_contract_that_failed_leaves_the_rest_to_the_next_run() {
    let world = small();
    let first = report(&world);
    land_sales(&world, "2026-01-02", &["s4,u2,4000,"]);
    let error = pipeline::run(&world.options(), &|_, _, _| {}).unwrap_err();
    assert!(matches!(error, PipelineError::Contracts(_)), "{error}");
    assert_eq!(current(&world).release_id, first.release);
    land_sales(&world, "2026-01-03", &["s4,u2,4,"]);
    let next = report(&world);
    assert_eq!((next.mode, next.state_seq), (Mode::Delta, 3));
    assert_eq!(next.base, Some(first.release));
    assert_undisturbed(&world);
}

#[test]
fn a_pointer_turned_back_is_carried_on_from_there() {
    let world = small();
    let first = report(&world);
    land_sales(&world, "2026-01-02", &["s1,u1,11,"]);
    report(&world);
    land_sales(&world, "2026-01-03", &["s2,u2,22,"]);
    report(&world);
    fs::write(pointer_path(&world.data()), &first.release).unwrap();
    land_sales(&world, "2026-01-04", &["s5,u2,5,"]);
    let next = report(&world);
    assert_eq!((next.mode, next.base), (Mode::Delta, Some(first.release)));
    assert_undisturbed(&world);
}

#[test]
fn what_cannot_be_carried_on_is_built_in_full() {
    type Damage = (&'static str, fn(&World));
    let damages: [Damage; 5] = [
        ("no state", |world| {
            fs::remove_file(state_path(&world.data())).unwrap()
        }),
        ("a damaged state", |world| {
            fs::write(state_path(&world.data()), [3; 9000]).unwrap()
        }),
        ("another variable", |world| {
            let file = world.project().join("dbt_project.yml");
            let text = fs::read_to_string(&file).unwrap();
            fs::write(file, text.replace("floor: 0", "floor: 6")).unwrap();
        }),
        ("another model", |world| {
            let file = world.project().join("models/gold/dim_city.sql");
            fs::write(
                file,
                "select city, count(*) as citizens from {{ ref('stg_users') }} group by city",
            )
            .unwrap();
        }),
        ("bronze files that came in anew", |world| {
            let sales = fs::read_dir(world.data().join("bronze/sales")).unwrap();
            for file in sales {
                fs::remove_file(file.unwrap().path()).unwrap();
            }
        }),
    ];
    for (what, damage) in damages {
        let world = small();
        report(&world);
        damage(&world);
        land_sales(&world, "2026-01-02", &["s1,u1,10,D", "s4,u2,4,"]);
        let next = report(&world);
        assert_eq!(next.mode, Mode::Full, "{what}: {}", next.why);
        assert_undisturbed(&world);
        land_sales(&world, "2026-01-03", &["s4,u2,40,"]);
        assert_eq!(report(&world).mode, Mode::Delta, "{what}");
        assert_undisturbed(&world);
    }
}

#[test]
fn a_release_that_is_gone_costs_gold_only() {
    let world = small();
    let first = report(&world);
    fs::remove_file(gold_path(&world.data(), &first.release)).unwrap();
    land_sales(&world, "2026-01-02", &["s1,u1,10,D"]);
    let next = report(&world);
    assert_eq!(next.mode, Mode::Full);
    assert_eq!(models(&next)["int_sales"].action, pipeline::Action::Delta);
    assert_undisturbed(&world);
}
