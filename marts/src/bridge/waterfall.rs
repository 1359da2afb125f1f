//! A bridge as steps of a waterfall: each begins where the one before ended, and the last is their sum.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Bridge, Presence};
use crate::{Unit, Value, format};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// A part of the difference.
    Change,
    /// The difference.
    Total,
    /// What stands before or after the changes; no difference, and written without a sign.
    Balance,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub label: String,
    pub kind: StepKind,
    /// Where it begins: the sum of the steps before; 0 for the total.
    pub from: Decimal,
    pub amount: Decimal,
}

impl Step {
    /// Its amount, as people read it.
    #[must_use]
    pub fn written(&self, unit: Unit) -> String {
        match self.kind {
            StepKind::Balance => format::exact(&Value::Decimal(self.amount), unit),
            StepKind::Change | StepKind::Total => format::signed_amount(self.amount, unit),
        }
    }
}

/// The difference from 0 to its total, in one unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waterfall {
    pub title: String,
    pub unit: Unit,
    pub steps: Vec<Step>,
}

impl Waterfall {
    /// The parts of `bridge`, then what restating the earlier figure came to, where that is told apart.
    #[must_use]
    pub fn of(bridge: &Bridge, title: String, unit: Unit, restated: Option<Decimal>) -> Self {
        let mut steps = Vec::new();
        let mut sum = Decimal::ZERO;
        let mut add = |label: String, amount: Decimal| {
            steps.push(Step {
                label,
                kind: StepKind::Change,
                from: sum,
                amount,
            });
            sum = sum.saturating_add(amount);
        };
        for part in &bridge.parts {
            let name = format::dimension(&part.name);
            add(
                match part.presence {
                    Presence::Both => name,
                    Presence::New => format!("{name} (new)"),
                    Presence::Gone => format!("{name} (gone)"),
                },
                part.change,
            );
        }
        if let Some(rest) = bridge.rest {
            add(format!("{} others", rest.count), rest.effects.total());
        }
        if !bridge.several.is_zero() {
            add("Counted in several".to_owned(), bridge.several);
        }
        if let Some(restated) = restated {
            add("Restated".to_owned(), restated);
        }
        steps.push(Step {
            label: "Change".to_owned(),
            kind: StepKind::Total,
            from: Decimal::ZERO,
            amount: sum,
        });
        Self { title, unit, steps }
    }

    /// In a sentence, for those who do not see it.
    #[must_use]
    pub fn summary(&self) -> String {
        let said: Vec<String> = self
            .steps
            .iter()
            .map(|step| format!("{} {}", step.label, step.written(self.unit)))
            .collect();
        format!("{}.", said.join(", "))
    }
}
