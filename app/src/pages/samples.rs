//! Invented figures for the style guide, drawn as real ones are.

use jiff::civil::{Date, date};
use marts::{
    Answer, Answered, Column, ColumnRole, DateRange, Failure, Frame, Grain, PanelKind, PanelView,
    ReleaseId, ReleaseInfo, Unit, Value,
};
use rust_decimal::Decimal;

pub const RANGE: DateRange = DateRange {
    from: Date::constant(2026, 1, 5),
    to: Date::constant(2026, 3, 29),
};
const PRIOR: DateRange = DateRange {
    from: Date::constant(2025, 10, 13),
    to: Date::constant(2026, 1, 4),
};

/// The sample panel called `key`.
///
/// # Errors
/// A key that names none.
pub fn panel_view(answer: &dyn Answer, key: &str) -> Result<PanelView, Failure> {
    let (kind, frames) = match key {
        "headline" => (PanelKind::Headline, vec![totals(), by_week()]),
        "time_series" => (PanelKind::TimeSeries, vec![by_week()]),
        "leaderboard" => (PanelKind::Leaderboard, vec![by_department()]),
        "table" => (PanelKind::Table, vec![by_product()]),
        "empty" => (
            PanelKind::Table,
            vec![Frame {
                columns: by_product().columns,
                ..Frame::default()
            }],
        ),
        _ => {
            return Err(Failure::not_found(format!(
                "There is no sample panel “{key}”."
            )));
        }
    };
    let release = ReleaseInfo {
        id: ReleaseId("sample".to_owned()),
        business_date: date(2026, 3, 29),
        observed: Some((date(2025, 1, 1), date(2026, 3, 29))),
        zone: "America/New_York".to_owned(),
    };
    let panel = super::style_guide::sample(key, kind);
    let answers: Vec<Answered> = frames
        .into_iter()
        .map(|frame| Answered {
            frame,
            release: release.id.clone(),
        })
        .collect();
    Ok(PanelView {
        drawings: answer.draw(&panel, &[], &answers, &release),
        panel,
        answers,
        release,
        range: RANGE,
        prior: Some(PRIOR),
        grain: Grain::Week,
        notes: Vec::new(),
    })
}

fn column(name: &str, label: &str, unit: Unit, role: ColumnRole) -> Column {
    Column {
        name: name.to_owned(),
        label: label.to_owned(),
        unit,
        role,
    }
}

fn spend() -> [Column; 2] {
    [
        column(
            "retail_spend",
            "Retail spend",
            Unit::Usd,
            ColumnRole::Metric,
        ),
        column(
            "retail_spend__prior",
            "Prior period",
            Unit::Usd,
            ColumnRole::Prior,
        ),
    ]
}

fn cents(amount: i64) -> Value {
    Value::Decimal(Decimal::new(amount, 2))
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn totals() -> Frame {
    let [spend, prior] = spend();
    Frame {
        columns: vec![
            spend,
            prior,
            column("receipts", "Receipts", Unit::Count, ColumnRole::Metric),
            column(
                "receipts__prior",
                "Prior period",
                Unit::Count,
                ColumnRole::Prior,
            ),
            column(
                "spend_per_receipt",
                "Spend per receipt",
                Unit::Usd,
                ColumnRole::Metric,
            ),
            column(
                "spend_per_receipt__prior",
                "Prior period",
                Unit::Usd,
                ColumnRole::Prior,
            ),
        ],
        rows: vec![vec![
            cents(123_456_789),
            cents(118_000_000),
            Value::Int(41_862),
            Value::Int(42_001),
            cents(2_949),
            Value::Null,
        ]],
        truncated: false,
    }
}

fn by_week() -> Frame {
    let [spend, prior] = spend();
    let rows = (0_i64..12).map(|week| {
        let first = RANGE.from.saturating_add(jiff::Span::new().weeks(week));
        // A gentle slope with a ripple; no randomness, so that every visit sees the same.
        let ripple = [0, 4, -3, 6, 1, -5, 2, 7, -2, 3, 5, -30];
        let amount = 9_200_000
            + 90_000 * week
            + 110_000 * ripple.get(usize::try_from(week).unwrap_or(0)).unwrap_or(&0);
        let receipts = amount / 2_949;
        vec![
            Value::Date(first),
            cents(amount),
            cents(9_000_000 + 60_000 * week),
            Value::Int(receipts),
            cents(amount / receipts.max(1)),
        ]
    });
    Frame {
        columns: vec![
            column("metric_time", "Week", Unit::None, ColumnRole::Time),
            spend,
            prior,
            column("receipts", "Receipts", Unit::Count, ColumnRole::Metric),
            column(
                "spend_per_receipt",
                "Spend per receipt",
                Unit::Usd,
                ColumnRole::Metric,
            ),
        ],
        rows: rows.collect(),
        truncated: false,
    }
}

fn by_department() -> Frame {
    let [spend, prior] = spend();
    Frame {
        columns: vec![
            column(
                "product__department",
                "Department",
                Unit::None,
                ColumnRole::Dimension,
            ),
            spend,
            prior,
        ],
        rows: vec![
            vec![text("Grocery"), cents(61_202_014), cents(58_101_000)],
            vec![text("Produce"), cents(20_411_803), cents(21_220_100)],
            vec![text("Dairy"), cents(15_090_007), cents(15_090_007)],
            vec![Value::Null, cents(4_811_250), Value::Null],
            vec![
                text("A department with a name that is far too long to fit"),
                cents(901_112),
                cents(0),
            ],
        ],
        truncated: false,
    }
}

fn by_product() -> Frame {
    let [spend, prior] = spend();
    Frame {
        columns: vec![
            column(
                "product__name",
                "Product",
                Unit::None,
                ColumnRole::Dimension,
            ),
            column(
                "product__department",
                "Department",
                Unit::None,
                ColumnRole::Dimension,
            ),
            spend,
            prior,
            column("units", "Units", Unit::Count, ColumnRole::Metric),
            column(
                "units__prior",
                "Prior period",
                Unit::Count,
                ColumnRole::Prior,
            ),
        ],
        rows: vec![
            vec![
                text("Whole milk, 1 gal"),
                text("Dairy"),
                cents(5_102_090),
                cents(4_900_000),
                Value::Int(14_210),
                Value::Int(14_000),
            ],
            vec![
                text("Bananas"),
                text("Produce"),
                cents(2_204_400),
                cents(2_300_000),
                Value::Int(31_877),
                Value::Int(33_000),
            ],
            vec![
                text("Sandwich bread"),
                Value::Null,
                cents(1_050_075),
                Value::Null,
                Value::Int(4_201),
                Value::Null,
            ],
        ],
        truncated: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_cell_for_every_column() {
        for frame in [totals(), by_week(), by_department(), by_product()] {
            assert!(
                frame
                    .rows
                    .iter()
                    .all(|row| row.len() == frame.columns.len())
            );
        }
    }
}
