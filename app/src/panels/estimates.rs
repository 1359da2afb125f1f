//! Estimates below each other on one scale: a dot for each, with its interval as a line, its figures and what it is.

use leptos::prelude::*;
use marts::estimates::{self, Estimated};
use marts::{PanelView, Unit, Value, format};
use rust_decimal::Decimal;

use super::cohort_chart::interval;

pub fn figures(view: &PanelView) -> AnyView {
    let Some(frame) = view.answers.first().map(|answered| &answered.frame) else {
        return ().into_any();
    };
    let metric = view
        .panel
        .metrics
        .first()
        .and_then(|name| frame.column(name));
    let unit = metric
        .and_then(|at| frame.columns.get(at))
        .map_or(Unit::Number, |column| column.unit);
    let found = estimates::read(&view.panel, frame);
    let ends = found.iter().flat_map(|one| [&one.high, &one.value]);
    let end = scale(ends.filter_map(Value::decimal).max().unwrap_or_default());
    let rows: Vec<AnyView> = found.iter().map(|one| row(one, unit, end)).collect();
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-labelledby=format!("panel-{}-title", view.panel.key)>
            <table class="data-table estimates">
                <thead>
                    <tr>
                        <th scope="col">"Figure"</th>
                        <th scope="col" class="num">"Estimate"</th>
                        <th scope="col" class="num">"90% interval"</th>
                        <th class="whisker-cell" aria-hidden="true">
                            <span class="whisker-scale num">
                                <span>{format::exact(&Value::Int(0), Unit::Count)}</span>
                                <span>{format::compact(&Value::Decimal(end), unit)}</span>
                            </span>
                        </th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(one: &Estimated, unit: Unit, end: Decimal) -> AnyView {
    let method = match (one.method.as_str(), one.on) {
        ("", None) => String::new(),
        (method, None) => format!("Method: {method}."),
        ("", Some(day)) => format!("To {}.", format::date(day)),
        (method, Some(day)) => format!("Method: {method}, to {}.", format::date(day)),
    };
    let place = |value: &Value| value.decimal().map(|value| percent(value, end));
    let says = (!one.says.is_empty()).then(|| one.says.clone());
    let drawn = match (place(&one.value), place(&one.low), place(&one.high)) {
        (Some(at), Some(low), Some(high)) => view! {
            <svg class="whisker" width="100%" height="16">
                <line class="whisker-rule" x1="0" x2="100%" y1="50%" y2="50%"></line>
                <line class="whisker-line" x1=low x2=high y1="50%" y2="50%"></line>
                <circle class="whisker-dot" cx=at cy="50%" r="4"></circle>
            </svg>
        }
        .into_any(),
        _ => view! { <svg class="key-hatch" width="100%" height="12"></svg> }.into_any(),
    };
    let unknown = (one.value == Value::Null).then(|| {
        view! { <span class="estimate-says">"Not known yet: too little was observed, or it is too young."</span> }
    });
    view! {
        <tr>
            <th scope="row">
                <span class="estimate-name">{one.label.clone()}</span>
                <span class="estimate-says">{says} " " {method}</span>
                {unknown}
            </th>
            <td class="num estimate-value">{format::estimate(&one.value, unit)}</td>
            <td class="num">{interval(&one.low, &one.high, unit)}</td>
            <td class="whisker-cell" aria-hidden="true">{drawn}</td>
        </tr>
    }
    .into_any()
}

/// A round end of a scale that begins with 0.
fn scale(largest: Decimal) -> Decimal {
    let mut power = Decimal::ONE;
    while power < largest && power < Decimal::from(1_000_000_000) {
        power *= Decimal::TEN;
    }
    while power > Decimal::new(1, 6) && power / Decimal::TEN >= largest {
        power /= Decimal::TEN;
    }
    [
        Decimal::new(2, 1),
        Decimal::new(25, 2),
        Decimal::new(4, 1),
        Decimal::new(5, 1),
    ]
    .into_iter()
    .map(|part| power * part)
    .find(|end| *end >= largest)
    .unwrap_or(power)
}

fn percent(value: Decimal, end: Decimal) -> String {
    let part = value
        .checked_mul(Decimal::ONE_HUNDRED)
        .and_then(|value| value.checked_div(end))
        .unwrap_or_default()
        .clamp(Decimal::ZERO, Decimal::ONE_HUNDRED);
    format!("{}%", part.round_dp(2).normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_round() {
        let of = |n: i64, places| scale(Decimal::new(n, places)).normalize().to_string();
        assert_eq!(of(428, 3), "0.5");
        assert_eq!(of(1172, 2), "20");
        assert_eq!(of(1, 0), "1");
        assert_eq!(of(22, 2), "0.25");
        assert_eq!(percent(Decimal::new(35, 2), Decimal::new(5, 1)), "70%");
    }

    #[test]
    fn nothing_known_has_a_scale_too() {
        assert!(scale(Decimal::ZERO) > Decimal::ZERO);
        assert_eq!(percent(Decimal::ONE, Decimal::ZERO), "0%");
    }
}
