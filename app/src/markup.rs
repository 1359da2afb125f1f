//! Markup that the server renders and nothing in the browser changes: figures, tables, drawings, whole reports.
//!
//! What the browser only shows need not be in the wasm: a view function called by [`rendered`] runs on the server alone.
//! What is live (the filters, menus, the reading of a chart) stays a component, or listens to the document.

use std::sync::Arc;

use leptos::prelude::*;

use crate::erase::Erase;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Rendered markup as a resource carries it. It is empty when the page is serialised: there it stands in the HTML already,
/// and hydration keeps what stands there. The answer to a browser's own request is a plain string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markup(Arc<str>);

impl Markup {
    #[must_use]
    pub fn new(html: String) -> Self {
        Self(html.into())
    }

    /// The markup in its place; the element around it takes no part in the layout.
    #[must_use]
    pub fn placed(self) -> AnyView {
        view! { <div class="markup" inner_html=self.0></div> }.erased()
    }

    /// As [`Markup::placed`], for markup within a paragraph.
    #[must_use]
    pub fn in_line(self) -> AnyView {
        view! { <span class="markup" inner_html=self.0></span> }.erased()
    }
}

impl Serialize for Markup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("")
    }
}

impl<'de> Deserialize<'de> for Markup {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Text inside an element or between the double quotes of an attribute.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '"' => safe.push_str("&quot;"),
            _ => safe.push(c),
        }
    }
    safe
}

/// Keeps what a reader did with the markup inside the element `id`, which is about to be replaced: parts that were opened stay
/// open, and the focus stays where it was. Does nothing on the server.
pub fn keep(id: &str) {
    #[cfg(feature = "ssr")]
    let _ = id;
    #[cfg(not(feature = "ssr"))]
    kept::keep(id);
}

#[cfg(not(feature = "ssr"))]
mod kept {
    use leptos::prelude::*;
    use wasm_bindgen::JsCast;
    use web_sys::{Element, HtmlElement};

    const CAN_OPEN: &str = ".markup details";
    const CAN_HAVE_FOCUS: &str = ".markup :is(a[href], button, input, select, summary, [tabindex])";

    pub fn keep(id: &str) {
        let Some(place) = document().get_element_by_id(id) else {
            return;
        };
        let opened: Vec<usize> = all(&place, CAN_OPEN)
            .iter()
            .enumerate()
            .filter(|(_, part)| part.has_attribute("open"))
            .map(|(at, _)| at)
            .collect();
        let focused = document().active_element();
        let focused = all(&place, CAN_HAVE_FOCUS)
            .iter()
            .position(|element| Some(element) == focused.as_ref())
            .zip(focused.as_ref().map(named));
        if opened.is_empty() && focused.is_none() {
            return;
        }
        request_animation_frame(move || {
            let parts = all(&place, CAN_OPEN);
            for part in opened.into_iter().filter_map(|at| parts.get(at)) {
                let _ = part.set_attribute("open", "");
            }
            let is_lost = document()
                .active_element()
                .is_none_or(|active| active.tag_name() == "BODY");
            let Some((at, name)) = focused.filter(|_| is_lost) else {
                return;
            };
            let elements = all(&place, CAN_HAVE_FOCUS);
            let same = elements.iter().find(|element| named(element) == name);
            if let Some(element) = same.or_else(|| elements.get(at)) {
                let _ = element.unchecked_ref::<HtmlElement>().focus();
            }
        });
    }

    /// By what one thing is known again when others come before it: its kind, and its title or text.
    fn named(element: &Element) -> (String, String) {
        let title = element.get_attribute("title");
        let text = title.or_else(|| element.text_content());
        (element.class_name(), text.unwrap_or_default())
    }

    fn all(place: &Element, selector: &str) -> Vec<Element> {
        let Ok(found) = place.query_selector_all(selector) else {
            return Vec::new();
        };
        (0..found.length())
            .filter_map(|i| found.get(i)?.dyn_into().ok())
            .collect()
    }
}

/// What `view` looks like. Its signals live as long as the rendering.
#[cfg(feature = "ssr")]
pub fn rendered(view: impl FnOnce() -> AnyView) -> String {
    let owner = Owner::new();
    let html = owner.with(|| view().to_html());
    owner.cleanup();
    html
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn names_from_data_are_text() {
        assert_eq!(
            escaped(r#"<b>"A" & B</b>"#),
            "&lt;b>&quot;A&quot; &amp; B&lt;/b>"
        );
    }

    #[test]
    fn markup_crosses_in_the_html_and_not_beside_it() {
        let markup = Markup::new("<p>1</p>".to_owned());
        assert_eq!(serde_json::to_string(&markup).unwrap(), r#""""#);
        let answered: Markup = serde_json::from_str(r#""<p>1</p>""#).unwrap();
        assert_eq!(answered, markup);
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn what_is_rendered_needs_no_page_around_it() {
        let html = rendered(|| {
            let name = RwSignal::new("a & b");
            view! { <p>{move || name.get()}</p> }.erased()
        });
        assert!(html.contains("a &amp; b"), "{html}");
    }
}
