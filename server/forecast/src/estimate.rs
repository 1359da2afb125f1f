//! A figure with its 90 % interval.

/// The 95th percentile of the standard normal distribution: 5 % lie on either side of a 90 % interval.
pub const Z: f64 = 1.644_853_626_951_472_2;

/// A figure and the ends of its 90 % interval, `low ≤ value ≤ high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl Estimate {
    /// A positive figure whose logarithm has this variance.
    #[must_use]
    pub fn of_log(value: f64, variance_of_log: f64) -> Self {
        let width = (Z * variance_of_log.max(0.0).sqrt()).exp();
        Self {
            value,
            low: value / width,
            high: value * width,
        }
    }

    /// A share between 0 and 1 whose log-odds have this variance.
    #[must_use]
    pub fn of_log_odds(value: f64, variance_of_log_odds: f64) -> Self {
        let odds = (value / (1.0 - value)).ln();
        let width = Z * variance_of_log_odds.max(0.0).sqrt();
        Self {
            value,
            low: logistic(odds - width),
            high: logistic(odds + width),
        }
    }

    /// A mean of counts, `total` over `many`, of which the squares add up to `squares`: the counts of users who invite much
    /// are as far from the mean as they are, so the interval holds whatever their distribution is. `None` of nobody.
    #[must_use]
    pub fn of_counts(total: u64, squares: u64, many: u64) -> Option<Self> {
        if many == 0 {
            return None;
        }
        let (total, squares, many) = (total as f64, squares as f64, many as f64);
        let value = total / many;
        if total == 0.0 {
            // With nothing seen in `many` tries, rates up to this one are not unlikely (5 %).
            return Some(Self {
                value,
                low: 0.0,
                high: -(0.05_f64.ln()) / many,
            });
        }
        let spread = (squares - total * value).max(0.0) / (many - 1.0).max(1.0);
        // One user tells nothing of the spread between users; a count alone is at least as uncertain as Poisson's.
        let variance = if many > 1.0 { spread / many } else { value };
        Some(Self::of_log(value, variance / (value * value)))
    }

    #[must_use]
    pub fn covers(&self, truth: f64) -> bool {
        self.low <= truth && truth <= self.high
    }
}

pub(crate) fn logistic(odds: f64) -> f64 {
    1.0 / (1.0 + (-odds).exp())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn nobody_has_no_figure_and_nothing_seen_is_zero_with_an_upper_end() {
        assert_eq!(Estimate::of_counts(0, 0, 0), None);
        let none = Estimate::of_counts(0, 0, 100).unwrap();
        assert_eq!((none.value, none.low), (0.0, 0.0));
        assert!((none.high - 0.029_957).abs() < 1e-6);
    }

    #[test]
    fn one_user_with_all_the_counts_widens_the_interval() {
        let even = Estimate::of_counts(100, 100, 200).unwrap();
        let one = Estimate::of_counts(100, 10_000, 200).unwrap();
        assert_eq!(even.value, one.value);
        assert!(one.high / one.low > 3.0 * even.high / even.low);
    }

    #[test]
    fn a_share_stays_between_nothing_and_all() {
        let share = Estimate::of_log_odds(0.98, 4.0);
        assert!(share.low > 0.0 && share.high < 1.0 && share.covers(0.98));
    }
}
