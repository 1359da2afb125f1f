//! A chart as it crosses the wire: markup drawn on the server, and the positions the overlay needs.

use serde::{Deserialize, Serialize};

/// One drawing at one size.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Picture {
    /// A complete `<svg>` element: classes and custom properties only, no colours of its own.
    pub svg: String,
    /// viewBox size in CSS pixels.
    pub width: f64,
    pub height: f64,
    /// The plotting area inside the viewBox: left, top, right, bottom.
    pub plot: [f64; 4],
    /// For each point of the time axis, its x in viewBox units, rounded to 0.01.
    pub xs: Vec<f64>,
    /// For each series, for each point, its y in viewBox units; `None` where there is no figure.
    pub ys: Vec<Vec<Option<f64>>>,
}

/// A chart at a wide and a narrow size; a container query shows one of them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Drawing {
    /// The panel's metric this drawing belongs to (a headline has one per metric).
    pub key: String,
    pub wide: Picture,
    /// Absent where one size serves everywhere (a sparkline).
    pub narrow: Option<Picture>,
    /// Names of the series in the order of `ys`, such as "Retail spend" and "Prior period".
    pub series: Vec<String>,
}
