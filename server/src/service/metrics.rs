//! Figures for Prometheus, and one log line per request.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use warehouse::Warehouse;

const REQUESTS: &str = "carton_caps_requests_total";
const REQUEST_SECONDS: &str = "carton_caps_request_seconds";
const IN_FLIGHT: &str = "carton_caps_requests_in_flight";
pub const QUERY_SECONDS: &str = "carton_caps_query_seconds";
/// Of the questions that were answered by the engine: how long each waited for its turn.
pub const QUEUE_SECONDS: &str = "carton_caps_queue_seconds";
/// Answers by where they came from: `hit` was kept, `joined` waited for one that was being worked out, `miss` was asked.
pub const CACHE_ANSWERS: &str = "carton_caps_cache_answers_total";
pub const CACHE_BYTES: &str = "carton_caps_cache_bytes";
pub const CACHE_ENTRIES: &str = "carton_caps_cache_entries";
const RELEASE_INFO: &str = "carton_caps_release_info";

/// Upper bounds in seconds: a warm panel takes milliseconds, the deadline is ten seconds after at most fifteen of waiting.
const SECONDS: [f64; 13] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// The process's recorder; installed by the first service that starts.
pub fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER
        .get_or_init(|| {
            let recorder = PrometheusBuilder::new()
                .set_buckets(&SECONDS)
                .ok()?
                .build_recorder();
            let handle = recorder.handle();
            // Fails only where the embedding program already has a recorder of its own; /metrics is then empty.
            metrics::set_global_recorder(recorder).ok()?;
            describe_counter!(REQUESTS, "Requests by route and status");
            describe_histogram!(REQUEST_SECONDS, "Seconds until the response's first byte");
            describe_gauge!(IN_FLIGHT, "Requests whose response has not begun");
            describe_histogram!(QUERY_SECONDS, "Seconds a question took, by how it ended");
            describe_histogram!(
                QUEUE_SECONDS,
                "Seconds a question waited until the engine began with it"
            );
            describe_counter!(
                CACHE_ANSWERS,
                "Answers by where they came from: kept (hit), worked out for someone else just then (joined), asked (miss)"
            );
            describe_gauge!(CACHE_BYTES, "Bytes of the answers that are kept");
            describe_gauge!(CACHE_ENTRIES, "Answers that are kept");
            describe_gauge!(RELEASE_INFO, "1 for the release that is served");
            Some(handle)
        })
        .as_ref()
}

/// Counts and times a request, and logs it once it has begun to answer.
pub async fn measure(request: Request, next: Next) -> Response {
    // Labels are routes, not paths: a crawler must not be able to fill the memory with labels.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "page".to_owned(), |m| m.as_str().to_owned());
    let began = Instant::now();
    let in_flight = InFlight::begin();
    let response = next.run(request).await;
    drop(in_flight);

    let seconds = began.elapsed().as_secs_f64();
    let status = response.status().as_u16();
    counter!(REQUESTS, "route" => route.clone(), "status" => status.to_string()).increment(1);
    histogram!(REQUEST_SECONDS, "route" => route.clone()).record(seconds);
    let duration_ms = (seconds * 1e5).round() / 1e2;
    if status >= 500 {
        tracing::error!(%route, status, duration_ms, "request failed");
    } else {
        tracing::info!(%route, status, duration_ms, "request");
    }
    response
}

/// Counts down also when the client goes away and the request's future is dropped.
struct InFlight;

impl InFlight {
    fn begin() -> Self {
        gauge!(IN_FLIGHT).increment(1.0);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        gauge!(IN_FLIGHT).decrement(1.0);
    }
}

/// `GET /metrics`.
pub async fn scrape(State(warehouse): State<Arc<dyn Warehouse>>) -> impl IntoResponse {
    note_release(warehouse.release().await.ok().map(|release| release.id.0));
    let text = recorder().map(|handle| {
        // Moves recorded durations into their buckets; otherwise they would pile up between scrapes.
        handle.run_upkeep();
        handle.render()
    });
    let content_type = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    (
        [(header::CONTENT_TYPE, content_type)],
        text.unwrap_or_default(),
    )
}

/// 1 for the release that is served now, 0 for those that were.
fn note_release(current: Option<String>) {
    static SERVED: Mutex<Option<String>> = Mutex::new(None);
    let mut served = SERVED.lock().unwrap_or_else(PoisonError::into_inner);
    if *served == current {
        return;
    }
    if let Some(previous) = served.take() {
        gauge!(RELEASE_INFO, "release" => previous).set(0.0);
    }
    if let Some(current) = &current {
        gauge!(RELEASE_INFO, "release" => current.clone()).set(1.0);
    }
    *served = current;
}
