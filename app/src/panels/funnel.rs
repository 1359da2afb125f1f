//! A funnel: a row for each stage, with how many came to it, how many still can, and the rates of those whose time is over.

use leptos::prelude::*;
use marts::funnel::{self, OPEN, REACHED, Stage};
use marts::{Drill, PanelView, Unit, Value, format};
use rust_decimal::Decimal;

use super::drill_link::DrillLink;
use crate::state::PageState;

pub fn figures(view: &PanelView, page: Option<PageState>) -> AnyView {
    let Some(frame) = view.answers.first().map(|answered| &answered.frame) else {
        return ().into_any();
    };
    let unit = funnel::unit(&view.panel, frame);
    let rows: Vec<AnyView> = funnel::stages(&view.panel, frame)
        .iter()
        .map(|stage| row(stage, unit, page))
        .collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-labelledby=format!("panel-{}-title", view.panel.key)>
            <table class="data-table funnel">
                <thead>
                    <tr>
                        <th scope="col">"Stage"</th>
                        <th scope="col" class="num">"So far"</th>
                        <th scope="col" class="num">"Still in window"</th>
                        <th scope="col" class="num">"Of the stage before"</th>
                        <th scope="col" class="num">"Of all"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <p class="chart-note">
            <svg class="key-hatch" aria-hidden="true" width="16" height="12"></svg>
            "Still in their window, or too young to say: not counted in the rates."
        </p>
    }
    .into_any()
}

fn row(stage: &Stage, unit: Unit, page: Option<PageState>) -> AnyView {
    let drill = |metric: &str, status: &str| {
        let dimension = stage.way.as_ref().and_then(|way| way.status.as_deref());
        let whole = Drill::into(metric);
        match dimension {
            Some(dimension) => whole.with(dimension, status),
            None => whole,
        }
    };
    let leads = |way: bool| {
        page.filter(|_| !way || stage.way.as_ref().is_some_and(|way| way.status.is_some()))
    };
    let reached = view! {
        <DrillLink
            page=leads(stage.way.is_some())
            drill=drill(&stage.metric, REACHED)
            text=format::exact(&stage.reached, unit)
            of=stage.label.clone()
        />
    };
    let (open, step, whole) = match &stage.way {
        Some(way) => (
            view! {
                <DrillLink
                    page=leads(true)
                    drill=drill(&way.open_metric, OPEN)
                    text=format::exact(&way.open, unit)
                    of=format!("{}, still in window", stage.label)
                />
            }
            .into_any(),
            rate(&way.step),
            rate(&way.whole),
        ),
        None => (().into_any(), ().into_any(), ().into_any()),
    };
    view! {
        <tr>
            <th scope="row">
                <span class="funnel-name">{stage.label.clone()}</span>
                <span class="funnel-bar" aria-hidden="true">
                    <svg class="funnel-done" width=percent(stage.share) height="10"></svg>
                    <svg class="funnel-open" width=percent(stage.open_share) height="10"></svg>
                </span>
            </th>
            <td class="num">{reached}</td>
            <td class="num">{open}</td>
            <td class="num">{step}</td>
            <td class="num">{whole}</td>
        </tr>
    }
    .into_any()
}

/// Of invites that have had their time; hatched where none has.
fn rate(rate: &Value) -> AnyView {
    match rate {
        Value::Null => view! {
            <svg class="key-hatch" aria-hidden="true" width="16" height="12"></svg>
            <span class="visually-hidden">"Too young to say"</span>
        }
        .into_any(),
        rate => format::exact(rate, Unit::Ratio).into_any(),
    }
}

fn percent(share: Decimal) -> String {
    let percent = (share * Decimal::ONE_HUNDRED).round_dp(2);
    format!("{}%", percent.normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_lengths() {
        assert_eq!(percent(Decimal::new(38_826, 5)), "38.83%");
        assert_eq!(percent(Decimal::ONE), "100%");
        assert_eq!(percent(Decimal::ZERO), "0%");
    }
}
