//! The world's two years: local days, and moments counted in seconds from the first day's 00:00 UTC.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use rand_distr::{Distribution, LogNormal};

use crate::DemoError;
use crate::day_profile::{CLOSES, OPENS};
use crate::season;
use crate::stream::{Streams, Topic};

/// US Eastern time by rule, not by the machine's zone database: the bytes must not depend on it.
const EASTERN: &str = "EST5EDT,M3.2.0,M11.1.0";
/// Schools in Central time are this much behind Eastern.
pub const CENTRAL_LAG: u32 = 3600;
pub const DAY: u32 = 86_400;

pub struct Calendar {
    eastern: TimeZone,
    /// The first day's midnight, in seconds of the Unix epoch.
    origin: i64,
    dates: Vec<Date>,
    /// `YYYY-MM-DD`
    names: Vec<String>,
    /// Eastern noon, as a moment.
    noons: Vec<u32>,
    /// Cumulative shopping and sign-up intensity: entry d is what lies before day d.
    pub shopping: Vec<f64>,
    pub joining: Vec<f64>,
}

impl Calendar {
    /// The two years that end on `until`, that day included.
    pub fn new(until: Date, streams: &Streams) -> Result<Self, DemoError> {
        let out_of_range = |e: jiff::Error| {
            DemoError::Refused(format!(
                "A world of two years cannot end on {until}: {e}. Nothing was written."
            ))
        };
        let two_years: Span = 2.years();
        let from = until
            .checked_sub(two_years)
            .and_then(Date::tomorrow)
            .map_err(out_of_range)?;
        let eastern = TimeZone::posix(EASTERN).map_err(out_of_range)?;
        let origin = TimeZone::UTC
            .to_timestamp(from.at(0, 0, 0, 0))
            .map_err(out_of_range)?
            .as_second();

        let mut calendar = Self {
            eastern: eastern.clone(),
            origin,
            dates: Vec::new(),
            names: Vec::new(),
            noons: Vec::new(),
            shopping: vec![0.0],
            joining: vec![0.0],
        };
        let mut date = from;
        loop {
            let noon = eastern
                .to_timestamp(date.at(12, 0, 0, 0))
                .map_err(out_of_range)?
                .as_second()
                - origin;
            calendar.noons.push(u32::try_from(noon).unwrap_or(u32::MAX));
            calendar.names.push(date.to_string());
            calendar.dates.push(date);
            if date == until {
                break;
            }
            date = date.tomorrow().map_err(out_of_range)?;
        }
        calendar.intensities(streams);
        Ok(calendar)
    }

    /// Fills the cumulative intensities, each day with a shock of its own that everyone feels
    /// (weather, a promotion).
    fn intensities(&mut self, streams: &Streams) {
        let (Ok(bought), Ok(joined)) = (LogNormal::new(0.0, 0.045), LogNormal::new(0.0, 0.11))
        else {
            return;
        };
        let (mut shopping, mut joining) = (0.0, 0.0);
        for (day, &date) in self.dates.iter().enumerate() {
            let mut rng = streams.of(Topic::Season, day as u64, 0);
            let age = day as f64 / 365.25;
            shopping += season::shopping(date, age) * bought.sample(&mut rng);
            joining += season::joining(date, age) * joined.sample(&mut rng);
            self.shopping.push(shopping);
            self.joining.push(joining);
        }
    }

    pub fn days(&self) -> usize {
        self.dates.len()
    }

    /// The first day's midnight in UTC, in seconds of the Unix epoch.
    pub fn origin(&self) -> i64 {
        self.origin
    }

    pub fn last(&self) -> usize {
        self.days() - 1
    }

    pub fn date(&self, day: usize) -> Date {
        self.dates[day]
    }

    pub fn name(&self, day: usize) -> &str {
        &self.names[day]
    }

    /// From 0, January.
    pub fn month(&self, day: usize) -> usize {
        usize::try_from(self.dates[day].month() - 1).unwrap_or(0)
    }

    pub fn years(&self, day: usize) -> f64 {
        day as f64 / 365.25
    }

    pub fn is_weekend(&self, day: usize) -> bool {
        matches!(
            self.dates[day].weekday(),
            Weekday::Saturday | Weekday::Sunday
        )
    }

    /// The first moment after the world: the last day's midnight in UTC.
    pub fn end(&self) -> u32 {
        u32::try_from(self.days()).unwrap_or(u32::MAX / DAY) * DAY
    }

    /// The moment of a local second of a local day; `lag` is 0 in Eastern, `CENTRAL_LAG` in Central time.
    ///
    /// A landing day is a day in UTC, so the evening of the last local day would land after the
    /// world's end. That one day's shopping is done earlier instead, which keeps it whole.
    /// No clock changes between OPENS and CLOSES, so counting from noon is exact.
    pub fn moment(&self, day: usize, second: u32, lag: u32) -> u32 {
        let noon = self.noons[day] + lag;
        let second = if day == self.last() {
            let midnight_utc = self.end() - noon + DAY / 2;
            let span = f64::from(midnight_utc - OPENS - 1) / f64::from(CLOSES - OPENS);
            OPENS + (f64::from(second.max(OPENS) - OPENS) * span) as u32
        } else {
            second
        };
        (noon + second - DAY / 2).min(self.end() - 1)
    }

    pub fn no_later_than_end(&self, moment: u32) -> u32 {
        moment.min(self.end() - 1)
    }

    fn local_date(&self, epoch: i64) -> Date {
        jiff::Timestamp::from_second(epoch)
            .map_or(Date::MIN, |at| self.eastern.to_datetime(at).date())
    }

    /// The month, in Eastern time, of a second of the Unix epoch: year × 12 + month from 0.
    pub fn local_month(&self, epoch: i64) -> i32 {
        let date = self.local_date(epoch);
        i32::from(date.year()) * 12 + i32::from(date.month()) - 1
    }

    /// When a local day is over, in seconds of the Unix epoch.
    pub fn local_end(&self, day: usize) -> i64 {
        self.dates[day]
            .tomorrow()
            .and_then(|date| self.eastern.to_timestamp(date.at(0, 0, 0, 0)))
            .map_or(i64::MAX, jiff::Timestamp::as_second)
    }

    /// The world's months, each with the landing day by which it is closed: that day of the next month; none where the
    /// world ends before.
    pub fn closes(&self, day_of_month: i8) -> Vec<(i32, Option<usize>)> {
        let month = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
        let (Some(first), Some(last)) = (self.dates.first(), self.dates.last()) else {
            return Vec::new();
        };
        (month(*first)..=month(*last))
            .map(|closed| {
                let by = self
                    .dates
                    .iter()
                    .position(|&date| month(date) == closed + 1 && date.day() == day_of_month);
                (closed, by)
            })
            .collect()
    }

    /// The landing day of a moment: its day in UTC.
    pub fn landing_day(&self, moment: u32) -> usize {
        ((moment / DAY) as usize).min(self.last())
    }

    /// `YYYY-MM-DDTHH:MM:SS` and a suffix, of any moment, in the world or not.
    pub fn text(&self, moment: i64, suffix: &str) -> String {
        let day = moment.div_euclid(i64::from(DAY));
        let second = moment.rem_euclid(i64::from(DAY));
        let date = self
            .dates
            .first()
            .and_then(|first| first.checked_add(Span::new().try_days(day).ok()?).ok())
            .unwrap_or(Date::MAX);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        format!("{date}T{hour:02}:{minute:02}:{second:02}{suffix}")
    }

    /// Appends `YYYY-MM-DDTHH:MM:SSZ`.
    pub fn write_moment(&self, moment: u32, to: &mut Vec<u8>) {
        let second = moment % DAY;
        to.extend_from_slice(self.names[self.landing_day(moment)].as_bytes());
        to.push(b'T');
        for (part, end) in [
            (second / 3600, b':'),
            (second / 60 % 60, b':'),
            (second % 60, b'Z'),
        ] {
            to.push(b'0' + (part / 10) as u8);
            to.push(b'0' + (part % 10) as u8);
            to.push(end);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn calendar() -> Calendar {
        Calendar::new("2026-03-31".parse().unwrap(), &Streams::new(1)).unwrap()
    }

    fn text(calendar: &Calendar, date: &str, second: u32, lag: u32) -> String {
        let day = calendar.names.iter().position(|n| n == date).unwrap();
        let mut text = Vec::new();
        calendar.write_moment(calendar.moment(day, second, lag), &mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn two_years_with_the_last_day() {
        let calendar = calendar();
        assert_eq!(calendar.days(), 730);
        assert_eq!(calendar.name(0), "2024-04-01");
        assert_eq!(calendar.name(calendar.last()), "2026-03-31");
    }

    #[test]
    fn local_seconds_follow_the_clock_changes() {
        let calendar = calendar();
        let six = 6 * 3600;
        for (date, utc) in [
            ("2025-03-08", "2025-03-08T11:00:00Z"),
            ("2025-03-09", "2025-03-09T10:00:00Z"),
            ("2025-11-01", "2025-11-01T10:00:00Z"),
            ("2025-11-02", "2025-11-02T11:00:00Z"),
        ] {
            assert_eq!(text(&calendar, date, six, 0), utc);
        }
        assert_eq!(
            text(&calendar, "2025-01-10", 22 * 3600, CENTRAL_LAG),
            "2025-01-11T04:00:00Z"
        );
    }

    #[test]
    fn the_last_day_ends_within_the_world_and_keeps_its_order() {
        let calendar = calendar();
        for lag in [0, CENTRAL_LAG] {
            let mut before = 0;
            for second in (OPENS..CLOSES).step_by(600) {
                let at = calendar.moment(calendar.last(), second, lag);
                assert!(at > before && at < calendar.end());
                before = at;
            }
            let last = text(&calendar, "2026-03-31", CLOSES - 1, lag);
            assert!(last.as_str() > "2026-03-31T23:50", "{last}");
        }
    }

    #[test]
    fn a_date_without_two_years_before_it_is_refused() {
        let error = Calendar::new(Date::MIN, &Streams::new(1)).err().unwrap();
        assert!(error.to_string().contains("cannot end on"), "{error}");
    }
}
