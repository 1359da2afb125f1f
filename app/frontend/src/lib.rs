//! The browser's entry: hydrates the page that the server rendered.

use app::App;
use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called once by the page's module script, after the whole document has arrived.
#[wasm_bindgen]
pub fn hydrate() {
    std::panic::set_hook(Box::new(|info| {
        leptos::logging::error!("The page stopped working: {info}. Reload it to go on.");
    }));
    leptos::mount::hydrate_body(|| view! { <App/> });
    // For those who wait for it: from here on the page answers.
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-hydrated", "true");
    }
}
