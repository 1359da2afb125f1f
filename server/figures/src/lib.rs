//! Charts, drawn once on the server: a figure in, themed SVG out.
//!
//! plotters places everything; [`svg_backend`] writes it with CSS classes where plotters names reserved
//! colours, at a sixteenth of a pixel. No colour or font stands in what comes out: `style/figure.css`
//! and `style/tokens.css` give them, so one drawing serves every theme.

mod canvas;
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
mod value_axis;
mod waterfall;

use marts::{Answered, Ask, Drawing, Panel, PanelKind, ReleaseInfo};

use series::Series;

pub use waterfall::draw as draw_waterfall;

/// What a panel shows of its answers: a headline gets one sparkline per metric, a time series and a histogram one chart
/// at a wide and a narrow size, other kinds nothing. `xs` and `ys` follow the rows of the frame.
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
                multi_series::draw(metric, &answers.first()?.frame, asked, release)
                    .or_else(|| time_series::draw(metric, &series(0, metric)?))
            };
            panel.metrics.iter().take(1).filter_map(chart).collect()
        }
        PanelKind::Histogram => {
            let chart = |metric: &String| histogram::draw(metric, &answers.first()?.frame);
            panel.metrics.iter().take(1).filter_map(chart).collect()
        }
        // Theirs are drawn by the page itself, in rows and cells that can be chosen.
        PanelKind::Leaderboard | PanelKind::Table | PanelKind::HeatMap | PanelKind::Pivot => {
            Vec::new()
        }
    }
}
