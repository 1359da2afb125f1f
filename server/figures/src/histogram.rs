//! A metric by buckets that stand beside each other on one axis.

use marts::buckets::{self, Bar};
use marts::{ColumnRole, Drawing, Frame, Picture, Unit, Value, format};
use plotters_backend::text_anchor::{HPos, VPos};
use rust_decimal::prelude::ToPrimitive as _;

use crate::canvas::{Canvas, Drawn, Margins};
use crate::font::text_width;
use crate::svg::document;
use crate::theme::{Ink, Mark, TEXT_HEADROOM, TEXT_SIZE};
use crate::value_axis::ValueAxis;

const SERIES: u8 = 1;
const GAP: f64 = 8.0;
const LINE_HEIGHT: f64 = TEXT_SIZE * 1.25;
/// The part of its place that a bar leaves free on either side.
const AIR: f64 = 0.06;

struct Size {
    class: &'static str,
    width: u32,
    height: u32,
}

const WIDE: Size = Size {
    class: "fig-wide",
    width: 960,
    height: 280,
};
const NARROW: Size = Size {
    class: "fig-narrow",
    width: 360,
    height: 220,
};

struct Histogram {
    label: String,
    by: String,
    unit: Unit,
    bars: Vec<(Bar, Option<f64>)>,
    /// What theory gives for each bar; empty where there is none.
    expected: Vec<Option<f64>>,
}

/// The chart at both sizes, one point for each bar; `None` where there is no such metric, no bucket, or nothing to
/// draw.
#[must_use]
pub fn draw(metric: &str, frame: &Frame) -> Option<Drawing> {
    draw_beside(metric, frame, |_| None)
}

/// The same with a mark across each bar where theory has it, which `expected` gives by the frame's row.
#[must_use]
pub fn draw_beside(
    metric: &str,
    frame: &Frame,
    expected: impl Fn(usize) -> Option<f64>,
) -> Option<Drawing> {
    let column = frame.columns.get(frame.column(metric)?)?;
    let at = frame
        .columns
        .iter()
        .position(|c| c.role == ColumnRole::Dimension)?;
    let height = |bar: &Bar| match bar.row {
        Some(row) => frame.value(row, metric).decimal()?.to_f64(),
        None => Some(0.0),
    };
    let bars: Vec<(Bar, Option<f64>)> = buckets::bars(frame, at)
        .into_iter()
        .map(|bar| {
            let height = height(&bar).filter(|h| h.is_finite() && h.abs() <= 1e300);
            (bar, height)
        })
        .collect();
    if bars.is_empty() {
        return None;
    }
    let expected: Vec<Option<f64>> = bars
        .iter()
        .map(|(bar, _)| expected(bar.row?).filter(|height| height.is_finite()))
        .collect();
    let has_theory = expected.iter().any(Option::is_some);
    let histogram = Histogram {
        label: column.label.clone(),
        by: frame.columns.get(at)?.label.clone(),
        unit: column.unit,
        bars,
        expected: if has_theory { expected } else { Vec::new() },
    };
    Some(Drawing {
        key: metric.to_owned(),
        wide: picture(&histogram, &WIDE).ok()?,
        narrow: Some(picture(&histogram, &NARROW).ok()?),
        series: std::iter::once(histogram.label)
            .chain(has_theory.then(|| "Theory".to_owned()))
            .collect(),
    })
}

fn picture(histogram: &Histogram, size: &Size) -> Drawn<Picture> {
    let heights = || {
        let bars = histogram.bars.iter().filter_map(|(_, height)| *height);
        bars.chain(histogram.expected.iter().copied().flatten())
    };
    let values = ValueAxis::new(
        heights().fold(0.0, f64::min),
        heights().fold(0.0, f64::max),
        4,
        histogram.unit,
    );
    let labels = values.labels(histogram.unit);
    let gutter = labels
        .iter()
        .map(|label| text_width(label, TEXT_SIZE))
        .fold(0.0, f64::max)
        * TEXT_HEADROOM;
    let margins = Margins {
        left: gutter + GAP,
        top: LINE_HEIGHT / 2.0 + 2.0,
        right: GAP,
        bottom: LINE_HEIGHT + GAP,
    };
    let count = histogram.bars.len();
    let mut body = String::new();
    let picture = {
        let canvas = Canvas::new(
            &mut body,
            (size.width, size.height),
            margins,
            0.0..count as f64,
            values.low..values.high,
        )?;
        draw_rules(&canvas, &values, labels)?;
        for (i, (_, height)) in histogram.bars.iter().enumerate() {
            let Some(height) = height.filter(|height| *height != 0.0) else {
                continue;
            };
            let (left, right) = (i as f64 + AIR, (i + 1) as f64 - AIR);
            let corners = vec![(left, 0.0), (left, height), (right, height), (right, 0.0)];
            canvas.polygon(corners, Ink::of(Mark::Bar, SERIES))?;
        }
        for (i, height) in histogram.expected.iter().enumerate() {
            let Some(height) = height else { continue };
            let (left, right) = (i as f64, (i + 1) as f64);
            canvas.line(
                vec![(left, *height), (right, *height)],
                Ink::of(Mark::Expected, 0),
            )?;
        }
        draw_edges(&canvas, histogram)?;
        let at = |i: usize| i as f64 + 0.5;
        Picture {
            svg: String::new(),
            width: f64::from(size.width),
            height: f64::from(size.height),
            plot: canvas.plot(),
            xs: (0..count).map(|i| canvas.place(at(i), 0.0).0).collect(),
            ys: ys(&canvas, histogram, at),
        }
    };
    let title = format!("{} by {}", histogram.label, histogram.by.to_lowercase());
    let svg = document(
        size.class,
        (size.width, size.height),
        &title,
        &summary(histogram),
        &body,
    );
    Ok(Picture { svg, ..picture })
}

fn ys(
    canvas: &Canvas<'_>,
    histogram: &Histogram,
    at: impl Fn(usize) -> f64,
) -> Vec<Vec<Option<f64>>> {
    let place = |(i, height): (usize, Option<f64>)| Some(canvas.place(at(i), height?).1);
    let bars = histogram.bars.iter().map(|(_, height)| *height);
    let expected = histogram.expected.iter().copied();
    let mut all = vec![bars.enumerate().map(place).collect()];
    if !histogram.expected.is_empty() {
        all.push(expected.enumerate().map(place).collect());
    }
    all
}

fn draw_rules(canvas: &Canvas<'_>, values: &ValueAxis, labels: Vec<String>) -> Drawn<()> {
    let [left, _, right, _] = canvas.plot();
    for (tick, label) in values.ticks.iter().zip(labels) {
        let (_, y) = canvas.place(0.0, *tick);
        let mark = if *tick == 0.0 {
            Mark::Baseline
        } else {
            Mark::Rule
        };
        canvas.stroke((left, y), (right, y), Ink::of(mark, 0))?;
        let anchor = (HPos::Right, VPos::Center);
        canvas.text(label, (left - GAP, y), anchor, Ink::of(Mark::TickLabel, 0))?;
    }
    Ok(())
}

/// Lower edges below the bars' left ends, every second or fifth where they would touch. A bucket without an edge has
/// its name below its middle.
fn draw_edges(canvas: &Canvas<'_>, histogram: &Histogram) -> Drawn<()> {
    let [left, _, right, bottom] = canvas.plot();
    let count = histogram.bars.len();
    let each = (right - left) / count.max(1) as f64;
    let widest = histogram
        .bars
        .iter()
        .filter(|(bar, _)| is_edge(bar))
        .map(|(bar, _)| text_width(&bar.edge, TEXT_SIZE))
        .fold(0.0, f64::max)
        * TEXT_HEADROOM
        + GAP;
    let step: usize = [1, 2, 4, 5, 10, 20, 50]
        .into_iter()
        .find(|step| *step as f64 * each >= widest)
        .unwrap_or(100);
    let first = histogram
        .bars
        .iter()
        .position(|(bar, _)| is_edge(bar))
        .unwrap_or(0);
    let mut free_from = f64::MIN;
    for (i, (bar, _)) in histogram.bars.iter().enumerate() {
        let is_open = bar.edge.ends_with('+');
        let is_turn = i >= first && (i - first).is_multiple_of(step);
        if is_edge(bar) && !is_turn && !is_open {
            continue;
        }
        let at = if is_edge(bar) && !is_open {
            i as f64
        } else {
            i as f64 + 0.5
        };
        let (x, _) = canvas.place(at, 0.0);
        let half = text_width(&bar.edge, TEXT_SIZE) * TEXT_HEADROOM / 2.0;
        if x - half < free_from {
            continue;
        }
        free_from = x + half + GAP / 2.0;
        canvas.stroke((x, bottom), (x, bottom + GAP / 2.0), Ink::of(Mark::Tick, 0))?;
        canvas.text(
            bar.edge.clone(),
            (x, bottom + GAP),
            (HPos::Center, VPos::Top),
            Ink::of(Mark::TickLabel, 0),
        )?;
    }
    Ok(())
}

fn is_edge(bar: &Bar) -> bool {
    // Only a lower edge stands at one: a name stands below the middle.
    bar.edge.ends_with('+')
        || bar
            .name
            .as_deref()
            .is_some_and(|name| name != bar.edge && name.starts_with(&bar.edge))
}

fn summary(histogram: &Histogram) -> String {
    let highest = histogram
        .bars
        .iter()
        .filter_map(|(bar, height)| Some((bar, (*height)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    match highest {
        Some((bar, height)) => format!(
            "Highest {} ({}).",
            format::compact(&Value::Float(height), histogram.unit),
            bar.name.as_deref().unwrap_or("Unknown")
        ),
        None => "No data.".to_owned(),
    }
}
