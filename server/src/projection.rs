//! What would follow from assumptions about growth and rewards, in the terms of the page that shows it.

use forecast::scenario::{Growth, Liability};
use jiff::civil::Date;
use marts::Grain;
use marts::what_if::{Levers, MonthEnd, Observed};

/// After the current one.
const MONTHS: usize = 12;
const HAZARD_DAYS: f64 = 30.0;

/// The end of the current month and of each of the next twelve. Rewards are earned by as much per user as they were.
#[must_use]
pub fn month_ends(observed: &Observed, levers: &Levers) -> Vec<MonthEnd> {
    let ends = days_of_ends(observed.business_date);
    let days = ends.last().map_or(0, |(_, day)| *day);
    let users = Growth {
        users: observed.users,
        recent: observed.sign_ups.clone(),
        unreferred_per_day: observed.unreferred_per_day,
        k: levers.k(),
        cycle_days: levers.cycle_time,
    }
    .users(days);
    let per_user = if observed.users > 0.0 {
        observed.earned_per_day / observed.users
    } else {
        0.0
    };
    let owed = Liability {
        by_age: observed.owed_by_age.clone(),
        in_settlement: observed.in_settlement,
        earned: users.iter().map(|users| users * per_user).collect(),
        vest_days: whole(levers.vesting),
        expiry_days: whole(levers.expiry),
        paid_per_day: per_day(levers.hazard),
    }
    .ahead();
    let end = |(month, day): (Date, usize)| {
        let at = day.checked_sub(1)?;
        let (users, owed) = (users.get(at)?, owed.get(at)?);
        Some(MonthEnd {
            month,
            users: *users,
            owed: owed.owed,
            earned: owed.earned,
            paid: owed.paid,
            expired: owed.expired,
        })
    };
    ends.into_iter().filter_map(end).collect()
}

/// The first day of each month, and how many days there are up to its end. A month that ends today is not to come.
fn days_of_ends(today: Date) -> Vec<(Date, usize)> {
    let mut ends = Vec::new();
    let (mut month, mut days) = (Grain::Month.first_day(today), 0_usize);
    let mut day = today;
    while ends.len() <= MONTHS {
        let Ok(next) = day.tomorrow() else { break };
        if next.month() != day.month() && days > 0 {
            ends.push((month, days));
        }
        if next.month() != day.month() {
            month = next;
        }
        day = next;
        days += 1;
    }
    ends
}

fn whole(days: f64) -> usize {
    // Between the bounds of a control, so neither negative nor large.
    days.round().clamp(0.0, 10_000.0) as usize
}

/// The share of each day of a share of 30 days, in per cent: what is paid is not there to be paid again.
fn per_day(percent: f64) -> f64 {
    1.0 - (1.0 - (percent / 100.0).clamp(0.0, 1.0)).powf(1.0 / HAZARD_DAYS)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use jiff::civil::date;

    use super::*;

    fn observed(business_date: Date) -> Observed {
        Observed {
            business_date,
            levers: Levers {
                invites: 1.5,
                conversion: 20.0,
                cycle_time: 10.0,
                vesting: 14.0,
                expiry: 365.0,
                hazard: 5.0,
            },
            users: 1_000.0,
            sign_ups: vec![2.0; 180],
            unreferred_per_day: 1.4,
            owed_by_age: vec![1.0; 100],
            in_settlement: 10.0,
            earned_per_day: 4.0,
        }
    }

    #[test]
    fn the_month_that_is_not_over_and_twelve_more_are_told() {
        let observed = observed(date(2026, 1, 30));
        let ends = month_ends(&observed, &observed.levers);
        let months: Vec<String> = ends.iter().map(|end| end.month.to_string()).collect();
        assert_eq!(months.len(), 13);
        assert_eq!(
            (months[0].as_str(), months[12].as_str()),
            ("2026-01-01", "2027-01-01")
        );
        // One day of January is to come: the sign-ups of a steady state.
        assert!((ends[0].users - 1_002.0).abs() < 0.01, "{:?}", ends[0]);
        let last = month_ends(&self::observed(date(2026, 1, 31)), &observed.levers);
        assert_eq!(last[0].month, date(2026, 2, 1));
    }

    #[test]
    fn a_share_of_thirty_days_is_that_of_each_day_thirty_times() {
        assert!((1.0 - (1.0 - per_day(5.0)).powi(30) - 0.05).abs() < 1e-12);
        assert!(per_day(0.0).abs() < 1e-12 && per_day(100.0) <= 1.0);
    }

    #[test]
    fn without_users_nothing_is_earned() {
        let nobody = Observed {
            users: 0.0,
            sign_ups: Vec::new(),
            unreferred_per_day: 0.0,
            ..observed(date(2026, 1, 30))
        };
        let ends = month_ends(&nobody, &nobody.levers);
        assert!(
            ends.iter()
                .all(|end| end.earned.abs() < 1e-12 && end.owed.is_finite())
        );
    }
}
