//! The project's SQL for referrals, events, trees and histories: known landing lines in, known rows out.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use support::{PRODUCTS, PURCHASES, USERS, World};

const REFERRALS: &str = "referral_id,inviter_user_id,invitee_key,channel,invited_at,op,updated_at";
const EVENTS: &str = "event_id,event_type,user_id,occurred_at,properties";

/// A field of JSON in CSV.
fn event(id: &str, kind: &str, user: &str, at: &str, properties: &str) -> String {
    format!(
        "{id},{kind},{user},{at},\"{}\"",
        properties.replace('"', "\"\"")
    )
}

fn land_events(world: &World, dt: &str, events: &[String]) {
    let lines: Vec<&str> = events.iter().map(String::as_str).collect();
    world.land("events", dt, "e.csv", EVENTS, &lines);
}

#[test]
fn an_invite_reaches_the_furthest_stage_that_is_told() {
    let world = World::small();
    world.land(
        "users",
        "2026-01-11",
        "b.csv",
        USERS,
        &[
            "u3,c@example.org,2026-01-09T12:00:00Z,OH,referral,s1,u1,I,2026-01-09T12:00:00Z",
            "u4,d@example.org,2026-01-09T13:00:00Z,OH,referral,s1,u1,I,2026-01-09T13:00:00Z",
        ],
    );
    world.land(
        "referrals",
        "2026-01-11",
        "a.csv",
        REFERRALS,
        &[
            "f1,u1,k1,sms,2026-01-02T12:00:00Z,I,2026-01-02T12:00:00Z",
            "f2,u1,k2,sms,2026-01-08T12:00:00Z,I,2026-01-08T12:00:00Z",
            "f3,u1,k3,email,2026-01-08T12:00:00Z,I,2026-01-08T12:00:00Z",
            "f4,u1,k4,email,2026-01-08T12:00:00Z,I,2026-01-08T12:00:00Z",
            "f5,u4,k5,link,2026-01-09T14:00:00Z,I,2026-01-09T14:00:00Z",
            "f6,nobody,k6,link,2026-01-09T14:00:00Z,I,2026-01-09T14:00:00Z",
            "f7,u1,k7,link,2026-01-09T14:00:00Z,I,2026-01-09T14:00:00Z",
            "f7,,,,,D,2026-01-10T14:00:00Z",
        ],
    );
    world.land(
        "purchases",
        "2026-01-11",
        "b.csv",
        PURCHASES,
        &["l4,r4,u3,p1,t1,1,1.00,,2026-01-10T20:00:00Z,I,"],
    );
    land_events(
        &world,
        "2026-01-11",
        &[
            event(
                "e1",
                "signed_up",
                "u2",
                "2026-01-02T15:00:00Z",
                r#"{"referral_id":"f1"}"#,
            ),
            event(
                "e2",
                "invite_clicked",
                "",
                "2026-01-09T11:00:00Z",
                r#"{"referral_id":"f2"}"#,
            ),
            event(
                "e3",
                "signed_up",
                "u3",
                "2026-01-09T12:00:00Z",
                r#"{"referral_id":"f2"}"#,
            ),
            event(
                "e4",
                "invite_clicked",
                "",
                "2026-01-09T11:30:00Z",
                r#"{"referral_id":"f3"}"#,
            ),
            event(
                "e5",
                "signed_up",
                "u4",
                "2026-01-09T13:00:00Z",
                r#"{"referral_id":"f5"}"#,
            ),
            event(
                "e6",
                "receipt_rejected",
                "u3",
                "2026-01-10T21:00:00Z",
                r#"{"receipt_id":"r4","reason":"blurry"}"#,
            ),
        ],
    );
    world.publish();
    assert_eq!(
        world.query(
            "select referral_id, invitee_user_id, clicked_at is not null, signed_up_at, first_purchase_at, rewarded_at, \
             status, is_self_referral, has_unknown_inviter from fct_referral order by referral_id"
        ),
        [
            "f1|u2|false|2026-01-02T15:00:00|2026-01-10T18:30:00|2026-01-10T18:30:00|rewarded|false|false",
            // The only receipt was rejected, so no bonus is due.
            "f2|u3|true|2026-01-09T12:00:00|2026-01-10T20:00:00|-|purchased|false|false",
            "f3|-|true|-|-|-|clicked|false|false",
            "f4|-|false|-|-|-|invited|false|false",
            "f5|u4|false|2026-01-09T13:00:00|-|-|signed_up|true|false",
            "f6|-|false|-|-|-|invited|false|true",
        ]
    );
    assert_eq!(
        world.query("select receipt_id, scanned_at, status, rejected_reason from fct_receipt where receipt_id in ('r2', 'r4') order by receipt_id"),
        ["r2|2026-01-10T18:30:00|accepted|-", "r4|2026-01-10T20:00:00|rejected|blurry"]
    );
}

#[test]
fn every_event_has_the_outcome_of_its_first_fault() {
    let world = World::small();
    let cases = [
        (
            event("e1", "app_opened", "u1", "2026-01-10T12:00:00Z", "{}"),
            "live|-",
        ),
        // The same once more.
        (
            event("e1", "app_opened", "u1", "2026-01-10T12:00:00Z", "{}"),
            "duplicate|duplicate",
        ),
        (
            event("e2", "app_opened", "u1", "2026-01-10T12:00:00Z", "{}"),
            "superseded|superseded",
        ),
        (
            event("e2", "app_opened", "u1", "2026-01-10T13:00:00Z", "{}"),
            "live|-",
        ),
        (
            event("", "app_opened", "u1", "2026-01-10T13:00:00Z", "{}"),
            "dropped|null_key",
        ),
        (
            event("e3", "danced", "u1", "2026-01-10T13:00:00Z", "{}"),
            "dropped|unknown_type",
        ),
        (
            event("e4", "app_opened", "u1", "noon", "{}"),
            "quarantined|bad_value",
        ),
        (
            event(
                "e5",
                "cash_out_requested",
                "u1",
                "2026-01-10T13:00:00Z",
                r#"{"amount":"a lot"}"#,
            ),
            "quarantined|bad_value",
        ),
        (
            event(
                "e6",
                "cash_out_requested",
                "u1",
                "2026-01-10T13:00:00Z",
                r#"{"amount":12.5}"#,
            ),
            "live|-",
        ),
        (
            event("e7", "app_opened", "nobody", "2026-01-10T13:00:00Z", "{}"),
            "quarantined|orphan_user",
        ),
        (
            event(
                "e8",
                "invite_clicked",
                "",
                "2026-01-10T13:00:00Z",
                "half { a json",
            ),
            "live|-",
        ),
        (
            event("e9", "app_opened", "u1", "2026-01-13T13:00:00Z", "{}"),
            "dropped|out_of_window",
        ),
        (
            event("e10", "app_opened", "u1", "2025-12-30T13:00:00Z", "{}"),
            "dropped|out_of_window",
        ),
    ];
    land_events(&world, "2026-01-11", &cases.clone().map(|(line, _)| line));
    world.publish();
    let outcomes = world.query(
        "select _outcome, _reason from state.silver.int_events_checked order by _row_number",
    );
    for ((line, expected), outcome) in cases.iter().zip(&outcomes) {
        assert_eq!(outcome, expected, "{line}");
    }
    assert_eq!(outcomes.len(), cases.len());
    assert_eq!(
        world.query("select user_id, active_on, opens, scans from fct_activity_day"),
        ["u1|2026-01-10|2|0"]
    );
    assert_eq!(
        world.query("select amount from state.silver.stg_events where amount is not null"),
        ["12.50"]
    );
}

/// The event comes first and the user's row follows it; a purchase between the two belongs to the new school.
#[test]
fn a_change_of_school_counts_from_its_event() {
    let world = World::small();
    world.land(
        "users",
        "2026-01-12",
        "b.csv",
        USERS,
        &["u1,ann@example.org,2026-01-01T15:00:00Z,OH,organic,s2,,U,2026-01-11T14:00:00Z"],
    );
    land_events(
        &world,
        "2026-01-12",
        &[event(
            "e1",
            "school_changed",
            "u1",
            "2026-01-11T12:00:00Z",
            r#"{"school_id":"s2"}"#,
        )],
    );
    world.land(
        "purchases",
        "2026-01-12",
        "b.csv",
        PURCHASES,
        &[
            "l4,r3,u1,p1,t1,1,1.00,,2026-01-11T11:59:59Z,I,",
            "l5,r4,u1,p1,t1,1,1.00,,2026-01-11T13:00:00Z,I,",
            "l6,r5,u1,p1,t1,1,1.00,,2026-01-11T15:00:00Z,I,",
        ],
    );
    world.publish();
    assert_eq!(
        world.query("select purchase_id, school_id from fct_purchase where purchase_id > 'l3' order by purchase_id"),
        ["l4|s1", "l5|s2", "l6|s2"]
    );
    assert_eq!(
        world.query("select school_id, from_at from state.silver.user_school_history where user_id = 'u1' order by from_at"),
        ["s1|1900-01-01T00:00:00", "s2|2026-01-11T12:00:00"]
    );
}

#[test]
fn a_purchase_earns_by_the_terms_of_its_time() {
    let world = World::small();
    world.land(
        "products",
        "2026-01-12",
        "b.csv",
        PRODUCTS,
        &[
            "p1,Oats,Acme,m1,GROCERY,CEREAL,OATS,18 OZ,true,0.2000,brand,U,2026-01-11T12:00:00Z",
            // Another name is no change of terms.
            "p1,Rolled oats,Acme,m1,GROCERY,CEREAL,OATS,18 OZ,true,0.2000,brand,U,2026-01-11T13:00:00Z",
            "p1,,,,,,,,,,,D,2026-01-11T18:00:00Z",
        ],
    );
    world.land(
        "purchases",
        "2026-01-12",
        "b.csv",
        PURCHASES,
        &["l4,r3,u1,p1,t1,1,1.00,,2026-01-11T14:00:00Z,I,"],
    );
    world.publish();
    assert_eq!(
        world.query("select purchase_id, reward_amount from fct_purchase where product_id = 'p1' order by purchase_id"),
        ["l1|0.2100", "l3|0.1050", "l4|0.2000"]
    );
    assert_eq!(
        world.query("select valid_from, valid_to, reward_per_unit, funding_source from dim_product_version where product_id = 'p1' order by valid_from"),
        [
            "1900-01-01T00:00:00|2026-01-11T12:00:00|0.1050|brand",
            "2026-01-11T12:00:00|9999-12-31T00:00:00|0.2000|brand",
        ]
    );
    // A delete that carries the key alone takes nothing from what is known.
    assert_eq!(
        world.query("select name, department, reward_per_unit, is_deleted from dim_product where product_id = 'p1'"),
        ["Rolled oats|GROCERY|0.2000|true"]
    );
}

#[test]
fn trees_grow_from_roots_and_circles_are_cut_open() {
    let world = World::small();
    let user = |id: &str, inviter: &str| {
        format!(
            "{id},{id}@example.org,2026-01-03T15:00:00Z,OH,referral,s1,{inviter},I,2026-01-03T15:00:00Z"
        )
    };
    let lines = [
        user("v1", "u2"),
        user("v2", "v1"),
        user("w1", "nobody"),
        user("x1", "x1"),
        user("y1", "y3"),
        user("y2", "y1"),
        user("y3", "y2"),
        user("y4", "y2"),
        user("y5", "y4"),
    ];
    world.land(
        "users",
        "2026-01-10",
        "b.csv",
        USERS,
        &lines.each_ref().map(String::as_str),
    );
    world.publish();
    assert_eq!(
        world.query(
            "select user_id, generation, root_user_id, tree_size, has_unknown_inviter, is_self_referral, is_in_cycle \
             from dim_user order by user_id"
        ),
        [
            "u1|0|u1|4|false|false|false",
            "u2|1|u1|4|false|false|false",
            "v1|2|u1|4|false|false|false",
            "v2|3|u1|4|false|false|false",
            "w1|0|w1|1|true|false|false",
            "x1|0|x1|1|false|true|false",
            "y1|0|y1|1|false|false|true",
            "y2|0|y2|3|false|false|true",
            "y3|0|y3|1|false|false|true",
            "y4|1|y2|3|false|false|false",
            "y5|2|y2|3|false|false|false",
        ]
    );
}

/// What was raw stays to be seen, beside the columns that the source does not declare.
#[test]
fn a_text_that_is_no_value_is_kept_beside_its_row() {
    let world = World::small();
    world.land(
        "purchases",
        "2026-01-11",
        "b.csv",
        &format!("{PURCHASES},coupon"),
        &["l4,r3,u1,p1,t1,\"\"\"two\"\"\",1.00,,2026-01-11T14:00:00Z,I,,SAVE"],
    );
    world.publish();
    assert_eq!(
        world.query(
            "select quantity, get_json_object(_rescued, '$.coupon'), get_json_object(_rescued, '$.quantity') \
             from state.silver.stg_purchases where purchase_id = 'l4'"
        ),
        ["-|SAVE|\"two\""]
    );
}

/// However late: what waited is released by the increment that brings the user, and appears in all that adds it up.
#[test]
fn purchases_that_landed_200_days_before_their_user_count_when_the_user_lands() {
    let world = World::small();
    world.publish();
    world.land(
        "purchases",
        "2026-01-11",
        "b.csv",
        PURCHASES,
        &["l4,r4,u9,p1,t1,2,5.00,,2026-01-11T16:00:00Z,I,"],
    );
    world.publish();
    let total =
        "select count(*), sum(amount), (select sum(amount) from fct_receipt) from fct_purchase";
    assert_eq!(world.query(total), ["3|15.46|15.46"]);
    world.land(
        "users",
        "2026-08-15",
        "b.csv",
        USERS,
        &["u9,late@example.org,2026-01-10T15:00:00Z,OH,organic,s1,,I,2026-01-10T15:00:00Z"],
    );
    world.publish();
    assert_eq!(world.query(total), ["4|20.46|20.46"]);
    assert_eq!(
        world.query("select user_id, first_purchase_at from dim_user where user_id = 'u9'"),
        ["u9|2026-01-11T16:00:00"]
    );
    assert_eq!(
        world.query("select source, _outcome, is_released, row_count, amount from state.silver.run_accounts order by source"),
        ["purchases|live|true|1|5.00", "users|live|false|1|-"]
    );
}
