//! A panel's view as a resource carries it from the server to the browser.

use std::sync::Arc;

use marts::PanelView;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A view whose drawings lose their markup when it is serialised into the page: there the SVG is already in
/// the HTML, and hydration keeps that. An answer to the browser's own request carries a plain [`PanelView`],
/// markup included.
#[derive(Debug, Clone)]
pub struct Delivered(pub Arc<PanelView>);

impl Delivered {
    #[must_use]
    pub fn new(view: PanelView) -> Self {
        Self(Arc::new(view))
    }
}

impl Serialize for Delivered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut view = PanelView::clone(&self.0);
        for drawing in &mut view.drawings {
            drawing.wide.svg.clear();
            if let Some(narrow) = &mut drawing.narrow {
                narrow.svg.clear();
            }
        }
        view.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Delivered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        PanelView::deserialize(deserializer).map(Self::new)
    }
}
