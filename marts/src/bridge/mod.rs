//! Why two figures differ: their difference taken apart, member by member of a dimension, into volume, mix and rate.
//!
//! A figure is a sum of members, `amount = volume × rate` in each (spend = receipts × spend per receipt), or a ratio of
//! two sums. With `0` for the figure compared with and `1` for the one explained, of a sum each member's change is
//! - volume `(V₁/V₀ − 1)·A₀ᵢ`: what it would have gained with all the rest of the figure,
//! - mix `(V₁ᵢ − V₀ᵢ·V₁/V₀)·r₀ᵢ`: its share of the volume changed,
//! - rate `V₁ᵢ·(r₁ᵢ − r₀ᵢ)`: each unit of its volume came to more or less;
//!
//! and of a ratio `R = Σ sᵢ·rᵢ`, with `s` the share of the denominator,
//! - mix `(s₁ᵢ − s₀ᵢ)·(r₀ᵢ − R₀)`, rate `s₁ᵢ·(r₁ᵢ − r₀ᵢ)`.
//!
//! A new member's change is all mix. What counts once in the total and in several members (a receipt with lines in two
//! departments) makes a part of its own. Decimals are exact; parts are rounded to the figure's written places, and the
//! units that rounding leaves over go to the parts that lost most by it, so that the parts add up to the difference of the
//! figures as written, to the last digit.

mod apportion;
mod rank;
mod sentence;
#[cfg(test)]
mod tests;
mod waterfall;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::{Unit, Value};
use apportion::apportion;

pub use rank::concentration;
pub use sentence::{Wording, headline, sentences};
pub use waterfall::{Step, StepKind, Waterfall};

/// What is taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Members' amounts; no volume is known, so all of a change is volume.
    Sum,
    /// Members' amounts, each with the volume that it was made of.
    SumOverVolume,
    /// Amounts over volumes.
    Ratio,
}

/// The amount (numerator) and the volume (denominator) behind a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    pub amount: Decimal,
    pub volume: Decimal,
}

/// One member's figures in both ranges; zeros where it was not there.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The dimension's value; `Null` for rows without one.
    pub name: Value,
    pub before: Figures,
    pub after: Figures,
}

/// A difference to be taken apart. The totals are asked for on their own: members need not add up to them.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    pub shape: Shape,
    pub before: Figures,
    pub after: Figures,
    pub members: Vec<Member>,
    /// Decimal places that figures are written with.
    pub places: u32,
}

/// A change by its reasons, which add up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Effects {
    pub volume: Decimal,
    pub mix: Decimal,
    pub rate: Decimal,
    /// Of amounts without volume: spend on lines that name no receipt.
    pub unmeasured: Decimal,
}

impl Effects {
    #[must_use]
    pub fn total(&self) -> Decimal {
        [self.volume, self.mix, self.rate, self.unmeasured]
            .into_iter()
            .fold(Decimal::ZERO, Decimal::saturating_add)
    }

    fn and(self, other: Self) -> Self {
        Self {
            volume: self.volume.saturating_add(other.volume),
            mix: self.mix.saturating_add(other.mix),
            rate: self.rate.saturating_add(other.rate),
            unmeasured: self.unmeasured.saturating_add(other.unmeasured),
        }
    }
}

/// Whether a member was there in both ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    Both,
    New,
    Gone,
}

/// One member's part of the difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub name: Value,
    pub presence: Presence,
    /// The member's own figure before and after; `None` for a ratio over nothing.
    pub before: Option<Decimal>,
    pub after: Option<Decimal>,
    pub effects: Effects,
    /// The sum of the effects.
    pub change: Decimal,
}

/// Members beyond those that are shown, added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rest {
    pub count: usize,
    /// What their figures come to; ratios do not add up.
    pub before: Option<Decimal>,
    pub after: Option<Decimal>,
    pub effects: Effects,
}

/// A difference taken apart: `after − before = Σ parts + rest + several`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bridge {
    pub shape: Shape,
    /// As written, rounded to the places of the difference.
    pub before: Decimal,
    pub after: Decimal,
    /// The largest change first.
    pub parts: Vec<Part>,
    /// Members beyond those that are shown.
    pub rest: Option<Rest>,
    /// What is in several members and counts once in the total.
    pub several: Decimal,
}

impl Difference {
    /// Takes the difference apart; `None` where a figure is a ratio over nothing, or too large to be reckoned with.
    #[must_use]
    pub fn bridge(&self) -> Option<Bridge> {
        let rounded = |amount: Decimal| {
            amount.round_dp_with_strategy(self.places, RoundingStrategy::MidpointAwayFromZero)
        };
        let before = rounded(self.figure(self.before)?);
        let after = rounded(self.figure(self.after)?);
        let (effects, several) = match self.shape {
            Shape::Sum => self.plain()?,
            Shape::SumOverVolume => self.over_volume()?,
            Shape::Ratio => self.ratio()?,
        };
        let mut exact = Vec::with_capacity(effects.len() + 1);
        for effect in &effects {
            let parts = [effect.volume, effect.mix, effect.rate, effect.unmeasured];
            exact.push(
                parts
                    .into_iter()
                    .try_fold(Decimal::ZERO, Decimal::checked_add)?,
            );
        }
        exact.push(several);
        let mut changes = apportion(&exact, after.checked_sub(before)?, self.places)?;
        let several = changes.pop()?;
        let mut parts = Vec::with_capacity(self.members.len());
        for ((member, effect), change) in self.members.iter().zip(effects).zip(changes) {
            let split = apportion(
                &[effect.volume, effect.mix, effect.rate, effect.unmeasured],
                change,
                self.places,
            )?;
            let [volume, mix, rate, unmeasured] = split[..] else {
                return None;
            };
            parts.push(Part {
                name: member.name.clone(),
                presence: presence(member),
                before: self.figure(member.before).map(rounded),
                after: self.figure(member.after).map(rounded),
                effects: Effects {
                    volume,
                    mix,
                    rate,
                    unmeasured,
                },
                change,
            });
        }
        // Ties go by name, so that one question has one answer.
        parts.sort_by(|a, b| {
            let by_name =
                || crate::format::dimension(&a.name).cmp(&crate::format::dimension(&b.name));
            b.change.abs().cmp(&a.change.abs()).then_with(by_name)
        });
        Some(Bridge {
            shape: self.shape,
            before,
            after,
            parts,
            rest: None,
            several,
        })
    }

    fn figure(&self, figures: Figures) -> Option<Decimal> {
        match self.shape {
            Shape::Sum | Shape::SumOverVolume => Some(figures.amount),
            Shape::Ratio => figures.amount.checked_div(figures.volume),
        }
    }

    fn plain(&self) -> Option<(Vec<Effects>, Decimal)> {
        let volume = |member: &Member| {
            Some(Effects {
                volume: member.after.amount.checked_sub(member.before.amount)?,
                ..Effects::default()
            })
        };
        let effects = self
            .members
            .iter()
            .map(volume)
            .collect::<Option<Vec<_>>>()?;
        Some((effects, self.counted_in_several()?))
    }

    fn over_volume(&self) -> Option<(Vec<Effects>, Decimal)> {
        // Nothing to begin with: all that came is volume.
        let Some(growth) = self.after.volume.checked_div(self.before.volume) else {
            return self.plain();
        };
        let effects = |member: &Member| {
            let Member { before, after, .. } = member;
            let change = after.amount.checked_sub(before.amount)?;
            let Some(rate) = before.amount.checked_div(before.volume) else {
                return Some(match (before.amount.is_zero(), after.volume.is_zero()) {
                    (true, false) => Effects {
                        mix: change,
                        ..Effects::default()
                    },
                    _ => Effects {
                        unmeasured: change,
                        ..Effects::default()
                    },
                });
            };
            if after.volume.is_zero() && !after.amount.is_zero() {
                return Some(Effects {
                    unmeasured: change,
                    ..Effects::default()
                });
            }
            let volume = before
                .amount
                .checked_mul(growth)?
                .checked_sub(before.amount)?;
            let by_rate = after.amount.checked_sub(after.volume.checked_mul(rate)?)?;
            Some(Effects {
                volume,
                mix: change.checked_sub(volume)?.checked_sub(by_rate)?,
                rate: by_rate,
                unmeasured: Decimal::ZERO,
            })
        };
        let effects = self
            .members
            .iter()
            .map(effects)
            .collect::<Option<Vec<_>>>()?;
        Some((effects, self.counted_in_several()?))
    }

    /// What the total changed by beyond its members: things in several of them, counted once in it.
    fn counted_in_several(&self) -> Option<Decimal> {
        let members = self.members.iter().try_fold(Decimal::ZERO, |sum, member| {
            sum.checked_add(member.after.amount.checked_sub(member.before.amount)?)
        })?;
        self.after
            .amount
            .checked_sub(self.before.amount)?
            .checked_sub(members)
    }

    fn ratio(&self) -> Option<(Vec<Effects>, Decimal)> {
        let (before, after) = (self.figure(self.before)?, self.figure(self.after)?);
        let sum = |side: fn(&Member) -> Figures| {
            self.members
                .iter()
                .try_fold(Figures::default(), |sum, member| {
                    Some(Figures {
                        amount: sum.amount.checked_add(side(member).amount)?,
                        volume: sum.volume.checked_add(side(member).volume)?,
                    })
                })
        };
        let (over, under) = (sum(|member| member.before)?, sum(|member| member.after)?);
        let change = after.checked_sub(before)?;
        // Members that have nothing of the denominator explain nothing.
        let (Some(mean_before), Some(mean_after)) = (self.figure(over), self.figure(under)) else {
            return Some((vec![Effects::default(); self.members.len()], change));
        };
        // How many members each thing is in, on average: 1 where none is in two.
        let spread = |figure: Decimal, mean: Decimal| {
            if mean.is_zero() {
                Some(Decimal::ONE)
            } else {
                figure.checked_div(mean)
            }
        };
        let (spread_before, spread_after) =
            (spread(before, mean_before)?, spread(after, mean_after)?);
        let mut effects = Vec::with_capacity(self.members.len());
        let mut explained = Decimal::ZERO;
        for member in &self.members {
            let effect = ratio_effects(member, over, under, mean_before)?;
            let scaled = Effects {
                volume: Decimal::ZERO,
                mix: effect.mix.checked_mul(spread_before)?,
                rate: effect.rate.checked_mul(spread_before)?,
                unmeasured: effect.unmeasured.checked_mul(spread_before)?,
            };
            explained = [scaled.mix, scaled.rate, scaled.unmeasured]
                .into_iter()
                .try_fold(explained, Decimal::checked_add)?;
            effects.push(scaled);
        }
        let several = match spread_after == spread_before {
            true => Decimal::ZERO,
            false => change.checked_sub(explained)?,
        };
        Some((effects, several))
    }
}

fn ratio_effects(
    member: &Member,
    over: Figures,
    under: Figures,
    mean_before: Decimal,
) -> Option<Effects> {
    let Member { before, after, .. } = member;
    let share_before = before.volume.checked_div(over.volume)?;
    let share_after = after.volume.checked_div(under.volume)?;
    let rate_before = before.amount.checked_div(before.volume);
    let rate_after = after.amount.checked_div(after.volume);
    // Amounts over nothing add to the ratio all the same.
    let loose = |figures: &Figures, rate: Option<Decimal>, all: Decimal| match rate {
        Some(_) => Some(Decimal::ZERO),
        None => figures.amount.checked_div(all),
    };
    let unmeasured = loose(after, rate_after, under.volume)?.checked_sub(loose(
        before,
        rate_before,
        over.volume,
    )?)?;
    let moved = share_after.checked_sub(share_before)?;
    let (mix, rate) = match (rate_before, rate_after) {
        (Some(before), Some(after)) => (
            moved.checked_mul(before.checked_sub(mean_before)?)?,
            share_after.checked_mul(after.checked_sub(before)?)?,
        ),
        (Some(rate), None) | (None, Some(rate)) => (
            moved.checked_mul(rate.checked_sub(mean_before)?)?,
            Decimal::ZERO,
        ),
        (None, None) => (Decimal::ZERO, Decimal::ZERO),
    };
    Some(Effects {
        volume: Decimal::ZERO,
        mix,
        rate,
        unmeasured,
    })
}

fn presence(member: &Member) -> Presence {
    let is_there = |figures: Figures| figures != Figures::default();
    match (is_there(member.before), is_there(member.after)) {
        (false, true) => Presence::New,
        (true, false) => Presence::Gone,
        _ => Presence::Both,
    }
}

impl Bridge {
    #[must_use]
    pub fn change(&self) -> Decimal {
        self.after.saturating_sub(self.before)
    }

    /// All members' effects together, those beyond the shown ones too.
    #[must_use]
    pub fn effects(&self) -> Effects {
        let rest = self.rest.unwrap_or_default().effects;
        self.parts
            .iter()
            .fold(rest, |sum, part| sum.and(part.effects))
    }

    /// The sum of everything that is shown; the change, always.
    #[must_use]
    pub fn total(&self) -> Decimal {
        self.effects().total().saturating_add(self.several)
    }

    /// Keeps the `most` largest parts and adds the others up.
    #[must_use]
    pub fn folded(mut self, most: usize) -> Self {
        // One member of a rest may as well be named.
        if self.rest.is_some() || self.parts.len() <= most + 1 {
            return self;
        }
        let folded = self.parts.split_off(most);
        let sum = |figure: fn(&Part) -> Option<Decimal>| {
            if self.shape == Shape::Ratio {
                return None;
            }
            folded
                .iter()
                .try_fold(Decimal::ZERO, |sum, part| sum.checked_add(figure(part)?))
        };
        self.rest = Some(Rest {
            count: folded.len(),
            before: sum(|part| part.before),
            after: sum(|part| part.after),
            effects: folded
                .iter()
                .fold(Effects::default(), |sum, part| sum.and(part.effects)),
        });
        self
    }
}

/// The places that a unit's figures are written with.
#[must_use]
pub fn places(unit: Unit) -> u32 {
    match unit {
        Unit::Usd => 2,
        // Of a share: tenths of a percent.
        Unit::Ratio => 3,
        Unit::Count | Unit::Bytes | Unit::Seconds => 0,
        Unit::Number | Unit::None => 4,
    }
}
