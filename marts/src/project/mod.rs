//! The dbt project as files: models, seeds, tests, semantic models, metrics and dashboards.

pub mod catalogue;
pub mod dashboards;
mod data_tests;
mod error;
mod files;
mod graph;
mod jinja;
mod model;
pub mod planner;
mod properties;
mod read_model;

pub use data_tests::{DataTest, Severity};
pub use error::{ProjectError, did_you_mean};
pub use jinja::{Names, Rendered};
pub use model::{Column, Materialized, Model, Project, Seed, SourceColumn, SourceTable};

#[cfg(test)]
mod tests;
