//! Figures of cohorts beside each other: bars of a rate, or dots with the interval of an estimate. One that is too young is
//! hatched.

use marts::cohorts::{Cohorts, State};
use marts::{Drawing, Frame, Grain, Panel, PanelKind, Picture, Unit, Value, format};
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
/// The part of its place that a bar or a hatching leaves free on either side.
const AIR: f64 = 0.08;

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

struct Chart<'a> {
    cohorts: &'a Cohorts,
    label: String,
    unit: Unit,
    is_bars: bool,
    values: Vec<[Option<f64>; 3]>,
    /// What all cohorts together come to.
    whole: Option<f64>,
    grain: Grain,
}

/// The chart at both sizes, one point for each cohort; `None` without any.
#[must_use]
pub fn draw(panel: &Panel, frame: &Frame, cohorts: &Cohorts, grain: Grain) -> Option<Drawing> {
    let metric = panel.metrics.first()?;
    let column = frame.columns.get(frame.column(metric)?)?;
    if cohorts.cohorts.is_empty() {
        return None;
    }
    let chart = Chart {
        cohorts,
        label: column.label.clone(),
        unit: column.unit,
        is_bars: panel.kind == PanelKind::Maturing,
        values: cohorts
            .cohorts
            .iter()
            .map(|cohort| [&cohort.value, &cohort.low, &cohort.high].map(number))
            .collect(),
        whole: cohorts
            .whole
            .and_then(|row| number(frame.value(row, metric))),
        grain,
    };
    Some(Drawing {
        key: metric.clone(),
        wide: picture(&chart, &WIDE).ok()?,
        narrow: Some(picture(&chart, &NARROW).ok()?),
        series: vec![chart.label],
    })
}

fn number(value: &Value) -> Option<f64> {
    let number = value.decimal()?.to_f64()?;
    (number.is_finite() && number.abs() <= 1e300).then_some(number)
}

fn picture(chart: &Chart<'_>, size: &Size) -> Drawn<Picture> {
    let known = || chart.values.iter().flatten().copied().flatten();
    let values = ValueAxis::new(
        known().chain(chart.whole).fold(0.0, f64::min),
        known().chain(chart.whole).fold(0.0, f64::max),
        4,
        chart.unit,
    );
    let labels = values.labels(chart.unit);
    let gutter = labels
        .iter()
        .map(|label| text_width(label, TEXT_SIZE))
        .fold(0.0, f64::max)
        * TEXT_HEADROOM;
    let whole = chart.whole.map(|whole| {
        let figure = format::compact(&Value::Float(whole), chart.unit);
        format!("All {figure}")
    });
    let name_width = whole
        .as_ref()
        .map_or(0.0, |name| text_width(name, TEXT_SIZE) * TEXT_HEADROOM);
    let margins = Margins {
        left: gutter + GAP,
        top: LINE_HEIGHT / 2.0 + 2.0,
        right: name_width + GAP,
        bottom: 2.0 * LINE_HEIGHT + GAP,
    };
    let count = chart.values.len();
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
        if let (Some(height), Some(name)) = (chart.whole, whole) {
            let [left, _, right, _] = canvas.plot();
            let (_, y) = canvas.place(0.0, height);
            canvas.stroke((left, y), (right, y), Ink::of(Mark::Whole, 0))?;
            let at = (right + GAP, y);
            let anchor = (HPos::Left, VPos::Center);
            canvas.text(name, at, anchor, Ink::of(Mark::WholeLabel, 0))?;
        }
        draw_cohorts(&canvas, chart)?;
        draw_names(&canvas, chart)?;
        let middle = |i: usize| i as f64 + 0.5;
        let y = |(i, values): (usize, &[Option<f64>; 3])| {
            let [value, _, _] = values;
            Some(canvas.place(middle(i), (*value)?).1)
        };
        Picture {
            svg: String::new(),
            width: f64::from(size.width),
            height: f64::from(size.height),
            plot: canvas.plot(),
            xs: (0..count).map(|i| canvas.place(middle(i), 0.0).0).collect(),
            ys: vec![chart.values.iter().enumerate().map(y).collect()],
        }
    };
    let title = format!("{} by {} of the cohort", chart.label, chart.grain.slug());
    let svg = document(
        size.class,
        (size.width, size.height),
        &title,
        &summary(chart),
        &body,
    );
    Ok(Picture { svg, ..picture })
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

fn draw_cohorts(canvas: &Canvas<'_>, chart: &Chart<'_>) -> Drawn<()> {
    let [_, top, _, bottom] = canvas.plot();
    for (i, (cohort, values)) in chart.cohorts.cohorts.iter().zip(&chart.values).enumerate() {
        let (left, right) = (i as f64 + AIR, (i + 1) as f64 - AIR);
        if matches!(cohort.state, State::Immature(_)) {
            let ((left, _), (right, _)) = (canvas.place(left, 0.0), canvas.place(right, 0.0));
            canvas.hatch([left, top, right, bottom], Ink::of(Mark::Hatch, 0))?;
        }
        let [Some(value), low, high] = *values else {
            continue;
        };
        if chart.is_bars {
            if value != 0.0 {
                let corners = vec![(left, 0.0), (left, value), (right, value), (right, 0.0)];
                canvas.polygon(corners, Ink::of(Mark::Bar, SERIES))?;
            }
            continue;
        }
        let middle = i as f64 + 0.5;
        if let (Some(low), Some(high)) = (low, high) {
            let ink = Ink::of(Mark::Whisker, SERIES);
            canvas.line(vec![(middle, low), (middle, high)], ink)?;
        }
        canvas.point((middle, value), Ink::of(Mark::Point, SERIES))?;
    }
    Ok(())
}

/// Names below the cohorts, as many as have room.
fn draw_names(canvas: &Canvas<'_>, chart: &Chart<'_>) -> Drawn<()> {
    let [left, _, right, bottom] = canvas.plot();
    let count = chart.cohorts.cohorts.len();
    let name = |i: usize| {
        let cohort = chart.cohorts.cohorts.get(i);
        cohort.map(|cohort| format::period_short(cohort.first, chart.grain))
    };
    let widest = (0..count)
        .filter_map(name)
        .map(|name| text_width(&name, TEXT_SIZE))
        .fold(0.0, f64::max)
        * TEXT_HEADROOM
        + GAP;
    let each = (right - left) / count.max(1) as f64;
    let step = [1, 2, 3, 4, 6, 12, 26, 52]
        .into_iter()
        .find(|step| f64::from(*step) * each >= widest)
        .unwrap_or(104);
    let step = usize::try_from(step).unwrap_or(1);
    let mut year = None;
    for i in (0..count).step_by(step) {
        let (Some(name), Some(cohort)) = (name(i), chart.cohorts.cohorts.get(i)) else {
            continue;
        };
        let (x, _) = canvas.place(i as f64 + 0.5, 0.0);
        canvas.stroke((x, bottom), (x, bottom + GAP / 2.0), Ink::of(Mark::Tick, 0))?;
        let half = text_width(&name, TEXT_SIZE) * TEXT_HEADROOM / 2.0;
        let x = x.max(half);
        let (anchor, ink) = ((HPos::Center, VPos::Top), Ink::of(Mark::TickLabel, 0));
        if year != Some(cohort.first.year()) && chart.grain != Grain::Year {
            year = Some(cohort.first.year());
            let at = (x, bottom + GAP + LINE_HEIGHT);
            canvas.text(cohort.first.year().to_string(), at, anchor, ink)?;
        }
        canvas.text(name, (x, bottom + GAP), anchor, ink)?;
    }
    Ok(())
}

fn summary(chart: &Chart<'_>) -> String {
    let known: Vec<(&str, f64)> = chart
        .cohorts
        .cohorts
        .iter()
        .zip(&chart.values)
        .filter_map(|(cohort, [value, _, _])| Some((cohort.name.as_str(), (*value)?)))
        .collect();
    let said = |found: Option<&(&str, f64)>| {
        found.map(|(name, value)| {
            let figure = format::compact(&Value::Float(*value), chart.unit);
            format!("{figure} ({name})")
        })
    };
    let highest = said(known.iter().max_by(|a, b| a.1.total_cmp(&b.1)));
    let lowest = said(known.iter().min_by(|a, b| a.1.total_cmp(&b.1)));
    let young = match chart.cohorts.immature() {
        0 => String::new(),
        1 => " One is too young to say.".to_owned(),
        many => format!(" {many} are too young to say."),
    };
    match (highest, lowest) {
        (Some(highest), Some(lowest)) => format!("Highest {highest}, lowest {lowest}.{young}"),
        _ => format!("None is known.{young}"),
    }
}
