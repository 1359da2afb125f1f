//! Tables that estimators fill: their figures, what immature cohorts have in their place, and how mistakes in their models are told.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use support::{USERS, World};

const REFERRALS: &str = "referral_id,inviter_user_id,invitee_key,channel,invited_at,op,updated_at";
const EVENTS: &str = "event_id,event_type,user_id,occurred_at,properties";

/// 60 users who signed up on 1 January and invited two each the day after; every fifth brought one, by turns 2, 4 and 6 days
/// later. The invitees signed up then, so most of them are too young for a cohort by the business date, 15 March.
fn growing() -> World {
    let world = World::small();
    let (mut users, mut referrals, mut events) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..60 {
        users.push(format!(
            "g{n},,2026-01-01T15:00:00Z,OH,organic,s1,,I,2026-01-01T15:00:00Z"
        ));
        for nth in 0..2 {
            referrals.push(format!(
                "f{n}-{nth},g{n},k{n}-{nth},sms,2026-01-02T15:00:00Z,I,2026-01-02T15:00:00Z"
            ));
        }
        if n % 5 == 0 {
            let at = format!("2026-01-0{}T15:00:00Z", 4 + 2 * (n / 5 % 3));
            users.push(format!("h{n},,{at},OH,referral,s1,g{n},I,{at}"));
            events.push(format!(
                "e{n},signed_up,h{n},{at},\"{{\"\"referral_id\"\":\"\"f{n}-0\"\"}}\""
            ));
        }
    }
    let lines = |lines: &[String]| {
        lines
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("\n")
    };
    world.land("users", "2026-03-15", "g.csv", USERS, &[&lines(&users)]);
    world.land(
        "referrals",
        "2026-03-15",
        "g.csv",
        REFERRALS,
        &[&lines(&referrals)],
    );
    world.land("events", "2026-03-15", "g.csv", EVENTS, &[&lines(&events)]);
    world
}

#[test]
fn cohorts_that_are_old_enough_have_figures_and_others_none() {
    let world = growing();
    world.publish();
    // 60 users, u1 who brought u2, u2 and 12 invitees.
    assert_eq!(
        world.query(
            "select horizon_days, numerator, denominator, is_mature, p05 < estimate and estimate < p95 from fct_k_factor \
             where measure = 'k_cohort' and cohort_on is null order by horizon_days"
        ),
        ["30|13|74|true|true", "60|13|74|true|true", "90|-|-|false|-"]
    );
    assert_eq!(
        world.query(
            "select distinct is_mature, estimate, observed_through from fct_k_factor where measure = 'k_cohort' and horizon_days = 90"
        ),
        ["false|-|2026-03-15"]
    );
}

#[test]
fn k_in_the_end_is_invites_by_conversion() {
    let world = growing();
    world.publish();
    let figures = world.query(
        "select measure, cast(round(estimate, 2) as string), is_mature from fct_k_factor \
         where measure in ('k_ultimate', 'invites_per_user', 'conversion') and cohort_on is null and horizon_days > 60 order by measure",
    );
    // 120 invites by 74 users; 12 of them, and one sign-up more that named none, led to somebody.
    assert_eq!(
        figures,
        [
            "conversion|0.11|true",
            "invites_per_user|1.62|true",
            "k_ultimate|0.18|true"
        ]
    );
    assert_eq!(
        world.query("select segment, parameter, invites, converted from fct_conversion_fit where parameter = 'share' order by segment"),
        ["all|share|120|12", "sms|share|120|12"]
    );
    assert_eq!(
        world.query("select days_since_invite, at_risk, converted, round(estimate, 4) from fct_conversion_curve where segment = 'all' and days_since_invite in (1, 3, 60) order by 1"),
        ["1|120|0|0.0000", "3|116|4|0.0333", "60|108|12|0.1000"]
    );
}

#[test]
fn ten_thousand_invites_of_one_user_are_counted_once_each_and_widen_the_interval() {
    let world = growing();
    let before = {
        world.publish();
        world.query(WIDTH)
    };
    let sent = |n: usize| {
        // Every contact is invited twice.
        format!(
            "m{n},g0,many{},sms,2026-01-03T15:00:00Z,I,2026-01-03T15:00:00Z",
            n / 2
        )
    };
    let referrals: Vec<String> = (0..20_000).map(sent).collect();
    world.land(
        "referrals",
        "2026-03-15",
        "m.csv",
        REFERRALS,
        &[&referrals.join("\n")],
    );
    world.publish();
    assert_eq!(
        world.query("select invites, touches, sign_ups from agg_user_invites where user_id = 'g0'"),
        ["10002|20002|1"]
    );
    assert_eq!(
        world.query("select count(*) from fct_referral_funnel"),
        ["10120"]
    );
    let width = |lines: &[String]| lines[0].parse::<f64>().unwrap();
    assert!(width(&world.query(WIDTH)) > 3.0 * width(&before));
}

const WIDTH: &str = "select p95 / p05 from fct_k_factor where measure = 'invites_per_user' and cohort_on is null and horizon_days = 60";

#[test]
fn a_release_of_the_same_landing_has_the_same_figures() {
    let (one, two) = (growing(), growing());
    let select = "select * from fct_k_factor order by measure, cohort_on, horizon_days";
    one.publish();
    two.publish();
    assert_eq!(one.query(select), two.query(select));
}

#[test]
fn a_computed_model_that_nothing_computes_is_refused_with_its_file() {
    let mut world = World::small();
    let project = world.own_project();
    let file = project.join("models/gold/growth/fct_guess.sql");
    std::fs::write(
        file,
        "{{ config(materialized='table', tags=['computed']) }}\nselect 1 as n where false",
    )
    .unwrap();
    let error = world.run().unwrap_err().to_string();
    assert!(
        error.contains("fct_guess.sql") && error.contains("fct_k_factor"),
        "{error}"
    );
}

#[test]
fn a_computed_model_that_does_not_name_what_it_reads_is_refused_with_its_file() {
    let mut world = World::small();
    let file = world
        .own_project()
        .join("models/gold/growth/fct_k_factor.sql");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(
        &file,
        text.replace("-- depends_on: {{ ref('agg_viral_day') }}\n", ""),
    )
    .unwrap();
    let error = world.run().unwrap_err().to_string();
    assert!(
        error.contains("fct_k_factor.sql") && error.contains("agg_viral_day"),
        "{error}"
    );
}
