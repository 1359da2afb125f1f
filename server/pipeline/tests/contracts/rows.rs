//! Expectations of rows, and the accounts of all that landed.

use super::*;

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
