//! Assumptions about growth and rewards, as an address says them: `?invites=2&hazard=10`. They are never figures of a release.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The page's path.
pub const WHAT_IF: &str = "what-if";

/// What can be assumed to be otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lever {
    Invites,
    Conversion,
    CycleTime,
    Vesting,
    Expiry,
    Hazard,
}

/// The values that a lever can be put to, in its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    pub least: f64,
    pub most: f64,
    pub step: f64,
}

impl Lever {
    pub const ALL: [Self; 6] = [
        Self::Invites,
        Self::Conversion,
        Self::CycleTime,
        Self::Vesting,
        Self::Expiry,
        Self::Hazard,
    ];

    /// In addresses.
    #[must_use]
    pub fn param(self) -> &'static str {
        match self {
            Self::Invites => "invites",
            Self::Conversion => "conversion",
            Self::CycleTime => "cycle",
            Self::Vesting => "vesting",
            Self::Expiry => "expiry",
            Self::Hazard => "hazard",
        }
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Invites => "Invites per user",
            Self::Conversion => "Conversion",
            Self::CycleTime => "Cycle time",
            Self::Vesting => "Vesting",
            Self::Expiry => "Expiry",
            Self::Hazard => "Cash-out",
        }
    }

    /// What one of its values is of, written behind it.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Invites => "invites",
            Self::Conversion => "% of invites",
            Self::CycleTime | Self::Vesting | Self::Expiry => "days",
            Self::Hazard => "% in 30 days",
        }
    }

    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Invites => "Distinct invites that a user sends in the end.",
            Self::Conversion => "The share of invites that lead to a sign-up in the end.",
            Self::CycleTime => "From a user's sign-up to those whom they bring, on average.",
            Self::Vesting => "From earning a reward until it can be cashed out.",
            Self::Expiry => "From earning a reward until it is owed no more.",
            Self::Hazard => "The share of what can be cashed out that is paid within 30 days.",
        }
    }

    #[must_use]
    pub fn bounds(self) -> Bounds {
        let (least, most, step) = match self {
            Self::Invites => (0.0, 8.0, 0.01),
            Self::Conversion => (0.0, 80.0, 0.1),
            Self::CycleTime => (1.0, 90.0, 0.1),
            Self::Vesting => (0.0, 90.0, 1.0),
            Self::Expiry => (91.0, 1_095.0, 1.0),
            Self::Hazard => (0.0, 99.0, 0.1),
        };
        Bounds { least, most, step }
    }

    /// A value as its control holds it.
    #[must_use]
    pub fn written(self, value: f64) -> String {
        let step = self.bounds().step;
        let rounded = (value / step).round() * step;
        let places = if step >= 1.0 {
            0
        } else if step >= 0.1 {
            1
        } else {
            2
        };
        format!("{rounded:.places$}")
    }
}

/// A value for each lever, in its unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Levers {
    pub invites: f64,
    pub conversion: f64,
    pub cycle_time: f64,
    pub vesting: f64,
    pub expiry: f64,
    pub hazard: f64,
}

impl Levers {
    #[must_use]
    pub fn of(&self, lever: Lever) -> f64 {
        match lever {
            Lever::Invites => self.invites,
            Lever::Conversion => self.conversion,
            Lever::CycleTime => self.cycle_time,
            Lever::Vesting => self.vesting,
            Lever::Expiry => self.expiry,
            Lever::Hazard => self.hazard,
        }
    }

    fn of_mut(&mut self, lever: Lever) -> &mut f64 {
        match lever {
            Lever::Invites => &mut self.invites,
            Lever::Conversion => &mut self.conversion,
            Lever::CycleTime => &mut self.cycle_time,
            Lever::Vesting => &mut self.vesting,
            Lever::Expiry => &mut self.expiry,
            Lever::Hazard => &mut self.hazard,
        }
    }

    /// Users that a user brings in the end.
    #[must_use]
    pub fn k(&self) -> f64 {
        self.invites * self.conversion / 100.0
    }
}

/// What an address assumes; everything else is as observed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Assumptions {
    assumed: Vec<(Lever, f64)>,
    /// What could not be taken, to be shown as "ignored: vesting=soon".
    pub ignored: Vec<String>,
}

impl Assumptions {
    /// Reads a query string, percent-decoded as forms do. Never fails; of a lever named twice the last one counts.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            let Some(lever) = Lever::ALL.into_iter().find(|lever| lever.param() == name) else {
                if !matches!(name.as_ref(), "release" | "view") {
                    read.ignored.push(shortened(&name, &value));
                }
                continue;
            };
            let Bounds { least, most, .. } = lever.bounds();
            match value.parse::<f64>() {
                Ok(number) if (least..=most).contains(&number) => {
                    read.assumed.retain(|(other, _)| *other != lever);
                    read.assumed.push((lever, number));
                }
                _ if value.is_empty() => {}
                _ => read.ignored.push(shortened(&name, &value)),
            }
        }
        read.assumed.sort_by_key(|(lever, _)| *lever);
        read
    }

    /// What is assumed other than it was observed, as far as a control can tell the two apart.
    #[must_use]
    pub fn beside(&self, observed: &Levers) -> Vec<(Lever, f64)> {
        let differs = |(lever, value): &&(Lever, f64)| {
            lever.written(*value) != lever.written(observed.of(*lever))
        };
        self.assumed.iter().filter(differs).copied().collect()
    }

    /// The observed values with those that are assumed in their places.
    #[must_use]
    pub fn over(&self, observed: &Levers) -> Levers {
        let mut levers = *observed;
        for (lever, value) in self.beside(observed) {
            *levers.of_mut(lever) = value;
        }
        levers
    }
}

fn shortened(name: &str, value: &str) -> String {
    let text = format!("{name}={value}");
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}

/// Where a projection begins: what was observed, up to the business date.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    pub business_date: Date,
    pub levers: Levers,
    pub users: f64,
    /// Sign-ups by day, the latest last.
    pub sign_ups: Vec<f64>,
    /// Users who were brought by nobody, by day.
    pub unreferred_per_day: f64,
    /// Dollars owed and not asked for, by whole days since they were earned.
    pub owed_by_age: Vec<f64>,
    /// Dollars.
    pub in_settlement: f64,
    /// Dollars earned by all users on a day.
    pub earned_per_day: f64,
}

/// A month's end: users, and dollars since the business date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MonthEnd {
    /// The first day of the month.
    pub month: Date,
    pub users: f64,
    pub owed: f64,
    pub earned: f64,
    pub paid: f64,
    pub expired: f64,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    const OBSERVED: Levers = Levers {
        invites: 1.5579,
        conversion: 22.2617,
        cycle_time: 11.0358,
        vesting: 14.0,
        expiry: 365.0,
        hazard: 3.21,
    };

    #[test]
    fn what_the_address_says_nothing_of_is_as_observed() {
        let assumptions = Assumptions::parse("?invites=2&release=x");
        assert_eq!(assumptions.beside(&OBSERVED), [(Lever::Invites, 2.0)]);
        assert!(assumptions.ignored.is_empty());
        let levers = assumptions.over(&OBSERVED);
        assert!((levers.k() - 2.0 * 0.222_617).abs() < 1e-9);
        assert!((levers.vesting - 14.0).abs() < 1e-9);
    }

    #[test]
    fn a_form_that_sends_all_its_fields_assumes_nothing_by_it() {
        let all: Vec<String> = Lever::ALL
            .iter()
            .map(|lever| format!("{}={}", lever.param(), lever.written(OBSERVED.of(*lever))))
            .collect();
        let assumptions = Assumptions::parse(&all.join("&"));
        assert_eq!(assumptions.over(&OBSERVED), OBSERVED);
    }

    #[test]
    fn what_cannot_be_is_ignored_and_told() {
        for wrong in [
            "vesting=soon",
            "vesting=-1",
            "vesting=91",
            "hazard=NaN",
            "hazard=inf",
            "conversion=1e9",
            "colour=red",
        ] {
            let assumptions = Assumptions::parse(wrong);
            assert_eq!(assumptions.ignored, [wrong]);
            assert_eq!(assumptions.over(&OBSERVED), OBSERVED);
        }
        let last = Assumptions::parse("vesting=10&vesting=20&expiry=");
        assert_eq!(last.beside(&OBSERVED), [(Lever::Vesting, 20.0)]);
    }

    #[test]
    fn what_is_earned_can_always_be_asked_for_before_it_expires() {
        assert!(Lever::Expiry.bounds().least > Lever::Vesting.bounds().most);
    }
}
