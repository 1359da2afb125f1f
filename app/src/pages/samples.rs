//! Invented figures for the style guide, drawn as real ones are.

use jiff::civil::{Date, date};
use marts::bridge::{Step, StepKind};
use marts::{
    Answer, Answered, Column, ColumnRole, DateRange, Failure, Frame, Grain, LEVEL, PanelKind,
    PanelView, ReleaseId, ReleaseInfo, Unit, Value, Waterfall, pivot,
};
use rust_decimal::Decimal;

use super::statements;

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
        "histogram" => (PanelKind::Histogram, vec![by_basket()]),
        "heat_map" => (PanelKind::HeatMap, vec![by_weekday()]),
        "pivot" => (PanelKind::Pivot, Vec::new()),
        "roll_forward" => (
            PanelKind::RollForward,
            vec![statements::by_month(), statements::in_all()],
        ),
        "cohort" => (
            PanelKind::Cohort,
            vec![statements::by_cohort(RANGE.from), statements::by_age()],
        ),
        "by_age" => (PanelKind::ByAge, vec![statements::by_age()]),
        "register" => (PanelKind::Register, vec![statements::register()]),
        "assertions" => (PanelKind::Assertions, vec![statements::findings()]),
        "empty" => (
            PanelKind::Table,
            vec![Frame {
                columns: by_product().columns,
                ..Frame::default()
            }],
        ),
        "funnel" => of_network(PanelKind::Funnel),
        "maturing" => of_network(PanelKind::Maturing),
        "intervals" => of_network(PanelKind::Intervals),
        "estimates" => of_network(PanelKind::Estimates),
        "curve" => of_network(PanelKind::Curve),
        "generations" => of_network(PanelKind::Generations),
        "trees" => of_network(PanelKind::Trees),
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
    let answered = |frame| Answered {
        frame,
        release: release.id.clone(),
    };
    let answers: Vec<Answered> = match kind {
        PanelKind::Pivot => {
            let sides = [by_state(), by_department_and_in_all()].map(answered);
            let behind = behind_the_sides().map(answered);
            let sort = pivot::Sort::default();
            let grid = pivot::grid(&panel, &sides, &behind, Grain::Week, &sort);
            std::iter::once(answered(grid)).chain(sides).collect()
        }
        _ => frames.into_iter().map(answered).collect(),
    };
    Ok(PanelView {
        drawings: answer.draw(&panel, &[], &answers, &release),
        panel,
        answers,
        release,
        range: RANGE,
        prior: Some(PRIOR),
        grain: Grain::Week,
        notes: Vec::new(),
        failed: Vec::new(),
        leaves_aside: Vec::new(),
    })
}

fn of_network(kind: PanelKind) -> (PanelKind, Vec<Frame>) {
    (kind, super::network_samples::frames(kind))
}

pub(super) fn column(name: &str, label: &str, unit: Unit, role: ColumnRole) -> Column {
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

pub(super) fn cents(amount: i64) -> Value {
    Value::Decimal(Decimal::new(amount, 2))
}

pub(super) fn text(text: &str) -> Value {
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

pub(super) fn dimension(name: &str, label: &str) -> Column {
    column(name, label, Unit::None, ColumnRole::Dimension)
}

fn receipts() -> Column {
    column("receipts", "Receipts", Unit::Count, ColumnRole::Metric)
}

fn by_basket() -> Frame {
    let row = |(name, count): (&str, i64)| vec![text(name), Value::Int(count)];
    Frame {
        columns: vec![dimension("receipt__basket", "Basket"), receipts()],
        rows: [
            ("$0 to $10", 812),
            ("$10 to $20", 1_406),
            ("$20 to $30", 977),
            ("$30 to $40", 402),
            ("$50 to $60", 96),
            ("$60 and more", 143),
        ]
        .map(row)
        .into(),
        truncated: false,
    }
}

fn by_weekday() -> Frame {
    let baskets = ["$0 to $10", "$10 to $20", "$20 to $30"];
    let days = ["Monday", "Wednesday", "Friday", "Saturday"];
    let rows = days.iter().zip(1_i64..).flat_map(|(day, at)| {
        let cells = baskets.iter().zip(1_i64..);
        cells.map(move |(basket, size)| {
            vec![
                text(day),
                text(basket),
                Value::Int(40 * at * (4 - size) - 30),
            ]
        })
    });
    Frame {
        columns: vec![
            dimension("purchase__weekday", "Weekday"),
            dimension("receipt__basket", "Basket"),
            receipts(),
        ],
        rows: rows.collect(),
        truncated: false,
    }
}

/// Rows of one level each, the members' first.
fn leveled(names: &[(&str, &str)], rows: &[(&[&str], i64, &str)]) -> Frame {
    let [spend, _] = spend();
    let level = column(LEVEL, "", Unit::None, ColumnRole::Level);
    let names = names.iter().map(|(name, label)| dimension(name, label));
    Frame {
        columns: names.chain([spend, level]).collect(),
        rows: rows
            .iter()
            .map(|(names, amount, level)| {
                let names = names.iter().map(|name| match *name {
                    "" => Value::Null,
                    name => text(name),
                });
                names.chain([cents(*amount), text(level)]).collect()
            })
            .collect(),
        truncated: false,
    }
}

const STATE: (&str, &str) = ("user__state", "State");
const DEPARTMENT: (&str, &str) = ("product__department", "Department");
const FAR_STATE: &str = "A state with a name that is far too long to fit";

fn by_state() -> Frame {
    let rows: &[(&[&str], i64, &str)] = &[
        (&["OH"], 6_120_200, "group"),
        (&[FAR_STATE], 2_041_180, "group"),
        // Written from right to left.
        (
            &["\u{5d0}\u{5d5}\u{5d4}\u{5d9}\u{5d5} (OH)"],
            -4_050,
            "group",
        ),
        (&[""], 11_250, "group"),
        (&[""], 480_112, "other"),
        (&[""], 8_648_692, "total"),
    ];
    leveled(&[STATE], rows)
}

fn by_department_and_in_all() -> Frame {
    let rows: &[(&[&str], i64, &str)] = &[
        (&["Grocery"], 5_120_600, "group"),
        (&["Produce"], 3_011_900, "group"),
        (&[""], 516_192, "other"),
        (&[""], 8_648_692, "total"),
    ];
    leveled(&[DEPARTMENT], rows)
}

/// Cells; the others across; the others down; and where both cross.
fn behind_the_sides() -> [Frame; 4] {
    let rtl = "\u{5d0}\u{5d5}\u{5d4}\u{5d9}\u{5d5} (OH)";
    let cells: &[(&[&str], i64, &str)] = &[
        (&["OH", "Grocery"], 3_800_150, "group"),
        (&["OH", "Produce"], 2_000_050, "group"),
        (&[FAR_STATE, "Grocery"], 1_000_100, "group"),
        (&[FAR_STATE, "Produce"], 861_080, "group"),
        (&[rtl, "Grocery"], -4_050, "group"),
        (&["", "Produce"], 11_250, "group"),
    ];
    let across: &[(&[&str], i64, &str)] = &[
        (&["OH"], 320_000, "group"),
        (&[FAR_STATE], 180_000, "group"),
    ];
    let down: &[(&[&str], i64, &str)] = &[
        (&["Grocery"], 324_400, "group"),
        (&["Produce"], 139_520, "group"),
    ];
    let both: &[(&[&str], i64, &str)] = &[(&[], 16_192, "group")];
    [
        leveled(&[STATE, DEPARTMENT], cells),
        leveled(&[STATE], across),
        leveled(&[DEPARTMENT], down),
        leveled(&[], both),
    ]
}

pub fn waterfall() -> Waterfall {
    let changes = [
        ("OH", -1_234_000),
        ("A state with a name that is far too long to fit", 420_050),
        ("PA (new)", 310_000),
        ("IN (gone)", -95_525),
        ("The other 7", 1_200),
    ];
    let mut from = Decimal::ZERO;
    let mut steps: Vec<Step> = Vec::new();
    for (label, amount) in changes {
        let amount = Decimal::new(amount, 2);
        steps.push(Step {
            label: label.to_owned(),
            kind: StepKind::Change,
            from,
            amount,
        });
        from += amount;
    }
    steps.push(Step {
        label: "Change".to_owned(),
        kind: StepKind::Total,
        from: Decimal::ZERO,
        amount: from,
    });
    Waterfall {
        title: "Retail spend by state".to_owned(),
        unit: Unit::Usd,
        steps,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_cell_for_every_column() {
        let behind = behind_the_sides();
        let sides = [
            by_state(),
            by_department_and_in_all(),
            by_basket(),
            by_weekday(),
        ];
        let others = [totals(), by_week(), by_department(), by_product()];
        for frame in others.into_iter().chain(sides).chain(behind) {
            assert!(
                frame
                    .rows
                    .iter()
                    .all(|row| row.len() == frame.columns.len())
            );
        }
    }
}
