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

/// Sends `release` at once and at each change, until the caller or the service ends. Nothing is asked for meanwhile.
pub async fn stream(State(api): State<Api>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (mut releases, stopped) = (api.releases, api.stopped);
    releases.mark_changed();
    let events =
        futures::stream::unfold((releases, stopped), |(mut releases, mut stopped)| async {
            loop {
                tokio::select! {
                    // Also where the service is gone.
                    _stopped = stopped.wait_for(|stopped| *stopped) => return None,
                    changed = releases.changed() => changed.ok()?,
                }
                let release = releases.borrow_and_update().clone();
                if let Some(release) = release {
                    return Some((Ok(event(&release)), (releases, stopped)));
                }
            }
        });
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

fn event(release: &ReleaseInfo) -> Event {
    let data = json!({ "id": release.id, "business_date": release.business_date });
    Event::default()
        .event("release")
        .id(&release.id.0)
        .retry(RETRY)
        .data(data.to_string())
}
