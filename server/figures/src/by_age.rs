//! Metrics by an age in whole days: a line each, with a point where there is a figure.

use marts::{ColumnRole, Drawing, Frame, Picture, Unit, Value, format};
use plotters_backend::text_anchor::{HPos, VPos};
use rust_decimal::prelude::ToPrimitive as _;

use crate::canvas::{Canvas, Drawn, Margins};
use crate::font::{fit, text_width};
use crate::svg::document;
use crate::theme::{Ink, Mark, TEXT_HEADROOM, TEXT_SIZE};
use crate::time_axis::TimeTick;
use crate::time_series::{GAP, LINE_HEIGHT, NARROW, Size, WIDE, draw_axes};
use crate::value_axis::ValueAxis;

/// Ages that people count by, in days; those that fit are named.
const ROUND: [i64; 16] = [
    0, 1, 7, 14, 30, 60, 90, 120, 180, 270, 365, 540, 730, 1095, 1460, 1825,
];
/// With more points than this a line alone says it.
const MOST_POINTS: usize = 60;

struct Chart {
    by: String,
    unit: Unit,
    /// The age of each row of the frame.
    ages: Vec<f64>,
    lines: Vec<(String, Vec<Option<f64>>)>,
}

/// At both sizes, a point for each row in their order; `None` where there is no age or no metric.
#[must_use]
pub fn draw(metrics: &[String], frame: &Frame) -> Option<Drawing> {
    let by = frame
        .columns
        .iter()
        .find(|column| column.role == ColumnRole::Dimension)?;
    let number = |value: &Value| value.decimal()?.to_f64().filter(|n| n.abs() <= 1e300);
    let ages: Option<Vec<f64>> = (0..frame.rows.len())
        .map(|row| number(frame.value(row, &by.name)))
        .collect();
    let columns = metrics
        .iter()
        .filter_map(|metric| frame.columns.get(frame.column(metric)?));
    let columns: Vec<_> = columns.collect();
    let lines: Vec<(String, Vec<Option<f64>>)> = columns
        .iter()
        .map(|column| {
            let values = (0..frame.rows.len()).map(|row| number(frame.value(row, &column.name)));
            (column.label.clone(), values.collect())
        })
        .collect();
    let chart = Chart {
        by: by.label.clone(),
        unit: columns.first()?.unit,
        ages: ages.filter(|ages| !ages.is_empty())?,
        lines,
    };
    Some(Drawing {
        key: metrics.first()?.clone(),
        wide: chart.picture(WIDE).ok()?,
        narrow: Some(chart.picture(NARROW).ok()?),
        series: chart.lines.iter().map(|(name, _)| name.clone()).collect(),
    })
}

impl Chart {
    fn picture(&self, size: Size) -> Drawn<Picture> {
        let reach = |start: f64, pick: fn(f64, f64) -> f64| {
            let values = self.lines.iter().flat_map(|(_, values)| values);
            values.flatten().copied().fold(start, pick)
        };
        let values = ValueAxis::new(
            reach(0.0, f64::min),
            reach(0.0, f64::max),
            size.value_steps,
            self.unit,
        );
        let labels = values.labels(self.unit);
        let wide = |text: &String| text_width(text, TEXT_SIZE) * TEXT_HEADROOM;
        let names: Vec<String> = self
            .lines
            .iter()
            .map(|line| {
                fit(
                    &self.named(line),
                    TEXT_SIZE,
                    size.name_width / TEXT_HEADROOM,
                )
            })
            .collect();
        let margins = Margins {
            left: labels.iter().map(wide).fold(0.0, f64::max) + GAP,
            top: LINE_HEIGHT / 2.0 + 2.0,
            right: names.iter().map(wide).fold(0.0, f64::max) + GAP + GAP,
            bottom: LINE_HEIGHT + GAP,
        };
        let ends =
            |pick: fn(f64, f64) -> f64, from: f64| self.ages.iter().copied().fold(from, pick);
        let (first, last) = (ends(f64::min, f64::MAX), ends(f64::max, f64::MIN));
        let (start, end) = if last > first {
            (first, last)
        } else {
            (first - 0.5, last + 0.5)
        };
        let room = f64::from(size.width) - margins.left - margins.right;
        let ticks = ticks(first, last, room / (end - start));
        let mut body = String::new();
        let picture = {
            let canvas = Canvas::new(
                &mut body,
                (size.width, size.height),
                margins,
                start..end,
                values.low..values.high,
            )?;
            draw_axes(&canvas, &values, labels, &ticks, start)?;
            for (colour, (line, name)) in (1..).zip(self.lines.iter().zip(names)) {
                self.draw_line(&canvas, line, name, colour)?;
            }
            let y = |(at, value): (&f64, &Option<f64>)| Some(canvas.place(*at, (*value)?).1);
            Picture {
                svg: String::new(),
                width: f64::from(size.width),
                height: f64::from(size.height),
                plot: canvas.plot(),
                xs: self
                    .ages
                    .iter()
                    .map(|at| canvas.place(*at, 0.0).0)
                    .collect(),
                ys: self
                    .lines
                    .iter()
                    .map(|(_, values)| self.ages.iter().zip(values).map(y).collect())
                    .collect(),
            }
        };
        let said: Vec<&str> = self.lines.iter().map(|(name, _)| name.as_str()).collect();
        let title = format!("{} by {}", said.join(", "), self.by.to_lowercase());
        let svg = document(
            size.class,
            (size.width, size.height),
            &title,
            &self.summary(),
            &body,
        );
        Ok(Picture { svg, ..picture })
    }

    fn draw_line(
        &self,
        canvas: &Canvas<'_>,
        (_, values): &(String, Vec<Option<f64>>),
        name: String,
        colour: u8,
    ) -> Drawn<()> {
        let points: Vec<(f64, f64)> = self
            .ages
            .iter()
            .zip(values)
            .filter_map(|(at, value)| Some((*at, (*value)?)))
            .collect();
        if points.len() > 1 {
            canvas.line(points.clone(), Ink::of(Mark::Line, colour))?;
        }
        if points.len() <= MOST_POINTS {
            for point in &points {
                canvas.point(*point, Ink::of(Mark::Point, colour))?;
            }
        }
        if let Some((at, value)) = points.last() {
            let (x, y) = canvas.place(*at, *value);
            let ink = Ink::of(Mark::LineLabel, colour);
            canvas.text(name, (x + GAP, y), (HPos::Left, VPos::Center), ink)?;
        }
        Ok(())
    }

    /// What stands at the end of a line: its name where there are several, else its last figure.
    fn named(&self, (name, values): &(String, Vec<Option<f64>>)) -> String {
        match (self.lines.len(), values.iter().rev().flatten().next()) {
            (1, Some(value)) => format::compact(&Value::Float(*value), self.unit),
            _ => name.clone(),
        }
    }

    fn summary(&self) -> String {
        let said: Vec<String> = self
            .lines
            .iter()
            .filter_map(|(name, values)| {
                let mut known = self
                    .ages
                    .iter()
                    .zip(values)
                    .filter_map(|(at, value)| Some((*at, (*value)?)));
                let first = known.next()?;
                let last = known.next_back().unwrap_or(first);
                let say = |(at, value): (f64, f64)| {
                    let value = format::compact(&Value::Float(value), self.unit);
                    format!("{value} at {at} days")
                };
                Some(format!("{name}: {}, {}.", say(first), say(last)))
            })
            .collect();
        said.join(" ")
    }
}

/// Round ages that have room beside each other; the last one names the unit.
fn ticks(first: f64, last: f64, per_day: f64) -> Vec<TimeTick> {
    let width = |label: &str| text_width(label, TEXT_SIZE) * TEXT_HEADROOM;
    let mut ticks: Vec<TimeTick> = Vec::new();
    let mut free_from = f64::MIN;
    for age in ROUND {
        let at = age as f64;
        let label = age.to_string();
        let half = width(&label) / 2.0;
        if at < first || at > last || at * per_day - half < free_from {
            continue;
        }
        free_from = at * per_day + half + GAP;
        ticks.push(TimeTick {
            at,
            label,
            year: None,
        });
    }
    if let Some(tick) = ticks.last_mut() {
        tick.label = match tick.label.as_str() {
            "1" => "1 day".to_owned(),
            label => format!("{label} days"),
        };
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_named_as_far_as_there_is_room() {
        let named = |per_day| -> Vec<String> {
            let ticks = ticks(0.0, 365.0, per_day);
            ticks.into_iter().map(|tick| tick.label).collect()
        };
        assert_eq!(named(100.0).len(), 11);
        assert_eq!(named(100.0).last().map(String::as_str), Some("365 days"));
        assert!(named(0.8).len() < 8);
        assert_eq!(ticks(400.0, 410.0, 1.0), []);
    }
}
