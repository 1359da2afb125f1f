//! The project's tests on the tables just built, before anybody sees them.

use std::collections::BTreeMap;
use std::sync::Arc;

use marts::Statement;
use marts::project::{DataTest, Names, Project, ProjectError, Severity, did_you_mean};
use warehouse::Builder;

use crate::{PipelineError, sample};

const SAMPLE_ROWS: usize = 5;

/// One contract's finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractResult {
    /// dbt's name of the test: `unique_dim_user_user_id`.
    pub contract: String,
    pub relation: String,
    pub failing_rows: u64,
    /// At most five failing rows, as JSON objects, without personal data.
    pub sample: Vec<String>,
}

/// A finding with what a failure of it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checked {
    pub result: ContractResult,
    pub severity: Severity,
}

impl Checked {
    pub fn stops_the_release(&self) -> bool {
        self.result.failing_rows > 0 && self.severity == Severity::Error
    }
}

/// Runs every test of the project; `done` is told how many have run.
///
/// # Errors
/// A test that cannot be run, such as one on a column that is not there. Failing rows are no error here.
pub(crate) fn check(
    builder: &mut dyn Builder,
    project: &Project,
    names: &Arc<Names>,
    done: &dyn Fn(u64, u64),
) -> Result<Vec<Checked>, PipelineError> {
    check_columns(builder, project, names)?;
    let total = project.tests.len() as u64;
    let mut checked = Vec::with_capacity(project.tests.len());
    for test in &project.tests {
        done(checked.len() as u64, total);
        checked.push(Checked {
            result: run(builder, project, names, test)?,
            severity: test.severity,
        });
    }
    Ok(checked)
}

fn run(
    builder: &mut dyn Builder,
    project: &Project,
    names: &Arc<Names>,
    test: &DataTest,
) -> Result<ContractResult, PipelineError> {
    let failing = project.failing_rows(test, names)?;
    let mut ask = |sql: String| {
        builder
            .fetch(&Statement::new(sql))
            .map_err(|failure| PipelineError::Engine {
                message: format!(
                    "the contract {} could not be checked: {}",
                    test.name, failure.message
                ),
                detail: failure.detail,
            })
    };
    // The failing rows may begin or end with a comment.
    let count = sample::single(&ask(format!(
        "select count(*) as failing_rows from (\n{failing}\n) as failing"
    ))?)?;
    let failing_rows = count
        .and_then(|count| count.parse().ok())
        .unwrap_or_default();
    let sample = if failing_rows == 0 {
        Vec::new()
    } else {
        let rows = sample::rows(&ask(format!(
            "select * from (\n{failing}\n) as failing limit {SAMPLE_ROWS}"
        ))?)?;
        rows.into_iter()
            .map(|row| serde_json::Value::Object(row).to_string())
            .collect()
    };
    Ok(ContractResult {
        contract: test.name.clone(),
        relation: test.on.clone(),
        failing_rows,
        sample,
    })
}

/// Columns that YAML describes or tests must be there; only the tables themselves know which are.
fn check_columns(
    builder: &mut dyn Builder,
    project: &Project,
    names: &Arc<Names>,
) -> Result<(), PipelineError> {
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
            let found = columns_of(
                builder,
                names
                    .relations
                    .get(relation)
                    .map_or(relation, String::as_str),
            )?;
            columns.insert(relation, found);
        }
    }
    let check = |relation: &str,
                 column: &str,
                 file: &std::path::Path,
                 line: Option<usize>,
                 said_by: &str| {
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

/// An empty relation answers without a batch, and so without a schema: the outer join always gives one row.
fn columns_of(builder: &mut dyn Builder, relation: &str) -> Result<Vec<String>, PipelineError> {
    let sql = format!(
        "select r.* from (select 1 as one) as o left join (select * from {relation} limit 1) as r on o.one = 1"
    );
    let batches = builder.fetch(&Statement::new(sql))?;
    Ok(batches
        .first()
        .map(|batch| {
            batch
                .schema()
                .fields()
                .iter()
                .map(|field| field.name().clone())
                .collect()
        })
        .unwrap_or_default())
}

/// What is said of contracts that stop a release.
pub(crate) fn message(results: &[ContractResult]) -> String {
    let mut text = match results {
        [one] => format!(
            "the contract {} failed; nothing was published, the current release is as it was",
            one.contract
        ),
        many => format!(
            "{} contracts failed; nothing was published, the current release is as it was",
            many.len()
        ),
    };
    for ContractResult {
        contract,
        relation,
        failing_rows,
        sample,
    } in results
    {
        let rows = if *failing_rows == 1 {
            "row fails"
        } else {
            "rows fail"
        };
        text.push_str(&format!(
            "\n  {contract} on {relation}: {failing_rows} {rows}, such as"
        ));
        for row in sample {
            text.push_str(&format!("\n    {row}"));
        }
    }
    text
}
