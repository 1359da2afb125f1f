//! Dates as people read them.

use jiff::civil::{Date, DateTime};

use crate::{DateRange, Grain};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

fn month(date: Date) -> &'static str {
    usize::try_from(date.month() - 1)
        .ok()
        .and_then(|i| MONTHS.get(i))
        .copied()
        .unwrap_or("")
}

/// `Jan 5, 2026`.
#[must_use]
pub fn date(date: Date) -> String {
    format!("{} {}, {}", month(date), date.day(), date.year())
}

/// `Jan 5, 2026, 14:05`: a moment in the zone that is named beside it.
#[must_use]
pub fn date_time(at: DateTime) -> String {
    format!("{}, {}", date(at.date()), clock(at))
}

/// The time of day: `14:05`.
#[must_use]
pub fn clock(at: DateTime) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// `Jan 5, 2026`, `Jan 5 – Mar 31, 2026`, `Dec 29, 2025 – Jan 4, 2026`.
#[must_use]
pub fn date_range(range: DateRange) -> String {
    let DateRange { from, to } = range;
    if from == to {
        date(to)
    } else if from.year() == to.year() {
        format!("{} {} – {}", month(from), from.day(), date(to))
    } else {
        format!("{} – {}", date(from), date(to))
    }
}

/// A period by its first day: `Jan 5, 2026`, `Week of Jan 5, 2026`, `Jan 2026`, `Q1 2026`, `2026`.
#[must_use]
pub fn period(first: Date, grain: Grain) -> String {
    match grain {
        Grain::Day => date(first),
        Grain::Week => format!("Week of {}", date(first)),
        Grain::Month => format!("{} {}", month(first), first.year()),
        Grain::Quarter => format!("Q{} {}", (first.month() + 2) / 3, first.year()),
        Grain::Year => first.year().to_string(),
    }
}

/// A period where the year is said elsewhere, such as on an axis: `Jan 5`, `Jan`, `Q1`, `2026`.
#[must_use]
pub fn period_short(first: Date, grain: Grain) -> String {
    match grain {
        Grain::Day | Grain::Week => format!("{} {}", month(first), first.day()),
        Grain::Month => month(first).to_owned(),
        Grain::Quarter => format!("Q{}", (first.month() + 2) / 3),
        Grain::Year => first.year().to_string(),
    }
}
