//! Databricks SQL: releases are schemas, read through the Statement Execution API.

mod auth;
mod bind;
mod chunks;
mod decode;
mod engine;
mod errors;
mod http;
mod json_array;
mod options;
mod pointer;
mod relations;
mod retry;
mod rows;
mod secret;
mod statements;
#[cfg(test)]
mod tests;
mod types;
mod wire;

pub use engine::DatabricksWarehouse;
pub use options::{Credentials, DatabricksOptions, Timing};
pub use secret::Secret;
