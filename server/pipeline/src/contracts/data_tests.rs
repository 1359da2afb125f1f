//! The project's tests, on all rows or on those that the run touched.

use std::collections::BTreeSet;

use jiff::Timestamp;
use marts::Statement;
use marts::project::{DataTest, Severity};
use sha2::{Digest, Sha256};
use warehouse::Builder;

use super::{Behaviour, Checking, ContractResult, SAMPLE_ROWS, Scope};
use crate::{PipelineError, sample};

pub(super) fn check(
    builder: &mut dyn Builder,
    checking: &Checking<'_>,
    done: &dyn Fn(u64, u64),
) -> Result<Vec<ContractResult>, PipelineError> {
    let tests = &checking.project.tests;
    let personal = sample::Personal::of(checking.project);
    let mut results = Vec::with_capacity(tests.len());
    for (at, test) in tests.iter().enumerate() {
        done(at as u64, tests.len() as u64);
        if checking.can_wait(test) {
            continue;
        }
        let definition = definition(test);
        let held = checking.held_in_full.contains(&definition);
        let touched = checking.touched.get(&test.on).filter(|_| held);
        let parent_lost_rows = test
            .parent()
            .is_some_and(|(parent, _)| checking.shrunk.contains(parent));
        let touched = touched.filter(|_| test.can_be_narrowed() && !parent_lost_rows);
        results.push(run(
            builder,
            checking,
            test,
            touched.map(String::as_str),
            definition,
            &personal,
        )?);
    }
    Ok(results)
}

fn run(
    builder: &mut dyn Builder,
    checking: &Checking<'_>,
    test: &DataTest,
    touched: Option<&str>,
    definition: String,
    personal: &sample::Personal,
) -> Result<ContractResult, PipelineError> {
    let project = checking.project;
    let failing = project.failing_rows(test, checking.names, touched)?;
    let declared_at = project.place(&test.file, test.line);
    let mut ask = |sql: String| {
        builder
            .fetch(&Statement::new(sql))
            .map_err(|failure| PipelineError::Engine {
                message: format!(
                    "the contract {} ({declared_at}) could not be checked: {}",
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
        let shown = test.shown_columns().map(|columns| {
            let keys = project.keys(&test.on);
            let counted = ["row_count".to_owned()];
            columns
                .into_iter()
                .chain(keys)
                .chain(counted)
                .map(|column| column.to_ascii_lowercase())
                .collect::<BTreeSet<_>>()
        });
        let rows = sample::rows(&ask(format!(
            "select * from (\n{failing}\n) as failing limit {SAMPLE_ROWS}"
        ))?)?;
        rows.into_iter()
            .map(|row| personal.left_out_of(row, shown.as_ref()))
            .collect()
    };
    Ok(ContractResult {
        contract: test.name.clone(),
        relation: test.on.clone(),
        column: test.column().map(str::to_owned),
        description: test.meaning(),
        declared_at: Some(declared_at),
        behaviour: match test.severity {
            Severity::Error => Behaviour::Fail,
            Severity::Warn => Behaviour::Warn,
        },
        scope: if touched.is_some() {
            Scope::Touched
        } else {
            Scope::Full
        },
        failing_rows,
        run_rows: None,
        sample,
        definition,
        checked_at: Timestamp::now(),
    })
}

/// By which the same test is known again in the records, whatever it is called.
pub(crate) fn definition(test: &DataTest) -> String {
    let mut hash = hex::encode(Sha256::digest(test.definition().as_bytes()));
    hash.truncate(16);
    hash
}
