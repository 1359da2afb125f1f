//! A dashboard and its panels, as `marts/dashboards/*.yml` describes them.

use serde::{Deserialize, Serialize};

use crate::panel_drill::{FIRST_DAY, PanelDrill};
use crate::{
    Aggregate, Answered, Ask, DateRange, DimensionFilter, Filters, Grain, Order, ReleaseInfo, Rows,
    curve, funnel, generations, pivot, trees,
};

/// A page of panels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dashboard {
    /// The file's stem and the page's path: `purchases`.
    #[serde(default)]
    pub name: String,
    pub title: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub filters: Vec<FilterControl>,
    /// What its figures are made of, a list for each table that they count; empty where they lead to no rows.
    #[serde(default)]
    pub rows: Vec<RowList>,
    pub panels: Vec<Panel>,
}

/// The rows below those of a dashboard's figures that count them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowList {
    /// As in [`crate::Rows::relation`].
    pub relation: String,
    /// The metric that counts these rows.
    pub count: String,
    /// The dashboard's metrics that are made of these rows and of no others.
    pub metrics: Vec<String>,
    /// As in [`crate::Rows::columns`]; the latest of the first one stand first. The columns `…__file_id` and
    /// `…__row_number` together say where a row landed.
    pub columns: Vec<String>,
}

impl Dashboard {
    /// The rows below figures of `metric`; `None` where they lead to none.
    #[must_use]
    pub fn rows_of(&self, metric: &str) -> Option<&RowList> {
        let is_of = |list: &&RowList| list.metrics.iter().any(|name| name == metric);
        self.rows.iter().find(is_of)
    }

    /// Whether no panel that shows `metric` is kept by the page's filter on `dimension`.
    #[must_use]
    pub fn leaves_aside(&self, metric: &str, dimension: &str) -> bool {
        let shows = |panel: &&Panel| panel.metrics.iter().any(|name| name == metric);
        let mut panels = self.panels.iter().filter(shows).peekable();
        panels.peek().is_some()
            && panels.all(|panel| panel.unfiltered_by.iter().any(|aside| aside == dimension))
    }
}

/// A filter that stands in the bar: `?state=OH` filters `user__state`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilterControl {
    /// The name in the URL.
    pub param: String,
    pub dimension: String,
    pub label: String,
    /// Its values, where there are few and always the same: exactly one of them is chosen, the first one unless the
    /// address says otherwise. It keeps the panels whose metrics are told by its dimension, and is no matter of others.
    #[serde(default)]
    pub options: Vec<FilterOption>,
}

impl FilterControl {
    /// Of a control with options: which of them `chosen` is, or else the first one.
    #[must_use]
    pub fn option<'a>(&'a self, chosen: Option<&str>) -> Option<&'a FilterOption> {
        let named = self
            .options
            .iter()
            .find(|option| Some(option.value.as_str()) == chosen);
        named.or_else(|| self.options.first())
    }
}

/// One value that a filter can have, as the warehouse and as people call it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilterOption {
    pub value: String,
    pub label: String,
}

/// The days that a panel's figures are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PanelDays {
    /// Those of the page's range.
    #[default]
    Range,
    /// The business date alone, beside nothing: what is known today, whatever the range.
    AsOf,
    /// All that were observed, beside nothing.
    All,
}

/// One panel.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Panel {
    /// Unique on the page; element ids and links derive from it.
    pub key: String,
    pub title: String,
    /// Shown on hover: what the numbers are and are not.
    #[serde(default)]
    pub description: String,
    pub kind: PanelKind,
    /// Names of metrics in the catalogue.
    pub metrics: Vec<String>,
    /// Leaderboard and table: one or more; histogram and by_age: one; heat map: two; pivot: two or three; roll-forward: one
    /// or none; cohort: one or two; register: its columns; of other kinds what [`PanelKind`] says.
    #[serde(default)]
    pub dimensions: Vec<String>,
    /// Leaderboard, table, register and roll-forward: how many rows; curve: how many days; trees: how many of them
    /// (default 10).
    #[serde(default)]
    pub limit: Option<u32>,
    /// Filters of its own, beside those of the page.
    #[serde(default)]
    pub only: Vec<DimensionFilter>,
    #[serde(default)]
    pub days: PanelDays,
    /// The periods of its time axis, where they are not for the page to choose.
    #[serde(default)]
    pub grain: Option<Grain>,
    /// Dimensions of the page's filters that its figures are not kept by, and which it says so of.
    #[serde(default)]
    pub unfiltered_by: Vec<String>,
    /// Maturing: after how many days nothing can come of what began any more.
    #[serde(default)]
    pub matures_in: Option<u32>,
    /// Estimates: which of them are shown, in their order.
    #[serde(default)]
    pub figures: Vec<NamedFigure>,
    /// Register: the table whose rows it lists, as in [`crate::Rows::relation`].
    #[serde(default)]
    pub relation: Option<String>,
    /// Assertions: the contracts that it tells of.
    #[serde(default)]
    pub contracts: Vec<String>,
    /// Where its cells lead, if not to the rows that its own metrics count.
    #[serde(default)]
    pub drill: Option<PanelDrill>,
}

/// One of the estimates that a table holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedFigure {
    /// What the panel's first dimensions are for it, in their order.
    pub of: Vec<String>,
    pub label: String,
    /// What it is, in a sentence.
    #[serde(default)]
    pub says: String,
}

/// Of the rows of releases: which run published one, when, and its name.
pub const PUBLISHED_BY: &str = "publication__run_id";
const PUBLISHED_AT: &str = "publication__published_at";
const PUBLISHED_RELEASE: &str = "publication__release_id";

/// Cohorts of a longer range are months, unless the address says otherwise.
const MOST_DAYS_BY_WEEK: i32 = 190;

/// More cells than this are no picture any more, and no page that one can wait for.
pub const MOST_CELLS: u32 = 5_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PanelKind {
    /// Large figures with comparison and trend. Asks: totals, then by period.
    #[default]
    Headline,
    /// One metric by period, with its comparison.
    TimeSeries,
    /// The largest values of each of its dimensions; a click filters by them. Asks, for each dimension: the
    /// largest, with "other" and total; then, where values of it are chosen, those.
    Leaderboard,
    /// Rows by one or more dimensions, sorted and paged as the address says.
    Table,
    /// One metric by the buckets of one dimension, which are named `005-010` and `100+`.
    Histogram,
    /// One metric by two dimensions: rows, then columns.
    HeatMap,
    /// One metric by one or two dimensions down and one across, with totals (see [`crate::pivot`]). The view's
    /// first answer is the whole table, the others are about its sides.
    Pivot,
    /// Stages that one thing goes through (see [`crate::funnel`]).
    Funnel,
    /// A rate by the period in which what it is of began; periods that are too young are marked. Metrics: the rate, and
    /// all that began (see [`crate::cohorts`]).
    Maturing,
    /// An estimate with its interval by cohort. Metrics: estimate, low, high; dimensions: the cohort's first day, and after
    /// how many days it is known (see [`crate::cohorts`]).
    Intervals,
    /// Estimates with their intervals below each other. Metrics: estimate, low, high (see [`crate::estimates`]).
    Estimates,
    /// A share by the days since something began. Metrics: estimate, low, high, what a model gives, how many are observed;
    /// one dimension, the days (see [`crate::curve`]).
    Curve,
    /// One metric by generation, beside what a k-factor gives. Metrics: the one, and the k-factor, which alone is kept by
    /// the panel's own filters. Asks: the generations, then k (see [`crate::generations`]).
    Generations,
    /// The largest trees. Dimensions: size of the tree, its root, generation, who brought the member, the member (see
    /// [`crate::trees`]).
    Trees,
    /// What stood at the beginning, the lines that changed it and what stands at the end, over whole months (see
    /// [`crate::roll_forward`]): as a waterfall and month by month, or for each value of its dimension. Asks: by month
    /// and in all, or by the dimension with "other" and total.
    RollForward,
    /// A ratio by cohorts (periods, down) and by windows of their age (across): one dimension with the window's day, or
    /// two with its first and last. Asks: by period, then all cohorts together.
    Cohort,
    /// Metrics by an age in whole days, as lines.
    ByAge,
    /// Rows of a table as they are, the latest of its first column first.
    Register,
    /// Whether contracts hold that the page's figures rest on. Asks which run published the release; what that run
    /// found is asked behind it (see [`Panel::findings`]).
    Assertions,
}

impl PanelKind {
    /// How many rows it shows can be said by the dashboard's file.
    #[must_use]
    pub fn has_limit(self) -> bool {
        matches!(
            self,
            Self::Leaderboard
                | Self::Table
                | Self::Curve
                | Self::Trees
                | Self::Register
                | Self::RollForward
        )
    }

    /// Beside figures of other days nothing of it makes sense.
    #[must_use]
    pub fn compares(self) -> bool {
        matches!(
            self,
            Self::Headline | Self::TimeSeries | Self::Leaderboard | Self::Table | Self::Pivot
        )
    }
}

impl Panel {
    /// Whether a table of this panel can be sorted by `by`: a dimension, a metric, or how a metric changed.
    #[must_use]
    pub fn sorts_by(&self, by: &str) -> bool {
        let is_metric = |name: &str| self.metrics.iter().any(|metric| metric == name);
        is_metric(by)
            || is_metric(unchanged(by))
            || self.dimensions.iter().any(|dimension| dimension == by)
    }

    /// The questions this panel asks under `filters`, in the order its view reads the answers.
    /// A leaderboard leaves out the filter on its own dimension, so that other values stay in reach.
    #[must_use]
    pub fn asks(
        &self,
        filters: &Filters,
        dashboard: &Dashboard,
        release: &ReleaseInfo,
    ) -> Vec<Ask> {
        let range: DateRange = self.range(filters, release);
        let grain: Grain = self.grain_of(filters, release);
        let compare = filters
            .compare
            .filter(|_| self.days == PanelDays::Range && self.kind.compares());
        let base = Aggregate {
            metrics: self.metrics.clone(),
            dimensions: self.dimensions.clone(),
            grain: None,
            range,
            filters: self.kept_by(filters, dashboard),
            compare,
            compare_grain: Some(grain),
            order: None,
            limit: None,
            skip: 0,
            having: Vec::new(),
            other: false,
            total: false,
        };
        let by_period = |compare| Aggregate {
            dimensions: Vec::new(),
            grain: Some(grain),
            compare,
            ..base.clone()
        };
        match self.kind {
            PanelKind::Headline => vec![
                Ask::Aggregate(Aggregate {
                    dimensions: Vec::new(),
                    ..base.clone()
                }),
                Ask::Aggregate(by_period(None)),
            ],
            // Several metrics are a line each.
            PanelKind::TimeSeries if self.metrics.len() > 1 => {
                vec![Ask::Aggregate(by_period(None))]
            }
            PanelKind::TimeSeries => match self.line_dimension(filters, dashboard) {
                // Lines for several values and their comparison would be too many.
                Some(dimension) => vec![Ask::Aggregate(Aggregate {
                    dimensions: vec![dimension.to_owned()],
                    ..by_period(None)
                })],
                None => vec![Ask::Aggregate(by_period(compare))],
            },
            PanelKind::Leaderboard => self
                .dimensions
                .iter()
                .flat_map(|dimension| self.board(dimension, &base))
                .map(Ask::Aggregate)
                .collect(),
            PanelKind::Table => vec![Ask::Aggregate(self.table(filters, base))],
            PanelKind::Pivot => pivot::sides(self, &base, grain)
                .into_iter()
                .map(Ask::Aggregate)
                .collect(),
            PanelKind::RollForward if self.dimensions.is_empty() => vec![
                Ask::Aggregate(by_period(None)),
                Ask::Aggregate(Aggregate {
                    compare: None,
                    ..base
                }),
            ],
            PanelKind::RollForward => vec![Ask::Aggregate(Aggregate {
                compare: None,
                // What is owed most stands first.
                order: self
                    .metrics
                    .last()
                    .map(|closing| Order::descending(closing)),
                limit: Some(self.rows()),
                other: true,
                total: true,
                ..base
            })],
            PanelKind::Cohort => {
                let order = self.dimensions.first().map(|age| Order::ascending(age));
                let cells = Aggregate {
                    compare: None,
                    order,
                    limit: Some(MOST_CELLS + 1),
                    ..base
                };
                vec![
                    Ask::Aggregate(Aggregate {
                        grain: Some(grain),
                        order: None,
                        ..cells.clone()
                    }),
                    Ask::Aggregate(cells),
                ]
            }
            PanelKind::ByAge => vec![Ask::Aggregate(Aggregate {
                compare: None,
                order: self.dimensions.first().map(|age| Order::ascending(age)),
                limit: Some(MOST_CELLS + 1),
                ..base
            })],
            PanelKind::Register => vec![Ask::Rows(self.register(base.filters))],
            PanelKind::Assertions => vec![Self::publication(&release.id.0)],
            PanelKind::Histogram | PanelKind::HeatMap => vec![Ask::Aggregate(Aggregate {
                compare: None,
                // One more, to know whether there are too many.
                limit: Some(MOST_CELLS + 1),
                order: self.dimensions.first().map(|dimension| Order {
                    by: dimension.clone(),
                    descending: false,
                }),
                ..base
            })],
            PanelKind::Funnel => vec![Ask::Aggregate(funnel::ask(self, base))],
            PanelKind::Maturing => vec![Ask::Aggregate(by_period(None))],
            PanelKind::Intervals | PanelKind::Estimates => vec![Ask::Aggregate(Aggregate {
                limit: Some(MOST_CELLS),
                order: self.dimensions.first().map(|by| Order::ascending(by)),
                ..base
            })],
            PanelKind::Curve => vec![Ask::Aggregate(curve::ask(self, base))],
            PanelKind::Generations => generations::asks(self, &base)
                .into_iter()
                .map(Ask::Aggregate)
                .collect(),
            PanelKind::Trees => vec![Ask::Aggregate(trees::ask(self, base))],
        }
    }

    /// The rows of a register, the latest first.
    fn register(&self, filters: Vec<DimensionFilter>) -> Rows {
        let columns = self.dimensions.iter().chain(&self.metrics).cloned();
        Rows {
            relation: self.relation.clone().unwrap_or_default(),
            columns: columns.collect(),
            filters,
            order: self
                .dimensions
                .first()
                .map(|by| Order::descending(by))
                .into_iter()
                .collect(),
            limit: self.rows(),
            ..Rows::default()
        }
    }

    /// Which run published the release `release`.
    pub(crate) fn publication(release: &str) -> Ask {
        Ask::Rows(Rows {
            relation: "releases".to_owned(),
            columns: vec![PUBLISHED_BY.to_owned(), PUBLISHED_AT.to_owned()],
            filters: vec![DimensionFilter::only(PUBLISHED_RELEASE, release)],
            order: vec![Order::descending(PUBLISHED_AT)],
            limit: 1,
            ..Rows::default()
        })
    }

    /// What the run `run` found of the contracts of a panel of assertions.
    #[must_use]
    pub fn findings(&self, run: &str) -> Ask {
        let columns = [
            "contract",
            "description",
            "status",
            "failing_rows",
            "sample",
            "scope",
            "checked_at",
            "declared_at",
        ];
        let columns = columns.map(|name| match name {
            "failing_rows" => name.to_owned(),
            name => format!("contract_result__{name}"),
        });
        Ask::Rows(Rows {
            relation: "contract_results".to_owned(),
            columns: columns.to_vec(),
            filters: vec![
                DimensionFilter::only("contract_result__run_id", run),
                DimensionFilter {
                    dimension: "contract_result__contract".to_owned(),
                    values: self.contracts.clone(),
                    exclude: false,
                },
            ],
            order: vec![Order::ascending("contract_result__contract")],
            limit: 1_000,
            ..Rows::default()
        })
    }

    /// The days that its figures are of: of a roll-forward, whole months.
    #[must_use]
    pub fn range(&self, filters: &Filters, release: &ReleaseInfo) -> DateRange {
        let to = release.business_date;
        if self.kind == PanelKind::RollForward {
            let range = filters.range(release);
            return DateRange {
                from: Grain::Month.first_day(range.from),
                to: range.to,
            };
        }
        match self.days {
            PanelDays::Range => filters.range(release),
            PanelDays::AsOf => DateRange { from: to, to },
            PanelDays::All => DateRange {
                from: FIRST_DAY.min(to),
                to,
            },
        }
    }

    /// The periods of its time axis.
    #[must_use]
    pub fn grain_of(&self, filters: &Filters, release: &ReleaseInfo) -> Grain {
        let grain = self.grain.unwrap_or_else(|| filters.grain(release));
        match (self.kind, grain) {
            (PanelKind::RollForward, _) => Grain::Month,
            // A day's users are too few to be told apart.
            (PanelKind::Cohort, Grain::Day) => Grain::Week,
            // More weeks than these are no page that one can overlook.
            (PanelKind::Cohort, Grain::Week)
                if filters.grain.is_none()
                    && self.range(filters, release).days() > MOST_DAYS_BY_WEEK =>
            {
                Grain::Month
            }
            _ => grain,
        }
    }

    /// The page's filters that it obeys, and its own.
    fn kept_by(&self, filters: &Filters, dashboard: &Dashboard) -> Vec<DimensionFilter> {
        let mut kept = filters.dimension_filters(dashboard);
        kept.retain(|filter| !self.unfiltered_by.contains(&filter.dimension));
        kept.extend(self.only.iter().cloned());
        kept
    }

    /// The dimension whose chosen values are a line each, unless its figures are not kept by it.
    fn line_dimension<'a>(&self, filters: &Filters, dashboard: &'a Dashboard) -> Option<&'a str> {
        filters
            .line_dimension(dashboard)
            .filter(|dimension| self.unfiltered_by.iter().all(|aside| aside != dimension))
    }

    /// The labels of the filters in force that its figures are not kept by.
    #[must_use]
    pub fn leaves_aside(&self, filters: &Filters, dashboard: &Dashboard) -> Vec<String> {
        let is_chosen = |control: &&FilterControl| {
            control.options.is_empty()
                && self.unfiltered_by.contains(&control.dimension)
                && filters
                    .chosen
                    .get(&control.param)
                    .is_some_and(|values| !values.is_empty())
        };
        let aside = dashboard.filters.iter().filter(is_chosen);
        aside.map(|control| control.label.clone()).collect()
    }

    /// One board of a leaderboard: the largest values, and those that are chosen, wherever they stand.
    fn board(&self, dimension: &str, base: &Aggregate) -> Vec<Aggregate> {
        let (own, others): (Vec<DimensionFilter>, Vec<DimensionFilter>) = base
            .filters
            .iter()
            .cloned()
            .partition(|filter| filter.dimension == dimension);
        let largest = Aggregate {
            dimensions: vec![dimension.to_owned()],
            filters: others,
            order: self.largest_first(),
            limit: Some(self.rows()),
            other: true,
            total: true,
            ..base.clone()
        };
        let chosen = own.into_iter().map(|filter| {
            let mut filters = largest.filters.clone();
            let limit = u32::try_from(filter.values.len()).ok();
            filters.push(DimensionFilter {
                exclude: false,
                ..filter
            });
            Aggregate {
                filters,
                limit,
                other: false,
                total: false,
                ..largest.clone()
            }
        });
        let chosen: Vec<Aggregate> = chosen.collect();
        std::iter::once(largest).chain(chosen).collect()
    }

    fn table(&self, filters: &Filters, base: Aggregate) -> Aggregate {
        let view = filters.table(&self.key);
        let sort = view
            .sort
            .filter(|sort| self.sorts_by(&sort.by))
            .map(|sort| {
                // Beside nothing, nothing has changed.
                let by = match base.compare {
                    Some(_) => sort.by,
                    None => unchanged(&sort.by).to_owned(),
                };
                Order { by, ..sort }
            });
        Aggregate {
            order: sort.or_else(|| self.largest_first()),
            limit: Some(self.rows()),
            skip: view.page.saturating_mul(self.rows()),
            ..base
        }
    }

    /// How many rows it shows at a time.
    #[must_use]
    pub fn rows(&self) -> u32 {
        self.limit.unwrap_or(10)
    }

    fn largest_first(&self) -> Option<Order> {
        self.metrics.first().map(|metric| Order {
            by: metric.clone(),
            descending: true,
        })
    }
}

/// The metric whose change `by` names, or `by` itself.
fn unchanged(by: &str) -> &str {
    by.strip_suffix("__change_percent")
        .or_else(|| by.strip_suffix("__change"))
        .unwrap_or(by)
}

/// A panel with everything its view needs, as it crosses the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PanelView {
    pub panel: Panel,
    pub answers: Vec<Answered>,
    pub drawings: Vec<crate::Drawing>,
    pub release: ReleaseInfo,
    pub range: DateRange,
    /// The comparison's range, where there is one.
    pub prior: Option<DateRange>,
    pub grain: Grain,
    /// What stands beside the figures of a headline.
    #[serde(default)]
    pub notes: Vec<MetricNote>,
    /// Boards without an answer, among others that have one.
    #[serde(default)]
    pub failed: Vec<FailedBoard>,
    /// Labels of the page's filters in force that these figures are not kept by.
    #[serde(default)]
    pub leaves_aside: Vec<String>,
}

/// A board of a leaderboard whose figures could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedBoard {
    pub dimension: String,
    pub failure: crate::Failure,
}

/// What a headline says of a metric besides its figure.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MetricNote {
    pub metric: String,
    /// Nothing of the kind is in the release at all: the figure is none, not 0.
    pub is_absent: bool,
    /// Its difference can be taken apart.
    pub has_reasons: bool,
    /// The page that shows more of it.
    pub page: Option<crate::DashboardLink>,
    /// Of the contracts it relies on: how many there are, warn and fail.
    pub contracts: u32,
    pub warn: u32,
    pub fail: u32,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use jiff::civil::date;

    use super::*;
    use crate::{Comparison, ReleaseId};

    fn dashboard() -> Dashboard {
        let control = |param: &str, dimension: &str| FilterControl {
            param: param.into(),
            dimension: dimension.into(),
            label: param.into(),
            options: Vec::new(),
        };
        Dashboard {
            name: "purchases".into(),
            title: "Purchases".into(),
            description: String::new(),
            filters: vec![
                control("state", "user__state"),
                control("department", "product__department"),
            ],
            rows: Vec::new(),
            panels: Vec::new(),
        }
    }

    fn asks(kind: PanelKind, dimensions: &[&str], query: &str) -> Vec<Aggregate> {
        let release = ReleaseInfo {
            id: ReleaseId("r1".into()),
            business_date: date(2026, 3, 31),
            observed: None,
            zone: "America/New_York".into(),
        };
        let panel = Panel {
            key: "p".into(),
            title: "P".into(),
            description: String::new(),
            kind,
            metrics: vec!["retail_spend".into(), "receipts".into()],
            dimensions: dimensions.iter().map(|&d| d.to_owned()).collect(),
            ..Panel::default()
        };
        let filters = Filters::parse(query, &dashboard());
        let aggregate = |ask| match ask {
            Ask::Aggregate(aggregate) => aggregate,
            Ask::Values(_) | Ask::Rows(_) => unreachable!("panels ask for figures"),
        };
        panel
            .asks(&filters, &dashboard(), &release)
            .into_iter()
            .map(aggregate)
            .collect()
    }

    #[test]
    fn a_headline_asks_for_totals_and_then_for_their_trend() {
        let asks = asks(
            PanelKind::Headline,
            &[],
            "grain=month&compare=prior_year&state=OH",
        );
        let grains: Vec<_> = asks
            .iter()
            .map(|ask| (ask.grain, ask.compare_grain, ask.compare))
            .collect();
        let month = Some(Grain::Month);
        assert_eq!(
            grains,
            [
                (None, month, Some(Comparison::PriorYear)),
                (month, month, None)
            ]
        );
        assert!(
            asks.iter()
                .all(|ask| ask.filters.len() == 1 && ask.limit.is_none())
        );
    }

    #[test]
    fn a_leaderboard_keeps_the_values_it_filters_by_in_reach() {
        let filtered = |kind| {
            let asked = asks(
                kind,
                &["product__department"],
                "state=OH&department=GROCERY",
            );
            asked[0]
                .filters
                .iter()
                .map(|f| f.dimension.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(filtered(PanelKind::Leaderboard), ["user__state"]);
        let boards = asks(
            PanelKind::Leaderboard,
            &["product__department", "user__state"],
            "state=!OH&department=GROCERY",
        );
        let boards: Vec<_> = boards
            .iter()
            .map(|ask| {
                let own = ask
                    .filters
                    .iter()
                    .find(|f| f.dimension == ask.dimensions[0]);
                (
                    ask.dimensions[0].as_str(),
                    own.map(|f| (f.exclude, f.values.clone())),
                    ask.total,
                )
            })
            .collect();
        assert_eq!(
            boards,
            [
                ("product__department", None, true),
                (
                    "product__department",
                    Some((false, vec!["GROCERY".to_owned()])),
                    false
                ),
                ("user__state", None, true),
                ("user__state", Some((false, vec!["OH".to_owned()])), false),
            ]
        );
        assert_eq!(
            filtered(PanelKind::Table),
            ["user__state", "product__department"]
        );
        let ask = asks(PanelKind::Leaderboard, &["product__department"], "").remove(0);
        assert_eq!(ask.limit, Some(10));
        assert_eq!(
            ask.order,
            Some(Order {
                by: "retail_spend".into(),
                descending: true
            })
        );
    }
}
