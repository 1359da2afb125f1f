//! What a panel shows of its answers, by its kind.

use leptos::prelude::*;
use marts::{PanelKind, PanelView};

use super::states::EmptyState;
use super::{foot, headline, leaderboard, table, time_series};
use crate::state::PageState;

/// What a panel shows of its answers. Without a page (in the style guide) nothing in it links anywhere.
pub fn panel_body(view: &PanelView, page: Option<PageState>) -> AnyView {
    let is_empty = view
        .answers
        .first()
        .is_none_or(|answered| answered.frame.rows.is_empty());
    let figures = if is_empty {
        view! { <EmptyState range=view.range page/> }.into_any()
    } else {
        match view.panel.kind {
            PanelKind::Headline => headline::figures(view, page),
            PanelKind::TimeSeries => time_series::figures(view, page.is_some()),
            PanelKind::Leaderboard => leaderboard::figures(view, page),
            PanelKind::Table => table::figures(view),
        }
    };
    view! {
        <div class="panel-body">{figures}</div>
        {foot::foot(view)}
    }
    .into_any()
}
