//! A metric over time, with its comparison.

use marts::{Drawing, Picture, Value, format};
use plotters_backend::text_anchor::{HPos, VPos};

use crate::canvas::{Canvas, Drawn, Margins};
use crate::font::{fit, text_width};
use crate::series::{Point, Series};
use crate::summary::{summary, title};
use crate::svg::document;
use crate::theme::{Ink, Mark, TEXT_HEADROOM, TEXT_SIZE};
use crate::time_axis::{TimeTick, ticks};
use crate::value_axis::ValueAxis;

/// Colours of the first category: a time series shows one metric.
const SERIES: u8 = 1;
/// Space between text and what it names, in pixels.
pub(crate) const GAP: f64 = 8.0;
/// With more points than this a line is drawn finer, so that its turns do not close up.
const DENSE: usize = 120;
pub(crate) const LINE_HEIGHT: f64 = TEXT_SIZE * 1.25;

/// How large a picture is and how much it says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub class: &'static str,
    pub width: u32,
    pub height: u32,
    pub value_steps: u32,
    pub time_ticks: usize,
    /// The widest that a name at a line's end may be, in pixels.
    pub name_width: f64,
}

pub(crate) const WIDE: Size = Size {
    class: "fig-wide",
    width: 960,
    height: 280,
    value_steps: 4,
    time_ticks: 12,
    name_width: 150.0,
};
pub(crate) const NARROW: Size = Size {
    class: "fig-narrow",
    width: 360,
    height: 220,
    value_steps: 4,
    time_ticks: 5,
    name_width: 64.0,
};

/// The chart at both sizes; `None` where it cannot be drawn.
#[must_use]
pub fn draw(key: &str, series: &Series) -> Option<Drawing> {
    let wide = picture(series, WIDE).ok()?;
    let narrow = picture(series, NARROW).ok()?;
    let names = std::iter::once(series.label.clone())
        .chain(series.prior_label.clone())
        .collect();
    Some(Drawing {
        key: key.to_owned(),
        wide,
        narrow: Some(narrow),
        series: names,
    })
}

fn picture(series: &Series, size: Size) -> Drawn<Picture> {
    let (low, high) = series.extent();
    let values = ValueAxis::new(low, high, size.value_steps, series.unit);
    let value_labels = values.labels(series.unit);
    let names = Names::of(series, size);
    let gutter = value_labels
        .iter()
        .map(|l| text_width(l, TEXT_SIZE))
        .fold(0.0, f64::max)
        * TEXT_HEADROOM;
    let margins = Margins {
        left: gutter + GAP,
        top: LINE_HEIGHT / 2.0 + 2.0,
        right: names.width + GAP + GAP,
        bottom: 2.0 * LINE_HEIGHT + GAP,
    };
    let (Some(first), Some(last)) = (series.points.first(), series.points.last()) else {
        return Ok(Picture::default());
    };
    let (start, end) = if last.at > first.at {
        (first.at, last.at)
    } else {
        (first.at - 0.5, last.at + 0.5)
    };
    let room = f64::from(size.width) - margins.left - margins.right;
    let times = ticks(series.grain, first.day, last.day, room, size.time_ticks);

    let mut body = String::new();
    let picture = {
        let canvas = Canvas::new(
            &mut body,
            (size.width, size.height),
            margins,
            start..end,
            values.low..values.high,
        )?;
        draw_axes(&canvas, &values, value_labels, &times, start)?;
        draw_prior(&canvas, series)?;
        draw_current(&canvas, series)?;
        names.draw(&canvas, series)?;
        Picture {
            svg: String::new(),
            width: f64::from(size.width),
            height: f64::from(size.height),
            plot: canvas.plot(),
            xs: xs(&canvas, series),
            ys: ys(&canvas, series),
        }
    };
    let class = if series.points.len() > DENSE {
        format!("{} fig-dense", size.class)
    } else {
        size.class.to_owned()
    };
    let svg = document(
        &class,
        (size.width, size.height),
        &title(series),
        &summary(series),
        &body,
    );
    Ok(Picture { svg, ..picture })
}

fn xs(canvas: &Canvas<'_>, series: &Series) -> Vec<f64> {
    let x = |row: &Option<usize>| {
        row.map_or(canvas.plot()[0], |i| {
            canvas.place(series.points[i].at, 0.0).0
        })
    };
    series.rows.iter().map(x).collect()
}

fn ys(canvas: &Canvas<'_>, series: &Series) -> Vec<Vec<Option<f64>>> {
    let line = |value: fn(&Point) -> Option<f64>| -> Vec<Option<f64>> {
        let y = |row: &Option<usize>| {
            let point = series.points.get((*row)?)?;
            Some(canvas.place(point.at, value(point)?).1)
        };
        series.rows.iter().map(y).collect()
    };
    let mut lines = vec![line(|p| p.current)];
    if series.prior_label.is_some() {
        lines.push(line(|p| p.prior));
    }
    lines
}

pub(crate) fn draw_axes(
    canvas: &Canvas<'_>,
    values: &ValueAxis,
    labels: Vec<String>,
    times: &[TimeTick],
    start: f64,
) -> Drawn<()> {
    let [left, _, right, bottom] = canvas.plot();
    for (tick, label) in values.ticks.iter().zip(labels) {
        let (_, y) = canvas.place(start, *tick);
        let mark = if *tick == 0.0 {
            Mark::Baseline
        } else {
            Mark::Rule
        };
        canvas.stroke((left, y), (right, y), Ink::of(mark, 0))?;
        canvas.text(
            label,
            (left - GAP, y),
            (HPos::Right, VPos::Center),
            Ink::of(Mark::TickLabel, 0),
        )?;
    }
    for tick in times {
        let (x, _) = canvas.place(tick.at, 0.0);
        let below = |line: f64| (x, bottom + GAP + line * LINE_HEIGHT);
        let anchor = (HPos::Center, VPos::Top);
        canvas.stroke((x, bottom), (x, bottom + GAP / 2.0), Ink::of(Mark::Tick, 0))?;
        canvas.text(
            tick.label.clone(),
            below(0.0),
            anchor,
            Ink::of(Mark::TickLabel, 0),
        )?;
        if let Some(year) = &tick.year {
            canvas.text(
                year.clone(),
                below(1.0),
                anchor,
                Ink::of(Mark::TickLabel, 0),
            )?;
        }
    }
    Ok(())
}

fn draw_prior(canvas: &Canvas<'_>, series: &Series) -> Drawn<()> {
    for run in series.runs(|p| p.prior) {
        let points = places(series, &run, |p| p.prior);
        match points.as_slice() {
            [alone] => canvas.point(*alone, Ink::of(Mark::PriorPoint, SERIES))?,
            _ => canvas.line(points, Ink::of(Mark::PriorLine, SERIES))?,
        }
    }
    Ok(())
}

fn draw_current(canvas: &Canvas<'_>, series: &Series) -> Drawn<()> {
    for run in series.runs(|p| p.current) {
        let whole: Vec<usize> = run
            .iter()
            .copied()
            .filter(|i| !series.points[*i].partial)
            .collect();
        let points = places(series, &whole, |p| p.current);
        if let [first, .., last] = points.as_slice() {
            let mut area = points.clone();
            area.extend([(last.0, 0.0), (first.0, 0.0)]);
            canvas.polygon(area, Ink::of(Mark::Area, SERIES))?;
            canvas.line(points, Ink::of(Mark::Line, SERIES))?;
        } else if let [alone] = points.as_slice() {
            canvas.point(*alone, Ink::of(Mark::Point, SERIES))?;
        }
        for pair in run.windows(2) {
            if pair.iter().any(|i| series.points[*i].partial) {
                canvas.line(
                    places(series, pair, |p| p.current),
                    Ink::of(Mark::PartialLine, SERIES),
                )?;
            }
        }
        for i in run.iter().filter(|i| series.points[**i].partial) {
            for at in places(series, &[*i], |p| p.current) {
                canvas.point(at, Ink::of(Mark::PartialPoint, SERIES))?;
            }
        }
    }
    Ok(())
}

fn places(
    series: &Series,
    run: &[usize],
    value: impl Fn(&Point) -> Option<f64>,
) -> Vec<(f64, f64)> {
    let place = |i: &usize| series.points.get(*i).and_then(|p| Some((p.at, value(p)?)));
    run.iter().filter_map(place).collect()
}

/// What stands at the lines' ends: their names where there are two, else the latest value.
struct Names {
    current: Option<String>,
    prior: Option<String>,
    /// Of the wider one, in pixels.
    width: f64,
}

impl Names {
    fn of(series: &Series, size: Size) -> Self {
        let last = |value: fn(&Point) -> Option<f64>| series.points.iter().rev().find_map(value);
        let (current, prior) = match (&series.prior_label, last(|p| p.prior)) {
            (Some(prior), Some(_)) => {
                // Names of what is not a comparison of days are as short as they can be.
                let is_short = size.name_width < 100.0 && series.is_comparison;
                let prior_name = if is_short { "Prior" } else { prior };
                let name = if is_short { "Current" } else { &series.label };
                (Some(name.to_owned()), Some(prior_name.to_owned()))
            }
            _ => {
                let latest =
                    last(|p| p.current).map(|v| format::compact(&Value::Float(v), series.unit));
                (latest, None)
            }
        };
        let limit = size.name_width / TEXT_HEADROOM;
        let current = current.map(|n| fit(&n, TEXT_SIZE, limit));
        let prior = prior.map(|n| fit(&n, TEXT_SIZE, limit));
        let width = [&current, &prior]
            .into_iter()
            .flatten()
            .map(|n| text_width(n, TEXT_SIZE) * TEXT_HEADROOM)
            .fold(0.0, f64::max);
        Self {
            current,
            prior,
            width,
        }
    }

    fn draw(self, canvas: &Canvas<'_>, series: &Series) -> Drawn<()> {
        let [_, top, right, bottom] = canvas.plot();
        let end = |value: fn(&Point) -> Option<f64>| {
            let point = series.points.iter().rev().find(|p| value(p).is_some())?;
            Some(canvas.place(point.at, value(point)?))
        };
        let (current, prior) = apart(end(|p| p.current), end(|p| p.prior), (top, bottom));
        let labels = [
            (self.current, current, Mark::LineLabel),
            (self.prior, prior, Mark::PriorLabel),
        ];
        for (name, at, mark) in labels {
            if let (Some(name), Some((x, y))) = (name, at) {
                let at = ((x + GAP).min(right + GAP), y);
                canvas.text(name, at, (HPos::Left, VPos::Center), Ink::of(mark, SERIES))?;
            }
        }
        Ok(())
    }
}

type Place = Option<(f64, f64)>;

/// Moves two labels that would touch apart, keeping their order and the plotting area.
fn apart(a: Place, b: Place, (top, bottom): (f64, f64)) -> (Place, Place) {
    let (Some(a), Some(b)) = (a, b) else {
        return (a, b);
    };
    let need = LINE_HEIGHT * TEXT_HEADROOM;
    if (a.1 - b.1).abs() >= need {
        return (Some(a), Some(b));
    }
    let middle = f64::midpoint(a.1, b.1).clamp(
        top + need / 2.0,
        (bottom - need / 2.0).max(top + need / 2.0),
    );
    let (above, below) = (middle - need / 2.0, middle + need / 2.0);
    if a.1 <= b.1 {
        (Some((a.0, above)), Some((b.0, below)))
    } else {
        (Some((a.0, below)), Some((b.0, above)))
    }
}
