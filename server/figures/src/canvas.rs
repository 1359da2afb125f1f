//! The shared ground of all figures: a plotters chart over the SVG backend, drawn with inks.

use std::ops::Range;

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Text};
use plotters::prelude::Cartesian2d;
use plotters::style::{IntoFont as _, ShapeStyle, TextStyle};
use plotters_backend::text_anchor::{HPos, Pos, VPos};

use crate::svg_backend::{SCALE, SvgBackend, SvgError, css_px};
use crate::theme::{Ink, POINT_RADIUS, TEXT_SIZE};

/// From one line of a hatching to the next, in CSS pixels.
const HATCH_STEP: f64 = 7.0;

pub type Drawn<T> = Result<T, DrawingAreaErrorKind<SvgError>>;

/// Distances from the picture's edges to the plotting area, in CSS pixels.
#[derive(Debug, Clone, Copy)]
pub struct Margins {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

/// A picture being drawn; values go in, plotters places them.
pub struct Canvas<'a> {
    root: DrawingArea<SvgBackend<'a>, Shift>,
    chart: ChartContext<'a, SvgBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
}

impl<'a> Canvas<'a> {
    /// `x` and `y` are the values at the plotting area's ends; neither may be empty.
    ///
    /// # Errors
    /// None that the SVG backend raises here.
    pub fn new(
        out: &'a mut String,
        (width, height): (u32, u32),
        margins: Margins,
        x: Range<f64>,
        y: Range<f64>,
    ) -> Drawn<Self> {
        let root = SvgBackend::new(out, width, height).into_drawing_area();
        let chart = ChartBuilder::on(&root)
            .margin_left(units(margins.left))
            .margin_top(units(margins.top))
            .margin_right(units(margins.right))
            .margin_bottom(units(margins.bottom))
            .build_cartesian_2d(x, y)?;
        Ok(Self { root, chart })
    }

    /// Left, top, right and bottom of the plotting area, in CSS pixels.
    #[must_use]
    pub fn plot(&self) -> [f64; 4] {
        let (x, y) = self.chart.plotting_area().get_pixel_range();
        [
            css_px(x.start),
            css_px(y.start),
            css_px(x.end),
            css_px(y.end),
        ]
    }

    /// Where plotters puts a value, in CSS pixels rounded to 0.01.
    #[must_use]
    pub fn place(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = self.chart.plotting_area().map_coordinate(&(x, y));
        (css_px(x), css_px(y))
    }

    pub fn line(&self, points: Vec<(f64, f64)>, ink: Ink) -> Drawn<()> {
        self.chart
            .plotting_area()
            .draw(&PathElement::new(points, shape(ink)))
    }

    pub fn polygon(&self, points: Vec<(f64, f64)>, ink: Ink) -> Drawn<()> {
        self.chart
            .plotting_area()
            .draw(&Polygon::new(points, shape(ink).filled()))
    }

    pub fn point(&self, at: (f64, f64), ink: Ink) -> Drawn<()> {
        self.chart
            .plotting_area()
            .draw(&Circle::new(at, units(POINT_RADIUS), shape(ink).filled()))
    }

    /// A straight stroke between two places of the picture, in CSS pixels.
    pub fn stroke(&self, from: (f64, f64), to: (f64, f64), ink: Ink) -> Drawn<()> {
        self.root
            .draw(&PathElement::new(vec![pixel(from), pixel(to)], shape(ink)))
    }

    /// Slanted lines over left, top, right and bottom, in CSS pixels.
    pub fn hatch(&self, [left, top, right, bottom]: [f64; 4], ink: Ink) -> Drawn<()> {
        let height = bottom - top;
        let mut foot = left - height;
        while foot < right {
            // From the foot upwards to the right, as far as both lie within.
            let (from, to) = (foot.max(left), (foot + height).min(right));
            if to - from > 1.0 {
                let y = |x: f64| bottom - (x - foot);
                self.stroke((from, y(from)), (to, y(to)), ink)?;
            }
            foot += HATCH_STEP;
        }
        Ok(())
    }

    /// Text whose `anchor` stands at a place of the picture, in CSS pixels.
    pub fn text(&self, text: String, at: (f64, f64), anchor: (HPos, VPos), ink: Ink) -> Drawn<()> {
        let color = ink.reserved();
        let style = TextStyle::from(("sans-serif", TEXT_SIZE * f64::from(SCALE)).into_font())
            .color(&color)
            .pos(Pos::new(anchor.0, anchor.1));
        self.root.draw(&Text::new(text, pixel(at), style))
    }
}

fn shape(ink: Ink) -> ShapeStyle {
    ShapeStyle::from(ink.reserved()).stroke_width(1)
}

fn units(px: f64) -> i32 {
    (px * f64::from(SCALE)).round() as i32
}

fn pixel((x, y): (f64, f64)) -> (i32, i32) {
    (units(x), units(y))
}
