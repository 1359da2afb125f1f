//! What can be done with a panel besides reading it: see how its figures come about, take them along, link to it.
//!
//! The menu is markup; one listener serves the menus of all panels.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, ClipboardItem, Element};

use crate::dialogs;
use crate::markup::escaped;
use crate::panel_api::{self, Copied};

/// The menu of a panel on the page `dashboard` under `query`. Downloads are links, and work without scripts.
#[must_use]
pub fn markup(dashboard: &str, key: &str, title: &str, query: &str, is_static: bool) -> String {
    let live = if is_static {
        ""
    } else {
        r#"<li><button type="button" data-does="about">Definition, origin and SQL</button></li><li><button type="button" data-does="copy">Copy for a spreadsheet</button></li><li><button type="button" data-does="image">Download a picture (PNG)</button></li><li><button type="button" data-does="link">Copy a link to this panel</button></li>"#
    };
    let mark = if query.is_empty() { "" } else { "?" };
    let (title, query) = (escaped(title), escaped(query));
    let download = format!(
        r#"<li><a href="/api/v1/panels/{dashboard}/{key}.csv{mark}{query}" rel="external" download>Download CSV</a></li>"#
    );
    format!(
        r#"<details class="panel-menu" data-dashboard="{dashboard}" data-panel="{key}"><summary><span aria-hidden="true">⋯</span><span class="visually-hidden">Menu of {title}</span></summary><ul class="panel-menu-list">{live}{download}<li class="panel-menu-said" role="status"></li></ul></details>"#
    )
}

/// Listens from now on. Runs in the browser only.
pub fn listen() {
    Effect::new(|_| {
        window_event_listener(ev::click, |event| {
            let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
            let menu = target
                .as_ref()
                .and_then(|target| target.closest(".panel-menu").ok()?);
            let (Some(target), Some(menu)) = (target, menu) else {
                return;
            };
            let query = window().location().search().unwrap_or_default();
            let query = query.trim_start_matches('?').to_owned();
            let place = |name: &str| menu.get_attribute(name).unwrap_or_default();
            let (dashboard, panel) = (place("data-dashboard"), place("data-panel"));
            if target.closest("summary").is_ok_and(|found| found.is_some()) {
                opened(&menu, &query);
                return;
            }
            let does = target
                .closest("[data-does]")
                .ok()
                .flatten()
                .and_then(|button| button.get_attribute("data-does"));
            match does.as_deref() {
                Some("about") => {
                    dialogs::open_drawer(panel_api::about(dashboard, panel, query));
                }
                Some("copy") => {
                    say(&menu, "Copying…");
                    spawn_local(async move {
                        let says = match panel_api::rows(dashboard, panel, query).await {
                            Ok(copied) if to_clipboard(&copied).await.is_ok() => {
                                "Copied. Paste it into a spreadsheet."
                            }
                            Ok(_) => "The browser did not allow copying. Download the CSV instead.",
                            Err(_) => "The rows could not be read. Nothing was copied; try again.",
                        };
                        say(&menu, says);
                    });
                }
                Some("link") => {
                    let here = window().location().href().unwrap_or_default();
                    let here = here.split('#').next().unwrap_or_default();
                    let copied = Copied {
                        text: format!("{here}#panel-{panel}"),
                        html: String::new(),
                    };
                    spawn_local(async move {
                        let says = match to_clipboard(&copied).await {
                            Ok(()) => "Link copied.",
                            Err(_) => "The browser did not allow copying.",
                        };
                        say(&menu, says);
                    });
                }
                _ => {}
            }
        });
    });
}

/// Downloads follow the filters as they are now.
fn opened(menu: &Element, query: &str) {
    say(menu, "");
    let Ok(links) = menu.query_selector_all("a[download]") else {
        return;
    };
    for i in 0..links.length() {
        let Some(link) = links.get(i) else { continue };
        let link = link.unchecked_into::<Element>();
        let href = link.get_attribute("href").unwrap_or_default();
        let file = href.split('?').next().unwrap_or_default();
        let mark = if query.is_empty() { "" } else { "?" };
        let _ = link.set_attribute("href", &format!("{file}{mark}{query}"));
    }
}

fn say(menu: &Element, text: &str) {
    if let Ok(Some(said)) = menu.query_selector("[role=status]") {
        said.set_text_content(Some(text));
    }
}

async fn to_clipboard(copied: &Copied) -> Result<(), JsValue> {
    let item = js_sys::Object::new();
    for (kind, text) in [("text/plain", &copied.text), ("text/html", &copied.html)] {
        if text.is_empty() {
            continue;
        }
        let properties = BlobPropertyBag::new();
        properties.set_type(kind);
        let parts = js_sys::Array::of1(&JsValue::from_str(text));
        let blob = Blob::new_with_str_sequence_and_options(&parts, &properties)?;
        js_sys::Reflect::set(&item, &JsValue::from_str(kind), &blob)?;
    }
    let item = ClipboardItem::new_with_record_from_str_to_blob_promise(&item)?;
    let items = js_sys::Array::of1(&item);
    let written = window().navigator().clipboard().write(&items);
    wasm_bindgen_futures::JsFuture::from(written)
        .await
        .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn downloads_work_without_scripts_and_titles_are_text() {
        let menu = markup(
            "purchases",
            "totals",
            "<b>A & B</b>",
            "state=OH&grain=day",
            true,
        );
        assert!(
            menu.contains(r#"href="/api/v1/panels/purchases/totals.csv?state=OH&amp;grain=day""#),
            "{menu}"
        );
        assert!(menu.contains("Menu of &lt;b>A &amp; B"), "{menu}");
        assert!(!menu.contains("<button"), "{menu}");
    }
}
