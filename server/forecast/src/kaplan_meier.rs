//! Kaplan and Meier's estimate of how many are left after a time, with Greenwood's variance.

use crate::estimate::{Estimate, Z};

/// One that was observed for `time`: until what was waited for happened, or until nobody looked any more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observed {
    pub time: f64,
    pub happened: bool,
}

/// The curve steps down at each time at which something happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    pub time: f64,
    /// Still waiting just before.
    pub at_risk: u64,
    pub happened: u64,
    /// The share left after it, with a 90 % interval by log(−log): it stays between 0 and 1. Where none is left there is
    /// no interval but the point itself.
    pub left: Estimate,
    /// Greenwood's standard error of the share left.
    pub standard_error: f64,
}

/// The whole curve; 1 before its first step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curve {
    pub steps: Vec<Step>,
}

impl Curve {
    /// Who was censored at the time of an event was still at risk of it. Times that are no numbers are left out.
    #[must_use]
    pub fn of(observed: &[Observed]) -> Self {
        let mut all: Vec<Observed> = observed
            .iter()
            .copied()
            .filter(|o| !o.time.is_nan())
            .collect();
        all.sort_by(|a, b| a.time.total_cmp(&b.time));
        let (mut left, mut greenwood, mut steps) = (1.0, 0.0, Vec::new());
        let mut at = 0;
        while at < all.len() {
            let time = all[at].time;
            let until = at + all[at..].partition_point(|o| o.time <= time);
            let happened = all[at..until].iter().filter(|o| o.happened).count();
            if happened > 0 {
                let (risk, many) = ((all.len() - at) as f64, happened as f64);
                left *= 1.0 - many / risk;
                greenwood += many / (risk * (risk - many));
                steps.push(Step {
                    time,
                    at_risk: (all.len() - at) as u64,
                    happened: happened as u64,
                    left: interval(left, greenwood),
                    standard_error: if left > 0.0 {
                        left * greenwood.sqrt()
                    } else {
                        0.0
                    },
                });
            }
            at = until;
        }
        Self { steps }
    }

    /// The last step at or before a time; `None` before the first.
    #[must_use]
    pub fn at(&self, time: f64) -> Option<&Step> {
        let after = self.steps.partition_point(|step| step.time <= time);
        after.checked_sub(1).and_then(|last| self.steps.get(last))
    }

    /// The first time after which at most half are left; `None` where more than half are left to the end.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        let halved = self
            .steps
            .iter()
            .find(|step| step.left.value <= 0.5 + 1e-12);
        halved.map(|step| step.time)
    }
}

fn interval(left: f64, greenwood: f64) -> Estimate {
    if left <= 0.0 || !greenwood.is_finite() {
        return Estimate {
            value: left,
            low: left,
            high: left,
        };
    }
    let width = (Z * greenwood.sqrt() / left.ln().abs()).exp();
    Estimate {
        value: left,
        low: left.powf(width),
        high: left.powf(1.0 / width),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Weeks of remission under 6-mercaptopurine (Freireich and others, 1963); a minus is one that was censored.
    const FREIREICH: [f64; 21] = [
        6.0, 6.0, 6.0, -6.0, 7.0, -9.0, 10.0, -10.0, -11.0, 13.0, 16.0, -17.0, -19.0, -20.0, 22.0,
        23.0, -25.0, -32.0, -32.0, -34.0, -35.0,
    ];

    fn observed(weeks: &[f64]) -> Vec<Observed> {
        let one = |week: &f64| Observed {
            time: week.abs(),
            happened: *week > 0.0,
        };
        weeks.iter().map(one).collect()
    }

    #[test]
    fn freireichs_remissions_are_those_of_the_textbooks() {
        let curve = Curve::of(&observed(&FREIREICH));
        let rounded = |x: f64| (x * 1e4).round() / 1e4;
        let found: Vec<_> = curve
            .steps
            .iter()
            .map(|s| (s.time, s.at_risk, rounded(s.left.value)))
            .collect();
        assert_eq!(
            found,
            [
                (6.0, 21, 0.8571),
                (7.0, 17, 0.8067),
                (10.0, 15, 0.7529),
                (13.0, 12, 0.6902),
                (16.0, 11, 0.6275),
                (22.0, 7, 0.5378),
                (23.0, 6, 0.4482),
            ]
        );
        assert_eq!(curve.median(), Some(23.0));
        let errors: Vec<f64> = curve
            .steps
            .iter()
            .map(|s| rounded(s.standard_error))
            .collect();
        assert_eq!(
            errors,
            [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
        );
        assert!(curve.at(5.9).is_none());
        assert_eq!(curve.at(12.0).unwrap().time, 10.0);
    }

    #[test]
    fn an_interval_lies_around_its_share_and_between_nothing_and_all() {
        for step in Curve::of(&observed(&FREIREICH)).steps {
            let Estimate { value, low, high } = step.left;
            assert!(
                0.0 < low && low < value && value < high && high < 1.0,
                "{step:?}"
            );
        }
        // By hand: exp(±1.64485 · √(3/(21·18)) / ln 0.857) of 0.857.
        let first = Curve::of(&observed(&FREIREICH)).steps[0].left;
        let width: f64 = 1.644_853_626_951_472_2 * (3.0_f64 / (21.0 * 18.0)).sqrt()
            / (18.0_f64 / 21.0).ln().abs();
        assert!((first.low - (18.0_f64 / 21.0).powf(width.exp())).abs() < 1e-12);
    }

    #[test]
    fn without_censoring_it_is_the_share_left_and_in_the_end_none_is() {
        let curve = Curve::of(&observed(&[1.0, 2.0, 3.0, 4.0]));
        let left: Vec<f64> = curve.steps.iter().map(|s| s.left.value).collect();
        assert_eq!(left, [0.75, 0.5, 0.25, 0.0]);
        assert_eq!(curve.median(), Some(2.0));
        assert_eq!(
            curve.steps[3].left,
            Estimate {
                value: 0.0,
                low: 0.0,
                high: 0.0
            }
        );
    }

    #[test]
    fn of_nothing_and_where_nothing_happens_there_is_no_step_and_no_median() {
        assert_eq!(Curve::of(&[]), Curve::default());
        assert_eq!(Curve::of(&observed(&[-3.0, -4.0])).median(), None);
        assert_eq!(
            Curve::of(&[Observed {
                time: f64::NAN,
                happened: true
            }]),
            Curve::default()
        );
    }
}
