//! What goes wrong with whole users: rows that land late or never, inviters that no one knows, circles.

use crate::calendar::Calendar;
use crate::dirt::{Dirt, Kind};
use crate::stream::{Streams, Topic};
use crate::users::{K, Users};

/// Units of [`Topic::Fate`] by user.
const LANDING: u64 = 0;
const INVITER: u64 = 8;
const STRANGER: u64 = 16;
/// Units by group of three users.
const CIRCLE: u64 = 32;

/// When a user's rows land.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landing {
    AtOnce,
    /// Not before that day.
    From(usize),
    /// Not within the world.
    Never,
}

/// Whom a user's row names as the inviter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inviter {
    Nobody,
    Known(u32),
    Itself,
    /// Someone who is invited, directly or not, by the user.
    Circular(u32),
    /// An id that no sign-up has when the row lands.
    Stranger,
}

pub struct Fates<'a> {
    dirt: &'a Dirt,
    streams: &'a Streams,
    calendar: &'a Calendar,
    users: &'a Users<'a>,
}

impl<'a> Fates<'a> {
    pub fn new(
        dirt: &'a Dirt,
        streams: &'a Streams,
        calendar: &'a Calendar,
        users: &'a Users<'a>,
    ) -> Self {
        Self {
            dirt,
            streams,
            calendar,
            users,
        }
    }

    fn unit(&self, user: u32, minor: u64) -> f64 {
        self.streams.unit(Topic::Fate, u64::from(user), minor)
    }

    pub fn landing(&self, user: u32) -> Landing {
        if self.unit(user, LANDING) >= self.dirt.rate(Kind::OrphanUser) {
            return Landing::AtOnce;
        }
        self.later(user, LANDING + 1)
    }

    /// When the stranger lands whom the user names as the inviter.
    pub fn stranger_lands(&self, user: u32) -> Landing {
        self.later(user, STRANGER)
    }

    /// Half never, the others days to most of a year after the user's sign-up.
    fn later(&self, user: u32, minor: u64) -> Landing {
        let unit = |n| self.unit(user, minor + n);
        let day = self.calendar.landing_day(self.users.sign_up(user).at);
        let room = self.calendar.last() - day;
        if unit(0) < 0.5 || room == 0 {
            return Landing::Never;
        }
        let delay = if unit(1) < 0.6 {
            1 + (-(1.0 - unit(2)).ln() * 15.0) as usize
        } else {
            200 + (unit(2) * 120.0) as usize
        };
        if delay <= room {
            Landing::From(day + delay)
        } else {
            Landing::From(day + 1 + (unit(3) * (room - 1) as f64) as usize)
        }
    }

    /// The inviter on the user's rows; faults happen only to those whom no one invited.
    pub fn inviter(&self, user: u32) -> Inviter {
        if let Some(inviter) = self.users.inviter(user) {
            return Inviter::Known(inviter);
        }
        if let Some(next) = self.circle(user) {
            return Inviter::Circular(next);
        }
        if self.landing(user) != Landing::AtOnce {
            return Inviter::Nobody;
        }
        // The rates are shares of all users.
        let itself = self.dirt.rate(Kind::SelfReferral) / (1.0 - K);
        let stranger = self.dirt.rate(Kind::OrphanInviter) / (1.0 - K);
        match self.unit(user, INVITER) {
            u if u < itself => Inviter::Itself,
            u if u < itself + stranger => Inviter::Stranger,
            _ => Inviter::Nobody,
        }
    }

    /// The next in the user's circle, of three neighbours or two.
    fn circle(&self, user: u32) -> Option<u32> {
        let rate = self.dirt.rate(Kind::Cycle);
        let first = user / 3 * 3;
        // About 1.1 users of a group are in its circle when it has one.
        if rate == 0.0 || self.unit(first, CIRCLE) >= rate * 3.0 / 1.1 {
            return None;
        }
        let free = |&user: &u32| {
            user < self.users.count()
                && self.users.inviter(user).is_none()
                && self.landing(user) == Landing::AtOnce
        };
        let members: Vec<u32> = (first..first.saturating_add(3)).filter(free).collect();
        let place = members.iter().position(|&member| member == user)?;
        (members.len() > 1).then(|| members[(place + 1) % members.len()])
    }

    /// The id of the stranger whom the user names.
    pub fn stranger_id(user: u32) -> String {
        format!("ux{:07}", u64::from(user) + 1)
    }
}
