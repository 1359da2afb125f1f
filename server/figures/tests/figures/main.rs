#![allow(clippy::unwrap_used, clippy::expect_used)]

mod any_values;
mod drawing;
mod network;
mod statements;
mod support;
mod tokens;
mod waterfall;
