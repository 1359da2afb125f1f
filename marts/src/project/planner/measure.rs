//! One measure as SQL: what is aggregated, as which type, and what no rows come to.

use super::aggregate::{Part, Side};
use super::scan::Scan;
use crate::Unit;
use crate::project::catalogue::{Aggregation, Measure};

pub(super) fn aggregate(part: &Part<'_>, scan: &mut Scan<'_>, compares: bool) -> String {
    let Part {
        measure, metric, ..
    } = part;
    // Named by the metric, not the part: both sides read one column.
    let column = scan.column(&format!("m_{}", metric.name), &measure.expr);
    let counted = match (compares, part.side) {
        (false, _) => column,
        (true, Side::Current) => format!("CASE WHEN f.side = 0 THEN {column} END"),
        (true, Side::Prior) => format!("CASE WHEN f.side = 1 THEN {column} END"),
    };
    let sql_type = sql_type(measure, metric.unit);
    match (measure.aggregation, zero(measure, metric.unit)) {
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

/// No rows add up to zero; of no rows there is no smallest and no largest.
pub(super) fn is_additive(measure: &Measure) -> bool {
    matches!(
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
