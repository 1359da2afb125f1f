//! Which of several breakdowns explains a difference best.

use rust_decimal::Decimal;

use super::{Difference, Shape};

/// Members whose departure from the whole counts: a reason that needs more than these to be told is none.
const TOLD: usize = 3;

/// How far the difference is concentrated in few members, as a share of the figures: the sum over the three members that
/// departed most from what the whole did (for a ratio: that changed it most). 0 where all moved alike.
#[must_use]
pub fn concentration(difference: &Difference) -> Decimal {
    scored(difference).unwrap_or_default()
}

fn scored(difference: &Difference) -> Option<Decimal> {
    let mut departures = match difference.shape {
        Shape::Ratio => difference
            .bridge()?
            .parts
            .into_iter()
            .map(|part| part.change.abs())
            .collect(),
        Shape::Sum | Shape::SumOverVolume => {
            let growth = difference
                .after
                .amount
                .checked_div(difference.before.amount)
                .unwrap_or_default();
            difference
                .members
                .iter()
                .map(|member| {
                    let expected = member.before.amount.checked_mul(growth)?;
                    Some(member.after.amount.checked_sub(expected)?.abs())
                })
                .collect::<Option<Vec<_>>>()?
        }
    };
    departures.sort_unstable_by(|a, b| b.cmp(a));
    let told = departures
        .into_iter()
        .take(TOLD)
        .try_fold(Decimal::ZERO, Decimal::checked_add)?;
    let size = match difference.shape {
        Shape::Ratio => {
            let bridge = difference.bridge()?;
            bridge.before.abs().checked_add(bridge.after.abs())?
        }
        Shape::Sum | Shape::SumOverVolume => difference
            .before
            .amount
            .abs()
            .checked_add(difference.after.amount.abs())?,
    };
    told.checked_div(size)
}
