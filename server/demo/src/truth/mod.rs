//! What no pipeline is told, as Parquet: what was put in on purpose, what should come of every row, and what the world is
//! really like.
//!
//! | file | one row is |
//! |---|---|
//! | faults | a row, or a whole file (no `row_number`), that a fault has touched, noted as it was put in |
//! | outcomes | a landed row that is not live at the world's end; all other rows of the files are |
//! | files | a file: rows, live rows, live amount; `taken`, `skipped` (the same bytes again) or `missing` |
//! | totals | a source's outcome: rows and amount |
//! | parameters | a parameter of the world, as text |
//! | users | a user: purchase rate, chance of leaving, the real inviter, generation |
//! | invites | an invite: what came or will come of it |
//! | ledger | an entry of the rewards ledger, of the rows that count |
//! | roll_forward_effective, roll_forward_posted | what changed what is owed, by line, month, school and funding source |

pub mod facts;
mod json;
mod ledger;
mod replay;
mod table;

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use self::table::{Table, given, moments, money, real, text, whole, yes_no};
use crate::calendar::Calendar;
use crate::dated::Dated;
use crate::fates::{Fates, Landing};
use crate::files::{Account, Arrival};
use crate::invites::{ANSWER_DELAY, CONVERSION, Fate, INVITE_DELAY, Invites};
use crate::landing::{STAGING, failed};
use crate::rows::Outcome;
use crate::source::Source;
use crate::stream::Streams;
use crate::users::{INVITE_SHAPE, K, Users};
use crate::visits::{LEAVE, RATE_SCALE, RATE_SHAPE, Visits};
use crate::{DemoError, World, parallel};

const FILES: [&str; 10] = [
    "faults",
    "outcomes",
    "files",
    "totals",
    "parameters",
    "users",
    "invites",
    "ledger",
    "roll_forward_effective",
    "roll_forward_posted",
];
const BLOCK: usize = 16_384;

/// The truth in the making. Dropped before `publish`, it takes its files with it.
pub struct Truth {
    out: PathBuf,
    path: PathBuf,
    faults: Table,
    outcomes: Table,
    files: Table,
    totals: BTreeMap<(Source, Outcome), (u64, i128)>,
    facts: facts::Facts,
}

impl Truth {
    /// # Errors
    /// `Refused` when the folder holds something that is no truth of a demo world.
    pub fn open(out: &Path) -> Result<Self, DemoError> {
        refuse_foreign(out)?;
        let path = out.join(STAGING);
        fs::create_dir_all(&path).map_err(failed(&path))?;
        Ok(Self {
            faults: Table::new(&path, "faults"),
            outcomes: Table::new(&path, "outcomes"),
            files: Table::new(&path, "files"),
            totals: BTreeMap::new(),
            facts: facts::Facts::default(),
            out: out.to_owned(),
            path,
        })
    }

    /// Notes what is in some files.
    pub fn add(
        &mut self,
        mut accounts: Vec<Account>,
        calendar: &Calendar,
    ) -> Result<(), DemoError> {
        for account in &mut accounts {
            let told = std::mem::take(&mut account.told);
            if account.arrival == Arrival::Taken {
                self.facts.add(told, account.day);
            }
        }
        let accounts = &accounts[..];
        let faults = || {
            accounts
                .iter()
                .flat_map(|a| a.faults.iter().map(move |f| (a, f)))
        };
        self.faults.append(vec![
            ("kind", text(faults().map(|(_, f)| Some(f.kind.name())))),
            ("source", text(faults().map(|(a, _)| Some(a.source.name())))),
            ("file", text(faults().map(|(a, _)| Some(a.path.as_str())))),
            ("row_number", whole(faults().map(|(_, f)| f.row))),
            ("key", text(faults().map(|(_, f)| given(&f.key)))),
            (
                "expected_outcome",
                text(faults().map(|(_, f)| f.outcome.map(Outcome::name))),
            ),
            (
                "expected_reason",
                text(faults().map(|(_, f)| f.outcome.and_then(Outcome::reason))),
            ),
            ("what", text(faults().map(|(_, f)| Some(f.what)))),
        ])?;
        let judged = || {
            accounts
                .iter()
                .flat_map(|a| a.judged.iter().map(move |j| (a, j)))
        };
        self.outcomes.append(vec![
            ("source", text(judged().map(|(a, _)| Some(a.source.name())))),
            ("file", text(judged().map(|(a, _)| Some(a.path.as_str())))),
            ("row_number", whole(judged().map(|(_, j)| Some(j.row)))),
            ("key", text(judged().map(|(_, j)| given(&j.key)))),
            (
                "outcome",
                text(judged().map(|(_, j)| Some(j.outcome.name()))),
            ),
            ("reason", text(judged().map(|(_, j)| j.outcome.reason()))),
        ])?;
        let live = |a: &Account| {
            a.outcomes
                .iter()
                .find(|(outcome, ..)| *outcome == Outcome::Live)
                .map_or((0, 0), |&(_, rows, cents)| (rows, cents))
        };
        self.files.append(vec![
            (
                "source",
                text(accounts.iter().map(|a| Some(a.source.name()))),
            ),
            ("file", text(accounts.iter().map(|a| Some(a.path.as_str())))),
            (
                "dt",
                text(accounts.iter().map(|a| Some(calendar.name(a.day)))),
            ),
            (
                "status",
                text(accounts.iter().map(|a| {
                    Some(match a.arrival {
                        Arrival::Taken => "taken",
                        Arrival::Skipped => "skipped",
                        Arrival::Missing => "missing",
                    })
                })),
            ),
            ("rows", whole(accounts.iter().map(|a| Some(a.rows())))),
            ("live_rows", whole(accounts.iter().map(|a| Some(live(a).0)))),
            (
                "live_amount",
                money(
                    accounts
                        .iter()
                        .map(|a| (a.source == Source::Purchases).then(|| live(a).1)),
                ),
            ),
        ])?;
        for account in accounts.iter().filter(|a| a.arrival == Arrival::Taken) {
            for &(outcome, rows, cents) in &account.outcomes {
                let total = self.totals.entry((account.source, outcome)).or_default();
                total.0 += rows;
                total.1 += cents;
            }
        }
        Ok(())
    }

    /// Writes the ledger of rewards.
    pub fn ledger(&self, calendar: &Calendar, threads: usize) -> Result<(), DemoError> {
        ledger::write(&self.path, &self.facts, calendar, threads)
    }

    /// Writes users and invites as they really are.
    pub fn people(
        &mut self,
        users: &Users<'_>,
        invites: &Invites,
        fates: &Fates<'_>,
        streams: &Streams,
        calendar: &Calendar,
        threads: usize,
    ) -> Result<(), DemoError> {
        let visits = Visits::new(users, calendar, streams).map_err(DemoError::Refused)?;
        let count = users.count() as usize;
        let mut generations: Vec<u16> = Vec::with_capacity(count);
        let mut table = Table::new(&self.path, "users");
        for start in (0..count).step_by(BLOCK) {
            let block = start..count.min(start + BLOCK);
            let known = parallel::map(threads, block.len(), |n| {
                let user = (start + n) as u32;
                let nature = visits.of(user, &mut Vec::new());
                Ok((user, nature, users.inviter(user)))
            })?;
            for (_, _, inviter) in &known {
                let generation = inviter.map_or(0, |inviter| {
                    generations
                        .get(inviter as usize)
                        .copied()
                        .unwrap_or(0)
                        .saturating_add(1)
                });
                generations.push(generation);
            }
            table.append(vec![
                ("user_id", text(known.iter().map(|k| Some(Users::id(k.0))))),
                (
                    "signed_up_at",
                    moments(known.iter().map(|k| users.sign_up(k.0).at), calendar),
                ),
                ("rate", real(known.iter().map(|k| k.1.rate))),
                ("leave_chance", real(known.iter().map(|k| k.1.leave))),
                ("has_left", yes_no(known.iter().map(|k| k.1.left))),
                (
                    "inviter_user_id",
                    text(known.iter().map(|k| k.2.map(Users::id))),
                ),
                (
                    "generation",
                    whole(
                        known
                            .iter()
                            .map(|k| Some(u64::from(generations[k.0 as usize]))),
                    ),
                ),
                (
                    "lands",
                    text(known.iter().map(|k| {
                        Some(match fates.landing(k.0) {
                            Landing::AtOnce => "at_once",
                            Landing::From(_) => "later",
                            Landing::Never => "never",
                        })
                    })),
                ),
            ])?;
        }
        table.close()?;
        let mut table = Table::new(&self.path, "invites");
        for (block, start) in invites.all.chunks(BLOCK).zip((1u32..).step_by(BLOCK)) {
            table.append(vec![
                (
                    "referral_id",
                    text((start..).take(block.len()).map(|n| Some(Invites::id(n)))),
                ),
                (
                    "inviter_user_id",
                    text(block.iter().map(|i| Some(Users::id(i.inviter)))),
                ),
                ("invited_at", moments(block.iter().map(|i| i.at), calendar)),
                (
                    "outcome",
                    text(block.iter().map(|i| {
                        Some(match i.fate {
                            Fate::Accepted(_) => "accepted",
                            Fate::Open => "open",
                            Fate::Never => "never",
                        })
                    })),
                ),
                (
                    "invitee_user_id",
                    text(block.iter().map(|i| match i.fate {
                        Fate::Accepted(user) => Some(Users::id(user)),
                        Fate::Open | Fate::Never => None,
                    })),
                ),
            ])?;
        }
        table.close()
    }

    /// Writes the parameters and the totals.
    pub fn parameters(
        &mut self,
        world: &World,
        users: u32,
        dated: &Dated,
        calendar: &Calendar,
    ) -> Result<(), DemoError> {
        let mut all: Vec<(String, String)> = [
            ("seed", world.seed.to_string()),
            ("purchases", world.purchases.to_string()),
            ("from", calendar.name(0).to_owned()),
            ("until", world.until.to_string()),
            ("users", users.to_string()),
            ("k", K.to_string()),
            ("invites_per_user", INVITE_SHAPE.to_string()),
            ("invite_dispersion", "0.5".to_owned()),
            ("invite_delay_days", INVITE_DELAY.to_string()),
            ("conversion", CONVERSION.to_string()),
            ("conversion_delay_shape", ANSWER_DELAY.0.to_string()),
            ("conversion_delay_scale_days", ANSWER_DELAY.1.to_string()),
            ("purchase_rate_shape", RATE_SHAPE.to_string()),
            ("purchase_rate_scale", RATE_SCALE.to_string()),
            ("leave_a", LEAVE.0.to_string()),
            ("leave_b", LEAVE.1.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        for (kind, rate) in world.dirt.listed() {
            all.push((format!("dirt.{kind}"), rate.to_string()));
        }
        let dates = [
            ("new_column_from", dated.new_column),
            ("text_column_from", dated.text_column),
            ("rename_column_from", dated.rename),
        ];
        for (name, day) in dates {
            if let Some(day) = day {
                all.push((name.to_owned(), calendar.name(day).to_owned()));
            }
        }
        for day in dated.missing_days() {
            all.push(("missing_events".to_owned(), calendar.name(day).to_owned()));
        }
        for &day in &dated.ten_times {
            all.push(("ten_times".to_owned(), calendar.name(day).to_owned()));
        }
        let mut table = Table::new(&self.path, "parameters");
        table.append(vec![
            ("name", text(all.iter().map(|(name, _)| Some(name)))),
            ("value", text(all.iter().map(|(_, value)| Some(value)))),
        ])?;
        table.close()?;

        let totals: Vec<_> = self.totals.iter().collect();
        let mut table = Table::new(&self.path, "totals");
        table.append(vec![
            ("source", text(totals.iter().map(|t| Some(t.0.0.name())))),
            ("outcome", text(totals.iter().map(|t| Some(t.0.1.name())))),
            ("reason", text(totals.iter().map(|t| t.0.1.reason()))),
            ("rows", whole(totals.iter().map(|t| Some(t.1.0)))),
            (
                "amount",
                money(
                    totals
                        .iter()
                        .map(|t| (t.0.0 == Source::Purchases).then_some(t.1.1)),
                ),
            ),
        ])?;
        table.close()
    }

    /// Moves the files into place, over those of a world before.
    pub fn publish(mut self) -> Result<(), DemoError> {
        self.faults.close()?;
        self.outcomes.close()?;
        self.files.close()?;
        for name in FILES {
            let to = self.out.join(format!("{name}.parquet"));
            fs::rename(self.path.join(format!("{name}.parquet")), &to).map_err(failed(&to))?;
        }
        Ok(())
    }
}

impl Drop for Truth {
    fn drop(&mut self) {
        // Best effort: the next generation writes over what could not be removed.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn refuse_foreign(out: &Path) -> Result<(), DemoError> {
    let entries = match fs::read_dir(out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(out)(error)),
    };
    for entry in entries {
        let name = entry.map_err(failed(out))?.file_name();
        let own = name == STAGING
            || FILES
                .iter()
                .any(|file| name.to_str() == Some(&format!("{file}.parquet")));
        if !own {
            return Err(DemoError::Refused(format!(
                "{} holds {}, which is no part of a demo world's truth. Nothing was written. \
                 Choose an empty folder for --truth.",
                out.display(),
                name.display()
            )));
        }
    }
    Ok(())
}
