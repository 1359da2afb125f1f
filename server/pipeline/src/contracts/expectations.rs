//! What silver did with rows that it could not use as they were: it gives each one outcome, and these are the figures.

use jiff::Timestamp;
use marts::Statement;
use marts::project::{ExpectedRows, Model, ProjectError, RowBehaviour};
use warehouse::Builder;

use super::{Behaviour, Checking, ContractResult, Scope};
use crate::{PipelineError, provenance, sample};

/// One result per expectation: how many rows there are of its kind, and how many of them this run judged.
pub(super) fn check(
    builder: &mut dyn Builder,
    checking: &Checking<'_>,
) -> Result<Vec<ContractResult>, PipelineError> {
    let mut results = Vec::new();
    for model in checking.project.models.values() {
        if !model.expectations.is_empty() {
            results.extend(of_model(builder, checking, model)?);
        }
    }
    Ok(results)
}

fn of_model(
    builder: &mut dyn Builder,
    checking: &Checking<'_>,
    model: &Model,
) -> Result<Vec<ContractResult>, PipelineError> {
    let Some(relation) = checking.relation(&model.name) else {
        return Ok(Vec::new());
    };
    let columns = builder.columns(&relation)?;
    let has = |name: &str| columns.iter().any(|column| column.name == name);
    for expectation in &model.expectations {
        if matches!(expectation.rows, ExpectedRows::Reason(_)) && !has("_reason") {
            let message = format!(
                "the expectation `{}` names a reason, but `{}` has no column `_reason`",
                expectation.name, model.name
            );
            let mistake = ProjectError::new(&expectation.file, expectation.line, message);
            return Err(mistake.into());
        }
    }
    let batch = batch_of_silver(checking).filter(|_| has("_changed_seq"));
    let counted: Vec<String> = model
        .expectations
        .iter()
        .enumerate()
        .flat_map(|(at, expectation)| {
            let rows = condition(&expectation.rows);
            let of_run = batch.map_or("false".to_owned(), |batch| {
                format!("({rows}) and _changed_seq = {batch}")
            });
            [("all", rows), ("run", of_run)].map(|(name, condition)| {
                format!("coalesce(sum(case when {condition} then 1 else 0 end), 0) as {name}_{at}")
            })
        })
        .collect();
    let from = checking.sql_name(&model.name);
    let fetched = builder
        .fetch(&Statement::new(format!(
            "select {} from {from}",
            counted.join(", ")
        )))
        .map_err(|failure| PipelineError::Engine {
            message: format!(
                "the expectations of {} ({}) could not be checked: {}",
                model.name,
                checking.project.place(&model.file, None),
                failure.message
            ),
            detail: failure.detail,
        })?;
    let counts = sample::rows(&fetched)?
        .into_iter()
        .next()
        .unwrap_or_default();
    let count = |name: String| -> u64 {
        let text = counts.get(&name).and_then(|value| value.as_str());
        text.and_then(|text| text.parse().ok()).unwrap_or_default()
    };
    let traced = ["_file_id", "_row_number", "_ingest_seq"]
        .into_iter()
        .all(has);
    let source = source_of(&model.name);
    let mut results = Vec::new();
    for (at, expectation) in model.expectations.iter().enumerate() {
        let failing_rows = count(format!("all_{at}"));
        let sample = if failing_rows > 0 && traced {
            provenance::first_rows(builder, from, &condition(&expectation.rows), checking.files)?
        } else {
            Vec::new()
        };
        results.push(ContractResult {
            contract: format!("{}_{source}", expectation.name),
            relation: model.name.clone(),
            column: None,
            description: expectation.description.clone(),
            declared_at: Some(checking.project.place(&expectation.file, expectation.line)),
            behaviour: match expectation.behaviour {
                RowBehaviour::Drop => Behaviour::Drop,
                RowBehaviour::Quarantine => Behaviour::Quarantine,
                RowBehaviour::Warn => Behaviour::Warn,
            },
            scope: Scope::Full,
            failing_rows,
            run_rows: batch.map(|_| count(format!("run_{at}"))),
            sample,
            definition: String::new(),
            checked_at: Timestamp::now(),
        });
    }
    Ok(results)
}

fn condition(rows: &ExpectedRows) -> String {
    match rows {
        ExpectedRows::Reason(reason) => format!("_reason = '{}'", reason.replace('\'', "''")),
        ExpectedRows::Where(condition) => condition.clone(),
    }
}

/// The number of this batch of silver, by which rows that it changed are known.
fn batch_of_silver(checking: &Checking<'_>) -> Option<i64> {
    let value = checking.names.vars.get("state_seq")?;
    value
        .as_i64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

/// `int_purchases_checked` → `purchases`.
pub(crate) fn source_of(model: &str) -> &str {
    let source = model.strip_prefix("int_").unwrap_or(model);
    source.strip_suffix("_checked").unwrap_or(source)
}
