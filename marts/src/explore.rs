//! Any metrics by any dimensions, as an address says: `?metrics=retail_spend,receipts&by=user__state&chart=bars`.

use crate::{Dashboard, Filters, MetricAbout, Panel, PanelKind, pivot};

/// The page's path.
pub const EXPLORE: &str = "explore";

/// The parameters of the address that say what is looked at.
pub const METRICS: &str = "metrics";
pub const BY: &str = "by";
pub const CHART: &str = "chart";
/// Of a pivot: what stands across, one of its dimensions or [`pivot::PERIODS`], and how its rows are sorted.
pub const ACROSS: &str = "across";
pub const SORT: &str = "sort";
pub const PARAMETERS: [&str; 5] = [METRICS, BY, CHART, ACROSS, SORT];

/// The panels of the page: the totals, and what they are made of.
pub const TOTALS: &str = "totals";
pub const BREAKDOWN: &str = "breakdown";

const MOST_METRICS: usize = 8;
const MOST_DIMENSIONS: usize = 4;
const ROWS: u32 = 50;
const BARS: u32 = 15;

/// How a breakdown is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chart {
    Table,
    Bars,
    Line,
    /// One or two dimensions down, one or periods across.
    Pivot,
}

impl Chart {
    pub const ALL: [Self; 4] = [Self::Table, Self::Bars, Self::Line, Self::Pivot];

    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Bars => "bars",
            Self::Line => "line",
            Self::Pivot => "pivot",
        }
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Table => "Table",
            Self::Bars => "Bars",
            Self::Line => "Line",
            Self::Pivot => "Pivot",
        }
    }

    fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|chart| chart.slug() == slug)
    }
}

/// What is looked at. Names are as the address has them: the planner refuses unknown ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exploration {
    pub metrics: Vec<String>,
    pub by: Vec<String>,
    pub chart: Chart,
    /// What a pivot has across; one of `by` or [`pivot::PERIODS`].
    pub across: String,
}

impl Exploration {
    /// Reads the parameters; what the chosen chart cannot show gives way to one that can.
    #[must_use]
    pub fn of(filters: &Filters) -> Self {
        let listed = |name: &str, most: usize| {
            let mut names: Vec<String> = Vec::new();
            let text = filters.parameters.get(name).map_or("", String::as_str);
            for part in text.split(',').filter(|part| !part.is_empty()) {
                if !names.iter().any(|name| name == part) && names.len() < most {
                    names.push(part.to_owned());
                }
            }
            names
        };
        let mut metrics = listed(METRICS, MOST_METRICS);
        if metrics.is_empty() {
            metrics.push("retail_spend".to_owned());
        }
        let by = listed(BY, MOST_DIMENSIONS);
        let chosen = filters.parameters.get(CHART);
        let chart = chosen.and_then(|slug| Chart::from_slug(slug));
        let across = filters.parameters.get(ACROSS).filter(|across| {
            // Something has to stand down.
            *across == pivot::PERIODS || (by.len() > 1 && by.contains(across))
        });
        let usual = || match by.as_slice() {
            [_, .., last] => last.clone(),
            _ => pivot::PERIODS.to_owned(),
        };
        Self {
            across: across.cloned().unwrap_or_else(usual),
            chart: chart
                .filter(|chart| can_show(*chart, by.len()))
                .unwrap_or(if by.is_empty() {
                    Chart::Line
                } else {
                    Chart::Table
                }),
            metrics,
            by,
        }
    }

    /// The charts that can show it.
    pub fn charts(&self) -> impl Iterator<Item = Chart> {
        let dimensions = self.by.len();
        Chart::ALL
            .into_iter()
            .filter(move |chart| can_show(*chart, dimensions))
    }

    /// The address's parameters with a metric added or taken away; the last one stays.
    #[must_use]
    pub fn with_metric(&self, filters: &Filters, metric: &str) -> Filters {
        let mut metrics = toggled(&self.metrics, metric);
        if metrics.is_empty() {
            metrics.push(metric.to_owned());
        }
        filters.with_parameter(METRICS, Some(metrics.join(",")))
    }

    /// The same with a dimension added or taken away.
    #[must_use]
    pub fn with_dimension(&self, filters: &Filters, dimension: &str) -> Filters {
        let by = toggled(&self.by, dimension);
        filters.with_parameter(BY, Some(by.join(",")).filter(|by| !by.is_empty()))
    }

    #[must_use]
    pub fn with_across(filters: &Filters, across: &str) -> Filters {
        // The columns that rows were sorted by are gone.
        let filters = filters.with_parameter(SORT, None);
        filters.with_parameter(ACROSS, Some(across.to_owned()))
    }

    #[must_use]
    pub fn with_chart(filters: &Filters, chart: Chart) -> Filters {
        filters.with_parameter(CHART, Some(chart.slug().to_owned()))
    }

    /// The page with panels that show it.
    #[must_use]
    pub fn shaped(&self, page: &Dashboard) -> Dashboard {
        let mut page = page.clone();
        for panel in &mut page.panels {
            if panel.key == TOTALS {
                panel.metrics.clone_from(&self.metrics);
            } else if panel.key == BREAKDOWN {
                self.shape(panel);
            }
        }
        page
    }

    fn shape(&self, panel: &mut Panel) {
        let first = || self.metrics.iter().take(1).cloned().collect::<Vec<_>>();
        (panel.kind, panel.metrics, panel.dimensions, panel.limit) = match self.chart {
            Chart::Table => (
                PanelKind::Table,
                self.metrics.clone(),
                self.by.clone(),
                Some(ROWS),
            ),
            Chart::Bars => (PanelKind::Leaderboard, first(), self.by.clone(), Some(BARS)),
            Chart::Line => (PanelKind::TimeSeries, first(), Vec::new(), None),
            Chart::Pivot => {
                let down = self.by.iter().filter(|name| **name != self.across);
                let across = std::iter::once(&self.across);
                (
                    PanelKind::Pivot,
                    first(),
                    down.take(2).chain(across).cloned().collect(),
                    None,
                )
            }
        };
    }
}

fn can_show(chart: Chart, dimensions: usize) -> bool {
    match chart {
        Chart::Line => true,
        Chart::Table | Chart::Bars | Chart::Pivot => dimensions > 0,
    }
}

fn toggled(names: &[String], name: &str) -> Vec<String> {
    let mut names = names.to_vec();
    match names.iter().position(|known| known == name) {
        Some(at) => {
            names.remove(at);
        }
        None => names.push(name.to_owned()),
    }
    names
}

/// The dimensions by which all of these metrics can be broken down, named and labelled; ids of single rows left out.
#[must_use]
pub fn dimensions_of(metrics: &[MetricAbout], chosen: &[String]) -> Vec<(String, String)> {
    let mut of_all: Option<Vec<(String, String)>> = None;
    for metric in metrics
        .iter()
        .filter(|metric| chosen.contains(&metric.name))
    {
        let reached = metric
            .dimensions
            .iter()
            .filter(|dimension| !dimension.is_key)
            .map(|dimension| (dimension.name.clone(), dimension.label.clone()));
        let reached: Vec<_> = reached.collect();
        of_all = Some(match of_all {
            None => reached,
            Some(before) => before
                .into_iter()
                .filter(|dimension| reached.contains(dimension))
                .collect(),
        });
    }
    of_all.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    fn filters(pairs: &[(&str, &str)]) -> Filters {
        let parameters = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Filters {
            parameters: parameters.collect(),
            ..Filters::default()
        }
    }

    #[test]
    fn an_address_without_parameters_shows_spend_over_time() {
        let shown = Exploration::of(&Filters::default());
        assert_eq!(shown.metrics, ["retail_spend"]);
        assert_eq!((shown.by.len(), shown.chart), (0, Chart::Line));
    }

    #[test]
    fn a_chart_that_cannot_show_it_gives_way() {
        let of =
            |by: &str, chart: &str| Exploration::of(&filters(&[(BY, by), (CHART, chart)])).chart;
        assert_eq!(of("", "pivot"), Chart::Line);
        assert_eq!(of("user__state,user__channel", "pivot"), Chart::Pivot);
        assert_eq!(of("", "bars"), Chart::Line);
        assert_eq!(of("user__state", "pie"), Chart::Table);
    }

    #[test]
    fn a_pivot_has_something_down_and_something_across() {
        let dimensions = |by: &str, across: &str| {
            let mut pairs = vec![(BY, by), (CHART, "pivot")];
            if !across.is_empty() {
                pairs.push((ACROSS, across));
            }
            let mut panel = Panel {
                key: BREAKDOWN.into(),
                title: "P".into(),
                description: String::new(),
                kind: PanelKind::Table,
                metrics: Vec::new(),
                dimensions: Vec::new(),
                ..Panel::default()
            };
            Exploration::of(&filters(&pairs)).shape(&mut panel);
            assert_eq!(panel.kind, PanelKind::Pivot);
            panel.dimensions.join(" ")
        };
        assert_eq!(dimensions("a__a", ""), "a__a metric_time");
        assert_eq!(dimensions("a__a", "a__a"), "a__a metric_time");
        assert_eq!(dimensions("a__a,b__b", ""), "a__a b__b");
        assert_eq!(dimensions("a__a,b__b", "a__a"), "b__b a__a");
        assert_eq!(
            dimensions("a__a,b__b", "metric_time"),
            "a__a b__b metric_time"
        );
        assert_eq!(dimensions("a__a,b__b", "no__such"), "a__a b__b");
        assert_eq!(dimensions("a__a,b__b,c__c", ""), "a__a b__b c__c");
    }

    #[test]
    fn what_is_chosen_is_toggled_and_the_last_metric_stays() {
        let start = filters(&[(METRICS, "receipts,receipts"), (BY, "user__state")]);
        let shown = Exploration::of(&start);
        assert_eq!(shown.metrics, ["receipts"]);
        let kept = shown.with_metric(&start, "receipts");
        assert_eq!(kept.parameters[METRICS], "receipts");
        let both = shown.with_metric(&start, "units");
        assert_eq!(both.parameters[METRICS], "receipts,units");
        let undivided = shown.with_dimension(&start, "user__state");
        assert!(!undivided.parameters.contains_key(BY));
    }
}
