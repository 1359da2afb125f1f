//! What befalls the warehouse, the workspace or the machine, and many who ask at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use marts::FailureKind;
use serde_json::json;
use warehouse::{Condition, DatabricksOptions, DatabricksWarehouse, Warehouse};

use super::stage::{Stage, ask, numbers, question};

/// Ten thousand million pairs.
const SLOW: &str = "SELECT count(*) AS n FROM numbers AS a CROSS JOIN numbers AS b WHERE (a.n * b.n + a.n) % 7 = 3";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_is_waited_for_beyond_the_deadline_and_not_for_ever() {
    let stage = Stage::new().await;
    let engine = stage.engine(stage.options()).await;
    let stopped = Some(json!({ "state": "STOPPED" }));
    stage.set(json!({ "cold_start_seconds": 4 })).await;
    stage
        .standin
        .control("warehouse", stopped.clone())
        .await
        .unwrap();
    assert!(!engine.is_warm().await);
    let mut impatient = question();
    impatient.deadline = Some(Duration::from_secs(2));
    let begun = Instant::now();
    let mut conditions = engine.conditions().watch();
    let told = async {
        for expected in [Condition::Starting, Condition::Ready] {
            let condition = conditions.wait_for(|known| known.condition() == expected);
            condition.await.unwrap();
        }
    };
    let (numbers, ()) = tokio::join!(numbers(&engine, impatient), told);
    let numbers = numbers.unwrap();
    assert!(numbers.len() > 1 && begun.elapsed() > Duration::from_secs(3));
    assert!(engine.is_warm().await);

    let options = DatabricksOptions {
        start_deadline: Duration::from_secs(2),
        ..stage.options()
    };
    let engine = stage.engine(options).await;
    stage.set(json!({ "cold_start_seconds": 300 })).await;
    stage.standin.control("warehouse", stopped).await.unwrap();
    let failure = ask(&engine).await.unwrap_err();
    assert!(failure.message.contains("still starting"), "{failure:?}");
    assert_eq!(stage.settled().await.cancelled, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_renewed_once_for_all_and_their_absence_is_told() {
    let stage = Stage::new().await;
    let engine = stage.engine(stage.by_principal()).await;
    stage
        .standin
        .control("expire-tokens", Some(json!({})))
        .await
        .unwrap();
    for answer in join_all((0..10).map(|_| ask(&engine))).await {
        answer.unwrap();
    }
    assert_eq!(stage.settled().await.tokens_given, 1);

    // In the middle of a statement.
    for on in ["poll", "chunk", "submit"] {
        stage.fresh().await;
        stage.arm(json!({ "fault": "401", "on": on })).await;
        ask(&engine).await.unwrap();
        let counts = stage.settled().await;
        assert_eq!((counts.submitted, counts.tokens_given), (1, 1), "{on}");
    }

    stage.fresh().await;
    stage
        .standin
        .control("expire-tokens", Some(json!({})))
        .await
        .unwrap();
    stage
        .arm(json!({ "fault": "503", "on": "token", "times": null }))
        .await;
    let failure = ask(&engine).await.unwrap_err();
    assert!(failure.message.contains("no tokens"), "{failure:?}");
    stage.fresh().await;
    ask(&engine).await.unwrap();

    let mut wrong = stage.by_principal();
    if let warehouse::Credentials::ServicePrincipal { client_secret, .. } = &mut wrong.credentials {
        *client_secret = warehouse::Secret::new("dose-of-nothing");
    }
    let failure = DatabricksWarehouse::new(wrong)
        .unwrap()
        .refresh()
        .await
        .unwrap_err();
    assert!(failure.message.contains("credentials"), "{failure:?}");
    stage.settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clocks_that_differ_and_links_that_live_shortly_cost_no_rows() {
    let stage = Stage::new().await;
    let engine = stage.engine(stage.options()).await;
    for (skew, link_seconds) in [(300, 900), (-300, 900), (-300, 200), (300, 61), (0, 5)] {
        stage.fresh().await;
        stage
            .set(json!({ "clock_skew_seconds": skew, "link_seconds": link_seconds }))
            .await;
        ask(&engine).await.unwrap();
        stage.settled().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_that_does_not_speak_tls_or_is_not_there_is_told() {
    let stage = Stage::new().await;
    let reached = &stage.standin.reached;
    for host in [
        reached.url.replace("http://", "https://"),
        "https://127.0.0.1:1".to_owned(),
        "https://no-such-workspace.invalid".to_owned(),
    ] {
        let options = DatabricksOptions {
            host: host.clone(),
            ..stage.options()
        };
        let engine = DatabricksWarehouse::new(options).unwrap();
        let failure = engine.refresh().await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unavailable, "{failure:?}");
        assert!(failure.message.contains("Check host"), "{failure:?}");
        assert!(failure.message.contains(&host), "{failure:?}");
    }
    let options = DatabricksOptions {
        warehouse_id: "0123456789abcdef".to_owned(),
        ..stage.options()
    };
    let engine = DatabricksWarehouse::new(options).unwrap();
    let failure = engine.refresh().await.unwrap_err();
    assert!(
        failure
            .message
            .contains("no SQL warehouse 0123456789abcdef"),
        "{failure:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_pages_at_once_keep_to_a_limit_of_four() {
    let stage = Stage::new().await;
    let options = DatabricksOptions {
        statements_at_once: 4,
        ..stage.options()
    };
    let engine = stage.engine(options).await;
    for answer in join_all((0..40).map(|_| ask(&engine))).await {
        answer.unwrap();
    }
    let counts = stage.settled().await;
    assert_eq!(counts.submitted, 40);
    assert!(counts.most_executing <= 4, "{counts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_waits_for_is_stopped_though_the_cancel_is_lost() {
    let stage = Stage::new().await;
    let engine = stage.engine(stage.options()).await;
    for fault in ["cancel_ignored", "503", "reset", "stall"] {
        stage.fresh().await;
        stage.arm(json!({ "fault": fault, "on": "cancel" })).await;
        let slow = Arc::clone(&engine);
        let asked = tokio::spawn(async move {
            let mut statement = question();
            statement.sql = SLOW.to_owned();
            numbers(&slow, statement).await
        });
        while stage.standin.counts().await.unwrap().executing == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        asked.abort();
        let counts = stage.settled().await;
        assert_eq!((counts.submitted, counts.cancelled), (1, 1), "{fault}");
    }
    // The same where the deadline comes.
    stage.fresh().await;
    let mut late = question();
    late.sql = SLOW.to_owned();
    late.deadline = Some(Duration::from_millis(500));
    let failure = numbers(&engine, late).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::TimedOut);
    assert_eq!(stage.settled().await.cancelled, 1);
}
