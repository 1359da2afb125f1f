//! Whether two engines, or two releases, hold the same: tables cell by cell, and answers to every question of the project.

mod cell;
mod compare;
mod difference;
mod html;
mod questions;
mod report;
mod run;

pub use cell::{Cell, Kind};
pub use compare::{Source, compare};
pub use difference::{ComparedColumn, Comparison, Row};
pub use questions::{Question, questions};
pub use report::{Part, Report, Verdict};
pub use run::{Plan, run};
