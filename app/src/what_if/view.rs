//! What the page of assumptions shows.

use jiff::civil::Date;
use marts::what_if::Lever;
use marts::{Drawing, Unit, Value};

pub struct WhatIfView {
    /// The release that is pinned.
    pub release: Option<String>,
    pub ignored: Vec<String>,
    /// Figures that were not observed, without which nothing can be projected.
    pub missing: Vec<String>,
    pub controls: Vec<Control>,
    pub outcomes: Vec<Outcome>,
    pub charts: Vec<Projected>,
    /// Nothing is assumed otherwise.
    pub is_as_observed: bool,
    pub foot: Vec<String>,
}

/// One lever as it is put.
pub struct Control {
    pub lever: Lever,
    pub value: f64,
    pub is_assumed: bool,
    /// What was observed, in words.
    pub observed: String,
    /// The query of the address without this assumption.
    pub reset: String,
}

/// A figure under the assumptions, beside what it is if all stays as it is.
pub struct Outcome {
    pub label: String,
    pub unit: Unit,
    pub now: Value,
    pub then: Value,
    pub note: String,
}

/// A figure by month.
pub struct Projected {
    pub title: String,
    pub unit: Unit,
    pub drawing: Option<Drawing>,
    /// The month, the figure under the assumptions, and if all stays as it is.
    pub rows: Vec<(Date, Value, Value)>,
}
