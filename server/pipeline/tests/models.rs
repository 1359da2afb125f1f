//! The project's SQL: known landing lines in, known rows out.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use support::{PRODUCTS, PURCHASES, USERS, World};

#[test]
fn purchases_become_facts_with_exact_money_and_local_days() {
    let world = World::small();
    world.publish();
    assert_eq!(
        world.query(
            "select purchase_id, receipt_id, user_id, product_id, school_id, retailer_id, purchased_at, purchased_on, quantity, \
             amount, discount, reward_amount, days_since_signup, _row_number from fct_purchase order by purchase_id"
        ),
        [
            "l1|r1|u1|p1|s1|t1|2026-01-10T16:00:00|2026-01-10|2|7.98|1.00|0.2100|9|1",
            "l2|r1|u1|p2|s1|t1|2026-01-10T16:00:00|2026-01-10|1|3.49|-|0.0000|9|2",
            "l3|r2|u2|p1|s1|t2|2026-01-10T18:30:00|2026-01-10|1|3.99|0.00|0.1050|8|3",
        ]
    );
    assert_eq!(
        world.query("select receipt_id, user_id, school_id, scanned_at, purchased_on, lines, amount, status, rejected_reason from fct_receipt order by receipt_id"),
        [
            "r1|u1|s1|2026-01-10T16:00:00|2026-01-10|2|11.47|accepted|-",
            "r2|u2|s1|2026-01-10T18:30:00|2026-01-10|1|3.99|accepted|-",
        ]
    );
    assert_eq!(
        world.query("select user_id, signed_up_on, state, channel, school_id, inviter_user_id, first_purchase_at, is_deleted from dim_user order by user_id"),
        [
            "u1|2026-01-01|OH|organic|s1|-|2026-01-10T16:00:00|false",
            "u2|2026-01-02|NY|invite|s1|u1|2026-01-10T18:30:00|false",
        ]
    );
    assert_eq!(
        world.query(
            "select min(date_on), max(date_on), count(*), count(distinct date_on) from dim_date"
        ),
        ["2026-01-01|2026-01-10|10|10"]
    );
    assert_eq!(
        world.query("select * from dim_date where date_on = date '2026-01-07'"),
        ["2026-01-07|2026-01-05|2026-01-01|2026-01-01|2026-01-01|3|true"]
    );
}

#[test]
fn types_are_the_published_ones() {
    let world = World::small();
    world.publish();
    assert_eq!(
        world.query(
            "select typeof(purchase_id), typeof(purchased_at), typeof(purchased_on), typeof(quantity), typeof(amount), \
             typeof(discount), typeof(reward_amount), typeof(days_since_signup) from fct_purchase limit 1"
        ),
        ["VARCHAR|TIMESTAMP|DATE|BIGINT|DECIMAL(18,2)|DECIMAL(18,2)|DECIMAL(18,4)|INTEGER"]
    );
    assert_eq!(
        world.query("select typeof(amount), typeof(lines) from fct_receipt limit 1"),
        ["DECIMAL(18,2)|BIGINT"]
    );
}

#[test]
fn every_line_has_the_outcome_of_its_first_fault() {
    let world = World::small();
    let lines = [
        // Given once more, the same to the last character: the first stays.
        (
            "l1,r1,u1,p1,t1,2,7.98,1.00,2026-01-10T16:00:00Z,I,2026-01-10T16:00:00Z",
            "duplicate|duplicate",
        ),
        // A newer version of l2 replaces it.
        (
            "l2,r1,u1,p2,t1,1,3.00,,2026-01-10T16:00:00Z,U,2026-01-10T17:00:00Z",
            "live|-",
        ),
        // An older version, however late it lands, does not.
        (
            "l2,r1,u1,p2,t1,1,9.99,,2026-01-10T16:00:00Z,U,2026-01-10T15:00:00Z",
            "superseded|superseded",
        ),
        (
            "l4,r3,u1,p1,t1,1,1.00,,2026-01-11T16:00:00Z,D,2026-01-11T16:00:00Z",
            "deleted|deleted",
        ),
        (
            ",r3,u1,p1,t1,1,1.00,,2026-01-11T16:00:00Z,I,2026-01-11T16:00:00Z",
            "dropped|null_key",
        ),
        ("l5,r3,u1", "dropped|malformed"),
        (
            "l6,r3,u1,p1,t1,1,a lot,,2026-01-11T16:00:00Z,I,2026-01-11T16:00:00Z",
            "quarantined|bad_value",
        ),
        (
            "l7,r3,u1,p1,t1,1,1.00,,soon,I,2026-01-11T16:00:00Z",
            "quarantined|bad_value",
        ),
        (
            "l8,r3,u1,p1,t1,1,1.00,?,2026-01-11T16:00:00Z,I,2026-01-11T16:00:00Z",
            "quarantined|bad_value",
        ),
        // An offset that DuckDB would read past, and so be hours wrong.
        (
            "l7b,r3,u1,p1,t1,1,1.00,,2026-01-11T16:00:00+0530,I,",
            "quarantined|bad_value",
        ),
        (
            "l9,r3,u1,p1,t1,1,,,2026-01-11T16:00:00Z,I,2026-01-11T16:00:00Z",
            "quarantined|bad_value",
        ),
        // After the end of the business date in New York, which is 05:00 in UTC.
        (
            "l10,r3,u1,p1,t1,1,1.00,,2026-01-12T05:00:00Z,I,",
            "dropped|out_of_window",
        ),
        ("l11,r3,u1,p1,t1,1,1.00,,2026-01-12T04:59:59Z,I,", "live|-"),
        // More than a day before the sign-up, and not quite a day.
        (
            "l12,r3,u2,p1,t1,1,1.00,,2026-01-01T14:59:59Z,I,",
            "dropped|out_of_window",
        ),
        ("l13,r3,u2,p1,t1,1,1.00,,2026-01-01T15:00:00Z,I,", "live|-"),
        (
            "l14,r3,nobody,p1,t1,1,1.00,,2026-01-11T16:00:00Z,I,",
            "quarantined|orphan_user",
        ),
        ("l15,r3,u1,p9,t1,1,1.00,,2026-01-11T16:00:00Z,I,", "live|-"),
        ("l16,r3,u1,p1,t1,0,0.00,,2026-01-11T16:00:00Z,I,", "live|-"),
        (
            "l17,r3,u1,p1,t1,-1,-3.99,,2026-01-11T16:00:00Z,I,",
            "live|-",
        ),
        (
            "l18,r3,u1,p1,t1,two,4.00,,2026-01-11T16:00:00Z,I,",
            "live|-",
        ),
    ];
    world.land(
        "purchases",
        "2026-01-11",
        "b.csv",
        PURCHASES,
        &lines.map(|(line, _)| line),
    );
    world.publish();
    let outcomes = world.query(
        "select _outcome, _reason from state.silver.int_purchases_checked \
         where _ingest_seq = (select max(_ingest_seq) from state.silver.int_purchases_checked) order by _row_number",
    );
    for ((line, expected), outcome) in lines.iter().zip(&outcomes) {
        assert_eq!(outcome, expected, "{line}");
    }
    assert_eq!(outcomes.len(), lines.len());
    assert_eq!(
        world.query("select purchase_id, quantity, amount, reward_amount from fct_purchase where purchase_id in ('l2', 'l16', 'l17', 'l18') order by purchase_id"),
        ["l16|0|0.00|0.0000", "l17|-1|-3.99|-0.1050", "l18|-|4.00|0.0000", "l2|1|3.00|0.0000"]
    );
    assert_eq!(
        world.query(
            "select product_id, department, is_inferred from dim_product order by product_id"
        ),
        ["p1|GROCERY|false", "p2|DRUG|false", "p9|-|true"]
    );
    assert_eq!(
        world.query("select _outcome, cast(sum(row_count) as bigint) from state.silver.row_accounts where source = 'purchases' group by _outcome order by _outcome"),
        ["deleted|1", "dropped|4", "duplicate|1", "live|9", "quarantined|6", "superseded|2"]
    );
    assert_eq!(
        world.query(
            "select row_key, _reason, _row_number from state.silver.quarantine order by _row_number"
        ),
        [
            "l6|bad_value|7",
            "l7|bad_value|8",
            "l8|bad_value|9",
            "l7b|bad_value|10",
            "l9|bad_value|11",
            "l14|orphan_user|16"
        ]
    );
}

#[test]
fn money_is_read_exactly_from_any_spelling() {
    let world = World::small();
    let spellings = [
        ("8.881784e-16", "0.00"),
        ("5.551115e-17", "0.00"),
        ("1e2", "100.00"),
        ("0.1", "0.10"),
        ("12.345", "12.35"),
        ("-3", "-3.00"),
        ("123456789012.34", "123456789012.34"),
    ];
    let lines: Vec<String> = spellings
        .iter()
        .enumerate()
        .map(|(n, (text, _))| format!("m{n},r9,u1,p2,t1,1,{text},,2026-01-11T16:00:00Z,I,"))
        .collect();
    world.land(
        "purchases",
        "2026-01-11",
        "b.csv",
        PURCHASES,
        &lines.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    world.publish();
    let read =
        world.query("select amount from fct_purchase where receipt_id = 'r9' order by purchase_id");
    assert_eq!(read, spellings.map(|(_, amount)| amount));
}

#[test]
fn times_are_read_as_utc_and_dated_in_the_reporting_zone() {
    let world = World::small();
    let spellings = [
        ("2026-01-11T04:59:59Z", "2026-01-11T04:59:59|2026-01-10"),
        ("2026-01-11 05:00:00", "2026-01-11T05:00:00|2026-01-11"),
        (
            "2026-01-11T00:30:00-05:00",
            "2026-01-11T05:30:00|2026-01-11",
        ),
        (
            "2026-01-11T09:30:00.250+05:30",
            "2026-01-11T04:00:00.250|2026-01-10",
        ),
        ("2026-01-11", "2026-01-11T00:00:00|2026-01-10"),
        (
            "2026-01-11T05:00:00.5Z",
            "2026-01-11T05:00:00.500|2026-01-11",
        ),
    ];
    let lines: Vec<String> = spellings
        .iter()
        .enumerate()
        .map(|(n, (text, _))| format!("t{n},r9,u1,p2,t1,1,1.00,,{text},I,"))
        .collect();
    world.land(
        "purchases",
        "2026-01-11",
        "b.csv",
        PURCHASES,
        &lines.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    world.publish();
    let read = world.query("select purchased_at, purchased_on from fct_purchase where receipt_id = 'r9' order by purchase_id");
    assert_eq!(read, spellings.map(|(_, time)| time));
}

/// `updated_at` may be empty: then only the order of rows is known, and the last one counts.
#[test]
fn a_user_without_dates_of_change_has_the_school_of_the_last_row() {
    let world = World::small();
    for (dt, school) in [("2026-01-08", "s7"), ("2026-01-09", "s8")] {
        let line = format!("u3,eve@example.org,2026-01-01T15:00:00Z,OH,organic,{school},,I,");
        world.land("users", dt, "undated.csv", USERS, &[&line]);
    }
    world.land(
        "purchases",
        "2026-01-09",
        "undated.csv",
        PURCHASES,
        &["l9,r9,u3,p1,t1,1,1.00,,2026-01-08T16:00:00Z,I,2026-01-08T16:00:00Z"],
    );
    world.publish();
    assert_eq!(
        world.query("select p.school_id, u.school_id from fct_purchase as p join dim_user as u using (user_id) where purchase_id = 'l9'"),
        ["s8|s8"]
    );
}

/// Without a sign-up there is no other bound, and one such row must not hold up a release.
#[test]
fn a_purchase_from_before_the_calendar_is_out_of_window() {
    let world = World::small();
    world.land(
        "users",
        "2026-01-09",
        "unsigned.csv",
        USERS,
        &["u3,eve@example.org,,OH,organic,s1,,I,2026-01-01T15:00:00Z"],
    );
    world.land(
        "purchases",
        "2026-01-09",
        "epoch.csv",
        PURCHASES,
        &["l9,r9,u3,p1,t1,1,1.00,,1970-01-01T00:00:00Z,I,2026-01-08T16:00:00Z"],
    );
    world.publish();
    assert_eq!(
        world.query("select count(*) from fct_purchase where purchase_id = 'l9'"),
        ["0"]
    );
}

#[test]
fn a_purchase_counts_for_the_school_of_its_time() {
    let world = World::small();
    world.land(
        "users",
        "2026-01-12",
        "b.csv",
        USERS,
        &["u1,ann@example.org,2026-01-01T15:00:00Z,OH,organic,s2,,U,2026-01-11T12:00:00Z"],
    );
    world.land(
        "purchases",
        "2026-01-12",
        "b.csv",
        PURCHASES,
        &[
            "l4,r3,u1,p1,t1,1,1.00,,2026-01-11T11:59:59Z,I,",
            "l5,r4,u1,p1,t1,1,1.00,,2026-01-11T12:00:00Z,I,",
        ],
    );
    world.publish();
    assert_eq!(
        world.query("select purchase_id, school_id from fct_purchase where user_id = 'u1' order by purchase_id"),
        ["l1|s1", "l2|s1", "l4|s1", "l5|s2"]
    );
    assert_eq!(
        world.query("select school_id from dim_user where user_id = 'u1'"),
        ["s2"]
    );
    assert_eq!(
        world.query("select school_id, name, is_inferred from dim_school order by school_id"),
        ["s1|Elm School|false", "s2|-|true"]
    );
}

#[test]
fn late_rows_take_their_place() {
    let world = World::small();
    world.land(
        "purchases",
        "2026-01-11",
        "b.csv",
        PURCHASES,
        &["l4,r3,u3,p9,t1,1,1.00,,2026-01-11T16:00:00Z,I,"],
    );
    world.publish();
    assert_eq!(
        world.query("select row_key, _reason from state.silver.quarantine"),
        ["l4|orphan_user"]
    );
    world.land(
        "users",
        "2026-01-20",
        "b.csv",
        USERS,
        &["u3,cid@example.org,2026-01-03T15:00:00Z,OH,organic,s1,,I,2026-01-03T15:00:00Z"],
    );
    world.land(
        "products",
        "2026-01-20",
        "b.csv",
        PRODUCTS,
        &["p9,Tea,Acme,m1,GROCERY,TEA,GREEN,20 CT,true,0.25,brand,I,2025-12-01T00:00:00Z"],
    );
    world.publish();
    assert!(
        world
            .query("select * from state.silver.quarantine")
            .is_empty()
    );
    assert_eq!(
        world.query("select user_id, department, is_inferred, reward_amount from fct_purchase join dim_product using (product_id) where purchase_id = 'l4'"),
        ["u3|GROCERY|false|0.2500"]
    );
}

#[test]
fn a_deleted_user_stays_known_and_keeps_the_purchases() {
    let world = World::small();
    world.land(
        "users",
        "2026-01-11",
        "b.csv",
        USERS,
        &["u1,,2026-01-01T15:00:00Z,OH,organic,s1,,D,2026-01-11T12:00:00Z"],
    );
    world.publish();
    assert_eq!(
        world.query("select user_id, is_deleted from dim_user order by user_id"),
        ["u1|true", "u2|false"]
    );
    assert_eq!(world.query("select count(*) from fct_purchase"), ["3"]);
}

#[test]
fn no_mail_address_leaves_bronze() {
    let world = World::small();
    world.publish();
    let text_columns = world.query(
        "select database_name, schema_name, table_name, column_name from duckdb_columns() \
         where data_type = 'VARCHAR' and not internal and schema_name in ('silver', 'main')",
    );
    assert!(text_columns.len() > 20, "{text_columns:?}");
    for column in text_columns {
        let parts: Vec<&str> = column.split('|').collect();
        let [database, schema, table, name] = parts[..] else {
            panic!("{column}")
        };
        let mails = world.query(&format!(
            "select {name} from {database}.{schema}.{table} where {name} like '%@%'"
        ));
        assert!(mails.is_empty(), "{column}: {mails:?}");
    }
}

#[test]
fn a_purchase_that_lands_late_makes_new_receipts_returning_and_its_end_makes_them_new_again() {
    let world = World::small();
    world.publish();
    let shoppers = |world: &World| {
        world.query(
            "select receipt_id, shopper from fct_receipt where user_id = 'u1' order by receipt_id",
        )
    };
    assert_eq!(shoppers(&world), ["r1|new"]);
    let land = |dt: &str, line: &str| world.land("purchases", dt, "late.csv", PURCHASES, &[line]);
    land(
        "2026-01-12",
        "l8,r8,u1,p1,t1,1,1.00,,2026-01-09T02:30:00Z,I,2026-01-12T01:00:00Z",
    );
    world.publish();
    assert_eq!(shoppers(&world), ["r1|returning", "r8|new"]);
    // The evening before, by the clocks of the reporting zone.
    assert_eq!(
        world.query("select purchased_on, purchased_hour from fct_purchase where purchase_id in ('l1', 'l8') order by purchase_id"),
        ["2026-01-10|11", "2026-01-08|21"]
    );
    land("2026-01-13", "l8,r8,,,,,,,,D,2026-01-13T01:00:00Z");
    world.publish();
    assert_eq!(shoppers(&world), ["r1|new"]);
}
