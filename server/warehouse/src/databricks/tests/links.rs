//! Rows from links: fetched late, checked, and never with the bearer.

use serde_json::json;

use super::fake::{Call, Fake, Told};
use super::*;

#[tokio::test]
async fn many_chunks_come_in_order_a_few_at_a_time() {
    let fake = Fake::start().await;
    let warehouse = open(&fake).await;
    fake.set_rows(1000);
    let (batches, _) = rows_of(&warehouse, question()).await.unwrap();
    assert_ids(&batches, 1000);
    assert_eq!(fake.count(Call::Link), 250);
    assert_eq!(fake.lock().authorized_links, 0);
}

#[tokio::test]
async fn links_are_asked_for_when_there_is_room() {
    let fake = Fake::start().await;
    let warehouse = open(&fake).await;
    fake.set_rows(1000);
    let mut answer = warehouse.run(question()).await.unwrap();
    futures::StreamExt::next(&mut answer.stream)
        .await
        .unwrap()
        .unwrap();
    assert!(fake.count(Call::Link) <= 6, "{}", fake.count(Call::Link));
}

#[tokio::test]
async fn a_link_about_to_expire_is_asked_for_anew() {
    let fake = Fake::start().await;
    let warehouse = open(&fake).await;
    // As a clock that is wrong by minutes sees every link.
    fake.lock().expired_link_seconds = Some(-300);
    assert_ids(&rows_of(&warehouse, question()).await.unwrap().0, 10);
    assert_eq!(fake.count(Call::Chunk), 3, "each once, the first one too");
}

#[tokio::test]
async fn a_link_that_stays_refused_is_told_and_not_shown() {
    let fake = Fake::start().await;
    let warehouse = open(&fake).await;
    fake.tell(Call::Link, vec![Told::Status(403, "sig=hidden"); 50]);
    let failure = rows_of(&warehouse, question()).await.unwrap_err();
    assert!(failure.message.contains("storage"), "{failure:?}");
    assert!(!format!("{failure:?}").contains("hidden"), "{failure:?}");
}

#[tokio::test]
async fn rows_that_do_not_add_up_are_no_answer() {
    let wrong: [fn(&mut serde_json::Value); 5] = [
        |r| r["manifest"]["total_row_count"] = json!(11),
        |r| r["manifest"]["total_row_count"] = json!(9),
        |r| r["manifest"]["total_chunk_count"] = json!(2),
        |r| r["manifest"]["chunks"][1]["row_offset"] = json!(5),
        |r| r["manifest"]["chunks"][2]["row_count"] = json!(1),
    ];
    for alter in wrong {
        let fake = Fake::start().await;
        let warehouse = open(&fake).await;
        fake.lock().alter = Some(alter);
        let failure = rows_of(&warehouse, question()).await.unwrap_err();
        assert!(
            failure.message.contains("other rows than it announced"),
            "{failure:?}"
        );
    }
}

#[tokio::test]
async fn a_chunk_that_comes_for_another_is_asked_for_again_and_then_refused() {
    let fake = Fake::start().await;
    fake.lock().ways.links = false;
    let warehouse = open(&fake).await;
    let twice = json!({"chunk_index": 0, "row_offset": 0, "row_count": 4, "attachment": ""});
    fake.tell(Call::Chunk, [Told::Json(twice.clone())]);
    assert_ids(&rows_of(&warehouse, question()).await.unwrap().0, 10);
    fake.tell(Call::Chunk, vec![Told::Json(twice); 20]);
    let failure = rows_of(&warehouse, question()).await.unwrap_err();
    assert!(
        failure.message.contains("other rows than it announced"),
        "{failure:?}"
    );
}
