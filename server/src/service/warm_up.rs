//! What people look at first is asked when a release opens, so that the first of them need not wait.

use std::sync::Arc;
use std::time::Instant;

use marts::{Answer, Failure, FailureKind, Filters, ReleaseInfo, RowPolicy};
use tokio::sync::watch;

/// Asks the default view of every dashboard of each release that opens, one question after another so that people's own
/// questions find room. A newer release ends the work for an older one. Pages wait for none of it.
pub async fn run(answer: Arc<dyn Answer>, mut releases: watch::Receiver<Option<ReleaseInfo>>) {
    releases.mark_changed();
    while releases.changed().await.is_ok() {
        let Some(release) = releases.borrow_and_update().clone() else {
            continue;
        };
        let mut next = releases.clone();
        tokio::select! {
            // Only the service's end closes the channel.
            _newer_or_over = next.changed() => {}
            () = warm(answer.as_ref(), &release) => {}
        }
    }
}

async fn warm(answer: &dyn Answer, release: &ReleaseInfo) {
    let began = Instant::now();
    match ask_default_views(answer, release).await {
        Ok(questions) => {
            let duration_ms = began.elapsed().as_millis();
            tracing::info!(release = %release.id, questions, duration_ms, "the first views are warm");
        }
        Err(failure) => {
            tracing::warn!(release = %release.id, reason = %failure.message, detail = %failure.detail, "the first views stay cold");
        }
    }
}

/// How many questions were answered. One that fails leaves the others, unless nothing can be answered.
async fn ask_default_views(answer: &dyn Answer, release: &ReleaseInfo) -> Result<usize, Failure> {
    let filters = Filters::default();
    let mut answered = 0;
    for link in answer.dashboards().await? {
        let dashboard = match answer.dashboard(&link.name).await {
            Ok(dashboard) => dashboard,
            Err(failure) => {
                tracing::debug!(dashboard = link.name, reason = %failure.message, "not made warm");
                continue;
            }
        };
        let asks = dashboard
            .panels
            .iter()
            .flat_map(|panel| panel.asks(&filters, &dashboard, release));
        for ask in asks {
            // As everyone who may see everything: who is restricted asks other questions.
            match answer.answer(&RowPolicy::Unrestricted, &ask).await {
                Ok(_) => answered += 1,
                Err(failure) if failure.kind == FailureKind::Unavailable => return Err(failure),
                Err(failure) => tracing::debug!(reason = %failure.message, "not made warm"),
            }
        }
    }
    Ok(answered)
}
