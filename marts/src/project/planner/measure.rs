//! One measure as SQL: what is aggregated, as which type, and what no rows come to.

use super::aggregate::{Part, Side};
use super::balance;
use super::scan::Scan;
use crate::Unit;
use crate::project::catalogue::{Aggregation, Measure};

/// The figure of a part over the rows of a scan; `is_partial`, where [`partial_sums`] stand in place of the rows.
pub(super) fn aggregate(
    part: &Part<'_>,
    scan: &mut Scan<'_>,
    compares: bool,
    is_partial: bool,
) -> String {
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
        (Aggregation::Count, Some(zero)) if is_partial => {
            format!("COALESCE(CAST(SUM({counted}) AS {sql_type}), {zero})")
        }
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

/// What some rows come to, in the column of what each of them has a share in; for measures that can be figured from that.
pub(super) fn partial_sums<'p>(
    parts: impl Iterator<Item = &'p Part<'p>>,
    scan: &Scan<'_>,
) -> Vec<String> {
    let mut sums: Vec<String> = parts
        .map(|part| {
            let function = match scan.measure(part.metric, part.measure).aggregation {
                Aggregation::Sum => "SUM",
                Aggregation::Count | Aggregation::CountDistinct => "COUNT",
                Aggregation::Min => "MIN",
                Aggregation::Max => "MAX",
            };
            format!("{function}(f.m_{0}) AS m_{0}", part.metric.name)
        })
        .collect();
    // Both sides read one column.
    sums.sort();
    sums.dedup();
    sums
}

/// No rows add up to zero; of no rows there is no smallest and no largest, and no balance.
pub(super) fn is_additive(measure: &Measure) -> bool {
    measure.balance.is_none()
        && matches!(
            measure.aggregation,
            Aggregation::Sum | Aggregation::Count | Aggregation::CountDistinct
        )
}

/// Whether the figures of groups add up to that of all of them: a row is in one group, but what it names may be in several.
pub(super) fn adds_up(measure: &Measure) -> bool {
    is_additive(measure) && measure.aggregation != Aggregation::CountDistinct
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
