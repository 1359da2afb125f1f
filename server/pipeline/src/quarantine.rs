//! `ops.quarantine`: rows that are held back, by source and reason, and since when.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use marts::Statement;
use marts::project::Project;
use warehouse::{Builder, Relation, Schema};

use crate::bronze::BronzeFile;
use crate::contracts::source_of;
use crate::{PipelineError, provenance, sample};

/// Rows of one source that are held back for one reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HeldBack {
    pub source: String,
    pub reason: String,
    pub rows: u64,
    /// In cents; `None` for a source without amounts.
    pub cents: Option<i128>,
    pub oldest_dt: Option<Date>,
    pub newest_dt: Option<Date>,
    /// File and row of the first.
    pub sample: Vec<String>,
}

/// What every model `int_<source>_checked` holds back.
pub(crate) fn held_back(
    builder: &mut dyn Builder,
    project: &Project,
    schemas: &BTreeMap<String, Schema>,
    files: &[BronzeFile],
) -> Result<Vec<HeldBack>, PipelineError> {
    let days: HashMap<&str, Date> = files
        .iter()
        .map(|file| (file.file_id.as_str(), file.dt))
        .collect();
    let mut all = Vec::new();
    for model in project.models.keys() {
        let source = source_of(model);
        let Some(schema) = schemas
            .get(model)
            .filter(|_| source.len() + 12 == model.len())
        else {
            continue;
        };
        let relation = Relation {
            schema: *schema,
            name: model.clone(),
        };
        let columns = builder.columns(&relation)?;
        let has = |name: &str| columns.iter().any(|column| column.name == name);
        let needed = [
            "_outcome",
            "_reason",
            "_file_id",
            "_row_number",
            "_ingest_seq",
        ];
        if !needed.into_iter().all(has) {
            continue;
        }
        let amount = if has("amount") {
            "cast(coalesce(sum(amount), 0) as decimal(38, 2))"
        } else {
            "null"
        };
        let from = builder.qualified(&relation);
        let sql = format!(
            "select _reason, _file_id, count(*) as row_count, {amount} as amount \
             from {from} where _outcome = 'quarantined' group by _reason, _file_id"
        );
        let mut by_reason: BTreeMap<String, HeldBack> = BTreeMap::new();
        for row in sample::rows(&builder.fetch(&Statement::new(sql))?)? {
            let text = |name: &str| row.get(name).and_then(|value| value.as_str());
            let reason = text("_reason").unwrap_or_default();
            let held = by_reason
                .entry(reason.to_owned())
                .or_insert_with(|| HeldBack {
                    source: source.to_owned(),
                    reason: reason.to_owned(),
                    ..HeldBack::default()
                });
            held.rows += text("row_count").and_then(|n| n.parse().ok()).unwrap_or(0);
            if let Some(cents) = text("amount").and_then(cents) {
                held.cents = Some(held.cents.unwrap_or(0) + cents);
            }
            if let Some(dt) = text("_file_id").and_then(|file| days.get(file)) {
                held.oldest_dt = Some(held.oldest_dt.map_or(*dt, |oldest| oldest.min(*dt)));
                held.newest_dt = Some(held.newest_dt.map_or(*dt, |newest| newest.max(*dt)));
            }
        }
        for held in by_reason.into_values() {
            let condition = format!(
                "_outcome = 'quarantined' and _reason = '{}'",
                held.reason.replace('\'', "''")
            );
            let sample = provenance::first_rows(builder, &from, &condition, files)?;
            all.push(HeldBack { sample, ..held });
        }
    }
    Ok(all)
}

/// `-12.34` → -1234. The engine writes two digits after the point.
fn cents(text: &str) -> Option<i128> {
    text.replace('.', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::cents;

    #[test]
    fn amounts_are_exact() {
        assert_eq!(cents("12.34"), Some(1234));
        assert_eq!(cents("-0.05"), Some(-5));
        assert_eq!(
            cents("100000000000000000000000000000.01"),
            Some(10_000_000_000_000_000_000_000_000_000_001)
        );
    }
}
