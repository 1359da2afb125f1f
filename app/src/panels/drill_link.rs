//! A figure that leads to the rows it is made of.

use leptos::prelude::*;
use marts::Drill;

use crate::state::PageState;

/// The figure's text, as a link to its rows where the page leads to any.
#[component]
pub fn DrillLink(
    page: Option<PageState>,
    /// `None` where it leads nowhere.
    #[prop(into)]
    drill: Option<Drill>,
    text: String,
    /// What the figure is of, for those who do not see where it stands.
    #[prop(into)]
    of: String,
) -> impl IntoView {
    let leads =
        |(page, drill): &(PageState, Drill)| page.has_rows_of(&drill.metric) && drill.fits();
    let Some((page, drill)) = page.zip(drill).filter(leads) else {
        return view! { {text} }.into_any();
    };
    view! {
        <a
            class="drill-link"
            href=move || page.drill_href(&drill).unwrap_or_default()
            data-noscroll=""
            title="Show the rows of this figure"
        >
            {text}
            <span class="visually-hidden">{format!(", {of}, show its rows")}</span>
        </a>
    }
    .into_any()
}
