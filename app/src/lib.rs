//! What people see: the Leptos app, rendered on the server and hydrated in the browser.
//!
//! It asks one trait, [`marts::Answer`], and names no engine, no SQL and no file. With the feature `ssr` the
//! server calls [`respond`] for pages and [`call`] for server functions; the browser calls `hydrate` in
//! `app/frontend`.

mod api;
mod app;
mod cell_reading;
mod chart_overlay;
mod comparison_dates;
mod contract_badge;
#[cfg(feature = "ssr")]
mod contract_state;
mod dialogs;
mod drill;
mod erase;
mod error;
mod explore_api;
#[cfg(feature = "ssr")]
mod explore_menu;
mod filter_bar;
#[cfg(feature = "ssr")]
mod look_up;
mod look_up_api;
mod markup;
mod markup_slot;
mod ops_api;
mod pages;
mod palette;
mod palette_api;
#[cfg(feature = "ssr")]
mod panel_about;
mod panel_api;
mod panel_listeners;
mod panel_menu;
mod panels;
mod patience;
mod pending;
mod release_notice;
mod shortcuts;
#[cfg(feature = "ssr")]
mod spreadsheet;
mod state;
mod theme;
mod url;
mod value_search;
mod what_if_api;
mod why_api;

#[cfg(feature = "ssr")]
mod metric_notes;
#[cfg(feature = "ssr")]
mod respond;
#[cfg(feature = "ssr")]
mod session;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
mod what_if;
#[cfg(feature = "ssr")]
mod why;

#[cfg(feature = "ssr")]
pub use api::load::panel_on_page;
pub use app::App;
pub use error::AppError;
#[cfg(feature = "ssr")]
pub use respond::{call, register_server_functions, respond};
#[cfg(feature = "ssr")]
pub use session::{RequestId, Session};
#[cfg(feature = "ssr")]
pub use shell::{Assets, shell};
