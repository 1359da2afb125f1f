//! The pages, one file each.

mod dashboard;
mod home;
mod not_found;
#[cfg(feature = "ssr")]
pub(crate) mod samples;
mod style_guide;

pub use dashboard::DashboardPage;
pub use home::Home;
pub use not_found::NotFound;
pub use style_guide::StyleGuide;
