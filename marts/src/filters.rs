//! What a URL asks for: `?range=last_90_days&grain=week&compare=prior_period&state=OH,PA`.

mod preset;
mod query;
mod sentence;
#[cfg(test)]
mod tests;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    Comparison, Dashboard, DateRange, DimensionFilter, FilterControl, Grain, ReleaseId,
    ReleaseInfo, day_number,
};

pub use preset::Preset;
#[cfg(feature = "project")]
pub(crate) use query::RESERVED;
pub use query::day as read_day;
pub(crate) use query::day;
pub use view::{Drill, TableView};

/// More points than this on one time axis help nobody; a finer grain gives way to a coarser one.
const MOST_PERIODS: i32 = 1_500;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RangeChoice {
    Preset(Preset),
    Between { from: Date, to: Date },
}

/// The state of the filter bar. Parsing never fails: what cannot be understood is listed in `ignored`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filters {
    pub range: RangeChoice,
    /// `None`: chosen from the length of the range.
    pub grain: Option<Grain>,
    pub compare: Option<Comparison>,
    /// By URL parameter of the dashboard's filter controls; values sorted, without duplicates.
    pub chosen: BTreeMap<String, Vec<String>>,
    /// Parameters whose chosen values are left out rather than kept: `state=!OH,PA`.
    #[serde(default)]
    pub excluded: BTreeSet<String>,
    /// The release to show instead of the current one: `release=…`.
    #[serde(default)]
    pub release: Option<ReleaseId>,
    /// By panel: how its table is sorted and which page of it is shown. What is as usual is not listed.
    #[serde(default)]
    pub tables: BTreeMap<String, TableView>,
    /// The figure whose rows are looked at.
    #[serde(default)]
    pub drill: Option<Drill>,
    /// What the page of [`crate::explore`] shows, as its address says it; empty on every other page.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// The parameter whose chosen values are drawn as one line each: `lines=state`.
    #[serde(default)]
    pub lines: Option<String>,
    /// `grain=fortnight` and the like, to be shown as "ignored: grain=fortnight".
    pub ignored: Vec<String>,
}

impl Default for Filters {
    /// The last 90 days beside the 90 before, grain by length, nothing filtered.
    fn default() -> Self {
        Self {
            range: RangeChoice::Preset(Preset::Last90Days),
            grain: None,
            compare: Some(Comparison::PriorPeriod),
            chosen: BTreeMap::new(),
            excluded: BTreeSet::new(),
            release: None,
            tables: BTreeMap::new(),
            drill: None,
            parameters: BTreeMap::new(),
            lines: None,
            ignored: Vec::new(),
        }
    }
}

impl Filters {
    /// The days asked for, in order. Days after the business date have not landed, and are left out unless
    /// nothing else was asked for: a range that is half to come would be compared with a whole one.
    #[must_use]
    pub fn range(&self, release: &ReleaseInfo) -> DateRange {
        let (from, to) = match self.range {
            RangeChoice::Preset(preset) => preset.range(release),
            RangeChoice::Between { from, to } => (from, to),
        };
        let (from, to) = (from.min(to), from.max(to));
        let landed = release.business_date;
        DateRange {
            from,
            to: if from <= landed { to.min(landed) } else { to },
        }
    }

    /// The chosen grain, or one that gives a readable number of points for the range. A chosen grain
    /// that would give thousands of points gives way as well.
    #[must_use]
    pub fn grain(&self, release: &ReleaseInfo) -> Grain {
        let days = self.range(release).days();
        self.grain
            .filter(|grain| readable(*grain, days))
            .unwrap_or_else(|| grain_for(days))
    }

    /// The chosen values as filters on the dashboard's dimensions.
    #[must_use]
    pub fn dimension_filters(&self, dashboard: &Dashboard) -> Vec<DimensionFilter> {
        dashboard
            .filters
            .iter()
            .filter_map(|control| {
                let chosen = self.chosen.get(&control.param);
                let first = chosen.and_then(|values| values.first());
                if let Some(option) = control.option(first.map(String::as_str)) {
                    return Some(DimensionFilter::only(&control.dimension, &option.value));
                }
                let values = chosen?;
                (!values.is_empty()).then(|| DimensionFilter {
                    dimension: control.dimension.clone(),
                    values: values.clone(),
                    exclude: self.excluded.contains(&control.param),
                })
            })
            .collect()
    }

    /// Whether `value` is among the chosen ones of `param`.
    #[must_use]
    pub fn has(&self, param: &str, value: &str) -> bool {
        self.chosen
            .get(param)
            .is_some_and(|values| values.iter().any(|v| v == value))
    }

    /// The same filters over another range.
    #[must_use]
    pub fn with_range(&self, range: RangeChoice) -> Self {
        Self {
            range,
            ..self.understood()
        }
    }

    /// The same filters with another grain; `None` chooses by the length of the range.
    #[must_use]
    pub fn with_grain(&self, grain: Option<Grain>) -> Self {
        Self {
            grain,
            ..self.understood()
        }
    }

    /// The same filters beside another range, or beside none.
    #[must_use]
    pub fn with_compare(&self, compare: Option<Comparison>) -> Self {
        Self {
            compare,
            ..self.understood()
        }
    }

    /// Adds `value` to the chosen ones of `param`, or takes it away where it was chosen.
    #[must_use]
    pub fn toggled(&self, param: &str, value: &str) -> Self {
        let mut filters = self.understood();
        let values = filters.chosen.entry(param.to_owned()).or_default();
        match values.binary_search_by(|v| v.as_str().cmp(value)) {
            Ok(at) => {
                values.remove(at);
            }
            Err(at) => values.insert(at, value.to_owned()),
        }
        if values.is_empty() {
            filters.chosen.remove(param);
            filters.excluded.remove(param);
        }
        filters
    }

    /// Draws the chosen values of `param` as one line each, or all of them as one.
    #[must_use]
    pub fn with_lines(&self, param: Option<&str>) -> Self {
        Self {
            lines: param.map(str::to_owned),
            ..self.understood()
        }
    }

    /// Whether the chosen values of `param` are few enough for a line each.
    #[must_use]
    pub fn can_be_lines(&self, param: &str) -> bool {
        let count = self.chosen.get(param).map_or(0, Vec::len);
        (1..=crate::lines::MOST_LINES).contains(&count) && !self.excluded.contains(param)
    }

    /// The dimension of which each chosen value is a line of its own; `None` where none is, or too many are chosen.
    #[must_use]
    pub fn line_dimension<'a>(&self, dashboard: &'a Dashboard) -> Option<&'a str> {
        let param = self
            .lines
            .as_ref()
            .filter(|param| self.can_be_lines(param))?;
        let control = dashboard
            .filters
            .iter()
            .find(|control| control.param == *param)?;
        Some(&control.dimension)
    }

    /// Leaves out the chosen values of `param` instead of keeping them, or the other way round.
    #[must_use]
    pub fn inverted(&self, param: &str) -> Self {
        let mut filters = self.understood();
        if !filters.excluded.remove(param) && filters.chosen.contains_key(param) {
            filters.excluded.insert(param.to_owned());
        }
        filters
    }

    /// Keeps `value` of `param` beside the ones that are kept; where values were left out, keeps only it.
    /// Of a value that is kept or left out already it takes the choice away.
    #[must_use]
    pub fn including(&self, param: &str, value: &str) -> Self {
        if self.excluded.contains(param) && !self.has(param, value) {
            return self.without(param).toggled(param, value);
        }
        self.toggled(param, value)
    }

    /// Leaves `value` of `param` out beside the ones that are left out; where values were kept, leaves out only it.
    /// Of a value that is left out already it takes the choice away.
    #[must_use]
    pub fn excluding(&self, param: &str, value: &str) -> Self {
        if self.excluded.contains(param) {
            return self.toggled(param, value);
        }
        self.without(param).toggled(param, value).inverted(param)
    }

    /// The same filters with nothing chosen of `param`.
    #[must_use]
    pub fn without(&self, param: &str) -> Self {
        let mut filters = self.understood();
        filters.chosen.remove(param);
        filters.excluded.remove(param);
        filters
    }

    /// The same filters with another parameter of the page; `None` takes it away.
    #[must_use]
    pub fn with_parameter(&self, name: &str, value: Option<String>) -> Self {
        let mut filters = self.understood();
        match value {
            Some(value) => filters.parameters.insert(name.to_owned(), value),
            None => filters.parameters.remove(name),
        };
        filters
    }

    /// The same filters with the options that `other` has of those of `controls` that have some.
    #[must_use]
    pub fn with_options(&self, other: &Self, controls: &[FilterControl]) -> Self {
        let mut filters = self.clone();
        for FilterControl { param, .. } in controls
            .iter()
            .filter(|control| !control.options.is_empty())
        {
            match other.chosen.get(param) {
                Some(values) => filters.chosen.insert(param.clone(), values.clone()),
                None => filters.chosen.remove(param),
            };
        }
        filters
    }

    /// The same filters on another release; `None` for the current one.
    #[must_use]
    pub fn with_release(&self, release: Option<ReleaseId>) -> Self {
        Self {
            release,
            ..self.understood()
        }
    }

    /// Other filters bring other rows: tables keep their order and begin at their first page.
    fn understood(&self) -> Self {
        let mut filters = self.clone();
        filters.ignored.clear();
        filters.drill = None;
        for view in filters.tables.values_mut() {
            view.page = 0;
        }
        filters.tables.retain(|_, view| !view.is_usual());
        filters
    }
}

fn grain_for(days: i32) -> Grain {
    match days {
        ..=45 => Grain::Day,
        46..=400 => Grain::Week,
        401..=1200 => Grain::Month,
        _ => Grain::Quarter,
    }
}

fn readable(grain: Grain, days: i32) -> bool {
    let per_period = match grain {
        Grain::Day => 1,
        Grain::Week => 7,
        _ => return true,
    };
    days / per_period <= MOST_PERIODS
}

/// The range a comparison looks at, as the planner computes it too: as many days just before; or a
/// year back, 364 days by day and week (so that weekdays meet), the same calendar dates by month and
/// above (and the end of a month stays the end of that month, so that a whole February meets one).
#[must_use]
pub fn prior_range(range: DateRange, compare: Comparison, grain: Grain) -> DateRange {
    match (compare, grain) {
        (Comparison::Between(other), _) => other,
        (Comparison::PriorPeriod, _) => shifted(range, range.days()),
        (Comparison::PriorYear, Grain::Day | Grain::Week) => shifted(range, 364),
        (Comparison::PriorYear, _) => {
            let to = day_number::plus_months(range.to, -12);
            let whole_month = range.to == range.to.last_of_month();
            DateRange {
                from: day_number::plus_months(range.from, -12),
                to: if whole_month { to.last_of_month() } else { to },
            }
        }
    }
}

fn shifted(range: DateRange, days: i32) -> DateRange {
    DateRange {
        from: day_number::plus(range.from, -days),
        to: day_number::plus(range.to, -days),
    }
}
