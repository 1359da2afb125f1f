//! Expectations of tables and sources: how many rows, how often, how large a day.

use super::*;

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
