//! Faults of single rows, put in as the row is made: which, decided by a stream that the row's key addresses, and what
//! silver should make of every row concerned. A key has at most one fault, so that the expectation is certain.

use crate::calendar::Calendar;
use crate::dated::Dated;
use crate::dirt::{Dirt, Kind};
use crate::fault::Fault;
use crate::format::{Formats, Layout};
use crate::rows::{Row, Rows};
use crate::source::Source;
use crate::stream::{Streams, Topic};
use crate::users::Users;

/// A row that is written behind its day's own rows, or on a later day.
pub struct Later {
    pub day: usize,
    pub row: Row,
}

/// A day's rows of a source, and what its faults put elsewhere.
pub struct Sheet {
    pub rows: Rows,
    pub later: Vec<Later>,
}

impl Sheet {
    pub fn new(source: Source) -> Self {
        Self {
            rows: Rows::new(source),
            later: Vec::new(),
        }
    }
}

/// What the injector has to know of the row last written.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// The key's number within its source and `variant`: addresses the draws.
    pub number: u64,
    pub variant: u64,
    /// `updated_at`, or when the event occurred.
    pub at: u32,
    pub day: usize,
    pub user: Option<u32>,
    /// The key has no other version.
    pub sole: bool,
}

pub struct Injector<'a> {
    pub dirt: &'a Dirt,
    pub dated: &'a Dated,
    pub formats: Formats,
    pub streams: &'a Streams,
    pub calendar: &'a Calendar,
    pub users: &'a Users<'a>,
    /// By source: cumulative rates of what can happen to a row.
    menus: [Vec<(f64, Kind)>; 6],
    off: bool,
}

/// Products that no catalogue has when they are bought; the first half lands in the end.
pub const STRANGE_PRODUCTS: usize = 40;

impl<'a> Injector<'a> {
    pub fn new(
        dirt: &'a Dirt,
        dated: &'a Dated,
        formats: Formats,
        streams: &'a Streams,
        calendar: &'a Calendar,
        users: &'a Users<'a>,
    ) -> Self {
        let menus = Source::ALL.map(|source| {
            let mut total = 0.0;
            kinds_of(source)
                .iter()
                .map(|&kind| {
                    total += dirt.rate(kind);
                    (total, kind)
                })
                .collect()
        });
        Self {
            dirt,
            dated,
            formats,
            streams,
            calendar,
            users,
            menus,
            off: dirt.is_off(),
        }
    }

    /// Whether a day's file of a source is text, which can say anything.
    pub fn is_text(&self, source: Source, day: usize) -> bool {
        self.formats.of(source, day, self.streams).layout != Layout::Parquet
    }

    /// Decides on the sheet's last row, and spoils it if so decided.
    pub fn settle(&self, sheet: &mut Sheet, subject: &Subject) {
        if self.off {
            return;
        }
        let source = sheet.rows.source;
        let minor = source as u64 | subject.variant << 4;
        let unit = self.streams.unit(Topic::Dirt, subject.number, minor);
        let menu = &self.menus[source as usize];
        if menu.last().is_none_or(|(total, _)| unit >= *total) {
            return;
        }
        let kind = menu[menu.partition_point(|(total, _)| *total <= unit)].1;
        let mut rng = self.streams.of(Topic::Fault, subject.number, minor);
        let Some(row) = sheet.rows.pop() else { return };
        let mut fault = Fault {
            injector: self,
            source,
            subject,
            kind,
            rng: &mut rng,
            later: &mut sheet.later,
        };
        // What cannot happen to this row after all leaves it as it is.
        if let Some(row) = fault.inflict(row) {
            sheet.rows.push(&row);
        }
    }

    /// The first day from `day` on, within the world, whose file of the source arrives.
    pub fn arrival(&self, source: Source, day: usize) -> Option<usize> {
        (day..self.calendar.days()).find(|&day| !self.dated.is_missing(source, day))
    }

    /// The day on which a product that no catalogue has yet lands in one.
    pub fn strange_product_lands(&self, product: usize) -> Option<usize> {
        (product < STRANGE_PRODUCTS / 2 && self.dirt.rate(Kind::OrphanProduct) > 0.0).then(|| {
            let unit = self
                .streams
                .unit(Topic::Dated, Kind::OrphanProduct as u64, product as u64);
            (self.calendar.days() as f64 * (0.3 + 0.69 * unit)) as usize
        })
    }

    pub fn strange_product_id(product: usize) -> String {
        format!("px{:04}", product + 1)
    }
}

fn kinds_of(source: Source) -> &'static [Kind] {
    use Kind::*;
    match source {
        Source::Schools => &[
            ExactDuplicate,
            NearDuplicate,
            Late,
            NullKey,
            TimeZone,
            Cdc,
            Malformed,
        ],
        Source::Products => &[
            ExactDuplicate,
            NearDuplicate,
            Late,
            NullKey,
            TimeZone,
            Cdc,
            BadValue,
            Malformed,
        ],
        Source::Users => &[
            ExactDuplicate,
            NearDuplicate,
            Late,
            NullKey,
            TimeZone,
            Cdc,
            OutOfWindow,
            BadValue,
            Malformed,
        ],
        Source::Purchases => &[
            ExactDuplicate,
            NearDuplicate,
            Late,
            NullKey,
            OrphanProduct,
            TimeZone,
            Cdc,
            OutOfWindow,
            BadValue,
            OddQuantity,
            Malformed,
        ],
        Source::Referrals => &[
            ExactDuplicate,
            NearDuplicate,
            Late,
            NullKey,
            TimeZone,
            Cdc,
            OutOfWindow,
            BadValue,
            Malformed,
        ],
        Source::Events => &[
            ExactDuplicate,
            NearDuplicate,
            Late,
            NullKey,
            TimeZone,
            OutOfWindow,
            BadValue,
            Malformed,
            UnknownType,
        ],
    }
}
