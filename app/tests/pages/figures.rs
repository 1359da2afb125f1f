//! Figures as they come: each panel on its own, all of one release, with their drawings or with a sentence.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use futures::StreamExt;
use http::StatusCode;
use leptos::prelude::Owner;
use tokio::sync::Semaphore;

use crate::memory::Memory;
use crate::service::{call, respond};

#[tokio::test]
async fn a_slow_panel_holds_up_no_other() {
    let gate = Arc::new(Semaphore::new(0));
    let memory = Memory {
        gate: Some(Arc::clone(&gate)),
        ..Memory::default()
    };
    let response = respond(memory, "/slow", "").await;
    let mut body = response.into_body().into_data_stream();
    let mut html = String::new();
    let whole = "(+14.9%)";
    while !html.contains(whole) {
        html.push_str(std::str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap());
    }
    assert!(html.contains("Panel slow"), "its frame is there: {html}");
    assert!(!html.contains("<table"), "and its figures are not: {html}");
    gate.add_permits(1);
    while let Some(chunk) = body.next().await {
        html.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
    }
    assert!(html.contains("<table"), "{html}");
}

#[tokio::test]
async fn figures_of_two_releases_are_never_mixed() {
    let arguments = "dashboard=purchases&panel=totals&query=";
    let memory = Memory {
        swaps: AtomicUsize::new(1),
        ..Memory::default()
    };
    let (status, answer) = call(memory, "panel_view", arguments).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        answer.contains("r-2017") && !answer.contains("r-2018"),
        "{answer}"
    );

    let memory = Memory {
        swaps: AtomicUsize::new(usize::MAX),
        ..Memory::default()
    };
    let (status, answer) = call(memory, "panel_view", arguments).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.contains("Try again to see them."), "{answer}");
}

#[tokio::test]
async fn an_answer_to_the_browser_carries_the_drawing() {
    let (status, answer) = call(
        Memory::default(),
        "panel_view",
        "dashboard=purchases&panel=trend&query=",
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer.matches("drawn trend").count(), 1, "{answer}");
}

#[tokio::test]
async fn a_failure_has_its_status_a_sentence_and_the_request() {
    for (panel, expected, sentence) in [
        (
            "dashboard=purchases&panel=broken&query=",
            503,
            "The figures are being rebuilt.",
        ),
        ("dashboard=purchases&panel=gone&query=", 404, "has no panel"),
        (
            "dashboard=gone&panel=totals&query=",
            404,
            "There is no dashboard",
        ),
        (
            "dashboard=mistaken&panel=totals&query=",
            500,
            "line 7: expected `title`",
        ),
        ("nonsense", 400, "lacks something"),
    ] {
        let (status, answer) = call(Memory::default(), "panel_view", panel).await;
        assert_eq!(status.as_u16(), expected, "{panel}: {answer}");
        assert!(answer.contains(sentence), "{panel}: {answer}");
        assert!(!answer.contains("secret"), "{panel}: {answer}");
        assert!(answer.contains("req-42"), "{panel}: {answer}");
    }
}

#[tokio::test]
async fn a_filter_offers_values_that_are_kept_or_left_out_beside_what_is_chosen() {
    let (status, answer) = call(
        Memory::default(),
        "found_values",
        "dashboard=purchases&param=department&search=&query=department%3DDAIRY",
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    let html: String = serde_json::from_str(&answer).unwrap();
    for part in [
        r#"href="/purchases?department=DAIRY,GROCERY+%26+MORE""#,
        r#"href="/purchases?department=!GROCERY+%26+MORE""#,
        r#"class="value-row is-selected""#,
        "Leave out GROCERY &amp; MORE",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    let (status, _) = call(
        Memory::default(),
        "found_values",
        "dashboard=purchases&param=shoe&search=&query=",
    )
    .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[test]
fn without_a_row_policy_nothing_is_shown() {
    let refused = Owner::new().with(|| app::Session::current().err());
    assert!(refused.is_some_and(|error| error.message().contains("nothing is shown")));
}
