//! Whatever an answer holds, a drawing is well-formed, finite and made without a panic.

use crate::support::{answered, ask, frame, panel, release};
use figures::draw;
use jiff::civil::{Date, date};
use marts::{Ask, DateRange, Drawing, Grain, PanelKind, Picture, Unit, Value};
use proptest::prelude::*;

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => (-1_000_000_000i64..1_000_000_000).prop_map(Value::Int),
        1 => any::<i64>().prop_map(Value::Int),
        2 => any::<f64>().prop_map(Value::Float),
        1 => Just(Value::Float(f64::NAN)),
        1 => Just(Value::Float(f64::NEG_INFINITY)),
        2 => Just(Value::Int(0)),
        2 => Just(Value::Null),
        1 => any::<String>().prop_map(Value::Text),
        1 => Just(Value::Bool(true)),
    ]
}

fn any_day() -> impl Strategy<Value = Date> {
    prop_oneof![
        8 => 0i32..1500,
        1 => -4_000_000i32..2_000_000,
    ]
    .prop_map(|days| date(2024, 1, 1).saturating_add(jiff::Span::new().days(days)))
}

fn any_grain() -> impl Strategy<Value = Grain> {
    prop_oneof![
        Just(Grain::Day),
        Just(Grain::Week),
        Just(Grain::Month),
        Just(Grain::Quarter),
        Just(Grain::Year)
    ]
}

fn any_unit() -> impl Strategy<Value = Unit> {
    prop_oneof![
        Just(Unit::Usd),
        Just(Unit::Count),
        Just(Unit::Ratio),
        Just(Unit::Number),
        Just(Unit::None)
    ]
}

fn sound(picture: &Picture, rows: usize) -> Result<(), TestCaseError> {
    let document = roxmltree::Document::parse(&picture.svg);
    prop_assert!(document.is_ok(), "{:?}: {}", document.err(), picture.svg);
    prop_assert!(
        !picture.svg.contains("NaN") && !picture.svg.contains("inf\""),
        "{}",
        picture.svg
    );
    prop_assert_eq!(picture.xs.len(), rows);
    prop_assert!(
        picture
            .xs
            .iter()
            .all(|x| (-0.1..=picture.width + 0.1).contains(x)),
        "{:?}",
        picture.xs
    );
    for ys in &picture.ys {
        prop_assert_eq!(ys.len(), rows);
        prop_assert!(
            ys.iter()
                .flatten()
                .all(|y| (-0.1..=picture.height + 0.1).contains(y)),
            "{ys:?}"
        );
    }
    Ok(())
}

fn all_sound(drawings: &[Drawing], rows: usize) -> Result<(), TestCaseError> {
    for drawing in drawings {
        sound(&drawing.wide, rows)?;
        if let Some(narrow) = &drawing.narrow {
            sound(narrow, rows)?;
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_answer_is_drawn_soundly(
        rows in proptest::collection::vec((any_day(), any_value(), any_value()), 0..40),
        compared in any::<bool>(),
        asked in proptest::option::of((any_grain(), any_day(), any_day())),
        unit in any_unit(),
        label in any::<String>(),
    ) {
        let days: Vec<Date> = rows.iter().map(|r| r.0).collect();
        let current: Vec<Value> = rows.iter().map(|r| r.1.clone()).collect();
        let prior: Vec<Value> = rows.iter().map(|r| r.2.clone()).collect();
        let mut frame = frame(&days, &current, compared.then_some(prior.as_slice()));
        frame.columns[1].unit = unit;
        frame.columns[1].label = label;
        let answers = [answered(frame.clone()), answered(frame)];
        let asks: Vec<Ask> = asked
            .map(|(grain, a, b)| ask(DateRange { from: a.min(b), to: a.max(b) }, grain, None))
            .into_iter()
            .cycle()
            .take(2)
            .collect();
        for kind in [PanelKind::TimeSeries, PanelKind::Headline] {
            let drawings = draw(&panel(kind), &asks, &answers, &release());
            prop_assert_eq!(drawings.is_empty(), rows.is_empty());
            all_sound(&drawings, rows.len())?;
        }
    }
}
