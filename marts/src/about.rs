//! What can be said of a metric: what it is made of, and what it can be broken down by.

use serde::{Deserialize, Serialize};

use crate::Unit;

/// Something of the catalogue, by the name in questions and the one for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub name: String,
    pub label: String,
}

/// How figures of a metric relate to those of its groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Adding {
    /// The groups' figures add up to the total.
    Sum,
    /// What is in several groups counts once in the total.
    Distinct,
    /// A quotient of two others.
    Ratio,
    /// None of these: a smallest or largest value, a balance, arithmetic over others.
    Never,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DimensionAbout {
    pub name: String,
    pub label: String,
    /// Each row of a table has a value of its own: no breakdown that explains anything.
    pub is_key: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricAbout {
    pub name: String,
    pub label: String,
    pub description: String,
    pub unit: Unit,
    pub adding: Adding,
    /// Numerator and denominator of a ratio.
    pub parts: Option<(Named, Named)>,
    /// The simple metric that says how much there was to add up: receipts, for spend.
    pub driver: Option<Named>,
    /// Texts it can be broken down by.
    pub dimensions: Vec<DimensionAbout>,
    /// The contracts and tables it relies on.
    pub relies_on: Vec<String>,
    /// The metric that tells whether this one was recorded at all.
    pub recorded_by: String,
}
