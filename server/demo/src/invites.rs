//! Who invited whom, and what came of it.
//!
//! A referred sign-up finds its inviter backwards in time ([`Users::invitation`]), so accepted invites follow from the
//! users. The others are drawn forwards from the same propensity: a Poisson number thinned by the chance of conversion,
//! which makes all invites of a user NegBin(1.6, 0.5). Of those that will convert, the ones whose sign-up lies beyond the
//! world's end are still open: no file tells them from the ones that never will.

use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp, Poisson, Weibull};

use crate::DemoError;
use crate::calendar::{Calendar, DAY};
use crate::parallel;
use crate::stream::{Streams, Topic, mix};
use crate::users::Users;

/// The chance that an invite leads to a sign-up.
pub const CONVERSION: f64 = 0.22;
/// Days from the inviter's sign-up to an invite, on average.
pub const INVITE_DELAY: f64 = 5.0;
/// Days from the invite to the sign-up: Weibull(shape, scale).
pub const ANSWER_DELAY: (f64, f64) = (0.8, 6.0);
/// Who follows the link: of those who sign up, and of the others.
const CLICKED: (f64, f64) = (0.92, 0.27);
const BLOCK: u32 = 4096;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// By the user of that number.
    Accepted(u32),
    /// Will be accepted after the world's end.
    Open,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Invite {
    pub at: u32,
    pub inviter: u32,
    pub fate: Fate,
    /// Tells a user's invites of one second apart.
    nth: u16,
}

pub struct Invites {
    /// In order of time; an invite's number is its position from 1.
    pub all: Vec<Invite>,
    /// By user: the number of the accepted invite, 0 without one.
    accepted: Vec<u32>,
    /// Moment and invite's number, in order of time.
    clicks: Vec<(u32, u32)>,
}

impl Invites {
    pub fn new(
        users: &Users<'_>,
        streams: &Streams,
        calendar: &Calendar,
        threads: usize,
    ) -> Result<Self, DemoError> {
        let count = users.count();
        let blocks = parallel::map(threads, count.div_ceil(BLOCK) as usize, |block| {
            let mut invites = Vec::new();
            let start = block as u32 * BLOCK;
            for user in start..count.min(start + BLOCK) {
                if let Some((inviter, at)) = users.invitation(user) {
                    invites.push(Invite {
                        at,
                        inviter,
                        fate: Fate::Accepted(user),
                        nth: 0,
                    });
                }
                unanswered(user, users, streams, calendar, &mut invites);
            }
            Ok(invites)
        })?;
        let mut all: Vec<Invite> = blocks.into_iter().flatten().collect();
        all.sort_unstable();
        let mut accepted = vec![0; count as usize];
        let mut clicks = Vec::new();
        for (number, invite) in (1u32..).zip(&all) {
            if let Fate::Accepted(user) = invite.fate {
                accepted[user as usize] = number;
            }
            let answered = match invite.fate {
                Fate::Accepted(user) => Some(users.sign_up(user).at),
                Fate::Open | Fate::Never => None,
            };
            if let Some(at) = clicked(number, invite, answered, streams)
                && at < calendar.end()
            {
                clicks.push((at, number));
            }
        }
        clicks.sort_unstable();
        Ok(Self {
            all,
            accepted,
            clicks,
        })
    }

    pub fn id(number: u32) -> String {
        format!("rf{number:08}")
    }

    /// The number of the invite that the user accepted.
    pub fn accepted(&self, user: u32) -> Option<u32> {
        self.accepted
            .get(user as usize)
            .copied()
            .filter(|&number| number > 0)
    }

    /// The invites of a landing day, with the number of the first.
    pub fn on(&self, day: usize) -> (u32, &[Invite]) {
        let start = day as u32 * DAY;
        let from = self.all.partition_point(|invite| invite.at < start);
        let to = self.all.partition_point(|invite| invite.at < start + DAY);
        (from as u32 + 1, &self.all[from..to])
    }

    /// Moment and invite's number of a landing day's clicks.
    pub fn clicks_on(&self, day: usize) -> &[(u32, u32)] {
        let start = day as u32 * DAY;
        let from = self.clicks.partition_point(|(at, _)| *at < start);
        let to = self.clicks.partition_point(|(at, _)| *at < start + DAY);
        &self.clicks[from..to]
    }

    pub fn channel(number: u32, streams: &Streams) -> &'static str {
        match streams.unit(Topic::Contact, u64::from(number), 0) {
            u if u < 0.44 => "sms",
            u if u < 0.62 => "email",
            u if u < 0.9 => "link",
            _ => "qr",
        }
    }

    /// The hash of the contact that was invited: 32 hexadecimal digits.
    pub fn contact(number: u32, invite: &Invite, streams: &Streams) -> String {
        let person = match invite.fate {
            Fate::Accepted(user) => u64::from(user),
            Fate::Open | Fate::Never => u64::from(number) | 1 << 40,
        };
        let first = mix(mix(streams.seed() ^ 0x1f83_d9ab_fb41_bd6b) ^ person);
        format!("{first:016x}{:016x}", mix(first ^ 0x5be0_cd19_137e_2179))
    }
}

/// Whether a user signed up by way of the link, and so with the invite's id at hand.
pub fn by_link(number: u32, streams: &Streams) -> bool {
    streams.unit(Topic::Click, u64::from(number), 0) < CLICKED.0
}

fn clicked(number: u32, invite: &Invite, answered: Option<u32>, streams: &Streams) -> Option<u32> {
    let unit = |minor| streams.unit(Topic::Click, u64::from(number), minor);
    match answered {
        Some(sign_up) => by_link(number, streams).then(|| {
            // Near the sign-up as a rule: the link leads to it.
            let share = unit(1).powf(0.15);
            invite.at + (f64::from(sign_up - invite.at) * share) as u32
        }),
        None => (unit(0) < CLICKED.1)
            .then(|| invite.at + 30 + (-(1.0 - unit(1)).ln() * 2.0 * f64::from(DAY)) as u32),
    }
}

/// Appends the user's invites that no one has accepted within the world.
fn unanswered(
    user: u32,
    users: &Users<'_>,
    streams: &Streams,
    calendar: &Calendar,
    to: &mut Vec<Invite>,
) {
    let propensity = users.propensity(user);
    let (Ok(invited), Ok(answered)) = (
        Exp::new(1.0 / INVITE_DELAY),
        Weibull::new(ANSWER_DELAY.1, ANSWER_DELAY.0),
    ) else {
        return;
    };
    let mut rng = streams.of(Topic::Invites, u64::from(user), 0);
    let many = |mean: f64, rng: &mut ChaCha8Rng| {
        Poisson::new(mean.max(1e-9)).map_or(0, |p| p.sample(rng) as u16)
    };
    let never = many(propensity * (1.0 - CONVERSION), &mut rng);
    let will = many(propensity * CONVERSION, &mut rng);
    let sign_up = f64::from(users.sign_up(user).at);
    let (day, end) = (f64::from(DAY), f64::from(calendar.end()));
    for nth in 0..never + will {
        let at = sign_up + 60.0 + invited.sample(&mut rng) * day;
        let answer = at + answered.sample(&mut rng) * day;
        // Those answered within the world are the ones that sign-ups found backwards.
        let fate = if nth < never { Fate::Never } else { Fate::Open };
        let open = fate == Fate::Never || answer >= end;
        if at < end && open {
            to.push(Invite {
                at: at as u32,
                inviter: user,
                fate,
                nth: nth + 1,
            });
        }
    }
}
