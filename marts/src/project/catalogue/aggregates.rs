//! Smaller tables that can answer for a semantic model, as its `config.meta.aggregates` describes them.

use std::collections::BTreeMap;

use super::build::{Built, Place, expression, relation};
use super::{AggregateTable, Catalogue, Dimension, Measure, SemanticModel, spec};
use crate::project::error::did_you_mean;

/// Adds a model's smaller tables to it, once all models are there: they name dimensions of others.
pub(super) fn add(catalogue: &mut Catalogue, spec: &spec::Model, place: &Place<'_>) -> Built<()> {
    let tables = spec
        .config
        .iter()
        .flat_map(|config| &config.meta.aggregates);
    let Some(model) = catalogue.models.get(&spec.name.value) else {
        return Ok(());
    };
    let aggregates = tables
        .map(|spec| table(&catalogue.dimensions, model, spec, place))
        .collect::<Built<Vec<_>>>()?;
    if let Some(model) = catalogue.models.get_mut(&spec.name.value) {
        model.aggregates = aggregates;
    }
    Ok(())
}

/// Checks one table against the model it is made of.
fn table(
    described: &BTreeMap<String, Dimension>,
    model: &SemanticModel,
    spec: &spec::AggregateTable,
    place: &Place<'_>,
) -> Built<AggregateTable> {
    let mut entities = Vec::new();
    for named in &spec.entities {
        let known = model.foreign.iter().map(|entity| entity.name.as_str());
        if !known.clone().any(|name| name == named.value) {
            let near = did_you_mean(&named.value, known);
            let message = format!(
                "`{}` points to no entity `{}`{near}",
                model.name, named.value
            );
            return Err(place.error(named, message));
        }
        entities.push(named.value.clone());
    }
    let mut dimensions = Vec::new();
    for named in &spec.dimensions {
        let qualified = format!("{}__{}", model.primary.name, named.value);
        if !described.contains_key(&qualified) {
            let message = format!("`{}` has no dimension `{}`", model.name, named.value);
            return Err(place.error(named, message));
        }
        dimensions.push(qualified);
    }
    let mut joined = BTreeMap::new();
    for dimension in &spec.joined {
        let name = &dimension.name.value;
        let is_reached = described.get(name).is_some_and(|described| {
            let mut entities = model.foreign.iter();
            entities.any(|entity| entity.name == described.entity) && described.model != model.name
        });
        if !is_reached {
            let near = did_you_mean(name, described.keys().map(String::as_str));
            let message = format!(
                "no entity of `{}` leads to a dimension `{name}`{near}",
                model.name
            );
            return Err(place.error(&dimension.name, message));
        }
        joined.insert(
            name.clone(),
            expression(Some(&dimension.expr), name, place)?,
        );
    }
    let mut measures = BTreeMap::new();
    for measure in &spec.measures {
        let name = &measure.name.value;
        let Some(whole) = model.measures.get(name) else {
            let near = did_you_mean(name, model.measures.keys().map(String::as_str));
            let message = format!("`{}` has no measure `{name}`{near}", model.name);
            return Err(place.error(&measure.name, message));
        };
        let time = format!("{}__{}", model.primary.name, whole.time);
        if !dimensions.contains(&time) || whole.balance.is_some() {
            let message = format!(
                "`{name}` is counted by `{}`, which the table must have kept as a dimension",
                whole.time
            );
            return Err(place.error(&measure.name, message));
        }
        let built = Measure {
            aggregation: measure.agg,
            expr: expression(measure.expr.as_ref(), name, place)?,
            written: place.of(&measure.name),
            time: whole.time.clone(),
            balance: None,
        };
        measures.insert(name.clone(), built);
    }
    Ok(AggregateTable {
        relation: relation(&spec.model, place)?,
        entities,
        dimensions,
        joined,
        measures,
    })
}
