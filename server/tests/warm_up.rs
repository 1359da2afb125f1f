//! What is kept before anyone asks. In a process of its own: figures about a service are those of its process, and another
//! service would add to them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod published;
mod served;

use std::time::Duration;

use reqwest::StatusCode;
use served::Service;

/// Of a default view, which is asked when a release opens.
const TOTALS: &str = "/api/v1/panels/explore/totals.csv";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_first_views_are_warm_and_what_was_answered_is_counted() {
    let service = Service::start().await;
    let metric = async |name: &str| {
        let text = service.get("/metrics").await.text().await.unwrap();
        let line = text
            .lines()
            .find(|line| line.starts_with(name))
            .map(str::to_owned);
        line.and_then(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    let warmed = async {
        // Done when nothing more is kept.
        let (mut kept, mut unchanged) = (0.0, 0);
        while kept < 5.0 || unchanged < 20 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let now = metric("carton_caps_cache_entries").await;
            unchanged = if now > kept { 0 } else { unchanged + 1 };
            kept = now;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), warmed)
        .await
        .unwrap();
    let hit = "carton_caps_cache_answers_total{outcome=\"hit\"}";
    let before = metric(hit).await;
    assert_eq!(service.get(TOTALS).await.status(), StatusCode::OK);
    assert!(metric(hit).await > before);
    assert!(metric("carton_caps_cache_bytes").await > 0.0);
    assert!(metric("carton_caps_cache_answers_total{outcome=\"miss\"}").await >= 5.0);
}
