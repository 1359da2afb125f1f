//! How many metrics and dimensions panels of funnels, cohorts and networks are made of.

use crate::{PanelKind, funnel};

/// What such a panel needs, where it has something else.
pub(super) fn mistake(kind: PanelKind, metrics: usize, dimensions: usize) -> Option<&'static str> {
    let (is_right, expected) = match kind {
        PanelKind::Funnel => (
            funnel::is_one(metrics)
                && (dimensions == 0 || dimensions == funnel::later_stages(metrics)),
            "the metric of what enters, then four for each stage (reached, still open, the rate from the stage before, \
             the rate from the beginning), and for each stage the dimension that says `reached` or `open`, or none",
        ),
        PanelKind::Maturing => (
            (metrics, dimensions) == (2, 0),
            "two metrics, a rate and all that began, and no dimension",
        ),
        PanelKind::Intervals => (
            metrics == 3 && (1..=2).contains(&dimensions),
            "three metrics (estimate, low, high), and one or two dimensions: the cohort's first day, and after how many \
             days it is known",
        ),
        PanelKind::Estimates => (
            metrics == 3 && dimensions > 0,
            "three metrics (estimate, low, high) and at least one dimension",
        ),
        PanelKind::Curve => (
            (metrics, dimensions) == (5, 1),
            "five metrics (estimate, low, high, fitted, still observed) and one dimension, the days",
        ),
        PanelKind::Generations => (
            (metrics, dimensions) == (2, 1),
            "two metrics, what is counted and the k-factor, and one dimension, the generation",
        ),
        PanelKind::Trees => (
            (metrics, dimensions) == (1, 5),
            "one metric and five dimensions: size of the tree, its root, generation, who brought the member, the member",
        ),
        _ => return None,
    };
    (!is_right).then_some(expected)
}
