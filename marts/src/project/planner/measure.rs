//! One measure as SQL: what is aggregated, as which type, and what no rows come to.

use super::aggregate::{Part, Side};
use super::balance;
use super::scan::Scan;
use crate::Unit;
use crate::project::catalogue::{Aggregation, Measure};

pub(super) fn aggregate(part: &Part<'_>, scan: &mut Scan<'_>, compares: bool) -> String {
    let Part {
        measure, metric, ..
    } = part;
    // Named by the metric, not the part: both sides read one column.
    let expr = scan.measure(metric, measure);
    let column = scan.column(&format!("m_{}", metric.name), &expr.expr);
    let mut conditions = Vec::new();
    match (compares, part.side) {
        (false, _) => {}
        (true, Side::Current) => conditions.push("f.side = 0".to_owned()),
        (true, Side::Prior) => conditions.push("f.side = 1".to_owned()),
    }
    if let Some(balance) = &measure.balance {
        conditions.push(format!(
            "f.{} = f.{}",
            balance::time_column(balance),
            balance::column(balance)
        ));
    }
    let counted = if conditions.is_empty() {
        column
    } else {
        format!("CASE WHEN {} THEN {column} END", conditions.join(" AND "))
    };
    let sql_type = sql_type(measure, metric.unit);
    match (expr.aggregation, zero(measure, metric.unit)) {
        (Aggregation::Sum, Some(zero)) => {
            format!("COALESCE(CAST(SUM({counted}) AS {sql_type}), {zero})")
        }
        (Aggregation::Sum, None) => format!("CAST(SUM({counted}) AS {sql_type})"),
        (Aggregation::Count, _) => format!("COUNT({counted})"),
        (Aggregation::CountDistinct, _) => format!("COUNT(DISTINCT {counted})"),
        (Aggregation::Min, _) => format!("CAST(MIN({counted}) AS {sql_type})"),
        (Aggregation::Max, _) => format!("CAST(MAX({counted}) AS {sql_type})"),
    }
}

/// No rows add up to zero; of no rows there is no smallest and no largest, and no balance.
pub(super) fn is_additive(measure: &Measure) -> bool {
    measure.balance.is_none()
        && matches!(
            measure.aggregation,
            Aggregation::Sum | Aggregation::Count | Aggregation::CountDistinct
        )
}

pub(super) fn zero(measure: &Measure, unit: Unit) -> Option<String> {
    is_additive(measure).then(|| format!("CAST(0 AS {})", sql_type(measure, unit)))
}

/// Engines differ in what a sum's type is, so it is said. Four decimals hold rewards before they are paid.
pub(super) fn sql_type(measure: &Measure, unit: Unit) -> &'static str {
    match (measure.aggregation, unit) {
        (Aggregation::Count | Aggregation::CountDistinct, _) => "BIGINT",
        (_, unit) => type_of(unit),
    }
}

/// The type of an amount in this unit.
pub(super) fn type_of(unit: Unit) -> &'static str {
    match unit {
        Unit::Count | Unit::Bytes => "BIGINT",
        Unit::Usd => "DECIMAL(38, 4)",
        Unit::Ratio | Unit::Number | Unit::Seconds | Unit::None => "DECIMAL(38, 6)",
    }
}
