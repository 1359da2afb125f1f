//! What programs call, over HTTP, with a real release behind it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod published;
mod served;

use std::time::Duration;

use arrow::array::AsArray;
use arrow::datatypes::Decimal128Type;
use carton_caps::config::Limits;
use futures::StreamExt;
use reqwest::{Response, StatusCode};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use served::{Service, header};

const PRODUCTS: &str = "/api/v1/panels/purchases/products.csv";

fn by_state() -> Value {
    json!({ "aggregate": {
        "metrics": ["retail_spend"],
        "dimensions": ["user__state"],
        "range": { "from": "2026-04-01", "to": "2026-06-30" },
        "order": { "by": "user__state", "descending": false },
    }})
}

/// Spend of the same days, from the lines.
fn spend(state: &str) -> Decimal {
    let first = jiff::civil::date(2026, 4, 1);
    published::spend(&published::lines(), |line| {
        line.state() == state && line.on >= first
    })
}

async fn query(service: &Service, body: &Value, accept: &str) -> Response {
    let request = service
        .client
        .post(service.url("/api/v1/query"))
        .header("accept", accept)
        .json(body);
    request.send().await.unwrap()
}

async fn refused(service: &Service, body: &Value) -> (StatusCode, String) {
    let response = query(service, body, "application/json").await;
    let status = response.status();
    assert_eq!(
        header(&response, "content-type"),
        "application/problem+json"
    );
    let id = header(&response, "x-request-id").to_owned();
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["request_id"], id);
    (status, problem["detail"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_question_in_three_forms() {
    let service = Service::start().await;
    let body = json!({ "ask": by_state() });

    let response = query(&service, &body, "application/json").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header(&response, "x-carton-caps-release"), "r1");
    let answer: Value = response.json().await.unwrap();
    assert_eq!(
        (&answer["release"], &answer["zone"]),
        (&json!("r1"), &json!("America/New_York"))
    );
    assert_eq!(answer["columns"][1]["unit"], "usd");
    let states = ["KY", "OH", "PA"];
    let rows: Vec<Value> = states.map(|s| json!([s, spend(s).to_string()])).to_vec();
    assert_eq!(answer["rows"], json!(rows));
    assert_eq!(
        (&answer["truncated"], &answer["next"]),
        (&json!(false), &Value::Null)
    );

    let response = query(&service, &body, "text/csv").await;
    assert!(header(&response, "content-type").starts_with("text/csv"));
    let lines: Vec<String> = states.map(|s| format!("{s},{}\r\n", spend(s))).to_vec();
    let expected = format!("user__state,retail_spend\r\n{}", lines.concat());
    assert_eq!(response.text().await.unwrap(), expected);

    let response = query(&service, &body, "application/vnd.apache.arrow.stream").await;
    assert_eq!(
        header(&response, "content-type"),
        "application/vnd.apache.arrow.stream"
    );
    let bytes = response.bytes().await.unwrap();
    let mut reader = arrow_ipc::reader::StreamReader::try_new(bytes.as_ref(), None).unwrap();
    let batch = reader.next().unwrap().unwrap();
    assert_eq!(batch.column(0).as_string::<i32>().value(1), "OH");
    let money = batch.column(1).as_primitive::<Decimal128Type>();
    assert_eq!(money.value_as_string(1), spend("OH").to_string());

    let response = query(&service, &body, "image/png").await;
    assert_eq!(response.status(), StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_wrong_with_a_question_is_said() {
    let service = Service::start().await;
    let wrong = |change: &dyn Fn(&mut Value)| {
        let mut body = json!({ "ask": by_state() });
        change(&mut body);
        body
    };
    let plain = service
        .client
        .post(service.url("/api/v1/query"))
        .body(json!({ "ask": by_state() }).to_string());
    let response = plain.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let foreign = service
        .client
        .post(service.url("/api/v1/query"))
        .header("sec-fetch-site", "cross-site")
        .json(&json!({ "ask": by_state() }));
    assert_eq!(
        foreign.send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    // The last of these is not read to its end, which ends its connection: nothing may be sent on it after that.
    for (body, status, words) in [
        (
            wrong(&|b| b["ask"]["aggregate"]["metrics"][0] = json!("retail_spent")),
            StatusCode::BAD_REQUEST,
            "did you mean retail_spend",
        ),
        (
            wrong(&|b| b["ask"]["aggregate"]["dimensions"][0] = json!("user__stat")),
            StatusCode::BAD_REQUEST,
            "did you mean user__state",
        ),
        (
            wrong(&|b| b["ask"]["aggregate"]["dimension"] = json!([])),
            StatusCode::BAD_REQUEST,
            "did you mean dimensions",
        ),
        (
            wrong(&|b| b["ask"]["aggregate"]["range"]["from"] = json!("soon")),
            StatusCode::BAD_REQUEST,
            "could not be read",
        ),
        (
            wrong(&|b| b["release"] = json!("r0")),
            StatusCode::NOT_FOUND,
            "r1",
        ),
        (
            wrong(&|b| b["release"] = json!("../r1")),
            StatusCode::NOT_FOUND,
            "r1",
        ),
        (json!({}), StatusCode::BAD_REQUEST, "ask"),
        (
            json!({ "ask": { "values": { "dimension": "x".repeat(100_000), "limit": 1 } } }),
            StatusCode::PAYLOAD_TOO_LARGE,
            "larger than",
        ),
    ] {
        let (refused_with, said) = refused(&service, &body).await;
        assert_eq!(refused_with, status, "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_question_past_its_deadline_is_a_gateway_timeout() {
    let folder = tempfile::tempdir().unwrap();
    published::publish(&folder.path().join("data"), "r1", &published::lines());
    let limits = Limits {
        query_seconds: 0,
        ..Limits::default()
    };
    let service = Service::start_limited(folder, limits).await;
    let (status, said) = refused(&service, &json!({ "ask": by_state() })).await;
    assert_eq!(status, StatusCode::GATEWAY_TIMEOUT);
    assert!(said.ends_with('.') && said.contains(' '), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_catalogue_says_what_a_metric_can_be_asked_by() {
    let service = Service::start().await;
    let (status, catalogue) = service.get_json("/api/v1/catalogue").await;
    assert_eq!(status, StatusCode::OK);
    let metrics = catalogue["metrics"].as_array().unwrap();
    let named = |name: &str| metrics.iter().find(|m| m["name"] == name).unwrap();
    let spend = named("retail_spend");
    assert_eq!(
        (&spend["unit"], &spend["kind"]),
        (&json!("usd"), &json!("simple"))
    );
    assert!(
        spend["dimensions"]
            .as_array()
            .unwrap()
            .contains(&json!("user__state"))
    );
    assert_eq!(named("average_basket")["kind"], "ratio");
    for part in ["dimensions", "tables"] {
        assert!(!catalogue[part].as_array().unwrap().is_empty(), "{part}");
    }
    let (status, description) = service.get_json("/api/v1/openapi.json").await;
    assert_eq!(
        (status, &description["openapi"]),
        (StatusCode::OK, &json!("3.1.0"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_panel_is_a_file_under_the_pages_own_address() {
    let service = Service::start().await;
    let file = service
        .get(&format!(
            "{PRODUCTS}?from=2026-04-01&to=2026-06-30&state=OH&compare=none"
        ))
        .await;
    assert_eq!(file.status(), StatusCode::OK);
    let disposition = header(&file, "content-disposition");
    assert_eq!(
        disposition,
        "attachment; filename=\"purchases-products-2026-04-01-to-2026-06-30-r1.csv\""
    );
    let text = file.text().await.unwrap();
    let mut lines = text.split_terminator("\r\n");
    assert_eq!(
        lines.next(),
        Some("Product,Department,Retail spend,Receipts,Units")
    );
    let sum: Decimal = lines
        .map(|line| line.split(',').nth(2).unwrap().parse::<Decimal>().unwrap())
        .sum();
    assert_eq!(sum, spend("OH"));
    let headline = service
        .get("/api/v1/panels/purchases/headline.csv")
        .await
        .text()
        .await
        .unwrap();
    for heading in [
        "Retail spend,\"Retail spend, prior period\",Receipts,",
        ",Average basket,Average basket: Retail spend,Average basket: Receipts,",
    ] {
        assert!(headline.contains(heading), "{headline}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_older_release_is_asked_by_name_until_it_is_removed() {
    let service = Service::start().await;
    let data = service.folder.path().join("data");
    published::publish(&data, "r2", &published::lines()[..30]);
    service.until_ready_with("r2").await;
    let (_, listed) = service.get_json("/api/v1/releases").await;
    assert_eq!(listed["current"], "r2");
    let ids: Vec<&str> = listed["releases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["r2", "r1"]);

    let pinned = json!({ "ask": by_state(), "release": "r1" });
    let answer: Value = query(&service, &pinned, "*/*").await.json().await.unwrap();
    assert_eq!(
        (&answer["release"], &answer["rows"][1][1]),
        (&json!("r1"), &json!(spend("OH").to_string()))
    );
    let current = json!({ "ask": by_state() });
    let answer: Value = query(&service, &current, "*/*").await.json().await.unwrap();
    assert_eq!(
        (&answer["release"], &answer["rows"]),
        (&json!("r2"), &json!([]))
    );
    let page = service
        .get("/purchases?release=r1&view=static&range=all_time")
        .await;
    assert_eq!(page.status(), StatusCode::OK);

    // Records of runs are the same whichever release is named.
    let runs = json!({ "ask": { "rows": { "relation": "runs", "columns": ["run__status"], "limit": 5 } }, "release": "r1" });
    let answer: Value = query(&service, &runs, "*/*").await.json().await.unwrap();
    assert_eq!(
        (&answer["release"], &answer["rows"]),
        (&json!("r2"), &json!([]))
    );

    std::fs::remove_dir_all(data.join("releases/r1")).unwrap();
    let (status, said) = refused(&service, &pinned).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(said.contains("r2"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_release_is_announced_to_everyone_at_once_and_the_stream_ends_with_the_service() {
    let service = Service::start().await;
    let request = service
        .client
        .get(service.url("/api/v1/releases/stream"))
        .header("accept-encoding", "gzip, br");
    let stream = request.send().await.unwrap();
    assert_eq!(stream.status(), StatusCode::OK);
    assert_eq!(header(&stream, "content-type"), "text/event-stream");
    assert_eq!(
        header(&stream, "content-encoding"),
        "",
        "each event is sent at once"
    );
    let mut pieces = stream.bytes_stream();
    let mut heard = String::new();
    let mut until = async |words: &str| {
        let listening = async {
            while !heard.contains(words) {
                let piece = pieces.next().await.expect("the stream goes on").unwrap();
                heard.push_str(std::str::from_utf8(&piece).unwrap());
            }
        };
        tokio::time::timeout(Duration::from_secs(20), listening)
            .await
            .expect(words);
    };
    until("event: release").await;
    until(r#"data: {"business_date":"2026-06-30","id":"r1"}"#).await;
    published::publish(
        &service.folder.path().join("data"),
        "r2",
        &published::lines()[..30],
    );
    until(r#""id":"r2""#).await;

    let began = std::time::Instant::now();
    service.handle.stop().await;
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "an open stream does not hold the service up"
    );
    assert!(
        pieces
            .next()
            .await
            .is_none_or(|piece| piece.is_ok_and(|p| p.is_empty()))
    );
}
