//! Headline numbers: each figure in full, beside what it was, with its course in small.

use leptos::prelude::*;
use marts::{ColumnRole, PanelView, Value, format};

use super::tone::{Tone, change};

pub fn figures(view: &PanelView) -> AnyView {
    let Some(totals) = view.answers.first().map(|answered| &answered.frame) else {
        return ().into_any();
    };
    let cards = totals.columns.iter().filter(|column| column.role == ColumnRole::Metric).map(|column| {
        let current = totals.value(0, &column.name);
        let prior = view.prior.map(|_| {
            let prior = totals.value(0, &format!("{}__prior", column.name));
            let tone = Tone::of_change(current, prior);
            let before = match prior {
                Value::Null => "nothing to compare with".to_owned(),
                _ => format!("from {}", format::exact(prior, column.unit)),
            };
            view! {
                <p class=format!("figure-change {}", tone.class())>
                    <span class="figure-arrow" aria-hidden="true">{tone.arrow()}</span>
                    <span class="figure-change-text">{change(current, prior, column.unit)}</span>
                </p>
                <p class="figure-prior">{before}</p>
            }
        });
        let sparkline = view.drawings.iter().find(|drawing| drawing.key == column.name).map(|drawing| {
            view! { <div class="sparkline" aria-hidden="true" inner_html=drawing.wide.svg.clone()></div> }
        });
        view! {
            <div class="figure-card">
                <p class="figure-label">{column.label.clone()}</p>
                <p class="figure-value">{format::exact(current, column.unit)}</p>
                {prior}
                {sparkline}
            </div>
        }
    });
    view! { <div class="figure-cards">{cards.collect_view()}</div> }.into_any()
}
