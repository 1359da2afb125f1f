//! Keys that work anywhere but in a field: `/` and Ctrl or Command K search, `?` lists the shortcuts.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::{dialogs, palette};

/// Listens from now on. Runs in the browser only.
pub fn listen() {
    Effect::new(|_| {
        window_event_listener(ev::keydown, |event| {
            let is_command = event.ctrl_key() || event.meta_key();
            let Some(action) = action(&event.key(), is_command, event.alt_key()) else {
                return;
            };
            if event.default_prevented() || is_typing(&event) || dialogs::is_any_open() {
                return;
            }
            event.prevent_default();
            match action {
                Action::Search => palette::open(),
                Action::Shortcuts => dialogs::open(dialogs::SHORTCUTS),
            }
        });
        // A menu closes when the focus or the pointer goes on elsewhere, and on Escape.
        window_event_listener(ev::pointerdown, |event| close_menus(event.target()));
        window_event_listener(ev::focusin, |event| close_menus(event.target()));
        window_event_listener(ev::keydown, |event| {
            if event.key() != "Escape" {
                return;
            }
            if let Ok(Some(menu)) = document().query_selector("details.panel-menu[open]") {
                let _ = menu.remove_attribute("open");
                if let Some(summary) = menu.first_element_child() {
                    let _ = summary.unchecked_into::<web_sys::HtmlElement>().focus();
                }
            }
        });
    });
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Search,
    Shortcuts,
}

fn action(key: &str, is_command: bool, is_alt: bool) -> Option<Action> {
    match (key, is_command, is_alt) {
        ("k" | "K", true, false) | ("/", false, false) => Some(Action::Search),
        ("?", false, false) => Some(Action::Shortcuts),
        _ => None,
    }
}

/// A field of a dialog that was closed this moment keeps the focus until the browser draws again; nobody types there.
fn is_typing(event: &web_sys::Event) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|element| {
            element
                .closest(
                    ":is(input, textarea, select, [contenteditable]):not(dialog:not([open]) *)",
                )
                .is_ok_and(|field| field.is_some())
        })
}

fn close_menus(target: Option<web_sys::EventTarget>) {
    let Ok(open) = document().query_selector_all("details.panel-menu[open]") else {
        return;
    };
    let target = target.and_then(|target| target.dyn_into::<web_sys::Node>().ok());
    for i in 0..open.length() {
        let Some(menu) = open.get(i) else { continue };
        if !menu.contains(target.as_ref()) {
            let _ = menu
                .unchecked_into::<web_sys::Element>()
                .remove_attribute("open");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_keys_that_are_listed_do_anything() {
        assert_eq!(action("/", false, false), Some(Action::Search));
        assert_eq!(action("k", true, false), Some(Action::Search));
        assert_eq!(action("?", false, false), Some(Action::Shortcuts));
        for (key, is_command, is_alt) in [
            ("k", false, false),
            ("/", true, false),
            ("k", true, true),
            ("?", false, true),
            ("a", false, false),
        ] {
            assert_eq!(action(key, is_command, is_alt), None, "{key}");
        }
    }
}
