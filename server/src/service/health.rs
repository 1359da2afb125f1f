//! Whether the process lives, and whether it can answer questions.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use marts::{Failure, Statement};
use serde_json::json;
use warehouse::Warehouse;

const PROBE_DEADLINE: Duration = Duration::from_secs(2);

/// `GET /healthz`: the process answers.
pub async fn live() -> impl IntoResponse {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// `GET /readyz`: a release is open and the engine, unless that would wake it, answers; otherwise 503 with the reason.
pub async fn ready(State(warehouse): State<Arc<dyn Warehouse>>) -> Response {
    match probe(warehouse.as_ref()).await {
        Ok(release) => Json(json!({
            "status": "ready",
            "release": release.id.0,
            "business_date": release.business_date.to_string(),
            "engine": warehouse.capabilities().engine,
        }))
        .into_response(),
        Err(failure) => {
            tracing::warn!(reason = %failure.message, detail = %failure.detail, "not ready");
            let body = Json(json!({ "status": "not ready", "reason": failure.message }));
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    }
}

async fn probe(warehouse: &dyn Warehouse) -> Result<marts::ReleaseInfo, Failure> {
    if warehouse.capabilities().sleeps {
        // What is known of it: who probes every few seconds must not keep it awake.
        let newest = warehouse.releases().await?.into_iter().next();
        return newest.ok_or_else(|| Failure::unavailable("No release is there yet."));
    }
    let mut statement = Statement::new("SELECT 1 AS one");
    statement.deadline = Some(PROBE_DEADLINE);
    statement.row_cap = Some(1);
    let mut answer = warehouse.run(statement).await?;
    while let Some(batch) = futures::StreamExt::next(&mut answer.stream).await {
        batch?;
    }
    Ok(answer.release)
}
