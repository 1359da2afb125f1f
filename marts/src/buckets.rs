//! The buckets of a histogram, as a dimension names them: `$5 to $10`, `$100 and more`, single numbers and names that begin
//! with one (`3`, `5–9`); with both ends in it `31-90`, and `over 365`; anything else at an end.

use crate::{Frame, Value};

/// One bar of a histogram, in the order of its axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// The dimension's value, `None` for rows without one.
    pub name: Option<String>,
    /// The bar's lower edge as it stands on an axis: `$5`. A bucket without one has its name.
    pub edge: String,
    /// The frame's row; `None` where a bucket between others is empty.
    pub row: Option<usize>,
}

/// More than this is no histogram any more; gaps are left then.
const MOST_BARS: i64 = 400;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Below,
    From(i64),
    Unknown,
}

impl Place {
    /// By the number that the name begins with.
    fn of(name: &str) -> Self {
        let end = name
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(name.len());
        let digits = name.get(..end).unwrap_or_default();
        digits.parse().map_or(Self::Below, Self::From)
    }
}

/// The bars of a frame by the dimension in the column `at`; empty buckets between others are filled in.
#[must_use]
pub fn bars(frame: &Frame, at: usize) -> Vec<Bar> {
    let mut placed: Vec<(Place, Option<Bounds>, Bar)> = frame
        .rows
        .iter()
        .enumerate()
        .map(|(row, cells)| {
            let name = match cells.get(at) {
                Some(Value::Text(name)) => Some(name.clone()),
                Some(Value::Int(number)) => Some(number.to_string()),
                _ => None,
            };
            let bounds = name.as_deref().and_then(Bounds::read);
            let (place, edge) = match (&bounds, &name) {
                (Some(bounds), _) => (Place::From(bounds.from), bounds.edge()),
                (None, Some(name)) => (Place::of(name), name.clone()),
                (None, None) => (Place::Unknown, "Unknown".to_owned()),
            };
            let row = Some(row);
            (place, bounds, Bar { name, edge, row })
        })
        .collect();
    placed.sort_by(|a, b| a.0.cmp(&b.0));
    let mut bars: Vec<Bar> = Vec::with_capacity(placed.len());
    // Where the next bucket should begin, and what buckets look like.
    let mut next: Option<Bounds> = None;
    for (_, bounds, bar) in placed {
        if let (Some(expected), Some(bounds)) = (&mut next, &bounds) {
            let width = expected.width().unwrap_or(0);
            let missing = (bounds.from - expected.from).checked_div(width);
            if missing.is_some_and(|missing| (1..MOST_BARS).contains(&missing)) {
                while expected.from < bounds.from {
                    bars.push(Bar {
                        name: Some(expected.name()),
                        edge: expected.edge(),
                        row: None,
                    });
                    expected.advance(width);
                }
            }
        }
        next = bounds.as_ref().and_then(|bounds| {
            let width = bounds.width().filter(|width| *width > 0)?;
            let mut following = bounds.clone();
            following.advance(width);
            Some(following)
        });
        bars.push(bar);
    }
    bars
}

/// `$5 to $10`; `to` is `None` for `$100 and more`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Bounds {
    prefix: String,
    from: i64,
    to: Option<i64>,
    /// What stands on the axis, where it is not the lower edge.
    name: Option<String>,
}

impl Bounds {
    fn read(name: &str) -> Option<Self> {
        if let Some(from) = name.strip_suffix(" and more") {
            let (prefix, from) = number(from)?;
            return Some(Self {
                prefix,
                from,
                to: None,
                name: None,
            });
        }
        // Whole numbers, the last one counted in. Such buckets may be of several widths, and none is missed.
        if let Some(last) = name.strip_prefix("over ") {
            let from = last.parse::<i64>().ok()?.checked_add(1)?;
            return Some(Self::named(name, from));
        }
        if let Some((from, to)) = name.split_once('-') {
            let (from, to): (i64, i64) = (from.parse().ok()?, to.parse().ok()?);
            return (from <= to).then(|| Self::named(name, from));
        }
        let (from, to) = name.split_once(" to ")?;
        let ((prefix, from), (_, to)) = (number(from)?, number(to)?);
        (from < to).then_some(Self {
            prefix,
            from,
            to: Some(to),
            name: None,
        })
    }

    /// One that is called as it is, on its axis too.
    fn named(name: &str, from: i64) -> Self {
        Self {
            prefix: String::new(),
            from,
            to: None,
            name: Some(name.replace('-', "–")),
        }
    }

    fn width(&self) -> Option<i64> {
        self.to?.checked_sub(self.from)
    }

    fn edge(&self) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        let more = if self.to.is_none() { "+" } else { "" };
        format!("{}{}{more}", self.prefix, self.from)
    }

    fn name(&self) -> String {
        let Self {
            prefix, from, to, ..
        } = self;
        match to {
            Some(to) => format!("{prefix}{from} to {prefix}{to}"),
            None => format!("{prefix}{from} and more"),
        }
    }

    fn advance(&mut self, width: i64) {
        self.from = self.from.saturating_add(width);
        self.to = self.to.map(|to| to.saturating_add(width));
    }
}

/// What stands before the digits, and their number.
fn number(text: &str) -> Option<(String, i64)> {
    let at = text.find(|c: char| c.is_ascii_digit())?;
    let (prefix, digits) = text.split_at_checked(at)?;
    Some((prefix.to_owned(), digits.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[Option<&str>]) -> Vec<(String, Option<usize>)> {
        let cell = |name: &Option<&str>| name.map_or(Value::Null, |name| Value::Text(name.into()));
        let frame = Frame {
            rows: names.iter().map(|name| vec![cell(name)]).collect(),
            ..Frame::default()
        };
        bars(&frame, 0)
            .into_iter()
            .map(|bar| (bar.edge, bar.row))
            .collect()
    }

    #[test]
    fn buckets_stand_by_size_and_empty_ones_between_them_are_there() {
        assert_eq!(
            named(&[
                Some("$10 to $15"),
                Some("$100 and more"),
                Some("$25 to $30"),
                None,
                Some("Less than $0")
            ])[..6],
            [
                ("Less than $0".to_owned(), Some(4)),
                ("$10".to_owned(), Some(0)),
                ("$15".to_owned(), None),
                ("$20".to_owned(), None),
                ("$25".to_owned(), Some(2)),
                ("$30".to_owned(), None),
            ]
        );
        let all = named(&[Some("$95 to $100"), Some("$100 and more"), None]);
        assert_eq!(
            all,
            [
                ("$95".to_owned(), Some(0)),
                ("$100+".to_owned(), Some(1)),
                ("Unknown".to_owned(), Some(2))
            ]
        );
    }

    #[test]
    fn names_that_begin_with_a_number_stand_by_it() {
        let names = ["50 and more", "10–19", "2", "1", "5–9", "20–49", "3–4"];
        let shown: Vec<String> = named(&names.map(Some))
            .into_iter()
            .map(|(edge, _)| edge)
            .collect();
        assert_eq!(shown, ["1", "2", "3–4", "5–9", "10–19", "20–49", "50+"]);
    }

    #[test]
    fn ages_stand_in_their_order_whatever_their_width() {
        let ages = named(&[Some("over 365"), Some("91-180"), Some("0-30"), Some("x-y")]);
        let edges: Vec<&str> = ages.iter().map(|(edge, _)| edge.as_str()).collect();
        assert_eq!(edges, ["x-y", "0–30", "91–180", "over 365"]);
    }

    #[test]
    fn what_is_no_bucket_does_no_harm() {
        assert_eq!(named(&[]).len(), 0);
        let odd = named(&[
            Some("0 to 1"),
            Some("9223372036854775806 to 9223372036854775807"),
            Some("5 to 3"),
            Some(" to "),
            Some("\u{1f600} to 5"),
        ]);
        assert_eq!(odd.len(), 5);
    }
}
