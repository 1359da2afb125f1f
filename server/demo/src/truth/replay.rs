//! The ledger of a user, one thing after another: the truth that the pipeline's windows are held against.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashSet, VecDeque};

use super::facts::{Amount, Moment};

const DAY: Moment = 86_400;
pub const VESTS: Moment = 14 * DAY;
pub const EXPIRES: Moment = 365 * DAY;
pub const INVITER: Amount = 50_000;
pub const INVITEE: Amount = 25_000;
const MOST_REFUSALS: usize = 3;

/// Something that happens to a user. At one moment, things happen in this order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happens {
    ChangesSchool(String),
    Earns {
        lot: String,
        kind: &'static str,
        amount: Amount,
        funding: String,
    },
    /// The lot's receipt is.
    Rejected(String),
    /// Of the lot, while it is pending; then of the oldest.
    ClawedBack(String, Amount),
    Expires,
    Vests(usize),
    Loses(&'static str, &'static str, Amount),
    Requests(String, Amount),
    Paid(String, Amount),
    Cancelled(String),
    Returned(String),
}

/// A line of the ledger.
#[derive(Debug, Clone)]
pub struct Entry {
    pub kind: &'static str,
    pub account: &'static str,
    pub lot: Option<String>,
    pub funding: Option<String>,
    pub school: Option<String>,
    pub amount: Amount,
    pub at: Moment,
}

#[derive(Debug)]
struct Lot {
    id: String,
    funding: String,
    pending: Amount,
    vested: Amount,
    vests_at: Moment,
    school: Option<String>,
}

/// An amount of a lot (none: what the user owes), at a school.
#[derive(Debug, Clone)]
struct Piece {
    lot: Option<usize>,
    amount: Amount,
    school: Option<String>,
}

/// What is owed by a user, and where it is noted what was taken: group and place in `taken`.
#[derive(Debug)]
struct Debt {
    group: usize,
    amount: Amount,
}

#[derive(Debug, Default)]
struct CashOut {
    set_aside: VecDeque<Piece>,
    /// Groups of `taken` that were paid since the last return.
    paid: Vec<usize>,
    was_requested: bool,
}

#[derive(Default)]
pub struct User {
    ahead: BinaryHeap<Reverse<(Moment, u8, String, Happens)>>,
    schools: Vec<(Moment, String)>,
    lots: Vec<Lot>,
    queue: VecDeque<(Piece, Moment)>,
    latest_expiry: Moment,
    debts: VecDeque<Debt>,
    /// Pieces that were taken together; what nothing covered has no lot.
    taken: Vec<Vec<Piece>>,
    cash_outs: BTreeMap<String, CashOut>,
    refused: HashSet<String>,
    entries: Vec<Entry>,
    now: Moment,
}

impl User {
    pub fn new(schools: &[(Moment, String)]) -> Self {
        let mut user = Self {
            schools: schools.to_vec(),
            latest_expiry: Moment::MIN,
            ..Self::default()
        };
        for (at, school) in schools.iter().skip(1) {
            user.happens(*at, "", Happens::ChangesSchool(school.clone()));
        }
        user
    }

    /// `name` settles what comes first of what happens at one moment.
    pub fn happens(&mut self, at: Moment, name: &str, what: Happens) {
        let place = match what {
            Happens::ChangesSchool(_) => 0,
            Happens::Earns { .. } => 1,
            Happens::Rejected(_) | Happens::ClawedBack(..) => 2,
            Happens::Expires => 3,
            Happens::Vests(_) => 4,
            Happens::Loses(..) | Happens::Requests(..) | Happens::Paid(..) => 5,
            Happens::Cancelled(_) | Happens::Returned(_) => 6,
        };
        self.ahead.push(Reverse((at, place, name.to_owned(), what)));
    }

    /// Everything before `until`.
    pub fn run(mut self, until: Moment) -> Vec<Entry> {
        while let Some(Reverse((at, _, name, what))) = self.ahead.pop() {
            if at >= until {
                break;
            }
            self.now = at;
            self.step(&name, what);
        }
        self.entries
    }

    fn step(&mut self, name: &str, what: Happens) {
        match what {
            Happens::ChangesSchool(school) => self.change_school(&school),
            Happens::Earns {
                lot,
                kind,
                amount,
                funding,
            } => self.earn(lot, kind, amount, funding),
            Happens::Rejected(lot) => self.reject(&lot),
            Happens::ClawedBack(lot, amount) => self.claw_back(name, &lot, amount),
            Happens::Expires => self.expire(),
            Happens::Vests(lot) => self.vest(lot),
            Happens::Loses(kind, account, amount) => {
                self.leave(kind, account, amount);
            }
            Happens::Requests(cash_out, amount) => self.request(cash_out, amount),
            Happens::Paid(cash_out, amount) => self.pay(cash_out, amount),
            Happens::Cancelled(cash_out) => self.cancel(&cash_out),
            Happens::Returned(cash_out) => self.give_back(name, &cash_out),
        }
    }

    fn post(&mut self, kind: &'static str, piece: &Piece, from: &'static str, to: &'static str) {
        self.post_between(
            kind,
            piece,
            from,
            to,
            piece.school.clone(),
            piece.school.clone(),
        );
    }

    fn post_between(
        &mut self,
        kind: &'static str,
        piece: &Piece,
        from: &'static str,
        to: &'static str,
        here: Option<String>,
        there: Option<String>,
    ) {
        let lot = piece.lot.map(|lot| &self.lots[lot]);
        let (id, funding) = (lot.map(|l| l.id.clone()), lot.map(|l| l.funding.clone()));
        for (account, school, amount) in [(from, here, -piece.amount), (to, there, piece.amount)] {
            self.entries.push(Entry {
                kind,
                account,
                lot: id.clone(),
                funding: funding.clone(),
                school,
                amount,
                at: self.now,
            });
        }
    }

    fn school(&self) -> Option<String> {
        let since = self.schools.partition_point(|(from, _)| *from <= self.now);
        let (_, school) = self.schools.get(since.checked_sub(1)?)?;
        Some(school.clone())
    }

    fn earn(&mut self, id: String, kind: &'static str, amount: Amount, funding: String) {
        let school = self.school();
        let number = self.lots.len();
        let name = id.clone();
        self.lots.push(Lot {
            id,
            funding,
            pending: amount,
            vested: 0,
            vests_at: self.now + VESTS,
            school: school.clone(),
        });
        let piece = Piece {
            lot: Some(number),
            amount,
            school,
        };
        self.post(kind, &piece, "funding", "pending");
        self.happens(self.now + VESTS, &name, Happens::Vests(number));
    }

    fn change_school(&mut self, school: &str) {
        for number in 0..self.lots.len() {
            let lot = &mut self.lots[number];
            let piece = Piece {
                lot: Some(number),
                amount: lot.pending,
                school: lot.school.replace(school.to_owned()),
            };
            if piece.amount > 0 && piece.school.as_deref() != Some(school) {
                let there = Some(school.to_owned());
                let here = piece.school.clone();
                self.post_between("school_transfer", &piece, "pending", "pending", here, there);
            }
        }
        for place in 0..self.queue.len() {
            let piece = self.queue[place].0.clone();
            if piece.school.as_deref() != Some(school) {
                let there = Some(school.to_owned());
                let here = piece.school.clone();
                self.post_between(
                    "school_transfer",
                    &piece,
                    "available",
                    "available",
                    here,
                    there.clone(),
                );
                self.queue[place].0.school = there;
            }
        }
    }

    fn vest(&mut self, number: usize) {
        let lot = &mut self.lots[number];
        let amount = std::mem::take(&mut lot.pending);
        lot.vested = amount;
        if amount == 0 {
            return;
        }
        let piece = Piece {
            lot: Some(number),
            amount,
            school: lot.school.clone(),
        };
        let expires = lot.vests_at - VESTS + EXPIRES;
        self.post("vest", &piece, "pending", "available");
        self.arrive(vec![piece], expires);
    }

    /// Into the available balance; what the user owes comes first.
    fn arrive(&mut self, pieces: Vec<Piece>, expires: Moment) {
        self.latest_expiry = self.latest_expiry.max(expires);
        for mut piece in pieces {
            while piece.amount > 0
                && let Some(debt) = self.debts.front_mut()
            {
                let covered = Piece {
                    amount: debt.amount.min(piece.amount),
                    ..piece.clone()
                };
                debt.amount -= covered.amount;
                let group = debt.group;
                if debt.amount == 0 {
                    self.debts.pop_front();
                }
                // It was taken from this lot after all.
                let pieces = &mut self.taken[group];
                if let Some(place) = pieces.iter().position(|p| p.lot.is_none() && p.amount > 0) {
                    pieces[place].amount -= covered.amount;
                    let school = pieces[place].school.clone();
                    pieces.insert(
                        place,
                        Piece {
                            school,
                            ..covered.clone()
                        },
                    );
                }
                self.post("recovery", &covered, "available", "recoverable");
                piece.amount -= covered.amount;
            }
            if piece.amount > 0 {
                self.queue.push_back((piece, self.latest_expiry));
            }
        }
        self.happens(self.latest_expiry, "", Happens::Expires);
    }

    fn expire(&mut self) {
        while self.queue.front().is_some_and(|(_, at)| *at <= self.now) {
            if let Some((piece, _)) = self.queue.pop_front() {
                self.post("expiry", &piece, "available", "expired");
            }
        }
    }

    /// Takes the oldest of what is available, and owes the rest.
    fn leave(&mut self, kind: &'static str, account: &'static str, amount: Amount) -> usize {
        let mut left = amount;
        let mut pieces = Vec::new();
        while left > 0
            && let Some((first, _)) = self.queue.front_mut()
        {
            let part = Piece {
                amount: first.amount.min(left),
                ..first.clone()
            };
            first.amount -= part.amount;
            left -= part.amount;
            if first.amount == 0 {
                self.queue.pop_front();
            }
            pieces.push(part);
        }
        for piece in &pieces {
            self.post(kind, piece, "available", account);
        }
        let group = self.taken.len();
        if left > 0 {
            let piece = Piece {
                lot: None,
                amount: left,
                school: self.school(),
            };
            self.post(kind, &piece, "recoverable", account);
            pieces.push(piece);
            self.debts.push_back(Debt {
                group,
                amount: left,
            });
        }
        self.taken.push(pieces);
        group
    }

    fn reject(&mut self, id: &str) {
        if let Some(number) = self.lots.iter().position(|lot| lot.id == id) {
            let now = self.now;
            let lot = &mut self.lots[number];
            if lot.vests_at > now {
                let piece = Piece {
                    lot: Some(number),
                    amount: std::mem::take(&mut lot.pending),
                    school: lot.school.clone(),
                };
                if piece.amount > 0 {
                    self.post("reversal", &piece, "pending", "funding");
                }
            } else {
                // What vests at this very moment is not there yet.
                let amount = lot.vested + lot.pending;
                let name = format!("reversal:{}", lot.id);
                if amount > 0 {
                    self.happens(now, &name, Happens::Loses("reversal", "funding", amount));
                }
            }
        }
    }

    fn claw_back(&mut self, name: &str, id: &str, amount: Amount) {
        let mut left = amount;
        let now = self.now;
        let pending = self
            .lots
            .iter()
            .position(|lot| lot.id == id && lot.vests_at > now && lot.pending > 0);
        if let Some(number) = pending {
            let lot = &mut self.lots[number];
            let part = lot.pending.min(left);
            lot.pending -= part;
            left -= part;
            let piece = Piece {
                lot: Some(number),
                amount: part,
                school: lot.school.clone(),
            };
            self.post("clawback", &piece, "pending", "clawed_back");
        }
        if left > 0 {
            self.happens(now, name, Happens::Loses("clawback", "clawed_back", left));
        }
    }

    fn request(&mut self, id: String, amount: Amount) {
        let known = self.cash_outs.get(&id).is_some_and(|c| c.was_requested);
        if known || self.refused.contains(&id) {
            return;
        }
        let available: Amount = self.queue.iter().map(|(piece, _)| piece.amount).sum();
        if self.refused.len() >= MOST_REFUSALS || available < amount {
            self.refused.insert(id);
            return;
        }
        let group = self.leave("cash_out_request", "in_settlement", amount);
        let cash_out = self.cash_outs.entry(id).or_default();
        cash_out.was_requested = true;
        cash_out.set_aside = self.taken[group].clone().into();
    }

    fn pay(&mut self, id: String, amount: Amount) {
        let mut cash_out = self.cash_outs.remove(&id).unwrap_or_default();
        let mut left = amount;
        let mut pieces = Vec::new();
        while left > 0
            && let Some(first) = cash_out.set_aside.front_mut()
        {
            let part = Piece {
                amount: first.amount.min(left),
                ..first.clone()
            };
            first.amount -= part.amount;
            left -= part.amount;
            if first.amount == 0 {
                cash_out.set_aside.pop_front();
            }
            self.post("cash_out_paid", &part, "in_settlement", "paid");
            pieces.push(part);
        }
        cash_out.paid.push(self.taken.len());
        self.taken.push(pieces);
        if left > 0 {
            cash_out
                .paid
                .push(self.leave("cash_out_paid", "paid", left));
        }
        self.cash_outs.insert(id, cash_out);
    }

    fn cancel(&mut self, id: &str) {
        if let Some(cash_out) = self.cash_outs.get_mut(id) {
            let pieces: Vec<Piece> = std::mem::take(&mut cash_out.set_aside).into();
            self.come_back("", "cash_out_cancelled", "in_settlement", pieces);
        }
    }

    fn give_back(&mut self, name: &str, id: &str) {
        if let Some(cash_out) = self.cash_outs.get_mut(id) {
            let groups = std::mem::take(&mut cash_out.paid);
            let pieces = groups.iter().flat_map(|&group| self.taken[group].clone());
            let pieces: Vec<Piece> = pieces.filter(|p| p.amount > 0).collect();
            self.come_back(name, "cash_out_returned", "paid", pieces);
        }
    }

    fn come_back(
        &mut self,
        name: &str,
        kind: &'static str,
        account: &'static str,
        pieces: Vec<Piece>,
    ) {
        if pieces.is_empty() {
            return;
        }
        let here = self.school();
        let mut back = Vec::new();
        for mut piece in pieces {
            if piece.lot.is_none() {
                // Nothing had covered it: it is a lot of its own.
                piece.lot = Some(self.lots.len());
                self.lots.push(Lot {
                    id: format!("returned:{name}"),
                    funding: "programme".to_owned(),
                    pending: 0,
                    vested: 0,
                    vests_at: Moment::MIN,
                    school: None,
                });
            }
            self.post(kind, &piece, account, "available");
            if piece.school != here {
                let (from, to) = (piece.school.clone(), here.clone());
                self.post_between(
                    "school_transfer",
                    &piece,
                    "available",
                    "available",
                    from,
                    to,
                );
            }
            piece.school.clone_from(&here);
            back.push(piece);
        }
        self.arrive(back, self.now + EXPIRES - VESTS);
    }
}

/// What each account holds, by the sum of its entries.
#[cfg(test)]
fn balances(entries: &[Entry]) -> BTreeMap<&'static str, Amount> {
    let mut sums = BTreeMap::new();
    for entry in entries {
        *sums.entry(entry.account).or_default() += entry.amount;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn earns(user: &mut User, at: Moment, lot: &str, amount: Amount) {
        user.happens(
            at,
            lot,
            Happens::Earns {
                lot: lot.to_owned(),
                kind: "accrual",
                amount,
                funding: "a".to_owned(),
            },
        );
    }

    #[test]
    fn what_is_paid_beyond_the_balance_is_owed_and_recovered() {
        let mut user = User::new(&[(Moment::MIN, "s1".to_owned())]);
        earns(&mut user, 0, "1", 100);
        user.happens(20 * DAY, "e1", Happens::Paid("c1".to_owned(), 250));
        earns(&mut user, 30 * DAY, "2", 400);
        let entries = user.run(50 * DAY);
        let sums = balances(&entries);
        assert_eq!(sums["paid"], 250);
        assert_eq!(sums["recoverable"], 0);
        assert_eq!(sums["available"], 250);
    }

    #[test]
    fn a_return_of_a_return_brings_nothing_and_lots_expire() {
        let mut user = User::new(&[(Moment::MIN, "s1".to_owned())]);
        earns(&mut user, 0, "1", 100);
        user.happens(20 * DAY, "e1", Happens::Requests("c1".to_owned(), 100));
        user.happens(21 * DAY, "e2", Happens::Paid("c1".to_owned(), 100));
        user.happens(22 * DAY, "e3", Happens::Returned("c1".to_owned()));
        user.happens(23 * DAY, "e4", Happens::Returned("c1".to_owned()));
        let sums = balances(&user.run(500 * DAY));
        assert_eq!(sums["paid"], 0);
        assert_eq!(sums["available"], 0);
        assert_eq!(sums["expired"], 100);
    }

    #[test]
    fn more_than_there_is_is_refused() {
        let mut user = User::new(&[(Moment::MIN, "s1".to_owned())]);
        earns(&mut user, 0, "1", 100);
        user.happens(20 * DAY, "e1", Happens::Requests("c1".to_owned(), 101));
        let sums = balances(&user.run(21 * DAY));
        assert_eq!(sums.get("in_settlement"), None);
        assert_eq!(sums["available"], 100);
    }
}
