//! The figure theme: what is drawn, the reserved colour that stands for it on its way through
//! plotters, and the CSS classes it becomes. Sizes are read from `style/tokens.css`.

use plotters::style::RGBColor;

const TOKENS: &str = include_str!("../../../style/tokens.css");

/// Size of the text in a figure, in CSS pixels.
pub const TEXT_SIZE: f64 = px(TOKENS, "--figure-text:");
/// Radius of a point's mark, in CSS pixels.
pub const POINT_RADIUS: f64 = px(TOKENS, "--figure-point:");
/// In small containers the style sheet sets text larger than drawn, up to this factor, so that it
/// stays readable where the picture is scaled down; labels keep that much room.
pub const TEXT_HEADROOM: f64 = 1.25;

/// What a shape or text in a figure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Mark {
    /// A light horizontal rule at a tick.
    Rule = 1,
    /// The rule at zero.
    Baseline,
    /// A small mark where a time tick stands.
    Tick,
    /// Text at a tick.
    TickLabel,
    /// The current values.
    Line,
    /// The light fill between the current values and the baseline.
    Area,
    /// The values of the comparison.
    PriorLine,
    /// The way to or from a period that is not whole.
    PartialLine,
    /// A value without neighbours, or the last one of a sparkline.
    Point,
    /// A value of the comparison without neighbours.
    PriorPoint,
    /// The value of a period that is not whole.
    PartialPoint,
    /// Text at the end of the current line.
    LineLabel,
    /// Text at the end of the comparison's line.
    PriorLabel,
    /// A step of a waterfall up.
    Rise,
    /// A step of a waterfall down.
    Fall,
    /// What the steps come to.
    Sum,
    /// What a step is called.
    StepLabel,
    /// The amount of a step.
    StepValue,
    /// What one bucket or category comes to.
    Bar,
    /// A line of the hatching over what is not known yet.
    Hatch,
    /// The interval around a line.
    Band,
    /// The interval of one estimate.
    Whisker,
    /// What a model gives, as a line.
    Fitted,
    /// What theory gives for one bucket.
    Expected,
    /// The line for all together.
    Whole,
    /// What the line for all together is called.
    WholeLabel,
    /// From one user to another they brought.
    Branch,
    /// Whom nobody brought.
    Root,
    /// What an axis counts.
    AxisName,
}

const MARKS: [Mark; 29] = [
    Mark::Rule,
    Mark::Baseline,
    Mark::Tick,
    Mark::TickLabel,
    Mark::Line,
    Mark::Area,
    Mark::PriorLine,
    Mark::PartialLine,
    Mark::Point,
    Mark::PriorPoint,
    Mark::PartialPoint,
    Mark::LineLabel,
    Mark::PriorLabel,
    Mark::Rise,
    Mark::Fall,
    Mark::Sum,
    Mark::StepLabel,
    Mark::StepValue,
    Mark::Bar,
    Mark::Hatch,
    Mark::Band,
    Mark::Whisker,
    Mark::Fitted,
    Mark::Expected,
    Mark::Whole,
    Mark::WholeLabel,
    Mark::Branch,
    Mark::Root,
    Mark::AxisName,
];

/// A mark of one of the eight categorical series (1 to 8); 0 for marks that belong to none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ink {
    pub mark: Mark,
    pub series: u8,
}

impl Ink {
    #[must_use]
    pub const fn of(mark: Mark, series: u8) -> Self {
        Self { mark, series }
    }

    /// The reserved colour that stands for this ink inside plotters.
    #[must_use]
    pub const fn reserved(self) -> RGBColor {
        RGBColor(0xCC, self.mark as u8, self.series)
    }

    /// The ink a reserved colour stands for.
    #[must_use]
    pub fn from_reserved((tag, mark, series): (u8, u8, u8)) -> Option<Self> {
        let mark = MARKS.into_iter().find(|m| *m as u8 == mark)?;
        (tag == 0xCC && series <= 8).then_some(Self { mark, series })
    }

    /// The CSS classes of an element drawn with this ink.
    #[must_use]
    pub fn classes(self) -> String {
        let mark = match self.mark {
            Mark::Rule => "fig-rule",
            Mark::Baseline => "fig-baseline",
            Mark::Tick => "fig-tick",
            Mark::TickLabel => "fig-text fig-tick-label",
            Mark::Line => "fig-line",
            Mark::Area => "fig-area",
            Mark::PriorLine => "fig-line fig-prior",
            Mark::PartialLine => "fig-line fig-partial",
            Mark::Point => "fig-point",
            Mark::PriorPoint => "fig-point fig-prior",
            Mark::PartialPoint => "fig-point fig-partial",
            Mark::LineLabel => "fig-text fig-name",
            Mark::PriorLabel => "fig-text fig-name fig-prior",
            Mark::Rise => "fig-rise",
            Mark::Fall => "fig-fall",
            Mark::Sum => "fig-sum",
            Mark::StepLabel => "fig-text fig-step-label",
            Mark::StepValue => "fig-text fig-step-value",
            Mark::Bar => "fig-bar",
            Mark::Hatch => "fig-hatch",
            Mark::Band => "fig-band",
            Mark::Whisker => "fig-whisker",
            Mark::Fitted => "fig-line fig-fitted",
            Mark::Expected => "fig-expected",
            Mark::Whole => "fig-whole",
            Mark::WholeLabel => "fig-text fig-whole-label",
            Mark::Branch => "fig-branch",
            Mark::Root => "fig-point fig-root",
            Mark::AxisName => "fig-text fig-axis-name",
        };
        if self.series == 0 {
            mark.to_owned()
        } else {
            format!("{mark} fig-series-{}", self.series)
        }
    }
}

/// The whole number of pixels that the custom property `name` (with its colon) has in `css`.
/// Evaluated by the compiler: a token that is missing or not in pixels fails the build.
const fn px(css: &str, name: &str) -> f64 {
    let (css, name) = (css.as_bytes(), name.as_bytes());
    let mut at = 0;
    while at + name.len() < css.len() {
        let mut same = 0;
        while same < name.len() && css[at + same] == name[same] {
            same += 1;
        }
        if same == name.len() {
            return digits_px(css, at + same);
        }
        at += 1;
    }
    panic!("style/tokens.css lacks a size that figures need")
}

const fn digits_px(css: &[u8], mut at: usize) -> f64 {
    while css[at] == b' ' {
        at += 1;
    }
    let mut value: u32 = 0;
    while css[at].is_ascii_digit() {
        value = value * 10 + (css[at] - b'0') as u32;
        at += 1;
    }
    assert!(
        value > 0 && css[at] == b'p' && css[at + 1] == b'x',
        "a figure's size in style/tokens.css is not a whole number of pixels"
    );
    value as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_ink_survives_its_way_through_plotters() {
        for mark in MARKS {
            for series in 0..=8 {
                let ink = Ink::of(mark, series);
                let RGBColor(r, g, b) = ink.reserved();
                assert_eq!(Ink::from_reserved((r, g, b)), Some(ink));
            }
        }
        assert_eq!(Ink::from_reserved((0, 0, 0)), None);
        assert_eq!(Ink::from_reserved((0xCC, 200, 1)), None);
    }

    #[test]
    fn the_comparison_is_the_same_series_drawn_apart() {
        assert_eq!(
            Ink::of(Mark::PriorLine, 1).classes(),
            "fig-line fig-prior fig-series-1"
        );
        assert_eq!(Ink::of(Mark::Line, 1).classes(), "fig-line fig-series-1");
    }
}
