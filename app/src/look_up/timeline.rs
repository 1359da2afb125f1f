//! What happened, the latest first.

use jiff::civil::{Date, DateTime};
use leptos::prelude::*;
use marts::{Frame, Value, format};

use super::One;

/// Something that happened, on a day and, where it is known, at a time.
struct Event {
    at: DateTime,
    has_time: bool,
    said: String,
    /// The receipt or user it is about, with the address that shows it.
    about: Option<(String, String)>,
}

/// The events of all that is told of one thing.
pub fn timeline(one: &One) -> AnyView {
    let mut events = Vec::new();
    let facts = &one.facts;
    let mut told = |frame: &Frame, row: usize, column: &str, said: String, about| {
        if let Some((at, has_time)) = moment(frame.value(row, column)) {
            events.push(Event {
                at,
                has_time,
                said,
                about,
            });
        }
    };
    told(
        facts,
        0,
        "user__signed_up_at",
        match facts.value(0, "user__inviter") {
            Value::Text(inviter) => format!("Signed up, invited by {inviter}"),
            _ => "Signed up".to_owned(),
        },
        link("user", facts.value(0, "user__inviter")),
    );
    told(
        facts,
        0,
        "user__first_purchase_at",
        "First purchase".to_owned(),
        None,
    );
    told(facts, 0, "receipt__purchased_on", "Bought".to_owned(), None);
    let outcome = match facts.value(0, "receipt__outcome") {
        Value::Text(outcome) => format!("Scanned; {}", outcome.to_lowercase()),
        _ => "Scanned".to_owned(),
    };
    told(facts, 0, "receipt__scanned_at", outcome, None);
    if let Some(receipts) = &one.receipts {
        for row in 0..receipts.rows.len() {
            let amount = format::exact(receipts.value(row, "receipt__amount"), marts::Unit::Usd);
            let outcome = match receipts.value(row, "receipt__outcome") {
                Value::Text(outcome) => outcome.to_lowercase(),
                _ => String::new(),
            };
            let about = link("receipt", receipts.value(row, "receipt__receipt_id"));
            let said = format!("Receipt of {amount}, {outcome}");
            told(receipts, row, "receipt__purchased_on", said, about);
        }
    }
    if let Some(invites) = &one.invites {
        let stages = [
            ("invite__invited_at", "Invited someone"),
            ("invite__clicked_at", "The invite was clicked"),
            ("invite__signed_up_at", "The invitee signed up"),
            (
                "invite__first_purchase_at",
                "The invitee bought for the first time",
            ),
            ("invite__rewarded_at", "The invite was rewarded"),
        ];
        for row in 0..invites.rows.len() {
            for (column, said) in stages {
                let about = match column {
                    "invite__invited_at" | "invite__clicked_at" => None,
                    _ => link("user", invites.value(row, "invite__invitee")),
                };
                told(invites, row, column, said.to_owned(), about);
            }
        }
    }
    if events.is_empty() {
        return view! { <p class="state-none">"Nothing that has a day is known of it."</p> }
            .into_any();
    }
    events.sort_by(|one, other| {
        other
            .at
            .cmp(&one.at)
            .then_with(|| one.said.cmp(&other.said))
    });
    let mut days: Vec<(Date, Vec<Event>)> = Vec::new();
    for event in events {
        match days.last_mut() {
            Some((day, of_day)) if *day == event.at.date() => of_day.push(event),
            _ => days.push((event.at.date(), vec![event])),
        }
    }
    let days = days.into_iter().map(|(day, events)| {
        let events = events.into_iter().map(|event| {
            let clock = event.has_time.then(|| {
                view! { <span class="timeline-clock num">{format::clock(event.at)}</span> }
            });
            let about = event.about.map(|(name, href)| {
                view! { <a href=href><bdi>{name}</bdi></a> }
            });
            view! { <li class="timeline-event">{clock}<span>{event.said}</span>{about}</li> }
        });
        view! {
            <li class="timeline-day">
                <h3 class="timeline-date">{format::date(day)}</h3>
                <ol class="timeline-events">{events.collect_view()}</ol>
            </li>
        }
    });
    view! { <ol class="timeline" tabindex="0" aria-label="Timeline" role="list">{days.collect_view()}</ol> }.into_any()
}

/// A moment in the reporting zone, and whether its time of day is known.
fn moment(value: &Value) -> Option<(DateTime, bool)> {
    match value {
        Value::DateTime(at) => Some((*at, true)),
        Value::Date(day) => Some((day.at(0, 0, 0, 0), false)),
        _ => None,
    }
}

fn link(kind: &str, value: &Value) -> Option<(String, String)> {
    match value {
        Value::Text(name) => Some((name.clone(), super::report::href(kind, name))),
        _ => None,
    }
}
