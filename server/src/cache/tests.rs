#![allow(clippy::unwrap_used)]

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::future::join_all;
use marts::{
    Answer, Column, ColumnRole, Frame, Param, ReleaseId, Restriction, RowPolicy, Unit, Value,
};

use super::*;
use crate::analytics::Analytics;
use crate::fake_warehouse::{Fake, figure};

/// Which statement's figure it is, and the release it names.
async fn asked(analytics: &Analytics, release: Option<&str>) -> Result<(String, String), Failure> {
    under(analytics, &RowPolicy::Unrestricted, release).await
}

async fn under(
    analytics: &Analytics,
    policy: &RowPolicy,
    release: Option<&str>,
) -> Result<(String, String), Failure> {
    let release = release.map(|id| ReleaseId(id.to_owned()));
    let ask = figure("retail_spend");
    let answered = analytics
        .answer_from(policy, &ask, release.as_ref())
        .await?;
    let figure = answered.frame.value(0, "retail_spend").decimal().unwrap();
    Ok((figure.normalize().to_string(), answered.release.0))
}

fn pair(figure: &str, release: &str) -> (String, String) {
    (figure.to_owned(), release.to_owned())
}

async fn until(what: impl Fn() -> bool) {
    let waited = async {
        while !what() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waited)
        .await
        .unwrap();
}

#[tokio::test]
async fn equal_questions_at_one_time_are_one_statement() {
    let fake = Fake::with_permits(0);
    let analytics = fake.analytics();
    let many = join_all((0..20).map(|_| asked(&analytics, None)));
    let open = async {
        until(|| fake.asked() == 1).await;
        fake.gate.add_permits(100);
    };
    let (answers, ()) = tokio::join!(many, open);
    assert!(
        answers
            .into_iter()
            .all(|answer| answer.unwrap() == pair("0", "r1"))
    );
    assert_eq!(asked(&analytics, None).await.unwrap(), pair("0", "r1"));
    assert_eq!(fake.asked(), 1);
}

#[tokio::test]
async fn who_leaves_stops_nobody_else_and_the_last_one_stops_the_statement() {
    let fake = Fake::with_permits(0);
    let analytics = fake.analytics();
    let ask = || {
        let analytics = Arc::clone(&analytics);
        tokio::spawn(async move { asked(&analytics, None).await })
    };
    let began = ask();
    until(|| fake.asked() == 1).await;
    let joined = ask();
    tokio::task::yield_now().await;
    began.abort();
    assert!(began.await.unwrap_err().is_cancelled());
    fake.gate.add_permits(1);
    assert_eq!(joined.await.unwrap().unwrap(), pair("0", "r1"));
    assert_eq!((fake.asked(), fake.stopped()), (1, 0));

    *fake.current.lock().unwrap() = "r2";
    let last = [ask(), ask(), ask()];
    until(|| fake.asked() == 2).await;
    tokio::task::yield_now().await;
    last.iter().for_each(tokio::task::JoinHandle::abort);
    until(|| fake.stopped() == 1).await;

    fake.gate.add_permits(1);
    assert_eq!(
        asked(&analytics, None).await.unwrap(),
        pair("2", "r2"),
        "asked anew"
    );
}

#[tokio::test]
async fn failures_are_told_and_not_kept() {
    let fake = Fake::open();
    let analytics = fake.analytics();
    fake.fails.store(1, Ordering::SeqCst);
    assert_eq!(
        asked(&analytics, None).await.unwrap_err().message,
        "The engine is down."
    );
    assert_eq!(asked(&analytics, None).await.unwrap(), pair("1", "r1"));
}

#[tokio::test]
async fn a_new_release_is_asked_anew_and_the_old_one_keeps_its_answer() {
    let fake = Fake::open();
    let analytics = fake.analytics();
    assert_eq!(asked(&analytics, None).await.unwrap(), pair("0", "r1"));
    *fake.current.lock().unwrap() = "r2";
    assert_eq!(asked(&analytics, None).await.unwrap(), pair("1", "r2"));
    assert_eq!(
        asked(&analytics, Some("r1")).await.unwrap(),
        pair("0", "r1")
    );
    assert_eq!(
        asked(&analytics, Some("r2")).await.unwrap(),
        pair("1", "r2")
    );

    // Published after the question was put and before the statement began.
    *fake.answers_from.lock().unwrap() = Some("r4");
    *fake.current.lock().unwrap() = "r3";
    assert_eq!(asked(&analytics, None).await.unwrap(), pair("2", "r4"));
    assert_eq!(
        asked(&analytics, Some("r3")).await.unwrap(),
        pair("3", "r3")
    );
    assert_eq!(
        asked(&analytics, Some("r4")).await.unwrap(),
        pair("2", "r4")
    );
    assert_eq!(fake.asked(), 4);
}

#[tokio::test]
async fn two_policies_share_no_rows() {
    let fake = Fake::open();
    let analytics = fake.analytics();
    let only = |state: &str| {
        RowPolicy::Only(vec![Restriction {
            dimension: "user__state".to_owned(),
            allowed: vec![state.to_owned()],
        }])
    };
    for _ in 0..2 {
        for (policy, figure) in [
            (RowPolicy::Unrestricted, "0"),
            (only("OH"), "1"),
            (only("PA"), "2"),
        ] {
            assert_eq!(
                under(&analytics, &policy, None).await.unwrap(),
                pair(figure, "r1")
            );
        }
    }
    let undecided = under(&analytics, &RowPolicy::Only(Vec::new()), None).await;
    assert!(undecided.is_err(), "refused before anything is looked up");
}

#[tokio::test]
async fn records_of_runs_are_asked_each_time() {
    let fake = Fake::open();
    let analytics = fake.analytics();
    for _ in 0..3 {
        let answered = analytics
            .answer(&RowPolicy::Unrestricted, &figure("runs"))
            .await;
        answered.unwrap();
    }
    assert_eq!(fake.asked(), 3);
}

#[tokio::test]
async fn what_is_asked_of_runs_is_kept_until_a_record_comes_or_goes() {
    let fake = Fake::open();
    let analytics = fake.analytics();
    for (records, asked) in [("one", 1), ("one", 1), ("one two", 2), ("one two", 2)] {
        *fake.records.lock().unwrap() = Some(records);
        analytics
            .answer(&RowPolicy::Unrestricted, &figure("runs"))
            .await
            .unwrap();
        assert_eq!(fake.asked(), asked, "{records}");
    }
}

fn key(number: i64) -> Key {
    Key {
        engine: "fake 1".to_owned(),
        release: ReleaseId("r1".to_owned()),
        records: None,
        sql: "SELECT :n".to_owned(),
        params: vec![("n".to_owned(), Param::Int(number))],
        row_cap: None,
        reading: String::new(),
        masking: None,
    }
}

fn answered(text_bytes: usize) -> Answered {
    Answered {
        frame: Frame {
            columns: vec![Column {
                name: "t".to_owned(),
                label: "T".to_owned(),
                unit: Unit::None,
                role: ColumnRole::Dimension,
            }],
            rows: vec![vec![Value::Text("x".repeat(text_bytes))]],
            truncated: false,
        },
        release: ReleaseId("r1".to_owned()),
    }
}

#[tokio::test]
async fn what_is_kept_stays_within_its_bound() {
    let bound = 100_000;
    let cache = Cache::new(bound);
    for number in 0..200 {
        let asked = cache
            .answer(key(number), || async { Ok(answered(2_000)) })
            .await;
        asked.unwrap();
        assert!(cache.kept.weighted_size() <= bound);
    }
    assert!(
        cache.kept.entry_count() > 10,
        "{}",
        cache.kept.entry_count()
    );
    assert!(
        cache.kept.get(&Arc::new(key(199))).is_some(),
        "the last one is there"
    );
    assert!(
        cache.kept.get(&Arc::new(key(0))).is_none(),
        "the first one gave way"
    );

    let before = cache.kept.entry_count();
    let large = cache
        .answer(key(1_000), || async { Ok(answered(50_000)) })
        .await;
    assert_eq!(large.unwrap().frame.rows.len(), 1);
    assert_eq!(
        cache.kept.entry_count(),
        before,
        "it would push out half of them"
    );
    assert_eq!(cache.flights.count(), 0);
}

#[tokio::test]
async fn every_part_of_a_question_tells_it_from_others() {
    let cache = Cache::new(1 << 20);
    let mut keys = vec![key(1); 8];
    keys[1].params[0].1 = Param::Text("1".to_owned());
    keys[2].release = ReleaseId("r2".to_owned());
    keys[3].engine = "fake 2".to_owned();
    keys[4].sql.push(' ');
    keys[5].row_cap = Some(1);
    keys[6].reading = "Retail spend".to_owned();
    keys[7].masking = Some(1);
    for _ in 0..2 {
        for (number, key) in keys.iter().enumerate() {
            let mut own = answered(number);
            own.release = key.release.clone();
            let given = cache
                .answer(key.clone(), || async { Ok(own) })
                .await
                .unwrap();
            assert_eq!(given.frame.rows, answered(number).frame.rows);
        }
    }
    assert_eq!(cache.kept.entry_count(), 8);
}

#[tokio::test]
async fn a_task_that_dies_is_an_error_for_all_who_wait() {
    let cache = Cache::new(1 << 20);
    let died = || async { panic!("the task of a question") };
    let failure = cache.answer(key(1), died).await.unwrap_err();
    assert_eq!(failure.kind, marts::FailureKind::Internal);
    assert_eq!(
        cache
            .answer(key(1), || async { Ok(answered(1)) })
            .await
            .unwrap()
            .frame
            .rows
            .len(),
        1
    );
}
