//! What holds for every question, asked of a dirty world's release: a smaller table answers as the lines do, a breakdown
//! never changes a total, what a limit leaves out is all the rest, and pages are the whole list.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::Path;

use carton_caps::Analytics;
use jiff::ToSpan;
use jiff::civil::date;
use marts::{
    Aggregate, Answer, Ask, Comparison, DateRange, DimensionFilter, Frame, Grain, Level, Order,
    RowPolicy, Threshold, Value,
};
use rust_decimal::Decimal;
use workspace_tests::opened::analytics;
use workspace_tests::program::{checkout, pipeline, program, succeed};

/// A generator whose choices a seed repeats.
struct Choices(u64);

impl Choices {
    fn below(&mut self, n: usize) -> usize {
        // Knuth's MMIX constants.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn some<T: Copy>(&mut self, of: &[T], most: usize) -> Vec<T> {
        let mut left = of.to_vec();
        let n = self.below(most + 1);
        (0..n.min(of.len()))
            .map(|_| left.remove(self.below(left.len())))
            .collect()
    }
}

const METRICS: [&str; 7] = [
    "retail_spend",
    "receipts",
    "shoppers",
    "units",
    "purchase_lines",
    "average_basket",
    "spend_per_shopper",
];
/// All that the smaller tables can be asked by: the first five of the receipts' table.
const RECEIPT_DIMENSIONS: [&str; 7] = [
    "user__state",
    "user__channel",
    "school__school_name",
    "school__state",
    "purchase__retailer_id",
    "product__department",
    "product__brand",
];
const DIMENSIONS: [&str; 7] = [
    "user__state",
    "user__channel",
    "school__district",
    "product__department",
    "product__category",
    "product__product_name",
    "purchase__retailer_id",
];

fn asked(choices: &mut Choices, dimensions: &[&str]) -> Aggregate {
    let from = date(2024, 9, 1).saturating_add(i32::try_from(choices.below(600)).unwrap().days());
    let to = from.saturating_add(i32::try_from(choices.below(200)).unwrap().days());
    let first = choices.one(&METRICS);
    let mut metrics = vec![first];
    metrics.extend(
        choices
            .some(&METRICS, 2)
            .into_iter()
            .filter(|m| *m != first),
    );
    let filters = choices
        .some(&["user__state"], 1)
        .into_iter()
        .map(|dimension| DimensionFilter {
            dimension: dimension.to_owned(),
            values: choices
                .some(&["OH", "PA", "CA", "TX", "NY", "FL", "(unknown)"], 4)
                .into_iter()
                .chain(["IL"])
                .map(str::to_owned)
                .collect(),
            exclude: choices.below(2) == 0,
        });
    let filters = filters.collect();
    let compare = match choices.below(4) {
        0 => Some(Comparison::PriorPeriod),
        1 => Some(Comparison::PriorYear),
        2 => Some(Comparison::Between(DateRange {
            from: from.saturating_sub(40.days()),
            to: from.saturating_add(3.days()),
        })),
        _ => None,
    };
    Aggregate {
        dimensions: choices
            .some(dimensions, 2)
            .into_iter()
            .map(str::to_owned)
            .collect(),
        filters,
        compare,
        ..Aggregate::over(&metrics, DateRange { from, to })
    }
}

struct World {
    facts: Analytics,
    own: Analytics,
    _folder: tempfile::TempDir,
}

/// A dirty world's release, asked with the project as it is and with one that knows no smaller tables.
async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let (landing, data) = (folder.path().join("landing"), folder.path().join("data"));
    let mut demo = program(&[
        "demo",
        "--until",
        "2026-06-30",
        "--purchases",
        "20000",
        "--seed",
        "4",
        "--dirt",
        "default",
        "--out",
    ])
    .unwrap();
    succeed(demo.arg(&landing)).unwrap();
    succeed(&mut pipeline(&landing, &data).unwrap()).unwrap();
    let plain = folder.path().join("marts");
    copy(&checkout().join("marts"), &plain);
    let file = plain.join("models/semantic/purchases.yml");
    let text = fs::read_to_string(&file).unwrap();
    let begins = text.find("        aggregates:\n").unwrap();
    let ends = begins + text[begins..].find("    entities:\n").unwrap();
    let text = format!("{}        none: true\n{}", &text[..begins], &text[ends..]);
    fs::write(&file, text).unwrap();
    World {
        facts: analytics(&data, &plain).await.unwrap(),
        own: analytics(&data, &checkout().join("marts")).await.unwrap(),
        _folder: folder,
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

async fn frame(analytics: &Analytics, ask: &Aggregate) -> Frame {
    let ask = Ask::Aggregate(ask.clone());
    let answered = analytics.answer(&RowPolicy::Unrestricted, &ask).await;
    answered
        .unwrap_or_else(|failure| panic!("{failure:?}: {ask:?}"))
        .frame
}

/// The figure of a metric, added up over the groups of a level.
fn sum(frame: &Frame, metric: &str, level: Level) -> Decimal {
    (0..frame.rows.len())
        .filter(|row| frame.level(*row) == level)
        .filter_map(|row| frame.value(row, metric).decimal())
        .sum()
}

#[tokio::test]
async fn what_holds_for_every_question() {
    let world = world().await;
    let mut choices = Choices(42);
    let mut seen = 0;
    for _ in 0..160 {
        let mut ask = asked(&mut choices, &RECEIPT_DIMENSIONS);
        ask.grain = choices.one(&[None, Some(Grain::Week), Some(Grain::Month)]);
        if choices.below(3) == 0 {
            ask.filters.push(DimensionFilter {
                dimension: "product__department".to_owned(),
                values: choices
                    .some(&["Dairy", "Bakery", "(unknown)"], 2)
                    .into_iter()
                    .chain(["Snacks"])
                    .map(str::to_owned)
                    .collect(),
                exclude: choices.below(2) == 0,
            });
        }
        let (small, large) = (
            frame(&world.own, &ask).await,
            frame(&world.facts, &ask).await,
        );
        assert_eq!(small, large, "{ask:?}");
        seen += small.rows.len();
    }
    assert!(seen > 500, "{seen} rows prove little");

    for _ in 0..60 {
        let mut ask = asked(&mut choices, &DIMENSIONS);
        if ask.dimensions.is_empty() {
            ask.dimensions.push("product__department".to_owned());
        }
        let first = ask.metrics[0].clone();
        ask.order = Some(Order {
            by: first.clone(),
            descending: true,
        });
        let undivided = frame(
            &world.own,
            &Aggregate {
                dimensions: Vec::new(),
                order: None,
                ..ask.clone()
            },
        )
        .await;
        let whole = frame(&world.own, &ask).await;
        for metric in ["retail_spend", "units", "purchase_lines"] {
            if ask.metrics.iter().any(|m| m == metric)
                && !matches!(undivided.value(0, metric), Value::Null)
            {
                let total = undivided.value(0, metric).decimal().unwrap();
                assert_eq!(
                    sum(&whole, metric, Level::Group),
                    total,
                    "{metric}: {ask:?}"
                );
            }
        }

        let limit = 3;
        let levelled = frame(
            &world.own,
            &Aggregate {
                limit: Some(limit),
                other: true,
                total: true,
                ..ask.clone()
            },
        )
        .await;
        let total = (0..levelled.rows.len())
            .find(|row| levelled.level(*row) == Level::Total)
            .unwrap();
        for metric in &ask.metrics {
            assert_eq!(
                levelled.value(total, metric),
                undivided.value(0, metric),
                "{metric}: {ask:?}"
            );
        }
        let others = (0..levelled.rows.len())
            .filter(|row| levelled.level(*row) == Level::Other)
            .count();
        assert_eq!(others, usize::from(whole.rows.len() > 3), "{ask:?}");
        // What is other is what the question gives for those groups' rows: asked again by leaving out the ones shown.
        if let ([dimension], true) = (ask.dimensions.as_slice(), others == 1) {
            let shown: Vec<String> = (0..3)
                .map(|row| match whole.value(row, dimension) {
                    Value::Text(text) => text.clone(),
                    _ => marts::ask::UNKNOWN.to_owned(),
                })
                .collect();
            let mut rest = Aggregate {
                dimensions: Vec::new(),
                order: None,
                ..ask.clone()
            };
            rest.filters.push(DimensionFilter {
                dimension: dimension.clone(),
                values: shown,
                exclude: true,
            });
            let rest = frame(&world.own, &rest).await;
            let other = (0..levelled.rows.len())
                .find(|row| levelled.level(*row) == Level::Other)
                .unwrap();
            for metric in &ask.metrics {
                assert_eq!(
                    levelled.value(other, metric),
                    rest.value(0, metric),
                    "{metric}: {ask:?}"
                );
            }
        }

        let mut paged = Vec::new();
        for page in 0..3 {
            let page = Aggregate {
                limit: Some(2),
                skip: page * 2,
                ..ask.clone()
            };
            paged.extend(frame(&world.own, &page).await.rows);
        }
        let first_six: Vec<_> = whole.rows.iter().take(6).cloned().collect();
        assert_eq!(paged, first_six, "{ask:?}");

        let Some(bound) = whole
            .rows
            .get(1)
            .and_then(|_| whole.value(1, &first).decimal())
        else {
            continue;
        };
        // A bound that a quotient meets exactly may not be written exactly.
        if bound.scale() > 6 {
            continue;
        }
        let kept = frame(
            &world.own,
            &Aggregate {
                having: vec![Threshold {
                    metric: first.clone(),
                    at_least: Some(bound),
                    at_most: None,
                }],
                ..ask.clone()
            },
        )
        .await;
        let expected: Vec<_> = (0..whole.rows.len())
            .filter(|row| {
                whole
                    .value(*row, &first)
                    .decimal()
                    .is_some_and(|figure| figure >= bound)
            })
            .map(|row| whole.rows[row].clone())
            .collect();
        assert_eq!(kept.rows, expected, "{ask:?}");
    }
}
