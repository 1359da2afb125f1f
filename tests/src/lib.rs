//! What the workspace's integration tests share.

pub mod conformance;
pub mod opened;
pub mod program;
pub mod s3;
pub mod standin;
