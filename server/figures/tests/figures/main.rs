#![allow(clippy::unwrap_used, clippy::expect_used)]

mod any_values;
mod drawing;
mod support;
mod tokens;
mod waterfall;
