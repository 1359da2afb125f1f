//! How much of what users could ask for today they ask for within some days, as a distribution.
//!
//! Users do not ask independently of each other: school terms, campaigns and news move all of them. Independent draws make the
//! tail meaningless, since of a large book they are all nearly the mean. So each month has a shock that all users share, and
//! the rate itself is as uncertain as its history is short.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Gamma, StandardNormal};

/// A shared shock varies by at least so much, relative to its mean: less is not told by a few quiet months.
pub const LEAST_SHOCK: f64 = 0.05;
/// Shocks are of so many days each.
const MONTH_DAYS: f64 = 30.0;
/// Enough that the 99th percentile moves by less than 1 % from seed to seed.
pub const DRAWS: usize = 20_000;
/// The percentiles that are told.
pub const QUANTILES: [f64; 4] = [0.5, 0.8, 0.95, 0.99];

/// What was asked for in a whole month.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Month {
    /// In all.
    pub asked: f64,
    /// In how many requests.
    pub requests: u64,
    /// What could have been asked for, summed over the month's days.
    pub balance_days: f64,
}

/// The rate at which balances are asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// The share of a balance asked for by day.
    pub per_day: f64,
    /// Variance of the rate's estimate, relative to its square.
    pub variance: f64,
    /// Variance of a month's shared shock, whose mean is 1.
    pub shock: f64,
}

impl Rate {
    /// By the months observed; `None` where nothing was ever asked for.
    ///
    /// The shock's variance is that of the months' rates beyond what so few requests vary by themselves (method of moments),
    /// and no less than [`LEAST_SHOCK`].
    #[must_use]
    pub fn of(months: &[Month]) -> Option<Self> {
        let known: Vec<&Month> = months.iter().filter(|m| m.balance_days > 0.0).collect();
        let asked: f64 = known.iter().map(|m| m.asked).sum();
        let days: f64 = known.iter().map(|m| m.balance_days).sum();
        let requests: u64 = known.iter().map(|m| m.requests).sum();
        if asked <= 0.0 || requests == 0 {
            return None;
        }
        let per_day = asked / days;
        let many = known.len() as f64;
        let by_chance = many / requests as f64;
        let spread = known
            .iter()
            .map(|m| (m.asked / m.balance_days / per_day - 1.0).powi(2))
            .sum::<f64>()
            / (many - 1.0).max(1.0);
        let shock = (spread - by_chance).max(LEAST_SHOCK);
        Some(Self {
            per_day,
            variance: 1.0 / requests as f64 + shock / many,
            shock,
        })
    }
}

/// What is asked for of `balances` within `days`, at [`QUANTILES`]: each user asks for all of theirs or for nothing, at one
/// rate. The same arguments give the same figures.
#[must_use]
pub fn quantiles(rate: Rate, balances: &[f64], days: u32, seed: u64) -> [f64; 4] {
    let book: f64 = balances.iter().sum();
    let squares: f64 = balances.iter().map(|b| b * b).sum();
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let days = f64::from(days);
    let months = (days / MONTH_DAYS).ceil().max(1.0) as usize;
    let mut drawn: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let rate_drawn = rate.per_day * with_mean_one(rate.variance, &mut chance);
            let shocks: f64 = (0..months)
                .map(|_| with_mean_one(rate.shock, &mut chance))
                .sum();
            let share = 1.0 - (-rate_drawn * shocks * days / months as f64).exp();
            // Of many users of their own mind the sum is nearly normal.
            let own: f64 = StandardNormal.sample(&mut chance);
            let spread = (share * (1.0 - share) * squares).max(0.0).sqrt();
            (share * book + own * spread).clamp(0.0, book)
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    QUANTILES.map(|quantile| {
        let at = (quantile * (DRAWS - 1) as f64).round() as usize;
        drawn.get(at).copied().unwrap_or(0.0)
    })
}

/// A draw of mean 1 and this variance.
fn with_mean_one(variance: f64, chance: &mut ChaCha8Rng) -> f64 {
    if variance <= 0.0 {
        return 1.0;
    }
    match Gamma::new(1.0 / variance, variance) {
        Ok(gamma) => gamma.sample(chance),
        Err(_) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Of a book so large and a rate so low that neither users' own minds nor what is left tell.
    fn of_shock(shock: f64, days: u32) -> [f64; 4] {
        let rate = Rate {
            per_day: 1e-6,
            variance: 0.0,
            shock,
        };
        quantiles(rate, &vec![100.0; 10_000_000], days, 1)
    }

    /// The shocks of n months of variance 0.05 add up to a Gamma of shape 20 n, which is half a chi-square of 40 n degrees of
    /// freedom. Its tables have 39.335 and 63.691 for 40 at .5 and .99, 79.334 and 112.329 for 80.
    #[test]
    fn a_shared_shock_has_the_tail_of_a_chi_square() {
        for (days, middle, tail) in [(30, 39.335, 63.691), (60, 79.334, 112.329)] {
            let [p50, _, _, p99] = of_shock(0.05, days);
            let expected = tail / middle;
            // Users' own minds widen it by a little.
            assert!(
                ((p99 / p50) / expected - 1.0).abs() < 0.03,
                "{days} days: {} for {expected}",
                p99 / p50
            );
        }
    }

    #[test]
    fn without_a_shared_shock_a_large_book_has_no_tail() {
        let rate = Rate {
            per_day: 0.002,
            variance: 0.0,
            shock: 0.0,
        };
        let [p50, .., p99] = quantiles(rate, &vec![15.0; 100_000], 90, 1);
        assert!(p99 / p50 < 1.02, "{}", p99 / p50);
        let share = 1.0 - (-0.18_f64).exp();
        assert!((p50 / (1_500_000.0 * share) - 1.0).abs() < 0.005);
    }

    #[test]
    fn no_more_is_asked_for_than_there_is_and_more_in_more_time() {
        let months = [
            Month {
                asked: 10.0,
                requests: 2,
                balance_days: 900.0,
            },
            Month {
                asked: 90.0,
                requests: 9,
                balance_days: 1_200.0,
            },
            Month {
                asked: 40.0,
                requests: 5,
                balance_days: 1_500.0,
            },
        ];
        let rate = Rate::of(&months).unwrap();
        assert!((rate.per_day - 140.0 / 3_600.0).abs() < 1e-12);
        assert!(rate.shock > LEAST_SHOCK && rate.variance > 1.0 / 16.0);
        let balances = [10.0, 12.5, 30.0];
        let mut before = [0.0; 4];
        for days in [30, 60, 90] {
            let told = quantiles(rate, &balances, days, 7);
            assert_eq!(told, quantiles(rate, &balances, days, 7));
            assert!(told.is_sorted() && told[3] <= 52.5);
            assert!(told.iter().zip(before).all(|(now, before)| *now >= before));
            before = told;
        }
    }

    #[test]
    fn without_a_request_there_is_no_rate() {
        assert_eq!(Rate::of(&[]), None);
        let quiet = Month {
            asked: 0.0,
            requests: 0,
            balance_days: 100.0,
        };
        assert_eq!(Rate::of(&[quiet]), None);
    }
}
