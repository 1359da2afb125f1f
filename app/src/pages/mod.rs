//! The pages, one file each. What a page only shows is rendered on the server (see [`crate::markup`]).

mod contracts;
mod dashboard;
mod explore_builder;
mod home;
mod look_up;
mod not_found;
mod ops;
mod runs;
mod style_guide_page;

#[cfg(feature = "ssr")]
pub(crate) mod cells;
#[cfg(feature = "ssr")]
pub(crate) mod contract_list;
#[cfg(feature = "ssr")]
pub(crate) mod contract_report;
#[cfg(feature = "ssr")]
mod guide_states;
#[cfg(feature = "ssr")]
mod network_samples;
#[cfg(feature = "ssr")]
mod row_accounts;
#[cfg(feature = "ssr")]
mod run_detail;
#[cfg(feature = "ssr")]
pub(crate) mod run_list;
#[cfg(feature = "ssr")]
mod samples;
#[cfg(feature = "ssr")]
mod sources;
#[cfg(feature = "ssr")]
mod statements;
#[cfg(feature = "ssr")]
pub(crate) mod style_guide;
#[cfg(feature = "ssr")]
pub(crate) mod what_if;
mod what_if_page;
#[cfg(feature = "ssr")]
pub(crate) mod why;
mod why_page;

pub use contracts::ContractsPage;
pub use dashboard::DashboardPage;
pub use home::Home;
pub use look_up::LookUpPage;
pub use not_found::NotFound;
pub use runs::RunsPage;
pub use style_guide_page::StyleGuide;
pub use what_if_page::WhatIfPage;
pub use why_page::WhyPage;
