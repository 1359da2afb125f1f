//! The pointer on the warehouse, and what a release has.

use marts::{FailureKind, ReleaseId};

use super::fake::{Call, Fake};
use super::*;
use crate::Refreshed;

#[tokio::test]
async fn the_current_release_is_followed_and_others_can_be_named() {
    let fake = Fake::start().await;
    let warehouse = open(&fake).await;
    let mut changes = warehouse.changes();
    assert_eq!(changes.borrow_and_update().as_ref().unwrap().id.0, "r2");
    let names: Vec<String> = warehouse
        .releases()
        .await
        .unwrap()
        .into_iter()
        .map(|r| r.id.0)
        .collect();
    assert_eq!(names, ["r2", "r3", "r1"]);
    let older = ReleaseId("r1".into());
    let info = warehouse.release_named(Some(&older)).await.unwrap();
    assert_eq!(
        (info.id.0.as_str(), info.zone.as_str()),
        ("r1", "America/New_York")
    );
    assert_eq!(info.observed.unwrap().1.to_string(), "2026-03-31");
    let failure = warehouse
        .release_named(Some(&ReleaseId("r9".into())))
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);

    assert_eq!(warehouse.refresh().await.unwrap(), Refreshed::Unchanged);
    assert!(!changes.has_changed().unwrap());
    fake.lock().current = "r3";
    assert_eq!(
        warehouse.refresh().await.unwrap(),
        Refreshed::Now(ReleaseId("r3".into()))
    );
    assert_eq!(changes.borrow_and_update().as_ref().unwrap().id.0, "r3");
    fake.lock().current = "none";
    assert!(
        warehouse
            .refresh()
            .await
            .unwrap_err()
            .message
            .contains("served on")
    );
    assert_eq!(warehouse.release().await.unwrap().id.0, "r3");
}

#[tokio::test]
async fn without_a_release_questions_say_so() {
    let fake = Fake::start().await;
    fake.lock().current = "none";
    let warehouse = DatabricksWarehouse::new(options(&fake)).unwrap();
    assert_eq!(
        warehouse.refresh().await.unwrap(),
        Refreshed::NothingPublished
    );
    let failure = rows_of(&warehouse, question()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
    assert!(failure.message.contains("Push one"));
}

#[tokio::test]
async fn a_warehouse_that_nobody_asks_is_not_kept_awake() {
    let fake = Fake::start().await;
    let warehouse = open(&fake).await;
    let session = &warehouse.session_for_tests();
    let pointer = warehouse.pointer_for_tests();
    pointer.refresh_if_asked(session).await.unwrap();
    fake.forget_calls();
    pointer.refresh_if_asked(session).await.unwrap();
    // A probe asks for the releases, again and again.
    warehouse.releases().await.unwrap();
    pointer.refresh_if_asked(session).await.unwrap();
    assert_eq!(fake.count(Call::Submit), 0);
    assert!(warehouse.capabilities().sleeps);
    warehouse.release().await.unwrap();
    pointer.refresh_if_asked(session).await.unwrap();
    assert_eq!(fake.count(Call::Submit), 1);
}

#[tokio::test]
async fn tables_and_their_columns_are_told() {
    let fake = Fake::start().await;
    let warehouse = open(&fake).await;
    assert!(
        warehouse
            .relations(None)
            .await
            .unwrap()
            .contains("fct_purchase")
    );
    warehouse.relations(None).await.unwrap();
    assert_eq!(
        fake.count(Call::Submit),
        1,
        "a release's tables do not change"
    );
    let columns = warehouse.describe("FCT_purchase").await.unwrap();
    assert_eq!(columns.len(), 1);
    assert_eq!(columns[0].sql_type, "decimal(18,2)");
    assert_eq!(
        warehouse.describe("x").await.unwrap_err().kind,
        FailureKind::NotFound
    );
    for records in [
        warehouse.describe("ops.runs").await.unwrap_err(),
        rows_of(&warehouse, Statement::new("SELECT 1 FROM ops.runs"))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(records.kind, FailureKind::NotFound);
        assert!(records.message.contains("Records of runs"));
    }
}

#[tokio::test]
async fn a_session_in_another_zone_is_refused() {
    let fake = Fake::start().await;
    fake.lock().zone = "America/New_York";
    let warehouse = open_with(options(&fake)).await;
    let failure = rows_of(&warehouse, question()).await.unwrap_err();
    assert!(failure.message.contains("America/New_York"), "{failure:?}");
}
