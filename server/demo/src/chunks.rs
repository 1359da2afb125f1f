//! The days one after another, a few at a time, each few shared among threads. What one day puts into a later one waits
//! in memory: some hundredths of the rows for some days, whatever the world's length.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::DemoError;
use crate::activity::Happening;
use crate::bank::{Bank, Earning};
use crate::day::Days;
use crate::files::{Account, Files};
use crate::inject::Sheet;
use crate::parallel;
use crate::rows::Rows;
use crate::source::Source;
use crate::spill::{Receipt, Spill};

/// Rows in memory at a time, about.
const ROWS: u64 = 250_000;
const MOST_DAYS: u64 = 32;

/// Writes every day's files; `done` is told, in order of days, what is in them.
pub fn write(
    days: &Days<'_>,
    files: &Files<'_>,
    spill: &Spill,
    bank: &mut Bank<'_>,
    purchases: u64,
    threads: usize,
    mut done: impl FnMut(Vec<Account>) -> Result<(), DemoError>,
) -> Result<(), DemoError> {
    let calendar = days.calendar;
    let count = calendar.days();
    let per_day = 2 * purchases / count as u64 + 1;
    let length = (ROWS / per_day).clamp(threads as u64, MOST_DAYS.max(threads as u64)) as usize;
    let mut ahead: Vec<Vec<Happening>> = vec![Vec::new(); count];
    // A file that holds one row and one that holds only its copy are the same bytes.
    let mut seen: HashSet<(Source, u64)> = HashSet::new();
    let none = || Source::ALL.map(Rows::new);
    let mut later: Vec<[Rows; 6]> = (0..count).map(|_| none()).collect();

    for start in (0..count).step_by(length) {
        let chunk = start..count.min(start + length);
        let drawn: Vec<(Vec<Receipt>, Vec<Happening>, Vec<Earning>)> =
            parallel::map(threads, chunk.len(), |n| {
                let receipts = spill.take(start + n)?;
                let happened = days.happenings(start + n, &receipts);
                let earned = days.earnings(start + n, &receipts);
                Ok((receipts, happened, earned))
            })?;
        let mut receipts = Vec::with_capacity(chunk.len());
        for (day, (of_day, mut happened, earned)) in chunk.clone().zip(drawn) {
            receipts.push(of_day);
            bank.day(day, &earned, &mut happened);
            for event in happened {
                ahead[calendar.landing_day(event.at)].push(event);
            }
        }
        let happened: Vec<Vec<Happening>> = chunk
            .clone()
            .map(|day| {
                let mut events = std::mem::take(&mut ahead[day]);
                events.sort_unstable();
                events
            })
            .collect();
        let bank = &*bank;
        let mut sheets = parallel::map(threads, chunk.len(), |n| {
            Ok(days.sheets(start + n, &receipts[n], &happened[n], &bank.deals))
        })?;
        for sheet in sheets.iter_mut().flatten() {
            for moved in sheet.later.drain(..) {
                later[moved.day][sheet.rows.source as usize].push(&moved.row);
            }
        }
        let sheets: Vec<Mutex<Vec<Sheet>>> = sheets.into_iter().map(Mutex::new).collect();
        let accounts = parallel::map(threads, chunk.len(), |n| {
            let of_day =
                std::mem::take(&mut *sheets[n].lock().unwrap_or_else(PoisonError::into_inner));
            let mut accounts = Vec::with_capacity(Source::ALL.len());
            for sheet in of_day {
                let late = &later[start + n][sheet.rows.source as usize];
                accounts.extend(files.write(sheet.rows, start + n, late)?);
            }
            Ok(accounts)
        })?;
        for day in chunk {
            later[day] = none();
        }
        let mut accounts: Vec<Account> = accounts.into_iter().flatten().collect();
        for account in &mut accounts {
            if let Some(digest) = account.digest
                && !seen.insert((account.source, digest))
            {
                account.skip();
            }
        }
        done(accounts)?;
    }
    Ok(())
}
