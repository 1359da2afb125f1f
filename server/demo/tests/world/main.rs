//! What a demo world is like: repeatable, whole, consistent and believable.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod believable;
mod consistent;
mod dirty;
mod judged;
mod landed;
mod people;
mod repeatable;
