//! A service that answers from memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use jiff::civil::date;
use marts::{
    Answer, Answered, Ask, Column, ColumnRole, Dashboard, DashboardLink, Drawing, Failure,
    FilterControl, Frame, Panel, PanelKind, Picture, ReleaseId, ReleaseInfo, RowPolicy, Unit,
    Value,
};
use tokio::sync::Semaphore;

/// Answers every question from memory, except those about the metric `broken`.
#[derive(Default)]
pub struct Memory {
    /// Nothing has run and nothing was published.
    pub is_new: bool,
    /// While there is one, questions about the metric `gated` wait for a permit.
    pub gate: Option<Arc<Semaphore>>,
    /// So many first answers come from the next release already, as if it were published in between.
    pub swaps: AtomicUsize,
}

pub fn panel(key: &str, kind: PanelKind, metric: &str, dimensions: &[&str]) -> Panel {
    Panel {
        key: key.to_owned(),
        title: format!("Panel {key}"),
        description: String::new(),
        kind,
        metrics: vec![metric.to_owned()],
        dimensions: dimensions.iter().map(|&name| name.to_owned()).collect(),
        ..Panel::default()
    }
}

pub fn purchases() -> Dashboard {
    Dashboard {
        name: "purchases".to_owned(),
        title: "Purchases".to_owned(),
        description: "What members bought.".to_owned(),
        filters: vec![FilterControl {
            param: "department".to_owned(),
            dimension: "product__department".to_owned(),
            label: "Department".to_owned(),
            options: Vec::new(),
        }],
        rows: Vec::new(),
        panels: vec![
            panel("totals", PanelKind::Headline, "retail_spend", &[]),
            panel("trend", PanelKind::TimeSeries, "retail_spend", &[]),
            panel(
                "departments",
                PanelKind::Leaderboard,
                "retail_spend",
                &["product__department"],
            ),
            panel("broken", PanelKind::Table, "broken", &["product__name"]),
        ],
    }
}

fn cents(amount: i64) -> Value {
    Value::Decimal(rust_decimal::Decimal::new(amount, 2))
}

fn column(name: &str, unit: Unit, role: ColumnRole) -> Column {
    Column {
        name: name.to_owned(),
        label: name.replace('_', " "),
        unit,
        role,
    }
}

#[async_trait]
impl Answer for Memory {
    async fn answer_from(
        &self,
        policy: &RowPolicy,
        ask: &Ask,
        _: Option<&ReleaseId>,
    ) -> Result<Answered, Failure> {
        assert_eq!(policy, &RowPolicy::Unrestricted);
        // As a real service does, it answers later.
        tokio::task::yield_now().await;
        let frame = match ask {
            Ask::Rows(_) if self.is_new => Frame::default(),
            Ask::Aggregate(aggregate)
                if aggregate.metrics.iter().any(|metric| metric == "broken")
                    || aggregate
                        .dimensions
                        .iter()
                        .any(|name| name == "product__broken") =>
            {
                return Err(Failure::unavailable(
                    "The figures are being rebuilt. Try again in a minute.",
                )
                .with_detail("secret: /var/lib/gold.duckdb"));
            }
            Ask::Aggregate(aggregate) if aggregate.metrics[0] == "contracts_checked" => {
                crate::records::contracts_by_status()
            }
            Ask::Aggregate(aggregate) if aggregate.metrics[0] == "files" => {
                crate::records::taken_in()
            }
            Ask::Aggregate(aggregate) => {
                if let Some(gate) = self
                    .gate
                    .as_ref()
                    .filter(|_| aggregate.metrics[0] == "gated")
                {
                    gate.acquire().await.unwrap().forget();
                }
                let mut columns = Vec::new();
                let mut row = Vec::new();
                for dimension in &aggregate.dimensions {
                    columns.push(column(dimension, Unit::None, ColumnRole::Dimension));
                    row.push(Value::Text("GROCERY & MORE".to_owned()));
                }
                if aggregate.grain.is_some() {
                    columns.push(column("metric_time", Unit::None, ColumnRole::Time));
                    row.push(Value::Date(date(2017, 12, 4)));
                }
                columns.push(column("retail_spend", Unit::Usd, ColumnRole::Metric));
                row.push(cents(459_603_958));
                if aggregate.compare.is_some() {
                    columns.push(column("retail_spend__prior", Unit::Usd, ColumnRole::Prior));
                    row.push(cents(400_000_000));
                }
                Frame {
                    columns,
                    rows: vec![row],
                    truncated: false,
                }
            }
            Ask::Rows(rows) => crate::records::rows(rows),
            Ask::Values(_) => Frame {
                columns: vec![column(
                    "product__department",
                    Unit::None,
                    ColumnRole::Dimension,
                )],
                rows: vec![
                    vec![Value::Text("GROCERY & MORE".to_owned())],
                    vec![Value::Text("DAIRY".to_owned())],
                ],
                truncated: false,
            },
        };
        let before = self.swaps.load(Ordering::SeqCst);
        self.swaps.store(before.saturating_sub(1), Ordering::SeqCst);
        let release = if before > 0 { "r-2018" } else { "r-2017" };
        Ok(Answered {
            frame,
            release: ReleaseId(release.to_owned()),
        })
    }

    async fn release(&self) -> Result<ReleaseInfo, Failure> {
        tokio::task::yield_now().await;
        if self.is_new {
            return Err(Failure::unavailable("Nothing has been published yet."));
        }
        Ok(ReleaseInfo {
            id: ReleaseId("r-2017".to_owned()),
            business_date: date(2017, 12, 31),
            observed: Some((date(2017, 1, 1), date(2017, 12, 31))),
            zone: "America/New_York".to_owned(),
        })
    }

    async fn dashboard(&self, name: &str) -> Result<Arc<Dashboard>, Failure> {
        tokio::task::yield_now().await;
        match name {
            "purchases" => Ok(Arc::new(purchases())),
            "slow" => {
                let panels = vec![
                    panel("quick", PanelKind::Headline, "retail_spend", &[]),
                    panel("slow", PanelKind::Table, "gated", &[]),
                ];
                Ok(Arc::new(Dashboard {
                    name: "slow".to_owned(),
                    panels,
                    ..purchases()
                }))
            }
            "boards" => {
                let board = |key: &str, dimensions: &[&str]| {
                    panel(key, PanelKind::Leaderboard, "retail_spend", dimensions)
                };
                let panels = vec![
                    board("mixed", &["product__broken", "product__department"]),
                    board("none", &["product__broken"]),
                ];
                Ok(Arc::new(Dashboard {
                    name: "boards".to_owned(),
                    panels,
                    ..purchases()
                }))
            }
            "mistaken" => Err(Failure::internal(
                "marts/dashboards/mistaken.yml, line 7: expected `title`.",
            )),
            _ => Err(Failure::not_found(format!(
                "There is no dashboard “{name}”."
            ))),
        }
    }

    async fn dashboards(&self) -> Result<Vec<DashboardLink>, Failure> {
        Ok(vec![DashboardLink {
            name: "purchases".to_owned(),
            title: "Purchases".to_owned(),
        }])
    }

    fn draw(&self, panel: &Panel, _: &[Ask], _: &[Answered], _: &ReleaseInfo) -> Vec<Drawing> {
        let svg = format!(
            "<svg class=\"fig\"><title>drawn {}</title></svg>",
            panel.key
        );
        let wide = Picture {
            svg,
            width: 100.0,
            height: 50.0,
            xs: vec![50.0],
            ys: vec![vec![Some(20.0)]],
            ..Picture::default()
        };
        vec![Drawing {
            key: "retail_spend".to_owned(),
            wide,
            narrow: None,
            series: vec!["Retail spend".to_owned()],
        }]
    }
}
