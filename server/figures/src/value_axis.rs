//! Round ticks on the value axis, and how they are written.

use marts::{Unit, Value, format};

/// Ticks that hold zero and every value between them; ascending, at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueAxis {
    pub ticks: Vec<f64>,
    pub low: f64,
    pub high: f64,
}

impl ValueAxis {
    /// An axis from zero to beyond `low..=high`, with at most about `steps` steps.
    #[must_use]
    pub fn new(low: f64, high: f64, steps: u32, unit: Unit) -> Self {
        let (low, high) = (low.min(0.0), high.max(0.0));
        let span = high - low;
        if span <= 0.0 || !span.is_finite() {
            return Self {
                ticks: vec![0.0],
                low: 0.0,
                high: 1.0,
            };
        }
        let step = round_step(span / f64::from(steps.max(1)), unit == Unit::Count);
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        let mut ticks = Vec::new();
        let mut n = first;
        while n <= last {
            ticks.push(n * step);
            n += 1.0;
        }
        Self {
            low: first * step,
            high: last * step,
            ticks,
        }
    }

    /// Labels of the ticks; the currency stands once, at the topmost.
    #[must_use]
    pub fn labels(&self, unit: Unit) -> Vec<String> {
        let top = self.ticks.len().saturating_sub(1);
        let label = |(i, tick): (usize, &f64)| {
            let label = format::tick(&Value::Float(*tick), unit);
            if unit == Unit::Usd && i != top {
                label.replace('$', "")
            } else {
                label
            }
        };
        self.ticks.iter().enumerate().map(label).collect()
    }
}

/// The smallest of 1, 2, 2.5 and 5 times a power of ten that is at least `rough`; whole for counts.
fn round_step(rough: f64, whole: bool) -> f64 {
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|step| *step >= rough * 0.999_999 && (!whole || step.fract() == 0.0))
        .unwrap_or(10.0 * power);
    if whole { step.max(1.0) } else { step }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_round_and_start_at_zero() {
        assert_eq!(
            ValueAxis::new(31.0, 84_000.0, 4, Unit::Usd).ticks,
            [0.0, 25e3, 50e3, 75e3, 100e3]
        );
        assert_eq!(ValueAxis::new(0.0, 0.19, 4, Unit::Ratio).ticks.len(), 5);
        assert_eq!(
            ValueAxis::new(-30.0, 60.0, 4, Unit::Usd).ticks,
            [-50.0, -25.0, 0.0, 25.0, 50.0, 75.0]
        );
    }

    #[test]
    fn counts_are_never_split() {
        assert_eq!(
            ValueAxis::new(0.0, 3.0, 4, Unit::Count).ticks,
            [0.0, 1.0, 2.0, 3.0]
        );
        let ticks = ValueAxis::new(0.0, 9.0, 4, Unit::Count).ticks;
        assert!(ticks.iter().all(|t| t.fract() == 0.0), "{ticks:?}");
    }

    #[test]
    fn nothing_but_zeros_has_one_tick() {
        assert_eq!(ValueAxis::new(0.0, 0.0, 4, Unit::Usd).ticks, [0.0]);
    }

    #[test]
    fn the_currency_stands_once_at_the_top() {
        let labels = ValueAxis::new(0.0, 84_000.0, 4, Unit::Usd).labels(Unit::Usd);
        assert_eq!(labels, ["0", "25K", "50K", "75K", "$100K"]);
    }

    proptest! {
        #[test]
        fn every_value_stands_between_the_ends(a in -1e300..1e300f64, b in -1e300..1e300f64, steps in 1u32..8) {
            let axis = ValueAxis::new(a.min(b), a.max(b), steps, Unit::Number);
            prop_assert!(axis.low <= a.min(b) && axis.high >= a.max(b), "{axis:?}");
            prop_assert!(axis.low <= 0.0 && axis.high >= 0.0);
            prop_assert!(axis.ticks.len() <= steps as usize + 3, "{axis:?}");
        }
    }
}
