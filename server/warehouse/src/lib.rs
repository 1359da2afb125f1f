//! Engines behind two traits: [`Warehouse`] reads a release, [`Builder`] builds one.
//! Only this crate knows that DuckDB or Databricks exist.

#[cfg(not(feature = "duckdb"))]
mod absent;
pub mod arrow_stream;
mod breaker;
mod builder;
mod condition;
mod databricks;
#[cfg(feature = "duckdb")]
mod duckdb;
pub mod frame;
pub mod one_query;
pub mod ops;
mod options;
pub mod parameters;
pub mod release;
mod tokens;
pub mod utc;
mod warehouse;

pub use self::databricks::{Credentials, DatabricksOptions, DatabricksWarehouse, Secret, Timing};
#[cfg(feature = "duckdb")]
pub use self::duckdb::{DuckDbBuilder, DuckDbWarehouse, ReleaseHandle, release_of_file};
#[cfg(not(feature = "duckdb"))]
pub use absent::{DuckDbBuilder, DuckDbWarehouse, ReleaseHandle, release_of_file};
pub use breaker::Breaker;
pub use builder::{BOOKKEEPING, Builder, Merged, Relation, Schema};
pub use condition::{Condition, Conditions, Known, Waiting};
pub use options::{DuckDbOptions, Mapping, TableMapping};
pub use release::{BuildInfo, Manifest, Refreshed, TableSummary};
pub use warehouse::{Batches, Capabilities, RelationColumn, Warehouse};
