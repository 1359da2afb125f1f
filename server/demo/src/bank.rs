//! What people do with their rewards: cash-outs and what becomes of them, payment runs, clawbacks, adjustments, holds.
//!
//! The bank goes through the days one after another. It knows roughly what each user has: what was earned, has vested and has
//! not expired, less what was asked for; not what was rejected or clawed back. So now and then somebody asks for more than
//! there is, as in life. What a request is worth is the ledger's to say. Most users earn less in a year than the terms'
//! minimum, so the bank lets them ask for less.

use std::collections::{HashMap, HashSet};

use rand::RngExt;
use rand_distr::{Distribution, Gamma};

use crate::activity::{Happening, What};
use crate::calendar::{Calendar, DAY};
use crate::stream::{Streams, Topic};
use crate::users::Users;

/// Days until what was earned can be asked for, days until what can be asked for expires, and the least that is asked for,
/// in ten-thousandths of a dollar.
const VESTS: usize = 14;
const EXPIRES: usize = 365 - VESTS;
const LEAST: u32 = 20_000;
/// Of users whose rewards vest and who have the least: who asks for it that day, in an average month.
const ASKS: f64 = 0.5;
/// The variance of the shock that all share in a month.
const SHOCK: f64 = 0.05;
/// Of earnings.
const CLAWED_BACK: f64 = 0.01;
const ADJUSTED: f64 = 0.004;
/// Of requests.
const CANCELLED: f64 = 0.05;
const HELD: f64 = 0.01;
const IN_HALVES: f64 = 0.01;
const TOO_MUCH: f64 = 0.005;
const ASKED_TOO_MUCH: f64 = 0.01;
const UNKNOWN: f64 = 0.01;
/// Of payments; of returns: paid again, and told a second time.
const RETURNED: f64 = 0.05;
const PAID_AGAIN: f64 = 0.7;
const TOLD_TWICE: f64 = 0.05;
const NOBODY: u32 = u32::MAX;

/// A line that earned something.
#[derive(Debug, Clone, Copy)]
pub struct Earning {
    pub at: u32,
    pub user: u32,
    pub purchase: u64,
    /// In ten-thousandths of a dollar.
    pub reward: u32,
}

/// A settlement: a school's payment run on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Settlement {
    pub school: u32,
    pub day: u32,
}

/// An event that moves money. Amounts are ten-thousandths of a dollar.
#[derive(Debug, Clone, Copy)]
pub enum Deal {
    Requested(u32, u32),
    Cancelled(u32),
    Created(Settlement),
    Paid(u32, Settlement, u32),
    /// For a cash-out that nobody asked for.
    PaidUnknown(u32, Settlement, u32),
    Returned(u32),
    HoldPlaced,
    HoldReleased,
    ClawedBack(u64, u32),
    Adjusted(i32),
}

pub struct Bank<'a> {
    streams: &'a Streams,
    calendar: &'a Calendar,
    users: &'a Users<'a>,
    /// By user.
    balances: Vec<u32>,
    /// What vests, by day modulo its length.
    vesting: Vec<Vec<(u32, u32)>>,
    /// What expires, likewise; by user, what was asked for and will not.
    expiring: Vec<Vec<(u32, u32)>>,
    spent: Vec<u32>,
    cash_outs: u32,
    announced: HashSet<Settlement>,
    schools: HashMap<u32, u32>,
    /// All that was dealt; an event names one by its position.
    pub deals: Vec<Deal>,
}

impl<'a> Bank<'a> {
    pub fn new(streams: &'a Streams, calendar: &'a Calendar, users: &'a Users<'a>) -> Self {
        Self {
            streams,
            calendar,
            users,
            balances: vec![0; users.count() as usize],
            vesting: vec![Vec::new(); VESTS + 1],
            expiring: vec![Vec::new(); EXPIRES + 1],
            spent: vec![0; users.count() as usize],
            cash_outs: 0,
            announced: HashSet::new(),
            schools: HashMap::new(),
            deals: Vec::new(),
        }
    }

    /// What a day's earnings and vesting lead to, that day and later.
    pub fn day(&mut self, day: usize, earned: &[Earning], to: &mut Vec<Happening>) {
        let slot = day % self.expiring.len();
        for (user, reward) in std::mem::take(&mut self.expiring[slot]) {
            let spent = &mut self.spent[user as usize];
            let gone = reward.saturating_sub(*spent);
            *spent = spent.saturating_sub(reward);
            let balance = &mut self.balances[user as usize];
            *balance = balance.saturating_sub(gone);
        }
        let slot = day % self.vesting.len();
        let mut vested = std::mem::take(&mut self.vesting[slot]);
        // Who earned twice is asked once.
        vested.sort_unstable();
        let mut asked = NOBODY;
        for &(user, reward) in &vested {
            let balance = &mut self.balances[user as usize];
            *balance = balance.saturating_add(reward);
            let slot = (day + EXPIRES) % self.expiring.len();
            self.expiring[slot].push((user, reward));
            if user != asked && *balance >= LEAST {
                asked = user;
                self.ask(day, user, to);
            }
        }
        let slot = (day + VESTS) % self.vesting.len();
        for earning in earned {
            self.vesting[slot].push((earning.user, earning.reward));
            self.mend(earning, to);
        }
    }

    fn add(&mut self, at: u32, user: u32, deal: Deal, to: &mut Vec<Happening>) {
        if at < self.calendar.end() {
            to.push(Happening {
                at,
                what: What::Money,
                user,
                number: self.deals.len() as u64,
            });
            self.deals.push(deal);
        }
    }

    /// Everyone is as inclined as everyone else, and in some months all are more so.
    fn inclination(&self, day: usize) -> f64 {
        let date = self.calendar.date(day);
        let month =
            u64::from(date.year().unsigned_abs()) * 12 + u64::from(date.month().unsigned_abs());
        let mut rng = self.streams.of(Topic::Money, month, 0xff_ffff);
        let shock = Gamma::new(1.0 / SHOCK, SHOCK).map_or(1.0, |g| g.sample(&mut rng));
        // Schools ask for it at the beginning of their year and before it ends.
        let season = match date.month() {
            5 | 8 | 9 => 1.4,
            6 | 7 => 0.7,
            _ => 1.0,
        };
        ASKS * season * shock
    }

    fn ask(&mut self, day: usize, user: u32, to: &mut Vec<Happening>) {
        if self.streams.unit(Topic::Money, u64::from(user), day as u64) >= self.inclination(day) {
            return;
        }
        self.cash_outs += 1;
        let number = self.cash_outs;
        let mut rng = self.streams.of(Topic::Money, u64::from(number), 0x80_0000);
        let second = rng.random_range(9 * 3600..19 * 3600);
        let at = self.calendar.moment(day, second, 0);
        let balance = self.balances[user as usize];
        // Whole dollars; most ask for nearly all.
        let share: f64 = rng.random_range(0.6..1.0);
        let mut amount = ((f64::from(balance) * share) as u32).max(LEAST) / 10_000 * 10_000;
        self.balances[user as usize] = balance - amount;
        self.spent[user as usize] += amount;
        if rng.random_bool(ASKED_TOO_MUCH) {
            // Money is asked for in cents.
            amount += balance / 100 * 100;
        }
        self.add(at, user, Deal::Requested(number, amount), to);
        if rng.random_bool(HELD) {
            self.add(at + DAY / 2, user, Deal::HoldPlaced, to);
            if rng.random_bool(0.8) {
                self.add(at + 20 * DAY, user, Deal::HoldReleased, to);
            }
        }
        if rng.random_bool(CANCELLED) {
            let later = rng.random_range(600..2 * DAY);
            self.add(at + later, user, Deal::Cancelled(number), to);
            let back = amount.min(balance);
            self.balances[user as usize] += back;
            self.spent[user as usize] = self.spent[user as usize].saturating_sub(back);
            return;
        }
        let school = self.school(user, at);
        let run = self.run(school, day + 4, to);
        let moment = |run: Settlement| run.day * DAY + 15 * 3600 + number % 3600;
        if rng.random_bool(UNKNOWN) {
            self.add(
                moment(run) + 1,
                user,
                Deal::PaidUnknown(number, run, LEAST),
                to,
            );
        }
        if rng.random_bool(IN_HALVES) {
            let half = amount / 20_000 * 10_000;
            let next = self.run(school, run.day as usize + 1, to);
            self.add(moment(run), user, Deal::Paid(number, run, half), to);
            self.add(
                moment(next),
                user,
                Deal::Paid(number, next, amount - half),
                to,
            );
            return;
        }
        let paid = if rng.random_bool(TOO_MUCH) {
            amount + 50_000
        } else {
            amount
        };
        self.add(moment(run), user, Deal::Paid(number, run, paid), to);
        if rng.random_bool(RETURNED) {
            let back = moment(run) + rng.random_range(2 * DAY..9 * DAY);
            self.add(back, user, Deal::Returned(number), to);
            if rng.random_bool(TOLD_TWICE) {
                self.add(back + DAY / 3, user, Deal::Returned(number), to);
            }
            if rng.random_bool(PAID_AGAIN) {
                let again = self.run(school, (back / DAY) as usize + 2, to);
                self.add(moment(again), user, Deal::Paid(number, again, paid), to);
            }
        }
    }

    /// The user's school at a moment.
    fn school(&mut self, user: u32, at: u32) -> u32 {
        let users = self.users;
        let chosen = *self
            .schools
            .entry(user)
            .or_insert_with(|| users.school(user) as u32);
        match users.change(user, chosen as usize) {
            Some((moved, school)) if moved <= at => school as u32,
            _ => chosen,
        }
    }

    /// The school's payment run on the first Friday from a day on; it is announced two days before.
    fn run(&mut self, school: u32, from: usize, to: &mut Vec<Happening>) -> Settlement {
        let day = (from..from + 7)
            .find(|&day| {
                day < self.calendar.days()
                    && self.calendar.date(day).weekday() == jiff::civil::Weekday::Friday
            })
            .unwrap_or(from + 6);
        let run = Settlement {
            school,
            day: day as u32,
        };
        if self.announced.insert(run) {
            let at = run.day.saturating_sub(2) * DAY + 14 * 3600 + school % 3600;
            self.add(at, NOBODY, Deal::Created(run), to);
        }
        run
    }

    /// What is found out about an earning later.
    fn mend(&mut self, earning: &Earning, to: &mut Vec<Happening>) {
        let unit = |minor: u64| {
            self.streams
                .unit(Topic::Money, earning.purchase, 0x40_0000 + minor)
        };
        if unit(0) < CLAWED_BACK {
            let later = 3600 + (unit(1) * 60.0 * f64::from(DAY)) as u32;
            let deal = Deal::ClawedBack(earning.purchase, earning.reward);
            self.add(earning.at + later, earning.user, deal, to);
            let balance = &mut self.balances[earning.user as usize];
            *balance = balance.saturating_sub(earning.reward);
        } else if unit(0) < CLAWED_BACK + ADJUSTED {
            let dollars = 1 + (unit(2) * 5.0) as i32;
            let amount = if unit(3) < 0.7 { dollars } else { -dollars } * 10_000;
            let later = 3600 + (unit(1) * 9.0 * f64::from(DAY)) as u32;
            self.add(earning.at + later, earning.user, Deal::Adjusted(amount), to);
        }
    }
}

impl Deal {
    pub fn name(self) -> &'static str {
        match self {
            Self::Requested(..) => "cash_out_requested",
            Self::Cancelled(_) => "cash_out_cancelled",
            Self::Created(_) => "settlement_created",
            Self::Paid(..) | Self::PaidUnknown(..) => "cash_out_paid",
            Self::Returned(_) => "cash_out_returned",
            Self::HoldPlaced => "hold_placed",
            Self::HoldReleased => "hold_released",
            Self::ClawedBack(..) => "reward_clawed_back",
            Self::Adjusted(_) => "reward_adjusted",
        }
    }

    /// The event's properties, as JSON.
    pub fn properties(self, calendar: &Calendar) -> String {
        match self {
            Self::Requested(number, amount) => {
                format!(
                    r#"{{"cash_out_id":"co{number:08}","amount":"{}"}}"#,
                    dollars(amount.into())
                )
            }
            Self::Cancelled(number) => format!(r#"{{"cash_out_id":"co{number:08}"}}"#),
            Self::Created(run) => format!(
                r#"{{"settlement_id":"{}","school_id":"{}","pay_on":"{}"}}"#,
                run.id(),
                crate::schools::Schools::id(run.school as usize),
                calendar.text(i64::from(run.day) * i64::from(DAY), "")[..10].to_owned(),
            ),
            Self::Paid(number, run, amount) => paid("co", number, run, amount),
            Self::PaidUnknown(number, run, amount) => paid("cx", number, run, amount),
            Self::Returned(number) => {
                format!(r#"{{"cash_out_id":"co{number:08}","reason":"account_closed"}}"#)
            }
            Self::HoldPlaced => r#"{"reason":"review"}"#.to_owned(),
            Self::HoldReleased => r#"{"reason":"reviewed"}"#.to_owned(),
            Self::ClawedBack(purchase, amount) => format!(
                r#"{{"source_type":"purchase","source_id":"pu{purchase:010}","amount":"{}","reason":"fraud"}}"#,
                dollars(amount.into())
            ),
            Self::Adjusted(amount) => {
                format!(
                    r#"{{"amount":"{}","reason":"goodwill"}}"#,
                    dollars(amount.into())
                )
            }
        }
    }
}

impl Settlement {
    fn id(self) -> String {
        format!("st{:04}{:04}", self.day, self.school + 1)
    }
}

fn paid(prefix: &str, number: u32, run: Settlement, amount: u32) -> String {
    format!(
        r#"{{"cash_out_id":"{prefix}{number:08}","settlement_id":"{}","amount":"{}","payment_ref":"ach{number:08}{:04}"}}"#,
        run.id(),
        dollars(amount.into()),
        run.day,
    )
}

/// Ten-thousandths of a dollar as dollars, with as many decimals as it takes, two at least.
fn dollars(amount: i64) -> String {
    let (sign, amount) = (if amount < 0 { "-" } else { "" }, amount.abs());
    if amount % 100 == 0 {
        format!("{sign}{}.{:02}", amount / 10_000, amount / 100 % 100)
    } else {
        format!("{sign}{}.{:04}", amount / 10_000, amount % 10_000)
    }
}
