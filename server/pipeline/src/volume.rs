//! Whether a source's latest day is as large as such days are: half the rows on a Sunday are no alarm, none at all are.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

const WEEKS: i64 = 8;
/// Of the weeks, those that must have the day, or weekdays are not told apart.
const WEEKS_NEEDED: usize = 4;
const DAYS: i64 = 28;
const DAYS_NEEDED: usize = 7;
/// Smaller days differ by chance.
const TOO_FEW_ROWS: f64 = 100.0;
const FACTOR: f64 = 5.0;

/// A source's latest day beside the days before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Volume {
    pub rows: u64,
    pub median: f64,
    pub by_weekday: bool,
}

impl Volume {
    #[allow(clippy::cast_precision_loss)]
    pub fn is_anomalous(&self) -> bool {
        let rows = self.rows as f64;
        rows.max(self.median) >= TOO_FEW_ROWS
            && (rows > FACTOR * self.median || FACTOR * rows < self.median)
    }

    /// Rows over the median; `None` where the median is zero.
    #[allow(clippy::cast_precision_loss)]
    pub fn ratio(&self) -> Option<f64> {
        (self.median > 0.0).then(|| self.rows as f64 / self.median)
    }

    pub fn compared_with(&self) -> &'static str {
        if self.by_weekday {
            "the same weekday of the last 8 weeks"
        } else {
            "the last 28 days"
        }
    }
}

/// Compares the latest day with the same weekday of the weeks before, or with all days of the last four weeks where
/// there are too few; `None` where less than a week of days came before.
pub(crate) fn volume(days: &BTreeMap<Date, u64>) -> Option<Volume> {
    let (&latest, &rows) = days.last_key_value()?;
    let back = |days: i64| latest.checked_sub(days.days()).ok();
    if days.len() <= DAYS_NEEDED {
        return None;
    }
    let weekday: Vec<u64> = (1..=WEEKS)
        .filter_map(|weeks| days.get(&back(7 * weeks)?).copied())
        .collect();
    let by_weekday = weekday.len() >= WEEKS_NEEDED;
    let compared = if by_weekday {
        weekday
    } else {
        let recent: Vec<u64> = days
            .range(back(DAYS)?..latest)
            .map(|(_, rows)| *rows)
            .collect();
        if recent.len() < DAYS_NEEDED {
            return None;
        }
        recent
    };
    Some(Volume {
        rows,
        median: median(compared)?,
        by_weekday,
    })
}

#[allow(clippy::cast_precision_loss)]
fn median(mut values: Vec<u64>) -> Option<f64> {
    values.sort_unstable();
    let upper = *values.get(values.len() / 2)? as f64;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *values.get(values.len() / 2 - 1)? as f64;
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Rows of consecutive days, the last of them a Sunday.
    fn days(rows: &[u64]) -> BTreeMap<Date, u64> {
        let last = Date::constant(2026, 3, 1);
        rows.iter()
            .rev()
            .enumerate()
            .map(|(ago, rows)| {
                let ago = i64::try_from(ago).unwrap();
                (last.checked_sub(ago.days()).unwrap(), *rows)
            })
            .collect()
    }

    #[test]
    fn a_week_of_history_is_needed() {
        assert_eq!(volume(&days(&[])), None);
        assert_eq!(volume(&days(&[100; 7])), None);
        let short = volume(&days(&[100; 8])).unwrap();
        assert_eq!(
            (short.rows, short.median, short.by_weekday),
            (100, 100.0, false)
        );
        // Days long ago are no history of now.
        let mut gone = days(&[100; 20]);
        gone.insert(Date::constant(2026, 8, 1), 1);
        assert_eq!(volume(&gone), None);
    }

    #[test]
    fn a_weekday_is_compared_with_its_own() {
        // Sundays have a tenth of other days.
        let quiet_sundays: Vec<u64> = (0..35)
            .map(|day| if day % 7 == 6 { 100 } else { 1000 })
            .collect();
        let sunday = volume(&days(&quiet_sundays)).unwrap();
        assert_eq!(
            (sunday.median, sunday.by_weekday, sunday.is_anomalous()),
            (100.0, true, false)
        );
        assert_eq!(sunday.ratio(), Some(1.0));
    }

    #[test]
    fn what_doubles_or_halves_passes_and_what_is_ten_times_or_nothing_is_told() {
        let with_last = |last: u64| {
            let mut rows = vec![100; 60];
            rows.push(last);
            volume(&days(&rows)).unwrap().is_anomalous()
        };
        for ordinary in [20, 50, 100, 200, 500] {
            assert!(!with_last(ordinary), "{ordinary}");
        }
        for strange in [0, 19, 501, 1000] {
            assert!(with_last(strange), "{strange}");
        }
    }

    #[test]
    fn small_days_differ_by_chance() {
        let mut rows = vec![2; 30];
        rows.push(90);
        assert!(!volume(&days(&rows)).unwrap().is_anomalous());
        rows.push(110);
        assert!(volume(&days(&rows)).unwrap().is_anomalous());
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert_eq!(median(vec![4, 1, 3, 2]), Some(2.5));
        assert_eq!(median(vec![3, 1, 2]), Some(2.0));
        assert_eq!(median(Vec::new()), None);
    }
}
