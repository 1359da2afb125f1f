//! Calls that fail: repeated where that is safe, told in a sentence where it is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Decimal128Type, Float64Type, TimestampMicrosecondType};
use marts::{FailureKind, Param};
use serde_json::json;
use tokio::io::AsyncReadExt;

use super::fake::{Call, Fake, Told};
use super::*;

#[tokio::test]
async fn rows_are_the_same_in_all_three_ways() {
    let mut shown = Vec::new();
    for (links, inline_arrow) in [(true, true), (false, true), (false, false)] {
        let fake = Fake::start().await;
        fake.lock().ways = super::fake::Ways {
            links,
            inline_arrow,
        };
        let warehouse = open(&fake).await;
        let (batches, truncated) = rows_of(&warehouse, question()).await.unwrap();
        assert_ids(&batches, 10);
        assert!(!truncated);
        assert_eq!(fake.count(Call::Submit), 1, "what is refused is remembered");
        let first = &batches[0];
        let prices = first.column(2).as_primitive::<Decimal128Type>();
        assert_eq!((prices.value(3), prices.scale()), (3, 2));
        let moments = first.column(3).as_primitive::<TimestampMicrosecondType>();
        assert_eq!(
            (moments.value(0), moments.timezone()),
            (1_767_323_045_123_000, None)
        );
        assert!(
            first
                .column(5)
                .as_primitive::<Float64Type>()
                .value(0)
                .is_nan()
        );
        assert!(first.column(1).is_null(2));
        shown.push(format!("{batches:?}"));
    }
    assert_eq!(shown[0], shown[1]);
    assert_eq!(shown[0], shown[2]);
}

#[tokio::test]
async fn an_empty_answer_keeps_its_columns() {
    let fake = Fake::start().await;
    let warehouse = open(&fake).await;
    fake.set_rows(0);
    let answer = warehouse.run(question()).await.unwrap();
    assert_eq!(answer.schema.fields().len(), 7);
    assert_eq!(count(&answer.collect().await.unwrap().0), 0);
}

#[tokio::test]
async fn values_names_tags_and_the_release_go_along() {
    let fake = Fake::start().await;
    let warehouse = open(&fake).await;
    let mut statement = Statement::new("SELECT :a, ':not' FROM t WHERE x = :b AND :c AND :d");
    statement.params = vec![
        ("a".into(), Param::Text("it's :b".into())),
        ("b".into(), Param::Int(7)),
        ("c".into(), Param::Bool(true)),
        ("d".into(), Param::Null),
    ];
    statement.tags = vec![("panel".into(), "spend".into())];
    statement.row_cap = Some(6);
    statement.release = Some(marts::ReleaseId("r1".into()));
    let (batches, truncated) = rows_of(&warehouse, statement).await.unwrap();
    assert_ids(&batches, 6);
    assert!(truncated);
    let sent = fake.lock().submitted[0].clone();
    assert_eq!(sent["schema"], "gold_r1");
    assert_eq!(sent["row_limit"], 6);
    assert_eq!(
        sent["query_tags"],
        json!([{"key": "panel", "value": "spend"}])
    );
    assert_eq!(
        sent["parameters"],
        json!([
            {"name": "a", "value": "it's :b", "type": "STRING"},
            {"name": "b", "value": "7", "type": "BIGINT"},
            {"name": "c", "value": "true", "type": "BOOLEAN"},
            {"name": "d", "type": "STRING"},
        ])
    );
    let unfit = rows_of(&warehouse, Statement::new("SELECT :a"))
        .await
        .unwrap_err();
    assert_eq!(unfit.kind, FailureKind::BadRequest);
}

#[tokio::test]
async fn what_the_warehouse_cut_says_so() {
    let fake = Fake::start().await;
    let warehouse = open(&fake).await;
    fake.lock().alter = Some(|reply| reply["manifest"]["truncated"] = json!(true));
    assert!(rows_of(&warehouse, question()).await.unwrap().1);
}

#[tokio::test]
async fn passing_faults_are_outlived_without_a_second_statement() {
    for (call, told) in [
        (Call::Submit, Told::Status(429, "{}")),
        (Call::Submit, Told::Wait(429)),
        (Call::Submit, Told::Status(503, "<html>")),
        (Call::Submit, Told::Wait(503)),
        (Call::Poll, Told::Status(429, "{}")),
        (Call::Poll, Told::Status(502, "<html>")),
        (Call::Poll, Told::Status(500, "{\"error_code\":500}")),
        (Call::Poll, Told::Stall),
        (Call::Poll, Told::Break),
        (Call::Chunk, Told::Status(503, "")),
        (Call::Chunk, Told::Break),
        (Call::Chunk, Told::Half),
        (Call::Link, Told::Status(403, "expired")),
        (Call::Link, Told::Status(503, "slow down")),
        (Call::Link, Told::Stall),
        (Call::Link, Told::Break),
        (Call::Link, Told::Half),
    ] {
        let fake = Fake::start().await;
        let warehouse = open(&fake).await;
        fake.tell(call, [told.clone(), Told::Pass, told.clone()]);
        let answer = rows_of(&warehouse, question()).await;
        let (batches, _) = answer.unwrap_or_else(|e| panic!("{call:?} {told:?}: {e:?}"));
        assert_ids(&batches, 10);
        assert_eq!(fake.lock().submitted.len(), 1, "{call:?} {told:?}");
        assert_eq!(fake.still_running(), 0);
    }
}

#[tokio::test]
async fn what_stays_wrong_is_told_with_what_to_do() {
    let missing = "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"SQL warehouse abc123 does not exist\"}";
    for (told, kind, says) in [
        (Told::Status(429, "{}"), FailureKind::Busy, "wait"),
        (Told::Status(503, ""), FailureKind::Unavailable, "warehouse"),
        (
            Told::Status(404, missing),
            FailureKind::Unavailable,
            "no SQL warehouse abc123",
        ),
        (
            Told::Status(404, "<html>"),
            FailureKind::Unavailable,
            "host",
        ),
        (Told::Status(302, ""), FailureKind::Unavailable, "host"),
        (
            Told::Status(403, "{\"error_code\":403,\"message\":\"no\"}"),
            FailureKind::Unavailable,
            "Can use",
        ),
        (
            Told::Status(403, "{\"message\":\"Invalid access token.\"}"),
            FailureKind::Unavailable,
            "credentials",
        ),
        (
            Told::Status(400, "{\"error_code\":\"BAD\",\"message\":\"too long\"}"),
            FailureKind::BadRequest,
            "refused",
        ),
        (
            Told::Json(json!("<html>")),
            FailureKind::Unavailable,
            "host",
        ),
    ] {
        let fake = Fake::start().await;
        let warehouse = open(&fake).await;
        fake.tell(Call::Submit, vec![told.clone(); 10]);
        let failure = rows_of(&warehouse, question()).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{told:?}: {failure:?}");
        assert!(
            failure.message.contains(says),
            "{told:?}: {}",
            failure.message
        );
        assert_eq!(fake.lock().submitted.len(), 0);
    }
}

#[tokio::test]
async fn a_statement_that_may_have_begun_is_not_submitted_twice() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let accepted = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&accepted);
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            let mut read = [0; 64];
            let _request = socket.read(&mut read).await;
        }
    });
    let fake = Fake::start().await;
    let mut options = options(&fake);
    options.host = url;
    let warehouse = DatabricksWarehouse::new(options).unwrap();
    let failure = warehouse.refresh().await.unwrap_err();
    assert!(failure.message.contains("broke"), "{failure:?}");
    assert_eq!(accepted.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn nobody_there_is_a_wrong_host() {
    let fake = Fake::start().await;
    let mut options = options(&fake);
    options.host = "http://127.0.0.1:1".to_owned();
    let warehouse = DatabricksWarehouse::new(options.clone()).unwrap();
    let failure = warehouse.refresh().await.unwrap_err();
    assert!(failure.message.contains("Check host"), "{failure:?}");
    for host in ["http://example.org", "https://u:p@x", "x/sql?a", "a b", ""] {
        options.host = host.to_owned();
        let failure = DatabricksWarehouse::new(options.clone()).unwrap_err();
        assert!(failure.message.contains("host"), "{failure:?}");
    }
}

#[tokio::test]
async fn a_statement_that_failed_says_why() {
    for (status, kind, says) in [
        (
            json!({"state": "FAILED", "error": {"error_code": "BAD_REQUEST", "message": "[PARSE_SYNTAX_ERROR] at x. SQLSTATE: 42601"}}),
            FailureKind::BadRequest,
            "refused",
        ),
        (
            json!({"state": "FAILED", "sql_state": "42501", "error": {"error_code": 403, "message": "[INSUFFICIENT_PERMISSIONS] User does not have SELECT on Table `main`.`r2`.`fct_purchase`."}}),
            FailureKind::NotAllowed,
            "main.r2.fct_purchase",
        ),
        (
            json!({"state": "FAILED", "error": {"message": "[TABLE_OR_VIEW_NOT_FOUND] The table or view `fct_x` cannot be found."}}),
            FailureKind::BadRequest,
            "no such table",
        ),
        (
            json!({"state": "FAILED", "error": {"error_code": "BAD_REQUEST", "message": "Inline byte limit exceeded"}}),
            FailureKind::Unavailable,
            "too large",
        ),
        (
            json!({"state": "FAILED", "error": {"error_code": "NOT_FOUND", "message": "warehouse deleted"}}),
            FailureKind::Unavailable,
            "deleted",
        ),
        (
            json!({"state": "FAILED"}),
            FailureKind::Unavailable,
            "failed",
        ),
        (
            json!({"state": "CANCELED"}),
            FailureKind::Unavailable,
            "stopped",
        ),
        (
            json!({"state": "CLOSED", "bare": true}),
            FailureKind::Unavailable,
            "closed",
        ),
    ] {
        let fake = Fake::start().await;
        let warehouse = open(&fake).await;
        fake.lock().last_state = status.clone();
        let failure = rows_of(&warehouse, question()).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{status}: {failure:?}");
        assert!(
            failure.message.contains(says),
            "{status}: {}",
            failure.message
        );
    }
    let fake = Fake::start().await;
    let warehouse = open(&fake).await;
    fake.lock().last_state = json!({"state": "CLOSED"});
    assert_ids(&rows_of(&warehouse, question()).await.unwrap().0, 10);
}
