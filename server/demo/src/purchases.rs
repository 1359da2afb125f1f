//! Exactly N purchase lines: how many users that takes, and their receipts by day.

use std::path::Path;

use crate::DemoError;
use crate::calendar::Calendar;
use crate::parallel;
use crate::schools::Schools;
use crate::spill::{Receipt, Spill};
use crate::stream::Streams;
use crate::users::Users;
use crate::visits::Visits;

/// What a user buys in the world on average: only a first guess, the count is measured.
const LINES_PER_USER: f64 = 50.0;
/// Thinning away more than this would leave receipts noticeably shorter.
const LEAST_KEPT: f64 = 0.95;
const MOST_GUESSES: usize = 24;

/// How many users, and how many lines each block of them would buy before thinning.
pub struct Plan {
    wanted: u64,
    users: u32,
    block: u32,
    /// Lines before each block, and in total.
    before: Vec<u64>,
}

fn broken(reason: String) -> DemoError {
    DemoError::Refused(format!(
        "The demo world's parameters are not usable: {reason}. Nothing was written."
    ))
}

impl Plan {
    /// Adds users until together they buy at least `wanted` lines; the few too many are thinned
    /// out evenly later.
    pub fn new(
        wanted: u64,
        threads: usize,
        streams: &Streams,
        calendar: &Calendar,
        schools: &Schools,
    ) -> Result<Self, DemoError> {
        let mut guess = (wanted as f64 / LINES_PER_USER).ceil().max(1.0);
        let mut enough: Option<Self> = None;
        for _ in 0..MOST_GUESSES {
            let count = guess as u64;
            if count >= 1 << 31 {
                return Err(DemoError::Refused(format!(
                    "{wanted} purchases are more than a demo world can hold. Nothing was written. \
                     Ask for fewer."
                )));
            }
            let count = count as u32;
            // Large enough that a day's share of a block is worth one read, small enough for memory.
            let block = (count / 64).clamp(64, 16_384);
            let users = Users::new(count, streams, calendar, schools).map_err(broken)?;
            let visits = Visits::new(&users, calendar, streams).map_err(broken)?;
            let lines = parallel::map(threads, blocks(count, block), |index| {
                let mut receipts = Vec::new();
                for user in block_of(index, count, block) {
                    visits.of(user, &mut receipts);
                }
                Ok(receipts.iter().map(|r| u64::from(r.lines)).sum::<u64>())
            })?;
            let mut before = vec![0u64];
            let mut total = 0;
            for block_lines in lines {
                total += block_lines;
                before.push(total);
            }
            let fits = wanted as f64 / total.max(1) as f64;
            if total >= wanted && enough.as_ref().is_none_or(|best| count < best.users) {
                enough = Some(Self {
                    wanted,
                    users: count,
                    block,
                    before,
                });
            }
            if total >= wanted && fits >= LEAST_KEPT {
                break;
            }
            if enough.is_none() {
                guess = (guess * fits.min(3.0) * 1.02).ceil() + 1.0;
            } else if fits < 1.0 && count > 1 {
                guess = (guess * fits * 1.015).ceil().min(guess - 1.0);
            } else {
                break;
            }
        }
        enough.ok_or_else(|| broken("too few purchases per user".into()))
    }

    pub fn users<'a>(
        &self,
        streams: &'a Streams,
        calendar: &'a Calendar,
        schools: &'a Schools,
    ) -> Result<Users<'a>, DemoError> {
        Users::new(self.users, streams, calendar, schools).map_err(broken)
    }

    /// Makes every user's receipts and sets them aside by landing day.
    pub fn spill(
        &self,
        users: &Users<'_>,
        streams: &Streams,
        calendar: &Calendar,
        folder: &Path,
        threads: usize,
    ) -> Result<Spill, DemoError> {
        let visits = Visits::new(users, calendar, streams).map_err(broken)?;
        let spill = Spill::create(folder, calendar.days())?;
        let total = self.before.last().copied().unwrap_or(0);
        let kept_before = |line: u64| {
            (u128::from(line) * u128::from(self.wanted) / u128::from(total.max(1))) as u64
        };
        parallel::map(threads, blocks(self.users, self.block), |index| {
            let mut receipts: Vec<Receipt> = Vec::new();
            for user in block_of(index, self.users, self.block) {
                visits.of(user, &mut receipts);
            }
            let mut line = self.before[index];
            receipts.retain_mut(|receipt| {
                let end = line + u64::from(receipt.lines);
                let kept = kept_before(end) - kept_before(line);
                line = end;
                // Never more than the receipt had, which fitted.
                receipt.lines = kept as u8;
                kept > 0
            });
            spill.put(&mut receipts, |r| calendar.landing_day(r.at))
        })?;
        Ok(spill)
    }
}

fn blocks(users: u32, block: u32) -> usize {
    users.div_ceil(block) as usize
}

fn block_of(index: usize, users: u32, block: u32) -> std::ops::Range<u32> {
    let start = index as u32 * block;
    start..users.min(start.saturating_add(block))
}
