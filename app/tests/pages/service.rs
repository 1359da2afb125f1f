//! Requests to the app over a service from memory, and what comes back.

use std::sync::{Arc, Once};

use app::{Assets, RequestId, Session};
use axum::body::{Body, to_bytes};
use http::{Request, Response, StatusCode, header};
use leptos::nonce::Nonce;
use marts::RowPolicy;

use crate::memory::Memory;

fn session(memory: Memory) -> Session {
    static EXECUTOR: Once = Once::new();
    EXECUTOR.call_once(|| any_spawner::Executor::init_tokio().unwrap());
    Session {
        answer: Arc::new(memory),
        policy: RowPolicy::Unrestricted,
        request_id: RequestId("req-42".to_owned()),
        nonce: Some(Nonce::from_value("n0nce")),
    }
}

/// The response to a GET, its body not read yet.
pub async fn respond(memory: Memory, uri: &str, cookie: &str) -> Response<Body> {
    let assets = Assets {
        js: "/pkg/app.0123.js".to_owned(),
        wasm: "/pkg/app.0123.wasm".to_owned(),
        css: "/pkg/app.0123.css".to_owned(),
        image: "/pkg/panel-image.0123.js".to_owned(),
        font: String::new(),
    };
    let request = Request::get(uri)
        .header(header::COOKIE, cookie)
        .body(Body::empty())
        .unwrap();
    app::respond(session(memory), assets, request).await
}

/// Status and body of the page at `uri`.
pub async fn get(uri: &str) -> (StatusCode, String) {
    let response = respond(Memory::default(), uri, "").await;
    (response.status(), read(response).await)
}

/// What a browser gets from the server function `name`, given a form's `arguments`.
pub async fn call(memory: Memory, name: &str, arguments: &'static str) -> (StatusCode, String) {
    app::register_server_functions();
    let request = Request::post(format!("/api/fn/{name}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
        .body(Body::from(arguments))
        .unwrap();
    let response = app::call(session(memory), request).await;
    (response.status(), read(response).await)
}

/// The body, read on another thread than the page began on, as it may be under a real server.
pub async fn read(response: Response<Body>) -> String {
    let body = tokio::task::spawn_blocking(|| {
        futures::executor::block_on(to_bytes(response.into_body(), usize::MAX)).unwrap()
    });
    String::from_utf8(body.await.unwrap().to_vec()).unwrap()
}

/// The text between tags, scripts left out.
pub fn text(html: &str) -> String {
    let without_scripts: String = html
        .split("<script")
        .enumerate()
        .map(|(i, part)| {
            if i == 0 {
                part
            } else {
                part.split_once("</script>").map_or("", |(_, after)| after)
            }
        })
        .collect();
    let mut plain = String::new();
    for part in without_scripts.split('<') {
        plain.push('\n');
        plain.push_str(part.split_once('>').map_or(part, |(_, after)| after));
    }
    plain
}
