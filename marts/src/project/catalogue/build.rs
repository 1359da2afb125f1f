//! From what the files say to a catalogue in which every name means one thing.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use serde_saphyr::Spanned;

use super::spec::{self, DimensionType, EntityType, MetricUnit};
use super::{
    Balance, Catalogue, Dimension, DimensionKind, Entity, METRIC_TIME, Measure, OPS, SemanticModel,
    WindowChoice,
};
use crate::Unit;
use crate::project::error::{ProjectError, did_you_mean};
use crate::project::properties;

pub(super) type Built<T> = Result<T, ProjectError>;

/// One file's errors.
pub(super) struct Place<'a>(pub &'a Path);

impl Place<'_> {
    pub(super) fn error<T>(&self, at: &Spanned<T>, message: impl Into<String>) -> ProjectError {
        let line = usize::try_from(at.referenced.line())
            .ok()
            .filter(|line| *line > 0);
        ProjectError::new(self.0, line, message)
    }

    /// `models/semantic/purchases.yml:57`.
    pub(super) fn of<T>(&self, at: &Spanned<T>) -> String {
        format!("{}:{}", self.0.display(), at.referenced.line())
    }
}

pub(super) fn catalogue(files: &[(PathBuf, String)]) -> Built<Catalogue> {
    let mut parsed = Vec::new();
    for (path, text) in files {
        parsed.push((path, properties::parse::<spec::File>(path, text)?));
    }
    let mut catalogue = Catalogue::default();
    let mut measures = BTreeMap::new();
    for (path, file) in &parsed {
        for model in &file.semantic_models {
            add_model(&mut catalogue, &mut measures, model, &Place(path))?;
        }
    }
    for (path, file) in &parsed {
        for model in &file.semantic_models {
            super::aggregates::add(&mut catalogue, model, &Place(path))?;
        }
    }
    super::metrics::add(&mut catalogue, &measures, &parsed)?;
    Ok(catalogue)
}

fn add_model(
    catalogue: &mut Catalogue,
    measures: &mut BTreeMap<String, String>,
    spec: &spec::Model,
    place: &Place<'_>,
) -> Built<()> {
    let name = identifier(&spec.name, place)?;
    if catalogue.models.contains_key(&name) {
        return Err(place.error(
            &spec.name,
            format!("there are two semantic models named `{name}`"),
        ));
    }
    let (primary, foreign) = entities(spec, place)?;
    let mut times = BTreeMap::new();
    for dimension in &spec.dimensions {
        let own = identifier(&dimension.name, place)?;
        let expr = expression(dimension.expr.as_ref(), &own, place)?;
        if dimension.kind == DimensionType::Time {
            times.insert(own.clone(), expr.clone());
        }
        let qualified = format!("{}__{own}", primary.name);
        match catalogue.dimensions.entry(qualified) {
            Entry::Occupied(taken) => {
                let message = format!("the dimension `{}` is there already", taken.key());
                return Err(place.error(&dimension.name, message));
            }
            Entry::Vacant(free) => {
                let described = Dimension {
                    name: free.key().clone(),
                    label: dimension
                        .label
                        .clone()
                        .unwrap_or_else(|| sentence_case(&own)),
                    description: dimension.description.clone(),
                    entity: primary.name.clone(),
                    model: name.clone(),
                    expr,
                    written: dimension
                        .expr
                        .as_ref()
                        .map_or_else(|| place.of(&dimension.name), |expr| place.of(expr)),
                    kind: kind(dimension),
                };
                free.insert(described);
            }
        }
    }
    let mut own_measures = BTreeMap::new();
    for measure in &spec.measures {
        let own = identifier(&measure.name, place)?;
        let default = spec
            .defaults
            .as_ref()
            .map(|defaults| &defaults.agg_time_dimension);
        let Some(time) = measure.agg_time_dimension.as_ref().or(default) else {
            return Err(place.error(
                &measure.name,
                format!("the measure `{own}` needs `agg_time_dimension`, or the model `defaults` with one"),
            ));
        };
        if !times.contains_key(&time.value) {
            let there = times
                .keys()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ");
            let message = format!(
                "`{name}` has no time dimension `{}`; it has: {there}",
                time.value
            );
            return Err(place.error(time, message));
        }
        if measures.insert(own.clone(), name.clone()).is_some() {
            return Err(place.error(
                &measure.name,
                format!("there are two measures named `{own}`"),
            ));
        }
        let built = Measure {
            aggregation: measure.agg,
            expr: expression(measure.expr.as_ref(), &own, place)?,
            written: measure
                .expr
                .as_ref()
                .map_or_else(|| place.of(&measure.name), |expr| place.of(expr)),
            time: time.value.clone(),
            balance: measure
                .non_additive_dimension
                .as_ref()
                .map(|balance| self::balance(balance, &times, &primary, &foreign, place))
                .transpose()?,
        };
        own_measures.insert(own, built);
    }
    let relation = relation(&spec.model, place)?;
    let model = SemanticModel {
        name: name.clone(),
        relation,
        primary,
        foreign,
        measures: own_measures,
        times,
        aggregates: Vec::new(),
    };
    catalogue.models.insert(name, model);
    Ok(())
}

/// Of a balance's time dimension and groupings, the SQL.
fn balance(
    spec: &spec::NonAdditive,
    times: &BTreeMap<String, String>,
    primary: &Entity,
    foreign: &[Entity],
    place: &Place<'_>,
) -> Built<Balance> {
    let Some(time) = times.get(&spec.name.value) else {
        let near = did_you_mean(&spec.name.value, times.keys().map(String::as_str));
        let message = format!(
            "there is no time dimension `{}` here{near}",
            spec.name.value
        );
        return Err(place.error(&spec.name, message));
    };
    let groupings = spec.window_groupings.iter().map(|named| {
        let entity = std::iter::once(primary)
            .chain(foreign)
            .find(|entity| entity.name == named.value);
        entity.map(|entity| entity.expr.clone()).ok_or_else(|| {
            let message = format!("there is no entity `{}` here", named.value);
            place.error(named, message)
        })
    });
    Ok(Balance {
        time: time.clone(),
        choice: match spec.window_choice {
            spec::WindowChoice::Min => WindowChoice::First,
            spec::WindowChoice::Max => WindowChoice::Last,
        },
        groupings: groupings.collect::<Built<_>>()?,
    })
}

fn entities(spec: &spec::Model, place: &Place<'_>) -> Built<(Entity, Vec<Entity>)> {
    let mut primary = None;
    let mut foreign: Vec<Entity> = Vec::new();
    for entity in &spec.entities {
        let name = identifier(&entity.name, place)?;
        let taken = primary
            .iter()
            .chain(&foreign)
            .any(|e: &Entity| e.name == name);
        if taken {
            return Err(place.error(
                &entity.name,
                format!("there are two entities named `{name}`"),
            ));
        }
        let expr = expression(entity.expr.as_ref(), &name, place)?;
        match entity.kind {
            EntityType::Foreign => foreign.push(Entity { name, expr }),
            EntityType::Primary if primary.is_none() => primary = Some(Entity { name, expr }),
            EntityType::Primary => {
                return Err(place.error(
                    &entity.name,
                    "a semantic model has one primary entity, this is a second",
                ));
            }
        }
    }
    let primary = primary.ok_or_else(|| {
        let message =
            "a semantic model needs an entity of `type: primary`: what each row is one of";
        place.error(&spec.name, message)
    })?;
    Ok((primary, foreign))
}

pub(super) fn unit(named: MetricUnit) -> Unit {
    match named {
        MetricUnit::Usd => Unit::Usd,
        MetricUnit::Count => Unit::Count,
        MetricUnit::Ratio => Unit::Ratio,
        MetricUnit::Number => Unit::Number,
        MetricUnit::Seconds => Unit::Seconds,
        MetricUnit::Bytes => Unit::Bytes,
    }
}

fn kind(dimension: &spec::Dimension) -> DimensionKind {
    let params = dimension.type_params.as_ref();
    match (dimension.kind, params.map(|p| p.time_granularity.as_str())) {
        (DimensionType::Time, None | Some("day")) => DimensionKind::Date,
        (DimensionType::Time, Some(_)) => DimensionKind::Timestamp,
        (DimensionType::Categorical, _) => dimension
            .config
            .as_ref()
            .and_then(|config| config.meta.unit)
            .map_or(DimensionKind::Text, |named| {
                DimensionKind::Amount(unit(named))
            }),
    }
}

/// Names become SQL aliases and parts of qualified names.
pub(super) fn identifier(name: &Spanned<String>, place: &Place<'_>) -> Built<String> {
    let text = &name.value;
    let plain = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !text.contains("__")
        && text != METRIC_TIME;
    if plain {
        return Ok(text.clone());
    }
    let message = format!(
        "`{text}` cannot be a name: lower-case letters, digits and single `_`, not `{METRIC_TIME}`"
    );
    Err(place.error(name, message))
}

/// SQL of one value over the model's columns; without `expr` the column has the element's name.
pub(super) fn expression(
    expr: Option<&Spanned<String>>,
    name: &str,
    place: &Place<'_>,
) -> Built<String> {
    let Some(expr) = expr else {
        return Ok(name.to_owned());
    };
    let text = expr.value.trim();
    if text.is_empty() {
        return Err(place.error(expr, "`expr` is empty: leave it out, or say the column"));
    }
    // A parameter, a second statement or a comment would change the statement around it.
    if let Some(found) = [";", ":", "--", "/*", "{{", "\\"]
        .into_iter()
        .find(|bad| text.contains(bad))
    {
        return Err(place.error(
            expr,
            format!("`expr` may not contain `{found}`: portable SQL of one value"),
        ));
    }
    Ok(text.to_owned())
}

/// The table in `ref('fct_purchase')`; below `ops/` that in `source('ops', 'pipeline_runs')`.
pub(super) fn relation(reference: &Spanned<String>, place: &Place<'_>) -> Built<String> {
    let is_ops = place.0.starts_with(OPS);
    let call = if is_ops { "source(" } else { "ref(" };
    let named: Option<Vec<&str>> = reference
        .value
        .trim()
        .strip_prefix(call)
        .and_then(|rest| rest.strip_suffix(')'))
        .map(|arguments| {
            arguments
                .split(',')
                .map(|quoted| quoted.trim().trim_matches(['\'', '"']))
                .collect()
        });
    let plain = |name: &&str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    match named.as_deref() {
        Some([table]) if !is_ops && plain(table) => Ok((*table).to_owned()),
        Some([OPS, table]) if is_ops && plain(table) => Ok(format!("{OPS}.{table}")),
        _ => {
            let expected = if is_ops {
                "source('ops', 'pipeline_runs')"
            } else {
                "ref('fct_purchase')"
            };
            let message = format!(
                "`model: {}` is not understood; expected `{expected}`",
                reference.value
            );
            Err(place.error(reference, message))
        }
    }
}

fn sentence_case(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        .unwrap_or_default()
}
