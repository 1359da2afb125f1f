//! `ops.row_accounts`: what became of every row of bronze, and of the rows that this run judged.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use jiff::Timestamp;
use marts::Statement;
use marts::project::{Names, Project};
use serde_json::json;
use warehouse::Builder;

use crate::bronze::BronzeFile;
use crate::contracts::{Behaviour, Scope};
use crate::{ContractResult, PipelineError, closes, sample};

const CUMULATIVE: &str = "row_accounts";
const RUN: &str = "run_accounts";

/// The project's own accounts, where it has them: `row_accounts` for all rows, `run_accounts` for those of this run.
pub(crate) fn read(
    builder: &mut dyn Builder,
    project: &Project,
    names: &Names,
    run_id: &str,
) -> Result<Vec<RecordBatch>, PipelineError> {
    let part = |model: &str, scope: &str, is_released: &str| {
        let relation = names.relations.get(model)?;
        project.models.contains_key(model).then(|| {
            format!(
                "select '{run_id}' as run_id, '{scope}' as scope, source, _outcome as outcome, _reason as reason, \
                 cast(row_count as bigint) as row_count, cast(amount as decimal(38, 2)) as amount, \
                 cast({is_released} as boolean) as is_released from {relation}"
            )
        })
    };
    let parts: Vec<String> = [
        part(CUMULATIVE, "cumulative", "null"),
        part(RUN, "run", "is_released"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select * from (\n{}\n) as accounts order by scope, source, outcome, reason nulls last",
        parts.join("\nunion all\n")
    );
    Ok(builder.fetch(&Statement::new(sql))?)
}

/// Whether the accounts add up to what lies in bronze, source by source: `files` are all of bronze, `taken_in` the
/// rows that this run took in. A run may also judge rows that an earlier run took in and could not finish, never fewer.
pub(crate) fn check(
    accounts: &[RecordBatch],
    project: &Project,
    files: &[BronzeFile],
    taken_in: &BTreeMap<String, u64>,
) -> Result<Vec<ContractResult>, PipelineError> {
    let mut accounted: BTreeMap<String, u64> = BTreeMap::new();
    let mut read: BTreeMap<String, u64> = BTreeMap::new();
    let (mut of_all, mut of_run) = (false, false);
    for row in sample::rows(accounts)? {
        let text = |name: &str| row.get(name).and_then(|value| value.as_str());
        let source = text("source").unwrap_or_default().to_owned();
        let rows: u64 = text("row_count").and_then(|n| n.parse().ok()).unwrap_or(0);
        match (text("scope"), text("is_released")) {
            (Some("cumulative"), _) => {
                of_all = true;
                *accounted.entry(source).or_default() += rows;
            }
            (_, Some("true")) => of_run = true,
            _ => {
                of_run = true;
                *read.entry(source).or_default() += rows;
            }
        }
    }
    let mut results = Vec::new();
    let landing = project
        .sources
        .iter()
        .filter(|table| table.source != closes::SOURCE);
    for table in landing.filter(|_| of_all) {
        let source = &table.table;
        let landed: u64 = files
            .iter()
            .filter(|file| file.source == *source)
            .map(|file| file.rows)
            .sum();
        let accounted = accounted.get(source).copied().unwrap_or(0);
        let read = read.get(source).copied().unwrap_or(0);
        let taken_in = taken_in.get(source).copied().unwrap_or(0);
        let lost_in_run = if of_run {
            taken_in.saturating_sub(read)
        } else {
            0
        };
        let failing_rows = landed.abs_diff(accounted).max(lost_in_run);
        let sample = json!({
            "landed": landed, "accounted": accounted, "taken_in_by_run": taken_in, "judged_by_run": of_run.then_some(read),
        });
        results.push(ContractResult {
            contract: format!("accounts_{source}"),
            relation: source.clone(),
            column: None,
            description: format!("every landed row of {source} has exactly one outcome"),
            declared_at: None,
            behaviour: Behaviour::Fail,
            scope: Scope::Full,
            failing_rows,
            run_rows: None,
            sample: if failing_rows == 0 {
                Vec::new()
            } else {
                vec![sample.to_string()]
            },
            definition: String::new(),
            checked_at: Timestamp::now(),
        });
    }
    Ok(results)
}
