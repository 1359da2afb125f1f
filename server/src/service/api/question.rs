//! The body of a query, read strictly: what nobody would read is refused by name.

use std::sync::LazyLock;

use axum::http::StatusCode;
use jiff::civil::date;
use marts::ask::Threshold;
use marts::project::did_you_mean;
use marts::{
    Aggregate, Ask, Comparison, DateRange, DimensionFilter, Order, ReleaseId, Rows, Values,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::service::problem::Problem;

/// What a query asks, and of which release; of the current one where it names none.
#[derive(Debug, Deserialize, Serialize)]
pub struct Question {
    pub ask: Ask,
    pub release: Option<ReleaseId>,
}

/// Reads a body.
///
/// # Errors
/// 400: no JSON, a field that does not exist (with the nearest names), a value of the wrong type.
pub fn read(body: &[u8]) -> Result<Question, Problem> {
    let unread = |what: &dyn std::fmt::Display| {
        let message = format!("The question could not be read: {what}.");
        Problem::new(StatusCode::BAD_REQUEST, message)
    };
    let given: Value = serde_json::from_slice(body).map_err(|e| unread(&e))?;
    if let Some(mistake) = unknown_field(&given, &SHAPE, "the question") {
        return Err(unread(&mistake));
    }
    // From the text again, so that the message has line and column.
    serde_json::from_slice(body).map_err(|e| unread(&e))
}

/// A question with every field there is, made of the types themselves so that it cannot fall behind them.
static SHAPE: LazyLock<Value> = LazyLock::new(|| {
    let range = DateRange {
        from: date(2026, 1, 1),
        to: date(2026, 1, 31),
    };
    let filters = vec![DimensionFilter {
        dimension: String::new(),
        values: Vec::new(),
        exclude: false,
    }];
    let order = Order {
        by: String::new(),
        descending: false,
    };
    let aggregate = Ask::Aggregate(Aggregate {
        filters: filters.clone(),
        compare: Some(Comparison::Between(range)),
        order: Some(order.clone()),
        having: vec![Threshold {
            metric: String::new(),
            at_least: None,
            at_most: None,
        }],
        ..Aggregate::over(&[], range)
    });
    let values = Ask::Values(Values {
        dimension: String::new(),
        search: None,
        limit: 0,
    });
    let rows = Ask::Rows(Rows {
        relation: String::new(),
        columns: Vec::new(),
        filters,
        range: Some(range),
        order: vec![order],
        limit: 0,
        after: None,
    });
    let mut kinds = serde_json::Map::new();
    for ask in [aggregate, values, rows] {
        if let Ok(Value::Object(kind)) = serde_json::to_value(ask) {
            kinds.extend(kind);
        }
    }
    json!({ "ask": kinds, "release": null })
});

/// The first field in `given` that `shape` lacks, in words. Lists are of one shape; where the shape holds no object, any
/// value passes, and its type is judged later.
fn unknown_field(given: &Value, shape: &Value, place: &str) -> Option<String> {
    match (given, shape) {
        (Value::Object(given), Value::Object(known)) => given.iter().find_map(|(name, value)| {
            let Some(shape) = known.get(name) else {
                let near = did_you_mean(name, known.keys().map(String::as_str));
                let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
                let all: Vec<&str> = known.keys().map(String::as_str).collect();
                let hint = if near.is_empty() {
                    format!("; it has {}", all.join(", "))
                } else {
                    near.trim_end_matches('?').to_owned()
                };
                return Some(format!("{place} has no field `{shown}`{hint}"));
            };
            unknown_field(value, shape, &format!("`{name}`"))
        }),
        (Value::Array(given), Value::Array(known)) => {
            let shape = known.first()?;
            given
                .iter()
                .find_map(|value| unknown_field(value, shape, place))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn refused(body: &Value) -> String {
        let problem = read(body.to_string().as_bytes()).unwrap_err();
        assert_eq!(problem.status, StatusCode::BAD_REQUEST);
        problem.message
    }

    #[test]
    fn a_question_needs_only_what_it_asks() {
        let range = json!({ "from": "2026-01-01", "to": "2026-01-31" });
        let body = json!({ "ask": { "aggregate": { "metrics": ["receipts"], "range": range } } });
        let question = read(body.to_string().as_bytes()).unwrap();
        assert!(question.release.is_none());
        let Ask::Aggregate(aggregate) = question.ask else {
            unreachable!("an aggregate was asked for");
        };
        assert_eq!(aggregate.metrics, ["receipts"]);
        assert_eq!((aggregate.grain, aggregate.limit), (None, None));
    }

    #[test]
    fn every_field_there_is_is_read() {
        let mut body = SHAPE.clone();
        let ask = body["ask"].as_object_mut().unwrap();
        assert_eq!(ask.len(), 3);
        for kind in ["aggregate", "values", "rows"] {
            let body = json!({ "ask": { kind: ask[kind] }, "release": "r1" });
            read(body.to_string().as_bytes()).unwrap();
        }
    }

    #[test]
    fn what_nobody_would_read_is_refused_with_the_nearest_names() {
        let range = json!({ "from": "2026-01-01", "to": "2026-01-31" });
        for (body, words) in [
            (json!({ "aks": {} }), "did you mean ask"),
            (
                json!({ "ask": { "agregate": {} } }),
                "did you mean aggregate",
            ),
            (
                json!({ "ask": { "aggregate": { "metrics": [], "range": range, "dimension": ["x"] } } }),
                "did you mean dimensions",
            ),
            (
                json!({ "ask": { "rows": { "relation": "x", "columns": [], "limit": 1,
                    "filters": [{ "dimension": "x", "values": [], "exlude": true }] } } }),
                "`filters` has no field `exlude`; did you mean exclude",
            ),
            (
                json!({ "ask": { "aggregate": { "metrics": [], "range": { "from": "x" } } } }),
                "line 1",
            ),
            (json!([]), "question"),
            (json!({ "ask": { "zzzzzzzzzzzzzzzz": 1 } }), "it has"),
        ] {
            let said = refused(&body);
            assert!(said.contains(words), "{said}");
        }
        assert!(read(b"{").unwrap_err().message.contains("line 1"));
        assert!(read(b"\xff").is_err());
    }
}
