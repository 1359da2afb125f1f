//! What is live in the boards and heat maps of a page, which are markup: the line that reads a heat map's cell, the arrow
//! keys that step from cell to cell, and the click with a modifier that leaves a value out.

use leptos::ev;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Listens to every page from now on. Runs in the browser only.
pub fn listen() {
    let navigate = use_navigate();
    Effect::new(move |_| {
        let navigate = navigate.clone();
        window_event_listener(ev::pointerover, |event| read(&event));
        window_event_listener(ev::focusin, |event| read(&event));
        window_event_listener(ev::keydown, |event| {
            let way = match event.key().as_str() {
                "ArrowLeft" => (0, -1),
                "ArrowRight" => (0, 1),
                "ArrowUp" => (-1, 0),
                "ArrowDown" => (1, 0),
                _ => return,
            };
            if let Some(from) = closest(&event, ".heat[tabindex]")
                && let Some(to) = beside(&from, way)
            {
                event.prevent_default();
                let _ = from.set_attribute("tabindex", "-1");
                let _ = to.set_attribute("tabindex", "0");
                let _ = to.focus();
            }
        });
        // The router leaves a click with a modifier alone.
        window_event_listener(ev::click, move |event| {
            if !(event.shift_key() || event.alt_key()) {
                return;
            }
            let leave_out = closest(&event, ".leader-link")
                .and_then(|link| link.closest(".leader-row").ok()?)
                .and_then(|row| row.query_selector(".leader-out").ok()?)
                .and_then(|link| link.get_attribute("href"));
            if let Some(href) = leave_out {
                event.prevent_default();
                let options = NavigateOptions {
                    scroll: false,
                    ..NavigateOptions::default()
                };
                navigate(&href, options);
            }
        });
    });
}

/// Writes what the cell says into the line below its map.
fn read(event: &web_sys::Event) {
    let Some(cell) = closest(event, ".heat[tabindex]") else {
        return;
    };
    let said = cell.get_attribute("aria-label");
    let line = cell
        .closest(".panel")
        .ok()
        .flatten()
        .and_then(|panel| panel.query_selector(".heat-reading").ok()?);
    if let Some(line) = line {
        line.set_text_content(said.as_deref());
    }
}

fn closest(event: &web_sys::Event, selector: &str) -> Option<Element> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.closest(selector).ok()?
}

fn beside(from: &Element, (down, across): (i32, i32)) -> Option<HtmlElement> {
    let cell = from.closest("td").ok()??;
    let row = cell.parent_element()?;
    let at = position(&cell)?;
    let (row, at) = match down {
        0 => (row, at.checked_add_signed(across)?),
        _ => {
            let other = position(&row)?.checked_add_signed(down)?;
            (row.parent_element()?.children().item(other)?, at)
        }
    };
    // The name of a row is no cell.
    let link = row
        .children()
        .item(at)?
        .query_selector(".heat[tabindex]")
        .ok()??;
    link.dyn_into().ok()
}

fn position(element: &Element) -> Option<u32> {
    let beside = element.parent_element()?.children();
    (0..beside.length()).find(|at| beside.item(*at).as_ref() == Some(element))
}
