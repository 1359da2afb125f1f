//! The dialogs of every page: the palette, the drawer for what stands behind a panel, the list of shortcuts.
//!
//! They are markup that is there from the beginning and filled when opened. The browser's own `dialog` keeps the focus
//! inside, closes on Escape, and gives the focus back.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement};

use crate::AppError;
use crate::erase::Erase;

pub const PALETTE: &str = "palette";
pub const DRAWER: &str = "drawer";
pub const SHORTCUTS: &str = "shortcuts";

/// Other dialogs, such as the one with the rows of a figure, see to themselves.
const OWN: &str = "dialog[open]:is(.palette, .drawer)";

const MARKUP: &str = r#"<dialog class="palette" id="palette" aria-label="Search">
<input class="palette-input" id="palette-input" type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list" aria-label="Search pages, ranges and values" placeholder="Search pages, ranges and values" autocomplete="off" spellcheck="false" maxlength="100">
<div class="palette-list" id="palette-list" role="listbox" aria-label="Found" tabindex="-1"></div>
<p class="visually-hidden" id="palette-said" role="status"></p>
</dialog>
<dialog class="drawer" id="drawer" aria-label="Behind the figures">
<button type="button" class="dialog-close" data-close><span aria-hidden="true">×</span><span class="visually-hidden">Close</span></button>
<div class="drawer-body" id="drawer-body" tabindex="-1"></div>
</dialog>
<dialog class="drawer shortcuts" id="shortcuts" aria-labelledby="shortcuts-title">
<button type="button" class="dialog-close" data-close><span aria-hidden="true">×</span><span class="visually-hidden">Close</span></button>
<h2 id="shortcuts-title">Keyboard shortcuts</h2>
<dl class="shortcut-list">
<div><dt><kbd>/</kbd> or <kbd>Ctrl</kbd> <kbd>K</kbd></dt><dd>Search pages, ranges and values</dd></div>
<div><dt><kbd>?</kbd></dt><dd>This list</dd></div>
<div><dt><kbd>Tab</kbd></dt><dd>To the next filter, panel or link</dd></div>
<div><dt><kbd>←</kbd> <kbd>→</kbd></dt><dd>On a chart: from point to point</dd></div>
<div><dt><kbd>Shift</kbd> <kbd>←</kbd> <kbd>→</kbd>, then <kbd>Enter</kbd></dt><dd>On a chart: choose a range and zoom in</dd></div>
<div><dt><kbd>Esc</kbd></dt><dd>Close what is open</dd></div>
</dl>
<p class="shortcut-note">No shortcut works while you type in a field.</p>
</dialog>"#;

#[component]
pub fn Dialogs() -> impl IntoView {
    Effect::new(|_| {
        window_event_listener(ev::click, |event| {
            let Some(target) = event.target().and_then(|t| t.dyn_into::<Element>().ok()) else {
                return;
            };
            if let Ok(Some(opener)) = target.closest("[data-opens]") {
                let id = opener.get_attribute("data-opens").unwrap_or_default();
                if id == PALETTE {
                    crate::palette::open();
                } else {
                    open(&id);
                }
                return;
            }
            let Ok(Some(dialog)) = target.closest(OWN) else {
                return;
            };
            // The dialog itself is hit only beside what stands in it: on the ground behind.
            let leaves = target == dialog
                || target
                    .closest("[data-close], a[href]")
                    .is_ok_and(|found| found.is_some());
            if leaves {
                dialog.unchecked_into::<HtmlDialogElement>().close();
            }
        });
    });
    view! { <div class="markup" inner_html=MARKUP></div> }.erased()
}

pub fn element(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Opens the dialog of this name over the page.
pub fn open(id: &str) {
    if let Some(dialog) = element(id).and_then(|found| found.dyn_into::<HtmlDialogElement>().ok())
        && !dialog.open()
    {
        // Fails only where it is open, or not in the page.
        let _ = dialog.show_modal();
    }
}

/// Whether any dialog is open.
pub fn is_any_open() -> bool {
    document()
        .query_selector("dialog[open]")
        .is_ok_and(|found| found.is_some())
}

/// Opens the drawer, and fills it when `content` has come.
pub fn open_drawer(content: impl Future<Output = Result<String, AppError>> + 'static) {
    let Some(body) = element("drawer-body") else {
        return;
    };
    body.set_inner_html(
        r#"<p class="state-loading" role="status"><span class="skeleton"></span><span class="visually-hidden">Loading…</span></p>"#,
    );
    open(DRAWER);
    spawn_local(async move {
        match content.await {
            Ok(html) => body.set_inner_html(&html),
            Err(error) => {
                body.set_inner_html(r#"<p class="state-error" role="alert"></p>"#);
                if let Some(says) = body.first_element_child() {
                    says.set_text_content(Some(error.message()));
                }
            }
        }
    });
}
