//! Deadlines, starts, turns, and statements that nobody waits for.

use marts::FailureKind;
use serde_json::json;

use super::fake::{Call, Fake, Told};
use super::*;
use crate::Condition;

/// More looks than any test takes.
fn forever(fake: &Fake, state: &'static str) {
    fake.lock().states = vec![state; 100_000].into();
}

async fn until(is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap();
}

#[tokio::test]
async fn what_takes_too_long_is_stopped_in_the_warehouse() {
    let fake = Fake::start().await;
    let warehouse = open(&fake).await;
    forever(&fake, "RUNNING");
    let mut slow = question();
    slow.deadline = Some(Duration::from_millis(60));
    let failure = rows_of(&warehouse, slow).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::TimedOut);
    until(|| fake.still_running() == 0).await;
    assert!(fake.count(Call::Cancel) >= 1);
}

#[tokio::test]
async fn what_is_dropped_is_stopped_wherever_it_was() {
    let fake = Fake::start().await;
    let warehouse = open(&fake).await;
    forever(&fake, "RUNNING");
    // Also with cancels that are refused or say nothing.
    fake.tell(Call::Cancel, [Told::Status(503, ""), Told::Json(json!({}))]);
    let asked = tokio::spawn({
        let warehouse = Arc::clone(&warehouse);
        async move { warehouse.run(question()).await.map(|_| ()) }
    });
    until(|| fake.count(Call::Poll) > 2).await;
    asked.abort();
    until(|| fake.still_running() == 0).await;

    // Before its id is known.
    let before = fake.lock().submitted.len();
    let asked = tokio::spawn({
        let warehouse = Arc::clone(&warehouse);
        async move { warehouse.run(question()).await.map(|_| ()) }
    });
    until(|| fake.lock().submitted.len() > before).await;
    asked.abort();
    until(|| fake.still_running() == 0).await;
}

#[tokio::test]
async fn a_start_has_a_deadline_of_its_own() {
    let fake = Fake::start().await;
    let warehouse = open(&fake).await;
    fake.lock().warehouse_state = "STARTING";
    forever(&fake, "PENDING");
    let mut impatient = question();
    impatient.deadline = Some(Duration::from_millis(500));
    let asked = tokio::spawn({
        let warehouse = Arc::clone(&warehouse);
        async move { rows_of(&warehouse, impatient).await }
    });
    // Several times the deadline.
    until(|| fake.count(Call::Poll) > 200).await;
    assert!(!asked.is_finished());
    let conditions = warehouse.conditions().watch();
    assert_eq!(conditions.borrow().condition(), Condition::Starting);
    for asked in fake.lock().running.values_mut() {
        asked.begin();
    }
    assert_ids(&asked.await.unwrap().unwrap().0, 10);
    assert_eq!(conditions.borrow().condition(), Condition::Ready);
}

#[tokio::test]
async fn a_warehouse_that_does_not_start_is_told() {
    let fake = Fake::start().await;
    let mut options = options(&fake);
    options.start_deadline = Duration::from_millis(200);
    let warehouse = open_with(options).await;
    fake.lock().warehouse_state = "STARTING";
    forever(&fake, "PENDING");
    let failure = rows_of(&warehouse, question()).await.unwrap_err();
    assert!(failure.message.contains("still starting"), "{failure:?}");
    until(|| fake.still_running() == 0).await;
}

#[tokio::test]
async fn a_warehouse_deleted_meanwhile_is_told() {
    let fake = Fake::start().await;
    let warehouse = open(&fake).await;
    fake.lock().warehouse_state = "DELETED";
    forever(&fake, "PENDING");
    let failure = rows_of(&warehouse, question()).await.unwrap_err();
    assert!(failure.message.contains("deleted"), "{failure:?}");

    let fake = Fake::start().await;
    let warehouse = open(&fake).await;
    fake.tell(
        Call::Poll,
        [Told::Status(
            404,
            "{\"message\":\"warehouse abc123 was deleted\"}",
        )],
    );
    let failure = rows_of(&warehouse, question()).await.unwrap_err();
    assert!(failure.message.contains("deleted"), "{failure:?}");
}

#[tokio::test]
async fn no_more_run_at_once_than_are_allowed() {
    let fake = Fake::start().await;
    let mut options = options(&fake);
    options.statements_at_once = 4;
    let warehouse = open_with(options).await;
    rows_of(&warehouse, question()).await.unwrap();
    forever(&fake, "RUNNING");
    let asked: Vec<_> = (0..40)
        .map(|_| {
            let warehouse = Arc::clone(&warehouse);
            tokio::spawn(async move { rows_of(&warehouse, question()).await })
        })
        .collect();
    until(|| fake.still_running() == 4).await;
    let mut impatient = question();
    impatient.wait = Some(Duration::from_millis(20));
    let failure = rows_of(&warehouse, impatient).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Busy);
    assert_eq!(fake.still_running(), 4);
    fake.lock().states.clear();
    for asked in fake.lock().running.values_mut() {
        asked.begin();
    }
    for answer in asked {
        assert_ids(&answer.await.unwrap().unwrap().0, 10);
    }
    assert_eq!(fake.still_running(), 0);
}
