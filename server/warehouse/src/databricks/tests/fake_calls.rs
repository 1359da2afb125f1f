//! What the workspace answers to each call.

use std::collections::VecDeque;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use serde_json::{Value, json};

use super::fake::{Asked, Call, Inner, SECRET, Shared, Told};
use super::fake_data::{Cells, Table};

/// What the script says of this call, and whether the caller may call.
fn told(shared: &Shared, call: Call, headers: &HeaderMap) -> Result<Told, Box<Response>> {
    let mut inner = shared.lock().unwrap();
    inner.calls.push(call);
    let told = inner.script.get_mut(&call).and_then(VecDeque::pop_front);
    match told.unwrap_or(Told::Pass) {
        Told::Status(status, body) => Err(Box::new(
            (StatusCode::from_u16(status).unwrap(), body).into_response(),
        )),
        Told::Wait(status) => {
            let status = StatusCode::from_u16(status).unwrap();
            Err(Box::new(
                (status, [("retry-after", "0")], "wait").into_response(),
            ))
        }
        Told::Json(json) => Err(Box::new(axum::Json(json).into_response())),
        told => {
            let is_api = !matches!(call, Call::Link | Call::Token | Call::Discovery);
            let expected = format!("Bearer {}", inner.bearer);
            let given = headers.get("authorization").map(|v| v.to_str().unwrap());
            if is_api && given != Some(&expected) {
                let quoted = format!("{{\"error_code\":401,\"message\":\"bad token {given:?}\"}}");
                return Err(Box::new((StatusCode::UNAUTHORIZED, quoted).into_response()));
            }
            Ok(told)
        }
    }
}

fn answer(told: &Told, bytes: Vec<u8>) -> Response {
    let half = Bytes::copy_from_slice(&bytes[..bytes.len() / 2]);
    let first = futures::stream::once(async move { Ok::<_, std::io::Error>(half) });
    match told {
        Told::Stall => {
            Body::from_stream(futures::StreamExt::chain(first, futures::stream::pending()))
                .into_response()
        }
        Told::Break => {
            let broken = futures::stream::once(async { Err(std::io::Error::other("broken")) });
            Body::from_stream(futures::StreamExt::chain(first, broken)).into_response()
        }
        Told::Half => bytes[..bytes.len() / 2].to_vec().into_response(),
        _ => bytes.into_response(),
    }
}

pub async fn submit(State(shared): State<Shared>, headers: HeaderMap, body: String) -> Response {
    let told = match told(&shared, Call::Submit, &headers) {
        Ok(told) => told,
        Err(response) => return *response,
    };
    let mut inner = shared.lock().unwrap();
    let asked: Value = serde_json::from_str(&body).unwrap();
    let text = |key: &str| asked[key].as_str().unwrap_or_default().to_owned();
    let way = (text("disposition"), text("format"));
    let is_taken = match (way.0.as_str(), way.1.as_str()) {
        ("EXTERNAL_LINKS", "ARROW_STREAM") => inner.ways.links,
        ("INLINE", "ARROW_STREAM") => inner.ways.inline_arrow,
        ("INLINE", "JSON_ARRAY") => true,
        _ => false,
    };
    if !is_taken {
        let error = json!({"error_code": "INVALID_PARAMETER_VALUE", "message": "The disposition and format are not supported."});
        return (StatusCode::BAD_REQUEST, error.to_string()).into_response();
    }
    let sql = text("statement");
    let is_ours = true;
    let (table, is_ours) = if sql.contains("current_timezone") {
        (Table::texts(&["zone"], &[&[Some(inner.zone)]]), is_ours)
    } else if sql.contains("FROM releases") {
        (releases(inner.current), is_ours)
    } else if sql.starts_with("SHOW TABLES") {
        (
            Table::texts(
                &["database", "tableName", "isTemporary"],
                &[&[Some("s"), Some("fct_purchase"), Some("false")]],
            ),
            is_ours,
        )
    } else if sql.starts_with("DESCRIBE") {
        (
            Table::texts(
                &["col_name", "data_type", "comment"],
                &[
                    &[Some("amount"), Some("decimal(18,2)"), None],
                    &[Some(""), Some(""), None],
                    &[Some("# Partition"), None, None],
                ],
            ),
            is_ours,
        )
    } else {
        (inner.table.clone(), false)
    };
    let id = format!("01ef-{}", inner.running.len());
    let states = if is_ours {
        VecDeque::new()
    } else {
        inner.states.clone()
    };
    inner.submitted.push(asked);
    inner.running.insert(
        id.clone(),
        Asked {
            table,
            states,
            way,
            is_over: false,
            is_ours,
        },
    );
    let reply = json!({"statement_id": id, "status": {"state": "PENDING"}});
    answer(&told, reply.to_string().into_bytes())
}

fn releases(current: &str) -> Table {
    let names = [
        "release_id",
        "schema_name",
        "business_date",
        "zone",
        "observed_from",
        "observed_to",
        "is_current",
    ];
    let row = |id: &'static str, schema: &'static str| {
        [
            Some(id),
            Some(schema),
            Some("2026-03-31"),
            Some("America/New_York"),
            Some("2026-01-01"),
            Some("2026-03-31"),
            Some(if id == current { "yes" } else { "no" }),
        ]
    };
    Table::texts(
        &names,
        &[
            &row("r3", "gold_r3"),
            &row("r2", "gold_r2"),
            &row("r1", "gold_r1"),
        ],
    )
}

pub async fn poll(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let told = match told(&shared, Call::Poll, &headers) {
        Ok(told) => told,
        Err(response) => return *response,
    };
    let mut inner = shared.lock().unwrap();
    let last = inner.last_state.clone();
    let Some(asked) = inner.running.get_mut(&id) else {
        return (StatusCode::NOT_FOUND, "no such statement").into_response();
    };
    if let Some(state) = asked.states.pop_front() {
        let reply = json!({"statement_id": id, "status": {"state": state}});
        return answer(&told, reply.to_string().into_bytes());
    }
    let is_cancelled = asked.is_over && asked.states.is_empty() && asked.way.0 == "CANCELED";
    asked.is_over = true;
    let asked = asked.clone();
    let status = match () {
        () if is_cancelled => json!({"state": "CANCELED"}),
        () if asked.is_ours => json!({"state": "SUCCEEDED"}),
        () => last,
    };
    let mut reply = json!({"statement_id": id, "status": status});
    if matches!(status["state"].as_str(), Some("SUCCEEDED" | "CLOSED")) && status["bare"].is_null()
    {
        let chunks: Vec<&[Cells]> = chunks(&asked, inner.chunk_rows);
        let mut offset = 0;
        let infos: Vec<Value> = chunks
            .iter()
            .enumerate()
            .map(|(at, rows)| {
                let info =
                    json!({"chunk_index": at, "row_offset": offset, "row_count": rows.len()});
                offset += rows.len();
                info
            })
            .collect();
        reply["manifest"] = json!({
            "format": asked.way.1,
            "schema": {"column_count": 1, "columns": asked.table.columns},
            "total_chunk_count": chunks.len(), "total_row_count": asked.table.rows.len(),
            "truncated": false, "chunks": infos,
        });
        reply["result"] = if chunks.is_empty() {
            json!({})
        } else {
            data(&inner, &id, &asked, 0)
        };
        if let (Some(alter), false) = (inner.alter, asked.is_ours) {
            alter(&mut reply);
        }
    }
    answer(&told, reply.to_string().into_bytes())
}

fn chunks(asked: &Asked, rows: usize) -> Vec<&[Cells]> {
    asked.table.rows.chunks(rows).collect()
}

fn data(inner: &Inner, id: &str, asked: &Asked, index: usize) -> Value {
    let all = chunks(asked, inner.chunk_rows);
    let rows = all[index];
    let offset = index * inner.chunk_rows;
    if asked.way.0 == "EXTERNAL_LINKS" {
        let expires = jiff::Timestamp::now()
            + jiff::SignedDuration::from_secs(inner.expired_link_seconds.unwrap_or(900));
        return json!({"external_links": [{
            "chunk_index": index, "row_offset": offset, "row_count": rows.len(),
            "external_link": format!("{}/link/{id}/{index}?sig=hidden", inner.url),
            "expiration": expires.to_string(), "http_headers": {"x-kept": "yes"},
        }]});
    }
    let mut data = json!({"chunk_index": index, "row_offset": offset, "row_count": rows.len()});
    if asked.way.1 == "ARROW_STREAM" {
        let base64 = base64::engine::general_purpose::STANDARD;
        data["attachment"] = json!(base64.encode(asked.table.arrow(rows)));
    } else {
        data["data_array"] = json!(rows);
    }
    data
}

pub async fn chunk(
    State(shared): State<Shared>,
    Path((id, n)): Path<(String, usize)>,
    headers: HeaderMap,
) -> Response {
    let told = match told(&shared, Call::Chunk, &headers) {
        Ok(told) => told,
        Err(response) => return *response,
    };
    let inner = shared.lock().unwrap();
    let reply = data(&inner, &id, &inner.running[&id], n);
    answer(&told, reply.to_string().into_bytes())
}

pub async fn link(
    State(shared): State<Shared>,
    Path((id, n)): Path<(String, usize)>,
    headers: HeaderMap,
) -> Response {
    if headers.contains_key("authorization") || !headers.contains_key("x-kept") {
        shared.lock().unwrap().authorized_links += 1;
    }
    let told = match told(&shared, Call::Link, &headers) {
        Ok(told) => told,
        Err(response) => return *response,
    };
    let inner = shared.lock().unwrap();
    let asked = &inner.running[&id];
    let bytes = asked.table.arrow(chunks(asked, inner.chunk_rows)[n]);
    answer(&told, bytes)
}

pub async fn cancel(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Err(response) = told(&shared, Call::Cancel, &headers) {
        return *response;
    }
    let mut inner = shared.lock().unwrap();
    if let Some(asked) = inner.running.get_mut(&id) {
        asked.is_over = true;
        asked.states.clear();
        asked.way.0 = "CANCELED".to_owned();
    }
    "".into_response()
}

pub async fn warehouse(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    if let Err(response) = told(&shared, Call::Warehouse, &headers) {
        return *response;
    }
    let state = shared.lock().unwrap().warehouse_state;
    axum::Json(json!({"id": "abc123", "state": state})).into_response()
}

pub async fn discovery(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    if let Err(response) = told(&shared, Call::Discovery, &headers) {
        return *response;
    }
    let endpoint = format!("{}/token", shared.lock().unwrap().url);
    axum::Json(json!({"token_endpoint": endpoint})).into_response()
}

pub async fn token(State(shared): State<Shared>, headers: HeaderMap, body: String) -> Response {
    if let Err(response) = told(&shared, Call::Token, &headers) {
        return *response;
    }
    let base64 = base64::engine::general_purpose::STANDARD;
    let expected = format!("Basic {}", base64.encode(format!("client:{SECRET}")));
    let given = headers["authorization"].to_str().unwrap();
    if given != expected || body != "grant_type=client_credentials&scope=all-apis" {
        return (StatusCode::UNAUTHORIZED, "{\"error\":\"invalid_client\"}").into_response();
    }
    let mut inner = shared.lock().unwrap();
    inner.tokens += 1;
    inner.bearer = format!("oauth-{}", inner.tokens);
    axum::Json(json!({"access_token": inner.bearer, "token_type": "Bearer", "expires_in": inner.token_seconds})).into_response()
}
