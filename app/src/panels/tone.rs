//! Whether a change is good news, told by colour and by sign.

use std::cmp::Ordering;

use marts::{Unit, Value, format};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Good,
    Bad,
    Flat,
}

impl Tone {
    /// More is better: every metric so far counts something the company wants more of.
    #[must_use]
    pub fn of_change(current: &Value, prior: &Value) -> Self {
        match format::change_ratio(current, prior).map(|ratio| ratio.cmp(&0.into())) {
            Some(Ordering::Greater) => Self::Good,
            Some(Ordering::Less) => Self::Bad,
            Some(Ordering::Equal) | None => Self::Flat,
        }
    }

    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Good => "is-good",
            Self::Bad => "is-bad",
            Self::Flat => "is-flat",
        }
    }

    /// For those who do not see the colour.
    #[must_use]
    pub fn arrow(self) -> &'static str {
        match self {
            Self::Good => "↑",
            Self::Bad => "↓",
            Self::Flat => "",
        }
    }
}

/// `+$1,234.00 (+4.2%)`; "–" where there is nothing to compare with.
#[must_use]
pub fn change(current: &Value, prior: &Value, unit: Unit) -> String {
    let absolute = format::change_absolute(current, prior, unit);
    let percent = format::change_percent(current, prior);
    if percent == format::NO_DATA {
        absolute
    } else {
        format!("{absolute} ({percent})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_of_the_change_decides() {
        assert_eq!(Tone::of_change(&Value::Int(3), &Value::Int(2)), Tone::Good);
        assert_eq!(Tone::of_change(&Value::Int(1), &Value::Int(2)), Tone::Bad);
        assert_eq!(Tone::of_change(&Value::Int(2), &Value::Int(2)), Tone::Flat);
        assert_eq!(Tone::of_change(&Value::Int(2), &Value::Null), Tone::Flat);
        assert_eq!(Tone::of_change(&Value::Int(2), &Value::Int(0)), Tone::Flat);
    }

    #[test]
    fn a_change_is_written_absolute_and_relative() {
        assert_eq!(
            change(&Value::Int(150), &Value::Int(100), Unit::Count),
            "+50 (+50.0%)"
        );
        assert_eq!(
            change(&Value::Int(150), &Value::Int(0), Unit::Count),
            "+150"
        );
        assert_eq!(change(&Value::Int(150), &Value::Null, Unit::Count), "–");
    }
}
