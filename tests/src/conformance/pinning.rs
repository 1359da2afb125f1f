//! Statements that name the release they want.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use arrow::array::AsArray;
use futures::future::try_join_all;
use marts::{Failure, FailureKind, ReleaseId, Statement};
use warehouse::Warehouse;

use super::{FIRST, Fixture, SECOND, rows};

/// What the release itself says it is, and as what the answer names it.
async fn asked(engine: &dyn Warehouse, release: Option<&str>) -> Result<(String, String), Failure> {
    let mut statement = Statement::new("SELECT name FROM release_name");
    statement.release = release.map(|id| ReleaseId(id.to_owned()));
    let (batch, _, named) = rows(engine, statement).await?;
    Ok((
        batch.column(0).as_string::<i32>().value(0).to_owned(),
        named.0,
    ))
}

fn both(name: &str) -> (String, String) {
    (name.to_owned(), name.to_owned())
}

pub async fn a_named_release_answers_and_is_named(fixture: &dyn Fixture) {
    let engine = fixture.engine(2).await;
    assert_eq!(asked(&*engine, Some(FIRST)).await.unwrap(), both(FIRST));
    fixture.publish_second().await;
    for (release, answers) in [
        (Some(FIRST), FIRST),
        (Some(SECOND), SECOND),
        (None, SECOND),
        (Some(FIRST), FIRST),
    ] {
        assert_eq!(asked(&*engine, release).await.unwrap(), both(answers));
        let named = release.map(|id| ReleaseId(id.to_owned()));
        let info = engine.release_named(named.as_ref()).await.unwrap();
        assert_eq!(info.id.0, answers);
        let relations = engine.relations(named.as_ref()).await.unwrap();
        assert!(relations.contains("sample") && relations.contains("numbers"));
    }
    let all = engine.releases().await.unwrap();
    let ids: Vec<&str> = all.iter().map(|info| info.id.0.as_str()).collect();
    assert_eq!(ids, [SECOND, FIRST], "the current one first");
}

pub async fn a_release_that_is_not_kept_is_not_found(fixture: &dyn Fixture) {
    let engine = fixture.engine(2).await;
    fixture.publish_second().await;
    assert_eq!(asked(&*engine, Some(FIRST)).await.unwrap(), both(FIRST));
    fixture.prune_first().await;
    let long = "x".repeat(10_000);
    for gone in [
        FIRST,
        "third",
        "",
        ".",
        "..",
        "../releases/second",
        "/etc",
        "second/",
        "second\0",
        "a b",
        "'; --",
        &long,
    ] {
        let failure = asked(&*engine, Some(gone)).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::NotFound, "{gone:?}: {failure:?}");
        assert!(failure.message.contains(SECOND), "{}", failure.message);
        assert!(failure.message.len() < 500, "{}", failure.message);
        let named = ReleaseId(gone.to_owned());
        let failure = engine.release_named(Some(&named)).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::NotFound, "{gone:?}: {failure:?}");
    }
    assert_eq!(asked(&*engine, None).await.unwrap(), both(SECOND));
    assert_eq!(engine.releases().await.unwrap().len(), 1);
}

pub async fn many_ask_two_releases_at_once(fixture: &dyn Fixture) {
    let engine = fixture.engine(2).await;
    fixture.publish_second().await;
    let questions = (0..40).map(|n| {
        let engine = Arc::clone(&engine);
        let release = if n % 2 == 0 { FIRST } else { SECOND };
        async move { Ok::<_, Failure>((asked(&*engine, Some(release)).await?, both(release))) }
    });
    for (answered, expected) in try_join_all(questions).await.unwrap() {
        assert_eq!(answered, expected);
    }
}
