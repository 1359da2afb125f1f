//! Ranges by name.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{ReleaseInfo, day_number};

/// A range by name, counted back from the release's business date, which is the last whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    Last7Days,
    Last28Days,
    Last90Days,
    Last12Months,
    MonthToDate,
    YearToDate,
    LastMonth,
    LastYear,
    /// From the first to the last observed day.
    AllTime,
}

impl Preset {
    /// In the order a menu shows them.
    pub const ALL: [Self; 9] = [
        Self::Last7Days,
        Self::Last28Days,
        Self::Last90Days,
        Self::Last12Months,
        Self::MonthToDate,
        Self::YearToDate,
        Self::LastMonth,
        Self::LastYear,
        Self::AllTime,
    ];

    /// For people: "Last 90 days".
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Last7Days => "Last 7 days",
            Self::Last28Days => "Last 28 days",
            Self::Last90Days => "Last 90 days",
            Self::Last12Months => "Last 12 months",
            Self::MonthToDate => "Month to date",
            Self::YearToDate => "Year to date",
            Self::LastMonth => "Last month",
            Self::LastYear => "Last year",
            Self::AllTime => "All time",
        }
    }

    /// In URLs: `last_90_days`.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Last7Days => "last_7_days",
            Self::Last28Days => "last_28_days",
            Self::Last90Days => "last_90_days",
            Self::Last12Months => "last_12_months",
            Self::MonthToDate => "month_to_date",
            Self::YearToDate => "year_to_date",
            Self::LastMonth => "last_month",
            Self::LastYear => "last_year",
            Self::AllTime => "all_time",
        }
    }

    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.slug() == slug)
    }

    /// First and last day. An empty release has only its business date.
    pub(super) fn range(self, release: &ReleaseInfo) -> (Date, Date) {
        let today = release.business_date;
        match self {
            Self::Last7Days => (day_number::plus(today, -6), today),
            Self::Last28Days => (day_number::plus(today, -27), today),
            Self::Last90Days => (day_number::plus(today, -89), today),
            Self::Last12Months => (
                day_number::plus(day_number::plus_months(today, -12), 1),
                today,
            ),
            Self::MonthToDate => (today.first_of_month(), today),
            Self::YearToDate => (today.first_of_year(), today),
            Self::LastMonth => {
                let last = day_number::plus(today.first_of_month(), -1);
                (last.first_of_month(), last)
            }
            Self::LastYear => {
                let last = day_number::plus(today.first_of_year(), -1);
                (last.first_of_year(), last)
            }
            Self::AllTime => release.observed.unwrap_or((today, today)),
        }
    }
}
