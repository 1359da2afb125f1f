//! The pages, one file each.

mod contract_list;
mod contracts;
mod dashboard;
mod home;
mod not_found;
mod ops;
mod row_accounts;
mod run_detail;
mod runs;
#[cfg(feature = "ssr")]
pub(crate) mod samples;
mod sources;
mod style_guide;

pub use contracts::ContractsPage;
pub use dashboard::DashboardPage;
pub use home::Home;
pub use not_found::NotFound;
pub use runs::RunsPage;
pub use style_guide::StyleGuide;
