//! The connector against the stand-in: real Spark behind the statement API. One stand-in serves all tests, one test at a time.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod conformance;
mod faults;
mod log;
mod situations;
mod soak;
mod stage;

use std::sync::OnceLock;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard, OnceCell};
use workspace_tests::conformance::databricks;
use workspace_tests::standin::StandIn;

/// What the engine is given to end what nobody waits for.
const QUIET: Duration = Duration::from_secs(30);

/// The stand-in as at its start, for as long as the guard lives. It ends with this process.
async fn standin() -> (&'static StandIn, MutexGuard<'static, ()>) {
    static ALONE: Mutex<()> = Mutex::const_new(());
    static STARTED: OnceLock<StandIn> = OnceLock::new();
    static LOADED: OnceCell<()> = OnceCell::const_new();
    let alone = ALONE.lock().await;
    let standin = STARTED.get_or_init(|| StandIn::start().unwrap());
    standin.reset().await.unwrap();
    LOADED
        .get_or_init(|| async { databricks::load(standin).await.unwrap() })
        .await;
    standin.until_quiet(QUIET).await.unwrap();
    (standin, alone)
}
