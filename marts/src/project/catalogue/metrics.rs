//! Metrics, what others are made of first.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_saphyr::Spanned;

use super::build::{Built, Place, identifier, unit};
use super::spec::{self, MetricType, Reference};
use super::{Catalogue, Formula, Metric, MetricKind};
use crate::project::error::{ProjectError, did_you_mean};

/// Adds the metrics of all files; `measures` says in which semantic model each is.
pub(super) fn add(
    catalogue: &mut Catalogue,
    measures: &BTreeMap<String, String>,
    parsed: &[(&PathBuf, spec::File)],
) -> Built<()> {
    // A metric may name those of any file, so what others are made of comes first.
    for wanted in [MetricType::Simple, MetricType::Ratio] {
        for (path, file) in parsed {
            for metric in file.metrics.iter().filter(|metric| metric.kind == wanted) {
                add_metric(catalogue, measures, metric, &Place(path))?;
            }
        }
    }
    let mut derived: Vec<(&spec::Metric, Place<'_>)> = Vec::new();
    for (path, file) in parsed {
        let metrics = file.metrics.iter();
        derived.extend(
            metrics
                .filter(|metric| metric.kind == MetricType::Derived)
                .map(|metric| (metric, Place(path))),
        );
    }
    // One may be made of another: those whose inputs are there are added until none is left or none can be.
    while !derived.is_empty() {
        let (ready, waiting): (Vec<_>, Vec<_>) = derived.into_iter().partition(|(metric, _)| {
            let inputs = metric.type_params.value.metrics.iter();
            inputs
                .clone()
                .all(|input| catalogue.metrics.contains_key(&input.value.name))
        });
        if let ([], Some((metric, place))) = (ready.as_slice(), waiting.first()) {
            return Err(unknown_input(catalogue, metric, place));
        }
        for (metric, place) in ready {
            add_metric(catalogue, measures, metric, &place)?;
        }
        derived = waiting;
    }
    for (path, file) in parsed {
        for metric in &file.metrics {
            check_named(catalogue, metric, &Place(path))?;
        }
    }
    Ok(())
}

fn add_metric(
    catalogue: &mut Catalogue,
    measures: &BTreeMap<String, String>,
    spec: &spec::Metric,
    place: &Place<'_>,
) -> Built<()> {
    let name = identifier(&spec.name, place)?;
    if catalogue.metrics.contains_key(&name) {
        return Err(place.error(&spec.name, format!("there are two metrics named `{name}`")));
    }
    let params = &spec.type_params.value;
    let kind = match (
        spec.kind,
        &params.measure,
        &params.numerator,
        &params.denominator,
    ) {
        (MetricType::Simple, Some(measure), None, None) => {
            let Reference(wanted) = &measure.value;
            let Some(model) = measures.get(wanted) else {
                let near = did_you_mean(wanted, measures.keys().map(String::as_str));
                return Err(place.error(measure, format!("there is no measure `{wanted}`{near}")));
            };
            MetricKind::Simple {
                model: model.clone(),
                measure: wanted.clone(),
            }
        }
        (MetricType::Simple, ..) => {
            return Err(place.error(
                &spec.type_params,
                "a simple metric needs `measure` and nothing else",
            ));
        }
        (MetricType::Ratio, None, Some(numerator), Some(denominator)) => MetricKind::Ratio {
            numerator: simple_metric(catalogue, numerator, place)?,
            denominator: simple_metric(catalogue, denominator, place)?,
        },
        (MetricType::Derived, None, None, None) => {
            MetricKind::Derived(formula(catalogue, params, spec, place)?)
        }
        (MetricType::Derived, ..) => {
            let message = "a derived metric needs `expr` and `metrics` and nothing else";
            return Err(place.error(&spec.type_params, message));
        }
        (MetricType::Ratio, ..) => {
            let message = "a ratio metric needs `numerator` and `denominator` and nothing else";
            return Err(place.error(&spec.type_params, message));
        }
    };
    let Some(unit) = spec.config.meta.unit.map(unit) else {
        let message = format!(
            "the metric `{name}` needs `config: {{meta: {{unit: …}}}}`: usd, count, ratio, number, seconds or bytes"
        );
        return Err(place.error(&spec.name, message));
    };
    let metric = Metric {
        name: name.clone(),
        label: spec.label.clone(),
        description: spec.description.clone(),
        unit,
        kind,
        driver: spec.config.meta.driver.as_ref().map(|d| d.value.clone()),
        contracts: spec.config.meta.contracts.clone(),
        recorded_by: spec
            .config
            .meta
            .recorded_by
            .as_ref()
            .map(|r| r.value.clone()),
    };
    catalogue.metrics.insert(name, metric);
    Ok(())
}

/// A derived metric's arithmetic, down to simple metrics.
fn formula(
    catalogue: &Catalogue,
    params: &spec::MetricParams,
    spec: &spec::Metric,
    place: &Place<'_>,
) -> Built<Formula> {
    let Some(expr) = &params.expr else {
        let message = "a derived metric needs `expr`, such as `gross - returned`, and the `metrics` named in it";
        return Err(place.error(&spec.type_params, message));
    };
    let formula = Formula::parse(&expr.value).map_err(|why| {
        let message = format!("`expr: {}` is not understood: {why}", expr.value.trim());
        place.error(expr, message)
    })?;
    let called = |input: &spec::Input| input.alias.clone().unwrap_or_else(|| input.name.clone());
    let known = |name: &String| {
        let input = params
            .metrics
            .iter()
            .find(|input| called(&input.value) == *name)?;
        let metric = catalogue.metrics.get(&input.value.name)?;
        Some(metric.kind.formula(&metric.name))
    };
    formula.substitute(&known).ok_or_else(|| {
        let parts = formula.parts();
        let missing = parts.into_iter().find(|name| known(name).is_none());
        let message = format!(
            "`{}` in `expr` is not among its `metrics`",
            missing.map_or("", String::as_str)
        );
        place.error(expr, message)
    })
}

fn unknown_input(catalogue: &Catalogue, metric: &spec::Metric, place: &Place<'_>) -> ProjectError {
    let inputs = &metric.type_params.value.metrics;
    let missing = inputs
        .iter()
        .find(|input| !catalogue.metrics.contains_key(&input.value.name));
    match missing {
        Some(input) => {
            let name = &input.value.name;
            let near = did_you_mean(name, catalogue.metrics.keys().map(String::as_str));
            let message = format!("there is no metric `{name}`, or it is made of this one{near}");
            place.error(input, message)
        }
        None => place.error(&metric.name, "its `metrics` are not there"),
    }
}

/// What `config.meta` names is there: the driver of what adds up, and the metric that tells whether there was any.
fn check_named(catalogue: &Catalogue, spec: &spec::Metric, place: &Place<'_>) -> Built<()> {
    let meta = &spec.config.meta;
    if let Some(driver) = &meta.driver {
        if spec.kind != MetricType::Simple {
            return Err(place.error(
                driver,
                "only a simple metric has a `driver`; a ratio has its denominator",
            ));
        }
        let found = catalogue
            .metric(&driver.value)
            .map_err(|message| place.error(driver, message))?;
        if driver.value == spec.name.value || !matches!(found.kind, MetricKind::Simple { .. }) {
            return Err(place.error(driver, "a `driver` is another simple metric"));
        }
    }
    if let Some(source) = &meta.recorded_by {
        catalogue
            .metric(&source.value)
            .map_err(|message| place.error(source, message))?;
    }
    Ok(())
}

/// Parts of a ratio are simple metrics: a ratio of ratios has no exact parts to show.
fn simple_metric(
    catalogue: &Catalogue,
    wanted: &Spanned<Reference>,
    place: &Place<'_>,
) -> Built<String> {
    let Reference(name) = &wanted.value;
    match catalogue.metrics.get(name).map(|metric| &metric.kind) {
        Some(MetricKind::Simple { .. }) => Ok(name.clone()),
        Some(MetricKind::Ratio { .. } | MetricKind::Derived(_)) => Err(place.error(
            wanted,
            format!("`{name}` is a ratio itself; a part of a ratio is a simple metric"),
        )),
        None => {
            let near = did_you_mean(name, catalogue.metrics.keys().map(String::as_str));
            Err(place.error(wanted, format!("there is no simple metric `{name}`{near}")))
        }
    }
}
