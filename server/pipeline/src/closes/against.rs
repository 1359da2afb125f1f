//! What speaks against closing on a release: assertions about the ledger that do not hold, or that nobody looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::SignedDuration;
use marts::project::{Project, Severity};
use warehouse::Manifest;

use crate::PipelineError;
use crate::contracts::definition;
use crate::ops::history::{self, Checked};
use crate::selected::checks;
use crate::variables::Variables;

/// The posted ledger.
pub(super) const LEDGER: &str = "fct_rewards";
/// For how long a test that runs once a day counts.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// Refuses where a contract of the ledger that stops releases did not hold in the runs that built this one or in the last
/// run since, or was not checked.
pub(super) fn refuse_unchecked(
    data: &Path,
    project: &Project,
    manifest: &Manifest,
) -> Result<(), PipelineError> {
    let required = required(project, manifest)?;
    let mut found: BTreeMap<String, Checked> = BTreeMap::new();
    for run in history::runs_of_release(data, &manifest.release_id, &manifest.run_id) {
        for checked in history::contracts_of(data, &run) {
            found.insert(checked.definition.clone(), checked);
        }
    }
    if let Some(run) = history::failed_since(data, manifest.published_at) {
        for checked in history::contracts_of(data, &run) {
            if checked.status == "failed" && required.contains_key(&checked.definition) {
                return Err(PipelineError::Closes(format!(
                    "the last run did not publish what has landed, because the contract {} does not hold; nothing was closed: mend \
                     that first (`carton-caps pipeline run` says more)",
                    checked.contract
                )));
            }
        }
    }
    let held_lately = history::held_in_full(data, manifest.published_at - A_DAY);
    for (definition, required) in &required {
        match found.get(definition) {
            Some(checked) if checked.status == "failed" => {
                return Err(PipelineError::Closes(format!(
                    "the contract {} does not hold on release {}; nothing was closed",
                    checked.contract, manifest.release_id
                )));
            }
            Some(_) => {}
            None if required.daily && held_lately.contains(definition) => {}
            None => {
                return Err(PipelineError::Closes(format!(
                    "the contract {} was not checked on release {}; nothing was closed: run `carton-caps pipeline run --full-refresh`",
                    required.name, manifest.release_id
                )));
            }
        }
    }
    Ok(())
}

struct Required {
    name: String,
    daily: bool,
}

/// The tests that stop a release and read the ledger, what it is made from or what is made of it, by their definitions.
fn required(
    project: &Project,
    manifest: &Manifest,
) -> Result<BTreeMap<String, Required>, PipelineError> {
    let mut tables: BTreeSet<String> = BTreeSet::from([LEDGER.to_owned()]);
    if let Some(ledger) = project.models.get(LEDGER) {
        tables.extend(ledger.refs.iter().cloned());
    }
    let readers = project.models.values();
    tables.extend(
        readers
            .filter(|model| model.refs.contains(LEDGER))
            .map(|model| model.name.clone()),
    );
    let variables = Variables::of(project, manifest.business_date);
    let tests = checks(project, &tables, &variables)?.tests;
    Ok(tests
        .into_iter()
        .filter(|test| test.severity == Severity::Error)
        .map(|test| {
            let required = Required {
                name: test.name.clone(),
                daily: test.daily,
            };
            (definition(&test), required)
        })
        .collect())
}
