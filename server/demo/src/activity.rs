//! What people do in the app, before it is written as events.

use rand::RngExt;
use rand_distr::{Distribution, Exp, Geometric};

use crate::calendar::{Calendar, DAY};
use crate::day_profile::second_of_day;
use crate::spill::Receipt;
use crate::stream::{Streams, Topic};

/// Receipts scanned in the shop's own minute, with the app opened just before, and turned down later.
const AT_ONCE: f64 = 0.35;
const OPENED_FOR_IT: f64 = 0.7;
const REJECTED: f64 = 0.01;
/// Further visits to the app after a receipt: as many on average, in days of Exp(mean).
const LOOKS: f64 = 0.6;
const LOOKS_WITHIN: f64 = 3.0;
/// Slots for ids of what follows one receipt.
const MOST_LOOKS: u64 = 7;

/// What happened; the order settles ties within a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    InviteClicked,
    SignedUp,
    /// In the first week, whether or not anything is bought.
    LookedAround,
    Opened,
    ReceiptScanned,
    ReceiptRejected,
    SchoolChanged,
    /// One of the bank's deals, by its number.
    Money,
}

impl What {
    pub const fn code(self) -> u64 {
        match self {
            Self::SignedUp => 1,
            Self::Opened => 2,
            Self::ReceiptScanned => 3,
            Self::ReceiptRejected => 4,
            Self::InviteClicked => 5,
            Self::SchoolChanged => 6,
            Self::LookedAround => 7,
            Self::Money => 8,
        }
    }
}

/// An event before it is written; 24 bytes, because many lie ahead of the day at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Happening {
    pub at: u32,
    pub what: What,
    pub user: u32,
    /// The receipt's, invite's or school's number, or one that makes the id unique.
    pub number: u64,
}

/// Draws what follows from receipts and sign-ups.
pub struct Activity<'a> {
    streams: &'a Streams,
    calendar: &'a Calendar,
    looks: Option<(Geometric, Exp<f64>)>,
}

impl<'a> Activity<'a> {
    pub fn new(streams: &'a Streams, calendar: &'a Calendar) -> Self {
        let looks = Geometric::new(1.0 / (1.0 + LOOKS))
            .ok()
            .zip(Exp::new(1.0 / LOOKS_WITHIN).ok());
        Self {
            streams,
            calendar,
            looks,
        }
    }

    /// Appends what follows a receipt, some of it on later days. It is scanned on its landing day.
    pub fn of_receipt(&self, receipt: &Receipt, number: u64, to: &mut Vec<Happening>) {
        let user = receipt.user;
        let mut rng = self
            .streams
            .of(Topic::Activity, u64::from(user), u64::from(receipt.visit));
        let day = self.calendar.landing_day(receipt.at);
        let midnight = (day as u32 + 1) * DAY;
        let scanned = if rng.random_bool(AT_ONCE) {
            receipt.at
        } else {
            (receipt.at + rng.random_range(20..1500)).min(midnight - 1)
        };
        let mut add = |at: u32, what: What, number: u64| {
            if at < self.calendar.end() {
                to.push(Happening {
                    at,
                    what,
                    user,
                    number,
                });
            }
        };
        let slot = number * (MOST_LOOKS + 1);
        if rng.random_bool(OPENED_FOR_IT) {
            let before = rng.random_range(3..60);
            add(
                scanned.saturating_sub(before).max(day as u32 * DAY),
                What::Opened,
                slot,
            );
        }
        add(scanned, What::ReceiptScanned, number);
        if rng.random_bool(REJECTED) {
            let hours: f64 = rng.random_range(0.1f64..8.5).powi(2);
            add(
                scanned + (hours * 3600.0) as u32,
                What::ReceiptRejected,
                number,
            );
        }
        if let Some((looks, within)) = &self.looks {
            for look in 1..=looks.sample(&mut rng).min(MOST_LOOKS) {
                let days = 1 + within.sample(&mut rng) as usize;
                if let Some(at) = self.some_time(day + days, rng.random()) {
                    add(at, What::Opened, slot + look);
                }
            }
        }
    }

    /// Appends what a new user does, apart from receipts; `invite` is the one whose link was followed.
    pub fn of_sign_up(&self, user: u32, at: u32, invite: Option<u32>, to: &mut Vec<Happening>) {
        let unit = |minor| self.streams.unit(Topic::FirstWeek, u64::from(user), minor);
        let mut add = |at: u32, what: What, number: u64| {
            to.push(Happening {
                at: self.calendar.no_later_than_end(at),
                what,
                user,
                number,
            });
        };
        add(at, What::SignedUp, invite.map_or(0, u64::from));
        let slot = u64::from(user) * 4;
        add(at + 5 + (unit(0) * 40.0) as u32, What::LookedAround, slot);
        for look in 1..3 {
            let day = self.calendar.landing_day(at) + 1 + (unit(3 * look) * 6.0) as usize;
            if unit(3 * look + 1) < 0.5
                && let Some(at) = self.some_time(day, unit(3 * look + 2))
            {
                add(at, What::LookedAround, slot + look);
            }
        }
    }

    /// A moment of a local day's waking hours; `None` after the world's end.
    fn some_time(&self, day: usize, unit: f64) -> Option<u32> {
        (day < self.calendar.days()).then(|| {
            let second = second_of_day(self.calendar.is_weekend(day), unit);
            self.calendar.moment(day, second, 0)
        })
    }
}

/// Why a receipt was turned down.
pub fn rejection(number: u64, streams: &Streams) -> &'static str {
    match streams.unit(Topic::Activity, number, 0xff_ffff) {
        u if u < 0.4 => "unreadable",
        u if u < 0.7 => "duplicate_receipt",
        u if u < 0.9 => "too_old",
        _ => "not_a_receipt",
    }
}
