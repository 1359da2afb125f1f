#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::Read;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use futures::StreamExt;
use tower::ServiceExt;

use super::*;

fn service(routes: Router, bounds: &Limits) -> Router {
    around(routes, Hosts::new(true, &[]), bounds)
}

fn get_request(path: &str) -> axum::http::request::Builder {
    Request::get(path).header("host", "localhost:3000")
}

async fn text(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn a_panic_is_an_error_with_a_request_id_and_all_headers() {
    async fn broken() -> &'static str {
        panic!("a secret of the inside")
    }
    let routes = Router::new().route("/broken", get(broken));
    let request = get_request("/broken")
        .header("x-request-id", "find-me")
        .body(Body::empty())
        .unwrap();
    let response = service(routes, &Limits::default())
        .oneshot(request)
        .await
        .unwrap();

    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(response.headers()["x-request-id"], "find-me");
    assert_eq!(response.headers()["x-frame-options"], "DENY");
    let body = text(response).await;
    assert!(
        body.contains("find-me") && !body.contains("secret"),
        "{body}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_takes_too_long_is_given_up() {
    async fn never() -> &'static str {
        std::future::pending().await
    }
    let routes = Router::new().route("/api/slow", get(never));
    let request = get_request("/api/slow").body(Body::empty()).unwrap();
    let response = service(routes, &Limits::default())
        .oneshot(request)
        .await
        .unwrap();

    assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let body: serde_json::Value = serde_json::from_str(&text(response).await).unwrap();
    assert!(
        body["detail"].as_str().is_some_and(|d| d.contains("30 s"))
            && body["request_id"].is_string(),
        "{body}"
    );
}

#[tokio::test]
async fn urls_of_eight_kilobytes_are_read_and_of_twenty_refused() {
    let routes = Router::new().route("/", get(async || "read"));
    let bounds = Limits::default();
    for (bytes, status) in [(8_500, StatusCode::OK), (20_000, StatusCode::URI_TOO_LONG)] {
        let request = get_request(&format!("/?state={}", "x".repeat(bytes)))
            .body(Body::empty())
            .unwrap();
        assert_eq!(
            service(routes.clone(), &bounds)
                .oneshot(request)
                .await
                .unwrap()
                .status(),
            status
        );
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_with_or_without_a_length() {
    let routes = Router::new().route("/", axum::routing::post(async |_: Bytes| "read"));
    let bounds = Limits {
        body_bytes: 1_000,
        ..Limits::default()
    };
    let big = vec![b'x'; 2_000];
    let announced = Request::post("/")
        .header("host", "localhost")
        .header("content-length", "2000")
        .body(Body::from(big.clone()))
        .unwrap();
    let chunks = futures::stream::iter(
        big.chunks(100)
            .map(|c| Ok::<_, std::io::Error>(Bytes::copy_from_slice(c)))
            .collect::<Vec<_>>(),
    );
    let unannounced = Request::post("/")
        .header("host", "localhost")
        .body(Body::from_stream(chunks))
        .unwrap();
    for request in [announced, unannounced] {
        let response = service(routes.clone(), &bounds)
            .oneshot(request)
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
}

#[tokio::test]
async fn compression_sends_each_piece_of_a_streamed_page_at_once() {
    let (pieces, stream) =
        futures::channel::mpsc::unbounded::<Result<&'static str, std::io::Error>>();
    let stream = Arc::new(std::sync::Mutex::new(Some(stream)));
    let page = move || {
        let body = Body::from_stream(stream.lock().unwrap().take().unwrap());
        async move { ([("content-type", "text/html")], body) }
    };
    let routes = Router::new().route("/", get(page));
    let request = get_request("/")
        .header("accept-encoding", "gzip")
        .body(Body::empty())
        .unwrap();
    pieces.unbounded_send(Ok("<h1>Purchases</h1>")).unwrap();
    let response = service(routes, &Limits::default())
        .oneshot(request)
        .await
        .unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");

    // The page is not finished: what has been sent so far has to be readable all the same.
    let mut body = response.into_body().into_data_stream();
    let mut sent = Vec::new();
    let mut readable = String::new();
    while !readable.contains("Purchases") {
        let piece = tokio::time::timeout(Duration::from_secs(5), body.next()).await;
        sent.extend_from_slice(&piece.unwrap().unwrap().unwrap());
        readable.clear();
        // Ends in an error, for the stream is cut here; what came before it is what a browser has.
        let _cut = flate2::read::GzDecoder::new(sent.as_slice()).read_to_string(&mut readable);
    }
    pieces.unbounded_send(Ok("<p>and the rest</p>")).unwrap();
    drop(pieces);
    while let Some(piece) = body.next().await {
        sent.extend_from_slice(&piece.unwrap());
    }
    readable.clear();
    flate2::read::GzDecoder::new(sent.as_slice())
        .read_to_string(&mut readable)
        .unwrap();
    assert_eq!(readable, "<h1>Purchases</h1><p>and the rest</p>");
}

#[tokio::test]
async fn a_host_name_that_is_not_ours_is_refused() {
    let routes = Router::new().route("/", get(async || "figures"));
    let asked = |host: &'static str| {
        let routes = service(routes.clone(), &Limits::default());
        async move {
            routes
                .oneshot(
                    Request::get("/")
                        .header("host", host)
                        .body(Body::empty())
                        .unwrap(),
                )
                .await
                .unwrap()
        }
    };
    assert_eq!(asked("localhost:3000").await.status(), StatusCode::OK);
    let refused = asked("rebound.example").await;
    assert_eq!(refused.status(), StatusCode::MISDIRECTED_REQUEST);
    assert!(!text(refused).await.contains("figures"));
}
