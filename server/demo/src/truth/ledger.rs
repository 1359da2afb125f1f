//! The clean ledger of rewards and its roll-forward, worked out from the rows that count, user by user.
//!
//! Effective: by the month in which entries take effect, with all that is known at the world's end. Posted: as if every
//! month had been closed on the fifth of the next with what had landed by then; what became known later is in the month
//! that was open.

use std::collections::{BTreeMap, HashMap};

use super::facts::{Amount, Facts, Known, Moment, amount};
use super::replay::{Entry, Happens, INVITEE, INVITER, User};
use super::table::{Table, epoch_moments, given, money4, text, yes_no};
use crate::calendar::Calendar;
use crate::{DemoError, parallel};

/// The day of the next month on which a month is closed.
const CLOSE_DAY: i8 = 5;
const OWED: [&str; 3] = ["pending", "available", "in_settlement"];

/// Line, school, funding source, and month of effect, as year × 12 + month from 0.
type Key = (&'static str, Option<String>, String, i32);
type Sums = BTreeMap<Key, Amount>;

/// Every user with what happens to them.
fn users(known: &Known) -> BTreeMap<String, User> {
    let mut users: BTreeMap<String, User> = BTreeMap::new();
    let nobody: &[(Moment, String)] = &[];
    let mut of = |id: &str, at: Moment, name: &str, what: Happens| {
        let schools = known.schools.get(id).map_or(nobody, Vec::as_slice);
        users
            .entry(id.to_owned())
            .or_insert_with(|| User::new(schools))
            .happens(at, name, what);
    };
    let mut rejected: HashMap<&str, Moment> = HashMap::new();
    for event in known.events.iter().filter(|e| e.kind == "receipt_rejected") {
        if let Some(receipt) = event.properties.get("receipt_id") {
            let first = rejected.entry(receipt).or_insert(event.at);
            *first = event.at.min(*first);
        }
    }
    let mut firsts: HashMap<&str, Moment> = HashMap::new();
    for (id, purchase) in &known.purchases {
        let rejection = rejected.get(purchase.receipt.as_str());
        if rejection.is_none() && !purchase.receipt.is_empty() {
            let first = firsts.entry(&purchase.user).or_insert(purchase.at);
            *first = purchase.at.min(*first);
        }
        let Some((amount, funding)) = known.reward(purchase) else {
            continue;
        };
        let lot = format!("purchase:{id}");
        if amount > 0 {
            let earns = Happens::Earns {
                lot: lot.clone(),
                kind: "accrual",
                amount,
                funding: funding.to_owned(),
            };
            of(&purchase.user, purchase.at, &lot, earns);
            if let Some(at) = rejection {
                let at = purchase.at.max(*at);
                of(&purchase.user, at, &lot, Happens::Rejected(lot.clone()));
            }
        } else if rejection.is_none() {
            let loses = Happens::Loses("accrual", "funding", -amount);
            of(&purchase.user, purchase.at, &lot, loses);
        }
    }
    bonuses(known, &firsts, &mut of);
    money(known, &mut of);
    users
}

fn bonuses(
    known: &Known,
    firsts: &HashMap<&str, Moment>,
    of: &mut impl FnMut(&str, Moment, &str, Happens),
) {
    // The first sign-up that names an invite accepts it.
    let mut accepted: BTreeMap<&str, (Moment, &str, &str)> = BTreeMap::new();
    for event in known.events.iter().filter(|e| e.kind == "signed_up") {
        if let (Some(invite), Some(user)) = (event.properties.get("referral_id"), &event.user) {
            let told = (event.at, event.id.as_str(), user.as_str());
            let first = accepted.entry(invite).or_insert(told);
            *first = told.min(*first);
        }
    }
    for (invite, (_, _, invitee)) in accepted {
        let (Some(inviter), Some(&at)) = (known.referrals.get(invite), firsts.get(invitee)) else {
            continue;
        };
        if inviter == invitee {
            continue;
        }
        let mut bonus = |user: &str, role: &str, amount| {
            let lot = format!("referral:{invite}:{role}");
            let earns = Happens::Earns {
                lot: lot.clone(),
                kind: "referral_bonus",
                amount,
                funding: "programme".to_owned(),
            };
            of(user, at, &lot, earns);
        };
        bonus(invitee, "invitee", INVITEE);
        if known.users.contains(inviter) {
            bonus(inviter, "inviter", INVITER);
        }
    }
}

fn money(known: &Known, of: &mut impl FnMut(&str, Moment, &str, Happens)) {
    // A cash-out belongs to whoever asked for it first.
    let mut asked: HashMap<&str, (Moment, &str, &str)> = HashMap::new();
    for event in known
        .events
        .iter()
        .filter(|e| e.kind == "cash_out_requested")
    {
        if let (Some(cash_out), Some(user)) = (event.properties.get("cash_out_id"), &event.user) {
            let told = (event.at, event.id.as_str(), user.as_str());
            let first = asked.entry(cash_out).or_insert(told);
            *first = told.min(*first);
        }
    }
    for event in &known.events {
        let property = |name: &str| event.properties.get(name).map_or("", String::as_str);
        let sum = amount(property("amount"));
        let id = property("cash_out_id").to_owned();
        let user = match asked.get(id.as_str()) {
            Some((_, _, user)) => user,
            None => event.user.as_deref().unwrap_or("(unknown)"),
        };
        let first = asked
            .get(id.as_str())
            .is_some_and(|told| told.1 == event.id);
        let happens = match event.kind.as_str() {
            "cash_out_requested" if first && sum > 0 => Happens::Requests(id, sum),
            "cash_out_cancelled" => Happens::Cancelled(id),
            "cash_out_paid" if sum > 0 => Happens::Paid(id, sum),
            "cash_out_returned" => Happens::Returned(id),
            "reward_clawed_back" if sum > 0 => {
                let lot = format!("{}:{}", property("source_type"), property("source_id"));
                Happens::ClawedBack(lot, sum)
            }
            "reward_adjusted" if sum > 0 => Happens::Earns {
                lot: format!("adjustment:{}", event.id),
                kind: "adjustment",
                amount: sum,
                funding: "programme".to_owned(),
            },
            "reward_adjusted" if sum < 0 => Happens::Loses("adjustment", "funding", -sum),
            _ => continue,
        };
        of(user, event.at, &event.id, happens);
    }
}

/// Every user's entries, of what is known by a landing day.
fn entries(
    facts: &Facts,
    by: usize,
    calendar: &Calendar,
    threads: usize,
) -> Result<Vec<(String, Vec<Entry>)>, DemoError> {
    let known = facts.known(by);
    let users: Vec<(String, std::sync::Mutex<Option<User>>)> = users(&known)
        .into_iter()
        .map(|(id, user)| (id, std::sync::Mutex::new(Some(user))))
        .collect();
    let until = calendar.local_end(calendar.last());
    parallel::map(threads, users.len(), |n| {
        let (id, user) = &users[n];
        let user = user
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
        Ok((
            id.clone(),
            user.map_or_else(Vec::new, |user| user.run(until)),
        ))
    })
}

/// What changes what is owed to users, by line.
fn line(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "accrual" | "reversal" => "accrued",
        "referral_bonus" => "bonuses",
        "cash_out_returned" => "returned",
        "school_transfer" => "transfers",
        "adjustment" => "adjustments",
        "cash_out_paid" => "paid",
        "expiry" => "expired",
        "clawback" => "clawed_back",
        "recovery" => "recovered",
        _ => return None,
    })
}

fn sums(entries: &[(String, Vec<Entry>)], calendar: &Calendar) -> Sums {
    let mut sums = Sums::new();
    for entry in entries.iter().flat_map(|(_, entries)| entries) {
        if let (Some(line), true) = (line(entry.kind), OWED.contains(&entry.account)) {
            let funding = entry.funding.clone().unwrap_or_default();
            let key = (
                line,
                entry.school.clone(),
                funding,
                calendar.local_month(entry.at),
            );
            *sums.entry(key).or_default() += entry.amount;
        }
    }
    sums
}

/// Writes `ledger`, `roll_forward_effective` and `roll_forward_posted`.
pub fn write(
    path: &std::path::Path,
    facts: &Facts,
    calendar: &Calendar,
    threads: usize,
) -> Result<(), DemoError> {
    let clean = entries(facts, calendar.last(), calendar, threads)?;
    let mut table = Table::new(path, "ledger");
    for block in clean.chunks(1024) {
        let rows = || {
            block
                .iter()
                .flat_map(|(user, entries)| entries.iter().map(move |e| (user, e)))
        };
        table.append(vec![
            ("user_id", text(rows().map(|(user, _)| Some(user)))),
            ("entry_type", text(rows().map(|(_, e)| Some(e.kind)))),
            ("account", text(rows().map(|(_, e)| Some(e.account)))),
            ("lot_id", text(rows().map(|(_, e)| e.lot.as_deref()))),
            (
                "funding_source",
                text(rows().map(|(_, e)| e.funding.as_deref())),
            ),
            ("school_id", text(rows().map(|(_, e)| e.school.as_deref()))),
            ("amount", money4(rows().map(|(_, e)| e.amount))),
            ("effective_at", epoch_moments(rows().map(|(_, e)| e.at))),
        ])?;
    }
    table.close()?;

    let effective = sums(&clean, calendar);
    drop(clean);
    let rows: Vec<(i32, &Key, Amount)> = effective
        .iter()
        .map(|(key, sum)| (key.3, key, *sum))
        .collect();
    roll_forward(Table::new(path, "roll_forward_effective"), &rows)?;

    let mut before = Sums::new();
    let mut posted: Vec<(i32, Key, Amount)> = Vec::new();
    for (month, by) in calendar.closes(CLOSE_DAY) {
        let now = match by {
            // What is after the world's end closes nothing.
            None => effective.clone(),
            Some(by) => sums(&entries(facts, by, calendar, threads)?, calendar)
                .into_iter()
                .filter(|(key, _)| key.3 <= month)
                .collect(),
        };
        let keys: std::collections::BTreeSet<&Key> = before.keys().chain(now.keys()).collect();
        for key in keys {
            let change = now.get(key).unwrap_or(&0) - before.get(key).unwrap_or(&0);
            if change != 0 {
                // What belongs to months to come is not closed with this one.
                posted.push((month.max(key.3), key.clone(), change));
            }
        }
        before = now;
    }
    let rows: Vec<(i32, &Key, Amount)> = posted
        .iter()
        .map(|(month, key, sum)| (*month, key, *sum))
        .collect();
    roll_forward(Table::new(path, "roll_forward_posted"), &rows)
}

fn roll_forward(mut table: Table, rows: &[(i32, &Key, Amount)]) -> Result<(), DemoError> {
    let month = |month: i32| {
        format!(
            "{:04}-{:02}",
            month.div_euclid(12),
            month.rem_euclid(12) + 1
        )
    };
    table.append(vec![
        ("period", text(rows.iter().map(|r| Some(month(r.0))))),
        (
            "effective_month",
            text(rows.iter().map(|r| Some(month(r.1.3)))),
        ),
        ("is_prior_period", yes_no(rows.iter().map(|r| r.1.3 < r.0))),
        ("line", text(rows.iter().map(|r| Some(r.1.0)))),
        ("school_id", text(rows.iter().map(|r| r.1.1.as_deref()))),
        ("funding_source", text(rows.iter().map(|r| given(&r.1.2)))),
        ("amount", money4(rows.iter().map(|r| r.2))),
    ])?;
    table.close()
}
