//! What a panel shows of its answers, by its kind.

use leptos::prelude::*;
use marts::{Frame, Level, PanelKind, PanelView};

use super::states::EmptyState;
use super::{foot, headline, heat_map, histogram, leaderboard, pivot, table, time_series};
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
    let figures = if is_empty && !is_behind {
        view! { <EmptyState range=view.range page/> }.into_any()
    } else {
        match view.panel.kind {
            PanelKind::Headline => headline::figures(view, page),
            PanelKind::TimeSeries => time_series::figures(view, page),
            PanelKind::Leaderboard => leaderboard::figures(view, page),
            PanelKind::Table => table::figures(view, page),
            PanelKind::Histogram => histogram::figures(view, page),
            PanelKind::HeatMap => heat_map::figures(view, page),
            PanelKind::Pivot => pivot::figures(view, page),
        }
    };
    view! {
        <div class="panel-body">{figures}</div>
        {foot::foot(view)}
    }
    .into_any()
}

/// A total of nothing is a row too.
fn has_no_group(frame: &Frame) -> bool {
    (0..frame.rows.len()).all(|row| frame.level(row) != Level::Group)
}
