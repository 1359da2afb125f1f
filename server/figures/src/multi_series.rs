//! One metric over time, with a line for each of some values of a dimension.

use marts::lines::Lines;
use marts::{Aggregate, Drawing, Frame, Picture, ReleaseInfo};
use plotters_backend::text_anchor::{HPos, VPos};

use crate::canvas::{Canvas, Drawn, Margins};
use crate::font::{fit, text_width};
use crate::series::{Point, Series};
use crate::svg::document;
use crate::theme::{Ink, Mark, TEXT_HEADROOM, TEXT_SIZE};
use crate::time_axis::ticks;
use crate::time_series::{GAP, LINE_HEIGHT, NARROW, Size, WIDE, draw_axes};
use crate::value_axis::ValueAxis;

/// The chart at both sizes, `xs` and `ys` by period; `None` where there are no lines.
#[must_use]
pub fn draw(
    metric: &str,
    frame: &Frame,
    asked: Option<&Aggregate>,
    release: &ReleaseInfo,
) -> Option<Drawing> {
    let lines = Lines::read(frame)?;
    let series: Vec<(String, Series)> = lines
        .lines
        .iter()
        .filter_map(|(name, rows)| {
            let own = Frame {
                columns: frame.columns.clone(),
                rows: rows
                    .iter()
                    .flatten()
                    .filter_map(|row| frame.rows.get(*row).cloned())
                    .collect(),
                truncated: false,
            };
            Some((name.clone(), Series::read(&own, metric, asked, release)?))
        })
        .collect();
    let chart = Chart { lines, series };
    Some(Drawing {
        key: metric.to_owned(),
        wide: chart.picture(WIDE)?.ok()?,
        narrow: Some(chart.picture(NARROW)?.ok()?),
        series: chart.series.iter().map(|(name, _)| name.clone()).collect(),
    })
}

struct Chart {
    lines: Lines,
    series: Vec<(String, Series)>,
}

impl Chart {
    fn picture(&self, size: Size) -> Option<Drawn<Picture>> {
        let (_, first) = self.series.first()?;
        let (unit, grain) = (first.unit, first.grain);
        let (from, to) = (*self.lines.periods.first()?, *self.lines.periods.last()?);
        let at = |day| crate::time_axis::position(grain, day);
        let (start, end) = if to > from {
            (at(from), at(to))
        } else {
            (at(from) - 0.5, at(to) + 0.5)
        };
        let extents = self.series.iter().map(|(_, series)| series.extent());
        let (low, high) = extents.fold((f64::MAX, f64::MIN), |(low, high), (a, b)| {
            (low.min(a), high.max(b))
        });
        let values = ValueAxis::new(low, high, size.value_steps, unit);
        let labels = values.labels(unit);
        let gutter = labels.iter().map(|label| width(label)).fold(0.0, f64::max);
        let limit = size.name_width / TEXT_HEADROOM;
        let names: Vec<String> = self
            .series
            .iter()
            .map(|(name, _)| fit(name, TEXT_SIZE, limit))
            .collect();
        let margins = Margins {
            left: gutter + GAP,
            top: LINE_HEIGHT / 2.0 + 2.0,
            right: names.iter().map(|name| width(name)).fold(0.0, f64::max) + GAP + GAP,
            bottom: 2.0 * LINE_HEIGHT + GAP,
        };
        let room = f64::from(size.width) - margins.left - margins.right;
        let times = ticks(grain, from, to, room, size.time_ticks);
        let draw = || -> Drawn<Picture> {
            let mut body = String::new();
            let picture = {
                let canvas = Canvas::new(
                    &mut body,
                    (size.width, size.height),
                    margins,
                    start..end,
                    values.low..values.high,
                )?;
                draw_axes(&canvas, &values, labels, &times, start)?;
                for (colour, (_, series)) in (1..).zip(&self.series) {
                    draw_line(&canvas, series, colour)?;
                }
                self.draw_names(&canvas, names)?;
                Picture {
                    svg: String::new(),
                    width: f64::from(size.width),
                    height: f64::from(size.height),
                    plot: canvas.plot(),
                    xs: self
                        .lines
                        .periods
                        .iter()
                        .map(|day| canvas.place(at(*day), 0.0).0)
                        .collect(),
                    ys: self.ys(&canvas),
                }
            };
            let title = format!(
                "{} by {}, {} lines",
                first.label,
                grain.slug(),
                self.series.len()
            );
            let said = self.summary();
            let svg = document(size.class, (size.width, size.height), &title, &said, &body);
            Ok(Picture { svg, ..picture })
        };
        Some(draw())
    }

    fn ys(&self, canvas: &Canvas<'_>) -> Vec<Vec<Option<f64>>> {
        let line = |series: &Series| {
            let y = |day: &jiff::civil::Date| {
                let point = series.points.iter().find(|point| point.day == *day)?;
                Some(canvas.place(point.at, point.current?).1)
            };
            self.lines.periods.iter().map(y).collect()
        };
        self.series.iter().map(|(_, series)| line(series)).collect()
    }

    /// Names at the lines' ends, each in its line's colour, pushed apart where they would touch.
    fn draw_names(&self, canvas: &Canvas<'_>, names: Vec<String>) -> Drawn<()> {
        let [_, top, right, bottom] = canvas.plot();
        let mut ends: Vec<(u8, String, f64)> = (1..)
            .zip(&self.series)
            .zip(names)
            .filter_map(|((colour, (_, series)), name)| {
                let point = series.points.iter().rev().find(|p| p.current.is_some())?;
                Some((colour, name, canvas.place(point.at, point.current?).1))
            })
            .collect();
        ends.sort_by(|a, b| a.2.total_cmp(&b.2));
        let heights = spread(
            ends.iter().map(|(.., y)| *y).collect(),
            LINE_HEIGHT * TEXT_HEADROOM,
            (top, bottom),
        );
        for ((colour, name, _), y) in ends.into_iter().zip(heights) {
            let ink = Ink::of(Mark::LineLabel, colour);
            canvas.text(name, (right + GAP, y), (HPos::Left, VPos::Center), ink)?;
        }
        Ok(())
    }

    fn summary(&self) -> String {
        let said: Vec<String> = self
            .series
            .iter()
            .filter_map(|(name, series)| {
                let latest = series.points.iter().rev().find(|p| !p.partial)?.current?;
                let value = marts::format::compact(&marts::Value::Float(latest), series.unit);
                Some(format!("{name} {value}"))
            })
            .collect();
        format!("Latest whole period: {}.", said.join(", "))
    }
}

fn width(text: &str) -> f64 {
    text_width(text, TEXT_SIZE) * TEXT_HEADROOM
}

fn draw_line(canvas: &Canvas<'_>, series: &Series, colour: u8) -> Drawn<()> {
    let place = |i: &usize| {
        let point: &Point = series.points.get(*i)?;
        Some((point.at, point.current?))
    };
    for run in series.runs(|point| point.current) {
        let is_whole = |i: &&usize| series.points.get(**i).is_some_and(|p| !p.partial);
        let whole: Vec<(f64, f64)> = run.iter().filter(is_whole).filter_map(place).collect();
        match whole.as_slice() {
            [] => {}
            [alone] => canvas.point(*alone, Ink::of(Mark::Point, colour))?,
            _ => canvas.line(whole, Ink::of(Mark::Line, colour))?,
        }
        for pair in run.windows(2) {
            if !pair.iter().all(|i| is_whole(&i)) {
                let way = pair.iter().filter_map(place).collect();
                canvas.line(way, Ink::of(Mark::PartialLine, colour))?;
            }
        }
    }
    Ok(())
}

/// Ascending places at least `need` apart and inside the bounds, as near to where they were as one pass down and one up brings
/// them.
fn spread(mut places: Vec<f64>, need: f64, (top, bottom): (f64, f64)) -> Vec<f64> {
    let mut least = top + need / 2.0;
    for place in &mut places {
        *place = place.max(least);
        least = *place + need;
    }
    let mut most = bottom - need / 2.0;
    for place in places.iter_mut().rev() {
        *place = place.min(most);
        most = *place - need;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_apart_and_inside() {
        assert_eq!(
            spread(vec![10.0, 11.0, 50.0], 10.0, (0.0, 100.0)),
            [10.0, 20.0, 50.0]
        );
        assert_eq!(spread(vec![96.0, 97.0], 10.0, (0.0, 100.0)), [85.0, 95.0]);
        assert_eq!(spread(vec![-3.0], 10.0, (0.0, 100.0)), [5.0]);
    }
}
