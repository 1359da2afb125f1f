//! The k-factor: how many users a user brings, and how long that takes.

use crate::estimate::{Estimate, Z};
use crate::kaplan_meier::Observed;
use crate::mean_count::Counted;
use crate::mixture_cure::Fit;

/// What is known of who invited whom, by the numbers of users. Times are days.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// Of each user, how long ago the sign-up was.
    pub users: Vec<f64>,
    pub invites: Vec<Invite>,
    pub sign_ups: Vec<SignUp>,
}

/// An invite, from its sending on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Invite {
    /// The inviter's number.
    pub user: usize,
    /// The inviter's age when it was sent.
    pub age: f64,
    /// Until the sign-up that named it, or until now.
    pub answer: Observed,
}

/// A sign-up that another user brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignUp {
    /// The inviter's number.
    pub user: usize,
    /// The inviter's age at it.
    pub age: f64,
    /// Whether it named the invite that it came by.
    pub named: bool,
}

/// `k = i × c`, each corrected for what was not observed to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Ultimate {
    pub k: Estimate,
    /// i: invites that a user sends by the age of `horizon`.
    pub invites: Estimate,
    /// c: sign-ups per invite in the end, with those that named none.
    pub conversion: Estimate,
    /// Sign-ups per sign-up that named its invite, 1 or more.
    pub unnamed: f64,
    pub horizon: f64,
    pub fit: Fit,
}

/// From an inviter's sign-up to that of whom they brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CycleTime {
    pub median: Estimate,
    /// Of cycles shorter than `horizon`.
    pub mean: Estimate,
    pub horizon: f64,
}

/// The k-factor in the end. The interval is by inviter, with the delta method on the logarithm: what one inviter's number of
/// invites, and what came of them, move i and c by is added up before it is squared, so that overdispersed invites and
/// conversions that go together are in it. `None` where too little was observed; see [`Fit::of`].
#[must_use]
pub fn ultimate(network: &Network) -> Option<Ultimate> {
    let Network {
        users,
        invites,
        sign_ups,
    } = network;
    let sent = Counted::of(
        users,
        invites.iter().map(|invite| (invite.user, invite.age)),
    );
    let horizon = sent.horizon()?;
    let mean = sent.mean(horizon);
    let answers: Vec<Observed> = invites.iter().map(|invite| invite.answer).collect();
    let clusters: Vec<usize> = invites.iter().map(|invite| invite.user).collect();
    let fit = Fit::of(&answers, &clusters, users.len())?;
    let named = sign_ups.iter().filter(|sign_up| sign_up.named).count();
    if named == 0 || mean <= 0.0 {
        return None;
    }
    let of_named = named as f64 / sign_ups.len() as f64;
    let conversion = fit.share.value / of_named;
    // What each user moves ln i and ln c by.
    let of_invites: Vec<f64> = sent
        .influence(horizon)
        .iter()
        .map(|moved| moved / mean)
        .collect();
    let mut of_conversion: Vec<f64> = fit
        .influence
        .iter()
        .map(|moved| moved * (1.0 - fit.share.value))
        .collect();
    for sign_up in sign_ups {
        let is_named = if sign_up.named { 1.0 } else { 0.0 };
        *of_conversion.get_mut(sign_up.user)? -= (is_named - of_named) / named as f64;
    }
    let squares = |moved: &mut dyn Iterator<Item = f64>| moved.map(|m| m * m).sum::<f64>();
    let both = &mut of_invites.iter().zip(&of_conversion).map(|(i, c)| i + c);
    Some(Ultimate {
        k: Estimate::of_log(mean * conversion, squares(both)),
        invites: Estimate::of_log(mean, squares(&mut of_invites.iter().copied())),
        conversion: Estimate::of_log(conversion, squares(&mut of_conversion.iter().copied())),
        unnamed: 1.0 / of_named,
        horizon,
        fit,
    })
}

/// Median and mean of the time between an inviter's sign-up and each one they brought, as if all inviters had been observed
/// to the same age. `None` where fewer than ten were brought.
#[must_use]
pub fn cycle_time(network: &Network) -> Option<CycleTime> {
    let brought = Counted::of(
        &network.users,
        network.sign_ups.iter().map(|s| (s.user, s.age)),
    );
    let horizon = brought.horizon()?;
    let curve = brought.curve(horizon);
    let all = curve.last().map(|(_, sum)| *sum)?;
    if curve.len() < 10 {
        return None;
    }
    let whole = brought.influence(horizon);
    // The share of cycles that were over by an age, and how far users move it.
    let error_at = |age: f64, share: f64| {
        let part = brought.influence(age);
        let moved = part
            .iter()
            .zip(&whole)
            .map(|(part, whole)| (part - share * whole) / all);
        moved.map(|m| m * m).sum::<f64>().sqrt()
    };
    let reaches = |share: f64| {
        let found = curve.iter().find(|(_, sum)| sum / all >= share - 1e-12);
        found.map_or(horizon, |(age, _)| *age)
    };
    let median = reaches(0.5);
    // Woodruff: the ends of the share's interval, carried over to ages.
    let width = Z * error_at(median, 0.5);
    // E[T] = ∑ t·dF(t); each step's share moves with its users.
    let mut before = 0.0;
    let mut mean = 0.0;
    for (age, sum) in &curve {
        mean += age * (sum - before) / all;
        before = *sum;
    }
    let moved = brought.influence_of(horizon, |age| age - mean);
    let variance = moved.iter().map(|m| (m / (all * mean)).powi(2)).sum();
    Some(CycleTime {
        median: Estimate {
            value: median,
            low: reaches(0.5 - width),
            high: reaches((0.5 + width).min(1.0)),
        },
        mean: Estimate::of_log(mean, variance),
        horizon,
    })
}
