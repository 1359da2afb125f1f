//! What is live in the markup of panels, by attributes: one listener for all of them.
//!
//! - `data-alternative`: where a click with Shift or Alt leads instead of `href`.
//! - `data-reading`: what is said in the panel's `[data-readout]` while the pointer or the focus is on it.
//! - `data-steps`: arrow keys go from cell to cell of this table, of which one is a stop of the Tab key.

use leptos::ev;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Listens from now on. Runs in the browser only.
pub fn listen() {
    let navigate = use_navigate();
    Effect::new(move |_| {
        let navigate = navigate.clone();
        window_event_listener(ev::click, move |event| {
            if !(event.shift_key() || event.alt_key()) {
                return;
            }
            let link = closest(&event, "a[data-alternative]");
            if let Some(href) = link.and_then(|link| link.get_attribute("data-alternative")) {
                event.prevent_default();
                let options = NavigateOptions {
                    scroll: false,
                    ..NavigateOptions::default()
                };
                navigate(&href, options);
            }
        });
        window_event_listener(ev::pointerover, |event| read(&event));
        window_event_listener(ev::focusin, |event| read(&event));
        window_event_listener(ev::keydown, |event| {
            let (down, across) = match event.key().as_str() {
                "ArrowLeft" => (0, -1),
                "ArrowRight" => (0, 1),
                "ArrowUp" => (-1, 0),
                "ArrowDown" => (1, 0),
                _ => return,
            };
            if let Some(from) = closest(&event, "[data-steps] td > *")
                && let Some(to) = beside(&from, down, across)
            {
                event.prevent_default();
                let _ = from.set_attribute("tabindex", "-1");
                let _ = to.set_attribute("tabindex", "0");
                let _ = to.focus();
            }
        });
    });
}

fn closest(event: &web_sys::Event, selector: &str) -> Option<Element> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.closest(selector).ok()?
}

fn read(event: &web_sys::Event) {
    let Some(panel) = closest(event, ".panel") else {
        return;
    };
    let Ok(Some(readout)) = panel.query_selector("[data-readout]") else {
        return;
    };
    // What it says while nothing is pointed at.
    let otherwise = readout.get_attribute("data-readout").unwrap_or_default();
    let reading = closest(event, "[data-reading]");
    let says = reading.and_then(|element| element.get_attribute("data-reading"));
    readout.set_text_content(Some(&says.unwrap_or(otherwise)));
}

/// What stands in the cell beside that of `from`.
fn beside(from: &Element, down: i32, across: i32) -> Option<HtmlElement> {
    let cell: web_sys::HtmlTableCellElement = from.parent_element()?.dyn_into().ok()?;
    let row: web_sys::HtmlTableRowElement = cell.parent_element()?.dyn_into().ok()?;
    let at = u32::try_from(cell.cell_index().checked_add(across)?).ok()?;
    let rows = row.parent_element()?.children();
    let line = u32::try_from(row.section_row_index().checked_add(down)?).ok()?;
    let to = rows.item(line)?.children().item(at)?;
    to.first_element_child()?.dyn_into().ok()
}
