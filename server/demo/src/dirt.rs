//! What goes wrong on purpose, and how often.

use std::collections::BTreeMap;
use std::fmt;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    ExactDuplicate,
    NearDuplicate,
    Late,
    NullKey,
    OrphanProduct,
    OrphanUser,
    OrphanInviter,
    TimeZone,
    Cdc,
    OutOfWindow,
    BadValue,
    OddQuantity,
    Malformed,
    UnknownType,
    SelfReferral,
    Cycle,
    NewColumn,
    TextColumn,
    MissingFile,
    FileTwice,
    TenTimes,
    RenameColumn,
}

/// What a rate counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rate {
    /// The share of the rows (for the orphans and cycles: users) that it can happen to.
    Share,
    /// How often in the world.
    Times,
}

impl Kind {
    /// All kinds, with the rate of `default`.
    const ALL: [(Self, &'static str, f64, Rate); 22] = [
        (Self::ExactDuplicate, "exact_duplicate", 0.01, Rate::Share),
        (Self::NearDuplicate, "near_duplicate", 0.003, Rate::Share),
        (Self::Late, "late", 0.05, Rate::Share),
        (Self::NullKey, "null_key", 0.001, Rate::Share),
        (Self::OrphanProduct, "orphan_product", 0.003, Rate::Share),
        (Self::OrphanUser, "orphan_user", 0.003, Rate::Share),
        (Self::OrphanInviter, "orphan_inviter", 0.003, Rate::Share),
        (Self::TimeZone, "time_zone", 0.02, Rate::Share),
        (Self::Cdc, "cdc", 0.005, Rate::Share),
        (Self::OutOfWindow, "out_of_window", 0.001, Rate::Share),
        (Self::BadValue, "bad_value", 0.001, Rate::Share),
        (Self::OddQuantity, "odd_quantity", 0.001, Rate::Share),
        (Self::Malformed, "malformed", 0.001, Rate::Share),
        (Self::UnknownType, "unknown_type", 0.001, Rate::Share),
        (Self::SelfReferral, "self_referral", 0.001, Rate::Share),
        (Self::Cycle, "cycle", 0.001, Rate::Share),
        (Self::NewColumn, "new_column", 1.0, Rate::Times),
        (Self::TextColumn, "text_column", 1.0, Rate::Times),
        (Self::MissingFile, "missing_file", 1.0, Rate::Times),
        (Self::FileTwice, "file_twice", 2.0, Rate::Times),
        (Self::TenTimes, "ten_times", 1.0, Rate::Times),
        (Self::RenameColumn, "rename_column", 0.0, Rate::Times),
    ];

    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(kind, ..)| *kind == self)
            .map_or("", |(_, name, ..)| name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.name())
    }
}

/// The rates by kind: a share of the rows that a kind can happen to, or a number of times for
/// what is dated (`new_column`, `text_column`, `missing_file`, `file_twice`, `ten_times`, `rename_column`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dirt {
    rates: BTreeMap<Kind, f64>,
}

impl Dirt {
    /// A clean world.
    pub fn off() -> Self {
        Self::default()
    }

    /// Every kind at its usual rate, but for a renamed column, which makes a run fail.
    pub fn usual() -> Self {
        Self {
            rates: Kind::ALL
                .iter()
                .filter(|(.., rate, _)| *rate > 0.0)
                .map(|&(kind, _, rate, _)| (kind, rate))
                .collect(),
        }
    }

    /// Reads `off`, `default`, or a list of `KIND=RATE` and these, divided by commas or spaces;
    /// what comes later wins. `schema_drift=N` sets both `new_column` and `text_column`.
    ///
    /// # Errors
    /// An unknown kind, or a rate that is no share from 0 to 0.5 (for what is dated: no small whole number).
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut dirt = Self::off();
        for part in text.split([',', ' ']).filter(|p| !p.is_empty()) {
            match part {
                "off" => dirt = Self::off(),
                "default" => dirt = Self::usual(),
                _ => dirt.set(part)?,
            }
        }
        let total: f64 = Kind::ALL
            .iter()
            .filter(|(.., of)| *of == Rate::Share)
            .map(|(kind, ..)| dirt.rate(*kind))
            .sum();
        if total > 0.9 {
            return Err(format!(
                "these rates add up to {total:.2}; more than 0.9 leaves nothing clean"
            ));
        }
        Ok(dirt)
    }

    fn set(&mut self, part: &str) -> Result<(), String> {
        let Some((name, rate)) = part.split_once('=') else {
            return Err(format!(
                "`{part}` is not `off`, `default` or KIND=RATE; kinds are {}",
                kinds()
            ));
        };
        let kinds_named: Vec<(Kind, Rate)> = if name == "schema_drift" {
            vec![
                (Kind::NewColumn, Rate::Times),
                (Kind::TextColumn, Rate::Times),
            ]
        } else {
            Kind::ALL
                .iter()
                .filter(|(_, n, ..)| *n == name)
                .map(|&(kind, _, _, of)| (kind, of))
                .collect()
        };
        if kinds_named.is_empty() {
            return Err(format!("no kind is called `{name}`; kinds are {}", kinds()));
        }
        let value: f64 = rate
            .parse()
            .map_err(|_| format!("`{rate}` is not a number (in `{part}`)"))?;
        for (kind, of) in kinds_named {
            let fits = match of {
                Rate::Share => (0.0..=0.5).contains(&value),
                Rate::Times => (0.0..=20.0).contains(&value) && value.fract() == 0.0,
            };
            if !fits {
                return Err(match of {
                    Rate::Share => {
                        format!("the rate of {name} is a share from 0 to 0.5, not {rate}")
                    }
                    Rate::Times => {
                        format!("{name} happens a whole number of times up to 20, not {rate}")
                    }
                });
            }
            self.rates.insert(kind, value);
        }
        Ok(())
    }

    pub fn rate(&self, kind: Kind) -> f64 {
        self.rates.get(&kind).copied().unwrap_or(0.0)
    }

    pub fn times(&self, kind: Kind) -> usize {
        self.rate(kind) as usize
    }

    pub fn is_off(&self) -> bool {
        self.rates.values().all(|&rate| rate == 0.0)
    }

    /// Kinds and rates, for the record.
    pub fn listed(&self) -> impl Iterator<Item = (Kind, f64)> + '_ {
        self.rates.iter().map(|(&kind, &rate)| (kind, rate))
    }
}

fn kinds() -> String {
    Kind::ALL.map(|(_, name, ..)| name).join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn later_words_win() {
        assert!(Dirt::parse("off").unwrap().is_off());
        let dirt = Dirt::parse("default,late=0.2 cdc=0").unwrap();
        assert_eq!(dirt.rate(Kind::Late), 0.2);
        assert_eq!(dirt.rate(Kind::Cdc), 0.0);
        assert_eq!(dirt.rate(Kind::ExactDuplicate), 0.01);
        assert_eq!(dirt.times(Kind::FileTwice), 2);
        assert_eq!(Dirt::parse("late=.1").unwrap().rate(Kind::Cdc), 0.0);
        assert_eq!(Dirt::usual().times(Kind::RenameColumn), 0);
    }

    #[test]
    fn what_is_no_rate_is_said() {
        for (text, says) in [
            ("dust=1", "no kind is called `dust`"),
            ("late=2", "from 0 to 0.5"),
            ("late=x", "not a number"),
            ("late", "is not `off`"),
            ("missing_file=0.5", "whole number"),
            ("late=0.5,cdc=0.5", "add up to"),
        ] {
            let error = Dirt::parse(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
