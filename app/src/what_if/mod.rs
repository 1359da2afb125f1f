//! What if invites, conversion, terms or cash-outs were otherwise: asks what was observed, and sets what would follow beside
//! what would follow if all stayed as it is.

mod asking;
pub(crate) mod view;

use marts::what_if::{Assumptions, Lever, MonthEnd, Observed};
use marts::{
    Aggregate, Answered, Ask, Column, ColumnRole, DateRange, Drawing, Frame, Grain, Panel,
    PanelKind, ReleaseId, ReleaseInfo, Unit, Value, format,
};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;

use crate::{AppError, Session};
use view::{Control, Outcome, Projected, WhatIfView};

/// # Errors
/// A release that is gone, figures that may not be seen, and whatever else the answers fail with.
pub async fn project(session: &Session, query: &str) -> Result<WhatIfView, AppError> {
    let assumptions = Assumptions::parse(query);
    let pinned = form_urlencoded::parse(query.trim_start_matches('?').as_bytes())
        .find(|(name, value)| name == "release" && !value.is_empty())
        .map(|(_, value)| ReleaseId(value.into_owned()));
    let release = session
        .answer
        .release_named(pinned.as_ref())
        .await
        .map_err(|failure| session.failed(failure))?;
    let found = asking::observed(session, &release).await?;
    let mut view = WhatIfView {
        release: pinned.map(|release| release.0),
        ignored: assumptions.ignored.clone(),
        foot: vec![
            format!("Observed up to {}", format::date(release.business_date)),
            format!("Release {}", release.id),
            release.zone.clone(),
        ],
        missing: found.missing,
        controls: Vec::new(),
        outcomes: Vec::new(),
        charts: Vec::new(),
        is_as_observed: true,
    };
    let Some(observed) = found.observed else {
        return Ok(view);
    };
    let assumed = assumptions.beside(&observed.levers);
    let levers = assumptions.over(&observed.levers);
    view.is_as_observed = assumed.is_empty();
    view.controls = Lever::ALL
        .into_iter()
        .map(|lever| Control {
            lever,
            value: levers.of(lever),
            is_assumed: assumed.iter().any(|(other, _)| *other == lever),
            observed: found
                .notes
                .iter()
                .find(|(other, _)| *other == lever)
                .map_or_else(String::new, |(_, note)| note.clone()),
            reset: query_without(&assumed, lever, view.release.as_deref()),
        })
        .collect();
    let now = session.answer.project(&observed, &observed.levers);
    let then = session.answer.project(&observed, &levers);
    view.outcomes = outcomes(&observed, &levers, &now, &then);
    view.charts = [
        (
            "users",
            "Users at the end of each month",
            Unit::Count,
            figure_of(|end| end.users, 0),
        ),
        (
            "owed",
            "Rewards owed at the end of each month",
            Unit::Usd,
            figure_of(|end| end.owed, 2),
        ),
    ]
    .into_iter()
    .map(|(key, title, unit, figure)| {
        let rows: Vec<(jiff::civil::Date, Value, Value)> = now
            .iter()
            .zip(&then)
            .map(|(now, then)| (now.month, figure(then), figure(now)))
            .collect();
        Projected {
            title: title.to_owned(),
            unit,
            drawing: drawn(session, &release, key, title, unit, &rows),
            rows,
        }
    })
    .collect();
    Ok(view)
}

/// A projection is no exact figure; it is written in whole users or in cents.
fn rounded(value: f64, places: u32) -> Value {
    Decimal::from_f64(value).map_or(Value::Null, |value| Value::Decimal(value.round_dp(places)))
}

type Figure = Box<dyn Fn(&MonthEnd) -> Value>;

fn figure_of(of: fn(&MonthEnd) -> f64, places: u32) -> Figure {
    Box::new(move |end| rounded(of(end), places))
}

/// The address without the assumption about `lever`.
fn query_without(assumed: &[(Lever, f64)], lever: Lever, release: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (other, value) in assumed.iter().filter(|(other, _)| *other != lever) {
        query.append_pair(other.param(), &other.written(*value));
    }
    if let Some(release) = release {
        query.append_pair("release", release);
    }
    query.finish()
}

fn outcomes(
    observed: &Observed,
    levers: &marts::what_if::Levers,
    now: &[MonthEnd],
    then: &[MonthEnd],
) -> Vec<Outcome> {
    let amplification = |k: f64| match k {
        k if k < 1.0 => rounded(1.0 / (1.0 - k), 2),
        _ => Value::Null,
    };
    let ks = (observed.levers.k(), levers.k());
    let mut outcomes = vec![
        Outcome {
            label: "K-factor".to_owned(),
            unit: Unit::Number,
            now: rounded(ks.0, 2),
            then: rounded(ks.1, 2),
            note: if ks.1 >= 1.0 {
                "Each user brings one or more: growth would not level off.".to_owned()
            } else {
                "Invites per user × conversion".to_owned()
            },
        },
        Outcome {
            label: "Amplification".to_owned(),
            unit: Unit::Number,
            now: amplification(ks.0),
            then: amplification(ks.1),
            note: "1 / (1 − k): users in the end for each who came alone; only below k = 1"
                .to_owned(),
        },
    ];
    let (Some(now), Some(then)) = (now.last(), then.last()) else {
        return outcomes;
    };
    let by = format!("By the end of {}", format::period(then.month, Grain::Month));
    let mut add = |label: &str, unit: Unit, of: fn(&MonthEnd) -> f64, places: u32| {
        outcomes.push(Outcome {
            label: label.to_owned(),
            unit,
            now: rounded(of(now), places),
            then: rounded(of(then), places),
            note: by.clone(),
        });
    };
    add("Users", Unit::Count, |end| end.users, 0);
    add("Rewards owed", Unit::Usd, |end| end.owed, 2);
    add("Paid until then", Unit::Usd, |end| end.paid, 2);
    add("Expired until then", Unit::Usd, |end| end.expired, 2);
    outcomes
}

/// The assumption as a line, and how all stays as it is as the lighter one beside it.
fn drawn(
    session: &Session,
    release: &ReleaseInfo,
    key: &str,
    title: &str,
    unit: Unit,
    rows: &[(jiff::civil::Date, Value, Value)],
) -> Option<Drawing> {
    let (first, last) = (rows.first()?.0, rows.last()?.0);
    let range = DateRange {
        from: first,
        to: last.last_of_month(),
    };
    let column = |name: &str, label: &str, unit, role| Column {
        name: name.to_owned(),
        label: label.to_owned(),
        unit,
        role,
    };
    let frame = Frame {
        columns: vec![
            column("metric_time", "Month", Unit::None, ColumnRole::Time),
            column(key, "What if", unit, ColumnRole::Metric),
            column(&format!("{key}__prior"), "As now", unit, ColumnRole::Prior),
        ],
        rows: rows
            .iter()
            .map(|(month, then, now)| vec![Value::Date(*month), then.clone(), now.clone()])
            .collect(),
        truncated: false,
    };
    let panel = Panel {
        key: key.to_owned(),
        title: title.to_owned(),
        kind: PanelKind::TimeSeries,
        metrics: vec![key.to_owned()],
        ..Panel::default()
    };
    let ask = Ask::Aggregate(Aggregate {
        grain: Some(Grain::Month),
        ..Aggregate::over(&[key], range)
    });
    // All of it is to come, so no month of it is unfinished.
    let ahead = ReleaseInfo {
        business_date: range.to,
        ..release.clone()
    };
    let answered = Answered {
        frame,
        release: release.id.clone(),
    };
    let mut drawings = session.answer.draw(&panel, &[ask], &[answered], &ahead);
    (!drawings.is_empty()).then(|| drawings.remove(0))
}
