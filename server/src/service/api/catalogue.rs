//! `GET /api/v1/catalogue`: what can be asked for.

use axum::Json;
use axum::extract::State;
use marts::Unit;
use marts::project::catalogue::{
    Catalogue, Dimension, DimensionKind, Metric, MetricKind, SemanticModel,
};
use serde_json::{Value, json};

use super::Api;
use crate::service::problem::Problem;

/// Metrics, dimensions and tables, as the project's files say now.
pub async fn list(State(api): State<Api>) -> Result<Json<Value>, Problem> {
    let catalogue = api.analytics.catalogue()?;
    let metrics: Vec<Value> = catalogue.metrics().map(|m| metric(&catalogue, m)).collect();
    let dimensions: Vec<Value> = catalogue.dimensions().map(dimension).collect();
    let tables: Vec<Value> = catalogue.models().map(|t| table(&catalogue, t)).collect();
    Ok(Json(
        json!({ "metrics": metrics, "dimensions": dimensions, "tables": tables }),
    ))
}

fn metric(catalogue: &Catalogue, metric: &Metric) -> Value {
    let reached = catalogue
        .dimensions()
        .filter(|d| catalogue.reaches(metric, d));
    let dimensions: Vec<&str> = reached.map(|d| d.name.as_str()).collect();
    let kind = match metric.kind {
        MetricKind::Simple { .. } => "simple",
        MetricKind::Ratio { .. } => "ratio",
        MetricKind::Derived(_) => "derived",
    };
    json!({
        "name": metric.name,
        "label": metric.label,
        "description": metric.description,
        "unit": metric.unit,
        "kind": kind,
        "dimensions": dimensions,
    })
}

fn dimension(dimension: &Dimension) -> Value {
    let (kind, unit) = match dimension.kind {
        DimensionKind::Text => ("text", Unit::None),
        DimensionKind::Date => ("date", Unit::None),
        DimensionKind::Timestamp => ("timestamp", Unit::None),
        DimensionKind::Amount(unit) => ("amount", unit),
    };
    json!({
        "name": dimension.name,
        "label": dimension.label,
        "description": dimension.description,
        "kind": kind,
        "unit": unit,
    })
}

fn table(catalogue: &Catalogue, table: &SemanticModel) -> Value {
    let reached = catalogue.dimensions().filter(|d| table.reaches(d));
    let columns: Vec<&str> = reached.map(|d| d.name.as_str()).collect();
    json!({ "name": table.name, "rows_are": table.primary.name, "columns": columns })
}
