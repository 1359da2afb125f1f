//! One suite over every engine that stands in this build.

use workspace_tests::conformance::{DuckDbFixture, run_all};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn duckdb_conforms() {
    run_all(async || {
        DuckDbFixture::new().unwrap_or_else(|failure| panic!("{failure}: {}", failure.detail))
    })
    .await;
}
