//! The command palette: one field that finds pages, ranges, grains, comparisons, themes, and values of every filter.
//!
//! The server finds and ranks; here is the field, the choice by arrow keys, and the way there.

use std::cell::Cell;

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

use crate::dialogs::{self, element};
use crate::palette_api;

thread_local! {
    /// The latest search; what an earlier one found comes too late.
    static SEARCH: Cell<u32> = const { Cell::new(0) };
}

/// Opens the palette with an empty field.
pub fn open() {
    dialogs::open(dialogs::PALETTE);
    if let Some(input) = input() {
        input.set_value("");
        let _ = input.focus();
    }
    search();
}

/// Listens from now on. Runs in the browser only.
pub fn listen() {
    Effect::new(|_| {
        window_event_listener(ev::input, |event| {
            if is_input(event.target()) {
                search();
            }
        });
        window_event_listener(ev::keydown, |event| {
            if !is_input(event.target()) {
                return;
            }
            let options = options();
            let chosen = options.iter().position(|option| {
                option.get_attribute("aria-selected").as_deref() == Some("true")
            });
            if event.key() == "Enter" {
                event.prevent_default();
                if let Some(option) = chosen.and_then(|at| options.get(at)) {
                    option.click();
                }
            } else if let Some(next) = next(chosen, &event.key(), options.len()) {
                event.prevent_default();
                choose(&options, next);
            }
        });
        window_event_listener(ev::click, |event| {
            let theme = event
                .target()
                .and_then(|target| target.dyn_into::<Element>().ok())
                .and_then(|target| target.closest("[data-theme-choice]").ok()?)
                .and_then(|option| option.get_attribute("data-theme-choice"));
            if let Some(theme) = theme {
                event.prevent_default();
                let switch = format!("input[name=theme][value={theme}]");
                // Not within this click, which would reach this listener a second time while it runs.
                request_animation_frame(move || {
                    if let Ok(Some(radio)) = document().query_selector(&switch) {
                        radio.unchecked_into::<HtmlElement>().click();
                    }
                });
            }
        });
    });
}

fn search() {
    let Some(text) = input().map(|input| input.value()) else {
        return;
    };
    let number = SEARCH.get().wrapping_add(1);
    SEARCH.set(number);
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    let query = location.search().unwrap_or_default();
    spawn_local(async move {
        let found = palette_api::palette(path, query, text).await;
        if SEARCH.get() != number {
            return;
        }
        let (Some(list), Some(said)) = (element("palette-list"), element("palette-said")) else {
            return;
        };
        let html = found.unwrap_or_else(|error| error.message().replace('<', "&lt;"));
        list.set_inner_html(&html);
        let options = options();
        choose(&options, 0);
        let count = options.len();
        said.set_text_content(Some(&format!("{count} found")));
    });
}

fn choose(options: &[HtmlElement], chosen: usize) {
    for (at, option) in options.iter().enumerate() {
        let is_chosen = at == chosen;
        let _ = option.set_attribute("aria-selected", if is_chosen { "true" } else { "false" });
        if is_chosen && let Some(input) = input() {
            let _ = input.set_attribute("aria-activedescendant", &option.id());
            option.scroll_into_view_with_bool(false);
        }
    }
    if options.is_empty()
        && let Some(input) = input()
    {
        let _ = input.remove_attribute("aria-activedescendant");
    }
}

/// Where a key leads in a list that begins anew behind its end.
fn next(chosen: Option<usize>, key: &str, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    match (key, chosen) {
        ("ArrowDown", Some(at)) if at < last => Some(at + 1),
        ("ArrowDown", _) => Some(0),
        ("ArrowUp", Some(at)) if at > 0 => Some(at - 1),
        ("ArrowUp", _) => Some(last),
        ("PageDown", _) => Some(last),
        ("PageUp", _) => Some(0),
        _ => None,
    }
}

fn input() -> Option<HtmlInputElement> {
    element("palette-input")?.dyn_into().ok()
}

fn is_input(target: Option<web_sys::EventTarget>) -> bool {
    target
        .and_then(|target| target.dyn_into::<Element>().ok())
        .is_some_and(|element| element.id() == "palette-input")
}

fn options() -> Vec<HtmlElement> {
    let Ok(found) = document().query_selector_all("#palette-list [role=option]") else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|i| found.get(i)?.dyn_into().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrow_keys_go_round() {
        assert_eq!(next(None, "ArrowDown", 3), Some(0));
        assert_eq!(next(Some(2), "ArrowDown", 3), Some(0));
        assert_eq!(next(Some(0), "ArrowUp", 3), Some(2));
        assert_eq!(next(Some(1), "ArrowUp", 3), Some(0));
        assert_eq!(next(None, "ArrowUp", 3), Some(2));
        assert_eq!(next(Some(1), "a", 3), None);
        assert_eq!(next(None, "ArrowDown", 0), None);
    }
}
