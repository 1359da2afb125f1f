//! Where periods stand on the time axis, and which of them are named.

use jiff::civil::Date;
use marts::{Grain, format};

use crate::font::text_width;
use crate::theme::{TEXT_HEADROOM, TEXT_SIZE};

/// Least space between two labels, in pixels.
const GAP: f64 = 12.0;

/// A named point in time: a label, and below it the year where it is the first tick of its year.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeTick {
    /// As from [`position`].
    pub at: f64,
    pub label: String,
    pub year: Option<String>,
}

/// The place of `day` on an axis where each period of `grain` is one unit long; whole numbers are
/// first days of periods.
#[must_use]
pub fn position(grain: Grain, day: Date) -> f64 {
    let month = f64::from(day.year()) * 12.0 + f64::from(day.month() - 1);
    let in_month = f64::from(day.day() - 1) / f64::from(day.days_in_month());
    match grain {
        Grain::Day => days_since_epoch(day),
        // The epoch was a Thursday; weeks start on Monday.
        Grain::Week => (days_since_epoch(day) + 3.0) / 7.0,
        Grain::Month => month + in_month,
        Grain::Quarter => (month + in_month) / 3.0,
        Grain::Year => (month + in_month) / 12.0,
    }
}

fn days_since_epoch(day: Date) -> f64 {
    f64::from((day - Date::constant(1970, 1, 1)).get_days())
}

/// The grain whose first days `days` (ascending) are, as far as they tell.
#[must_use]
pub fn infer_grain(days: &[Date]) -> Grain {
    let least = days
        .windows(2)
        .map(|w| days_since_epoch(w[1]) - days_since_epoch(w[0]))
        .filter(|d| *d > 0.0)
        .fold(f64::INFINITY, f64::min);
    let candidates = [
        (Grain::Year, 365.0),
        (Grain::Quarter, 90.0),
        (Grain::Month, 28.0),
        (Grain::Week, 7.0),
    ];
    candidates
        .into_iter()
        .find(|(grain, apart)| {
            least.is_finite() && least >= *apart && days.iter().all(|d| grain.first_day(*d) == *d)
        })
        .map_or(Grain::Day, |(grain, _)| grain)
}

/// The finest calendar rhythm from `first` to `last` whose labels fit on `width` pixels without
/// touching, with at most `most` ticks.
#[must_use]
pub fn ticks(grain: Grain, first: Date, last: Date, width: f64, most: usize) -> Vec<TimeTick> {
    let (start, end) = (position(grain, first), position(grain, last));
    let per_unit = if end > start {
        width / (end - start)
    } else {
        width
    };
    rhythms(grain)
        .filter_map(|rhythm| {
            rhythm
                .days(first, last, most)
                .map(|days| rhythm.label(grain, &days))
        })
        .find(|ticks| !ticks.is_empty() && !collide(ticks, per_unit))
        .unwrap_or_else(|| Rhythm::own(grain).label(grain, &[first]))
}

fn collide(ticks: &[TimeTick], per_unit: f64) -> bool {
    ticks.windows(2).any(|pair| {
        let half = |t: &TimeTick| text_width(&t.label, TEXT_SIZE * TEXT_HEADROOM) / 2.0;
        (pair[1].at - pair[0].at) * per_unit < half(&pair[0]) + half(&pair[1]) + GAP
    })
}

/// Every so many periods of a grain, counted from a fixed origin so that ticks do not wander as
/// the range moves.
#[derive(Debug, Clone, Copy)]
struct Rhythm {
    every: i32,
    of: Grain,
}

/// From fine to coarse, starting with the grain itself.
fn rhythms(grain: Grain) -> impl Iterator<Item = Rhythm> {
    const ALL: [(Grain, &[i32]); 5] = [
        (Grain::Day, &[1, 2]),
        (Grain::Week, &[1, 2]),
        (Grain::Month, &[1, 2]),
        (Grain::Quarter, &[1, 2]),
        (
            Grain::Year,
            &[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
        ),
    ];
    ALL.into_iter()
        .filter(move |(of, _)| *of >= grain)
        .flat_map(|(of, steps)| steps.iter().map(move |every| Rhythm { every: *every, of }))
}

impl Rhythm {
    fn own(grain: Grain) -> Self {
        Self {
            every: 1,
            of: grain,
        }
    }

    /// The days between `first` and `last` on which a tick stands; `None` where they are more than
    /// `most`.
    fn days(self, first: Date, last: Date, most: usize) -> Option<Vec<Date>> {
        let span = position(self.of, last) - position(self.of, first);
        if span / f64::from(self.every) > most as f64 {
            return None;
        }
        let mut days = Vec::new();
        let mut day = self.of.first_day(first);
        while day <= last {
            let index = position(self.of, day).round() as i64;
            if day >= first && index.rem_euclid(i64::from(self.every)) == 0 {
                days.push(day);
            }
            let next = self.of.next(day);
            if next <= day {
                break;
            }
            day = next;
        }
        (days.len() <= most).then_some(days)
    }

    fn label(self, grain: Grain, days: &[Date]) -> Vec<TimeTick> {
        // Quarters of days, weeks or months are named by their first month.
        let named = match self.of {
            Grain::Quarter if grain != Grain::Quarter => Grain::Month,
            of => of,
        };
        let mut said = None;
        days.iter()
            .map(|day| {
                let new_year = said != Some(day.year());
                said = Some(day.year());
                TimeTick {
                    at: position(grain, *day),
                    label: format::period_short(*day, named),
                    year: (new_year && named != Grain::Year).then(|| day.year().to_string()),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn labels(grain: Grain, first: Date, last: Date, width: f64) -> Vec<String> {
        ticks(grain, first, last, width, 9)
            .into_iter()
            .map(|t| t.label)
            .collect()
    }

    #[test]
    fn neighbouring_periods_are_one_apart() {
        let pairs = [
            (Grain::Day, date(2026, 2, 28), date(2026, 3, 1)),
            (Grain::Week, date(2025, 12, 29), date(2026, 1, 5)),
            (Grain::Month, date(2025, 12, 1), date(2026, 1, 1)),
            (Grain::Quarter, date(2025, 10, 1), date(2026, 1, 1)),
            (Grain::Year, date(2025, 1, 1), date(2026, 1, 1)),
        ];
        for (grain, a, b) in pairs {
            let apart = position(grain, b) - position(grain, a);
            assert!((apart - 1.0).abs() < 1e-9, "{grain:?}: {apart}");
            assert!(
                (position(grain, a) - position(grain, a).round()).abs() < 1e-9,
                "{grain:?}"
            );
        }
    }

    #[test]
    fn the_grain_shows_in_the_first_days() {
        let weeks = [date(2026, 1, 5), date(2026, 1, 12), date(2026, 2, 2)];
        assert_eq!(infer_grain(&weeks), Grain::Week);
        assert_eq!(
            infer_grain(&[date(2026, 1, 1), date(2026, 2, 1)]),
            Grain::Month
        );
        assert_eq!(
            infer_grain(&[date(2026, 1, 1), date(2026, 4, 1)]),
            Grain::Quarter
        );
        assert_eq!(
            infer_grain(&[date(2025, 1, 1), date(2026, 1, 1)]),
            Grain::Year
        );
        assert_eq!(
            infer_grain(&[date(2026, 1, 1), date(2026, 1, 2)]),
            Grain::Day
        );
        assert_eq!(infer_grain(&[date(2026, 1, 1)]), Grain::Day);
    }

    #[test]
    fn labels_thin_out_as_room_shrinks() {
        let (first, last) = (date(2025, 1, 1), date(2025, 12, 1));
        let wide = labels(Grain::Month, first, last, 900.0);
        let narrow = labels(Grain::Month, first, last, 150.0);
        assert_eq!(wide, ["Jan", "Mar", "May", "Jul", "Sep", "Nov"]);
        assert_eq!(narrow, ["Jan", "Apr", "Jul", "Oct"]);
    }

    #[test]
    fn a_quarter_in_days_is_named_by_its_months() {
        assert_eq!(
            labels(Grain::Day, date(2026, 1, 1), date(2026, 3, 31), 250.0),
            ["Jan", "Feb", "Mar"]
        );
    }

    #[test]
    fn the_year_stands_once_below_its_first_tick() {
        let ticks = ticks(
            Grain::Quarter,
            date(2024, 7, 1),
            date(2025, 10, 1),
            800.0,
            9,
        );
        let years: Vec<_> = ticks.iter().map(|t| t.year.as_deref()).collect();
        assert_eq!(years, [Some("2024"), None, Some("2025"), None, None, None]);
    }

    #[test]
    fn one_period_is_named_too() {
        assert_eq!(
            labels(Grain::Month, date(2026, 2, 1), date(2026, 2, 1), 800.0),
            ["Feb"]
        );
        assert_eq!(
            labels(Grain::Day, date(2026, 2, 3), date(2026, 2, 3), 800.0),
            ["Feb 3"]
        );
    }
}
