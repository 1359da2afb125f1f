//! Rounding parts so that they still add up.

use rust_decimal::{Decimal, RoundingStrategy};

/// Rounds `exact` to `places`, half a unit away from zero, and hands the units by which the rounded parts miss `total`
/// to those that lost most by rounding, one each, the first of equals first. Parts that are exactly 0 stay so, where
/// there are others. `None` where the numbers are too large.
pub(super) fn apportion(exact: &[Decimal], total: Decimal, places: u32) -> Option<Vec<Decimal>> {
    let mut rounded: Vec<Decimal> = exact
        .iter()
        .map(|part| part.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero))
        .collect();
    let sum = rounded
        .iter()
        .try_fold(Decimal::ZERO, |sum, part| sum.checked_add(*part))?;
    let mut left = total.checked_sub(sum)?;
    if left.is_zero() || rounded.is_empty() {
        return left.is_zero().then_some(rounded);
    }
    let unit = Decimal::new(1, places);
    let step = if left.is_sign_negative() { -unit } else { unit };
    let mut order: Vec<usize> = (0..exact.len()).filter(|i| !exact[*i].is_zero()).collect();
    if order.is_empty() {
        order.push(0);
    }
    // What a part still lacks in the direction of what is left.
    let lack = |i: &usize| {
        let lack = exact[*i].saturating_sub(rounded[*i]);
        if step.is_sign_negative() { -lack } else { lack }
    };
    order.sort_by_key(|i| std::cmp::Reverse(lack(i)));
    for i in order.iter().cycle().take(2 * order.len() + 2) {
        if left.abs() < unit {
            break;
        }
        rounded[*i] = rounded[*i].checked_add(step)?;
        left = left.checked_sub(step)?;
    }
    // Rounding alone never leaves so much; what does goes to the largest part.
    if !left.is_zero() {
        let largest =
            (0..rounded.len()).max_by_key(|i| (rounded[*i].abs(), std::cmp::Reverse(*i)))?;
        rounded[largest] = rounded[largest].checked_add(left)?;
    }
    Some(rounded)
}
