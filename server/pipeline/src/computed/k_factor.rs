//! `fct_k_factor`: the three k's and what they are made of, each with its 90 % interval.

use std::collections::{BTreeMap, HashMap};

use forecast::Estimate;
use forecast::viral::{cycle_time, ultimate};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::Reading;
use super::network::Known;
use super::table::Row;
use crate::PipelineError;

/// What the headline counts, and i by cohort with it.
const HEADLINE: i64 = 60;
/// The days that an invite of a month's conversion has.
const ANSWER: i64 = 30;
const ROLLING: i64 = 28;
const ALL: &str = "all";

/// All rows of the table.
pub(super) fn figures(reading: &mut Reading<'_>) -> Result<Vec<Row>, PipelineError> {
    let today = reading.business_date()?;
    let known = Known::read(reading)?;
    let mut figures = Figures {
        today,
        rows: Vec::new(),
    };
    cohorts(reading, &known, &mut figures)?;
    rolling(reading, &known, &mut figures)?;
    answers(&known, &mut figures);
    in_the_end(&known, &mut figures);
    Ok(figures.rows)
}

/// One row's worth.
struct Figure<'a> {
    measure: &'a str,
    cohort_on: Option<Date>,
    horizon: Option<i64>,
    parts: Option<(u64, u64)>,
    estimate: Option<Estimate>,
    method: &'a str,
    parameters: Value,
}

struct Figures {
    today: Date,
    rows: Vec<Row>,
}

impl Figures {
    fn add(&mut self, figure: Figure<'_>) {
        let whole = |n: u64| i64::try_from(n).ok();
        self.rows.push(
            Row::default()
                .text("measure", figure.measure)
                .text("segment", ALL)
                .day("cohort_on", figure.cohort_on)
                .whole("horizon_days", figure.horizon)
                .whole("numerator", figure.parts.and_then(|(n, _)| whole(n)))
                .whole("denominator", figure.parts.and_then(|(_, d)| whole(d)))
                .estimate(["estimate", "p05", "p95"], figure.estimate)
                .flag("is_mature", figure.estimate.is_some())
                .text("method", figure.method)
                .text("parameters", figure.parameters.to_string())
                .day("observed_through", self.today),
        );
    }

    /// Whether so many days after all days of a month are over.
    fn is_mature(&self, month: Date, days: i64) -> bool {
        (self.today - month.last_of_month()).get_days() as i64 >= days
    }
}

/// k_cohort(h) and invites per user by the month of sign-up, and over all users old enough.
fn cohorts(
    reading: &mut Reading<'_>,
    known: &Known,
    figures: &mut Figures,
) -> Result<(), PipelineError> {
    let select =
        "cohort_on, horizon_days, users, invites, invites_squared, referred, referred_squared";
    let found = reading.rows("agg_viral_cohort", select, "cohort_on, horizon_days")?;
    let names = [
        "users",
        "referred",
        "referred_squared",
        "invites",
        "invites_squared",
    ];
    let columns = names.map(|name| found.wholes(name));
    let mut sums: BTreeMap<(i64, Option<Date>), [u64; 5]> = BTreeMap::new();
    for (at, (on, horizon)) in found
        .days("cohort_on")?
        .into_iter()
        .zip(found.wholes("horizon_days")?)
        .enumerate()
    {
        let (Some(on), Some(horizon)) = (on, horizon) else {
            continue;
        };
        for cohort in [None, Some(on.first_of_month())] {
            let sum = sums.entry((horizon, cohort)).or_default();
            for (sum, column) in sum.iter_mut().zip(&columns) {
                let cell = column
                    .as_ref()
                    .ok()
                    .and_then(|column| column[at])
                    .unwrap_or(0);
                *sum += cell.unsigned_abs();
            }
        }
    }
    for column in columns {
        column?;
    }
    let mut months: BTreeMap<Date, u64> = BTreeMap::new();
    for on in &known.signed_up_on {
        *months.entry(on.first_of_month()).or_default() += 1;
    }
    for horizon in [30, HEADLINE, 90] {
        let keys = months
            .iter()
            .map(|(month, users)| (Some(*month), *users))
            .chain([(None, 0)]);
        for (cohort, there) in keys {
            let is_mature = cohort.is_none_or(|month| figures.is_mature(month, horizon));
            let sum = sums.get(&(horizon, cohort)).filter(|_| is_mature).copied();
            // Of a month that is too young its size is known, and nothing else.
            let [users, referred, squares, invites, invites_squared] =
                sum.unwrap_or([there, 0, 0, 0, 0]);
            let known =
                |total, squares| sum.and_then(|_| Estimate::of_counts(total, squares, users));
            figures.add(Figure {
                measure: "k_cohort",
                cohort_on: cohort,
                horizon: Some(horizon),
                parts: sum.map(|_| (referred, users)),
                estimate: known(referred, squares),
                method: "mean by user",
                parameters: json!({ "users": users }),
            });
            if horizon == HEADLINE {
                figures.add(Figure {
                    measure: "invites_per_user",
                    cohort_on: cohort,
                    horizon: Some(horizon),
                    parts: sum.map(|_| (invites, users)),
                    estimate: known(invites, invites_squared),
                    method: "mean by user",
                    parameters: json!({ "users": users }),
                });
            }
        }
    }
    Ok(())
}

/// k_rolling on the last day of each month and on the last of all.
fn rolling(
    reading: &mut Reading<'_>,
    known: &Known,
    figures: &mut Figures,
) -> Result<(), PipelineError> {
    let found = reading.rows(
        "agg_viral_day",
        "date_on, referred_28d, users_before",
        "date_on",
    )?;
    let (referred, before) = (found.wholes("referred_28d")?, found.wholes("users_before")?);
    for (at, on) in found.days("date_on")?.into_iter().enumerate() {
        let Some(on) = on.filter(|on| *on == on.last_of_month() || *on == figures.today) else {
            continue;
        };
        let parts = referred[at]
            .zip(before[at])
            .map(|(r, b)| (r.unsigned_abs(), b.unsigned_abs()));
        let mut by_inviter: HashMap<usize, u64> = HashMap::new();
        for (user, came) in &known.referred {
            let age = i64::from((on - *came).get_days());
            if (0..ROLLING).contains(&age) {
                *by_inviter.entry(*user).or_default() += 1;
            }
        }
        let squares: u64 = by_inviter.values().map(|n| n * n).sum();
        let estimate = parts
            .filter(|(_, before)| *before > 0)
            .and_then(|(referred, before)| match referred {
                0 => Estimate::of_counts(0, 0, before),
                _ => Some(Estimate::of_log(
                    referred as f64 / before as f64,
                    squares as f64 / (referred as f64 * referred as f64),
                )),
            });
        figures.add(Figure {
            measure: "k_rolling",
            cohort_on: Some(on),
            horizon: Some(ROLLING),
            parts,
            estimate,
            method: "sign-ups of 28 days by users of the 28 days before",
            parameters: json!({ "inviters": by_inviter.len() }),
        });
    }
    Ok(())
}

/// Invites by the month they were sent in: the share that led to a sign-up within 30 days, of those that name their invite.
fn answers(known: &Known, figures: &mut Figures) {
    let mut months: BTreeMap<Date, HashMap<usize, (u64, u64)>> = BTreeMap::new();
    for (invite, on) in known.network.invites.iter().zip(&known.invited_on) {
        let by_inviter = months.entry(on.first_of_month()).or_default();
        let (sent, led) = by_inviter.entry(invite.user).or_default();
        *sent += 1;
        *led += u64::from(invite.answer.happened && invite.answer.time <= ANSWER as f64);
    }
    for (month, by_inviter) in months {
        let is_mature = figures.is_mature(month, ANSWER);
        let sent: u64 = by_inviter.values().map(|(sent, _)| sent).sum();
        let led: u64 = by_inviter.values().map(|(_, led)| led).sum();
        let share = led as f64 / sent as f64;
        // A ratio of sums over inviters: what each moves it by. Sums of floats in the order of the users.
        let mut ordered: Vec<(usize, (u64, u64))> = by_inviter.into_iter().collect();
        ordered.sort_unstable();
        let squares: f64 = ordered
            .iter()
            .map(|(_, (sent, led))| (*led as f64 - share * *sent as f64).powi(2))
            .sum();
        let estimate = match led {
            0 => Estimate::of_counts(0, 0, sent),
            _ if led == sent => Some(Estimate {
                value: 1.0,
                low: 0.05_f64.powf(1.0 / sent as f64),
                high: 1.0,
            }),
            _ => Some(Estimate::of_log_odds(
                share,
                squares / (sent as f64 * share * (1.0 - share)).powi(2),
            )),
        };
        figures.add(Figure {
            measure: "conversion_30d",
            cohort_on: Some(month),
            horizon: Some(ANSWER),
            parts: is_mature.then_some((led, sent)),
            estimate: estimate.filter(|_| is_mature),
            method: "share of invites, by inviter",
            parameters: json!({ "invites": sent }),
        });
    }
}

/// `k_ultimate = i × c`, and how long a cycle takes.
fn in_the_end(known: &Known, figures: &mut Figures) {
    let found = ultimate(&known.network);
    let (users, invites) = (known.network.users.len(), known.network.invites.len());
    let parameters = found.as_ref().map_or_else(
        || json!({ "users": users, "invites": invites, "why": "too little was observed" }),
        |found| {
            json!({
                "users": users,
                "invites": invites,
                "named_conversions": found.fit.converted,
                "sign_ups_per_named": rounded(found.unnamed),
                "share": rounded(found.fit.share.value),
                "shape": rounded(found.fit.shape.value),
                "scale_days": rounded(found.fit.scale.value),
            })
        },
    );
    let horizon = found.as_ref().map(|found| found.horizon.floor() as i64);
    let rows = [
        (
            "k_ultimate",
            found.as_ref().map(|f| f.k),
            "i × c, delta method by inviter",
        ),
        (
            "invites_per_user",
            found.as_ref().map(|f| f.invites),
            "mean cumulative count",
        ),
        (
            "conversion",
            found.as_ref().map(|f| f.conversion),
            "Weibull mixture cure, by inviter",
        ),
    ];
    for (measure, estimate, method) in rows {
        let parameters = parameters.clone();
        figures.add(Figure {
            measure,
            cohort_on: None,
            horizon,
            parts: None,
            estimate,
            method,
            parameters,
        });
    }
    // There is an end to it only while k is below 1, and so is its interval.
    let amplified = |k: f64| 1.0 / (1.0 - k);
    let amplification = found.as_ref().map(|found| found.k);
    figures.add(Figure {
        measure: "amplification",
        cohort_on: None,
        horizon,
        parts: None,
        estimate: amplification
            .filter(|k| k.value < 1.0 && k.high < 1.0)
            .map(|k| Estimate {
                value: amplified(k.value),
                low: amplified(k.low),
                high: amplified(k.high),
            }),
        method: "1 ÷ (1 − k)",
        parameters,
    });
    let cycle = cycle_time(&known.network);
    let horizon = cycle.map(|cycle| cycle.horizon.floor() as i64);
    for (measure, estimate) in [
        ("cycle_days_median", cycle.map(|c| c.median)),
        ("cycle_days_mean", cycle.map(|c| c.mean)),
    ] {
        figures.add(Figure {
            measure,
            cohort_on: None,
            horizon,
            parts: None,
            estimate,
            method: "mean cumulative count of sign-ups",
            parameters: json!({ "sign_ups": known.network.sign_ups.len() }),
        });
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
