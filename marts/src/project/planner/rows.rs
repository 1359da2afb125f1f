//! Rows of one table as they are, with what they point to, a page at a time.
//!
//! A page begins behind the last row of the one before it: by the values it was sorted by and the row's own key, not
//! by a count of rows, so that rows that came in meanwhile neither repeat nor hide one.

use super::measure::type_of;
use super::scan::{self, Scan};
use super::{Bindings, Completion, MOST_FILTERS, Plan, bad};
use crate::ask::AFTER;
use crate::project::catalogue::{
    Aggregation, Catalogue, Dimension, DimensionKind, Metric, MetricKind, SemanticModel,
};
use crate::{Column, ColumnRole, DateRange, Failure, Param, RowPolicy, Rows, Statement, Unit};

const MOST_COLUMNS: usize = 40;
const MOST_ORDERS: usize = 4;
const MOST_ROWS: u32 = 1_000;
const LONGEST_KEY: usize = 2_000;

/// A column that was asked for.
struct Field {
    column: Column,
    /// How the statement refers to it, and as which type it is sorted.
    reference: String,
    sql_type: &'static str,
}

/// What rows are sorted by.
struct Key {
    sql: String,
    sql_type: &'static str,
    descending: bool,
}

pub(super) fn plan(catalogue: &Catalogue, policy: &RowPolicy, ask: &Rows) -> Result<Plan, Failure> {
    check_size(ask)?;
    let model = catalogue.relation(&ask.relation).map_err(bad)?;
    let mut scan = Scan::new(catalogue, model);
    let mut bindings = Bindings::default();
    let mut predicates = scan.policy(policy, &mut bindings)?;
    for filter in &ask.filters {
        predicates.push(scan.filter(filter, &mut bindings)?);
    }
    let fields = ask
        .columns
        .iter()
        .map(|name| field(catalogue, &mut scan, name))
        .collect::<Result<Vec<_>, _>>()?;
    let days = match ask.range {
        Some(range) => vec![within(catalogue, scan.model, ask, range, &mut bindings)?],
        None => Vec::new(),
    };
    let mut keys = keys(ask, &fields)?;
    keys.push(Key {
        sql: format!(
            "CAST({} AS STRING)",
            scan.column("row_key", &model.primary.expr)
        ),
        sql_type: "STRING",
        descending: false,
    });
    if let Some(after) = &ask.after {
        predicates.push(behind(&keys, after, &mut bindings)?);
    }
    let mut selected: Vec<String> = fields
        .iter()
        .map(|field| format!("{} AS {}", field.reference, field.column.name))
        .collect();
    let mut columns: Vec<Column> = fields.into_iter().map(|field| field.column).collect();
    for (at, key) in keys.iter().enumerate() {
        let name = format!("{AFTER}{at}");
        selected.push(format!("CAST({} AS STRING) AS {name}", key.sql));
        columns.push(Column {
            label: name.clone(),
            name,
            unit: Unit::None,
            role: ColumnRole::Key,
        });
    }
    let order: Vec<String> = keys
        .iter()
        .map(|key| {
            let direction = if key.descending { "DESC" } else { "ASC" };
            format!("{} {direction} NULLS LAST", key.sql)
        })
        .collect();
    let predicate = match predicates.is_empty() {
        true => String::new(),
        false => format!("\nWHERE {}", predicates.join(" AND ")),
    };
    let mut statement = Statement::new(format!(
        "SELECT {}\n{}{predicate}\nORDER BY {}\nLIMIT {}",
        selected.join(", "),
        scan.from(&days),
        order.join(", "),
        ask.limit.clamp(1, MOST_ROWS),
    ));
    statement.params = bindings.params;
    statement.tags = vec![
        ("ask".into(), "rows".into()),
        ("relation".into(), model.name.clone()),
    ];
    Ok(Plan {
        statement,
        columns,
        completion: Completion::default(),
    })
}

/// The rows of these days: by the time of the first metric that is asked for, as its figure is counted; without one,
/// by the only time there is.
fn within(
    catalogue: &Catalogue,
    model: &SemanticModel,
    ask: &Rows,
    DateRange { from, to }: DateRange,
    bindings: &mut Bindings,
) -> Result<scan::Rows, Failure> {
    if from > to {
        return Err(bad(format!(
            "the range ends on {to}, before it begins on {from}"
        )));
    }
    let counted_at = |name: &String| match &catalogue.metric(name).ok()?.kind {
        MetricKind::Simple { model: of, measure } if *of == model.name => {
            Some(model.measures.get(measure)?.time.as_str())
        }
        _ => None,
    };
    let only = (model.times.len() == 1)
        .then(|| model.times.keys().next().map(String::as_str))
        .flatten();
    let time = ask.columns.iter().find_map(counted_at).or(only);
    let Some(day) = time.and_then(|time| model.times.get(time)) else {
        return Err(bad(format!(
            "rows of {} have no day that they could be chosen by; ask for a metric of theirs, or for no range",
            model.name.replace('_', " ")
        )));
    };
    let first = bindings.named("range_from", Param::Text(from.to_string()));
    let last = bindings.named("range_to", Param::Text(to.to_string()));
    Ok(scan::Rows {
        columns: Vec::new(),
        predicate: format!("{day} >= CAST({first} AS DATE) AND {day} <= CAST({last} AS DATE)"),
    })
}

fn check_size(ask: &Rows) -> Result<(), Failure> {
    if ask.columns.is_empty() {
        return Err(bad("a list of rows needs at least one column"));
    }
    if ask.columns.len() > MOST_COLUMNS {
        return Err(bad(format!("a row has at most {MOST_COLUMNS} columns")));
    }
    let doubled = ask
        .columns
        .iter()
        .enumerate()
        .find(|(at, name)| ask.columns[..*at].contains(name));
    if let Some((_, name)) = doubled {
        return Err(bad(format!("the column `{name}` is asked for twice")));
    }
    if ask.filters.len() > MOST_FILTERS {
        return Err(bad(format!(
            "a question has at most {MOST_FILTERS} filters"
        )));
    }
    if ask.order.len() > MOST_ORDERS {
        return Err(bad(format!(
            "rows are sorted by at most {MOST_ORDERS} columns"
        )));
    }
    Ok(())
}

fn field<'a>(catalogue: &'a Catalogue, scan: &mut Scan<'a>, name: &str) -> Result<Field, Failure> {
    if name.contains("__") {
        let dimension = catalogue.dimension(name).map_err(bad)?;
        let reference = scan
            .dimension(dimension)
            .ok_or_else(|| scan.unreachable(dimension))?;
        Ok(described(dimension, reference))
    } else {
        let metric = catalogue.metric(name).map_err(bad)?;
        share(scan, metric)
    }
}

fn described(dimension: &Dimension, reference: String) -> Field {
    let (unit, role, sql_type) = match dimension.kind {
        DimensionKind::Text => (Unit::None, ColumnRole::Dimension, "STRING"),
        DimensionKind::Date => (Unit::None, ColumnRole::Dimension, "DATE"),
        DimensionKind::Timestamp => (Unit::None, ColumnRole::Dimension, "TIMESTAMP"),
        DimensionKind::Amount(unit) => (unit, ColumnRole::Metric, type_of(unit)),
    };
    Field {
        column: Column {
            name: dimension.name.clone(),
            label: dimension.label.clone(),
            unit,
            role,
        },
        reference,
        sql_type,
    }
}

/// What one row adds to a metric. Rows have no share in a count of them, nor in a ratio.
fn share(scan: &mut Scan<'_>, metric: &Metric) -> Result<Field, Failure> {
    let model = scan.model;
    let measure = match &metric.kind {
        MetricKind::Simple { model: of, measure } if *of == model.name => {
            model.measures.get(measure)
        }
        _ => None,
    };
    let measure = measure.filter(|measure| {
        matches!(
            measure.aggregation,
            Aggregation::Sum | Aggregation::Min | Aggregation::Max
        )
    });
    let Some(measure) = measure else {
        return Err(bad(format!(
            "a row of {} has no `{}` of its own; ask for amounts that its rows add up to",
            model.name.replace('_', " "),
            metric.name
        )));
    };
    let sql_type = type_of(metric.unit);
    let reference = scan.column(&format!("m_{}", metric.name), &measure.expr);
    Ok(Field {
        column: Column {
            name: metric.name.clone(),
            label: metric.label.clone(),
            unit: metric.unit,
            role: ColumnRole::Metric,
        },
        reference: format!("CAST({reference} AS {sql_type})"),
        sql_type,
    })
}

fn keys(ask: &Rows, fields: &[Field]) -> Result<Vec<Key>, Failure> {
    ask.order
        .iter()
        .map(|order| {
            let field = fields
                .iter()
                .find(|field| field.column.name == order.by)
                .ok_or_else(|| {
                    bad(format!(
                        "rows can be sorted by what is asked for: {}",
                        ask.columns.join(", ")
                    ))
                })?;
            Ok(Key {
                sql: format!("CAST({} AS {})", field.reference, field.sql_type),
                sql_type: field.sql_type,
                descending: order.descending,
            })
        })
        .collect()
}

/// Rows behind the one with the key `after`: greater in the first key that differs. Rows without a value are last,
/// whichever way the key goes.
fn behind(
    keys: &[Key],
    after: &[Option<String>],
    bindings: &mut Bindings,
) -> Result<String, Failure> {
    let fits = keys.len() == after.len()
        && after
            .iter()
            .flatten()
            .all(|value| value.chars().count() <= LONGEST_KEY);
    if !fits {
        return Err(bad(
            "the place to go on from belongs to another list; begin at its first page",
        ));
    }
    let mut same = Vec::new();
    let mut ways = Vec::new();
    for (at, (key, value)) in keys.iter().zip(after).enumerate() {
        let Key { sql, sql_type, .. } = key;
        let Some(value) = value else {
            same.push(format!("{sql} IS NULL"));
            continue;
        };
        let placeholder = bindings.named(&format!("after_{at}"), Param::Text(value.clone()));
        let value = format!("CAST({placeholder} AS {sql_type})");
        let beyond = if key.descending { "<" } else { ">" };
        let mut way = same.clone();
        way.push(format!("({sql} {beyond} {value} OR {sql} IS NULL)"));
        ways.push(format!("({})", way.join(" AND ")));
        same.push(format!("{sql} = {value}"));
    }
    Ok(match ways.is_empty() {
        true => "1 = 0".to_owned(),
        false => format!("({})", ways.join(" OR ")),
    })
}
