//! What is served: the vocabulary every other crate shares (questions, answers, filters, numbers),
//! and behind the feature `project` the reading of the dbt project, the Jinja subset and the planner.
//!
//! No network and no database I/O happens here.

pub mod about;
pub mod answer;
pub mod ask;
pub mod bridge;
pub mod buckets;
pub mod cohorts;
pub mod curve;
pub mod dashboard;
mod day_number;
mod days;
pub mod drawing;
pub mod estimates;
pub mod explained;
pub mod explore;
pub mod failure;
pub mod filters;
pub mod format;
pub mod frame;
pub mod funnel;
pub mod generations;
pub mod lines;
pub mod panel_drill;
pub mod pivot;
pub mod policy;
#[cfg(feature = "project")]
pub mod project;
pub mod roll_forward;
pub mod statement;
pub mod trees;
pub mod what_if;

pub use about::{Adding, DimensionAbout, MetricAbout, Named};
pub use answer::{Answer, Answered, AskedFor, DashboardLink, ReleaseId, ReleaseInfo};
pub use ask::{
    Aggregate, Ask, Comparison, DateRange, DimensionFilter, Grain, Order, Rows, Threshold, Values,
};
pub use bridge::Waterfall;
pub use dashboard::{
    Dashboard, FailedBoard, FilterControl, FilterOption, MOST_CELLS, MetricNote, NamedFigure,
    Panel, PanelDays, PanelKind, PanelView, RowList,
};
pub use drawing::{Drawing, Picture};
pub use explained::{Explained, Formula, Origin};
pub use failure::{Failure, FailureKind};
pub use filters::{Drill, Filters, Preset, RangeChoice, TableView};
pub use frame::{Column, ColumnRole, Frame, LEVEL, Level, Unit, Value};
pub use panel_drill::PanelDrill;
pub use policy::{Restriction, RowPolicy};
pub use statement::{Param, Statement};
