//! landing → bronze → silver → gold → contracts → release. A run killed at any point leaves the current
//! release as it was, and the next run finishes the work.

mod bronze;
mod build;
mod contracts;
mod fingerprint;
mod lock;
mod ops;
mod publish;
mod record;
mod run;
mod sample;

pub use bronze::{Ingested, SetAside};
pub use contracts::ContractResult;
pub use run::{Options, Outcome, PipelineError, Step, run};
