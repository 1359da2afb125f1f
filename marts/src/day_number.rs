//! Counting in days and years. jiff's own spans can hold every unit of time and say why they cannot; the browser, which only
//! counts days, would carry all of that.

use jiff::civil::Date;

/// Days since March 1 of the year 0, by which a leap day is the last of its year.
#[must_use]
pub fn of(date: Date) -> i32 {
    let (year, month, day) = (
        i32::from(date.year()),
        i32::from(date.month()),
        i32::from(date.day()),
    );
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year
}

/// The date so many days after `date`, or before it; the last one there is, where that is beyond it.
#[must_use]
pub fn plus(date: Date, days: i32) -> Date {
    let number = of(date).saturating_add(days);
    let era = number.div_euclid(146_097);
    let of_era = number.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 {
        (year + era.saturating_mul(400), month + 3)
    } else {
        (year + era.saturating_mul(400) + 1, month - 9)
    };
    let beyond = if days < 0 { Date::MIN } else { Date::MAX };
    made(year, month, day).unwrap_or(beyond)
}

/// The same day so many months later, or earlier; the last of its month, where that is shorter.
#[must_use]
pub fn plus_months(date: Date, months: i32) -> Date {
    let count = i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
    let count = count.saturating_add(months);
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
    let beyond = if months < 0 { Date::MIN } else { Date::MAX };
    (0..4)
        .find_map(|short| made(year, month, i32::from(date.day()) - short))
        .unwrap_or(beyond)
}

fn made(year: i32, month: i32, day: i32) -> Option<Date> {
    let (year, month, day) = (
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    );
    Date::new(year, month, day).ok()
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_and_months_are_those_of_the_calendar() {
        let mut day = date(1896, 2, 27);
        while day < date(2105, 3, 2) {
            let next = day.saturating_add(1.day());
            assert_eq!(of(next), of(day) + 1, "{day}");
            assert_eq!(plus(day, 1), next);
            assert_eq!(plus(next, -1), day);
            for days in [-400, -31, -7, 0, 90, 365] {
                assert_eq!(
                    plus(day, days),
                    day.saturating_add(days.days()),
                    "{day} {days}"
                );
            }
            for months in [-13, -12, -1, 1, 3, 12] {
                assert_eq!(
                    plus_months(day, months),
                    day.saturating_add(months.months()),
                    "{day} {months}"
                );
            }
            day = next;
        }
    }

    #[test]
    fn there_is_a_first_and_a_last_day() {
        assert_eq!(plus(Date::MAX, 1), Date::MAX);
        assert_eq!(plus(Date::MIN, -1), Date::MIN);
        assert_eq!(plus(date(2026, 1, 1), i32::MAX), Date::MAX);
        assert_eq!(plus_months(Date::MAX, 1), Date::MAX);
        assert_eq!(plus_months(Date::MIN, -12), Date::MIN);
    }
}
