//! The one place where numbers and dates become text, on the server and in the browser alike.
//! Locale en-US, no clock, no zone look-ups.

mod calendar;
mod extent;
mod number;
#[cfg(test)]
mod tests;

use rust_decimal::Decimal;

use crate::{Unit, Value};
use number::{grouped, rounded, signed, significant};

pub use calendar::{clock, date, date_range, date_time, period, period_short};
pub use extent::{bytes, duration};

/// No data. Zero is "0".
pub const NO_DATA: &str = "–";

/// The figure in full: `$4,596,039.58`, `155,848`, `12.3%`; "–" is no data. Money has two decimals,
/// shares one, other numbers up to four; half a unit rounds away from zero. A dimension without a
/// value is "Unknown".
#[must_use]
pub fn exact(value: &Value, unit: Unit) -> String {
    match (text(value, unit), value.decimal()) {
        (Some(text), _) => text,
        (None, Some(amount)) => figure(amount, unit),
        (None, None) => NO_DATA.to_owned(),
    }
}

/// An estimate, with as many decimals as stand below each other: three below ten, two above; shares and money as in
/// [`exact`].
#[must_use]
pub fn estimate(value: &Value, unit: Unit) -> String {
    match (value.decimal(), unit) {
        (Some(amount), Unit::Number) => {
            let decimals = if amount.abs() < Decimal::TEN { 3 } else { 2 };
            number::signed(amount, decimals, |digits| digits)
        }
        _ => exact(value, unit),
    }
}

/// The figure in three significant digits and a suffix: `$4.60M`, `156K`, `$29.49`. Cents stay below
/// a hundred dollars, shares are written as in [`exact`].
#[must_use]
pub fn compact(value: &Value, unit: Unit) -> String {
    match (text(value, unit), value.decimal()) {
        (Some(text), _) => text,
        (None, Some(amount)) => short(amount, unit, false),
        (None, None) => NO_DATA.to_owned(),
    }
}

/// As [`compact`] without zeros that say nothing, for an axis: `$1.5M`, `$500`, `0`.
#[must_use]
pub fn tick(value: &Value, unit: Unit) -> String {
    match (text(value, unit), value.decimal()) {
        (Some(text), _) => text,
        (None, Some(amount)) => short(amount, unit, true),
        (None, None) => NO_DATA.to_owned(),
    }
}

/// The relative change, signed: `+4.2%`; "–" without a base or from zero. From a negative base the
/// sign still says whether the figure grew.
#[must_use]
pub fn change_percent(current: &Value, prior: &Value) -> String {
    change_ratio(current, prior)
        .map(|ratio| with_plus(ratio, figure(ratio, Unit::Ratio)))
        .unwrap_or_else(|| NO_DATA.to_owned())
}

/// The relative change as a number, 0.042 for `+4.2%`.
#[must_use]
pub fn change_ratio(current: &Value, prior: &Value) -> Option<Decimal> {
    let (current, prior) = (current.decimal()?, prior.decimal()?);
    current.checked_sub(prior)?.checked_div(prior.abs())
}

/// The absolute change, signed, in the unit: `+$1,234.00`; between shares in percentage points: `+1.2 pp`.
#[must_use]
pub fn change_absolute(current: &Value, prior: &Value, unit: Unit) -> String {
    let difference = match (current.decimal(), prior.decimal()) {
        (Some(current), Some(prior)) => current.checked_sub(prior),
        _ => None,
    };
    let Some(difference) = difference else {
        return NO_DATA.to_owned();
    };
    let written = figure(difference, unit);
    let written = match unit {
        Unit::Ratio => written.replace('%', " pp"),
        _ => written,
    };
    with_plus(difference, written)
}

/// A difference, signed: `+$1,234.00`, `−12`; of shares in percentage points.
#[must_use]
pub fn signed_amount(amount: Decimal, unit: Unit) -> String {
    change_absolute(&Value::Decimal(amount), &Value::Int(0), unit)
}

/// A dimension's value for people; rows without one are "Unknown".
#[must_use]
pub fn dimension(value: &Value) -> String {
    exact(value, Unit::None)
}

/// What needs no arithmetic.
fn text(value: &Value, unit: Unit) -> Option<String> {
    match value {
        Value::Null if unit == Unit::None => Some("Unknown".to_owned()),
        Value::Null => Some(NO_DATA.to_owned()),
        Value::Bool(true) => Some("Yes".to_owned()),
        Value::Bool(false) => Some("No".to_owned()),
        Value::Text(text) => Some(text.clone()),
        Value::Date(day) => Some(date(*day)),
        Value::DateTime(at) => Some(date_time(*at)),
        Value::Int(_) | Value::Decimal(_) | Value::Float(_) => None,
    }
}

fn figure(amount: Decimal, unit: Unit) -> String {
    match unit {
        Unit::Usd => signed(amount, 2, |digits| format!("${digits}")),
        Unit::Ratio => match amount.checked_mul(Decimal::ONE_HUNDRED) {
            Some(percent) => signed(percent, 1, |digits| format!("{digits}%")),
            None => NO_DATA.to_owned(),
        },
        Unit::Seconds => duration(amount),
        Unit::Bytes => bytes(amount),
        Unit::Count | Unit::Number | Unit::None => {
            let scale = rounded(amount, 4).normalize().scale();
            signed(amount, scale, |digits| digits)
        }
    }
}

fn short(amount: Decimal, unit: Unit, trim: bool) -> String {
    let dollars = if unit == Unit::Usd { "$" } else { "" };
    let minus = if amount.is_sign_negative() && !amount.is_zero() {
        "−"
    } else {
        ""
    };
    let size = amount.abs();
    let (digits, suffix) = match unit {
        Unit::Ratio => {
            let written = figure(amount, unit);
            return if trim {
                written.replace(".0%", "%")
            } else {
                written
            };
        }
        Unit::Seconds | Unit::Bytes => return figure(amount, unit),
        Unit::Usd if rounded(size, 2) < Decimal::ONE_HUNDRED => (grouped(rounded(size, 2), 2), ""),
        Unit::Count if size < Decimal::ONE_THOUSAND && size.fract().is_zero() => {
            (grouped(size, 0), "")
        }
        _ => significant(size),
    };
    let digits = match (trim, suffix, unit) {
        // Cents are two digits or none.
        (true, "", Unit::Usd) => digits.trim_end_matches(".00"),
        (true, ..) if digits.contains('.') => digits.trim_end_matches('0').trim_end_matches('.'),
        _ => &digits,
    };
    let minus = if digits.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        minus
    } else {
        ""
    };
    format!("{minus}{dollars}{digits}{suffix}")
}

/// "+" before a figure that grew; one that rounds to zero has no sign.
fn with_plus(amount: Decimal, written: String) -> String {
    let shows_digits = written.bytes().any(|b| (b'1'..=b'9').contains(&b));
    if amount > Decimal::ZERO && shows_digits {
        format!("+{written}")
    } else {
        written
    }
}
