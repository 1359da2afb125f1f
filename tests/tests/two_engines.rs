//! The gate: DuckDB and Spark, over the same tables, answer every question of every page alike, and questions made by
//! chance over all metrics, dimensions, grains and filters. As many as CARTON_CAPS_QUESTIONS says.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use carton_caps::Analytics;
use jiff::ToSpan;
use marts::project::catalogue::{Catalogue, Dimension, Metric};
use marts::{
    Aggregate, Answer, Ask, Comparison, DateRange, DimensionFilter, Grain, Order, RowPolicy, Value,
    Values,
};
use parity::{Plan, Question, Source};
use warehouse::{DatabricksWarehouse, DuckDbOptions, DuckDbWarehouse, ReleaseHandle};
use workspace_tests::opened::analytics;
use workspace_tests::program::{checkout, pipeline, program, succeed};
use workspace_tests::standin::StandIn;

const QUESTIONS: usize = 60;

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

    fn some<T: Clone>(&mut self, of: &[T], most: usize) -> Vec<T> {
        let mut left = of.to_vec();
        let n = self.below(most + 1);
        (0..n.min(of.len()))
            .map(|_| left.remove(self.below(left.len())))
            .collect()
    }
}

/// Questions by chance about what a release holds.
struct Chance<'a> {
    choices: Choices,
    catalogue: &'a Catalogue,
    analytics: &'a Analytics,
    metrics: Vec<&'a Metric>,
    observed: DateRange,
    values: BTreeMap<String, Vec<String>>,
}

impl<'a> Chance<'a> {
    async fn ask(&mut self) -> Aggregate {
        let first = self.choices.one(&self.metrics);
        let others = self.choices.some(&self.metrics, 2);
        let mut metrics: Vec<&Metric> = vec![first];
        metrics.extend(others.into_iter().filter(|m| m.name != first.name));
        let catalogue = self.catalogue;
        let reachable: Vec<&Dimension> = catalogue
            .dimensions()
            .filter(|dimension| metrics.iter().all(|m| catalogue.reaches(m, dimension)))
            .collect();
        let whole = self.observed.days();
        let begin = i32::try_from(self.choices.below(usize::try_from(whole).unwrap())).unwrap();
        let from = self.observed.from.saturating_add((begin - 10).days());
        let length = self.choices.one(&[0, 6, 29, 89, 364]);
        let to = from.saturating_add(length.days());
        let mut filters = Vec::new();
        for dimension in self.choices.some(&reachable, 2) {
            let values = self.values_of(&dimension.name).await;
            let mut chosen = self.choices.some(&values, 4);
            chosen.push(
                self.choices
                    .one(&["(unknown)", "no such value ' \" \\ ü"])
                    .to_owned(),
            );
            filters.push(DimensionFilter {
                dimension: dimension.name.clone(),
                values: chosen,
                exclude: self.choices.below(3) == 0,
            });
        }
        let names: Vec<&str> = metrics.iter().map(|m| m.name.as_str()).collect();
        let mut ask = Aggregate {
            dimensions: self
                .choices
                .some(&reachable, 2)
                .iter()
                .map(|d| d.name.clone())
                .collect(),
            filters,
            grain: self.choices.one(&[
                None,
                None,
                Some(Grain::Day),
                Some(Grain::Week),
                Some(Grain::Month),
                Some(Grain::Quarter),
                Some(Grain::Year),
            ]),
            ..Aggregate::over(&names, DateRange { from, to })
        };
        let prior = DateRange {
            from: from.saturating_sub(40.days()),
            to: from.saturating_add(3.days()),
        };
        ask.compare = self.choices.one(&[
            None,
            None,
            Some(Comparison::PriorPeriod),
            Some(Comparison::PriorYear),
            Some(Comparison::Between(prior)),
        ]);
        if self.choices.below(3) == 0 && !ask.dimensions.is_empty() {
            ask.order = Some(Order::descending(names[0]));
            ask.limit = Some(self.choices.one(&[1, 5, 20]));
            ask.other = ask.dimensions.len() == 1 && ask.grain.is_none();
            ask.total = ask.grain.is_none() && self.choices.below(2) == 0;
        }
        ask
    }

    async fn values_of(&mut self, dimension: &str) -> Vec<String> {
        if let Some(known) = self.values.get(dimension) {
            return known.clone();
        }
        let ask = Ask::Values(Values {
            dimension: dimension.to_owned(),
            search: None,
            limit: 50,
        });
        let frame = self
            .analytics
            .answer(&RowPolicy::Unrestricted, &ask)
            .await
            .unwrap()
            .frame;
        let text = |value: &Value| match value {
            Value::Null => None,
            Value::Text(text) => Some(text.clone()),
            Value::Int(number) => Some(number.to_string()),
            Value::Bool(is) => Some(is.to_string()),
            Value::Date(day) => Some(day.to_string()),
            Value::Decimal(number) => Some(number.to_string()),
            Value::Float(_) | Value::DateTime(_) => None,
        };
        let values: Vec<String> = frame.rows.iter().filter_map(|row| text(&row[0])).collect();
        self.values.insert(dimension.to_owned(), values.clone());
        values
    }
}

fn world(folder: &Path) -> std::path::PathBuf {
    if let Some(data) = std::env::var_os("CARTON_CAPS_QUESTIONS_OF") {
        return data.into();
    }
    let (landing, data) = (folder.join("landing"), folder.join("data"));
    let mut demo = program(&[
        "demo",
        "--until",
        "2026-06-30",
        "--purchases",
        "6000",
        "--seed",
        "5",
        "--dirt",
        "default",
        "--out",
    ])
    .unwrap();
    succeed(demo.arg(&landing)).unwrap();
    succeed(&mut pipeline(&landing, &data).unwrap()).unwrap();
    data
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_answer_every_question_alike() {
    let folder = tempfile::tempdir().unwrap();
    let data = world(folder.path());
    let project = checkout().join("marts");
    let standin = StandIn::start_with(&data).unwrap();
    let databricks = Arc::new(DatabricksWarehouse::new(standin.options("carton_caps")).unwrap());
    databricks.refresh().await.unwrap();
    let handle = Arc::new(ReleaseHandle::new(&data, DuckDbOptions::default()));
    handle.refresh().await.unwrap();
    let left = Source {
        label: "DuckDB".to_owned(),
        warehouse: Arc::new(DuckDbWarehouse::new(handle)),
        release: None,
    };
    let right = Source {
        label: "Spark".to_owned(),
        warehouse: databricks,
        release: None,
    };

    let catalogue = Catalogue::read(&project).unwrap();
    let release = left.warehouse.release().await.unwrap();
    assert_eq!(release, right.warehouse.release().await.unwrap());
    let mut questions = parity::questions(&project, &catalogue, &release).unwrap();
    let of_pages = questions.len();
    assert!(of_pages > 100, "{of_pages} questions of pages");

    let analytics = analytics(&data, &project).await.unwrap();
    let is_of_a_release = |metric: &&Metric| {
        catalogue
            .models()
            .all(|model| !model.is_ops() || !catalogue.counts(metric, model))
    };
    let (from, to) = release.observed.unwrap();
    let mut chance = Chance {
        choices: Choices(7),
        catalogue: &catalogue,
        analytics: &analytics,
        metrics: catalogue.metrics().filter(is_of_a_release).collect(),
        observed: DateRange { from, to },
        values: BTreeMap::new(),
    };
    let by_chance: usize = match std::env::var("CARTON_CAPS_QUESTIONS") {
        Ok(number) => number.parse().unwrap(),
        Err(_) => QUESTIONS,
    };
    while questions.len() < of_pages + by_chance {
        let ask = Ask::Aggregate(chance.ask().await);
        let name = format!("by chance: {}", questions.len());
        questions.push(Question::of(name, &catalogue, &ask).unwrap());
    }
    let plan = Plan {
        tables: None,
        questions,
    };
    let began = std::time::Instant::now();
    let report = parity::run(&left, &right, &plan, |_, _, _| {})
        .await
        .unwrap();
    println!(
        "{} ({of_pages} questions of pages, {by_chance} by chance) in {:?}",
        report.verdict(),
        began.elapsed()
    );
    assert!(report.is_equal(), "{}", report.text());
}
