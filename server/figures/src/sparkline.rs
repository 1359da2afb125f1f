//! The small trend beside a headline figure.

use marts::{Drawing, Picture};

use crate::canvas::{Canvas, Drawn, Margins};
use crate::series::Series;
use crate::summary::{summary, title};
use crate::svg::document;
use crate::theme::{Ink, Mark, POINT_RADIUS};

const WIDTH: u32 = 120;
const HEIGHT: u32 = 32;
const SERIES: u8 = 1;

/// `None` where it cannot be drawn. Periods that are not whole are left out, where others are there to
/// show a trend: a fall at the end that is none would be all that one sees.
#[must_use]
pub fn draw(key: &str, series: &Series) -> Option<Drawing> {
    let mut series = series.clone();
    if series
        .points
        .iter()
        .filter(|p| !p.partial && p.current.is_some())
        .count()
        > 1
    {
        for point in series.points.iter_mut().filter(|p| p.partial) {
            point.current = None;
        }
    }
    let wide = picture(&series).ok()?;
    Some(Drawing {
        key: key.to_owned(),
        wide,
        narrow: None,
        series: vec![series.label.clone()],
    })
}

fn picture(series: &Series) -> Drawn<Picture> {
    let edge = POINT_RADIUS + 1.0;
    let margins = Margins {
        left: edge,
        top: edge,
        right: edge,
        bottom: edge,
    };
    // From the first to the last figure: what has none at the ends would only leave room there.
    let mut shown = series.points.iter().filter(|p| p.current.is_some());
    let first = shown.next().or(series.points.first());
    let (Some(first), Some(last)) = (first, shown.next_back().or(first)) else {
        return Ok(Picture::default());
    };
    let (start, end) = if last.at > first.at {
        (first.at, last.at)
    } else {
        (first.at - 0.5, last.at + 0.5)
    };
    // A sparkline shows the shape, not the size: it spans from the lowest to the highest value.
    let (low, high) = series.extent();
    let (low, high) = if high > low {
        (low, high)
    } else {
        (low - low.abs() - 1.0, high + high.abs() + 1.0)
    };

    let mut body = String::new();
    let picture = {
        let canvas = Canvas::new(&mut body, (WIDTH, HEIGHT), margins, start..end, low..high)?;
        for run in series.runs(|p| p.current) {
            draw_run(&canvas, series, &run)?;
        }
        let ends = series
            .points
            .iter()
            .rev()
            .find_map(|p| Some((p.at, p.current?, p.partial)));
        if let Some((at, value, partial)) = ends {
            let mark = if partial {
                Mark::PartialPoint
            } else {
                Mark::Point
            };
            canvas.point((at, value), Ink::of(mark, SERIES))?;
        }
        let row = |row: &Option<usize>| row.and_then(|i| series.points.get(i));
        Picture {
            svg: String::new(),
            width: f64::from(WIDTH),
            height: f64::from(HEIGHT),
            plot: canvas.plot(),
            xs: series
                .rows
                .iter()
                .map(|r| row(r).map_or(edge, |p| canvas.place(p.at.clamp(start, end), low).0))
                .collect(),
            ys: vec![
                series
                    .rows
                    .iter()
                    .map(|r| row(r).and_then(|p| Some(canvas.place(p.at, p.current?).1)))
                    .collect(),
            ],
        }
    };
    let svg = document(
        "fig-spark",
        (WIDTH, HEIGHT),
        &title(series),
        &summary(series),
        &body,
    );
    Ok(Picture { svg, ..picture })
}

/// A solid line over whole periods, a dotted one to and from those that are not.
fn draw_run(canvas: &Canvas<'_>, series: &Series, run: &[usize]) -> Drawn<()> {
    let place = |i: &usize| series.points.get(*i).and_then(|p| Some((p.at, p.current?)));
    let partial = |i: usize| series.points.get(i).is_some_and(|p| p.partial);
    let whole: Vec<(f64, f64)> = run
        .iter()
        .filter(|i| !partial(**i))
        .filter_map(place)
        .collect();
    if whole.len() > 1 {
        canvas.line(whole, Ink::of(Mark::Line, SERIES))?;
    } else if whole.len() == 1 {
        canvas.point(whole[0], Ink::of(Mark::Point, SERIES))?;
    }
    for pair in run
        .windows(2)
        .filter(|pair| pair.iter().any(|i| partial(*i)))
    {
        canvas.line(
            pair.iter().filter_map(place).collect(),
            Ink::of(Mark::PartialLine, SERIES),
        )?;
    }
    Ok(())
}
