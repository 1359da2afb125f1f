//! What a reader sees in a waterfall.

use crate::support::{count, texts};
use figures::draw_waterfall;
use marts::bridge::{Step, StepKind};
use marts::{Unit, Waterfall};

fn step(label: &str, kind: StepKind, from: i64, amount: i64) -> Step {
    Step {
        label: label.to_owned(),
        kind,
        from: from.into(),
        amount: amount.into(),
    }
}

#[test]
fn each_step_is_named_and_told_with_its_sign() {
    let drawing = draw_waterfall(&Waterfall {
        title: "Change of retail spend by state".to_owned(),
        unit: Unit::Usd,
        steps: vec![
            step("OH & <more>", StepKind::Change, 0, -500),
            step("PA", StepKind::Change, -500, 200),
            step("KY", StepKind::Change, -300, 0),
            step("Change", StepKind::Total, 0, -300),
        ],
    })
    .unwrap();
    for picture in [&drawing.wide, drawing.narrow.as_ref().unwrap()] {
        assert_eq!(count(&picture.svg, &["fig-fall"], &[]), 1);
        assert_eq!(count(&picture.svg, &["fig-rise"], &[]), 1);
        assert_eq!(count(&picture.svg, &["fig-sum"], &[]), 1);
        assert_eq!(
            texts(&picture.svg, "fig-step-value"),
            ["\u{2212}$500.00", "+$200.00", "$0.00", "\u{2212}$300.00"]
        );
        assert_eq!(
            texts(&picture.svg, "fig-step-label"),
            ["OH & <more>", "PA", "KY", "Change"]
        );
    }
}

#[test]
fn nothing_that_changed_is_no_figure_that_fails() {
    let flat = |steps| {
        draw_waterfall(&Waterfall {
            title: String::new(),
            unit: Unit::Count,
            steps,
        })
    };
    assert!(flat(Vec::new()).is_none());
    assert!(flat(vec![step("Change", StepKind::Total, 0, 0)]).is_some());
}
