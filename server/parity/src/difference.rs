//! What two results say of each other: counts, checksums by column, and rows that only one of them has.

use std::cmp::Ordering;

use serde::Serialize;

use crate::cell::Cell;

/// Examples that a report shows of one table or question.
const MOST_SHOWN: usize = 10;

/// Two results side by side.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    pub left_rows: u64,
    pub right_rows: u64,
    pub columns: Vec<ComparedColumn>,
    /// Rows that have no equal on the other side; a row that changed counts once.
    pub differing_rows: u64,
    /// The first of them.
    pub differences: Vec<Row>,
}

/// One column, as each side has it; a side that lacks it has no kind.
#[derive(Debug, Clone, Serialize)]
pub struct ComparedColumn {
    pub name: String,
    pub left_kind: Option<String>,
    pub right_kind: Option<String>,
    pub left_nulls: u64,
    pub right_nulls: u64,
    /// Of all values whatever their order, as 16 hexadecimal digits.
    pub left_checksum: String,
    pub right_checksum: String,
}

impl ComparedColumn {
    /// Same type, as many nulls. Checksums are of rounded floats, so that rows decide.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.left_kind == self.right_kind && self.left_nulls == self.right_nulls
    }
}

/// A row that differs: what each side has in its place.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub left: Option<Vec<String>>,
    pub right: Option<Vec<String>>,
    /// Names of the columns whose values differ; empty where one side has no such row.
    pub columns: Vec<String>,
}

impl Comparison {
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.left_rows == self.right_rows
            && self.differing_rows == 0
            && self.columns.iter().all(ComparedColumn::is_equal)
    }
}

/// Rows that stand on one side alone, after those that agree but for a float's last digits are taken away.
pub(crate) struct Leftover {
    pub left: Vec<Vec<Cell>>,
    pub right: Vec<Vec<Cell>>,
    /// How many pairs agreed after all.
    pub agreed: u64,
}

impl Leftover {
    pub fn of(mut left: Vec<Vec<Cell>>, mut right: Vec<Vec<Cell>>) -> Self {
        left.sort_by(|a, b| order(a, b));
        right.sort_by(|a, b| order(a, b));
        let (mut only_left, mut only_right, mut agreed) = (Vec::new(), Vec::new(), 0);
        let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
        while let (Some(mine), Some(theirs)) = (left.peek(), right.peek()) {
            let agree =
                mine.len() == theirs.len() && mine.iter().zip(theirs).all(|(a, b)| a.agrees(b));
            match order(mine, theirs) {
                _ if agree => {
                    left.next();
                    right.next();
                    agreed += 1;
                }
                Ordering::Greater => only_right.extend(right.next()),
                _ => only_left.extend(left.next()),
            }
        }
        only_left.extend(left);
        only_right.extend(right);
        Self {
            left: only_left,
            right: only_right,
            agreed,
        }
    }

    /// The first rows that differ, each beside the one on the other side that it has most values in common with.
    pub fn shown(&self, columns: &[String]) -> Vec<Row> {
        let mut taken = vec![false; self.right.len()];
        let mut rows = Vec::new();
        for mine in self.left.iter().take(MOST_SHOWN) {
            let nearest = self
                .right
                .iter()
                .enumerate()
                .filter(|(at, _)| !taken[*at])
                .map(|(at, theirs)| (differing(mine, theirs, columns), at, theirs))
                .min_by_key(|(differing, ..)| differing.len());
            match nearest {
                // More than half of it in common: the same row, changed.
                Some((differing, at, theirs)) if differing.len() * 2 <= columns.len() => {
                    taken[at] = true;
                    rows.push(Row {
                        left: Some(texts(mine)),
                        right: Some(texts(theirs)),
                        columns: differing,
                    });
                }
                _ => rows.push(Row {
                    left: Some(texts(mine)),
                    right: None,
                    columns: Vec::new(),
                }),
            }
        }
        let others = self.right.iter().zip(&taken).filter(|(_, taken)| !**taken);
        for (theirs, _) in others.take(MOST_SHOWN.saturating_sub(rows.len())) {
            rows.push(Row {
                left: None,
                right: Some(texts(theirs)),
                columns: Vec::new(),
            });
        }
        rows
    }
}

fn texts(row: &[Cell]) -> Vec<String> {
    row.iter().map(ToString::to_string).collect()
}

fn differing(left: &[Cell], right: &[Cell], columns: &[String]) -> Vec<String> {
    left.iter()
        .zip(right)
        .zip(columns)
        .filter(|((a, b), _)| !a.agrees(b))
        .map(|(_, name)| name.clone())
        .collect()
}

/// By everything but floats first, so that rows that agree stand at the same place.
fn order(left: &[Cell], right: &[Cell]) -> Ordering {
    let by = |floats: bool| {
        left.iter()
            .zip(right)
            .filter(|(a, b)| (a.is_float() || b.is_float()) == floats)
            .map(|(a, b)| a.order(b))
            .find(|order| *order != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    };
    by(false).then_with(|| by(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: i32, name: &str, share: f64) -> Vec<Cell> {
        vec![
            Cell::Date(key),
            Cell::Text(name.to_owned()),
            Cell::Float(share),
        ]
    }

    #[test]
    fn a_float_s_last_digit_is_no_difference_and_a_changed_row_stands_beside_what_it_was() {
        let left = vec![row(1, "a", 0.1 + 0.2), row(2, "b", 1.0), row(4, "d", 1.0)];
        let right = vec![row(1, "a", 0.3), row(2, "b", 1.001), row(3, "c", f64::NAN)];
        let left_over = Leftover::of(left, right);
        assert_eq!(left_over.agreed, 1);
        let columns = ["day", "name", "share"].map(str::to_owned);
        let shown = left_over.shown(&columns);
        assert_eq!(shown.len(), 3);
        assert_eq!(shown[0].columns, ["share"]);
        assert!(shown[1].right.is_none() && shown[2].left.is_none());
    }
}
