//! How busy a day is: the school year, the week, the holidays.

use jiff::civil::{Date, Weekday};

/// Purchases around the middle of each month; a day in between is interpolated.
const SHOPPING: [f64; 12] = [
    0.95, 0.97, 1.0, 1.0, 0.98, 0.86, 0.72, 1.0, 1.2, 1.08, 1.16, 1.16,
];
/// Sign-ups: families join when school starts.
const JOINING: [f64; 12] = [
    1.1, 1.0, 0.95, 0.9, 0.85, 0.62, 0.6, 1.35, 1.65, 1.2, 0.95, 0.75,
];
/// From Monday on.
const SHOPPING_WEEK: [f64; 7] = [0.91, 0.88, 0.9, 0.95, 1.06, 1.26, 1.2];
const JOINING_WEEK: [f64; 7] = [1.06, 1.08, 1.06, 1.02, 0.94, 0.86, 0.98];

/// Relative purchases per active shopper on a day `age` years after the world began.
pub fn shopping(date: Date, age: f64) -> f64 {
    of_year(&SHOPPING, date)
        * of_week(&SHOPPING_WEEK, date)
        * shopping_holiday(date)
        * (1.0 + 0.04 * age)
}

/// Relative sign-ups on a day `age` years after the world began: a launch, then steady growth.
pub fn joining(date: Date, age: f64) -> f64 {
    let launch = 1.0 + 7.0 * (-age * 365.0 / 38.0).exp();
    let holiday = if holiday(date) == Holiday::Closed {
        0.4
    } else {
        1.0
    };
    of_year(&JOINING, date) * of_week(&JOINING_WEEK, date) * holiday * launch * (1.0 + 0.05 * age)
}

fn of_week(week: &[f64; 7], date: Date) -> f64 {
    week[usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0) % 7]
}

fn of_year(months: &[f64; 12], date: Date) -> f64 {
    let length = f64::from(date.days_in_month());
    let position = f64::from(date.month()) - 1.0 + (f64::from(date.day()) - 0.5) / length - 0.5;
    let below = position.floor();
    let share = position - below;
    let month = |m: f64| months[(m.rem_euclid(12.0)) as usize % 12];
    month(below) * (1.0 - share) + month(below + 1.0) * share
}

#[derive(PartialEq, Eq)]
enum Holiday {
    None,
    /// The days on which people stock up.
    Eve,
    Quiet,
    Closed,
}

fn holiday(date: Date) -> Holiday {
    let (month, day) = (date.month(), date.day());
    let thanksgiving = date
        .first_of_month()
        .nth_weekday_of_month(4, Weekday::Thursday)
        .map_or(0, |d| d.day());
    match (month, day) {
        (12, 25) => Holiday::Closed,
        (11, d) if d == thanksgiving => Holiday::Closed,
        (11, d) if d < thanksgiving && d + 3 >= thanksgiving => Holiday::Eve,
        (12, 20..=23) => Holiday::Eve,
        (7, 2..=3) => Holiday::Eve,
        (1, 1) | (7, 4) | (12, 24) => Holiday::Quiet,
        _ => Holiday::None,
    }
}

fn shopping_holiday(date: Date) -> f64 {
    match holiday(date) {
        Holiday::None => 1.0,
        Holiday::Eve => 1.28,
        Holiday::Quiet => 0.6,
        Holiday::Closed => 0.18,
    }
}
