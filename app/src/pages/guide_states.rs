//! Every kind of panel in every state that a panel can be in.

use leptos::prelude::*;
use marts::{Answer, Failure, Panel, PanelKind};

use super::samples;
use super::style_guide::{both, sample};
use crate::AppError;
use crate::panels::{
    EmptyState, ErrorState, PanelFrame, Skeleton, Standing, StateNote, panel_body,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PanelState {
    Shown,
    Loading,
    Renewing,
    Empty,
    Failed,
    Immature,
    Stale,
    FailingContract,
}

impl PanelState {
    const ALL: [Self; 8] = [
        Self::Shown,
        Self::Loading,
        Self::Renewing,
        Self::Empty,
        Self::Failed,
        Self::Immature,
        Self::Stale,
        Self::FailingContract,
    ];

    /// Name in attributes, and words for people.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Shown => ("shown", "with figures"),
            Self::Loading => ("loading", "on their way"),
            Self::Renewing => ("renewing", "old ones until new ones come"),
            Self::Empty => ("empty", "nothing found"),
            Self::Failed => ("error", "gone wrong"),
            Self::Immature => ("immature", "not all in yet"),
            Self::Stale => ("stale", "older than usual"),
            Self::FailingContract => ("failing", "with a contract that fails"),
        }
    }

    fn note(self) -> Option<AnyView> {
        let (standing, says) = match self {
            Self::Immature => (
                Standing::Aside,
                "Not all of it has landed: the week of Mar 23, 2026 is counted until Mar 26, and is final on Apr 3.",
            ),
            Self::Stale => (
                Standing::Warn,
                "Older than usual: nothing has landed since Mar 27, 2026, two days longer than expected.",
            ),
            Self::FailingContract => (
                Standing::Bad,
                "1 of 12 contracts fails: amounts of 3 receipts do not add up. The figures are those of the last release that held.",
            ),
            _ => return None,
        };
        Some(view! { <StateNote standing says=says.to_owned()/> }.into_any())
    }
}

/// One list for each kind, each state in both themes.
pub fn all(answer: &dyn Answer, kinds: &[(&'static str, PanelKind)]) -> AnyView {
    kinds
        .iter()
        .map(|&(key, kind)| {
            let panels =
                PanelState::ALL.map(|state| both(|theme| one(answer, key, kind, state, theme)));
            view! {
                <h3 class="guide-kind">{sample(key, kind).title}</h3>
                <div class="guide-states">{panels.into_iter().collect_view()}</div>
            }
        })
        .collect_view()
        .into_any()
}

fn one(
    answer: &dyn Answer,
    key: &str,
    kind: PanelKind,
    state: PanelState,
    theme: &'static str,
) -> AnyView {
    let (name, words) = state.names();
    let usual = sample(key, kind);
    let panel = Panel {
        key: format!("sample-{key}-{name}-{theme}"),
        title: format!("{}: {words}", usual.title),
        ..usual
    };
    let body = match (state, samples::panel_view(answer, key)) {
        (PanelState::Loading, _) => view! { <Skeleton panel=panel.clone()/> }.into_any(),
        (PanelState::Empty, _) => view! {
            <div class="panel-body"><EmptyState range=samples::RANGE page=None/></div>
        }
        .into_any(),
        (PanelState::Failed, _) => {
            let failure = Failure::unavailable(
                "The figures could not be read in time. Try again, or choose a shorter range.",
            );
            let error = AppError(failure.with_request_id("0198f0c4"));
            view! { <ErrorState error retry=Callback::new(|()| ())/> }.into_any()
        }
        (_, Ok(mut view)) => {
            view.panel = panel.clone();
            panel_body(&view, None)
        }
        (_, Err(failure)) => view! { <ErrorState error=AppError(failure)/> }.into_any(),
    };
    let busy = matches!(state, PanelState::Loading | PanelState::Renewing);
    view! {
        <div data-kind=key.to_owned() data-state=name>
            <PanelFrame panel busy=busy>
                {state.note()}
                {body}
            </PanelFrame>
        </div>
    }
    .into_any()
}
