//! Dashboards from `dashboards/*.yml`, checked against the catalogue before anyone sees a panel.

mod registers;
mod shapes;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::Spanned;

use super::catalogue::{Catalogue, Dimension, DimensionKind};
use super::error::{ProjectError, did_you_mean};
use super::{planner, properties};
use crate::filters::RESERVED;
use crate::{
    Ask, Dashboard, DashboardLink, DateRange, DimensionFilter, Failure, FilterControl,
    FilterOption, Grain, NamedFigure, Panel, PanelDays, PanelKind, RowList, RowPolicy, Rows, Unit,
    roll_forward,
};

/// The folder of a project that they are in.
pub const FOLDER: &str = "dashboards";
const MOST_ROWS: u32 = 1_000;
/// More boards than this ask the engine too much for one panel.
const MOST_BOARDS: usize = 12;

/// Reads the dashboard `name` as its file says now.
///
/// # Errors
/// Not found, with the nearest names; or a mistake in the file: file, line and what was expected.
pub fn read(project_dir: &Path, name: &str, catalogue: &Catalogue) -> Result<Dashboard, Failure> {
    let file = file_of(name)
        .filter(|file| project_dir.join(file).is_file())
        .ok_or_else(|| {
            let known = names(project_dir).unwrap_or_default();
            let near = did_you_mean(name, known.iter().map(String::as_str));
            let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            let end = if near.ends_with('?') { "" } else { "." };
            Failure::not_found(format!("There is no dashboard `{shown}`{near}{end}"))
        })?;
    let text = std::fs::read_to_string(project_dir.join(&file))
        .map_err(|error| mistake(name, &ProjectError::io(&file, &error)))?;
    parse(name, &file, &text, catalogue).map_err(|error| mistake(name, &error))
}

/// The dashboards there are: those with an `order` first, the smallest before, then the others by name. One with a mistake
/// is listed under its file's name, so that its page can say what is wrong.
///
/// # Errors
/// When the folder cannot be read.
pub fn list(project_dir: &Path) -> Result<Vec<DashboardLink>, Failure> {
    #[derive(Deserialize)]
    struct Titled {
        title: String,
        order: Option<u32>,
    }
    let read = |name: &str| {
        let file = file_of(name)?;
        let text = std::fs::read_to_string(project_dir.join(&file)).ok()?;
        properties::parse::<Titled>(&file, &text).ok()
    };
    let names = names(project_dir).map_err(|error| {
        Failure::internal("The dashboards cannot be listed: their folder cannot be read.")
            .with_detail(error)
    })?;
    let mut listed: Vec<(u32, DashboardLink)> = names
        .into_iter()
        .map(|name| {
            let (title, order) = match read(&name) {
                Some(Titled { title, order }) => (title, order.unwrap_or(u32::MAX)),
                None => (name.clone(), u32::MAX),
            };
            (order, DashboardLink { name, title })
        })
        .collect();
    listed.sort_by_key(|(order, _)| *order);
    Ok(listed.into_iter().map(|(_, link)| link).collect())
}

fn mistake(name: &str, error: &ProjectError) -> Failure {
    Failure::internal(format!(
        "The dashboard `{name}` cannot be shown until its file is mended. {error}"
    ))
}

/// Only plain names become paths, so that none leads out of the folder.
fn file_of(name: &str) -> Option<PathBuf> {
    let plain = !name.is_empty()
        && name.len() <= 64
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
    plain.then(|| Path::new(FOLDER).join(format!("{name}.yml")))
}

fn names(project_dir: &Path) -> Result<Vec<String>, ProjectError> {
    let folder = Path::new(FOLDER);
    let unreadable = |error: std::io::Error| ProjectError::io(folder, &error);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(project_dir.join(folder)).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.file_name();
        if let Some(name) = file.to_str().and_then(|file| file.strip_suffix(".yml"))
            && file_of(name).is_some()
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The file with the place of each name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DashboardSpec {
    title: Spanned<String>,
    #[serde(default)]
    description: String,
    #[serde(default, rename = "order")]
    _order: Option<u32>,
    #[serde(default)]
    filters: Vec<FilterSpec>,
    #[serde(default)]
    rows: RowsSpecs,
    panels: Vec<PanelSpec>,
}

/// One list of rows, or several.
#[derive(Default)]
struct RowsSpecs(Vec<RowsSpec>);

impl<'de> Deserialize<'de> for RowsSpecs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = RowsSpecs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`relation`, `count` and `columns`, or a list of these")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RowsSpecs, A::Error> {
                let one = RowsSpec::deserialize(MapAccessDeserializer::new(map))?;
                Ok(RowsSpecs(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<RowsSpecs, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(RowsSpecs)
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowsSpec {
    relation: Spanned<String>,
    count: Spanned<String>,
    columns: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilterSpec {
    param: Spanned<String>,
    dimension: Spanned<String>,
    label: String,
    #[serde(default)]
    options: Vec<FilterOption>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PanelSpec {
    key: Spanned<String>,
    title: String,
    #[serde(default)]
    description: String,
    kind: PanelKind,
    #[serde(default)]
    metrics: Vec<Spanned<String>>,
    #[serde(default)]
    dimensions: Vec<Spanned<String>>,
    limit: Option<Spanned<u32>>,
    #[serde(default)]
    only: Vec<OnlySpec>,
    #[serde(default)]
    days: PanelDays,
    grain: Option<Grain>,
    #[serde(default)]
    unfiltered_by: Vec<Spanned<String>>,
    matures_in: Option<u32>,
    #[serde(default)]
    figures: Vec<FigureSpec>,
    relation: Option<Spanned<String>>,
    #[serde(default)]
    contracts: Vec<Spanned<String>>,
    drill: Option<DrillSpec>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FigureSpec {
    of: OneOrMoreValues,
    label: Spanned<String>,
    #[serde(default)]
    says: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DrillSpec {
    metric: Spanned<String>,
    by: Option<Spanned<String>>,
    #[serde(default)]
    called: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    cells: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnlySpec {
    dimension: Spanned<String>,
    values: OneOrMoreValues,
}

/// `n_day`, `30` or `[n_day, bracket]`.
#[derive(Deserialize)]
#[serde(from = "Given")]
struct OneOrMoreValues(Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Given {
    One(Scalar),
    More(Vec<Scalar>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Whole(i64),
    Flag(bool),
    Text(String),
}

impl From<Given> for OneOrMoreValues {
    fn from(given: Given) -> Self {
        let text = |scalar| match scalar {
            Scalar::Whole(whole) => whole.to_string(),
            Scalar::Flag(flag) => flag.to_string(),
            Scalar::Text(text) => text,
        };
        Self(match given {
            Given::One(one) => vec![text(one)],
            Given::More(more) => more.into_iter().map(text).collect(),
        })
    }
}

fn parse(
    name: &str,
    file: &Path,
    text: &str,
    catalogue: &Catalogue,
) -> Result<Dashboard, ProjectError> {
    let spec: DashboardSpec = properties::parse(file, text)?;
    let checking = Checking { file, catalogue };
    if spec.panels.is_empty() {
        return Err(checking.error(&spec.title, "a dashboard needs at least one panel"));
    }
    let filters = checking.filters(&spec.filters)?;
    let mut panels: Vec<Panel> = Vec::new();
    for panel in &spec.panels {
        if panels.iter().any(|earlier| earlier.key == panel.key.value) {
            return Err(checking.error(
                &panel.key,
                format!("there are two panels with the key `{}`", panel.key.value),
            ));
        }
        panels.push(checking.panel(panel, &filters)?);
    }
    let mut rows: Vec<RowList> = Vec::new();
    for list in &spec.rows.0 {
        let list_of = checking.rows(list, &panels)?;
        if rows.iter().any(|other| other.relation == list_of.relation) {
            let message = format!("the rows of `{}` are listed twice", list_of.relation);
            return Err(checking.error(&list.relation, message));
        }
        rows.push(list_of);
    }
    Ok(Dashboard {
        name: name.to_owned(),
        title: spec.title.value,
        description: spec.description,
        filters,
        rows,
        panels,
    })
}

struct Checking<'a> {
    file: &'a Path,
    catalogue: &'a Catalogue,
}

impl Checking<'_> {
    fn error<T>(&self, at: &Spanned<T>, message: impl Into<String>) -> ProjectError {
        let line = usize::try_from(at.referenced.line())
            .ok()
            .filter(|line| *line > 0);
        ProjectError::new(self.file, line, message)
    }

    fn filters(&self, specs: &[FilterSpec]) -> Result<Vec<FilterControl>, ProjectError> {
        let mut filters: Vec<FilterControl> = Vec::new();
        for spec in specs {
            let param = self.plain(&spec.param, "param")?;
            if RESERVED.contains(&param.as_str()) {
                let message =
                    format!("`{param}` means something else in addresses; choose another `param`");
                return Err(self.error(&spec.param, message));
            }
            if filters.iter().any(|earlier| earlier.param == param) {
                return Err(self.error(
                    &spec.param,
                    format!("there are two filters with the param `{param}`"),
                ));
            }
            let dimension = self.dimension(&spec.dimension)?.name.clone();
            filters.push(FilterControl {
                param,
                dimension,
                label: spec.label.clone(),
                options: spec.options.clone(),
            });
        }
        Ok(filters)
    }

    fn rows(&self, spec: &RowsSpec, panels: &[Panel]) -> Result<RowList, ProjectError> {
        let relation = self
            .catalogue
            .relation(&spec.relation.value)
            .map_err(|message| self.error(&spec.relation, message))?;
        if spec.columns.is_empty() {
            return Err(self.error(&spec.relation, "`rows` needs at least one of its `columns`"));
        }
        self.catalogue
            .metric(&spec.count.value)
            .map_err(|message| self.error(&spec.count, message))?;
        for column in &spec.columns {
            if column.value.contains("__") {
                let dimension = self.dimension(column)?;
                if !relation.reaches(dimension) {
                    let message =
                        format!("`{}` does not describe {}", dimension.name, relation.name);
                    return Err(self.error(column, message));
                }
            } else {
                self.catalogue
                    .metric(&column.value)
                    .map_err(|message| self.error(column, message))?;
            }
        }
        let mut metrics: Vec<String> = Vec::new();
        let drilled = panels.iter().filter_map(|panel| panel.drill.as_ref());
        let drilled = drilled.map(|drill| &drill.metric);
        for name in panels
            .iter()
            .flat_map(|panel| &panel.metrics)
            .chain(drilled)
        {
            let metric = self.catalogue.metric(name).ok();
            let counts = metric.is_some_and(|metric| self.catalogue.counts(metric, relation));
            if counts && !metrics.contains(name) {
                metrics.push(name.clone());
            }
        }
        let columns: Vec<String> = spec.columns.iter().map(|c| c.value.clone()).collect();
        // A page of them, of any days: what it would be refused for is a mistake of the file.
        let page = Ask::Rows(Rows {
            relation: relation.name.clone(),
            columns: columns.clone(),
            range: Some(DateRange {
                from: Date::constant(2026, 1, 1),
                to: Date::constant(2026, 1, 1),
            }),
            limit: 1,
            ..Rows::default()
        });
        planner::plan(self.catalogue, &RowPolicy::Unrestricted, &page)
            .map_err(|failure| self.error(&spec.relation, failure.message))?;
        Ok(RowList {
            relation: relation.name.clone(),
            count: spec.count.value.clone(),
            metrics,
            columns,
        })
    }

    fn panel(&self, spec: &PanelSpec, filters: &[FilterControl]) -> Result<Panel, ProjectError> {
        let key = self.plain(&spec.key, "key")?;
        let wrong = |message: String| Err(self.error(&spec.key, message));
        let (metrics, dimensions) = (spec.metrics.len(), spec.dimensions.len());
        match spec.kind {
            PanelKind::Register | PanelKind::Assertions => {}
            _ if metrics == 0 => {
                return wrong(format!("the panel `{key}` needs at least one metric"));
            }
            PanelKind::Headline | PanelKind::TimeSeries if dimensions > 0 => {
                return wrong(format!(
                    "the panel `{key}` has `dimensions`; a headline and a time_series have none"
                ));
            }
            PanelKind::TimeSeries | PanelKind::ByAge if !self.has_one_unit(&spec.metrics) => {
                return wrong(format!(
                    "the metrics of `{key}` are of several units; lines in one chart need one"
                ));
            }
            PanelKind::RollForward if dimensions > 1 => {
                return wrong(format!(
                    "the roll_forward `{key}` needs at most one dimension, it has {dimensions}"
                ));
            }
            PanelKind::Cohort if metrics != 1 || !(1..=2).contains(&dimensions) => {
                return wrong(format!(
                    "the cohort panel `{key}` needs exactly one metric and one or two dimensions (the first and the last day of each window), it has {metrics} and {dimensions}"
                ));
            }
            PanelKind::ByAge if dimensions != 1 => {
                return wrong(format!(
                    "the by_age panel `{key}` needs exactly one dimension, it has {dimensions}"
                ));
            }
            PanelKind::Leaderboard if dimensions == 0 || dimensions > MOST_BOARDS => {
                return wrong(format!(
                    "the leaderboard `{key}` needs one to {MOST_BOARDS} dimensions, it has {dimensions}"
                ));
            }
            PanelKind::Histogram if (metrics, dimensions) != (1, 1) => {
                return wrong(format!(
                    "the histogram `{key}` needs exactly one metric and one dimension, it has {metrics} and {dimensions}"
                ));
            }
            PanelKind::HeatMap if (metrics, dimensions) != (1, 2) => {
                return wrong(format!(
                    "the heat_map `{key}` needs exactly one metric and two dimensions (rows, then columns), it has {metrics} and {dimensions}"
                ));
            }
            PanelKind::Pivot if metrics != 1 || !(2..=3).contains(&dimensions) => {
                return wrong(format!(
                    "the pivot `{key}` needs exactly one metric and two or three dimensions (rows, then columns), it has {metrics} and {dimensions}"
                ));
            }
            PanelKind::Table if dimensions == 0 => {
                return wrong(format!("the table `{key}` needs at least one dimension"));
            }
            kind => {
                if let Some(expected) = shapes::mistake(kind, metrics, dimensions) {
                    return wrong(format!(
                        "the panel `{key}` needs {expected}; it has {metrics} metrics and {dimensions} dimensions"
                    ));
                }
            }
        }
        if (spec.kind == PanelKind::Maturing) != spec.matures_in.is_some() {
            return wrong(format!(
                "the panel `{key}`: a maturing one needs `matures_in`, a number of days, and no other has it"
            ));
        }
        for figure in &spec.figures {
            if spec.kind != PanelKind::Estimates {
                return Err(self.error(&figure.label, "only estimates have `figures`"));
            }
            if figure.of.0.len() > dimensions {
                let message = format!(
                    "`of` names {} values, and the panel has {dimensions} dimensions",
                    figure.of.0.len()
                );
                return Err(self.error(&figure.label, message));
            }
        }
        if let Some(limit) = &spec.limit {
            let is_list =
                spec.kind.has_limit() && (spec.kind != PanelKind::RollForward || dimensions > 0);
            if !is_list {
                return Err(self.error(
                    limit,
                    "only a leaderboard, a table, a register, a curve, trees and a roll_forward by a dimension have a `limit`",
                ));
            }
            if !(1..=MOST_ROWS).contains(&limit.value) {
                return Err(self.error(
                    limit,
                    format!("`limit` is {}; expected 1 to {MOST_ROWS}", limit.value),
                ));
            }
        }
        let dimensions = self.dimensions(&spec.dimensions)?;
        let names: Vec<String> = spec.metrics.iter().map(|m| m.value.clone()).collect();
        if spec.kind == PanelKind::RollForward {
            if let Err(what) = roll_forward::Shape::read(&names) {
                return wrong(format!("the roll_forward `{key}` {what}"));
            }
            if spec.days != PanelDays::Range {
                return wrong(format!(
                    "the roll_forward `{key}` has `days`; it is of the whole months of the page's range"
                ));
            }
        }
        let is_of_age = matches!(spec.kind, PanelKind::Cohort | PanelKind::ByAge);
        for (spec, age) in spec.dimensions.iter().zip(&dimensions) {
            if is_of_age && age.kind != DimensionKind::Amount(Unit::Count) {
                return Err(self.error(
                    spec,
                    format!(
                        "`{}` is no age in days: its `config.meta.unit` is not `count`",
                        age.name
                    ),
                ));
            }
        }
        let has_axis = matches!(spec.kind, PanelKind::Headline | PanelKind::TimeSeries);
        if has_axis && spec.days == PanelDays::All {
            return wrong(format!(
                "the panel `{key}` has `days: all`; a headline and a time_series need `range` or `as_of`"
            ));
        }
        let mut aside = self.dimensions(&spec.unfiltered_by)?;
        for (spec, dimension) in spec.unfiltered_by.iter().zip(&aside) {
            if filters
                .iter()
                .all(|filter| filter.dimension != dimension.name)
            {
                let message = format!("no filter of the page is of `{}`", dimension.name);
                return Err(self.error(spec, message));
            }
        }
        let relation = self.own_relation(spec)?;
        for control in filters.iter().filter(|control| !control.options.is_empty()) {
            let dimension = self.catalogue.dimension(&control.dimension);
            aside.extend(dimension.ok().filter(|dimension| match relation {
                Some(relation) => !relation.reaches(dimension),
                None => !self.all_reach(&spec.metrics, dimension),
            }));
        }
        let mut kept = filters.to_vec();
        kept.retain(|filter| aside.iter().all(|aside| aside.name != filter.dimension));
        let only = match relation {
            Some(relation) => {
                self.check_register(spec, relation, &dimensions, &kept)?;
                self.only(spec, &spec.metrics)?
            }
            None => self.checked(spec, &dimensions, &kept)?,
        };
        let drill = self.drill(spec, &aside)?;
        if (spec.kind == PanelKind::Assertions) == spec.contracts.is_empty() {
            return wrong(format!(
                "`{key}`: a panel of assertions names its `contracts`, and no other kind has any"
            ));
        }
        let panel = Panel {
            key,
            title: spec.title.clone(),
            description: spec.description.clone(),
            kind: spec.kind,
            metrics: names,
            dimensions: dimensions
                .iter()
                .map(|dimension| dimension.name.clone())
                .collect(),
            limit: spec.limit.as_ref().map(|limit| limit.value),
            only,
            days: spec.days,
            grain: spec.grain,
            unfiltered_by: aside
                .iter()
                .map(|dimension| dimension.name.clone())
                .collect(),
            matures_in: spec.matures_in,
            figures: spec
                .figures
                .iter()
                .map(|figure| NamedFigure {
                    of: figure.of.0.clone(),
                    label: figure.label.value.clone(),
                    says: figure.says.clone(),
                })
                .collect(),
            relation: relation.map(|relation| relation.name.clone()),
            contracts: spec.contracts.iter().map(|c| c.value.clone()).collect(),
            drill,
        };
        if panel.kind == PanelKind::Assertions {
            for ask in [Panel::publication(""), panel.findings("")] {
                planner::plan(self.catalogue, &RowPolicy::Unrestricted, &ask)
                    .map_err(|failure| self.error(&spec.key, failure.message))?;
            }
        }
        Ok(panel)
    }

    /// Its metrics can be broken down and filtered as the panel wants. Returns its own filters.
    fn checked(
        &self,
        spec: &PanelSpec,
        dimensions: &[&Dimension],
        kept: &[FilterControl],
    ) -> Result<Vec<DimensionFilter>, ProjectError> {
        // Of generations the first metric is counted, and the second one alone is kept by the panel's own filters.
        let (counted, kept_by_own) = match spec.kind {
            PanelKind::Generations => spec.metrics.split_at(1),
            _ => (spec.metrics.as_slice(), spec.metrics.as_slice()),
        };
        // A funnel's dimensions tell of its stages, and its first rate is of both kinds.
        let broken_down: &[&Dimension] = match spec.kind {
            PanelKind::Funnel => &[],
            _ => dimensions,
        };
        self.check_metrics(&spec.metrics, &[], kept, spec.kind == PanelKind::Funnel)?;
        self.check_metrics(counted, broken_down, &[], true)?;
        if spec.kind == PanelKind::Funnel {
            let entering = spec.metrics.get(..1).unwrap_or_default();
            self.check_metrics(entering, dimensions, &[], true)?;
        }
        self.only(spec, kept_by_own)
    }

    /// The panel's own filters, by dimensions that all of its metrics are told by.
    fn only(
        &self,
        spec: &PanelSpec,
        metrics: &[Spanned<String>],
    ) -> Result<Vec<DimensionFilter>, ProjectError> {
        let mut only = Vec::new();
        for OnlySpec {
            dimension: name,
            values,
        } in &spec.only
        {
            let dimension = self.dimension(name)?;
            if !self.all_reach(metrics, dimension) {
                let message = format!(
                    "not all metrics of `{}` can be filtered by `{}`",
                    spec.key.value, name.value
                );
                return Err(self.error(name, message));
            }
            let values = values.0.clone();
            if values.is_empty() {
                return Err(self.error(name, format!("`{}` needs at least one value", name.value)));
            }
            only.push(DimensionFilter {
                dimension: dimension.name.clone(),
                values,
                exclude: false,
            });
        }
        Ok(only)
    }

    fn all_reach(&self, metrics: &[Spanned<String>], dimension: &Dimension) -> bool {
        metrics.iter().all(|name| {
            let metric = self.catalogue.metric(&name.value);
            metric.is_ok_and(|metric| self.catalogue.reaches(metric, dimension))
        })
    }

    fn dimensions(&self, specs: &[Spanned<String>]) -> Result<Vec<&Dimension>, ProjectError> {
        let mut found: Vec<&Dimension> = Vec::new();
        for spec in specs {
            let dimension = self.dimension(spec)?;
            if found.iter().any(|earlier| earlier.name == dimension.name) {
                return Err(self.error(
                    spec,
                    format!("the dimension `{}` is there twice", spec.value),
                ));
            }
            found.push(dimension);
        }
        Ok(found)
    }

    /// Each metric is known, named once, and can be broken down and filtered as the page wants.
    fn check_metrics(
        &self,
        specs: &[Spanned<String>],
        dimensions: &[&Dimension],
        filters: &[FilterControl],
        may_repeat: bool,
    ) -> Result<(), ProjectError> {
        for (at, spec) in specs.iter().enumerate() {
            let metric = self
                .catalogue
                .metric(&spec.value)
                .map_err(|message| self.error(spec, message))?;
            let is_known = specs[..at]
                .iter()
                .any(|earlier| earlier.value == spec.value);
            if is_known && !may_repeat {
                return Err(self.error(spec, format!("the metric `{}` is there twice", spec.value)));
            }
            let filtered = filters
                .iter()
                .filter_map(|filter| self.catalogue.dimension(&filter.dimension).ok());
            for (dimension, verb) in dimensions
                .iter()
                .map(|d| (*d, "broken down"))
                .chain(filtered.map(|d| (d, "filtered")))
            {
                if !self.catalogue.reaches(metric, dimension) {
                    let message =
                        format!("`{}` cannot be {verb} by `{}`", metric.name, dimension.name);
                    return Err(self.error(spec, message));
                }
            }
        }
        Ok(())
    }

    fn dimension(&self, spec: &Spanned<String>) -> Result<&Dimension, ProjectError> {
        self.catalogue
            .dimension(&spec.value)
            .map_err(|message| self.error(spec, message))
    }

    /// Names that stand in addresses and element ids.
    fn plain(&self, spec: &Spanned<String>, what: &str) -> Result<String, ProjectError> {
        let name = &spec.value;
        let plain = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
        if plain {
            return Ok(name.clone());
        }
        Err(self.error(
            spec,
            format!(
                "`{what}: {name}` needs lower-case letters, digits, `_` or `-`, a letter first"
            ),
        ))
    }
}
