//! `GET /api/v1/releases`, and the stream that tells of the next one.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::Extensions;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use marts::ReleaseInfo;
use serde_json::{Value, json};
use tokio::sync::watch;
use warehouse::{Condition, Known};

use super::Api;
use crate::service::problem::Problem;

/// Proxies end connections that are silent for half a minute or longer.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a browser waits before it connects again.
const RETRY: Duration = Duration::from_secs(3);

/// The releases that a question may name, the current one first and then the newest first.
pub async fn list(State(api): State<Api>, extensions: Extensions) -> Result<Json<Value>, Problem> {
    let session = api.pages.session(&extensions, None);
    let releases = session.answer.releases().await?;
    let current = releases.first().map(|release| &release.id);
    Ok(Json(json!({ "current": current, "releases": releases })))
}

/// Sends `release` (which one is served) and `engine` (whether it is ready) at once and at each change, until the caller or
/// the service ends. Nothing is asked for meanwhile.
pub async fn stream(State(api): State<Api>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut listener = Listener {
        releases: api.releases,
        conditions: api.conditions,
        stopped: api.stopped,
        told: None,
    };
    listener.releases.mark_changed();
    listener.conditions.mark_changed();
    let events = futures::stream::unfold(listener, |mut listener| async {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

struct Listener {
    releases: watch::Receiver<Option<ReleaseInfo>>,
    conditions: watch::Receiver<Known>,
    stopped: watch::Receiver<bool>,
    told: Option<Condition>,
}

impl Listener {
    async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                // Also where the service is gone.
                _stopped = self.stopped.wait_for(|stopped| *stopped) => return None,
                changed = self.releases.changed() => {
                    changed.ok()?;
                    if let Some(release) = self.releases.borrow_and_update().clone() {
                        return Some(event(&release));
                    }
                }
                Ok(()) = self.conditions.changed() => {
                    let now = self.conditions.borrow_and_update().condition();
                    if self.told.replace(now) != Some(now) {
                        return Some(condition(now));
                    }
                }
            }
        }
    }
}

fn condition(now: Condition) -> Event {
    let (state, message) = match now {
        Condition::Ready => ("ready", ""),
        Condition::Starting => (
            "starting",
            "The warehouse is starting, which usually takes 40 s. The figures come as soon as it is there.",
        ),
        Condition::Resting => (
            "resting",
            "The warehouse does not answer at the moment. Try again in a minute.",
        ),
    };
    let data = json!({ "state": state, "message": message });
    Event::default().event("engine").data(data.to_string())
}

fn event(release: &ReleaseInfo) -> Event {
    let data = json!({ "id": release.id, "business_date": release.business_date });
    Event::default()
        .event("release")
        .id(&release.id.0)
        .retry(RETRY)
        .data(data.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use warehouse::Conditions;

    use super::*;

    #[tokio::test]
    async fn the_engine_is_told_of_at_once_and_when_it_changes() {
        let conditions = Conditions::default();
        let (releases, stop) = (watch::Sender::new(None), watch::Sender::new(false));
        let mut listener = Listener {
            releases: releases.subscribe(),
            conditions: conditions.watch(),
            stopped: stop.subscribe(),
            told: None,
        };
        listener.conditions.mark_changed();
        let told = format!("{:?}", listener.next().await.unwrap());
        assert!(told.contains("ready"), "{told}");
        let waiting = conditions.waits_for_start();
        let another = conditions.waits_for_start();
        let told = format!("{:?}", listener.next().await.unwrap());
        assert!(
            told.contains("engine") && told.contains("usually takes 40 s"),
            "{told}"
        );
        drop((waiting, another));
        let told = format!("{:?}", listener.next().await.unwrap());
        assert!(told.contains("ready"), "{told}");
        drop(conditions);
        stop.send_replace(true);
        assert!(listener.next().await.is_none());
    }
}
