//! Smaller tables that can answer for a semantic model, as its `config.meta.aggregates` describes them.

use std::collections::BTreeMap;

use super::build::{Built, Place, expression, relation};
use super::{AggregateTable, Dimension, Measure, SemanticModel, spec};
use crate::project::error::did_you_mean;

/// Checks one table against the model it is made of.
pub(super) fn table(
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
        measures,
    })
}
