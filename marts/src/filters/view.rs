//! What a page shows beside its filters, as the address has it: how its tables are sorted, which page of each is
//! shown, and which rows are looked at below a figure.

use serde::{Deserialize, Serialize};

use super::query::{day, decode, encode};
use super::{DateRange, Filters};
use crate::Order;

const LONGEST_DRILL: usize = 4_000;
const MOST_DRILL_VALUES: usize = 8;
const MOST_DRILL_KEYS: usize = 8;
/// Said of a dimension: the page's filter on it is laid aside, or with a value behind it, that the value is left out.
const LEFT_OUT: char = '!';
/// Nobody pages further, and a number this small cannot overflow what it is multiplied by.
const LAST_PAGE: u32 = 10_000;

/// How one table is sorted and which of its pages is shown: `products.sort=-receipts&products.page=2`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TableView {
    /// `None`: as the panel has it.
    #[serde(default)]
    pub sort: Option<Order>,
    /// The first one is 0 here and 1 in the address.
    #[serde(default)]
    pub page: u32,
}

/// The rows below one figure: `drill=retail_spend&product__department=GROCERY`, spelled as one value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drill {
    /// The metric whose figure it was.
    pub metric: String,
    /// Dimensions that the figure is of, each with its value; they take the place of the page's filter on them.
    #[serde(default)]
    pub values: Vec<(String, String)>,
    /// Dimensions that the page's filters on are laid aside for, each with the values that are left out instead: the
    /// values of a board, below the figure of all others, and none below its total.
    #[serde(default)]
    pub left_out: Vec<(String, Vec<String>)>,
    /// The figure's own days, where they are not those of the page.
    #[serde(default)]
    pub range: Option<DateRange>,
    /// Where the page before ended (see [`crate::Rows::after`]); empty for the first page.
    #[serde(default)]
    pub after: Vec<String>,
}

impl TableView {
    pub(super) fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// `-receipts`, `product__department`.
    pub(super) fn sort_from(text: &str) -> Option<Order> {
        let (by, descending) = match text.strip_prefix('-') {
            Some(by) => (by, true),
            None => (text, false),
        };
        is_name(by).then(|| Order {
            by: by.to_owned(),
            descending,
        })
    }

    pub(super) fn page_from(text: &str) -> Option<u32> {
        let page: u32 = text.parse().ok()?;
        (1..=LAST_PAGE).contains(&page).then(|| page - 1)
    }

    pub(super) fn pairs(&self, panel: &str) -> Vec<String> {
        let mut pairs = Vec::new();
        if let Some(Order { by, descending }) = &self.sort {
            let minus = if *descending { "-" } else { "" };
            pairs.push(format!("{panel}.sort={minus}{by}"));
        }
        if self.page > 0 {
            pairs.push(format!("{panel}.page={}", self.page + 1));
        }
        pairs
    }
}

impl Drill {
    /// The rows of the whole figure of `metric`.
    #[must_use]
    pub fn into(metric: &str) -> Self {
        Self {
            metric: metric.to_owned(),
            values: Vec::new(),
            left_out: Vec::new(),
            range: None,
            after: Vec::new(),
        }
    }

    /// Of all values of the dimension but these, whatever the page filters it by.
    #[must_use]
    pub fn all_but(mut self, dimension: &str, values: &[String]) -> Self {
        self.left_out.push((dimension.to_owned(), values.to_vec()));
        self
    }

    /// Whether an address can hold it.
    #[must_use]
    pub fn fits(&self) -> bool {
        self.spelled().len() <= LONGEST_DRILL
    }

    /// Only those with this value of the dimension.
    #[must_use]
    pub fn with(mut self, dimension: &str, value: &str) -> Self {
        self.values.push((dimension.to_owned(), value.to_owned()));
        self
    }

    /// Only those of these days.
    #[must_use]
    pub fn within(mut self, range: DateRange) -> Self {
        self.range = Some(range);
        self
    }

    /// The value of `drill=`, not yet encoded for the address.
    #[must_use]
    pub fn spelled(&self) -> String {
        let mut pairs = vec![encode(&self.metric)];
        for (dimension, value) in &self.values {
            pairs.push(format!("{}={}", encode(dimension), encode(value)));
        }
        for (dimension, values) in &self.left_out {
            let name = format!("{}{LEFT_OUT}", encode(dimension));
            pairs.push(name.clone());
            let values = values.iter();
            pairs.extend(values.map(|value| format!("{name}={}", encode(value))));
        }
        if let Some(DateRange { from, to }) = self.range {
            pairs.push(format!("days={from}..{to}"));
        }
        for part in &self.after {
            pairs.push(format!("after={}", encode(part)));
        }
        pairs.join("&")
    }

    /// Reads what [`Drill::spelled`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST_DRILL || text.contains('\0') {
            return None;
        }
        let mut parts = text.split('&');
        let metric = decode(parts.next()?);
        if !is_name(&metric) {
            return None;
        }
        let mut drill = Self::into(&metric);
        for part in parts {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (decode(name), Some(decode(value))),
                None => (decode(part), None),
            };
            if let Some(dimension) = name.strip_suffix(LEFT_OUT) {
                drill.leave_out(dimension, value)?;
                continue;
            }
            let value = value?;
            match name.as_str() {
                "days" if drill.range.is_none() => {
                    let (from, to) = value.split_once("..")?;
                    let (from, to) = (day(from)?, day(to)?);
                    drill.range = (from <= to).then_some(DateRange { from, to });
                    drill.range?;
                }
                "after" if drill.after.len() < MOST_DRILL_KEYS => drill.after.push(value),
                _ if is_dimension(&name) && drill.values.len() < MOST_DRILL_VALUES => {
                    drill.values.push((name, value));
                }
                _ => return None,
            }
        }
        Some(drill)
    }

    /// Lays a dimension's filter aside, or leaves one of its values out; `None` where that cannot be.
    fn leave_out(&mut self, dimension: &str, value: Option<String>) -> Option<()> {
        let is_new = self.left_out.iter().all(|(other, _)| other != dimension);
        let has_room = self.left_out.len() < MOST_DRILL_VALUES;
        match (self.left_out.last_mut(), value) {
            (Some((last, values)), Some(value)) if last == dimension => values.push(value),
            (_, None) if is_new && has_room && is_dimension(dimension) => {
                self.left_out.push((dimension.to_owned(), Vec::new()));
            }
            _ => return None,
        }
        Some(())
    }
}

impl Filters {
    /// The view of one table.
    #[must_use]
    pub fn table(&self, panel: &str) -> TableView {
        self.tables.get(panel).cloned().unwrap_or_default()
    }

    /// The same page with one table sorted so, at its first page.
    #[must_use]
    pub fn sorted(&self, panel: &str, sort: Option<Order>) -> Self {
        self.with_table(panel, TableView { sort, page: 0 })
    }

    /// The same page with another page of one table.
    #[must_use]
    pub fn paged(&self, panel: &str, page: u32) -> Self {
        let sort = self.table(panel).sort;
        let page = page.min(LAST_PAGE - 1);
        self.with_table(panel, TableView { sort, page })
    }

    fn with_table(&self, panel: &str, view: TableView) -> Self {
        let mut filters = self.clone();
        filters.ignored.clear();
        filters.drill = None;
        if view.is_usual() {
            filters.tables.remove(panel);
        } else {
            filters.tables.insert(panel.to_owned(), view);
        }
        filters
    }

    /// The same page with the rows of a figure opened, or with none.
    #[must_use]
    pub fn drilled(&self, drill: Option<Drill>) -> Self {
        Self {
            drill,
            ignored: Vec::new(),
            ..self.clone()
        }
    }

    /// What one panel depends on: neither other tables nor what is opened beside it.
    #[must_use]
    pub fn of_panel(&self, panel: &str) -> Self {
        let mut filters = self.drilled(None);
        filters.tables.retain(|key, _| key == panel);
        filters
    }
}

fn is_dimension(name: &str) -> bool {
    is_name(name) && name.contains("__")
}

/// Metrics and dimensions are named so.
fn is_name(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_drill_is_none() {
        for text in [
            "",
            "Retail",
            "a b",
            "retail_spend&x",
            "retail_spend&state=OH",
            "retail_spend&days=2026-01-05..2026-01-01",
            "retail_spend&days=tomorrow..2026-01-01",
            "retail_spend&user__state=\0",
            "retail_spend&user__state",
            "retail_spend&user__state!=OH",
            "retail_spend&user__state!&user__state!",
            "retail_spend&state!",
        ] {
            assert_eq!(Drill::parse(text), None, "{text:?}");
        }
        assert_eq!(Drill::parse(&"x".repeat(5_000)), None);
    }

    proptest! {
        #[test]
        fn a_drill_reads_as_it_is_written(
            values in proptest::collection::vec(("[a-z]{1,5}__[a-z]{1,5}", "[^\0]{0,12}"), 0..4),
            left_out in proptest::collection::btree_map(
                "[a-z]{1,5}__[a-z]{1,5}",
                proptest::collection::vec("[^\0]{0,12}", 0..4),
                0..3,
            ),
            after in proptest::collection::vec("[^\0]{0,12}", 0..3),
            is_within in proptest::bool::ANY,
        ) {
            let days = DateRange { from: date(2026, 1, 5), to: date(2026, 1, 11) };
            let left_out = left_out.into_iter().collect();
            let range = is_within.then_some(days);
            let drill = Drill { metric: "retail_spend".into(), values, left_out, range, after };
            prop_assert_eq!(Drill::parse(&drill.spelled()), Some(drill));
        }
    }
}
