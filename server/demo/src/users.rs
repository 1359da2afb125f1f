//! The users: when they sign up, who invited them, which school they chose and when they move.
//!
//! Users are numbered in order of sign-up and nothing is stored: each answer is computed from the
//! number, following inviters backwards where it must (they signed up earlier, so that ends).

use rand::RngExt;
use rand_distr::{Distribution, Exp, Gamma, Weibull};

use crate::calendar::{CENTRAL_LAG, Calendar};
use crate::day_profile::{CLOSES, OPENS, second_of_day};
use crate::schools::Schools;
use crate::stream::{Streams, Topic};

/// Referred sign-ups per user: invites NegBin(1.6, 0.5), of mean 1.6, × conversion 0.22.
pub const K: f64 = 0.352;
/// The invites' overdispersion: a user's propensity to invite is Gamma(1.6, 1).
pub const INVITE_SHAPE: f64 = 1.6;
/// Users who change school in a year.
const MOVES_PER_YEAR: f64 = 0.03;
/// An invited user who chooses the inviter's school.
const SAME_SCHOOL: f64 = 0.62;

pub struct Users<'a> {
    count: u32,
    streams: &'a Streams,
    calendar: &'a Calendar,
    schools: &'a Schools,
    invite_delay: Exp<f64>,
    answer_delay: Weibull<f64>,
    propensity: Gamma<f64>,
    move_delay: Exp<f64>,
}

/// A user as of the sign-up.
#[derive(Debug, Clone, Copy)]
pub struct SignUp {
    pub day: usize,
    pub at: u32,
    /// The share of the day's shopping that was over by then.
    pub share_of_day: f64,
}

impl<'a> Users<'a> {
    pub fn new(
        count: u32,
        streams: &'a Streams,
        calendar: &'a Calendar,
        schools: &'a Schools,
    ) -> Result<Self, String> {
        let text = |e: &dyn std::fmt::Display| e.to_string();
        Ok(Self {
            count,
            streams,
            calendar,
            schools,
            invite_delay: Exp::new(1.0 / 5.0).map_err(|e| text(&e))?,
            answer_delay: Weibull::new(6.0, 0.8).map_err(|e| text(&e))?,
            propensity: Gamma::new(INVITE_SHAPE, 1.0).map_err(|e| text(&e))?,
            move_delay: Exp::new(MOVES_PER_YEAR / 365.25).map_err(|e| text(&e))?,
        })
    }

    pub fn count(&self) -> u32 {
        self.count
    }

    pub fn id(user: u32) -> String {
        format!("u{:07}", u64::from(user) + 1)
    }

    /// One user in each n-th part of the sign-up intensity, so numbers follow time.
    pub fn sign_up(&self, user: u32) -> SignUp {
        let within = self.streams.unit(Topic::SignUp, u64::from(user), 0);
        let joining = &self.calendar.joining;
        let position = (f64::from(user) + within) / f64::from(self.count)
            * joining.last().copied().unwrap_or(0.0);
        let day = joining
            .partition_point(|&before| before <= position)
            .saturating_sub(1)
            .min(self.calendar.last());
        let share_of_day = ((position - joining[day]) / (joining[day + 1] - joining[day]))
            .clamp(0.0, 1.0 - f64::EPSILON);
        let second = second_of_day(self.calendar.is_weekend(day), share_of_day);
        // Half an hour is left for a first receipt on the same day.
        let second = OPENS
            + (u64::from(second - OPENS) * u64::from(CLOSES - OPENS - 1800)
                / u64::from(CLOSES - OPENS)) as u32;
        SignUp {
            day,
            at: self.calendar.moment(day, second, 0),
            share_of_day,
        }
    }

    /// Who invited the user, found backwards: a delay before the sign-up somebody signed up, and
    /// the more inclined to invite, the likelier it was them.
    pub fn inviter(&self, user: u32) -> Option<u32> {
        self.invitation(user).map(|(inviter, _)| inviter)
    }

    /// The inviter, and the moment of the invite: after the inviter's sign-up, before the user's.
    pub fn invitation(&self, user: u32) -> Option<(u32, u32)> {
        let mut rng = self.streams.of(Topic::Invitation, u64::from(user), 0);
        if !rng.random_bool(K) {
            return None;
        }
        let sign_up = self.sign_up(user);
        let joining = &self.calendar.joining;
        let total = joining.last().copied().unwrap_or(0.0);
        for _ in 0..32 {
            let until_invited = self.invite_delay.sample(&mut rng);
            let delay = until_invited + self.answer_delay.sample(&mut rng);
            let then = sign_up.day as f64 + sign_up.share_of_day - delay;
            if then < 0.0 {
                continue;
            }
            let day = (then as usize).min(self.calendar.last());
            let position = joining[day] + (then - day as f64) * (joining[day + 1] - joining[day]);
            let candidate = (position / total * f64::from(self.count)) as u32;
            if candidate >= user {
                continue;
            }
            let theirs = self.sign_up(candidate).at;
            if theirs >= sign_up.at {
                continue;
            }
            if rng.random::<f64>() * 8.0 < self.propensity(candidate) {
                let between = f64::from(sign_up.at - theirs) * (until_invited / delay);
                let invited = (theirs + between as u32).clamp(theirs, sign_up.at - 1);
                return Some((candidate, invited));
            }
        }
        None
    }

    /// How many invites a user sends on average: Gamma(1.6, 1), so that the invites are NegBin(1.6, 0.5).
    pub fn propensity(&self, user: u32) -> f64 {
        let mut rng = self.streams.of(Topic::Propensity, u64::from(user), 0);
        self.propensity.sample(&mut rng)
    }

    /// The school chosen at sign-up.
    pub fn school(&self, user: u32) -> usize {
        let follows = self.streams.unit(Topic::Profile, u64::from(user), 1) < SAME_SCHOOL;
        if follows && let Some(inviter) = self.inviter(user) {
            return self.school(inviter);
        }
        let day = self.sign_up(user).day;
        self.open_school(day, |attempt| {
            self.streams
                .unit(Topic::Profile, u64::from(user), 10 + attempt)
        })
    }

    /// A school by popularity among those that have joined by a day.
    fn open_school(&self, day: usize, unit: impl Fn(u64) -> f64) -> usize {
        let joined = |&school: &usize| self.schools.all[school].joins <= day;
        (0..64)
            .map(|attempt| self.schools.pick(unit(attempt)))
            .find(joined)
            .or_else(|| (0..self.schools.all.len()).find(joined))
            .unwrap_or(0)
    }

    pub fn channel(&self, user: u32, inviter: Option<u32>) -> &'static str {
        if inviter.is_some() {
            return "referral";
        }
        let date = self.calendar.date(self.sign_up(user).day);
        // Schools hand out flyers when the year starts.
        let school = if matches!(date.month(), 8..=10) {
            0.42
        } else {
            0.24
        };
        let unit = self.streams.unit(Topic::Profile, u64::from(user), 2);
        if unit < school {
            return "school";
        }
        match (unit - school) / (1.0 - school) {
            u if u < 0.5 => "organic",
            u if u < 0.78 => "social",
            _ => "search",
        }
    }

    /// The one change of school that happens within the world, if any: landing moment and new school.
    pub fn change(&self, user: u32, school: usize) -> Option<(u32, usize)> {
        let mut rng = self.streams.of(Topic::Move, u64::from(user), 0);
        let delay = self.move_delay.sample(&mut rng).min(1e6);
        let day = self.sign_up(user).day + 1 + delay as usize;
        if day > self.calendar.last() {
            return None;
        }
        let second = second_of_day(self.calendar.is_weekend(day), rng.random());
        let stays = rng.random_bool(0.75);
        let state = self.schools.all[school].state.code;
        (0..64)
            .map(|attempt| {
                self.open_school(day, |retry| {
                    self.streams
                        .unit(Topic::Move, u64::from(user), 1 + attempt * 100 + retry)
                })
            })
            .find(|&new| new != school && (self.schools.all[new].state.code == state) == stays)
            .map(|new| (self.calendar.moment(day, second, 0), new))
    }

    /// How far the user's clock is behind Eastern time, in seconds.
    pub fn lag(&self, user: u32) -> u32 {
        if self.schools.all[self.school(user)].state.central {
            CENTRAL_LAG
        } else {
            0
        }
    }
}
