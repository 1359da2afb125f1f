//! A month of the ledger.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A calendar month in the reporting zone, `2026-03`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    first: Date,
}

impl Period {
    /// The month that a day is in.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self {
            first: day.first_of_month(),
        }
    }

    #[must_use]
    pub fn first_day(self) -> Date {
        self.first
    }

    /// The month after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self {
            first: self.first.last_of_month().tomorrow().unwrap_or(self.first),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = match text.split_once('-') {
            Some((year, month)) if year.len() == 4 && month.len() == 2 => {
                year.parse().ok().zip(month.parse().ok())
            }
            _ => None,
        };
        let first = parsed.and_then(|(year, month)| Date::new(year, month, 1).ok());
        first
            .map(|first| Self { first })
            .ok_or_else(|| "a month is expected, such as 2026-03".to_owned())
    }
}

impl TryFrom<String> for Period {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_month_is_read_strictly_and_followed_by_the_next() {
        let december: Period = "2025-12".parse().unwrap();
        assert_eq!(december.next().to_string(), "2026-01");
        assert!(december < december.next());
        for text in [
            "2025-13",
            "2025-1",
            "25-12",
            "2025-12-01",
            "",
            "-025-12",
            "2025/12",
        ] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }
}
