//! Many statements of all kinds with every fault at random: right or told, in time, once, and gone afterwards.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use marts::{Failure, FailureKind, Param, Statement};
use serde_json::json;
use warehouse::{DatabricksWarehouse, Warehouse};

use super::log;
use super::stage::{DEADLINE, SLACK, Stage};

/// How many; `make test` asks few, a soak by hand 10000.
const VARIABLE: &str = "CARTON_CAPS_SOAK";
const FEW: u64 = 300;
const AT_ONCE: usize = 8;
/// Of each call to be struck.
const RATE: f64 = 0.05;
/// All that do not stay with the warehouse itself; a stall lasts until the client leaves.
const FAULTS: [&str; 22] = [
    "429",
    "503",
    "502",
    "500",
    "401",
    "reset",
    "reset_after_handling",
    "slow",
    "truncated",
    "cut",
    "garbage",
    "stall",
    "silence",
    "expired",
    "cancel_ignored",
    "wrong_row_count",
    "duplicate_chunk",
    "missing_chunk",
    "closed",
    "closed_empty",
    "lag",
    "lost",
];

/// Some seconds of work at the most: one whose id never arrived cannot be stopped by anybody, and ends by itself.
const SLOW: &str = "SELECT count(*) AS n FROM numbers AS a CROSS JOIN numbers AS b WHERE b.n < 100 AND (a.n * b.n + a.n) % 7 = 3";

enum Kind {
    Rows(u64),
    Capped(u64, u64),
    Sum(u64),
    Mistake,
    Late,
    Left(Duration),
}

/// Numbers by chance, the same in every run (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    fn kind(&mut self) -> Kind {
        match self.below(100) {
            0..50 => Kind::Rows(self.below(700)),
            50..65 => Kind::Capped(self.below(700), self.below(700)),
            65..85 => Kind::Sum(self.below(100_000)),
            85..90 => Kind::Mistake,
            90..95 => Kind::Late,
            _ => Kind::Left(Duration::from_millis(self.below(400))),
        }
    }
}

/// What a statement came to.
#[derive(Debug, PartialEq)]
enum End {
    Right,
    Told(String),
    Wrong(String),
    Hung,
    Left,
}

async fn ask(engine: &DatabricksWarehouse, kind: &Kind, number: u64) -> End {
    let mut statement = Statement::new(match kind {
        Kind::Rows(_) | Kind::Capped(..) => "SELECT n FROM numbers WHERE n < :end ORDER BY n",
        Kind::Sum(_) => {
            "SELECT CAST(coalesce(sum(n), 0) AS BIGINT) AS n FROM numbers WHERE n < :end"
        }
        Kind::Mistake => "SELECT no_such_column FROM numbers WHERE n < :end",
        Kind::Late | Kind::Left(_) => SLOW,
    });
    statement.deadline = Some(DEADLINE);
    statement.tags = vec![("request".to_owned(), number.to_string())];
    let end = match kind {
        Kind::Rows(end) | Kind::Capped(end, _) | Kind::Sum(end) => Some(*end),
        Kind::Mistake => Some(1),
        Kind::Late | Kind::Left(_) => None,
    };
    let int = |end: u64| Param::Int(end.try_into().unwrap());
    statement.params = end
        .map(|end| ("end".to_owned(), int(end)))
        .into_iter()
        .collect();
    let mut patience = DEADLINE;
    match kind {
        Kind::Capped(_, cap) => statement.row_cap = Some(*cap),
        Kind::Late => {
            patience = Duration::from_millis(300);
            statement.deadline = Some(patience);
        }
        Kind::Left(after) => patience = *after,
        _ => {}
    }
    let answer = async {
        let (batches, truncated) = engine.run(statement).await?.collect().await?;
        let columns = batches
            .iter()
            .map(|b| b.column(0).as_primitive::<Int64Type>());
        let numbers: Vec<i64> = columns.flat_map(|c| c.values().to_vec()).collect();
        Ok::<_, Failure>((numbers, truncated))
    };
    if let Kind::Left(after) = kind {
        let _left = tokio::time::timeout(*after, answer).await;
        return End::Left;
    }
    let Ok(answer) = tokio::time::timeout(patience + SLACK, answer).await else {
        return End::Hung;
    };
    judged(kind, answer)
}

fn judged(kind: &Kind, answer: Result<(Vec<i64>, bool), Failure>) -> End {
    let numbers = |end: u64| {
        (0..end)
            .map(|n| n.try_into().unwrap())
            .collect::<Vec<i64>>()
    };
    let expected = match kind {
        Kind::Rows(end) => Some((numbers(*end), false)),
        Kind::Capped(end, cap) => Some((numbers(*end.min(cap)), cap < end)),
        Kind::Sum(end) => Some((
            vec![(end * end.saturating_sub(1) / 2).try_into().unwrap()],
            false,
        )),
        _ => None,
    };
    match (answer, expected) {
        (Ok(answer), Some(expected)) if answer == expected => End::Right,
        // Quicker than its deadline.
        (Ok((numbers, _)), None) if matches!(kind, Kind::Late) && numbers.len() == 1 => End::Right,
        (Ok((numbers, truncated)), _) => End::Wrong(format!("{} rows, {truncated}", numbers.len())),
        (Err(failure), _) => {
            let shown = format!("{failure:?}");
            log::assert_no_secret(&shown);
            let is_sentence =
                failure.message.ends_with('.') && failure.kind != FailureKind::Internal;
            if is_sentence {
                End::Told(failure.message)
            } else {
                End::Wrong(shown)
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_at_random_is_outlived_or_told() {
    let stage = Stage::new().await;
    let mut options = stage.by_principal();
    options.statements_at_once = AT_ONCE;
    options.timing.stall = Duration::from_millis(500);
    let engine = stage.engine(options).await;
    // Good for five seconds before it counts as expired, so that tokens are a part of it.
    stage
        .set(json!({ "token_seconds": 45, "chunk_rows": 100 }))
        .await;
    stage
        .arm(json!({ "rate": RATE, "seed": 1, "faults": FAULTS }))
        .await;

    let many = std::env::var(VARIABLE).map_or(FEW, |many| many.parse().unwrap());
    let begun = Instant::now();
    let next = Arc::new(AtomicU64::new(0));
    let workers = (0..AT_ONCE).map(|_| {
        let (engine, next) = (Arc::clone(&engine), Arc::clone(&next));
        tokio::spawn(async move {
            let mut ends: BTreeMap<String, u64> = BTreeMap::new();
            let mut longest = Duration::ZERO;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= many {
                    return (ends, longest);
                }
                let kind = Chance(number).kind();
                let asked = Instant::now();
                let end = ask(&engine, &kind, number).await;
                longest = longest.max(asked.elapsed());
                assert!(
                    !matches!(end, End::Wrong(_) | End::Hung),
                    "statement {number}: {end:?}"
                );
                *ends.entry(format!("{end:?}")).or_default() += 1;
            }
        })
    });
    let workers: Vec<_> = workers.collect();
    let (mut ends, mut longest) = (BTreeMap::<String, u64>::new(), Duration::ZERO);
    for worker in workers {
        let (its_ends, its_longest) = worker.await.unwrap();
        longest = longest.max(its_longest);
        for (end, times) in its_ends {
            *ends.entry(end).or_default() += times;
        }
    }
    let faults = stage.standin.control("faults", None).await.unwrap();
    let counts = stage.settled().await;
    println!(
        "{many} statements in {:.1?}, the longest {longest:.1?}",
        begun.elapsed()
    );
    println!("ends: {ends:#?}");
    println!(
        "faults struck: {}\nthe stand-in counted {counts:?}",
        faults["struck"]
    );
    let right = ends.get("Right").copied().unwrap_or(0);
    assert!(right > many / 2, "{right} of {many}");
}
