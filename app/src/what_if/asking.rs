//! What was observed, from which a projection begins. Every figure is asked for as any page asks.

use futures::future::try_join_all;
use marts::what_if::{Lever, Levers, Observed};
use marts::{Aggregate, Ask, DateRange, Frame, Grain, ReleaseInfo, Value, format};
use rust_decimal::prelude::ToPrimitive as _;

use crate::{AppError, Session};

/// Recent days that rates are of.
const RECENT_DAYS: i32 = 90;
/// Days whose sign-ups may still bring others.
const UNDER_WAY_DAYS: i32 = 180;
const HAZARD_DAYS: i32 = 30;

/// The estimates of the k-factor's parts, by the way each was made.
const INVITES: (&str, &str) = ("invites_per_user", "mean cumulative count");
const CONVERSION: (&str, &str) = ("conversion", "Weibull mixture cure, by inviter");
const CYCLE: (&str, &str) = ("cycle_days_mean", "mean cumulative count of sign-ups");

pub struct Found {
    pub observed: Option<Observed>,
    /// What was observed of each lever, in words.
    pub notes: Vec<(Lever, String)>,
    /// What would have to be known and is not.
    pub missing: Vec<String>,
}

/// # Errors
/// Whatever the answers fail with.
pub async fn observed(session: &Session, release: &ReleaseInfo) -> Result<Found, AppError> {
    let today = release.business_date;
    let last = |days: i32| DateRange {
        from: today.saturating_sub(jiff::Span::new().days(days - 1)),
        to: today,
    };
    let by = |dimensions: &[&str], ask: Aggregate| Aggregate {
        dimensions: dimensions.iter().map(|&name| name.to_owned()).collect(),
        ..ask
    };
    let all = DateRange {
        from: jiff::civil::Date::constant(1900, 1, 1).min(today),
        to: today,
    };
    let asks = [
        by(
            &["k_figure__measure", "k_figure__method"],
            Aggregate::over(
                &["k_factor_estimate", "k_factor_p05", "k_factor_p95"],
                last(1),
            ),
        ),
        Aggregate {
            grain: Some(Grain::Day),
            ..Aggregate::over(&["new_users", "referred_users"], last(UNDER_WAY_DAYS))
        },
        Aggregate::over(&["new_users"], all),
        by(
            &["aged_reward__reward_age", "aged_reward__aged_account"],
            Aggregate::over(&["rewards_by_age"], last(1)),
        ),
        Aggregate::over(
            &["rewards_accrued_net", "rewards_bonuses", "rewards_paid"],
            last(RECENT_DAYS),
        ),
        Aggregate::over(&["reward_vest_days", "reward_expiry_days"], all),
    ];
    let answers = asks.map(|ask| {
        let ask = Ask::Aggregate(ask);
        async move {
            let answered = session
                .answer
                .answer_from(&session.policy, &ask, Some(&release.id))
                .await;
            answered
                .map(|answered| answered.frame)
                .map_err(|failure| session.failed(failure))
        }
    });
    let frames = try_join_all(answers).await?;
    let [estimates, sign_ups, users, ages, recent, terms] = &frames[..] else {
        return Ok(nothing());
    };
    Ok(read(
        release, estimates, sign_ups, users, ages, recent, terms,
    ))
}

fn nothing() -> Found {
    Found {
        observed: None,
        notes: Vec::new(),
        missing: vec!["figures of this release".to_owned()],
    }
}

fn read(
    release: &ReleaseInfo,
    estimates: &Frame,
    sign_ups: &Frame,
    users: &Frame,
    ages: &Frame,
    recent: &Frame,
    terms: &Frame,
) -> Found {
    let mut missing = Vec::new();
    let mut notes = Vec::new();
    let mut estimate = |(measure, method): (&str, &str), lever: Lever, scale: f64| {
        let is_it = |row: &usize| {
            text(estimates, *row, "k_figure__measure") == measure
                && text(estimates, *row, "k_figure__method") == method
        };
        let row = (0..estimates.rows.len()).find(is_it);
        let cell = |name: &str| {
            row.and_then(|row| number(estimates, row, name))
                .map(|n| n * scale)
        };
        let Some(value) = cell("k_factor_estimate") else {
            missing.push(format!(
                "{}: too little was observed yet to tell",
                lever.label()
            ));
            return None;
        };
        let interval = cell("k_factor_p05").zip(cell("k_factor_p95"));
        let interval = interval.map_or_else(String::new, |(low, high)| {
            format!(
                ", 90 % interval {}–{}",
                lever.written(low),
                lever.written(high)
            )
        });
        notes.push((lever, format!("{}{interval}", lever.written(value))));
        Some(value)
    };
    let invites = estimate(INVITES, Lever::Invites, 1.0);
    let conversion = estimate(CONVERSION, Lever::Conversion, 100.0);
    let cycle_time = estimate(CYCLE, Lever::CycleTime, 1.0);

    let day = |row: usize, name: &str| number(sign_ups, row, name).unwrap_or_default();
    let rows = 0..sign_ups.rows.len();
    let by_day: Vec<f64> = rows.clone().map(|row| day(row, "new_users")).collect();
    let first = rows
        .len()
        .saturating_sub(RECENT_DAYS.unsigned_abs() as usize);
    let alone: f64 = rows
        .skip(first)
        .map(|row| day(row, "new_users") - day(row, "referred_users"))
        .sum();

    let (owed_by_age, in_settlement, available) = owed(ages);
    let recently = |name: &str| number(recent, 0, name).unwrap_or_default();
    let per_day = |amount: f64| amount / f64::from(RECENT_DAYS);
    let earned_per_day = per_day(recently("rewards_accrued_net") + recently("rewards_bonuses"));
    let hazard = if available > 0.0 {
        let daily = (per_day(recently("rewards_paid")) / available).clamp(0.0, 0.14);
        100.0 * (1.0 - (1.0 - daily).powi(HAZARD_DAYS))
    } else {
        0.0
    };
    notes.push((
        Lever::Hazard,
        format!(
            "{}, as of the last {RECENT_DAYS} days' payments and what is available now",
            Lever::Hazard.written(hazard)
        ),
    ));
    let term = |name: &str| number(terms, 0, name);
    let (vesting, expiry) = (term("reward_vest_days"), term("reward_expiry_days"));
    for (lever, value) in [(Lever::Vesting, vesting), (Lever::Expiry, expiry)] {
        match value {
            Some(days) => notes.push((
                lever,
                format!("{}, by the terms in force", lever.written(days)),
            )),
            None => missing.push(format!("{}: no terms are in force", lever.label())),
        }
    }
    let levers = (|| {
        Some(Levers {
            invites: invites?,
            conversion: conversion?,
            cycle_time: cycle_time?.max(Lever::CycleTime.bounds().least),
            vesting: vesting?,
            expiry: expiry?,
            hazard,
        })
    })();
    Found {
        observed: levers.map(|levers| Observed {
            business_date: release.business_date,
            levers,
            users: number(users, 0, "new_users").unwrap_or_default(),
            sign_ups: by_day,
            unreferred_per_day: per_day(alone).max(0.0),
            owed_by_age,
            in_settlement,
            earned_per_day: earned_per_day.max(0.0),
        }),
        notes,
        missing,
    }
}

/// What is owed by whole days of age, each band's amount spread evenly over its days; what is in settlement; and what
/// is available.
fn owed(ages: &Frame) -> (Vec<f64>, f64, f64) {
    let mut by_age = vec![0.0; 731];
    let (mut in_settlement, mut available) = (0.0, 0.0);
    for row in 0..ages.rows.len() {
        let amount = number(ages, row, "rewards_by_age").unwrap_or_default();
        let account = text(ages, row, "aged_reward__aged_account");
        if account == "in_settlement" {
            in_settlement += amount;
            continue;
        }
        let band = match text(ages, row, "aged_reward__reward_age").as_str() {
            // What has not vested is of the last days.
            "0-30" if account == "pending" => 0..14,
            "0-30" => 14..31,
            "31-90" => 31..91,
            "91-180" => 91..181,
            "181-365" => 181..366,
            _ => 366..731,
        };
        if account == "available" {
            available += amount;
        }
        let days = band.len() as f64;
        for place in by_age.get_mut(band).into_iter().flatten() {
            *place += amount / days;
        }
    }
    (by_age, in_settlement, available)
}

fn number(frame: &Frame, row: usize, name: &str) -> Option<f64> {
    frame.value(row, name).decimal()?.to_f64()
}

fn text(frame: &Frame, row: usize, name: &str) -> String {
    match frame.value(row, name) {
        Value::Text(text) => text.clone(),
        other => format::dimension(other),
    }
}
