//! A user's receipts over time, as BG/NBD has it: each shopper a rate and a chance of leaving
//! after each receipt, both drawn once; time runs faster on busy days.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution, Exp1, Gamma};

use crate::calendar::Calendar;
use crate::day_profile::second_of_day;
use crate::spill::Receipt;
use crate::stream::{Streams, Topic};
use crate::users::Users;

/// Receipts per busy-adjusted day: Gamma(shape, scale).
pub const RATE_SHAPE: f64 = 0.95;
pub const RATE_SCALE: f64 = 0.095;
/// Chance of leaving after a receipt: Beta(a, b).
pub const LEAVE: (f64, f64) = (0.8, 7.0);
/// Users who scan a receipt right after signing up.
const AT_ONCE: f64 = 0.46;
pub const MOST_LINES: u8 = 15;

pub struct Visits<'a> {
    users: &'a Users<'a>,
    calendar: &'a Calendar,
    streams: &'a Streams,
    rate: Gamma<f64>,
    leave: Beta<f64>,
    basket: Gamma<f64>,
}

/// What no landing file says about a user.
#[derive(Debug, Clone, Copy)]
pub struct Nature {
    /// Receipts per busy-adjusted day.
    pub rate: f64,
    /// The chance of leaving after each receipt.
    pub leave: f64,
    /// Has left by the world's end, after the last receipt.
    pub left: bool,
}

impl<'a> Visits<'a> {
    pub fn new(
        users: &'a Users<'a>,
        calendar: &'a Calendar,
        streams: &'a Streams,
    ) -> Result<Self, String> {
        Ok(Self {
            users,
            calendar,
            streams,
            rate: Gamma::new(RATE_SHAPE, RATE_SCALE).map_err(|e| e.to_string())?,
            leave: Beta::new(LEAVE.0, LEAVE.1).map_err(|e| e.to_string())?,
            basket: Gamma::new(1.5, 1.0).map_err(|e| e.to_string())?,
        })
    }

    /// Appends the user's receipts, not in order of time within a day.
    pub fn of(&self, user: u32, to: &mut Vec<Receipt>) -> Nature {
        let mut rng = self.streams.of(Topic::Visits, u64::from(user), 0);
        let rate = self.rate.sample(&mut rng);
        let leave = self.leave.sample(&mut rng).clamp(0.0, 1.0);
        let nature = |left| Nature { rate, leave, left };
        let usual_basket = 1.6 + 1.5 * self.basket.sample(&mut rng);
        let sign_up = self.users.sign_up(user);
        let lag = self.users.lag(user);
        let mut visit = 0;
        let mut add = |at: u32, rng: &mut ChaCha8Rng| {
            let size = self.basket.sample(rng) / 1.5 * usual_basket;
            to.push(Receipt {
                at,
                user,
                visit,
                lines: (size.ceil() as u8).clamp(1, MOST_LINES),
            });
            visit += 1;
        };

        if rng.random_bool(AT_ONCE) {
            add(self.soon_after(sign_up.at, &mut rng), &mut rng);
            if rng.random_bool(leave) {
                return nature(true);
            }
        }
        let shopping = &self.calendar.shopping;
        let mut day = sign_up.day;
        let mut clock = shopping[day] + sign_up.share_of_day * (shopping[day + 1] - shopping[day]);
        loop {
            let gap: f64 = Exp1.sample(&mut rng);
            clock += gap / rate.max(1e-9);
            while day < self.calendar.days() && shopping[day + 1] <= clock {
                day += 1;
            }
            if day >= self.calendar.days() {
                return nature(false);
            }
            let second = second_of_day(self.calendar.is_weekend(day), rng.random());
            let mut at = self.calendar.moment(day, second, lag);
            if at <= sign_up.at {
                at = self.soon_after(sign_up.at, &mut rng);
            }
            add(at, &mut rng);
            if rng.random_bool(leave) {
                return nature(true);
            }
        }
    }

    fn soon_after(&self, moment: u32, rng: &mut ChaCha8Rng) -> u32 {
        self.calendar
            .no_later_than_end(moment + rng.random_range(90..1500))
    }
}
