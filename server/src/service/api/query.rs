//! `POST /api/v1/query`: one question, answered as JSON, CSV or an Arrow stream.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use marts::{Answered, Ask, AskedFor, Frame, ReleaseInfo};
use serde_json::json;
use warehouse::arrow_stream;

use super::Api;
use super::accept::{self, Form};
use super::question::{self, Question};
use super::{cells, csv};
use crate::service::problem::Problem;

/// The release that answered, in every form.
static RELEASE: HeaderName = HeaderName::from_static("x-carton-caps-release");
/// Whether the row cap left rows out, in every form.
static TRUNCATED: HeaderName = HeaderName::from_static("x-carton-caps-truncated");

/// Answers the question in the body. When the caller goes away the statement is stopped.
pub async fn ask(
    State(api): State<Api>,
    extensions: Extensions,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let form = accept::choose(&headers)?;
    require_json(&headers)?;
    let body = body.map_err(|rejection| {
        let message = format!("The question could not be read: {rejection}.");
        Problem::new(rejection.status(), message)
    })?;
    let Question { ask, release } = question::read(&body)?;
    let session = api.pages.session(&extensions, None);
    let asked_for = AskedFor {
        request_id: Some(session.request_id.0.clone()),
        ..AskedFor::default()
    };
    let answered = session
        .answer
        .answer_for(&asked_for, &session.policy, &ask, release.as_ref())
        .await?;
    // What tells of runs may be asked for before there is a release.
    let info = session
        .answer
        .release_named(Some(&answered.release))
        .await
        .unwrap_or_else(|_| ReleaseInfo::unpublished());
    let body = match form {
        Form::Json => as_json(&ask, &answered, &info).into_bytes(),
        Form::Csv => as_csv(&answered.frame).into_bytes(),
        Form::Arrow => arrow_stream::write(&answered.frame, &cells::shown(&answered.frame))?,
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(content_type(form)),
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    if let Ok(release) = HeaderValue::from_str(&answered.release.0) {
        headers.insert(RELEASE.clone(), release);
    }
    let truncated = HeaderValue::from_static(if answered.frame.truncated {
        "true"
    } else {
        "false"
    });
    headers.insert(TRUNCATED.clone(), truncated);
    Ok(response)
}

fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media = given.split(';').next().unwrap_or_default().trim();
    if media.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "A question is sent as JSON, with Content-Type: application/json.",
    ))
}

fn content_type(form: Form) -> &'static str {
    match form {
        Form::Csv => "text/csv; charset=utf-8; header=present",
        Form::Json | Form::Arrow => form.media_type(),
    }
}

fn as_json(ask: &Ask, answered: &Answered, info: &ReleaseInfo) -> String {
    let frame = &answered.frame;
    let shown = cells::shown(frame);
    let columns: Vec<_> = shown
        .iter()
        .filter_map(|&at| frame.columns.get(at))
        .collect();
    let rows: Vec<Vec<_>> = frame
        .rows
        .iter()
        .map(|row| {
            shown
                .iter()
                .filter_map(|&at| row.get(at))
                .map(cells::json)
                .collect()
        })
        .collect();
    // The question for the page behind this one, to be sent as it is.
    let next = match ask {
        Ask::Rows(rows) => rows.next(frame).map(Ask::Rows),
        Ask::Aggregate(_) | Ask::Values(_) => None,
    };
    json!({
        "release": answered.release,
        "business_date": info.is_published().then_some(info.business_date),
        "zone": info.zone,
        "columns": columns,
        "rows": rows,
        "truncated": frame.truncated,
        "next": next,
    })
    .to_string()
}

fn as_csv(frame: &Frame) -> String {
    let shown = cells::shown(frame);
    let names = shown.iter().filter_map(|&at| frame.columns.get(at));
    let header: Vec<String> = names.map(|column| column.name.clone()).collect();
    csv::write(frame, &shown, &header)
}
