//! The columns that contracts speak of: those of enforced models, exactly, and those that YAML names.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use marts::project::{Model, ProjectError, did_you_mean};
use serde_json::json;
use warehouse::{Builder, RelationColumn};

use super::{Behaviour, Checking, ContractResult, Scope};
use crate::PipelineError;

pub(super) const PREFIX: &str = "columns_of_";

/// One result per enforced model: each column that is missing, too many or of another type counts as a failing row.
pub(super) fn enforced(
    builder: &mut dyn Builder,
    checking: &Checking<'_>,
) -> Result<Vec<ContractResult>, PipelineError> {
    let mut results = Vec::new();
    for model in checking.project.models.values() {
        let (Some(file), Some(relation)) = (&model.enforced, checking.relation(&model.name)) else {
            continue;
        };
        let differences = differences(model, &builder.columns(&relation)?, checking);
        results.push(ContractResult {
            contract: format!("{PREFIX}{}", model.name),
            relation: model.name.clone(),
            column: None,
            description: format!("{} has exactly the declared columns and types", model.name),
            declared_at: Some(checking.project.place(file, None)),
            behaviour: Behaviour::Fail,
            scope: Scope::Full,
            failing_rows: differences.len() as u64,
            run_rows: None,
            sample: differences,
            definition: String::new(),
            checked_at: Timestamp::now(),
        });
    }
    Ok(results)
}

/// As JSON: column, what is declared and where, what was found.
fn differences(model: &Model, found: &[RelationColumn], checking: &Checking<'_>) -> Vec<String> {
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let declared = model.columns.iter().filter_map(|column| {
        let expected = normal(column.data_type.as_deref().unwrap_or_default());
        let found = found.iter().find(|found| same(&found.name, &column.name));
        let found = found.map_or("no such column", |found| found.sql_type.as_str());
        (found != expected).then(|| {
            json!({
                "column": column.name, "expected": expected, "found": found,
                "declared_at": checking.project.place(&column.file, column.line),
            })
        })
    });
    let undeclared = found
        .iter()
        .filter(|found| !model.columns.iter().any(|column| same(&column.name, &found.name)))
        .map(|found| json!({"column": found.name, "expected": "not declared", "found": found.sql_type}));
    declared
        .chain(undeclared)
        .map(|difference| difference.to_string())
        .collect()
}

/// A type as [`Builder::columns`] names it.
fn normal(declared: &str) -> String {
    let plain: String = declared
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_lowercase();
    match plain.as_str() {
        "varchar" | "text" => "string".to_owned(),
        "integer" => "int".to_owned(),
        "bool" => "boolean".to_owned(),
        "long" => "bigint".to_owned(),
        _ => plain.replace("numeric(", "decimal("),
    }
}

/// Columns that YAML describes or tests must be there; only the tables themselves know which are.
pub(super) fn check_named(
    builder: &mut dyn Builder,
    checking: &Checking<'_>,
) -> Result<(), PipelineError> {
    let project = checking.project;
    let mut columns: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let described = project
        .models
        .values()
        .filter(|model| !model.columns.is_empty())
        .map(|model| model.name.as_str());
    let tested = project
        .tests
        .iter()
        .filter(|test| test.column().is_some())
        .map(|test| test.on.as_str());
    let looked_up = project
        .tests
        .iter()
        .filter_map(|test| test.parent().map(|(to, _)| to));
    for relation in described.chain(tested).chain(looked_up) {
        if !columns.contains_key(relation) {
            let columns_of = builder.columns(&checking.table(relation))?;
            let found = columns_of.into_iter().map(|column| column.name).collect();
            columns.insert(relation, found);
        }
    }
    let check = |relation: &str, column: &str, file: &Path, line: Option<usize>, said_by: &str| {
        let known = columns.get(relation).map_or(&[][..], Vec::as_slice);
        if known.iter().any(|name| name.eq_ignore_ascii_case(column)) {
            return Ok(());
        }
        let near = did_you_mean(column, known.iter().map(String::as_str));
        let message = format!(
            "{said_by}: `{relation}` has no column `{column}`{near}; it has {}",
            known.join(", ")
        );
        Err(PipelineError::from(ProjectError::new(file, line, message)))
    };
    for model in project.models.values() {
        for column in &model.columns {
            check(
                &model.name,
                &column.name,
                &column.file,
                column.line,
                "describes a missing column",
            )?;
        }
    }
    for test in &project.tests {
        let said_by = format!("the test `{}`", test.name);
        if let Some(column) = test.column() {
            check(&test.on, column, &test.file, test.line, &said_by)?;
        }
        if let Some((to, field)) = test.parent() {
            check(to, field, &test.file, test.line, &said_by)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn declared_types_are_compared_by_their_portable_name() {
        for (declared, expected) in [
            ("VARCHAR", "string"),
            ("text", "string"),
            ("Integer", "int"),
            ("decimal(18, 2)", "decimal(18,2)"),
            ("NUMERIC(38,2)", "decimal(38,2)"),
            ("timestamp", "timestamp"),
            ("bool", "boolean"),
        ] {
            assert_eq!(normal(declared), expected);
        }
    }
}
