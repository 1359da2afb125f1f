//! The suite that every engine passes.

use serde_json::json;
use workspace_tests::conformance::{DatabricksFixture, run_all, run_results};

use super::{QUIET, standin};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn databricks_conforms() {
    let (standin, _alone) = standin().await;
    run_all(async || DatabricksFixture::new(standin).await.unwrap()).await;
    let counts = standin.until_quiet(QUIET).await.unwrap();
    assert_eq!(counts.links.sent_authorization, 0);
}

/// A warehouse that gives no links, as some do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_within_replies_conform() {
    let (standin, _alone) = standin().await;
    let inline = json!({ "dispositions": ["INLINE+ARROW_STREAM", "INLINE+JSON_ARRAY"] });
    standin.control("settings", Some(inline)).await.unwrap();
    run_results(&async || DatabricksFixture::new(standin).await.unwrap()).await;
    standin.until_quiet(QUIET).await.unwrap();
}
