//! DuckDB: one file per release to read, a state and a new file to build.

mod bind;
mod bronze;
mod builder;
mod builder_delta;
mod control;
mod engine;
mod errors;
mod foreign;
mod handle;
mod job;
mod open;
mod ops;
mod pinned;
mod types;

pub use builder::DuckDbBuilder;
pub use engine::DuckDbWarehouse;
pub use foreign::release_of_file;
pub use handle::ReleaseHandle;
