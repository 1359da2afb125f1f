//! Every fault that a call can meet, injected: the right answer, or a sentence that says what to do; nothing runs twice and
//! nothing runs on.

use marts::FailureKind;
use serde_json::{Value, json};

use super::stage::{Stage, ask};

fn fault(name: &str, on: &str) -> Value {
    json!({ "fault": name, "on": on })
}

fn again(name: &str, on: &str, seconds: f64) -> Value {
    json!({ "fault": name, "on": on, "retry_after": seconds })
}

fn lasting(name: &str, on: &str, seconds: f64) -> Value {
    json!({ "fault": name, "on": on, "seconds": seconds })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passing_faults_are_outlived() {
    let stage = Stage::new().await;
    let engine = stage.engine(stage.options()).await;
    let mut faults = vec![
        fault("429", "submit"),
        again("429", "submit", 0.2),
        fault("503", "submit"),
        again("503", "submit", 0.2),
        lasting("slow", "submit", 0.3),
        lasting("lag", "submit", 0.4),
        fault("closed", "submit"),
        fault("expired", "link"),
        again("503", "link", 0.2),
        again("429", "poll", 0.2),
    ];
    for on in ["poll", "chunk", "link"] {
        for name in [
            "429",
            "503",
            "502",
            "500",
            "reset",
            "reset_after_handling",
            "stall",
            "silence",
            "truncated",
            "cut",
            "garbage",
        ] {
            faults.push(fault(name, on));
        }
    }
    for fault in faults {
        stage.fresh().await;
        stage.arm(fault.clone()).await;
        let answered = ask(&engine).await;
        answered.unwrap_or_else(|failure| panic!("{fault}: {failure:?}"));
        let name = fault["fault"].as_str().unwrap();
        assert_eq!(stage.struck(name).await, 1, "{fault}");
        let counts = stage.settled().await;
        assert_eq!(counts.submitted, 1, "{fault}: {counts:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_outlived_is_told() {
    let stage = Stage::new().await;
    let engine = stage.engine(stage.options()).await;
    let lasts = |name: &str, on: &str| json!({ "fault": name, "on": on, "times": null });
    let down = FailureKind::Unavailable;
    for (fault, submitted, kind, says) in [
        // Nothing is known of the statement's end, so it is not submitted again.
        (fault("reset", "submit"), 0, down, "broke"),
        (fault("reset_after_handling", "submit"), 1, down, "broke"),
        (fault("stall", "submit"), 1, down, "broke"),
        (fault("silence", "submit"), 0, down, "broke"),
        (fault("truncated", "submit"), 1, down, "broke"),
        (
            fault("garbage", "submit"),
            1,
            down,
            "does not answer as a Databricks workspace",
        ),
        (fault("502", "submit"), 0, down, "Try again"),
        (fault("401", "submit"), 0, down, "credentials"),
        (fault("403", "submit"), 0, down, "Can use"),
        (fault("404", "submit"), 0, down, "warehouse_id"),
        (fault("401", "poll"), 1, down, "credentials"),
        (
            fault("wrong_row_count", "submit"),
            1,
            down,
            "other rows than it announced",
        ),
        (
            fault("duplicate_chunk", "submit"),
            1,
            down,
            "other rows than it announced",
        ),
        (fault("missing_chunk", "submit"), 1, down, "Ask again"),
        (
            fault("closed_empty", "submit"),
            1,
            down,
            "closed this question",
        ),
        (fault("lost", "submit"), 1, down, "Ask again"),
        (again("503", "submit", 60.0), 0, down, "in a minute"),
        (
            again("429", "submit", 60.0),
            0,
            FailureKind::Busy,
            "in a few seconds",
        ),
        (lasts("503", "submit"), 0, down, "in a minute"),
        (
            lasts("429", "submit"),
            0,
            FailureKind::Busy,
            "in a few seconds",
        ),
        (lasts("502", "poll"), 1, down, "Try again"),
        (lasts("reset", "chunk"), 1, down, "broke"),
        (lasts("expired", "link"), 1, down, "storage"),
        (lasts("cut", "link"), 1, down, "damaged"),
        (fault("warehouse_deleted", "submit"), 1, down, "deleted"),
    ] {
        stage.fresh().await;
        stage.arm(fault.clone()).await;
        let Err(failure) = ask(&engine).await else {
            panic!("{fault} was outlived");
        };
        assert_eq!(failure.kind, kind, "{fault}: {failure:?}");
        assert!(failure.message.contains(says), "{fault}: {failure:?}");
        let counts = stage.settled().await;
        assert_eq!(counts.submitted, submitted, "{fault}: {counts:?}");
        stage.fresh().await;
        ask(&engine).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_warehouse_that_takes_less_is_asked_for_less() {
    let stage = Stage::new().await;
    let engine = stage.engine(stage.options()).await;
    stage.arm(fault("disposition_refused", "submit")).await;
    ask(&engine).await.unwrap();
    assert_eq!(stage.settled().await.submitted, 1);
    for refused in [
        json!(["INLINE+ARROW_STREAM", "INLINE+JSON_ARRAY"]),
        json!(["INLINE+JSON_ARRAY"]),
    ] {
        let engine = stage.engine(stage.options()).await;
        stage.set(json!({ "dispositions": refused })).await;
        ask(&engine).await.unwrap();
        ask(&engine).await.unwrap();
    }
}
