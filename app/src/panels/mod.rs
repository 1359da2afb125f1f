//! Panels: each loads its own figures, and arrives on its own.

mod foot;
mod headline;
mod leaderboard;
mod standing;
mod states;
mod table;
mod time_series;
mod tone;

use leptos::prelude::*;
use marts::{Panel, PanelKind, PanelView};

use crate::api;
use crate::state::PageState;
use crate::wire::Delivered;

pub use standing::{Mark, Standing, State, Term};
pub use states::{EmptyState, ErrorState, Skeleton};

/// A panel's frame, which is there at once, around figures that come when they are ready. While new ones are on
/// their way the old ones stay, dimmed.
#[component]
pub fn PanelSlot(state: PageState, panel: Panel) -> impl IntoView {
    let awaited = panel.clone();
    let source = (
        state
            .dashboard
            .with_value(|dashboard| dashboard.name.clone()),
        panel.key.clone(),
    );
    let figures = Resource::new(
        move || state.query.get(),
        move |query| {
            let (dashboard, key) = source.clone();
            async move {
                api::panel_view(dashboard, key, query)
                    .await
                    .map(Delivered::new)
            }
        },
    );
    let pending = RwSignal::new(false);
    let body = move || {
        Suspend::new(async move {
            match figures.await {
                Ok(view) => panel_body(&view.0, Some(state)),
                Err(error) => {
                    let retry = Callback::new(move |()| figures.refetch());
                    view! { <ErrorState error retry/> }.into_any()
                }
            }
        })
    };
    view! {
        <PanelFrame panel busy=pending>
            <Transition fallback=move || view! { <Skeleton panel=awaited.clone()/> } set_pending=pending>
                {body}
            </Transition>
        </PanelFrame>
    }
    .into_any()
}

/// Title, definition and body of a panel.
#[component]
pub fn PanelFrame(
    panel: Panel,
    #[prop(into)] busy: Signal<bool>,
    children: Children,
) -> impl IntoView {
    let id = format!("panel-{}", panel.key);
    let title_id = format!("{id}-title");
    let info = (!panel.description.is_empty()).then(|| {
        view! {
            <details class="panel-info">
                <summary title=panel.description.clone()>
                    <span aria-hidden="true">"i"</span>
                    <span class="visually-hidden">{format!("About {}", panel.title)}</span>
                </summary>
                <p class="panel-info-text">{panel.description.clone()}</p>
            </details>
        }
    });
    view! {
        <section
            class=format!("panel {}", kind_class(panel.kind))
            id=id
            aria-labelledby=title_id.clone()
            aria-busy=move || if busy.get() { "true" } else { "false" }
        >
            <header class="panel-head">
                <h2 class="panel-title" id=title_id.clone()>{panel.title.clone()}</h2>
                {info}
            </header>
            {children()}
        </section>
    }
    .into_any()
}

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
            PanelKind::Headline => headline::figures(view),
            PanelKind::TimeSeries => time_series::figures(view, page),
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

fn kind_class(kind: PanelKind) -> &'static str {
    match kind {
        PanelKind::Headline => "panel-headline",
        PanelKind::TimeSeries => "panel-time_series",
        PanelKind::Leaderboard => "panel-leaderboard",
        PanelKind::Table => "panel-table",
    }
}
