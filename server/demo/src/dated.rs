//! Faults that befall whole files or begin on a day.

use std::collections::BTreeSet;

use crate::calendar::Calendar;
use crate::dirt::{Dirt, Kind};
use crate::source::Source;
use crate::stream::{Streams, Topic};

#[derive(Debug, Default)]
pub struct Dated {
    /// Files of events that never arrive.
    missing: BTreeSet<usize>,
    /// Files that arrive again, under another name: source and day.
    twice: BTreeSet<(Source, usize)>,
    /// Days on which every purchase arrives ten times.
    pub ten_times: BTreeSet<usize>,
    /// From that day on purchases have one more column.
    pub new_column: Option<usize>,
    /// From that day on schools' students are written in words.
    pub text_column: Option<usize>,
    /// From that day on `amount` is called otherwise.
    pub rename: Option<usize>,
}

pub const NEW_COLUMN: &str = "loyalty_tier";
pub const RENAMED: (&str, &str) = ("amount", "net_amount");

impl Dated {
    pub fn new(dirt: &Dirt, streams: &Streams, calendar: &Calendar) -> Self {
        // Each kind has a part of the world's time for itself.
        let days = |kind: Kind, from: f64, to: f64| -> BTreeSet<usize> {
            (0..dirt.times(kind))
                .map(|n| {
                    let unit = streams.unit(Topic::Dated, kind as u64, n as u64);
                    (calendar.days() as f64 * (from + (to - from) * unit)) as usize
                })
                .collect()
        };
        let first = |kind: Kind, from: f64, to: f64| days(kind, from, to).pop_first();
        let twice = (0usize..)
            .zip(days(Kind::FileTwice, 0.3, 0.5))
            .map(|(n, day)| {
                let sources = [Source::Purchases, Source::Events, Source::Referrals];
                (sources[n % sources.len()], day)
            })
            .collect();
        Self {
            missing: days(Kind::MissingFile, 0.15, 0.3),
            twice,
            ten_times: days(Kind::TenTimes, 0.7, 0.85),
            new_column: first(Kind::NewColumn, 0.55, 0.65),
            // Before the last summer, when schools count.
            text_column: first(Kind::TextColumn, 0.4, 0.5),
            rename: first(Kind::RenameColumn, 0.9, 0.95),
        }
    }

    pub fn is_missing(&self, source: Source, day: usize) -> bool {
        source == Source::Events && self.missing.contains(&day)
    }

    pub fn comes_twice(&self, source: Source, day: usize) -> bool {
        self.twice.contains(&(source, day))
    }

    pub fn missing_days(&self) -> impl Iterator<Item = usize> + '_ {
        self.missing.iter().copied()
    }

    /// How often the files of a source have changed their columns by a day.
    pub fn era(&self, source: Source, day: usize) -> usize {
        if source != Source::Purchases {
            return 0;
        }
        [self.new_column, self.rename]
            .iter()
            .filter(|from| from.is_some_and(|from| day >= from))
            .count()
    }

    pub fn has_new_column(&self, source: Source, day: usize) -> bool {
        source == Source::Purchases && self.new_column.is_some_and(|from| day >= from)
    }

    pub fn is_renamed(&self, source: Source, day: usize) -> bool {
        source == Source::Purchases && self.rename.is_some_and(|from| day >= from)
    }
}
