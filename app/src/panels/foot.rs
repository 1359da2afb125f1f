//! Where a panel's figures come from: as of which day, which release, which zone.

use leptos::prelude::*;
use marts::{ColumnRole, PanelDays, PanelView, format};

pub fn foot(view: &PanelView) -> AnyView {
    let released = view
        .answers
        .first()
        .map_or(&view.release.id, |answered| &answered.release);
    // Some panels compare nothing, whatever the page does.
    let compares = view.answers.iter().any(|answered| {
        let columns = &answered.frame.columns;
        columns
            .iter()
            .any(|column| column.role == ColumnRole::Prior)
    });
    let compared = view
        .prior
        .filter(|_| compares)
        .map(|range| format!("Compared with {}", format::date_range(range)));
    let truncated = view.answers.iter().any(|answered| answered.frame.truncated);
    let aside = (!view.leaves_aside.is_empty()).then(|| {
        format!(
            "Not filtered by {}",
            view.leaves_aside.join(", ").to_lowercase()
        )
    });
    let days = (view.panel.days == PanelDays::All).then_some("All days");
    view! {
        // What a picture of the panel says of itself.
        <footer
            class="panel-foot"
            data-release=released.0.clone()
            data-range=format::date_range(view.range)
        >
            <span>{format!("As of {}", format::date(view.release.business_date))}</span>
            <span>{format!("Release {released}")}</span>
            <span>{view.release.zone.clone()}</span>
            {days.map(|text| view! { <span>{text}</span> })}
            {aside.map(|text| view! { <span>{text}</span> })}
            {compared.map(|text| view! { <span>{text}</span> })}
            {truncated.then(|| view! { <span class="notice-warn">"Not all rows are shown: there are more than the limit."</span> })}
        </footer>
    }
    .into_any()
}
