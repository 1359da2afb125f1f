use std::collections::{BTreeMap, BTreeSet};

use crate::landed::{FROM, Landed, Row, UNTIL, cents, inserted};

#[test]
fn columns_are_the_agreed_ones() {
    let landed = Landed::shared();
    let columns = |rows: &[Row]| rows[0].keys().cloned().collect::<Vec<_>>().join(",");
    assert_eq!(
        columns(&landed.purchases),
        "amount,discount,dt,op,product_id,purchase_id,purchased_at,quantity,receipt_id,\
         retailer_id,updated_at,user_id"
    );
    assert_eq!(
        columns(&landed.users),
        "channel,dt,email,inviter_user_id,op,school_id,signed_up_at,state,updated_at,user_id"
    );
    assert_eq!(
        columns(&landed.schools),
        "city,county,district,dt,grades,name,op,school_id,state,students,updated_at"
    );
    assert_eq!(
        columns(&landed.products),
        "brand,category,department,dt,funding_source,is_eligible,manufacturer_id,name,op,\
         package_size,product_id,product_type,reward_per_unit,updated_at"
    );
}

#[test]
fn everything_lands_on_the_day_it_happened_within_the_two_years() {
    let landed = Landed::shared();
    for row in landed
        .users
        .iter()
        .chain(&landed.schools)
        .chain(&landed.products)
        .chain(&landed.purchases)
    {
        let at = row["updated_at"].as_str();
        assert_eq!(
            (at.len(), &at[10..11], &at[19..]),
            (20, "T", "Z"),
            "{row:?}"
        );
        assert_eq!(&at[..10], row["dt"], "{row:?}");
        assert!((FROM..=UNTIL).contains(&row["dt"].as_str()), "{row:?}");
    }
    let days = |rows: &[Row]| {
        rows.iter()
            .map(|r| r["dt"].clone())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(days(&landed.purchases).last().unwrap(), UNTIL);
    assert_eq!(days(&landed.schools).first().unwrap(), FROM);
}

#[test]
fn every_reference_exists_by_then() {
    let landed = Landed::shared();
    let users = inserted(&landed.users, "user_id");
    let products = inserted(&landed.products, "product_id");
    let schools = inserted(&landed.schools, "school_id");
    for line in &landed.purchases {
        let user = users[line["user_id"].as_str()];
        assert!(line["purchased_at"] > user["signed_up_at"], "{line:?}");
        let product = products[line["product_id"].as_str()];
        assert!(product["updated_at"] <= line["purchased_at"], "{line:?}");
    }
    for user in &landed.users {
        let school = schools[user["school_id"].as_str()];
        assert_eq!(user["state"], school["state"], "{user:?}");
        assert!(school["updated_at"] <= user["updated_at"], "{user:?}");
        if user["inviter_user_id"].is_empty() {
            assert_ne!(user["channel"], "referral");
        } else {
            assert_eq!(user["channel"], "referral");
            let inviter = users[user["inviter_user_id"].as_str()];
            assert!(inviter["signed_up_at"] < user["signed_up_at"], "{user:?}");
        }
    }
}

#[test]
fn ids_are_unique_and_follow_time() {
    let landed = Landed::shared();
    for pair in landed.purchases.windows(2) {
        assert!(pair[0]["purchase_id"] < pair[1]["purchase_id"]);
        assert!(pair[0]["receipt_id"] <= pair[1]["receipt_id"]);
        assert!(pair[0]["purchased_at"] <= pair[1]["purchased_at"]);
    }
    for (rows, key) in [
        (&landed.users, "user_id"),
        (&landed.schools, "school_id"),
        (&landed.products, "product_id"),
    ] {
        let first = rows.iter().filter(|r| r["op"] == "I").count();
        assert_eq!(inserted(rows, key).len(), first, "{key}");
    }
    assert_eq!(landed.purchases[0]["purchase_id"], "pu0000000001");
    assert_eq!(landed.users[0]["email"], "u0000001@example.com");
}

#[test]
fn a_receipt_is_one_trip() {
    let mut receipts: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for line in &Landed::shared().purchases {
        receipts.entry(&line["receipt_id"]).or_default().push(line);
    }
    for lines in receipts.values() {
        assert!((1..=15).contains(&lines.len()));
        for column in ["user_id", "retailer_id", "purchased_at"] {
            assert!(lines.iter().all(|l| l[column] == lines[0][column]));
        }
    }
}

#[test]
fn amounts_are_exact_cents() {
    for line in &Landed::shared().purchases {
        assert!(cents(&line["amount"]) > 0, "{line:?}");
        assert!(cents(&line["discount"]) >= 0, "{line:?}");
        assert!(
            (1..=6).contains(&line["quantity"].parse::<u32>().unwrap()),
            "{line:?}"
        );
    }
}

#[test]
fn an_update_is_later_and_changes_something() {
    let landed = Landed::shared();
    for (rows, key, fixed) in [
        (&landed.users, "user_id", "signed_up_at"),
        (&landed.products, "product_id", "name"),
        (&landed.schools, "school_id", "name"),
    ] {
        let mut latest: BTreeMap<&str, &Row> = BTreeMap::new();
        let mut updates = 0;
        for row in rows {
            let before = latest.insert(&row[key], row);
            let Some(before) = before else {
                assert_eq!(row["op"], "I", "{row:?}");
                continue;
            };
            updates += 1;
            assert_eq!(row["op"], "U");
            assert!(before["updated_at"] < row["updated_at"], "{row:?}");
            assert_eq!(before[fixed], row[fixed]);
            let changed = |(column, value): (&String, &String)| {
                !matches!(column.as_str(), "op" | "updated_at" | "dt") && before[column] != *value
            };
            assert!(row.iter().any(changed), "{row:?}");
        }
        assert!(updates > 0, "{key}");
    }
}

#[test]
fn rewards_are_funded_by_the_brand_that_is_in_the_programme() {
    for product in &Landed::shared().products {
        let (whole, part) = product["reward_per_unit"].split_once('.').unwrap();
        let reward = whole.parse::<u32>().unwrap() * 10_000 + part.parse::<u32>().unwrap();
        assert_eq!(part.len(), 4);
        if product["is_eligible"] == "true" {
            assert!((500..=2500).contains(&reward), "{product:?}");
            assert_eq!(product["funding_source"], product["brand"]);
        } else {
            assert_eq!((reward, product["funding_source"].as_str()), (0, ""));
            assert_eq!(product["is_eligible"], "false");
        }
    }
}
