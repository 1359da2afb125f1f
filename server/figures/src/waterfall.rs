//! The parts of a difference, one below the other: each step begins where the one above it ended.

use marts::bridge::{Step, StepKind};
use marts::{Drawing, Picture, Waterfall};
use plotters_backend::text_anchor::{HPos, VPos};
use rust_decimal::prelude::ToPrimitive as _;

use crate::canvas::{Canvas, Drawn, Margins};
use crate::font::{fit, text_width};
use crate::svg::document;
use crate::theme::{Ink, Mark, TEXT_HEADROOM, TEXT_SIZE};

/// Height of a step's row and of its bar, in pixels.
const ROW: f64 = 28.0;
const BAR: f64 = 16.0;
const GAP: f64 = 8.0;

#[derive(Debug, Clone, Copy)]
struct Size {
    class: &'static str,
    width: u32,
    /// The widest that a step's name may be, in pixels.
    label_width: f64,
}

const WIDE: Size = Size {
    class: "fig-wide",
    width: 960,
    label_width: 220.0,
};
const NARROW: Size = Size {
    class: "fig-narrow",
    width: 360,
    label_width: 104.0,
};

/// At both sizes; `None` where there are no steps.
#[must_use]
pub fn draw(waterfall: &Waterfall) -> Option<Drawing> {
    if waterfall.steps.is_empty() {
        return None;
    }
    Some(Drawing {
        key: "waterfall".to_owned(),
        wide: picture(waterfall, WIDE).ok()?,
        narrow: Some(picture(waterfall, NARROW).ok()?),
        series: Vec::new(),
    })
}

/// Where a step begins and ends. Places in a picture need no more than a float.
fn ends(step: &Step) -> (f64, f64) {
    let from = step.from.to_f64().unwrap_or_default();
    (from, from + step.amount.to_f64().unwrap_or_default())
}

fn picture(waterfall: &Waterfall, size: Size) -> Drawn<Picture> {
    let steps = &waterfall.steps;
    let values: Vec<String> = steps
        .iter()
        .map(|step| step.written(waterfall.unit))
        .collect();
    let widest = |texts: &mut dyn Iterator<Item = f64>| texts.fold(0.0, f64::max) * TEXT_HEADROOM;
    let labels: Vec<String> = steps
        .iter()
        .map(|step| fit(&step.label, TEXT_SIZE, size.label_width / TEXT_HEADROOM))
        .collect();
    let label_width = widest(&mut labels.iter().map(|l| text_width(l, TEXT_SIZE)));
    let value_width = widest(&mut values.iter().map(|v| text_width(v, TEXT_SIZE)));
    let margins = Margins {
        left: label_width + GAP,
        top: 0.0,
        right: value_width + 2.0 * GAP,
        bottom: 0.0,
    };
    let reach = |pick: fn(f64, f64) -> f64| {
        steps
            .iter()
            .map(ends)
            .fold(0.0, |reach, (from, to)| pick(reach, pick(from, to)))
    };
    let (low, high) = (reach(f64::min), reach(f64::max));
    let (low, high) = if high > low { (low, high) } else { (0.0, 1.0) };
    let rows = steps.len() as f64;
    let height = (rows * ROW).ceil() as u32;

    let mut body = String::new();
    let picture = {
        let canvas = Canvas::new(
            &mut body,
            (size.width, height),
            margins,
            low..high,
            0.0..rows,
        )?;
        let [left, top, right, bottom] = canvas.plot();
        let x = |value: f64| canvas.place(value, 0.0).0;
        let (zero, _) = canvas.place(0.0, 0.0);
        canvas.stroke((zero, top), (zero, bottom), Ink::of(Mark::Baseline, 0))?;
        for (i, step) in steps.iter().enumerate() {
            let (from, to) = ends(step);
            let middle = (i as f64 + 0.5) * ROW;
            let half = BAR / 2.0 / ROW;
            // Rows count from the top, the canvas' values from the bottom.
            let row = rows - i as f64 - 0.5;
            let mark = match step.kind {
                StepKind::Total | StepKind::Balance => Mark::Sum,
                StepKind::Change if to < from => Mark::Fall,
                StepKind::Change => Mark::Rise,
            };
            if step.kind == StepKind::Total {
                canvas.stroke(
                    (left - label_width - GAP, i as f64 * ROW),
                    (f64::from(size.width), i as f64 * ROW),
                    Ink::of(Mark::Rule, 0),
                )?;
            } else if i + 1 < steps.len() {
                let edge = x(to);
                canvas.stroke(
                    (edge, middle + BAR / 2.0),
                    (edge, middle + ROW - BAR / 2.0),
                    Ink::of(Mark::Tick, 0),
                )?;
            }
            if from.total_cmp(&to).is_eq() && step.kind == StepKind::Change {
                // Nothing changed: the way goes on.
                let edge = x(to);
                canvas.stroke(
                    (edge, middle - BAR / 2.0),
                    (edge, middle + BAR / 2.0),
                    Ink::of(Mark::Tick, 0),
                )?;
            }
            if from.total_cmp(&to).is_ne() {
                let corners = vec![
                    (from, row - half),
                    (to, row - half),
                    (to, row + half),
                    (from, row + half),
                ];
                canvas.polygon(corners, Ink::of(mark, 0))?;
            }
            let label = labels.get(i).cloned().unwrap_or_default();
            let name = (left - GAP, middle);
            canvas.text(
                label,
                name,
                (HPos::Right, VPos::Center),
                Ink::of(Mark::StepLabel, 0),
            )?;
            let value = values.get(i).cloned().unwrap_or_default();
            canvas.text(
                value,
                (f64::from(size.width), middle),
                (HPos::Right, VPos::Center),
                Ink::of(Mark::StepValue, 0),
            )?;
        }
        Picture {
            svg: String::new(),
            width: f64::from(size.width),
            height: f64::from(height),
            plot: [left, top, right, bottom],
            xs: Vec::new(),
            ys: Vec::new(),
        }
    };
    let class = format!("fig-waterfall {}", size.class);
    let svg = document(
        &class,
        (size.width, height),
        &waterfall.title,
        &waterfall.summary(),
        &body,
    );
    Ok(Picture { svg, ..picture })
}
