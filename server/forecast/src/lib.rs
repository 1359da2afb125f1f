//! Estimators: numbers in, figures with their intervals out. It knows no tables, no files and no other crate of the house.
//!
//! What is observed ends with a release, so most of it is censored: an invite of yesterday has not failed, it has not
//! had its time. Each estimator takes how long everything was observed and says what will have come of it in the end.
//! Times are days, as any positive unit would do.

pub mod estimate;
pub mod exposure;
pub mod kaplan_meier;
pub mod mean_count;
pub mod mixture_cure;
mod nelder_mead;
pub mod scenario;
mod three;
pub mod viral;

pub use estimate::Estimate;
