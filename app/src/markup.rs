//! Markup that the server renders and nothing in the browser changes: figures, tables, drawings, whole reports.
//!
//! What the browser only shows need not be in the wasm: a view function called by [`rendered`] runs on the server alone.
//! What is live (the filters, menus, the reading of a chart) stays a component, or listens to the document.

use std::sync::Arc;

use leptos::prelude::*;
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
        view! { <div class="markup" inner_html=self.0></div> }.into_any()
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
            view! { <p>{move || name.get()}</p> }.into_any()
        });
        assert!(html.contains("a &amp; b"), "{html}");
    }
}
