//! How new each source is, and whether its latest day is as large as such days are.

use jiff::Timestamp;
use serde_json::json;

use super::{Behaviour, Checking, ContractResult, Scope};
use crate::freshness::{Age, SourceState};

pub(super) fn check(checking: &Checking<'_>) -> Vec<ContractResult> {
    checking
        .sources
        .iter()
        .flat_map(|state| {
            [freshness(state, checking), volume(state)]
                .into_iter()
                .flatten()
        })
        .collect()
}

fn freshness(state: &SourceState, checking: &Checking<'_>) -> Option<ContractResult> {
    let declared = state.expected.as_ref()?;
    let age = state.age();
    let days = |age: Option<marts::project::Age>| age.map(marts::project::Age::days);
    let sample = json!({
        "latest_dt": state.latest_dt.map(|dt| dt.to_string()),
        "business_date": state.business_date.to_string(),
        "age_days": state.age_days,
        "warn_after_days": days(declared.warn_after),
        "error_after_days": days(declared.error_after),
    });
    let behaviour = match (age, declared.error_after) {
        (Age::Late, _) => Behaviour::Fail,
        (Age::Stale, _) | (Age::Fresh, None) => Behaviour::Warn,
        (Age::Fresh, Some(_)) => Behaviour::Fail,
    };
    Some(ContractResult {
        description: match days(declared.warn_after.or(declared.error_after)) {
            Some(days) => format!(
                "{} lands at least every {days} days, counted back from the business date",
                state.source
            ),
            None => format!("{} may be of any age", state.source),
        },
        declared_at: Some(checking.project.place(&declared.file, declared.line)),
        ..source_result("freshness", state, behaviour, age != Age::Fresh, sample)
    })
}

fn volume(state: &SourceState) -> Option<ContractResult> {
    let volume = state.volume.as_ref()?;
    let sample = json!({
        "latest_dt": state.latest_dt.map(|dt| dt.to_string()),
        "rows": volume.rows,
        "median_rows": volume.median,
        "compared_with": volume.compared_with(),
    });
    Some(ContractResult {
        description: format!(
            "the latest day of {} has between a fifth and five times the rows such days have",
            state.source
        ),
        ..source_result(
            "volume",
            state,
            Behaviour::Warn,
            volume.is_anomalous(),
            sample,
        )
    })
}

fn source_result(
    kind: &str,
    state: &SourceState,
    behaviour: Behaviour,
    fails: bool,
    sample: serde_json::Value,
) -> ContractResult {
    ContractResult {
        contract: format!("{kind}_{}", state.source),
        relation: state.source.clone(),
        column: None,
        description: String::new(),
        declared_at: None,
        behaviour,
        scope: Scope::Full,
        failing_rows: u64::from(fails),
        run_rows: None,
        sample: if fails {
            vec![sample.to_string()]
        } else {
            Vec::new()
        },
        definition: String::new(),
        checked_at: Timestamp::now(),
    }
}
