//! The dbt project as files: models, seeds, tests, semantic models, metrics and dashboards.

pub mod catalogue;
mod check;
pub mod dashboards;
mod data_tests;
mod declarations;
mod error;
mod expectations;
mod files;
mod generic_tests;
mod graph;
mod jinja;
mod model;
mod origin;
pub mod planner;
mod properties;
mod read_model;
mod test_entry;

pub use data_tests::{DataTest, Severity};
pub use error::{ProjectError, did_you_mean};
pub use expectations::{Age, Expectation, ExpectedRows, Freshness, RowBehaviour};
pub use jinja::{Names, Rendered};
pub use model::{Column, Materialized, Model, Project, Seed, SourceColumn, SourceTable};

#[cfg(test)]
mod tests;
