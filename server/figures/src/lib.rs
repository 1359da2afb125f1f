//! Charts, drawn once on the server: a figure in, themed SVG out.
//!
//! plotters places everything; [`svg_backend`] writes it with CSS classes where plotters names reserved
//! colours, at a sixteenth of a pixel. No colour or font stands in what comes out: `style/figure.css`
//! and `style/tokens.css` give them, so one drawing serves every theme.

mod by_age;
mod canvas;
mod cohorts;
mod curve;
mod font;
mod histogram;
mod multi_series;
mod series;
mod sparkline;
mod summary;
mod svg;
mod svg_backend;
mod theme;
mod time_axis;
mod time_series;
mod trees;
mod value_axis;
mod waterfall;

use marts::{
    Answered, Ask, Drawing, Grain, Panel, PanelDays, PanelKind, ReleaseInfo, cohorts::Cohorts,
    generations,
};

use rust_decimal::prelude::ToPrimitive as _;
use series::Series;

pub use waterfall::draw as draw_waterfall;

/// What a panel shows of its answers: a headline gets one sparkline per metric, trees a small picture each, other charts
/// (a roll-forward's in all) one at a wide and a narrow size, and kinds that are rows and cells nothing. `xs` and `ys`
/// follow the rows of the frame.
///
/// `asks` are the questions of `answers`, in order; where they are not known it may be empty, and periods
/// that the range cuts cannot be told from others.
#[must_use]
pub fn draw(
    panel: &Panel,
    asks: &[Ask],
    answers: &[Answered],
    release: &ReleaseInfo,
) -> Vec<Drawing> {
    let series = |at: usize, metric: &str| {
        let asked = match asks.get(at) {
            Some(Ask::Aggregate(aggregate)) => Some(aggregate),
            _ => None,
        };
        Series::read(&answers.get(at)?.frame, metric, asked, release)
    };
    match panel.kind {
        // One day has no course.
        PanelKind::Headline if panel.days == PanelDays::AsOf => Vec::new(),
        // Its first answer is the totals.
        PanelKind::Headline => {
            let sparkline = |metric: &String| sparkline::draw(metric, &series(1, metric)?);
            panel.metrics.iter().filter_map(sparkline).collect()
        }
        PanelKind::TimeSeries => {
            let chart = |metric: &String| {
                let asked = match asks.first() {
                    Some(Ask::Aggregate(aggregate)) => Some(aggregate),
                    _ => None,
                };
                // By a dimension as well: a line for each of its values.
                let frame = &answers.first()?.frame;
                let lines = marts::lines::by_metric(frame);
                multi_series::draw(metric, lines.as_ref().unwrap_or(frame), asked, release)
                    .or_else(|| time_series::draw(metric, &series(0, metric)?))
            };
            panel.metrics.iter().take(1).filter_map(chart).collect()
        }
        PanelKind::Histogram => {
            let chart = |metric: &String| histogram::draw(metric, &answers.first()?.frame);
            panel.metrics.iter().take(1).filter_map(chart).collect()
        }
        PanelKind::Maturing | PanelKind::Intervals => {
            let chart = |frame| {
                let asked = match asks.first() {
                    Some(Ask::Aggregate(aggregate)) => aggregate.grain,
                    _ => None,
                };
                let usual = match panel.kind {
                    PanelKind::Maturing => Grain::Week,
                    _ => Grain::Month,
                };
                let grain = panel.grain.or(asked).unwrap_or(usual);
                let found = Cohorts::read(panel, frame, grain, release.business_date);
                cohorts::draw(panel, frame, &found, grain)
            };
            let frame = answers.first().map(|answered| &answered.frame);
            frame.and_then(chart).into_iter().collect()
        }
        PanelKind::Curve => {
            let frame = answers.first().map(|answered| &answered.frame);
            let chart = frame.and_then(|frame| curve::draw(panel, frame));
            chart.into_iter().collect()
        }
        PanelKind::Generations => {
            let chart = |frame| {
                let found = generations::read(panel, frame, generations::k(panel, answers));
                let expected = |row: usize| {
                    let own = found.iter().find(|generation| generation.row == row)?;
                    own.expected?.to_f64()
                };
                histogram::draw_beside(panel.metrics.first()?, frame, expected)
            };
            let frame = answers.first().map(|answered| &answered.frame);
            frame.and_then(chart).into_iter().collect()
        }
        PanelKind::Trees => {
            let frame = answers.first().map(|answered| &answered.frame);
            let trees = frame.map(|frame| marts::trees::read(panel, frame));
            trees
                .unwrap_or_default()
                .iter()
                .filter_map(trees::draw)
                .collect()
        }
        PanelKind::ByAge => answers
            .first()
            .and_then(|answered| by_age::draw(&panel.metrics, &answered.frame))
            .into_iter()
            .collect(),
        // Its second answer is the range in all.
        PanelKind::RollForward if panel.dimensions.is_empty() => {
            let shape = marts::roll_forward::Shape::read(&panel.metrics).ok();
            let waterfall = shape
                .zip(answers.get(1))
                .and_then(|(shape, all)| shape.waterfall(&all.frame, 0, &panel.title));
            let drawing = waterfall.and_then(|waterfall| draw_waterfall(&waterfall));
            drawing.into_iter().collect()
        }
        // Theirs are drawn by the page itself, in rows and cells that can be chosen.
        PanelKind::Leaderboard
        | PanelKind::Table
        | PanelKind::HeatMap
        | PanelKind::Pivot
        | PanelKind::Funnel
        | PanelKind::Estimates
        | PanelKind::RollForward
        | PanelKind::Cohort
        | PanelKind::Register
        | PanelKind::Assertions => Vec::new(),
    }
}
