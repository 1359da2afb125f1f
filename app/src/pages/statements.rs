//! Invented figures of statements, cohorts and registers for the style guide.

use jiff::civil::{Date, date, datetime};
use marts::{Column, ColumnRole, Frame, Unit, Value};
use rust_decimal::Decimal;

use super::samples::{cents, column, dimension, text};

/// The metrics of the sample roll-forward, in its order, with what each comes to in each of three months.
const LINES: [(&str, &str, [i64; 3]); 7] = [
    ("opening", "Owed before", [1_204_050, 1_253_800, 1_249_375]),
    ("accrued", "Accrued", [98_000, 91_250, 87_400]),
    ("accrued_prior", "Accrued, prior periods", [0, 4_125, 0]),
    ("returned", "Returned after payment", [1_500, 0, 2_000]),
    ("paid", "Paid", [-40_250, -88_300, -51_025]),
    ("expired", "Expired", [-9_500, -11_500, -300]),
    ("closing", "Owed", [1_253_800, 1_249_375, 1_287_450]),
];

/// The names of its metrics.
pub const METRICS: [&str; 7] = [
    "opening",
    "accrued",
    "accrued_prior",
    "returned",
    "paid",
    "expired",
    "closing",
];

fn lines() -> impl Iterator<Item = Column> {
    LINES
        .iter()
        .map(|(name, label, _)| column(name, label, Unit::Usd, ColumnRole::Metric))
}

pub fn by_month() -> Frame {
    let month = |at: usize| {
        let first = [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]
            .into_iter()
            .nth(at);
        let amounts = LINES
            .iter()
            .map(|(.., amounts)| amounts.get(at).map_or(Value::Null, |amount| cents(*amount)));
        first.map(Value::Date).into_iter().chain(amounts).collect()
    };
    Frame {
        columns: std::iter::once(column("metric_time", "Month", Unit::None, ColumnRole::Time))
            .chain(lines())
            .collect(),
        rows: (0..3).map(month).collect(),
        truncated: false,
    }
}

pub fn in_all() -> Frame {
    let all = LINES
        .iter()
        .map(|(name, _, [first, second, third])| match *name {
            "opening" => cents(*first),
            "closing" => cents(*third),
            _ => cents(first + second + third),
        });
    Frame {
        columns: lines().collect(),
        rows: vec![all.collect()],
        truncated: false,
    }
}

const AGES: [i64; 5] = [0, 1, 7, 14, 30];

fn share() -> [Column; 4] {
    let part = |name: &str, label: &str| column(name, label, Unit::Count, ColumnRole::Part);
    [
        column(
            "cohort__age",
            "From day",
            Unit::Count,
            ColumnRole::Dimension,
        ),
        column("retention", "Retention", Unit::Ratio, ColumnRole::Metric),
        part("retention__numerator", "Came back"),
        part("retention__denominator", "Users past the window"),
    ]
}

fn cell(age: i64, kept: i64, of: i64) -> [Value; 4] {
    let share = Decimal::from(kept).checked_div(Decimal::from(of));
    [
        Value::Int(age),
        share.map_or(Value::Null, Value::Decimal),
        Value::Int(kept),
        Value::Int(of),
    ]
}

/// Twelve weeks; of the last ones not all windows are over.
pub fn by_cohort(from: Date) -> Frame {
    let rows = (0_i64..12).flat_map(|week| {
        let first = from.saturating_add(jiff::Span::new().weeks(week));
        AGES.into_iter()
            .zip([100, 46, 31, 27, 22])
            .filter(move |(age, _)| 7 * week + age < 77)
            .map(move |(age, percent)| {
                let of = 120 + 9 * (week % 4);
                let kept = of * (percent - (week % 3) * i64::from(age > 0)) / 100;
                std::iter::once(Value::Date(first))
                    .chain(cell(age, kept, of))
                    .collect()
            })
    });
    Frame {
        columns: std::iter::once(column("metric_time", "Week", Unit::None, ColumnRole::Time))
            .chain(share())
            .collect(),
        rows: rows.collect(),
        truncated: false,
    }
}

pub fn by_age() -> Frame {
    let rows = AGES.into_iter().zip([
        (1_602, 1_602),
        (720, 1_602),
        (455, 1_467),
        (361, 1_340),
        (216, 1_001),
    ]);
    Frame {
        columns: share().into(),
        rows: rows
            .map(|(age, (kept, of))| cell(age, kept, of).into())
            .collect(),
        truncated: false,
    }
}

pub fn register() -> Frame {
    let row = |(day, id, school, status, payments, amount): (Date, &str, &str, &str, i64, i64)| {
        vec![
            Value::Date(day),
            text(id),
            text(school),
            text(status),
            Value::Int(payments),
            cents(amount),
        ]
    };
    Frame {
        columns: vec![
            dimension("settlement__pay_on", "To be paid on"),
            dimension("settlement__id", "Settlement"),
            dimension("school__school_name", "School"),
            dimension("settlement__settlement_status", "Status"),
            column("payments", "Payments", Unit::Count, ColumnRole::Metric),
            column(
                "amount",
                "Paid in settlement",
                Unit::Usd,
                ColumnRole::Metric,
            ),
        ],
        rows: [
            (
                date(2026, 4, 3),
                "st00000412",
                "Lincoln Elementary",
                "scheduled",
                0,
                0,
            ),
            (
                date(2026, 3, 27),
                "st00000409",
                "Oak Hill Middle School",
                "due",
                0,
                0,
            ),
            (
                date(2026, 3, 20),
                "st00000401",
                "A school with a name that is far too long to fit",
                "paid",
                14,
                41_275,
            ),
        ]
        .map(row)
        .into(),
        truncated: false,
    }
}

/// The contracts of the sample assertions.
pub const CONTRACTS: [&str; 3] = [
    "entries_sum_to_zero",
    "payments_are_those_told",
    "months_follow",
];

pub fn findings() -> Frame {
    let row = |(contract, says, status, rows, sample): (&str, &str, &str, i64, &str)| {
        vec![
            text(contract),
            text(says),
            text(status),
            Value::Int(rows),
            text(sample),
            Value::DateTime(datetime(2026, 3, 30, 5, 12, 40, 0)),
        ]
    };
    let named = |name: &str| dimension(&format!("contract_result__{name}"), name);
    Frame {
        columns: vec![
            named("contract"),
            named("description"),
            named("status"),
            column(
                "failing_rows",
                "Rows found",
                Unit::Count,
                ColumnRole::Metric,
            ),
            named("sample"),
            named("checked_at"),
        ],
        rows: [
            (
                "entries_sum_to_zero",
                "The entries of each transaction sum to zero.",
                "passed",
                0,
                "",
            ),
            (
                "payments_are_those_told",
                "What was paid is what the payments say.",
                "failed",
                1,
                r#"[{"settlement_id": "st00000401", "paid": "412.75", "told": "412.70"}]"#,
            ),
            (
                "months_follow",
                "Each month opens where the last one closed.",
                "passed",
                0,
                "",
            ),
        ]
        .map(row)
        .into(),
        truncated: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_cell_for_every_column_and_the_statement_adds_up() {
        let from = date(2026, 1, 5);
        for frame in [
            by_month(),
            in_all(),
            by_cohort(from),
            by_age(),
            register(),
            findings(),
        ] {
            assert!(
                frame
                    .rows
                    .iter()
                    .all(|row| row.len() == frame.columns.len())
            );
        }
        let shape = marts::roll_forward::Shape::read(&METRICS.map(str::to_owned));
        let reckoned = |frame: &Frame, row| shape.as_ref().ok()?.reckoned(frame, row);
        for frame in [by_month(), in_all()] {
            for row in 0..frame.rows.len() {
                assert_eq!(reckoned(&frame, row), frame.value(row, "closing").decimal());
            }
        }
    }
}
