//! The program `carton-caps`: the command line, the service, and [`Analytics`], through which all data is shown.

pub mod analytics;
mod cache;
pub mod cli;
pub mod config;
pub mod engine_config;
mod explanation;
#[cfg(test)]
mod fake_warehouse;
mod folders;
mod project_files;
mod projection;
pub mod service;

pub use analytics::Analytics;
pub use config::Config;
pub use service::{Handle, serve};
