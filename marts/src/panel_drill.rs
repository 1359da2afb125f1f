//! How the cells of a panel lead to rows that are told by another metric than the one they show: a balance to the ledger's
//! entries.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{DateRange, Drill, Panel};

/// Before anything that can have been observed.
pub const FIRST_DAY: Date = Date::constant(1990, 1, 1);

/// Where the cells of a panel lead: to figures of `metric`, which counts the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelDrill {
    pub metric: String,
    /// Roll-forward: the dimension that names each row's line as the lines' metrics are labelled, or as `cells` has it; none of
    /// a row that is in no line.
    #[serde(default)]
    pub by: Option<String>,
    /// What dimensions of the panel are called where the rows are told by them; others are called the same.
    #[serde(default)]
    pub called: BTreeMap<String, String>,
    /// By metric: the dimensions and values that its cells are kept to. But in a roll-forward, the cells of a metric that is
    /// not listed lead nowhere.
    #[serde(default)]
    pub cells: BTreeMap<String, BTreeMap<String, String>>,
}

impl PanelDrill {
    /// What `dimension` is called where the rows are told by it.
    #[must_use]
    pub fn called<'a>(&'a self, dimension: &'a str) -> &'a str {
        self.called.get(dimension).map_or(dimension, String::as_str)
    }
}

impl Panel {
    /// The rows of all that the panel shows of `metric`; `None` where it leads to none.
    #[must_use]
    pub fn rows_below(&self, metric: &str, business_date: Date) -> Option<Drill> {
        let Some(drill) = &self.drill else {
            return Some(Drill::into(metric));
        };
        let kept = drill.cells.get(metric)?;
        let whole = Drill::into(&drill.metric).within(ever(business_date));
        let whole = kept.iter().fold(whole, |whole, (dimension, value)| {
            whole.with(dimension, value)
        });
        Some(self.laid_aside(whole))
    }

    /// The same rows without the page's filters that the panel is not kept by.
    #[must_use]
    pub fn laid_aside(&self, drill: Drill) -> Drill {
        self.unfiltered_by
            .iter()
            .fold(drill, |drill, dimension| drill.all_but(dimension, &[]))
    }

    /// What `dimension` is called where the panel's cells lead.
    #[must_use]
    pub fn called<'a>(&'a self, dimension: &'a str) -> &'a str {
        match &self.drill {
            Some(drill) => drill.called(dimension),
            None => dimension,
        }
    }
}

/// All days until `to`.
#[must_use]
pub fn ever(to: Date) -> DateRange {
    DateRange {
        from: FIRST_DAY,
        to: to.max(FIRST_DAY),
    }
}
