//! What is remembered of runs, files and releases.

use super::*;

#[test]
fn the_record_of_a_run_says_what_was_read_written_and_how_long_each_step_took() {
    let world = World::small();
    let release = world.publish();
    assert_eq!(
        world.ops(
            "pipeline_runs",
            "select status, step, trigger, mode, business_date, release_id, rows_read, rows_written >= 8, error from ops"
        ),
        [format!("published|publish|command|full|2026-01-10|{release}|8|true|-")]
    );
    let seconds = world.ops("pipeline_runs", "select step_seconds from ops");
    let seconds: serde_json::Value = serde_json::from_str(&seconds[0]).unwrap();
    for step in ["bronze", "silver", "gold", "contracts", "publish"] {
        assert!(seconds[step].as_f64().unwrap() >= 0.0, "{seconds}");
    }
    assert_eq!(
        world.ops("releases", "select release_id, status from ops"),
        [format!("{release}|published")]
    );
    assert_eq!(
        world.ops("latest_release", "select release_id, changed_by from ops"),
        [format!("{release}|pipeline")]
    );
}

#[test]
fn files_that_no_run_recorded_are_recorded_by_the_next_with_the_run_that_took_them_in() {
    let world = World::small();
    world.publish();
    let first = world
        .ops("pipeline_runs", "select run_id from ops")
        .remove(0);
    // As after a run that was killed once its files were in bronze.
    fs::remove_dir_all(world.data().join("ops/ingested_files")).unwrap();
    world.land("purchases", "2026-01-11", "b.csv", PURCHASES, &[NEXT_DAY]);
    world.publish();
    assert_eq!(
        world.ops(
            "ingested_files",
            &format!(
                "select source, path, rows, bytes > 0, length(sha256), run_id = '{first}', \
                 ingested_at < (select max(ingested_at) from ops) from ops order by source, path"
            )
        ),
        [
            "products|products/dt=2026-01-10/a.csv|2|true|64|true|true",
            "purchases|purchases/dt=2026-01-10/a.csv|3|true|64|true|true",
            "purchases|purchases/dt=2026-01-11/b.csv|1|true|64|false|false",
            "schools|schools/dt=2026-01-10/a.csv|1|true|64|true|true",
            "users|users/dt=2026-01-10/a.csv|2|true|64|true|true",
        ]
    );
    assert_eq!(
        world.ops("pipeline_runs", "select rows_read from ops order by run_id"),
        ["8", "1"],
        "a run has read what it took in itself"
    );

    // Nothing is recorded twice.
    world.land(
        "purchases",
        "2026-01-12",
        "c.csv",
        PURCHASES,
        &[&NEXT_DAY.replace("l9", "l10")],
    );
    world.publish();
    assert_eq!(
        world.ops(
            "ingested_files",
            "select count(*), count(distinct file_id) from ops"
        ),
        ["6|6"]
    );
}

#[test]
fn a_release_whose_run_was_killed_before_it_was_recorded_is_recorded_by_the_next() {
    let world = World::small();
    let release = world.publish();
    fs::remove_dir_all(world.data().join("ops")).unwrap();
    assert!(matches!(world.run().unwrap(), Outcome::NothingNew { .. }));
    assert_eq!(
        world.ops(
            "pipeline_runs",
            "select status, step, business_date, release_id, rows_written > 8, note, started_at <= ended_at from ops"
        ),
        [format!(
            "published|publish|2026-01-10|{release}|true|recorded later: the run was stopped after it had published|true"
        )]
    );
    assert_eq!(
        world.ops("releases", "select release_id from ops"),
        [release.as_str()]
    );
    assert_eq!(
        world.ops("ingested_files", "select count(*) from ops"),
        ["4"]
    );

    let before = world.data_files();
    assert!(matches!(world.run().unwrap(), Outcome::NothingNew { .. }));
    assert_eq!(world.data_files(), before, "it is recorded once");
}

#[test]
fn samples_show_no_personal_data() {
    let (world, project) = own_world();
    fs::write(
        project.join("tests/nobody.sql"),
        "select user_id, 'x' as email, 'mail ' || user_id || '@example.org' as note from {{ ref('dim_user') }} where user_id = 'u1'",
    )
    .unwrap();
    let (results, message) = failures(&world);
    assert_eq!(
        results[0].sample,
        [r#"{"note":"(not shown)","user_id":"u1"}"#]
    );
    assert!(!message.contains("example.org"), "{message}");
}

#[test]
fn a_landing_file_that_differs_from_its_declaration_is_recorded() {
    let world = World::small();
    world.land(
        "purchases",
        "2026-01-11",
        "b.csv",
        &format!("{PURCHASES},coupon"),
        &[&format!("{NEXT_DAY},c7")],
    );
    world.publish();
    assert_eq!(
        world.ops(
            "schema_drift",
            "select source, path, \"column\", change, length(detail) > 0 from ops where path like '%b.csv'"
        ),
        ["purchases|purchases/dt=2026-01-11/b.csv|coupon|new_column|true"]
    );
}
