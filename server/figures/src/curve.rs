//! A share by the days since something began: the estimate as steps, its interval as a band, a model as a dashed line.

use marts::curve::{self, Day};
use marts::{Drawing, Frame, Panel, Picture, Unit, Value, format};
use plotters_backend::text_anchor::{HPos, VPos};
use rust_decimal::prelude::ToPrimitive as _;

use crate::canvas::{Canvas, Drawn, Margins};
use crate::font::text_width;
use crate::svg::document;
use crate::theme::{Ink, Mark, TEXT_HEADROOM, TEXT_SIZE};
use crate::value_axis::ValueAxis;

const SERIES: u8 = 1;
const MODEL: u8 = 2;
const GAP: f64 = 8.0;
const LINE_HEIGHT: f64 = TEXT_SIZE * 1.25;

struct Size {
    class: &'static str,
    width: u32,
    height: u32,
    ticks: f64,
}

const WIDE: Size = Size {
    class: "fig-wide",
    width: 960,
    height: 320,
    ticks: 10.0,
};
const NARROW: Size = Size {
    class: "fig-narrow",
    width: 360,
    height: 240,
    ticks: 5.0,
};

struct Curve {
    label: String,
    axis: String,
    unit: Unit,
    days: Vec<Point>,
}

struct Point {
    at: f64,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    fitted: Option<f64>,
}

/// The chart at both sizes, one point for each day; `None` without any.
#[must_use]
pub fn draw(panel: &Panel, frame: &Frame) -> Option<Drawing> {
    let metric = panel.metrics.first()?;
    let column = frame.columns.get(frame.column(metric)?)?;
    let by = frame
        .columns
        .get(frame.column(panel.dimensions.first()?)?)?;
    let days: Vec<Point> = curve::read(panel, frame).iter().map(Point::of).collect();
    if days.is_empty() {
        return None;
    }
    let curve = Curve {
        label: column.label.clone(),
        axis: by.label.clone(),
        unit: column.unit,
        days,
    };
    Some(Drawing {
        key: metric.clone(),
        wide: picture(&curve, &WIDE).ok()?,
        narrow: Some(picture(&curve, &NARROW).ok()?),
        series: vec![curve.label, "Fitted".to_owned()],
    })
}

impl Point {
    fn of(day: &Day) -> Self {
        let number = |value: &Value| {
            let number = value.decimal()?.to_f64()?;
            (number.is_finite() && number.abs() <= 1e300).then_some(number)
        };
        Self {
            at: day.days as f64,
            value: number(&day.estimate),
            low: number(&day.low),
            high: number(&day.high),
            fitted: number(&day.fitted),
        }
    }
}

fn picture(curve: &Curve, size: &Size) -> Drawn<Picture> {
    let all = || {
        let points = curve.days.iter();
        points.flat_map(|point| [point.value, point.low, point.high, point.fitted])
    };
    let values = ValueAxis::new(
        all().flatten().fold(0.0, f64::min),
        all().flatten().fold(0.0, f64::max),
        4,
        curve.unit,
    );
    let labels = values.labels(curve.unit);
    let gutter = labels
        .iter()
        .map(|label| text_width(label, TEXT_SIZE))
        .fold(0.0, f64::max)
        * TEXT_HEADROOM;
    let margins = Margins {
        left: gutter + GAP,
        top: LINE_HEIGHT / 2.0 + 2.0,
        right: 2.0 * GAP,
        bottom: 2.0 * LINE_HEIGHT + 2.0 * GAP,
    };
    let last = curve.days.last().map_or(1.0, |point| point.at).max(1.0);
    let mut body = String::new();
    let picture = {
        let canvas = Canvas::new(
            &mut body,
            (size.width, size.height),
            margins,
            0.0..last,
            values.low..values.high,
        )?;
        draw_axes(&canvas, curve, &values, labels, (last, size.ticks))?;
        draw_lines(&canvas, curve)?;
        let line = |value: fn(&Point) -> Option<f64>| {
            let y = |point: &Point| Some(canvas.place(point.at, value(point)?).1);
            curve.days.iter().map(y).collect()
        };
        Picture {
            svg: String::new(),
            width: f64::from(size.width),
            height: f64::from(size.height),
            plot: canvas.plot(),
            xs: curve
                .days
                .iter()
                .map(|point| canvas.place(point.at, 0.0).0)
                .collect(),
            ys: vec![line(|point| point.value), line(|point| point.fitted)],
        }
    };
    let title = format!("{} by {}", curve.label, curve.axis.to_lowercase());
    let svg = document(
        size.class,
        (size.width, size.height),
        &title,
        &summary(curve),
        &body,
    );
    Ok(Picture { svg, ..picture })
}

fn draw_axes(
    canvas: &Canvas<'_>,
    curve: &Curve,
    values: &ValueAxis,
    labels: Vec<String>,
    (last, ticks): (f64, f64),
) -> Drawn<()> {
    let [left, _, right, bottom] = canvas.plot();
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
    let step = [
        1.0, 2.0, 5.0, 7.0, 10.0, 15.0, 30.0, 60.0, 90.0, 180.0, 360.0,
    ]
    .into_iter()
    .find(|step| last / step <= ticks)
    .unwrap_or((last / ticks).ceil());
    let mut at = 0.0;
    while at <= last {
        let (x, _) = canvas.place(at, 0.0);
        canvas.stroke((x, bottom), (x, bottom + GAP / 2.0), Ink::of(Mark::Tick, 0))?;
        canvas.text(
            format!("{at:.0}"),
            (x, bottom + GAP),
            (HPos::Center, VPos::Top),
            Ink::of(Mark::TickLabel, 0),
        )?;
        at += step;
    }
    canvas.text(
        curve.axis.clone(),
        (right, bottom + GAP + LINE_HEIGHT + GAP / 2.0),
        (HPos::Right, VPos::Top),
        Ink::of(Mark::AxisName, 0),
    )
}

fn draw_lines(canvas: &Canvas<'_>, curve: &Curve) -> Drawn<()> {
    let steps = |value: fn(&Point) -> Option<f64>| {
        let mut points: Vec<(f64, f64)> = Vec::new();
        for point in &curve.days {
            let Some(y) = value(point) else { continue };
            // It stays as it was until the day on which it is another.
            if let Some((_, before)) = points.last().copied() {
                points.push((point.at, before));
            }
            points.push((point.at, y));
        }
        points
    };
    let (low, high) = (steps(|point| point.low), steps(|point| point.high));
    if low.len() > 1 && high.len() > 1 {
        let around = low.into_iter().chain(high.into_iter().rev()).collect();
        canvas.polygon(around, Ink::of(Mark::Band, SERIES))?;
    }
    let fitted: Vec<(f64, f64)> = curve
        .days
        .iter()
        .filter_map(|point| Some((point.at, point.fitted?)))
        .collect();
    let estimate = steps(|point| point.value);
    match estimate.as_slice() {
        [] => {}
        [alone] => canvas.point(*alone, Ink::of(Mark::Point, SERIES))?,
        _ => canvas.line(estimate, Ink::of(Mark::Line, SERIES))?,
    }
    if fitted.len() > 1 {
        canvas.line(fitted, Ink::of(Mark::Fitted, MODEL))?;
    }
    Ok(())
}

fn summary(curve: &Curve) -> String {
    let last = curve.days.iter().rev().find_map(|point| {
        let figure = format::compact(&Value::Float(point.value?), curve.unit);
        Some(format!("{figure} after {} days.", point.at))
    });
    last.unwrap_or_else(|| "No data.".to_owned())
}
