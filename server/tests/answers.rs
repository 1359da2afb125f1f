//! What `Analytics::answer` shows, and to whom: figures against plain sums, and the row policy on every kind of question.
#![allow(clippy::unwrap_used)]

mod published;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use carton_caps::Analytics;
use carton_caps::config::Limits;
use jiff::civil::{Date, date};
use marts::{
    Aggregate, Answer, Answered, Ask, Comparison, DateRange, DimensionFilter, FailureKind, Grain,
    Order, Restriction, RowPolicy, Value, Values,
};
use published::{LAST_DAY, Line, lines, publish, spend};
use rust_decimal::Decimal;
use warehouse::{DuckDbOptions, DuckDbWarehouse, ReleaseHandle};

struct World {
    analytics: Analytics,
    lines: Vec<Line>,
    _data: tempfile::TempDir,
}

async fn world() -> World {
    world_of(published::project()).await
}

async fn world_of(project: PathBuf) -> World {
    let data = tempfile::tempdir().unwrap();
    let lines = lines();
    publish(data.path(), "r1", &lines);
    let spill_dir = data.path().join("spill");
    let releases = Arc::new(ReleaseHandle::new(
        data.path(),
        DuckDbOptions {
            spill_dir,
            ..DuckDbOptions::default()
        },
    ));
    releases.refresh().await.unwrap();
    let analytics = Analytics::new(
        Arc::new(DuckDbWarehouse::new(releases)),
        project,
        &Limits::default(),
    );
    World {
        analytics,
        lines,
        _data: data,
    }
}

fn only(state: &str) -> RowPolicy {
    RowPolicy::Only(vec![Restriction {
        dimension: "user__state".into(),
        allowed: vec![state.into()],
    }])
}

const RANGE: DateRange = DateRange {
    from: date(2026, 4, 1),
    to: LAST_DAY,
};
/// As many days just before.
const BEFORE: DateRange = DateRange {
    from: date(2025, 12, 31),
    to: date(2026, 3, 31),
};

fn total() -> Aggregate {
    Aggregate {
        metrics: vec!["retail_spend".into()],
        dimensions: vec![],
        grain: None,
        range: RANGE,
        filters: vec![],
        compare: None,
        compare_grain: None,
        order: None,
        limit: None,
        skip: 0,
        having: Vec::new(),
        other: false,
        total: false,
    }
}

fn money(value: &Value) -> Decimal {
    match value {
        Value::Decimal(money) => money.normalize(),
        Value::Null => Decimal::ZERO,
        other => panic!("not money: {other:?}"),
    }
}

fn within(range: DateRange, on: Date) -> bool {
    (range.from..=range.to).contains(&on)
}

/// The rows by their first column, which is a dimension.
fn by_text(answered: &Answered, column: &str) -> BTreeMap<String, Decimal> {
    let frame = &answered.frame;
    let text = |row: &Vec<Value>| match &row[0] {
        Value::Text(text) => text.clone(),
        other => panic!("not text: {other:?}"),
    };
    frame
        .rows
        .iter()
        .enumerate()
        .map(|(n, row)| (text(row), money(frame.value(n, column))))
        .collect()
}

#[tokio::test]
async fn without_a_policy_a_total_is_the_sum_of_all_lines() {
    let world = world().await;
    let answered = world
        .analytics
        .answer(&RowPolicy::Unrestricted, &Ask::Aggregate(total()))
        .await
        .unwrap();
    assert_eq!(answered.release.0, "r1");
    assert_eq!(answered.frame.rows.len(), 1);
    assert_eq!(
        money(answered.frame.value(0, "retail_spend")),
        spend(&world.lines, |l| within(RANGE, l.on)).normalize()
    );
}

#[tokio::test]
async fn a_policy_narrows_totals_and_their_comparison() {
    let world = world().await;
    let ask = Ask::Aggregate(Aggregate {
        compare: Some(Comparison::PriorPeriod),
        ..total()
    });
    let answered = world.analytics.answer(&only("OH"), &ask).await.unwrap();
    let ohio =
        |range| spend(&world.lines, |l| l.state() == "OH" && within(range, l.on)).normalize();
    assert_eq!(money(answered.frame.value(0, "retail_spend")), ohio(RANGE));
    assert_eq!(
        money(answered.frame.value(0, "retail_spend__prior")),
        ohio(BEFORE)
    );
    assert!(
        ohio(RANGE) < spend(&world.lines, |l| within(RANGE, l.on)),
        "or the test would show nothing"
    );
}

#[tokio::test]
async fn a_policy_narrows_leaderboards() {
    let world = world().await;
    let order = Some(Order {
        by: "retail_spend".into(),
        descending: true,
    });
    let by = |dimension: &str| {
        Ask::Aggregate(Aggregate {
            dimensions: vec![dimension.into()],
            order: order.clone(),
            limit: Some(50),
            ..total()
        })
    };

    let states = world
        .analytics
        .answer(&only("OH"), &by("user__state"))
        .await
        .unwrap();
    assert_eq!(
        by_text(&states, "retail_spend")
            .into_keys()
            .collect::<Vec<_>>(),
        ["OH"]
    );

    let departments = world
        .analytics
        .answer(&only("OH"), &by("product__department"))
        .await
        .unwrap();
    let mut expected = BTreeMap::new();
    for line in world
        .lines
        .iter()
        .filter(|l| l.state() == "OH" && within(RANGE, l.on))
    {
        *expected
            .entry(line.department().to_owned())
            .or_insert(Decimal::ZERO) += Decimal::new(line.cents, 2);
    }
    let expected: BTreeMap<_, _> = expected
        .into_iter()
        .map(|(k, v)| (k, v.normalize()))
        .collect();
    assert_eq!(by_text(&departments, "retail_spend"), expected);
}

#[tokio::test]
async fn a_policy_narrows_time_series() {
    let world = world().await;
    let ask = Ask::Aggregate(Aggregate {
        grain: Some(Grain::Month),
        ..total()
    });
    let answered = world.analytics.answer(&only("OH"), &ask).await.unwrap();
    let months: Vec<(Value, Decimal)> = answered
        .frame
        .rows
        .iter()
        .enumerate()
        .map(|(n, row)| {
            (
                row[0].clone(),
                money(answered.frame.value(n, "retail_spend")),
            )
        })
        .collect();
    let expected: Vec<(Value, Decimal)> = [4i8, 5, 6]
        .map(|month| {
            let sum = spend(&world.lines, |l| {
                l.state() == "OH" && l.on.year() == 2026 && l.on.month() == month
            });
            (Value::Date(date(2026, month, 1)), sum.normalize())
        })
        .to_vec();
    assert_eq!(months, expected);
}

#[tokio::test]
async fn a_policy_narrows_the_values_that_a_filter_offers() {
    let world = world().await;
    let ask = Ask::Values(Values {
        dimension: "user__state".into(),
        search: None,
        limit: 100,
    });
    let all = world
        .analytics
        .answer(&RowPolicy::Unrestricted, &ask)
        .await
        .unwrap();
    assert_eq!(
        all.frame.rows,
        ["KY", "OH", "PA"].map(|s| vec![Value::Text(s.into())])
    );
    let ohio = world.analytics.answer(&only("OH"), &ask).await.unwrap();
    assert_eq!(ohio.frame.rows, [vec![Value::Text("OH".into())]]);
}

#[tokio::test]
async fn a_filter_of_the_asker_never_widens_a_policy() {
    let world = world().await;
    for (values, exclude) in [
        (vec!["PA".to_owned()], false),
        (vec!["OH".to_owned()], true),
    ] {
        let filters = vec![DimensionFilter {
            dimension: "user__state".into(),
            values,
            exclude,
        }];
        let ask = Ask::Aggregate(Aggregate { filters, ..total() });
        let answered = world.analytics.answer(&only("OH"), &ask).await.unwrap();
        let sum: Decimal = (0..answered.frame.rows.len())
            .map(|n| money(answered.frame.value(n, "retail_spend")))
            .sum();
        assert_eq!(sum, Decimal::ZERO);
    }
}

#[tokio::test]
async fn a_policy_that_allows_nothing_is_a_refusal_and_not_everything() {
    let world = world().await;
    let nothing = Restriction {
        dimension: "user__state".into(),
        allowed: vec![],
    };
    let ohio = Restriction {
        dimension: "user__state".into(),
        allowed: vec!["OH".into()],
    };
    let asks = [
        Ask::Aggregate(total()),
        Ask::Values(Values {
            dimension: "user__state".into(),
            search: None,
            limit: 10,
        }),
    ];
    for policy in [
        RowPolicy::Only(vec![]),
        RowPolicy::Only(vec![nothing.clone()]),
        RowPolicy::Only(vec![ohio, nothing]),
    ] {
        for ask in &asks {
            let refused = world.analytics.answer(&policy, ask).await.unwrap_err();
            assert_eq!(refused.kind, FailureKind::NotAllowed, "{policy:?} {ask:?}");
        }
    }
}

#[tokio::test]
async fn an_unknown_metric_is_answered_with_the_nearest_names() {
    let world = world().await;
    let ask = Ask::Aggregate(Aggregate {
        metrics: vec!["retail_spent".into()],
        ..total()
    });
    let failure = world
        .analytics
        .answer(&RowPolicy::Unrestricted, &ask)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
    assert!(
        failure.message.contains("retail_spend"),
        "{}",
        failure.message
    );
}

#[tokio::test]
async fn an_edit_of_the_project_shows_at_the_next_question() {
    let folder = tempfile::tempdir().unwrap();
    let project = published::editable_project(folder.path());
    let world = world_of(project.clone()).await;
    let dashboard = project.join("dashboards/purchases.yml");
    let text = std::fs::read_to_string(&dashboard).unwrap();
    assert_eq!(
        world.analytics.dashboard("purchases").await.unwrap().title,
        "Purchases"
    );

    std::fs::write(
        &dashboard,
        text.replacen("title: Purchases", "title: What people buy", 1),
    )
    .unwrap();
    assert_eq!(
        world.analytics.dashboard("purchases").await.unwrap().title,
        "What people buy"
    );

    std::fs::write(
        &dashboard,
        text.replacen("metrics: [retail_spend]", "metrics: [retail_spent]", 1),
    )
    .unwrap();
    let mistake = world
        .analytics
        .dashboard("purchases")
        .await
        .unwrap_err()
        .message;
    let line = 1 + text
        .lines()
        .position(|l| l.contains("metrics: [retail_spend]"))
        .unwrap();
    assert!(
        mistake.contains(&format!("purchases.yml:{line}")) && mistake.contains("retail_spend"),
        "{mistake}"
    );

    // The catalogue is another file; a new metric in it can be asked for at once.
    let metrics = project.join("models/semantic/more.yml");
    std::fs::write(&metrics, "metrics:\n  - name: spending\n    label: Spending\n    type: simple\n    type_params:\n      measure: spend\n    config:\n      meta:\n        unit: usd\n").unwrap();
    let ask = Ask::Aggregate(Aggregate {
        metrics: vec!["spending".into()],
        ..total()
    });
    let answered = world
        .analytics
        .answer(&RowPolicy::Unrestricted, &ask)
        .await
        .unwrap();
    assert_eq!(
        money(answered.frame.value(0, "spending")),
        spend(&world.lines, |l| within(RANGE, l.on)).normalize()
    );
}
