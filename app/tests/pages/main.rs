//! What the server sends: a page's text, its states and its status, with a service that answers from memory.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod boards;
mod figures;
mod memory;
mod page;
mod pipeline;
mod records;
mod service;
