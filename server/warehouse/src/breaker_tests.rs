#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::datatypes::Schema;
use tokio::sync::Semaphore;

use super::*;
use crate::condition::Condition;

/// Fails with what it is told to, and counts.
struct Fails {
    asked: AtomicUsize,
    with: Mutex<Option<FailureKind>>,
    /// In the middle of the rows.
    late: Mutex<bool>,
    has_release: Mutex<bool>,
    gate: Semaphore,
}

impl Fails {
    fn set(&self, with: Option<FailureKind>) {
        *self.with.lock().unwrap() = with;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Warehouse for Fails {
    async fn run(&self, _: Statement) -> Result<Batches, Failure> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let _open = self.gate.acquire().await.unwrap();
        let failure = self
            .with
            .lock()
            .unwrap()
            .map(|kind| Failure::new(kind, "It broke."));
        let schema = Arc::new(Schema::empty());
        let mut batches = Batches::ready(schema, ReleaseInfo::unpublished(), vec![], false);
        match failure {
            Some(failure) if *self.late.lock().unwrap() => {
                batches.stream = futures::stream::iter([Err(failure)]).boxed();
                Ok(batches)
            }
            Some(failure) => Err(failure),
            None => Ok(batches),
        }
    }
    async fn describe(&self, _: &str) -> Result<Vec<RelationColumn>, Failure> {
        Ok(vec![])
    }
    async fn relations(&self, _: Option<&ReleaseId>) -> Result<Arc<BTreeSet<String>>, Failure> {
        Ok(Arc::default())
    }
    async fn release(&self) -> Result<ReleaseInfo, Failure> {
        if *self.has_release.lock().unwrap() {
            Ok(ReleaseInfo::unpublished())
        } else {
            Err(Failure::unavailable("There is no release."))
        }
    }
    async fn release_named(&self, _: Option<&ReleaseId>) -> Result<ReleaseInfo, Failure> {
        self.release().await
    }
    async fn releases(&self) -> Result<Vec<ReleaseInfo>, Failure> {
        Ok(vec![])
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            engine: "fails 1".to_owned(),
            cancels: true,
            sleeps: false,
        }
    }
    async fn is_warm(&self) -> bool {
        true
    }
}

fn broken() -> (Arc<Fails>, Arc<Breaker>, Conditions) {
    let engine = Arc::new(Fails {
        asked: AtomicUsize::new(0),
        with: Mutex::new(Some(FailureKind::Unavailable)),
        late: Mutex::new(false),
        has_release: Mutex::new(true),
        gate: Semaphore::new(Semaphore::MAX_PERMITS),
    });
    let conditions = Conditions::default();
    let breaker = Breaker::over(engine.clone(), conditions.clone());
    (engine, Arc::new(breaker), conditions)
}

async fn ask(breaker: &Breaker) -> Result<(), Failure> {
    let batches = breaker.run(Statement::new("SELECT 1")).await?;
    batches.collect().await.map(drop)
}

fn condition(conditions: &Conditions) -> Condition {
    conditions.watch().borrow().condition()
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_fails_is_left_alone_and_tried_again() {
    for late in [false, true] {
        let (engine, breaker, conditions) = broken();
        *engine.late.lock().unwrap() = late;
        for _ in 0..FAILURES {
            assert_eq!(condition(&conditions), Condition::Ready);
            assert_eq!(ask(&breaker).await.unwrap_err().message, "It broke.");
        }
        assert_eq!(condition(&conditions), Condition::Resting);
        let told = ask(&breaker).await.unwrap_err();
        assert!(
            told.message.contains("in 5 s") && told.message.contains("It broke."),
            "{told}"
        );
        assert!(breaker.relations(None).await.is_err() && !breaker.is_warm().await);
        assert_eq!(engine.asked(), 5);

        // One tries, and the pause doubles.
        tokio::time::sleep(FIRST_PAUSE).await;
        assert_eq!(ask(&breaker).await.unwrap_err().message, "It broke.");
        assert!(ask(&breaker).await.unwrap_err().message.contains("in 10 s"));
        assert_eq!(engine.asked(), 6);

        engine.set(None);
        tokio::time::sleep(2 * FIRST_PAUSE).await;
        ask(&breaker).await.unwrap();
        ask(&breaker).await.unwrap();
        assert_eq!(condition(&conditions), Condition::Ready);
    }
}

#[tokio::test(start_paused = true)]
async fn only_one_statement_tries() {
    let (engine, breaker, _) = broken();
    for _ in 0..FAILURES {
        ask(&breaker).await.unwrap_err();
    }
    tokio::time::sleep(FIRST_PAUSE).await;
    engine.gate.forget_permits(Semaphore::MAX_PERMITS);
    engine.set(None);
    let trial = tokio::spawn({
        let breaker = Arc::clone(&breaker);
        async move { ask(&breaker).await }
    });
    while engine.asked() == 5 {
        tokio::task::yield_now().await;
    }
    assert!(ask(&breaker).await.is_err());
    // Who tries may leave; then the next one does.
    trial.abort();
    assert!(trial.await.unwrap_err().is_cancelled());
    engine.gate.add_permits(1);
    ask(&breaker).await.unwrap();
    assert_eq!(engine.asked(), 7);
}

#[tokio::test(start_paused = true)]
async fn what_says_nothing_of_the_engine_does_not_count() {
    use FailureKind::{BadRequest, Busy, TimedOut, Unavailable};
    let (engine, breaker, conditions) = broken();
    for kind in [Busy, TimedOut, BadRequest] {
        engine.set(Some(kind));
        for _ in 0..20 {
            assert_eq!(ask(&breaker).await.unwrap_err().kind, kind);
        }
    }
    // An answer between them, or no release to ask.
    engine.set(Some(Unavailable));
    for _ in 0..10 {
        ask(&breaker).await.unwrap_err();
        engine.set(None);
        ask(&breaker).await.unwrap();
        engine.set(Some(Unavailable));
    }
    *engine.has_release.lock().unwrap() = false;
    for _ in 0..20 {
        assert_eq!(ask(&breaker).await.unwrap_err().message, "It broke.");
    }
    assert_eq!(condition(&conditions), Condition::Ready);
}

#[tokio::test]
async fn a_start_is_told_for_as_long_as_somebody_waits() {
    let conditions = Conditions::default();
    let (one, other) = (conditions.waits_for_start(), conditions.waits_for_start());
    drop(one);
    assert_eq!(condition(&conditions), Condition::Starting);
    drop(other);
    assert_eq!(condition(&conditions), Condition::Ready);
}
