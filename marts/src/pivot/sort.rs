//! The order of a pivot's rows, as the address has it: `sort=-=Produce`, `sort=name`, `sort=total`.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::grid::TOTAL;
use crate::{Level, Value};

/// What rows are sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SortBy {
    /// What stands down.
    Name,
    /// A column of the grid, by its name.
    Column(String),
}

/// How rows are sorted; by default by their totals, the largest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    pub by: SortBy,
    pub descending: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Self {
            by: SortBy::Column(TOTAL.to_owned()),
            descending: true,
        }
    }
}

impl Sort {
    /// Reads what [`Sort::spelled`] writes; anything is a column's name that may be there or not.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (descending, by) = match text.strip_prefix('-') {
            Some(by) => (true, by),
            None => (false, text),
        };
        let by = match by {
            "" => return Self::default(),
            "name" => SortBy::Name,
            "total" => SortBy::Column(TOTAL.to_owned()),
            "others" => SortBy::Column(super::OTHER.to_owned()),
            column => SortBy::Column(column.to_owned()),
        };
        Self { by, descending }
    }

    #[must_use]
    pub fn spelled(&self) -> String {
        let by = match &self.by {
            SortBy::Name => "name",
            SortBy::Column(name) if name == TOTAL => "total",
            SortBy::Column(name) if name == super::OTHER => "others",
            SortBy::Column(name) => name,
        };
        format!("{}{by}", if self.descending { "-" } else { "" })
    }

    /// Sorts the rows below each outer member, and these by name where names are what is sorted by; `column` is where
    /// the figures stand that are sorted by. All others stay last.
    pub(super) fn arrange(&self, blocks: &mut [Block], column: Option<usize>, is_nested: bool) {
        let turned = |order: Ordering| {
            if self.descending {
                order.reverse()
            } else {
                order
            }
        };
        let name = usize::from(is_nested);
        for block in blocks.iter_mut() {
            let rest = block.iter().position(|row| is_rest(row));
            let rest = rest.map(|at| block.remove(at));
            match (&self.by, column) {
                (SortBy::Name, _) => {
                    block.sort_by(|a, b| turned(by_name(a.get(name), b.get(name))));
                }
                (SortBy::Column(_), Some(at)) => {
                    block.sort_by(|a, b| by_figure(a.get(at), b.get(at), self.descending));
                }
                (SortBy::Column(_), None) => {}
            }
            block.extend(rest);
        }
        if is_nested && self.by == SortBy::Name {
            let first = |block: &Block| block.first().and_then(|row| row.first()).cloned();
            blocks.sort_by(|a, b| turned(by_name(first(a).as_ref(), first(b).as_ref())));
        }
    }
}

/// The rows below one outer member; all rows where there is none.
pub(super) type Block = Vec<Vec<Value>>;

/// All others below an outer member.
fn is_rest(row: &[Value]) -> bool {
    matches!(row.last(), Some(Value::Text(level)) if level == Level::Other.slug())
}

/// No figure stands last, whichever way.
fn by_figure(a: Option<&Value>, b: Option<&Value>, descending: bool) -> Ordering {
    let figure = |value: Option<&Value>| -> Option<Decimal> { value.and_then(Value::decimal) };
    match (figure(a), figure(b)) {
        (Some(a), Some(b)) if descending => b.cmp(&a),
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

fn by_name(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    let name = |value: Option<&Value>| value.map(super::key).unwrap_or_default();
    let (a, b) = (name(a), name(b));
    match (a.parse::<i64>(), b.parse::<i64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => a.to_lowercase().cmp(&b.to_lowercase()).then(a.cmp(&b)),
    }
}
