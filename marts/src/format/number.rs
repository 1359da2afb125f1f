//! Decimal digits as people read them.

use rust_decimal::{Decimal, RoundingStrategy};

const SUFFIXES: [&str; 5] = ["", "K", "M", "B", "T"];

/// Half a unit rounds away from zero, as an accountant expects.
pub(super) fn rounded(amount: Decimal, decimals: u32) -> Decimal {
    amount.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
}

/// `1,234.50` with exactly `decimals` digits after the point; `amount` is not negative.
pub(super) fn grouped(amount: Decimal, decimals: u32) -> String {
    let written = format!("{:.*}", decimals as usize, rounded(amount, decimals));
    let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
    let mut text = String::with_capacity(written.len() + whole.len() / 3);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// Rounds, groups, dresses the digits, and puts the minus (U+2212) before everything.
pub(super) fn signed(amount: Decimal, decimals: u32, dress: impl Fn(String) -> String) -> String {
    let amount = rounded(amount, decimals);
    let dressed = dress(grouped(amount.abs(), decimals));
    if amount.is_sign_negative() && !amount.is_zero() {
        format!("−{dressed}")
    } else {
        dressed
    }
}

/// Three significant digits and a suffix for thousands, millions, …; `size` is not negative.
pub(super) fn significant(size: Decimal) -> (String, &'static str) {
    let mut scaled = size;
    let mut suffixes = SUFFIXES.into_iter().peekable();
    while let Some(suffix) = suffixes.next() {
        for (decimals, below) in [(2, 10), (1, 100), (0, 1000)] {
            // Rounding comes before the test: 9.996 is 10.0, and 999.6 thousand is a million.
            if rounded(scaled, decimals) < Decimal::from(below) {
                return (grouped(scaled, decimals), suffix);
            }
        }
        if suffixes.peek().is_none() {
            return (grouped(scaled, 0), suffix);
        }
        scaled /= Decimal::ONE_THOUSAND;
    }
    (grouped(size, 0), "")
}
