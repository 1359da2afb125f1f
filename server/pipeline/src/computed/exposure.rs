//! `fct_cash_out_exposure`: how much of what is eligible for a cash-out today is asked for within some days.

use forecast::exposure::{self, Month, Rate};
use jiff::civil::Date;

use super::Reading;
use super::table::Row;
use crate::PipelineError;

const HORIZONS: [u32; 3] = [30, 60, 90];
/// Older habits are not those of today.
const MONTHS: usize = 24;
const SEED: u64 = 1;
/// The ledger has four decimals.
const UNITS: f64 = 10_000.0;

pub(super) fn figures(reading: &mut Reading<'_>) -> Result<Vec<Row>, PipelineError> {
    let today = reading.business_date()?;
    let standings = reading.rows(
        "agg_rewards_balance",
        "standing, cast(amount * 10000 as bigint) as amount",
        "balance_id",
    )?;
    let (mut available, mut eligible) = (0.0, Vec::new());
    for (standing, amount) in standings
        .texts("standing")?
        .into_iter()
        .zip(standings.wholes("amount")?)
    {
        let (Some(standing), Some(amount)) = (standing, amount) else {
            continue;
        };
        let amount = amount as f64 / UNITS;
        if matches!(&*standing, "eligible" | "on_hold" | "below_minimum") {
            available += amount;
        }
        if standing == "eligible" && amount > 0.0 {
            eligible.push(amount);
        }
    }
    let book: f64 = eligible.iter().sum();
    let months = months(reading, today)?;
    let requests: u64 = months.iter().map(|month| month.requests).sum();
    // Only what is eligible is asked for: its share of what is available is taken to have been as it is now.
    let rate = Rate::of(&months).filter(|_| book > 0.0).map(|rate| Rate {
        per_day: rate.per_day * (available / book).max(1.0),
        ..rate
    });
    let rows = HORIZONS.into_iter().map(|days| {
        let told = rate.map(|rate| exposure::quantiles(rate, &eligible, days, SEED));
        let cents = |at: usize| told.map(|told| (told[at] * 100.0).round() / 100.0);
        Row::default()
            .whole("horizon_days", i64::from(days))
            .number("p50", cents(0))
            .number("p80", cents(1))
            .number("p95", cents(2))
            .number("p99", cents(3))
            .number("eligible", book)
            .number("rate_per_day", rate.map(|rate| rate.per_day))
            .number("shock_variance", rate.map(|rate| rate.shock))
            .whole("requests", i64::try_from(requests).ok())
            .whole("draws", i64::try_from(exposure::DRAWS).ok())
            .whole("seed", i64::try_from(SEED).ok())
            .text("method", "Gamma shock shared by all users, by month")
            .day("observed_through", today)
    });
    Ok(rows.collect())
}

/// The last whole months: what was asked for, of which balance.
fn months(reading: &mut Reading<'_>, today: Date) -> Result<Vec<Month>, PipelineError> {
    let known = reading.rows(
        "agg_cash_outs_month",
        "month_on, requests, cast(asked * 10000 as bigint) as asked, \
         cast((opening + closing) * 5000 as bigint) as average",
        "month_on",
    )?;
    let (asked, averages) = (known.wholes("asked")?, known.wholes("average")?);
    let requests = known.wholes("requests")?;
    let mut months = Vec::new();
    for (at, first) in known.days("month_on")?.into_iter().enumerate() {
        let (Some(first), Some(average), Some(asked), Some(requests)) =
            (first, averages[at], asked[at], requests[at])
        else {
            continue;
        };
        if first.last_of_month() >= today {
            continue;
        }
        months.push(Month {
            asked: asked as f64 / UNITS,
            requests: u64::try_from(requests).unwrap_or(0),
            // What stood there on average was halfway between beginning and end.
            balance_days: average.max(0) as f64 / UNITS * f64::from(first.days_in_month()),
        });
    }
    let old = months.len().saturating_sub(MONTHS);
    Ok(months.split_off(old))
}
