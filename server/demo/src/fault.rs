//! What a fault does to a row, and what else of its key it puts where.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::calendar::DAY;
use crate::dirt::Kind;
use crate::inject::{Injector, Later, STRANGE_PRODUCTS, Subject};
use crate::rows::{Note, Outcome, Row};
use crate::source::Source;
use crate::spoil;

/// A fault about to happen to a row.
pub struct Fault<'f> {
    pub injector: &'f Injector<'f>,
    pub source: Source,
    pub subject: &'f Subject,
    pub kind: Kind,
    pub rng: &'f mut ChaCha8Rng,
    pub later: &'f mut Vec<Later>,
}

impl Fault<'_> {
    /// The row in its own place, spoilt or not; `None` where it lands elsewhere.
    pub fn inflict(&mut self, mut row: Row) -> Option<Row> {
        let here = self.subject.day;
        // A school, product or user is what others refer to: a broken copy comes beside it, never in its place.
        let referred = matches!(
            self.source,
            Source::Schools | Source::Products | Source::Users
        );
        let text = self.injector.is_text(self.source, here);
        match self.kind {
            Kind::ExactDuplicate => {
                let day = self.copy_day();
                self.add(day, &row, Outcome::Duplicate, "copy");
            }
            Kind::NearDuplicate if self.subject.sole => self.near_duplicate(&mut row),
            Kind::Late => {
                let days = self.delay();
                match self.injector.arrival(self.source, here + days) {
                    Some(day) => {
                        let outcome = row.outcome;
                        self.add(day, &row, outcome, "late");
                        return None;
                    }
                    None => return Some(row),
                }
            }
            Kind::NullKey => {
                let mut spoilt = row.clone();
                spoilt.fields[0].clear();
                return Some(self.beside_or_instead(referred, row, spoilt, Outcome::NullKey));
            }
            Kind::OrphanProduct => self.orphan_product(&mut row),
            Kind::TimeZone if text => {
                spoil::with_offset(
                    &mut row,
                    self.source,
                    self.subject.at,
                    self.injector.calendar,
                    self.rng,
                );
                self.mark(&mut row, "offset");
            }
            Kind::Cdc if self.subject.sole => self.change_again(&mut row),
            Kind::OutOfWindow => {
                let mut spoilt = row.clone();
                let future = self.rng.random_bool(0.5);
                let what = match self.sign_up().filter(|_| !future) {
                    Some(sign_up) => {
                        let before = i64::from(DAY) + self.rng.random_range(3_600..17_280_000);
                        self.set_moment(&mut spoilt, i64::from(sign_up) - before);
                        "before sign-up"
                    }
                    None => {
                        // Two days on is after the file's day in any zone.
                        let ahead = self.rng.random_range(2..700i64) * i64::from(DAY);
                        let at = here as i64 * i64::from(DAY) + 43_200 + ahead;
                        self.set_moment(&mut spoilt, at);
                        "future"
                    }
                };
                return Some(self.spoil(referred, row, spoilt, Outcome::OutOfWindow, what));
            }
            Kind::BadValue if text => {
                let mut spoilt = row.clone();
                let what = spoil::bad_value(&mut spoilt, self.source, self.rng);
                return Some(self.spoil(referred, row, spoilt, Outcome::BadValue, what));
            }
            Kind::OddQuantity => {
                let quantity = -self.rng.random_range(0..3i32);
                if let Some(column) = self.source.column("quantity") {
                    row.fields[column] = quantity.to_string();
                    self.mark(&mut row, if quantity == 0 { "zero" } else { "negative" });
                }
            }
            Kind::Malformed if text => {
                let layout = self
                    .injector
                    .formats
                    .of(self.source, here, self.injector.streams)
                    .layout;
                let new_column = self.injector.dated.has_new_column(self.source, here);
                let mut spoilt = row.clone();
                spoil::malform(&mut spoilt, self.source, layout, new_column, self.rng);
                return Some(self.beside_or_instead(referred, row, spoilt, Outcome::Malformed));
            }
            Kind::UnknownType => {
                let mut other = row.clone();
                other.fields[0] = format!("evx{}", &row.fields[0][2..]);
                "coupon_viewed".clone_into(&mut other.fields[1]);
                "{}".clone_into(&mut other.fields[4]);
                self.add(here, &other, Outcome::UnknownType, "unknown type");
            }
            _ => {}
        }
        Some(row)
    }

    fn mark(&self, row: &mut Row, what: &'static str) {
        row.note = Some(Note {
            kind: self.kind,
            key: row.fields[0].clone(),
            what,
        });
    }

    /// Puts a copy of the row behind a day's rows.
    fn add(&mut self, day: usize, row: &Row, outcome: Outcome, what: &'static str) {
        let mut row = row.clone();
        row.outcome = outcome;
        self.mark(&mut row, what);
        self.later.push(Later { day, row });
    }

    fn beside_or_instead(
        &mut self,
        beside: bool,
        row: Row,
        mut spoilt: Row,
        outcome: Outcome,
    ) -> Row {
        spoilt.outcome = outcome;
        spoilt.note = Some(Note {
            kind: self.kind,
            key: row.fields[0].clone(),
            what: if beside { "broken copy" } else { "broken" },
        });
        if beside {
            self.later.push(Later {
                day: self.subject.day,
                row: spoilt,
            });
            return row;
        }
        spoilt
    }

    /// As [`Fault::beside_or_instead`], where the copy needs a key of its own: a broken newest
    /// version would take the key itself away, and with it whatever refers to it.
    fn spoil(
        &mut self,
        referred: bool,
        row: Row,
        mut spoilt: Row,
        outcome: Outcome,
        what: &'static str,
    ) -> Row {
        if referred {
            // Each version of a key may have such a copy.
            let (letter, digits) = row.fields[0].split_at(1);
            spoilt.fields[0] = format!("{letter}z{digits}v{}", self.subject.variant + 1);
        }
        spoilt.outcome = outcome;
        self.mark(&mut spoilt, what);
        if referred {
            self.later.push(Later {
                day: self.subject.day,
                row: spoilt,
            });
            return row;
        }
        spoilt
    }

    /// When the row's user signed up, for rows that are held against that.
    fn sign_up(&self) -> Option<u32> {
        let user = self.subject.user?;
        matches!(self.source, Source::Purchases | Source::Events)
            .then(|| self.injector.users.sign_up(user).at)
    }

    fn set_moment(&self, row: &mut Row, at: i64) {
        if let Some(column) = self.source.moment() {
            row.fields[column] = self.injector.calendar.text(at, "Z");
        }
    }

    /// Days that a row is late: a few as a rule, more than thirty for one in sixteen.
    fn delay(&mut self) -> usize {
        if self.rng.random_bool(0.0625) {
            self.rng.random_range(31..240)
        } else {
            let unit: f64 = self.rng.random();
            1 + ((-(1.0 - unit).ln() * 4.0) as usize).min(28)
        }
    }

    /// The same day, or a later one whose file says the same thing in the same way.
    fn copy_day(&mut self) -> usize {
        let here = self.subject.day;
        let injector = self.injector;
        if self.rng.random_bool(0.5) {
            return here;
        }
        let from = here + self.rng.random_range(1..20usize);
        let layout = |day| {
            injector
                .formats
                .of(self.source, day, injector.streams)
                .layout
        };
        (from..injector.calendar.days().min(from + 30))
            .find(|&day| {
                layout(day) == layout(here)
                    && injector.dated.era(self.source, day) == injector.dated.era(self.source, here)
                    && !injector.dated.is_missing(self.source, day)
            })
            .unwrap_or(here)
    }

    fn orphan_product(&mut self, row: &mut Row) {
        let first = self.rng.random_range(0..STRANGE_PRODUCTS);
        let unknown = |&product: &usize| {
            self.injector
                .strange_product_lands(product)
                .is_none_or(|day| day > self.subject.day)
        };
        let product = (first..first + STRANGE_PRODUCTS)
            .map(|product| product % STRANGE_PRODUCTS)
            .find(unknown);
        if let (Some(product), Some(column)) = (product, self.source.column("product_id")) {
            row.fields[column] = Injector::strange_product_id(product);
            let lands = self.injector.strange_product_lands(product).is_some();
            self.mark(row, if lands { "lands later" } else { "never lands" });
        }
    }

    /// The same key again with something changed: newer, or as old but later to arrive.
    fn near_duplicate(&mut self, row: &mut Row) {
        let subject = self.subject;
        let mut copy = row.clone();
        spoil::change(
            &mut copy,
            self.source,
            subject.at,
            self.injector.calendar,
            self.rng,
        );
        let newer = self.source != Source::Events && self.rng.random_bool(0.7);
        let mut at = subject.at;
        if newer {
            at = self
                .injector
                .calendar
                .no_later_than_end(at + self.rng.random_range(60..21_600));
            self.version(&mut copy, "U", at);
        }
        let wait = if self.rng.random_bool(0.5) {
            0
        } else {
            self.rng.random_range(1..20)
        };
        let day = self.injector.calendar.landing_day(at).max(subject.day) + wait;
        let Some(day) = self.injector.arrival(self.source, day) else {
            return;
        };
        row.outcome = Outcome::Superseded;
        self.mark(row, "original");
        self.add(day, &copy, Outcome::Live, "changed");
    }

    fn version(&self, row: &mut Row, op: &str, at: u32) {
        if let (Some(op_column), Some(updated)) =
            (self.source.column("op"), self.source.column("updated_at"))
        {
            op.clone_into(&mut row.fields[op_column]);
            row.fields[updated] = self.injector.calendar.text(i64::from(at), "Z");
        }
    }

    /// A delete, a delete and a re-insert, or two updates of which the older arrives last; nothing
    /// where the world ends before that is through.
    fn change_again(&mut self, row: &mut Row) {
        let injector = self.injector;
        let calendar = injector.calendar;
        let after = |at: u32, rng: &mut ChaCha8Rng| at + rng.random_range(3_600..20 * DAY);
        let first = after(self.subject.at, self.rng);
        let second = after(first, self.rng);
        let lands = |at: u32| {
            (at < calendar.end())
                .then(|| {
                    injector.arrival(self.source, calendar.landing_day(at).max(self.subject.day))
                })
                .flatten()
        };
        let choice: f64 = self.rng.random();
        let mut early = row.clone();
        let mut late = row.clone();
        spoil::change(&mut late, self.source, self.subject.at, calendar, self.rng);
        self.version(&mut late, "I", second);
        // A school or product that is deleted is no fault; none of them are, to keep what refers to them plain.
        let deletes = !matches!(self.source, Source::Schools | Source::Products);
        if choice < 0.45 && deletes {
            let Some(day) = lands(first) else { return };
            self.version(&mut early, "D", first);
            self.add(day, &early, Outcome::Deleted, "delete");
        } else if choice < 0.7 && deletes {
            let (Some(day), Some(again)) = (lands(first), lands(second)) else {
                return;
            };
            self.version(&mut early, "D", first);
            self.add(day, &early, Outcome::Superseded, "delete");
            self.add(again, &late, Outcome::Live, "insert again");
        } else {
            let wait = self.rng.random_range(1..6);
            let Some(day) = lands(second) else { return };
            let Some(overtaken) = injector.arrival(self.source, day + wait) else {
                return;
            };
            spoil::change(&mut early, self.source, self.subject.at, calendar, self.rng);
            self.version(&mut early, "U", first);
            self.version(&mut late, "U", second);
            self.add(day, &late, Outcome::Live, "newest update");
            self.add(overtaken, &early, Outcome::Superseded, "overtaken update");
        }
        row.outcome = Outcome::Superseded;
        self.mark(row, "original");
    }
}
