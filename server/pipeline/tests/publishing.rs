//! Write, audit, publish: what a run leaves behind, however it ends.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fs;
use std::sync::mpsc;

use pipeline::{Outcome, PipelineError, Step};
use support::{PURCHASES, World};
use warehouse::release::{
    gold_path, manifest_path, pointer_path, read_current, read_manifest, release_dir, releases_dir,
};

const NEXT_DAY: &str = "l9,r9,u1,p1,t1,1,1.00,,2026-01-11T16:00:00Z,I,";

fn releases(world: &World) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(releases_dir(&world.data()))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_release_says_what_it_holds() {
    let world = World::small();
    let release = world.publish();
    assert!(
        release.starts_with("2026-01-10-") && release.len() == "2026-01-10-".len() + 12,
        "{release}"
    );
    let manifest = read_manifest(&world.data(), &release).unwrap();
    assert_eq!(manifest.business_date.to_string(), "2026-01-10");
    assert_eq!(manifest.zone, "America/New_York");
    assert_eq!(
        manifest
            .observed
            .map(|(from, to)| format!("{from} {to}"))
            .as_deref(),
        Some("2026-01-10 2026-01-10")
    );
    let tables: Vec<(&str, u64)> = manifest
        .tables
        .iter()
        .map(|(name, table)| (name.as_str(), table.rows))
        .collect();
    for expected in [
        ("agg_cash_outs_month", 0),
        ("agg_purchase_receipt", 2),
        ("agg_purchase_shelf", 3),
        ("agg_rewards_ageing", 1),
        ("agg_rewards_balance", 2),
        ("agg_rewards_month_funding", 1),
        ("agg_rewards_month_school", 1),
        ("agg_rewards_payable", 1),
        ("agg_rewards_quarantined", 0),
        ("dim_date", 10),
        ("dim_earned_day", 1),
        ("dim_product", 2),
        ("dim_product_version", 2),
        ("dim_school", 1),
        ("dim_tree", 1),
        ("dim_user", 2),
        ("fct_activity_day", 0),
        ("fct_cash_out_exposure", 3),
        ("fct_conversion_fit", 0),
        ("fct_purchase", 3),
        ("fct_receipt", 2),
        ("fct_referral", 0),
        ("fct_referred_sign_up", 1),
        ("fct_rewards", 4),
        ("fct_reward_event", 0),
        ("fct_school_change", 0),
        ("fct_settlement", 0),
        ("reward_lots", 2),
        ("reward_movements", 0),
        ("reward_pieces", 2),
        ("reward_queue", 4),
    ] {
        assert!(
            tables.contains(&expected),
            "{expected:?} is not in {tables:?}"
        );
    }
    assert_eq!(releases(&world), [release]);
}

#[test]
fn a_second_run_with_nothing_new_touches_nothing() {
    let world = World::small();
    let release = world.publish();
    let before = world.data_files();
    let again = world.run().unwrap();
    assert!(matches!(again, Outcome::NothingNew { release: same, .. } if same == release));
    assert_eq!(world.data_files(), before);
}

#[test]
fn the_same_landing_gives_the_same_release_and_tables() {
    let (one, two) = (World::small(), World::small());
    let (a, b) = (one.publish(), two.publish());
    assert_eq!(a, b);
    assert_eq!(
        read_manifest(&one.data(), &a).unwrap().tables,
        read_manifest(&two.data(), &b).unwrap().tables
    );

    // In two runs or in one, the tables are the same.
    one.land("purchases", "2026-01-11", "b.csv", PURCHASES, &[NEXT_DAY]);
    let three = World::small();
    three.land("purchases", "2026-01-11", "b.csv", PURCHASES, &[NEXT_DAY]);
    let (a, b) = (one.publish(), three.publish());
    assert_eq!(a, b);
    assert_eq!(
        read_manifest(&one.data(), &a).unwrap().tables,
        read_manifest(&three.data(), &b).unwrap().tables
    );
}

#[test]
fn a_changed_model_or_variable_is_a_new_release_of_the_same_landing() {
    let mut world = World::small();
    let early = "l8,r8,u1,p1,t1,1,1.00,,2026-01-11T07:00:00Z,I,";
    world.land("purchases", "2026-01-11", "b.csv", PURCHASES, &[early]);
    let first = world.publish();
    let project = world.own_project();
    assert!(
        matches!(world.run().unwrap(), Outcome::NothingNew { .. }),
        "a copy of the project is the same project"
    );
    let file = project.join("dbt_project.yml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("America/New_York", "Pacific/Honolulu")).unwrap();
    let second = world.publish();
    assert_ne!(first, second);
    assert_eq!(
        read_manifest(&world.data(), &second).unwrap().zone,
        "Pacific/Honolulu"
    );
    assert_eq!(
        world.query("select purchased_on from fct_purchase where purchase_id = 'l8'"),
        ["2026-01-10"]
    );
}

#[test]
fn a_failing_contract_publishes_nothing_and_is_named_with_count_and_sample() {
    let mut world = World::small();
    let first = world.publish();
    let project = world.own_project();
    fs::write(
        project.join("tests/amounts_stay_small.sql"),
        "-- dear lines\nselect purchase_id, amount from {{ ref('fct_purchase') }} where amount > 3.50 -- all but one",
    )
    .unwrap();
    world.land("purchases", "2026-01-11", "b.csv", PURCHASES, &[NEXT_DAY]);
    let error = world.run().unwrap_err();
    let message = error.to_string();
    let PipelineError::Contracts(results) = error else {
        panic!("{message}")
    };
    assert_eq!(results.len(), 1);
    let result = &results[0];
    assert_eq!(
        (
            result.contract.as_str(),
            result.relation.as_str(),
            result.failing_rows
        ),
        ("amounts_stay_small", "fct_purchase", 2)
    );
    let mut sample = result.sample.clone();
    sample.sort();
    assert_eq!(
        sample,
        [
            r#"{"amount":"3.99","purchase_id":"l3"}"#,
            r#"{"amount":"7.98","purchase_id":"l1"}"#
        ]
    );
    assert!(
        message.contains("amounts_stay_small on fct_purchase: 2 rows fail")
            && message.contains("l3"),
        "{message}"
    );
    assert_eq!(
        read_current(&world.data()).unwrap().as_deref(),
        Some(first.as_str())
    );
    assert_eq!(releases(&world), [first.as_str()]);

    // The failed run is remembered, and what it took in is kept for the next.
    assert_eq!(
        fs::read_dir(world.data().join("ops/pipeline_runs"))
            .unwrap()
            .count(),
        2
    );
    fs::remove_file(project.join("tests/amounts_stay_small.sql")).unwrap();
    match world.run().unwrap() {
        Outcome::Published { ingested, .. } => assert_eq!(ingested.files, 0),
        nothing => panic!("{nothing:?}"),
    }
    assert_eq!(world.query("select count(*) from fct_purchase"), ["4"]);
}

#[test]
fn a_contract_that_warns_lets_the_release_through() {
    let world = World::small();
    world.land(
        "purchases",
        "2026-01-11",
        "b.csv",
        PURCHASES,
        &["l9,r9,u1,p1,t1,some,1.00,,2026-01-11T16:00:00Z,I,"],
    );
    world.publish();
    assert_eq!(
        world.query("select quantity from fct_purchase where purchase_id = 'l9'"),
        ["-"]
    );
}

#[test]
fn a_test_on_a_missing_column_names_file_and_line() {
    let mut world = World::small();
    let project = world.own_project();
    let file = project.join("models/silver/silver.yml");
    let text = fs::read_to_string(&file).unwrap();
    let line = text
        .lines()
        .position(|line| line.contains("- name: purchased_at"))
        .unwrap()
        + 1;
    fs::write(
        &file,
        text.replace("- name: purchased_at", "- name: purchased_ats"),
    )
    .unwrap();
    let message = world.run().unwrap_err().to_string();
    assert!(
        message.contains(&format!("silver.yml:{line}: ")),
        "{message}"
    );
    assert!(
        message
            .contains("`stg_purchases` has no column `purchased_ats`; did you mean purchased_at"),
        "{message}"
    );
    assert_eq!(read_current(&world.data()).unwrap(), None);
}

#[test]
fn broken_sql_names_the_models_file_and_leaves_no_building_site() {
    let mut world = World::small();
    let project = world.own_project();
    fs::write(
        project.join("models/gold/dim_school.sql"),
        "select no_such_column from {{ ref('stg_schools') }}",
    )
    .unwrap();
    let message = world.run().unwrap_err().to_string();
    assert!(
        message.contains("models/gold/dim_school.sql") && message.contains("no_such_column"),
        "{message}"
    );
    assert!(releases(&world).is_empty());
}

#[test]
fn two_runs_at_once_are_one_run_and_a_clear_refusal() {
    let world = World::small();
    let (arrived, wait_for_arrival) = mpsc::channel();
    let (release_it, wait_for_leave) = mpsc::channel::<()>();
    let wait_for_leave = std::sync::Mutex::new(wait_for_leave);
    let options = world.options();
    std::thread::scope(|scope| {
        let first = scope.spawn(move || {
            pipeline::run(&options, &|step, done, _| {
                if step == Step::Gold && done == 0 {
                    arrived.send(()).unwrap();
                    wait_for_leave.lock().unwrap().recv().unwrap();
                }
            })
        });
        wait_for_arrival.recv().unwrap();
        let refused = world.run().unwrap_err();
        assert!(matches!(refused, PipelineError::Locked(_)), "{refused}");
        assert!(
            refused.to_string().contains("another run is at work"),
            "{refused}"
        );
        release_it.send(()).unwrap();
        assert!(matches!(
            first.join().unwrap(),
            Ok(Outcome::Published { .. })
        ));
    });
    assert!(
        matches!(world.run().unwrap(), Outcome::NothingNew { .. }),
        "the lock is free again"
    );
}

#[test]
fn leftovers_of_a_killed_run_are_removed() {
    let world = World::small();
    let release = world.publish();
    let site = releases_dir(&world.data()).join(".building-killed");
    fs::create_dir(&site).unwrap();
    fs::write(site.join("gold.duckdb"), "half").unwrap();
    fs::write(world.data().join("current.tmp"), "half").unwrap();
    fs::write(world.data().join("ops/pipeline_runs/.killed.tmp"), "half").unwrap();
    assert!(matches!(world.run().unwrap(), Outcome::NothingNew { .. }));
    assert_eq!(releases(&world), [release]);
    assert!(!world.data().join("current.tmp").exists());
    assert!(!world.data().join("ops/pipeline_runs/.killed.tmp").exists());
}

#[test]
fn a_run_killed_before_the_pointer_moved_is_finished_by_the_next() {
    let world = World::small();
    let first = world.publish();
    world.land("purchases", "2026-01-11", "b.csv", PURCHASES, &[NEXT_DAY]);
    let second = world.publish();
    // As the kill would have left it.
    fs::write(pointer_path(&world.data()), format!("{first}\n")).unwrap();
    let changed = fs::metadata(gold_path(&world.data(), &second))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(world.publish(), second);
    assert_eq!(
        read_current(&world.data()).unwrap().as_deref(),
        Some(second.as_str())
    );
    let unchanged = fs::metadata(gold_path(&world.data(), &second))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(changed, unchanged, "the release was not built again");
}

#[test]
fn a_damaged_pointer_or_release_is_made_good() {
    let world = World::small();
    let release = world.publish();
    let data = world.data();
    let damages: [(&str, &dyn Fn()); 6] = [
        ("an empty pointer", &|| {
            fs::write(pointer_path(&data), "").unwrap()
        }),
        ("a pointer of bytes", &|| {
            fs::write(pointer_path(&data), b"\0\xff\0").unwrap()
        }),
        ("a pointer to nothing", &|| {
            fs::write(pointer_path(&data), "2020-01-01-abcdefabcdef\n").unwrap()
        }),
        ("no release", &|| {
            fs::remove_dir_all(release_dir(&data, &release)).unwrap()
        }),
        ("a manifest cut off", &|| {
            fs::write(manifest_path(&data, &release), "{").unwrap()
        }),
        ("a file cut off", &|| {
            let file = fs::OpenOptions::new()
                .write(true)
                .open(gold_path(&data, &release))
                .unwrap();
            file.set_len(20_000).unwrap();
        }),
    ];
    let manifest = read_manifest(&data, &release).unwrap();
    for (damage, make) in damages {
        make();
        let outcome = world.run();
        assert!(
            matches!(outcome, Ok(Outcome::Published { .. })),
            "{damage}: {outcome:?}"
        );
        assert_eq!(
            read_current(&data).unwrap().as_deref(),
            Some(release.as_str()),
            "{damage}"
        );
        assert_eq!(
            read_manifest(&data, &release).unwrap().tables,
            manifest.tables,
            "{damage}"
        );
        assert_eq!(
            world.query("select count(*) from fct_purchase"),
            ["3"],
            "{damage}"
        );
        assert!(
            matches!(world.run(), Ok(Outcome::NothingNew { .. })),
            "{damage}"
        );
    }
}

#[test]
fn a_damaged_state_is_made_anew_from_bronze() {
    let world = World::small();
    world.publish();
    fs::write(warehouse::release::state_path(&world.data()), "no database").unwrap();
    world.land("purchases", "2026-01-11", "b.csv", PURCHASES, &[NEXT_DAY]);
    world.publish();
    assert_eq!(
        world.query("select count(*) from state.silver.stg_purchases"),
        ["4"]
    );
}

#[test]
fn the_last_five_releases_stay_and_the_current_one_always() {
    let world = World::small();
    let mut published = vec![world.publish()];
    for day in 11..18 {
        let line = format!("d{day},r{day},u1,p1,t1,1,1.00,,2026-01-{day}T16:00:00Z,I,");
        world.land(
            "purchases",
            &format!("2026-01-{day}"),
            "a.csv",
            PURCHASES,
            &[&line],
        );
        published.push(world.publish());
    }
    assert_eq!(releases(&world), published[published.len() - 5..]);
}

#[test]
fn a_run_without_landing_is_a_clear_failure_that_is_remembered() {
    let world = World::empty();
    let error = world.run().unwrap_err();
    assert!(matches!(error, PipelineError::Landing(_)), "{error:?}");
    assert!(error.to_string().contains("landing"), "{error}");
    assert_eq!(
        fs::read_dir(world.data().join("ops/pipeline_runs"))
            .unwrap()
            .count(),
        1
    );
    assert_eq!(read_current(&world.data()).unwrap(), None);
}

#[test]
fn each_step_is_told_on_entering_in_order() {
    let world = World::small();
    let seen = std::sync::Mutex::new(Vec::new());
    pipeline::run(&world.options(), &|step, _, _| {
        let mut seen = seen.lock().unwrap();
        if seen.last() != Some(&step) {
            seen.push(step);
        }
    })
    .unwrap();
    assert_eq!(
        seen.into_inner().unwrap(),
        [
            Step::Bronze,
            Step::Silver,
            Step::Gold,
            Step::Contracts,
            Step::Publish
        ]
    );
}
