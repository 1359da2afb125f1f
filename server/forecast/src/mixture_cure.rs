//! Conversion as a mixture: a share π will convert, after a Weibull delay; the others never will.
//!
//! One who converted after t has the likelihood π·f(t), one who has not by a has 1 − π + π·S(a). What has not happened to
//! young invites is so no failure, and π is what will have come of all of them.

use crate::estimate::{Estimate, logistic};
use crate::kaplan_meier::{Curve, Observed};
use crate::nelder_mead::least;
use crate::three::{Matrix, Vector, inverse, times};

/// A day has 86,400 seconds: nothing is told apart within one.
const SHORTEST: f64 = 1.0 / 86_400.0;
/// Fewer conversions than this tell no shape.
pub const FEWEST: usize = 10;

/// The fitted mixture. The delay's distribution is Weibull: S(t) = exp(−(t / scale)^shape).
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// π: the share that converts in the end.
    pub share: Estimate,
    pub shape: Estimate,
    /// In the unit of the times.
    pub scale: Estimate,
    pub log_likelihood: f64,
    pub converted: u64,
    pub observed: u64,
    /// What each cluster moves the log-odds of the share by; they add up to its error.
    pub(crate) influence: Vec<f64>,
    /// Log-odds of the share, log of shape, log of scale, and their covariance.
    free: Vector,
    covariance: Matrix,
}

impl Fit {
    /// Fits by maximum likelihood. `clusters` says for each observed which cluster (inviter) it belongs to, below `many`: what
    /// comes of one inviter's invites need not be independent, so the intervals are by cluster (the sandwich). `None` where
    /// fewer than [`FEWEST`] converted, none is left, or the likelihood has no peak: too little was observed to tell the
    /// share from the delay.
    #[must_use]
    pub fn of(observed: &[Observed], clusters: &[usize], many: usize) -> Option<Self> {
        let converted = observed.iter().filter(|o| o.happened).count();
        if converted < FEWEST || converted == observed.len() || observed.len() != clusters.len() {
            return None;
        }
        let start = beginning(observed);
        let minus =
            |free: &Vector| -> f64 { -observed.iter().map(|o| likelihood(o, free)).sum::<f64>() };
        let rough = least(start, 0.4, 1e-3, minus)?;
        let free = climb(observed, rough)?;
        let bread = inverse(&information(observed, &free))?;
        let mut scores = vec![[0.0; 3]; many];
        for (one, &cluster) in observed.iter().zip(clusters) {
            let score = score(one, &free);
            for (sum, part) in scores.get_mut(cluster)?.iter_mut().zip(score) {
                *sum += part;
            }
        }
        let moved: Vec<Vector> = scores.iter().map(|score| times(&bread, score)).collect();
        let mut covariance = [[0.0; 3]; 3];
        for one in &moved {
            for (i, row) in covariance.iter_mut().enumerate() {
                for (j, cell) in row.iter_mut().enumerate() {
                    *cell += one[i] * one[j];
                }
            }
        }
        let [share, shape, scale] = free;
        let fit = Self {
            share: Estimate::of_log_odds(logistic(share), covariance[0][0]),
            shape: Estimate::of_log(shape.exp(), covariance[1][1]),
            scale: Estimate::of_log(scale.exp(), covariance[2][2]),
            log_likelihood: -minus(&free),
            converted: converted as u64,
            observed: observed.len() as u64,
            influence: moved.iter().map(|one| one[0]).collect(),
            free,
            covariance,
        };
        // Two shares of one in a thousand and of all alike: nothing was said.
        (covariance.iter().flatten().all(|c| c.is_finite())
            && fit.share.high - fit.share.low < 0.98)
            .then_some(fit)
    }

    /// The share that has converted by a time, with its interval (delta method on the log-odds).
    #[must_use]
    pub fn converted_by(&self, time: f64) -> Estimate {
        let at = |free: &Vector| {
            let [share, shape, scale] = *free;
            logistic(share) * -(-(time.max(0.0) / scale.exp()).powf(shape.exp())).exp_m1()
        };
        let value = at(&self.free);
        if value <= 0.0 {
            return Estimate {
                value: 0.0,
                low: 0.0,
                high: 0.0,
            };
        }
        let odds = |p: f64| (p / (1.0 - p)).ln();
        let mut slope = [0.0; 3];
        for (i, part) in slope.iter_mut().enumerate() {
            let (mut up, mut down) = (self.free, self.free);
            up[i] += 1e-5;
            down[i] -= 1e-5;
            *part = (odds(at(&up)) - odds(at(&down))) / 2e-5;
        }
        let turned = times(&self.covariance, &slope);
        let variance = slope.iter().zip(turned).map(|(a, b)| a * b).sum();
        Estimate::of_log_odds(value, variance)
    }
}

/// Log-likelihood of one observed, by the log-odds of π, log shape and log scale.
fn likelihood(one: &Observed, free: &Vector) -> f64 {
    let [odds, log_shape, log_scale] = *free;
    let (share, shape) = (logistic(odds), log_shape.exp());
    let log_time = one.time.max(SHORTEST).ln() - log_scale;
    let hazard = (shape * log_time).exp();
    if one.happened {
        share.ln() + log_shape - log_scale + (shape - 1.0) * log_time - hazard
    } else {
        (1.0 - share + share * (-hazard).exp()).ln()
    }
}

/// The likelihood's slope in each parameter.
fn score(one: &Observed, free: &Vector) -> Vector {
    let [odds, log_shape, log_scale] = *free;
    let (share, shape) = (logistic(odds), log_shape.exp());
    let log_time = one.time.max(SHORTEST).ln() - log_scale;
    let hazard = (shape * log_time).exp();
    if one.happened {
        let by_shape = 1.0 + shape * log_time * (1.0 - hazard);
        [1.0 - share, by_shape, shape * (hazard - 1.0)]
    } else {
        let left = (-hazard).exp();
        let waiting = 1.0 - share + share * left;
        // Of a hazard that is infinite nothing is left, whatever it is multiplied by.
        let pull = if left > 0.0 {
            share * left * shape * hazard / waiting
        } else {
            0.0
        };
        [
            share * (1.0 - share) * (left - 1.0) / waiting,
            -pull * log_time,
            pull,
        ]
    }
}

fn total_score(observed: &[Observed], free: &Vector) -> Vector {
    let mut sum = [0.0; 3];
    for one in observed {
        for (sum, part) in sum.iter_mut().zip(score(one, free)) {
            *sum += part;
        }
    }
    sum
}

/// The observed information: minus the score's slope, by differences, made symmetric.
fn information(observed: &[Observed], free: &Vector) -> Matrix {
    let mut found = [[0.0; 3]; 3];
    for i in 0..3 {
        let (mut up, mut down) = (*free, *free);
        up[i] += 1e-4;
        down[i] -= 1e-4;
        let (up, down) = (total_score(observed, &up), total_score(observed, &down));
        for j in 0..3 {
            let slope = (down[j] - up[j]) / 2e-4;
            found[i][j] += slope / 2.0;
            found[j][i] += slope / 2.0;
        }
    }
    found
}

/// Newton's steps from near the peak; `None` where they lead away.
fn climb(observed: &[Observed], rough: Vector) -> Option<Vector> {
    let mut free = rough;
    for _ in 0..25 {
        let step = times(
            &inverse(&information(observed, &free))?,
            &total_score(observed, &free),
        );
        let length = step.iter().map(|s| s.abs()).fold(0.0, f64::max);
        if !length.is_finite() || free.iter().any(|f| f.abs() > 25.0) {
            return None;
        }
        let share = (0.5 / length).min(1.0);
        for (part, step) in free.iter_mut().zip(step) {
            *part += share * step;
        }
        if length < 1e-9 {
            return Some(free);
        }
    }
    None
}

/// What the curve without a model says: the share converted at its end, and the delay by which two thirds of those had.
fn beginning(observed: &[Observed]) -> Vector {
    let steps = Curve::of(observed).steps;
    let end = steps
        .last()
        .map_or(0.5, |step| 1.0 - step.left.value)
        .clamp(0.01, 0.95);
    let most = steps
        .iter()
        .find(|step| 1.0 - step.left.value >= end * 0.632);
    let scale = most.map_or(1.0, |step| step.time.max(SHORTEST));
    [(end / (1.0 - end)).ln(), 0.0, scale.ln()]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_score_is_the_slope_of_the_likelihood() {
        for happened in [true, false] {
            for time in [0.0, 0.01, 1.0, 7.5, 400.0] {
                let one = Observed { time, happened };
                let free = [-1.2, -0.2, 1.8];
                let slope = score(&one, &free);
                for i in 0..3 {
                    let (mut up, mut down) = (free, free);
                    up[i] += 1e-6;
                    down[i] -= 1e-6;
                    let by_differences = (likelihood(&one, &up) - likelihood(&one, &down)) / 2e-6;
                    assert!(
                        (by_differences - slope[i]).abs() < 1e-4,
                        "{one:?} {i}: {by_differences} {slope:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn too_little_to_tell_is_no_fit() {
        let few: Vec<Observed> = (0..40)
            .map(|n| Observed {
                time: 1.0 + f64::from(n),
                happened: n < 5,
            })
            .collect();
        let alone: Vec<usize> = (0..40).collect();
        assert_eq!(Fit::of(&few, &alone, 40), None);
        let all: Vec<Observed> = (0..40)
            .map(|n| Observed {
                time: 1.0 + f64::from(n),
                happened: true,
            })
            .collect();
        assert_eq!(Fit::of(&all, &alone, 40), None);
        assert_eq!(Fit::of(&[], &[], 0), None);
    }
}
