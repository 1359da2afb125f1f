//! What a panel shows of its answers, by its kind.

use std::collections::BTreeSet;

use leptos::prelude::*;
use marts::{ColumnRole, Frame, Level, MOST_CELLS, PanelKind, PanelView, Unit, Value, format};

use super::states::EmptyState;
use super::{
    assertions, by_age, cohort, cohort_chart, curve, estimates, foot, funnel, generations,
    headline, heat_map, histogram, leaderboard, pivot, register, roll_forward, table, time_series,
    trees,
};
use crate::state::PageState;

/// What a panel shows of its answers. Without a page (in the style guide) nothing in it links anywhere.
pub fn panel_body(view: &PanelView, page: Option<PageState>) -> AnyView {
    // A board keeps its values while another filter leaves nothing in the others; a page of a table can lie behind
    // the last row.
    let is_empty = view
        .answers
        .iter()
        .all(|answered| has_no_group(&answered.frame));
    let is_behind = page.is_some_and(|page| {
        page.filters
            .with_untracked(|filters| filters.table(&view.panel.key).page > 0)
    });
    // They say themselves what it means that there are none.
    let says_itself = matches!(view.panel.kind, PanelKind::Register | PanelKind::Assertions);
    let figures = if is_empty && !is_behind && !says_itself && view.failed.is_empty() {
        view! { <EmptyState range=view.range page/> }.into_any()
    } else if let Some(many) = too_many(view) {
        view! { <div class="state-empty"><p>{many}</p></div> }.into_any()
    } else {
        match view.panel.kind {
            PanelKind::Headline => headline::figures(view, page),
            PanelKind::TimeSeries => time_series::figures(view, page),
            PanelKind::Leaderboard => leaderboard::figures(view, page),
            PanelKind::Table => table::figures(view, page),
            PanelKind::Histogram => histogram::figures(view, page),
            PanelKind::HeatMap => heat_map::figures(view, page),
            PanelKind::Pivot => pivot::figures(view, page),
            PanelKind::Funnel => funnel::figures(view, page),
            PanelKind::Maturing | PanelKind::Intervals => cohort_chart::figures(view, page),
            PanelKind::Estimates => estimates::figures(view),
            PanelKind::Curve => curve::figures(view),
            PanelKind::Generations => generations::figures(view, page),
            PanelKind::Trees => trees::figures(view, page),
            PanelKind::RollForward => roll_forward::figures(view, page),
            PanelKind::Cohort => cohort::figures(view),
            PanelKind::ByAge => by_age::figures(view),
            PanelKind::Register => register::figures(view, page),
            PanelKind::Assertions => assertions::figures(view),
        }
    };
    view! {
        <div class="panel-body">{figures}</div>
        {foot::foot(view)}
    }
    .into_any()
}

/// What to do about a picture of more cells than can be shown.
fn too_many(view: &PanelView) -> Option<String> {
    let is_grid = matches!(view.panel.kind, PanelKind::Histogram | PanelKind::HeatMap);
    let is_cohort = view.panel.kind == PanelKind::Cohort;
    let frame = &view.answers.first().filter(|_| is_grid || is_cohort)?.frame;
    if is_cohort {
        let most = format::exact(&Value::Int(i64::from(MOST_CELLS)), Unit::Count);
        return (frame.rows.len() > MOST_CELLS as usize).then(|| {
            format!("More than {most} cells come together here, too many to tell apart. Choose longer periods or a shorter range.")
        });
    }
    let sides = frame
        .columns
        .iter()
        .filter(|column| column.role == ColumnRole::Dimension)
        .map(|column| {
            let rows = 0..frame.rows.len();
            let values: BTreeSet<String> = rows
                .map(|row| format::dimension(frame.value(row, &column.name)))
                .collect();
            values.len()
        });
    let cells = sides.fold(1, usize::saturating_mul);
    (cells > MOST_CELLS as usize).then(|| {
        let most = format::exact(&Value::Int(i64::from(MOST_CELLS)), Unit::Count);
        format!(
            "More than {most} cells come together here, too many to tell apart. Filter by some of the values, or show them as a table."
        )
    })
}

/// A total of nothing is a row too.
fn has_no_group(frame: &Frame) -> bool {
    (0..frame.rows.len()).all(|row| frame.level(row) != Level::Group)
}
