//! Looking for a value of a filter in the warehouse, as one types. Never more values are loaded than a list shows, and what
//! was found is markup from the server.

use std::cell::Cell;
use std::time::Duration;

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use marts::ask::UNKNOWN;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};

use crate::api;
use crate::erase::Erase;

/// How long the keys rest before the warehouse is asked.
const REST: Duration = Duration::from_millis(180);

thread_local! {
    /// The latest question; the answers to those before it are dropped.
    static ASKED: Cell<u32> = const { Cell::new(0) };
}

/// Follows what is typed into the search fields of every page from now on. Runs in the browser only.
pub fn listen() {
    Effect::new(move |_| {
        window_event_listener(ev::input, |event| {
            if let Some(field) = field(&event) {
                look(field, REST);
            }
        });
        // A search is no form to be sent.
        window_event_listener(ev::keydown, |event| {
            if event.key() == "Enter" && field(&event).is_some() {
                event.prevent_default();
            }
        });
    });
}

/// Looks for what stands in the field, once the keys rest.
pub fn look(field: HtmlInputElement, rest: Duration) {
    let asked = ASKED.get().wrapping_add(1);
    ASKED.set(asked);
    set_timeout(
        move || {
            if ASKED.get() == asked {
                ask(field, asked);
            }
        },
        rest,
    );
}

/// The search field in which something happened.
fn field(event: &web_sys::Event) -> Option<HtmlInputElement> {
    let field: HtmlInputElement = event.target()?.dyn_into().ok()?;
    field.has_attribute("data-param").then_some(field)
}

fn ask(field: HtmlInputElement, asked: u32) {
    let named = |name| field.get_attribute(name).unwrap_or_default();
    let (dashboard, param) = (named("data-dashboard"), named("data-param"));
    let text = field.value();
    let Some(found) = place(&field) else { return };
    // A menu begins with the first values, a board shows its largest ones already.
    if text.trim().is_empty() && field.has_attribute("data-quiet") {
        found.set_inner_html("");
        return;
    }
    let query = window().location().search().unwrap_or_default();
    let query = query.trim_start_matches('?').to_owned();
    spawn_local(async move {
        let answer = api::found_values(dashboard, param, text, query).await;
        if ASKED.get() != asked || !field.is_connected() {
            return;
        }
        match answer {
            Ok(html) => replace(&found, &field, || found.set_inner_html(&html)),
            Err(error) => replace(&found, &field, || {
                found.set_text_content(Some(error.message()));
            }),
        }
    });
}

/// Where the focus is on a value, it stays on the one that comes to the same place, or goes to the field: a menu that loses
/// the focus closes.
fn replace(found: &Element, field: &HtmlInputElement, put: impl FnOnce()) {
    let links = || found.query_selector_all("a").ok();
    let focused = document().active_element();
    let at = links().and_then(|links| {
        let is_focused = |at: &u32| {
            let link = links.item(*at);
            link.is_some() && focused.as_deref() == link.as_ref()
        };
        (0..links.length()).find(is_focused)
    });
    if at.is_some() {
        let _ = field.focus();
    }
    put();
    let link = at.and_then(|at| links()?.item(at));
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) {
        let _ = link.focus();
    }
}

/// Where a field shows what it found.
fn place(field: &HtmlInputElement) -> Option<Element> {
    field
        .parent_element()?
        .query_selector(".value-found")
        .ok()?
}

/// A field that looks for values, with the place of what it finds.
#[component]
pub fn ValueSearch(
    #[prop(into)] dashboard: String,
    param: String,
    label: String,
    /// It stands below a board, and shows nothing until something is typed.
    is_board: bool,
) -> impl IntoView {
    let class = if is_board {
        "value-search is-board"
    } else {
        "value-search"
    };
    let said = format!("Search {}", label.to_lowercase());
    view! {
        <div class=class>
            <input
                type="search"
                class="value-input"
                placeholder=said.clone()
                aria-label=said
                autocomplete="off"
                spellcheck="false"
                maxlength="200"
                data-dashboard=dashboard
                data-param=param
                data-quiet=is_board.then_some("")
            />
            <div class="value-found" aria-live="polite"></div>
        </div>
    }
    .erased()
}

/// A filter's value for people.
#[must_use]
pub fn shown(value: &str) -> String {
    if value == UNKNOWN {
        "Unknown".to_owned()
    } else {
        value.to_owned()
    }
}
