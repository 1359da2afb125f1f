//! What an address of the page says, and the addresses that its links lead to.
//!
//! `metric`, `by` (a dimension; the one that explains most where there is none) and `then` (the release in which the
//! earlier figure was reported) are the page's own. Filters are spelled as on the dashboards, and besides by any
//! dimension's full name: `product__brand=…`.

use marts::{
    Comparison, Dashboard, DimensionAbout, FilterControl, Filters, MetricAbout, Preset,
    RangeChoice, ReleaseId, ReleaseInfo, format,
};

use super::unknown;
use super::view::{Choice, Field, Way};
use crate::url::{dashboard_href, encoded, split_query};
use crate::{AppError, Session};

/// The page's own parameters, and those of other pages that a link may have brought along.
const OWN: [&str; 4] = ["metric", "by", "then", "drill"];

pub struct Address {
    pub about: MetricAbout,
    pub by: Option<DimensionAbout>,
    pub then: Option<ReleaseId>,
    pub filters: Filters,
    /// Of no page: its filters are all dimensions of the metric.
    pub dashboard: Dashboard,
    is_static: bool,
}

impl Address {
    /// # Errors
    /// A metric or dimension that is not there.
    pub async fn read(
        session: &Session,
        query: &str,
        metrics: &[MetricAbout],
    ) -> Result<Self, AppError> {
        let (is_static, query) = split_query(query);
        let mut own: [Option<&str>; 4] = [None; 4];
        let mut rest = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match OWN.iter().position(|own| *own == name) {
                Some(at) => own[at] = Some(value),
                None => rest.push(pair),
            }
        }
        let [metric, by, then, _] = own;
        let about = match metric {
            Some(name) => metrics.iter().find(|about| about.name == name),
            None => metrics
                .iter()
                .find(|about| about.name == "retail_spend")
                .or(metrics.first()),
        };
        let about = about
            .cloned()
            .ok_or_else(|| unknown(session, "metric", metric.unwrap_or_default()))?;
        let by = match by.filter(|by| *by != "auto") {
            Some(by) => Some(
                about
                    .dimensions
                    .iter()
                    .find(|dimension| dimension.name == by)
                    .cloned()
                    .ok_or_else(|| unknown(session, "breakdown", by))?,
            ),
            None => None,
        };
        let dashboard = dashboard(session, &about).await?;
        Ok(Self {
            filters: Filters::parse(&rest.join("&"), &dashboard),
            then: then
                .filter(|id| {
                    id.len() <= 80
                        && id
                            .chars()
                            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
                })
                .map(|id| ReleaseId(id.to_owned())),
            about,
            by,
            dashboard,
            is_static,
        })
    }

    /// Dimensions worth a breakdown: no keys, and none of which one value is left.
    pub fn candidates(&self) -> Vec<DimensionAbout> {
        let is_settled = |dimension: &DimensionAbout| {
            self.param(&dimension.name).is_some_and(|param| {
                !self.filters.excluded.contains(param)
                    && self
                        .filters
                        .chosen
                        .get(param)
                        .is_some_and(|values| values.len() == 1)
            })
        };
        self.about
            .dimensions
            .iter()
            .filter(|dimension| !dimension.is_key && !is_settled(dimension))
            .cloned()
            .collect()
    }

    pub fn param(&self, dimension: &str) -> Option<&str> {
        self.dashboard
            .filters
            .iter()
            .find(|control| control.dimension == dimension)
            .map(|control| control.param.as_str())
    }

    fn href(&self, by: Option<&str>, filters: &Filters) -> String {
        let mut pairs = vec![format!("metric={}", encoded(&self.about.name))];
        pairs.extend(by.map(|by| format!("by={}", encoded(by))));
        pairs.extend(
            self.then
                .as_ref()
                .map(|then| format!("then={}", encoded(&then.0))),
        );
        let query = filters.to_query();
        if !query.is_empty() {
            pairs.push(query);
        }
        dashboard_href("why", &pairs.join("&"), self.is_static)
    }

    /// This difference by another dimension; `None` by the one that explains most.
    pub fn by(&self, dimension: Option<&str>) -> String {
        self.href(dimension, &self.filters)
    }

    /// The difference of one member, by whatever explains most of it.
    pub fn member(&self, dimension: &str, value: &str) -> Option<String> {
        let param = self.param(dimension)?;
        Some(self.href(None, &super::with(&self.filters, param, value)))
    }

    /// The same range of both releases, instead of two ranges.
    pub fn restated(&self, range: marts::DateRange) -> String {
        let range = RangeChoice::Between {
            from: range.from,
            to: range.to,
        };
        self.href(
            self.by.as_ref().map(|by| by.name.as_str()),
            &self.filters.with_range(range).with_compare(None),
        )
    }

    /// The dashboard `name` under the same filters.
    pub fn page(&self, name: &str) -> String {
        dashboard_href(name, &self.filters.to_query(), self.is_static)
    }

    /// The dashboard that shows the metric, with one more value filtered by.
    pub fn rows(&self, page: Option<&str>, dimension: &str, value: &str) -> Option<String> {
        let param = self
            .param(dimension)
            .filter(|param| !param.contains("__"))?;
        let query = super::with(&self.filters, param, value).to_query();
        Some(dashboard_href(page?, &query, self.is_static))
    }

    /// The values filtered by, each leading to the page without it.
    pub fn chosen(&self) -> Vec<Way> {
        let by = self.by.as_ref().map(|by| by.name.as_str());
        let mut ways = Vec::new();
        for control in &self.dashboard.filters {
            let values = self.filters.chosen.get(&control.param);
            let not = match self.filters.excluded.contains(&control.param) {
                true => "without ",
                false => "",
            };
            for value in values.into_iter().flatten() {
                let shown = match value.as_str() {
                    marts::ask::UNKNOWN => "Unknown",
                    value => value,
                };
                ways.push(Way {
                    label: format!("{}: {not}{shown}", control.label),
                    href: self.href(by, &self.filters.toggled(&control.param, value)),
                });
            }
        }
        ways
    }

    /// What the form's fields do not say: filters, grain and the pinned release.
    pub fn carried(&self) -> Vec<(String, String)> {
        let filters = &self.filters;
        let mut carried = Vec::new();
        if let RangeChoice::Between { from, to } = filters.range {
            carried.push(("from".to_owned(), from.to_string()));
            carried.push(("to".to_owned(), to.to_string()));
        }
        if let Some(grain) = filters.grain {
            carried.push(("grain".to_owned(), grain.slug().to_owned()));
        }
        for (param, values) in &filters.chosen {
            let not = if filters.excluded.contains(param) {
                "!"
            } else {
                ""
            };
            for value in values {
                carried.push((param.clone(), format!("{not}{value}")));
            }
        }
        if let Some(release) = &filters.release {
            carried.push(("release".to_owned(), release.0.clone()));
        }
        if self.is_static {
            carried.push(("view".to_owned(), "static".to_owned()));
        }
        carried
    }

    /// # Errors
    /// When the releases cannot be listed.
    pub async fn fields(
        &self,
        metrics: &[MetricAbout],
        now: &ReleaseInfo,
        session: &Session,
    ) -> Result<Vec<Field>, AppError> {
        let choice = |value: &str, label: &str, is_chosen: bool| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
            is_chosen,
        };
        let field = |name: &str, label: &str, choices: Vec<Choice>| Field {
            name: name.to_owned(),
            label: label.to_owned(),
            choices,
        };
        let filters = &self.filters;
        let mut ranges: Vec<Choice> = Preset::ALL
            .iter()
            .map(|preset| {
                let is_chosen = filters.range == RangeChoice::Preset(*preset);
                choice(preset.slug(), preset.label(), is_chosen)
            })
            .collect();
        if let RangeChoice::Between { .. } = filters.range {
            let days = format::date_range(filters.range(now));
            ranges.insert(0, choice("custom", &days, true));
        }
        let mut compares: Vec<Choice> = Comparison::ALL
            .iter()
            .map(|compare| {
                let is_chosen = filters.compare == Some(*compare);
                choice(&compare.slug(), compare.label(), is_chosen)
            })
            .collect();
        if let Some(Comparison::Between(days)) = filters.compare {
            let slug = Comparison::Between(days).slug();
            compares.insert(0, choice(&slug, &format::date_range(days), true));
        }
        compares.push(choice("none", "Nothing", filters.compare.is_none()));
        let mut dimensions = vec![choice("auto", "What explains most", self.by.is_none())];
        dimensions.extend(self.about.dimensions.iter().filter(|d| !d.is_key).map(|d| {
            let is_chosen = self.by.as_ref().is_some_and(|by| by.name == d.name);
            choice(&d.name, &d.label, is_chosen)
        }));
        let mut fields = vec![
            field(
                "metric",
                "Figure",
                metrics
                    .iter()
                    .filter(|about| about.adding != marts::Adding::Never)
                    .map(|about| choice(&about.name, &about.label, about.name == self.about.name))
                    .collect(),
            ),
            field("range", "Range", ranges),
            field("compare", "Compare with", compares),
            field("by", "By", dimensions),
        ];
        let releases = session
            .answer
            .releases()
            .await
            .map_err(|failure| session.failed(failure))?;
        let mut others: Vec<Choice> = releases
            .iter()
            .filter(|release| release.id != now.id)
            .map(|release| {
                let label = format!("{} ({})", format::date(release.business_date), release.id);
                choice(
                    &release.id.0,
                    &label,
                    self.then.as_ref() == Some(&release.id),
                )
            })
            .collect();
        if !others.is_empty() {
            others.insert(0, choice("", "Same release", self.then.is_none()));
            fields.push(field("then", "As reported in", others));
        }
        Ok(fields)
    }
}

/// A dashboard of no page, which filters by all that the metric can be broken down by, under the names that dashboards
/// have for it.
async fn dashboard(session: &Session, about: &MetricAbout) -> Result<Dashboard, AppError> {
    let failed = |failure| session.failed(failure);
    let mut named: Vec<FilterControl> = Vec::new();
    let mut any = None;
    for link in session.answer.dashboards().await.map_err(failed)? {
        // One with a mistake has a page of its own to say so.
        let Ok(dashboard) = session.answer.dashboard(&link.name).await else {
            continue;
        };
        named.extend(dashboard.filters.iter().cloned());
        any.get_or_insert(dashboard);
    }
    let Some(any) = any else {
        return Err(session.failed(marts::Failure::not_found(
            "There is no dashboard yet, so there is nothing to explain.",
        )));
    };
    let filters = about
        .dimensions
        .iter()
        .map(|dimension| FilterControl {
            param: named
                .iter()
                .find(|control| control.dimension == dimension.name)
                .map_or_else(|| dimension.name.clone(), |control| control.param.clone()),
            dimension: dimension.name.clone(),
            label: dimension.label.clone(),
            options: Vec::new(),
        })
        .collect();
    Ok(Dashboard {
        name: "why".to_owned(),
        title: about.label.clone(),
        description: String::new(),
        filters,
        panels: Vec::new(),
        ..(*any).clone()
    })
}
