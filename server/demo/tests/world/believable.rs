//! Wide bounds: they fail when a season, a tail or a rate is lost, not when a draw is unlucky.

use std::collections::BTreeMap;

use crate::landed::{Landed, Row, UNTIL, cents, inserted};

fn counts<'a>(values: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

#[test]
fn schools_and_products_have_a_head_and_a_long_tail() {
    let landed = Landed::shared();
    let users = counts(
        landed
            .users
            .iter()
            .filter(|u| u["op"] == "I")
            .map(|u| u["school_id"].as_str()),
    );
    let products = counts(landed.purchases.iter().map(|p| p["product_id"].as_str()));
    for (counts, least) in [(users, 0.4), (products, 0.4)] {
        let total: usize = counts.values().sum();
        let mut sizes: Vec<usize> = counts.into_values().collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        let head: usize = sizes[..sizes.len() / 5].iter().sum();
        assert!(share(head, total) > least, "{}", share(head, total));
        assert!(share(sizes[0], total) < 0.25);
    }
}

#[test]
fn a_summer_dips_and_an_autumn_peaks() {
    let landed = Landed::shared();
    let months = counts(landed.purchases.iter().map(|p| &p["dt"][..7]));
    assert!(months["2025-07"] * 5 < months["2025-10"] * 4, "{months:?}");
    assert!(months["2025-10"] > months["2024-10"], "{months:?}");
}

/// From 10:00 UTC on a landing day holds that local day's purchases, before it the last evening's.
#[test]
fn the_last_day_is_a_whole_day() {
    let landed = Landed::shared();
    let days = counts(
        landed
            .purchases
            .iter()
            .filter(|p| &p["dt"][..] > "2026-03-01" && &p["purchased_at"][11..13] >= "10")
            .map(|p| p["dt"].as_str()),
    );
    let usual = days.values().sum::<usize>() / days.len();
    assert!(days[UNTIL] * 2 > usual, "{days:?}");
}

#[test]
fn about_fifteen_percent_of_products_are_in_the_programme() {
    let products = inserted(&Landed::shared().products, "product_id");
    let eligible = products
        .values()
        .filter(|p| p["is_eligible"] == "true")
        .count();
    let share = share(eligible, products.len());
    assert!((0.09..0.21).contains(&share), "{share}");
}

#[test]
fn about_a_third_of_the_users_were_invited() {
    let users = inserted(&Landed::shared().users, "user_id");
    let channels = counts(users.values().map(|u| u["channel"].as_str()));
    let referred = share(channels["referral"], users.len());
    assert!((0.27..0.43).contains(&referred), "{referred}");
    assert_eq!(
        channels.keys().copied().collect::<Vec<_>>(),
        ["organic", "referral", "school", "search", "social"]
    );
}

#[test]
fn every_department_is_sold_and_some_lines_are_discounted() {
    let landed = Landed::shared();
    let products = inserted(&landed.products, "product_id");
    let department = |line: &Row| products[line["product_id"].as_str()]["department"].as_str();
    let departments = counts(landed.purchases.iter().map(department));
    assert_eq!(departments.len(), 12);
    let discounted = landed
        .purchases
        .iter()
        .filter(|p| cents(&p["discount"]) > 0)
        .count();
    let share = share(discounted, landed.purchases.len());
    assert!((0.08..0.3).contains(&share), "{share}");
}
