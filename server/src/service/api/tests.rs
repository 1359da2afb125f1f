#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

use super::*;
use crate::fake_warehouse::Fake;
use crate::service::request_id;

fn service(fake: &Arc<Fake>) -> Router {
    let analytics = fake.analytics();
    let api = Api {
        pages: Pages::new(analytics.clone(), app::Assets::default()),
        analytics,
        releases: watch::Sender::new(None).subscribe(),
        conditions: watch::Sender::new(Known::default()).subscribe(),
        stopped: watch::Sender::new(false).subscribe(),
    };
    routes(api).layer(from_fn(request_id::assign))
}

#[tokio::test]
async fn what_is_routed_is_described_and_what_is_described_answers() {
    let description: Value = serde_json::from_str(OPENAPI).unwrap();
    assert_eq!(description["openapi"], "3.1.0");
    let described: BTreeSet<String> = description["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(|path| match path.rsplit_once("{panel}.") {
            Some((folder, _ending)) => format!("{folder}{{file}}"),
            None => path.clone(),
        })
        .collect();
    let all = [QUERY, CATALOGUE, RELEASES, STREAM, PANELS, DESCRIPTION];
    assert_eq!(described, all.map(str::to_owned).into());
    // Each has one line in the table of routes, beside the one for calls that there are not.
    let routed = include_str!("mod.rs").matches(".route(").count();
    assert_eq!(routed, all.len() + 1);

    let service = service(&Fake::open());
    for (path, calls) in description["paths"].as_object().unwrap() {
        for method in calls.as_object().unwrap().keys() {
            let path = path
                .replace("{dashboard}", "purchases")
                .replace("{panel}", "leaders");
            let body = match method.as_str() {
                "post" => {
                    r#"{"ask":{"aggregate":{"metrics":["retail_spend"],"range":{"from":"2026-01-01","to":"2026-01-31"}}}}"#
                }
                _ => "",
            };
            let request = Request::builder()
                .method(method.to_uppercase().as_str())
                .uri(&path)
                .header("content-type", "application/json")
                .body(Body::from(body))
                .unwrap();
            let status = service.clone().oneshot(request).await.unwrap().status();
            let is_answered = status == StatusCode::OK
                // The fake engine knows no departments.
                || (path.ends_with(".csv") && status == StatusCode::INTERNAL_SERVER_ERROR);
            assert!(is_answered, "{method} {path}: {status}");
        }
    }
}

#[tokio::test]
async fn references_of_the_description_lead_somewhere() {
    let description: Value = serde_json::from_str(OPENAPI).unwrap();
    let mut references = 0;
    let mut open = vec![&description];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(path)) = fields.get("$ref") {
                    references += 1;
                    assert!(description.pointer(&path[1..]).is_some(), "{path}");
                }
                open.extend(fields.values());
            }
            Value::Array(values) => open.extend(values),
            _ => {}
        }
    }
    assert!(references > 20);
}

#[tokio::test]
async fn calls_that_there_are_not_are_told_as_problems() {
    let service = service(&Fake::open());
    for (method, path, expected) in [
        ("GET", "/api/v1/nothing", StatusCode::NOT_FOUND),
        ("GET", QUERY, StatusCode::METHOD_NOT_ALLOWED),
        ("POST", CATALOGUE, StatusCode::METHOD_NOT_ALLOWED),
        (
            "GET",
            "/api/v1/panels/purchases/departments.xlsx",
            StatusCode::NOT_FOUND,
        ),
        (
            "GET",
            "/api/v1/panels/purchases/departments",
            StatusCode::NOT_FOUND,
        ),
        (
            "GET",
            "/api/v1/panels/purchases/nothing.csv",
            StatusCode::NOT_FOUND,
        ),
        (
            "GET",
            "/api/v1/panels/nothing/departments.csv",
            StatusCode::NOT_FOUND,
        ),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::empty())
            .unwrap();
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), expected, "{method} {path}");
        assert_eq!(
            response.headers()["content-type"],
            "application/problem+json",
            "{path}"
        );
        let body = axum::body::to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap();
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert!(
            problem["request_id"]
                .as_str()
                .is_some_and(|id| !id.is_empty())
        );
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|said| said.ends_with('.')),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn a_caller_that_goes_away_stops_the_statement() {
    let fake = Fake::with_permits(0);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let serving = tokio::spawn(axum::serve(listener, service(&fake)).into_future());
    let body = r#"{"ask":{"aggregate":{"metrics":["retail_spend"],"range":{"from":"2026-01-01","to":"2026-01-31"}}}}"#;
    let mut connection = TcpStream::connect(addr).await.unwrap();
    let request = format!(
        "POST {QUERY} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(request.as_bytes()).await.unwrap();
    let until = async |what: &dyn Fn() -> bool| {
        let waited = async {
            while !what() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waited)
            .await
            .unwrap();
    };
    until(&|| fake.asked() == 1).await;
    assert_eq!(fake.stopped(), 0);
    drop(connection);
    until(&|| fake.stopped() == 1).await;
    serving.abort();
}
