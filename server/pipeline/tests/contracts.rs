//! What is expected of rows, sources and tables, and what is remembered of how it was met.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fs;
use std::path::PathBuf;

use pipeline::{ContractResult, Outcome, PipelineError};
use support::{PURCHASES, USERS, World};
use warehouse::release::read_current;

const NEXT_DAY: &str = "l9,r9,u1,p1,t1,1,1.00,,2026-01-11T16:00:00Z,I,";

/// A world with its own copy of the project, and that copy's folder.
fn own_world() -> (World, PathBuf) {
    let mut world = World::small();
    let project = world.own_project();
    (world, project)
}

/// Replaces text in a file of the project; it must be there.
fn edit(project: &std::path::Path, file: &str, from: &str, to: &str) {
    let path = project.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

fn failures(world: &World) -> (Vec<ContractResult>, String) {
    let error = world.run().unwrap_err();
    let message = error.to_string();
    match error {
        PipelineError::Contracts(results) => (results, message),
        other => panic!("{other:?}"),
    }
}

/// Lands one purchase line per entry of `rows` on consecutive days that end on `last`.
fn land_days(world: &World, last: &str, rows: &[usize]) {
    let last: jiff::civil::Date = last.parse().unwrap();
    for (ago, rows) in rows.iter().rev().enumerate() {
        let ago = i64::try_from(ago).unwrap();
        let day = last
            .checked_sub(jiff::Span::new().days(ago))
            .unwrap()
            .to_string();
        let lines: Vec<String> = (0..*rows)
            .map(|i| format!("d{day}-{i},r{day}-{i},u1,p1,t1,1,1.00,,{day}T16:00:00Z,I,"))
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        world.land("purchases", &day, "days.csv", PURCHASES, &lines);
    }
}

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
fn a_gold_model_that_breaks_its_contract_stops_the_release_and_says_column_expected_and_found() {
    let (world, project) = own_world();
    let first = world.publish();
    edit(
        &project,
        "models/gold/gold.yml",
        "      - name: amount\n        data_type: decimal(18,2)",
        "      - name: amount\n        data_type: double",
    );
    edit(
        &project,
        "models/gold/gold.yml",
        "      - name: discount\n",
        "      - name: rebate\n",
    );
    let (results, message) = failures(&world);
    assert_eq!(results.len(), 1, "{message}");
    let result = &results[0];
    assert_eq!(
        (
            result.contract.as_str(),
            result.relation.as_str(),
            result.failing_rows
        ),
        ("columns_of_fct_purchase", "fct_purchase", 3)
    );
    for said in [
        r#""column":"amount""#,
        r#""expected":"double","found":"decimal(18,2)""#,
        r#""column":"rebate""#,
        r#""found":"no such column""#,
        r#"{"column":"discount","expected":"not declared","found":"decimal(18,2)"}"#,
        "declared at models/gold/gold.yml",
        "nothing was published",
    ] {
        assert!(message.contains(said), "{said}: {message}");
    }
    assert_eq!(read_current(&world.data()).unwrap(), Some(first));
    assert_eq!(
        world.ops(
            "contract_results",
            "select status, behaviour, severity from ops where contract = 'columns_of_fct_purchase' order by run_id"
        ),
        ["passed|fail|error", "failed|fail|error"]
    );
}

#[test]
fn a_failing_contract_says_what_must_hold_where_it_is_declared_and_what_to_do() {
    let (world, project) = own_world();
    edit(
        &project,
        "models/gold/gold.yml",
        "      - name: retailer_id\n        data_type: string\n",
        "      - name: retailer_id\n        data_type: string\n        data_tests:\n          - accepted_values:\n              arguments: {values: [t1]}\n              description: Only one retailer reports so far.\n",
    );
    let line = fs::read_to_string(project.join("models/gold/gold.yml"))
        .unwrap()
        .lines()
        .position(|line| line.contains("values: [t1]"))
        .unwrap();
    let (results, message) = failures(&world);
    assert_eq!(
        results[0].sample,
        [r#"{"retailer_id":"t2","row_count":"1"}"#]
    );
    assert_eq!(results[0].column.as_deref(), Some("retailer_id"));
    for said in [
        "accepted_values_fct_purchase_retailer_id__t1 on fct_purchase: 1 row fails",
        "what must hold: Only one retailer reports so far.",
        &format!("declared at models/gold/gold.yml:{line}"),
        "the current release is as it was",
        "run again",
    ] {
        assert!(message.contains(said), "{said}: {message}");
    }
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
fn rows_that_silver_could_not_use_are_counted_by_expectation_with_file_and_row() {
    let world = World::small();
    world.land(
        "purchases",
        "2026-01-11",
        "dirt.csv",
        PURCHASES,
        &[
            "k1,r9,nobody,p1,t1,1,1.00,,2026-01-11T16:00:00Z,I,",
            "k2,r9,u1,p1,t1,1,much,,2026-01-11T16:00:00Z,I,",
            ",r9,u1,p1,t1,1,2.00,,2026-01-11T16:00:00Z,I,",
            "k4,r9,u1,p1,t1,1,3.00,,2026-02-11T16:00:00Z,I,",
            "k5,r9,nobody,p1,t1,1,0.25,,2026-01-11T16:00:00Z,I,",
            "k6,r9,u1,p1,t1,0,4.00,,2026-01-11T16:00:00Z,I,",
            "cut",
        ],
    );
    world.publish();
    let found = world.ops(
        "contract_results",
        "select contract, behaviour, status, failing_rows, sample, declared_at like 'models/silver/silver.yml:%' \
         from ops where relation = 'int_purchases_checked' and behaviour <> 'fail' and status <> 'passed' order by contract",
    );
    let at = |row: u32| format!(r#"{{"file":"purchases/dt=2026-01-11/dirt.csv","row":{row}}}"#);
    assert_eq!(
        found,
        [
            format!(
                "castable_purchases|quarantine|quarantined|1|[{}]|true",
                at(2)
            ),
            format!("has_key_purchases|drop|dropped|1|[{}]|true", at(3)),
            format!("in_window_purchases|drop|dropped|1|[{}]|true", at(4)),
            format!(
                "known_user_purchases|quarantine|quarantined|2|[{},{}]|true",
                at(1),
                at(5)
            ),
            format!("positive_quantity_purchases|warn|warned|1|[{}]|true", at(6)),
            format!("well_formed_purchases|drop|dropped|1|[{}]|true", at(7)),
        ]
    );
    assert_eq!(
        world.ops(
            "quarantine",
            "select source, reason, row_count, amount, oldest_dt, newest_dt, sample from ops order by reason"
        ),
        [
            format!("purchases|bad_value|1|0.00|2026-01-11|2026-01-11|[{}]", at(2)),
            format!("purchases|orphan_user|2|1.25|2026-01-11|2026-01-11|[{},{}]", at(1), at(5)),
        ]
    );
    assert_eq!(
        world.ops(
            "contract_results",
            "select contract, status from ops where contract like 'accounts%' and relation in ('purchases', 'users') order by contract"
        ),
        ["accounts_purchases|passed", "accounts_users|passed"]
    );
}

#[test]
fn accounts_that_do_not_add_up_to_what_landed_stop_the_release() {
    let (world, project) = own_world();
    edit(
        &project,
        "models/silver/row_accounts.sql",
        "from {{ ref('int_users_checked') }}",
        "from {{ ref('int_users_checked') }} where user_id <> 'u2'",
    );
    fs::remove_file(project.join("tests/every_bronze_row_has_one_outcome.sql")).unwrap();
    let (results, message) = failures(&world);
    assert_eq!(results.len(), 1, "{message}");
    assert_eq!(
        (results[0].contract.as_str(), results[0].failing_rows),
        ("accounts_users", 1)
    );
    assert!(
        message.contains(r#""landed":2"#) && message.contains(r#""accounted":1"#),
        "{message}"
    );
}

#[test]
fn a_model_with_too_few_rows_stops_the_release() {
    let (world, project) = own_world();
    edit(
        &project,
        "models/gold/gold.yml",
        "      - row_count_min:\n          arguments: {min: 1}",
        "      - row_count_min:\n          arguments: {min: 4}",
    );
    let (results, message) = failures(&world);
    assert_eq!(
        (results[0].contract.as_str(), results[0].sample[0].as_str()),
        ("row_count_min_fct_purchase_4", r#"{"row_count":"3"}"#),
        "{message}"
    );
    assert!(
        message.contains("A release without a purchase is a mistake of landing."),
        "{message}"
    );
}

#[test]
fn a_source_that_stops_warns_and_then_stops_the_release_where_that_is_declared() {
    let (world, project) = own_world();
    world.publish();
    let state = |world: &World| {
        world.ops(
            "freshness",
            "select latest_dt, age_days, expected_within_days, status from ops where source = 'purchases' order by run_id desc limit 1",
        )
    };
    assert_eq!(state(&world), ["2026-01-10|0|2|fresh"]);
    let user = |day: u32| {
        let line = format!("v{day},,2026-01-{day}T15:00:00Z,OH,organic,s1,,I,");
        world.land("users", &format!("2026-01-{day}"), "b.csv", USERS, &[&line]);
    };
    user(12);
    world.publish();
    assert_eq!(state(&world), ["2026-01-10|2|2|fresh"]);
    user(13);
    world.publish();
    assert_eq!(state(&world), ["2026-01-10|3|2|stale"]);
    assert_eq!(
        world.ops(
            "contract_results",
            "select status, behaviour, declared_at like 'models/sources.yml:%' from ops where contract = 'freshness_purchases' order by run_id desc limit 1"
        ),
        ["warned|warn|true"]
    );
    let release = read_current(&world.data()).unwrap();
    edit(
        &project,
        "models/sources.yml",
        "warn_after: {count: 2, period: day}",
        "warn_after: {count: 2, period: day}, error_after: {count: 72, period: hour}",
    );
    user(14);
    let (results, message) = failures(&world);
    assert_eq!(results[0].contract, "freshness_purchases");
    assert!(
        message.contains(r#""age_days":4"#) && message.contains("2026-01-10"),
        "{message}"
    );
    assert_eq!(state(&world), ["2026-01-10|4|2|late"]);
    assert_eq!(read_current(&world.data()).unwrap(), release);
}

#[test]
fn a_day_ten_times_as_large_is_told_and_one_twice_as_large_is_not() {
    let volume = |rows: &[usize]| {
        let world = World::small();
        land_days(&world, "2026-03-01", rows);
        world.publish();
        world.ops(
            "contract_results",
            "select status from ops where contract = 'volume_purchases'",
        )
    };
    let with_last = |last: usize| {
        let mut rows = vec![120; 9];
        rows.push(last);
        volume(&rows)
    };
    assert_eq!(with_last(240), ["passed"]);
    assert_eq!(with_last(1200), ["warned"]);
    assert_eq!(with_last(6), ["warned"]);
    assert_eq!(
        volume(&[120, 120, 1200]),
        [""; 0],
        "history is too short to say"
    );
}

#[test]
fn mistakes_in_contracts_name_file_and_line() {
    let mistake = |file: &str, from: &str, to: &str| {
        let (world, project) = own_world();
        edit(&project, file, from, to);
        match world.run().unwrap_err() {
            PipelineError::Project(message) => message,
            other => panic!("{other:?}"),
        }
    };
    let unknown = mistake(
        "models/gold/gold.yml",
        "- row_count_min:",
        "- row_count_minimum:",
    );
    assert!(
        unknown.contains("gold.yml:") && unknown.contains("did you mean row_count_min"),
        "{unknown}"
    );
    let period = mistake("models/sources.yml", "period: day", "period: fortnight");
    assert!(
        period.contains("sources.yml:") && period.contains("unknown period `fortnight`"),
        "{period}"
    );
    let untyped = mistake("models/gold/gold.yml", "        data_type: date\n", "");
    assert!(
        untyped.contains("gold.yml:") && untyped.contains("needs a `data_type`"),
        "{untyped}"
    );
    let reason = mistake(
        "models/silver/silver.yml",
        "    description: The school a user had, from when to when.\n",
        "    description: The school a user had, from when to when.\n    config: {meta: {expectations: [{name: x, reason: y, behaviour: drop}]}}\n",
    );
    assert!(
        reason.contains("silver.yml:") && reason.contains("no column `_reason`"),
        "{reason}"
    );
}

#[test]
fn a_run_that_carries_on_checks_what_it_touched_and_everything_once_a_day() {
    let world = World::small();
    world.publish();
    world.land("purchases", "2026-01-11", "b.csv", PURCHASES, &[NEXT_DAY]);
    world.publish();
    let scopes = |contract: &str| {
        world.ops(
            "contract_results",
            &format!("select scope, status from ops where contract = '{contract}' order by run_id"),
        )
    };
    assert_eq!(
        scopes("unique_fct_purchase_purchase_id"),
        ["full|passed", "touched|passed"]
    );
    assert_eq!(
        scopes("row_count_min_fct_purchase_1"),
        ["full|passed", "full|passed"],
        "only the whole tells"
    );
    assert_eq!(
        scopes("a_landing_row_has_one_outcome"),
        ["full|passed"],
        "tagged daily"
    );

    // Without a full check in the last day, the next run makes one.
    fs::remove_dir_all(world.data().join("ops/contract_results")).unwrap();
    world.land(
        "purchases",
        "2026-01-12",
        "c.csv",
        PURCHASES,
        &[&NEXT_DAY.replace("l9", "l10")],
    );
    world.publish();
    assert_eq!(scopes("unique_fct_purchase_purchase_id"), ["full|passed"]);
    assert_eq!(scopes("a_landing_row_has_one_outcome"), ["full|passed"]);
}

#[test]
fn rows_that_waited_are_accounted_for_as_released() {
    let world = World::small();
    let waiting = "k1,r9,v1,p1,t1,1,2.50,,2026-01-11T16:00:00Z,I,";
    world.land("purchases", "2026-01-11", "b.csv", PURCHASES, &[waiting]);
    world.publish();
    let user = "v1,,2026-01-09T15:00:00Z,OH,organic,s1,,I,";
    world.land("users", "2026-01-12", "b.csv", USERS, &[user]);
    world.publish();
    let of_run = "select source, outcome, is_released, row_count, amount from ops \
                  where scope = 'run' and run_id = (select max(run_id) from ops) order by source";
    assert_eq!(
        world.ops("row_accounts", of_run),
        ["purchases|live|true|1|2.50", "users|live|false|1|-"]
    );
    assert_eq!(
        world.ops(
            "contract_results",
            "select status, failing_rows, run_rows from ops where contract = 'known_user_purchases' order by run_id"
        ),
        ["quarantined|1|1", "passed|0|0"]
    );
    assert_eq!(world.ops("quarantine", "select count(*) from ops"), ["1"]);
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
