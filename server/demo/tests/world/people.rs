//! Referrals and events: consistent with users and purchases, and as often as they should be.

use std::collections::{BTreeMap, BTreeSet};

use crate::landed::{FROM, Landed, Row, UNTIL, inserted};

fn property(event: &Row, name: &str) -> Option<String> {
    let properties: serde_json::Value = serde_json::from_str(&event["properties"]).unwrap();
    properties
        .get(name)
        .map(|value| value.as_str().unwrap().to_owned())
}

fn of_type<'a>(landed: &'a Landed, name: &'a str) -> impl Iterator<Item = &'a Row> {
    landed
        .events
        .iter()
        .filter(move |e| e["event_type"] == name)
}

/// A moment like `2025-01-31T10:00:00Z` in days since 1970.
fn days(moment: &str) -> f64 {
    moment.parse::<jiff::Timestamp>().unwrap().as_second() as f64 / 86_400.0
}

#[test]
fn every_invited_user_was_invited_once_by_the_inviter_and_in_between() {
    let landed = Landed::shared();
    let users = inserted(&landed.users, "user_id");
    let referrals = inserted(&landed.referrals, "referral_id");
    assert_eq!(referrals.len(), landed.referrals.len());
    for invite in &landed.referrals {
        let inviter = users[invite["inviter_user_id"].as_str()];
        assert!(
            invite["invited_at"] >= inviter["signed_up_at"],
            "{invite:?}"
        );
        assert_eq!(invite["invited_at"], invite["updated_at"]);
        assert_eq!(invite["invitee_key"].len(), 32);
    }
    let mut followed = BTreeSet::new();
    for event in of_type(landed, "signed_up") {
        let user = users[event["user_id"].as_str()];
        assert_eq!(event["occurred_at"], user["signed_up_at"]);
        let Some(id) = property(event, "referral_id") else {
            continue;
        };
        let invite = referrals[id.as_str()];
        assert_eq!(invite["inviter_user_id"], user["inviter_user_id"]);
        assert!(invite["invited_at"] <= user["signed_up_at"], "{invite:?}");
        assert!(followed.insert(id), "{invite:?}");
    }
    // A few of the invited come without the link.
    let referred = users.values().filter(|u| !u["inviter_user_id"].is_empty());
    let by_link = followed.len() as f64 / referred.count() as f64;
    assert!((0.85..0.98).contains(&by_link), "{by_link}");
}

#[test]
fn clicks_come_after_the_invite_and_from_no_account() {
    let landed = Landed::shared();
    let referrals = inserted(&landed.referrals, "referral_id");
    let mut clicked = BTreeSet::new();
    for event in of_type(landed, "invite_clicked") {
        assert_eq!(event["user_id"], "");
        let id = property(event, "referral_id").unwrap();
        assert!(event["occurred_at"] >= referrals[id.as_str()]["invited_at"]);
        assert!(clicked.insert(id), "{event:?}");
    }
    for event in of_type(landed, "signed_up") {
        if let Some(id) = property(event, "referral_id") {
            assert!(clicked.contains(&id), "{event:?}");
        }
    }
    let share = clicked.len() as f64 / referrals.len() as f64;
    assert!((0.3..0.55).contains(&share), "{share}");
}

#[test]
fn every_receipt_is_scanned_on_its_day_and_some_are_turned_down_later() {
    let landed = Landed::shared();
    let receipts: BTreeMap<&str, &Row> = landed
        .purchases
        .iter()
        .map(|line| (line["receipt_id"].as_str(), line))
        .collect();
    let mut scans = BTreeMap::new();
    for event in of_type(landed, "receipt_scanned") {
        let id = property(event, "receipt_id").unwrap();
        let line = receipts[id.as_str()];
        assert_eq!(event["user_id"], line["user_id"]);
        let after = days(&event["occurred_at"]) - days(&line["purchased_at"]);
        assert!((0.0..1500.0 / 86_400.0).contains(&after), "{event:?}");
        assert_eq!(event["dt"], line["dt"]);
        assert!(scans.insert(id, event).is_none(), "{event:?}");
    }
    assert_eq!(scans.len(), receipts.len());
    let mut rejected = 0;
    for event in of_type(landed, "receipt_rejected") {
        let scan = scans[&property(event, "receipt_id").unwrap()];
        assert!(event["occurred_at"] > scan["occurred_at"], "{event:?}");
        assert!(property(event, "reason").is_some());
        rejected += 1;
    }
    let share = rejected as f64 / receipts.len() as f64;
    assert!((0.004..0.018).contains(&share), "{share}");
}

#[test]
fn a_change_of_school_is_told_minutes_before_the_row_that_says_so() {
    let landed = Landed::shared();
    let changes: BTreeMap<&str, &Row> = landed
        .users
        .iter()
        .filter(|u| u["op"] == "U")
        .map(|u| (u["user_id"].as_str(), u))
        .collect();
    assert!(changes.len() > 3);
    let mut told = 0;
    for event in of_type(landed, "school_changed") {
        let row = changes[event["user_id"].as_str()];
        assert_eq!(property(event, "school_id").unwrap(), row["school_id"]);
        let minutes = (days(&row["updated_at"]) - days(&event["occurred_at"])) * 1440.0;
        assert!((0.0..=21.0).contains(&minutes), "{event:?}");
        told += 1;
    }
    assert_eq!(told, changes.len());
}

#[test]
fn events_have_ids_of_their_own_and_land_in_order_on_their_day() {
    let landed = Landed::shared();
    let users = inserted(&landed.users, "user_id");
    let mut ids = BTreeSet::new();
    for event in &landed.events {
        assert!(ids.insert(&event["event_id"]), "{event:?}");
        assert_eq!(&event["occurred_at"][..10], event["dt"], "{event:?}");
        assert!((FROM..=UNTIL).contains(&event["dt"].as_str()));
        if !event["user_id"].is_empty() {
            let before = days(&users[event["user_id"].as_str()]["signed_up_at"])
                - days(&event["occurred_at"]);
            assert!(before < 0.01, "{event:?}");
        }
    }
    for (rows, moment) in [
        (&landed.events, "occurred_at"),
        (&landed.referrals, "invited_at"),
    ] {
        for pair in rows.windows(2) {
            assert!(pair[0][moment] <= pair[1][moment], "{pair:?}");
        }
    }
}

#[test]
fn the_app_is_opened_more_often_than_receipts_are_scanned_on_few_days() {
    let landed = Landed::shared();
    let receipts = of_type(landed, "receipt_scanned").count() as f64;
    let events = landed.events.len() as f64 / receipts;
    assert!((1.5..3.0).contains(&events), "{events}");
    let scanned: BTreeSet<(&str, &str)> = of_type(landed, "receipt_scanned")
        .map(|e| (e["user_id"].as_str(), e["dt"].as_str()))
        .collect();
    let opened = of_type(landed, "app_opened").count();
    let with_scan = of_type(landed, "app_opened")
        .filter(|e| scanned.contains(&(e["user_id"].as_str(), e["dt"].as_str())))
        .count();
    let share = with_scan as f64 / opened as f64;
    assert!((0.35..0.85).contains(&share), "{share}");
}

/// k = .352 = 1.6 invites × .22, but for what the world's end cuts off and the chance of a seed.
#[test]
fn invites_and_conversion_are_as_the_parameters_say() {
    let landed = Landed::large();
    let users = inserted(&landed.users, "user_id");
    // Those who have had sixty days to invite and their friends to come.
    let old = "2026-01-25";
    let aged = |id: &str| &users[id]["signed_up_at"][..10] < old;
    let cohort = users.keys().filter(|id| aged(id)).count() as f64;
    let mut invites: BTreeMap<&str, u32> = BTreeMap::new();
    for invite in &landed.referrals {
        if aged(&invite["inviter_user_id"]) {
            *invites.entry(&invite["inviter_user_id"]).or_default() += 1;
        }
    }
    let referred = users
        .values()
        .filter(|u| !u["inviter_user_id"].is_empty() && aged(&u["inviter_user_id"]))
        .count() as f64;
    let sent: u32 = invites.values().sum();
    let per_user = f64::from(sent) / cohort;
    assert!(
        (1.5..1.7).contains(&per_user),
        "{per_user} invites per user"
    );
    let conversion = referred / f64::from(sent);
    assert!((0.205..0.235).contains(&conversion), "{conversion}");
    let k = referred / cohort;
    assert!((0.33..0.37).contains(&k), "k = {k}");
    // NegBin(1.6, 0.5) has variance 3.2.
    let squares: u32 = invites.values().map(|n| n * n).sum();
    let variance = f64::from(squares) / cohort - per_user * per_user;
    assert!((2.6..3.9).contains(&variance), "{variance}");
    let none = 1.0 - invites.len() as f64 / cohort;
    assert!((0.28..0.38).contains(&none), "{none}: .5^1.6 = .33");
}
