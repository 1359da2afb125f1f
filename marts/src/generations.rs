//! Users by generation, beside what a k-factor gives: of N users, `N (1 − k) kᵍ` are of generation g.

use rust_decimal::Decimal;

use crate::{Aggregate, Answered, Frame, Order, Panel, Value};

/// More generations than this no network has.
const MOST: u32 = 200;

/// One generation; 0 are those whom nobody brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    pub number: i64,
    pub row: usize,
    pub users: Decimal,
    /// `None` where k is not known, or not below 1.
    pub expected: Option<Decimal>,
}

/// The generations, which the panel's own filters do not keep, and k, which nothing else does.
#[must_use]
pub fn asks(panel: &Panel, base: &Aggregate) -> Vec<Aggregate> {
    let (users, k) = panel.metrics.split_at_checked(1).unwrap_or_default();
    let mut page = base.filters.clone();
    page.retain(|filter| !panel.only.contains(filter));
    vec![
        Aggregate {
            metrics: users.to_vec(),
            filters: page,
            order: panel.dimensions.first().map(|by| Order::ascending(by)),
            limit: Some(MOST),
            ..base.clone()
        },
        Aggregate {
            metrics: k.to_vec(),
            dimensions: Vec::new(),
            filters: panel.only.clone(),
            ..base.clone()
        },
    ]
}

/// The k that the second answer holds.
#[must_use]
pub fn k(panel: &Panel, answers: &[Answered]) -> Option<Decimal> {
    let name = panel.metrics.get(1)?;
    answers.get(1)?.frame.value(0, name).decimal()
}

/// The generations in their order. Users of whom none is known are left out.
#[must_use]
pub fn read(panel: &Panel, frame: &Frame, k: Option<Decimal>) -> Vec<Generation> {
    let (Some(metric), Some(by)) = (panel.metrics.first(), panel.dimensions.first()) else {
        return Vec::new();
    };
    let mut found: Vec<Generation> = (0..frame.rows.len())
        .filter_map(|row| {
            let Value::Int(number) = frame.value(row, by) else {
                return None;
            };
            Some(Generation {
                number: *number,
                row,
                users: frame.value(row, metric).decimal()?,
                expected: None,
            })
        })
        .collect();
    found.sort_by_key(|generation| generation.number);
    let all: Decimal = found.iter().map(|generation| generation.users).sum();
    let k = k.filter(|k| *k >= Decimal::ZERO && *k < Decimal::ONE);
    for generation in &mut found {
        generation.expected = k.and_then(|k| {
            let mut expected = all.checked_mul(Decimal::ONE - k)?;
            for _ in 0..generation.number.clamp(0, i64::from(MOST)) {
                expected = expected.checked_mul(k)?;
            }
            Some(expected)
        });
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::{Column, ColumnRole, Unit};

    fn found(k: Option<Decimal>) -> Vec<Generation> {
        let panel = Panel {
            metrics: vec!["users".to_owned(), "k".to_owned()],
            dimensions: vec!["generation".to_owned()],
            ..Panel::default()
        };
        let column = |name: &str, role| Column {
            name: name.to_owned(),
            label: name.to_owned(),
            unit: Unit::Count,
            role,
        };
        let frame = Frame {
            columns: vec![
                column("generation", ColumnRole::Dimension),
                column("users", ColumnRole::Metric),
            ],
            rows: [
                (Value::Int(1), 30),
                (Value::Int(0), 60),
                (Value::Null, 7),
                (Value::Int(2), 10),
            ]
            .map(|(generation, users)| vec![generation, Value::Int(users)])
            .into(),
            truncated: false,
        };
        read(&panel, &frame, k)
    }

    #[test]
    fn theory_is_a_geometric_series_of_all_users() {
        let half: Vec<String> = found(Some(Decimal::new(5, 1)))
            .iter()
            .map(|generation| generation.expected.unwrap().normalize().to_string())
            .collect();
        assert_eq!(half, ["50", "25", "12.5"]);
    }

    #[test]
    fn there_is_no_theory_without_a_k_below_one() {
        for k in [None, Some(Decimal::ONE), Some(Decimal::new(-1, 1))] {
            assert!(
                found(k)
                    .iter()
                    .all(|generation| generation.expected.is_none())
            );
        }
        assert_eq!(found(None).len(), 3);
    }
}
