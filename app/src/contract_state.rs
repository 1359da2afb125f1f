//! How many contracts hold, in a sentence and as the badge that stands beside figures.

use leptos::prelude::*;
use marts::{Frame, ReleaseInfo, Unit, Value, format};

use crate::panels::{Mark, Standing};
use crate::state::is_static_view;
use crate::url::dashboard_href;

/// Contracts of one run by what they found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContractState {
    pub release: Option<ReleaseInfo>,
    pub hold: i64,
    pub warn: i64,
    /// Rows were found, and were left out or held back as the contract says.
    pub set_aside: i64,
    pub fail: i64,
}

impl ContractState {
    /// Counts results, each a row with its status.
    #[must_use]
    pub fn of_results(results: &Frame, release: Option<&ReleaseInfo>) -> Self {
        let mut state = Self {
            release: release.cloned(),
            ..Self::default()
        };
        for row in 0..results.rows.len() {
            state.count(results.value(row, "contract_result__status"), 1);
        }
        state
    }

    /// Reads counts by status.
    #[must_use]
    pub fn of_counts(counted: &Frame, release: &ReleaseInfo) -> Self {
        let mut state = Self {
            release: Some(release.clone()),
            ..Self::default()
        };
        for row in 0..counted.rows.len() {
            if let Value::Int(count) = counted.value(row, "contracts_checked") {
                state.count(counted.value(row, "contract_result__status"), *count);
            }
        }
        state
    }

    fn count(&mut self, status: &Value, count: i64) {
        let Value::Text(status) = status else { return };
        match Standing::of_contract(status) {
            Standing::Good => self.hold += count,
            Standing::Warn => self.warn += count,
            Standing::Aside => self.set_aside += count,
            Standing::Bad => self.fail += count,
        }
    }

    #[must_use]
    pub fn total(&self) -> i64 {
        self.hold + self.warn + self.set_aside + self.fail
    }

    #[must_use]
    pub fn standing(&self) -> Standing {
        match self {
            Self { fail: 1.., .. } => Standing::Bad,
            Self { warn: 1.., .. } => Standing::Warn,
            _ => Standing::Good,
        }
    }

    /// "61 of 66 contracts hold; 2 warn; 3 set rows aside", or "All 63 contracts hold".
    #[must_use]
    pub fn sentence(&self) -> String {
        if self.total() == 0 {
            return "No contract has been checked yet".to_owned();
        }
        if self.hold == self.total() {
            return match self.total() {
                1 => "The one contract holds".to_owned(),
                total => format!("All {} contracts hold", count(total)),
            };
        }
        let mut sentence = format!(
            "{} of {} contracts {}",
            count(self.hold),
            count(self.total()),
            if self.hold == 1 { "holds" } else { "hold" }
        );
        for (number, one, more) in [
            (self.fail, "fails", "fail"),
            (self.warn, "warns", "warn"),
            (self.set_aside, "sets rows aside", "set rows aside"),
        ] {
            match number {
                0 => {}
                1 => sentence.push_str(&format!("; 1 {one}")),
                _ => sentence.push_str(&format!("; {} {more}", count(number))),
            }
        }
        sentence
    }
}

fn count(number: i64) -> String {
    format::exact(&Value::Int(number), Unit::Count)
}

/// What the contracts say of the figures on the page: as of which day, and how many hold.
pub fn badge(state: Option<ContractState>) -> AnyView {
    let Some((state, release)) = state.and_then(|state| {
        let release = state.release.clone()?;
        Some((state, release))
    }) else {
        return ().into_any();
    };
    let says = match (state.standing(), state.hold + state.set_aside) {
        (Standing::Good, 1) => "1 contract holds".to_owned(),
        (Standing::Good, all) => format!("{} contracts hold", count(all)),
        _ => state.sentence(),
    };
    view! {
        <a class="contract-badge" href=dashboard_href("contracts", "", is_static_view())>
            <Mark standing=state.standing()/>
            <span>{format!("As of {} · {says}", format::date(release.business_date))}</span>
        </a>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_says_what_does_not_hold_and_the_worst_first() {
        let state = |hold, warn, set_aside, fail| {
            ContractState {
                hold,
                warn,
                set_aside,
                fail,
                ..ContractState::default()
            }
            .sentence()
        };
        assert_eq!(state(0, 0, 0, 0), "No contract has been checked yet");
        assert_eq!(state(1, 0, 0, 0), "The one contract holds");
        assert_eq!(state(1_063, 0, 0, 0), "All 1,063 contracts hold");
        assert_eq!(state(61, 2, 0, 0), "61 of 63 contracts hold; 2 warn");
        assert_eq!(
            state(61, 1, 3, 1),
            "61 of 66 contracts hold; 1 fails; 1 warns; 3 set rows aside"
        );
    }
}
