//! Stopping: deadlines, dropped futures and streams, and a release that changes underneath.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use futures::StreamExt;
use marts::{FailureKind, Statement};
use tokio::task::JoinHandle;
use warehouse::Warehouse;

use super::{FIRST, Fixture, NUMBERS, SECOND, rows};

/// Ten thousand million pairs: minutes of work before the first row.
const SLOW: &str = "SELECT count(*) AS c FROM numbers AS a CROSS JOIN numbers AS b WHERE (a.n * b.n + a.n) % 7 = 3";
/// As many rows, the first of them at once.
const ENDLESS: &str = "SELECT a.n + b.n AS n FROM numbers AS a CROSS JOIN numbers AS b";
/// Far below what the slow statement would take, far above any hiccup of a busy machine.
const SOON: Duration = Duration::from_secs(20);

async fn quick(engine: &dyn Warehouse) {
    let mut statement = Statement::new("SELECT name FROM release_name");
    statement.deadline = Some(SOON);
    assert_eq!(rows(engine, statement).await.unwrap().0.num_rows(), 1);
}

/// A statement that has the engine's only place, until it is dropped.
struct Busy(JoinHandle<()>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn busy(engine: &Arc<dyn Warehouse>) -> Busy {
    let slow = Arc::clone(engine);
    let busy = Busy(tokio::spawn(async move {
        let answered = rows(&*slow, Statement::new(SLOW)).await;
        panic!("the slow statement is too quick for this test: {answered:?}");
    }));
    let mut impatient = Statement::new("SELECT name FROM release_name");
    impatient.wait = Some(Duration::from_millis(5));
    loop {
        match rows(&**engine, impatient.clone()).await {
            Err(failure) if failure.kind == FailureKind::Busy => return busy,
            Err(failure) => panic!("{failure:?}"),
            Ok(_) => tokio::task::yield_now().await,
        }
    }
}

/// The best of a few attempts, since a busy machine may delay any one of them.
async fn stops_in_time(fixture: &dyn Fixture, engine: &dyn Warehouse, drop_one: impl AsyncFn()) {
    quick(engine).await;
    let mut best = Duration::MAX;
    for _ in 0..5 {
        drop_one().await;
        let dropped = Instant::now();
        quick(engine).await;
        best = best.min(dropped.elapsed());
        if best < fixture.stops_within() {
            println!("the engine was free again {best:?} after the drop");
            return;
        }
    }
    panic!("the engine was free again after {best:?} at best");
}

pub async fn the_deadline_stops_a_statement(fixture: &dyn Fixture) {
    let engine = fixture.engine(1).await;
    for sql in [SLOW, ENDLESS] {
        let mut statement = Statement::new(sql);
        statement.deadline = Some(Duration::from_millis(150));
        let started = Instant::now();
        let failure = rows(&*engine, statement).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::TimedOut, "{failure:?}");
        assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
        quick(&*engine).await;
    }
    if !fixture.streams_while_it_runs() {
        return;
    }
    // A reader that stops reading does not keep the engine busy beyond the deadline either.
    let mut statement = Statement::new(ENDLESS);
    statement.deadline = Some(Duration::from_millis(150));
    let mut paused = engine.run(statement).await.unwrap();
    quick(&*engine).await;
    let failure = loop {
        match paused.stream.next().await {
            Some(Ok(_)) => {}
            Some(Err(failure)) => break failure,
            None => panic!("a stopped statement must not look like a finished one"),
        }
    };
    assert_eq!(failure.kind, FailureKind::TimedOut);
    assert!(paused.stream.next().await.is_none());
}

pub async fn waiting_has_a_bound_of_its_own(fixture: &dyn Fixture) {
    let engine = fixture.engine(1).await;
    let busy = busy(&engine).await;
    let mut statement = Statement::new("SELECT name FROM release_name");
    statement.wait = Some(Duration::from_millis(50));
    statement.deadline = Some(SOON);
    let failure = rows(&*engine, statement.clone()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Busy, "{failure:?}");

    // It waits longer than it may run, and is answered all the same.
    let may_run = Duration::from_secs(2).max(2 * fixture.stops_within());
    let waits = may_run + Duration::from_millis(500);
    statement.wait = Some(SOON);
    statement.deadline = Some(may_run);
    let (answered, ()) = tokio::join!(engine.run(statement), async {
        tokio::time::sleep(waits).await;
        drop(busy);
    });
    let batches = answered.unwrap();
    assert!(batches.waited >= may_run, "{:?}", batches.waited);
    assert_eq!(batches.collect().await.unwrap().0[0].num_rows(), 1);
}

pub async fn who_leaves_the_queue_holds_up_nobody(fixture: &dyn Fixture) {
    let engine = fixture.engine(1).await;
    let busy = busy(&engine).await;
    for _ in 0..20 {
        // Were one of them to come to its turn, it would take minutes.
        let left = tokio::time::timeout(Duration::from_millis(5), engine.run(Statement::new(SLOW)));
        assert!(left.await.is_err(), "the engine answers one at a time");
    }
    drop(busy);
    quick(&*engine).await;
}

pub async fn a_dropped_future_stops_the_statement(fixture: &dyn Fixture) {
    let engine = fixture.engine(1).await;
    stops_in_time(fixture, &*engine, async || {
        let waited =
            tokio::time::timeout(Duration::from_millis(100), engine.run(Statement::new(SLOW)))
                .await;
        assert!(
            waited.is_err(),
            "the slow statement is too quick for this test"
        );
    })
    .await;
}

pub async fn a_dropped_stream_stops_the_statement(fixture: &dyn Fixture) {
    let engine = fixture.engine(1).await;
    stops_in_time(fixture, &*engine, async || {
        let sql = if fixture.streams_while_it_runs() {
            ENDLESS
        } else {
            "SELECT n FROM numbers"
        };
        let mut batches = engine.run(Statement::new(sql)).await.unwrap();
        assert!(batches.stream.next().await.unwrap().unwrap().num_rows() > 0);
    })
    .await;
}

pub async fn a_statement_across_a_swap_stays_on_its_release(fixture: &dyn Fixture) {
    let engine = fixture.engine(2).await;
    let sql = "SELECT name, n FROM release_name CROSS JOIN numbers";
    let mut spanning = engine.run(Statement::new(sql)).await.unwrap();
    let mut read = vec![spanning.stream.next().await.unwrap().unwrap()];
    // Nobody reads on while the release changes, so the statement cannot have ended before.
    fixture.publish_second().await;
    let (after, _, release) = rows(&*engine, Statement::new("SELECT name FROM release_name"))
        .await
        .unwrap();
    assert_eq!(
        (
            after.column(0).as_string::<i32>().value(0),
            release.0.as_str()
        ),
        (SECOND, SECOND)
    );
    assert_eq!(engine.release().await.unwrap().id.0, SECOND);

    assert_eq!(spanning.release.id.0, FIRST);
    let (rest, truncated) = spanning.collect().await.unwrap();
    read.extend(rest);
    assert!(!truncated);
    assert_eq!(read.iter().map(|b| b.num_rows()).sum::<usize>(), NUMBERS);
    assert!(read.iter().all(|b| {
        b.column(0)
            .as_string::<i32>()
            .iter()
            .all(|name| name == Some(FIRST))
    }));
    drop(read);
    quick(&*engine).await;
}
