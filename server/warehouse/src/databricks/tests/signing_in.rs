//! Tokens: fetched once for all who wait, renewed, and shown nowhere.

use super::fake::{Call, Fake, SECRET, TOKEN, Told};
use super::*;

fn by_principal(fake: &Fake) -> DatabricksOptions {
    DatabricksOptions {
        credentials: Credentials::ServicePrincipal {
            client_id: "client".to_owned(),
            client_secret: Secret::new(SECRET),
        },
        ..options(fake)
    }
}

#[tokio::test]
async fn all_who_wait_share_one_token() {
    let fake = Fake::start().await;
    let warehouse = open_with(by_principal(&fake)).await;
    let asked = (0..20).map(|_| rows_of(&warehouse, question()));
    for answer in futures::future::join_all(asked).await {
        assert_ids(&answer.unwrap().0, 10);
    }
    assert_eq!(fake.count(Call::Token), 1);
    assert_eq!(fake.count(Call::Discovery), 1);
}

#[tokio::test]
async fn a_token_refused_on_the_way_is_renewed_once() {
    let fake = Fake::start().await;
    let warehouse = open_with(by_principal(&fake)).await;
    rows_of(&warehouse, question()).await.unwrap();
    fake.lock().bearer = "revoked".to_owned();
    assert_ids(&rows_of(&warehouse, question()).await.unwrap().0, 10);
    assert_eq!(fake.lock().tokens, 2);

    let unknown = Told::Status(403, "{\"message\":\"Invalid access token.\"}");
    fake.tell(Call::Submit, [unknown]);
    assert_ids(&rows_of(&warehouse, question()).await.unwrap().0, 10);
    assert_eq!(fake.lock().tokens, 3);

    fake.tell(Call::Submit, vec![Told::Status(401, "{}"); 9]);
    let failure = rows_of(&warehouse, question()).await.unwrap_err();
    assert!(failure.message.contains("credentials"), "{failure:?}");
    assert_eq!(fake.lock().tokens, 4, "once, not again and again");
}

#[tokio::test]
async fn a_token_with_little_time_left_is_not_sent() {
    let fake = Fake::start().await;
    fake.lock().token_seconds = 39;
    // One chunk, so that no two calls renew at once.
    fake.set_rows(4);
    let warehouse = open_with(by_principal(&fake)).await;
    let before = fake.lock().tokens;
    rows_of(&warehouse, question()).await.unwrap();
    assert!(fake.lock().tokens > before);
}

#[tokio::test]
async fn a_token_endpoint_that_is_down_is_told_in_time() {
    let fake = Fake::start().await;
    fake.tell(Call::Token, vec![Told::Status(503, "down"); 100]);
    let warehouse = DatabricksWarehouse::new(by_principal(&fake)).unwrap();
    let failure = warehouse.refresh().await.unwrap_err();
    assert!(failure.message.contains("no tokens"), "{failure:?}");
    fake.lock().script.clear();
    warehouse.refresh().await.unwrap();
}

#[tokio::test]
async fn secrets_are_in_no_error_and_in_no_debug() {
    let fake = Fake::start().await;
    fake.lock().bearer = "another".to_owned();
    let warehouse = DatabricksWarehouse::new(options(&fake)).unwrap();
    let failure = warehouse.refresh().await.unwrap_err();
    assert!(failure.message.contains("credentials"), "{failure:?}");
    let shown = format!("{failure:?} {warehouse:?} {:?}", options(&fake));
    assert!(!shown.contains(TOKEN), "{shown}");

    let mut options = by_principal(&fake);
    options.credentials = Credentials::ServicePrincipal {
        client_id: "client".to_owned(),
        client_secret: Secret::new("wrong-secret"),
    };
    let warehouse = DatabricksWarehouse::new(options).unwrap();
    let failure = warehouse.refresh().await.unwrap_err();
    assert!(failure.message.contains("credentials"), "{failure:?}");
    assert!(!format!("{failure:?} {warehouse:?}").contains("wrong-secret"));
}
