//! Tells of newer figures than those on the page, and shows them in place when asked to; and of an engine that is not ready.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use marts::{Dashboard, ReleaseInfo};
use serde::Deserialize;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use crate::api;
use crate::erase::Erase;
use crate::markup::escaped;

pub const STREAM: &str = "/api/v1/releases/stream";

/// What the page shows, and what there is besides.
#[derive(Clone, Copy)]
pub struct Shown {
    page: RwSignal<Option<OnPage>>,
    offered: RwSignal<Option<Offer>>,
    engine: RwSignal<Engine>,
}

#[derive(Clone, Copy)]
struct OnPage {
    dashboard: StoredValue<Dashboard>,
    release: StoredValue<ReleaseInfo>,
    as_of: RwSignal<u32>,
}

/// A release as the stream tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Offer {
    id: String,
    business_date: String,
}

/// How the engine is doing, as the stream tells.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
struct Engine {
    /// A sentence for the page; empty where it is ready.
    message: String,
}

impl Default for Shown {
    fn default() -> Self {
        Self {
            page: RwSignal::new(None),
            offered: RwSignal::new(None),
            engine: RwSignal::default(),
        }
    }
}

impl Shown {
    /// A page with figures has taken the place of the one before.
    pub fn show(
        self,
        dashboard: StoredValue<Dashboard>,
        release: StoredValue<ReleaseInfo>,
        as_of: RwSignal<u32>,
    ) {
        self.page.set(Some(OnPage {
            dashboard,
            release,
            as_of,
        }));
    }

    /// The offer, where it is another release than the page's and the address names none.
    fn newer(self) -> Option<Offer> {
        let page = self.page.get()?;
        page.as_of.try_get()?;
        let shown = page
            .release
            .try_with_value(|release| release.id.0.clone())?;
        let is_pinned = window()
            .location()
            .search()
            .is_ok_and(|search| search.contains("release="));
        self.offered
            .get()
            .filter(|offer| offer.id != shown && !is_pinned)
    }

    /// Asks for the page's figures anew. Its filters, what is open on it and where it is scrolled to stay as they are.
    fn refresh(self) {
        let Some(page) = self.page.get_untracked() else {
            return;
        };
        let name = page
            .dashboard
            .with_value(|dashboard| dashboard.name.clone());
        spawn_local(async move {
            // Where that fails the notice stays, to be tried again.
            if let Ok(now) = api::page_in_browser(name, String::new()).await {
                page.release.set_value(now.release);
                page.as_of.update(|times| *times += 1);
            }
        });
    }
}

/// Listens from now on, while the page is in sight: each stream takes one of the few connections that a browser opens to a
/// site. Runs in the browser only.
pub fn listen() {
    let Some(shown) = use_context::<Shown>() else {
        return;
    };
    Effect::new(move |_| {
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let data = event.data().as_string().unwrap_or_default();
            if event.type_() == "engine" {
                shown
                    .engine
                    .set(serde_json::from_str(&data).unwrap_or_default());
            } else if let Ok(offer) = serde_json::from_str(&data) {
                shown.offered.set(Some(offer));
            }
        });
        let heard = heard.into_js_value();
        let open = move || {
            let stream = EventSource::new(STREAM).ok()?;
            for event in ["release", "engine"] {
                stream
                    .add_event_listener_with_callback(event, heard.unchecked_ref())
                    .ok()?;
            }
            Some(stream)
        };
        let stream = StoredValue::new_local(open());
        document_event("visibilitychange", move || {
            if document().hidden() {
                if let Some(stream) = stream.try_update_value(Option::take).flatten() {
                    stream.close();
                }
            } else if stream.with_value(Option::is_none) {
                stream.set_value(open());
            }
        });
    });
}

fn document_event(name: &str, run: impl Fn() + 'static) {
    let run = Closure::<dyn Fn()>::new(run).into_js_value();
    // Fails for no event that has a name.
    let _ = document().add_event_listener_with_callback(name, run.unchecked_ref());
}

/// The notice, at the foot of the window.
#[component]
pub fn ReleaseNotice() -> impl IntoView {
    let shown = use_context::<Shown>();
    let told = RwSignal::new((String::new(), None));
    // In the browser only, and after hydration: the server tells nothing.
    Effect::new(move |_| {
        let engine = shown.map(|shown| shown.engine.get().message);
        told.set((engine.unwrap_or_default(), shown.and_then(Shown::newer)));
    });
    let html = move || {
        let (engine, offer): (String, Option<Offer>) = told.get();
        let mut html = String::new();
        if !engine.is_empty() {
            html = format!("<p>{}</p>", escaped(&engine));
        }
        if let Some(offer) = offer {
            let day = escaped(&spoken(&offer.business_date));
            html += &format!(
                r#"<p>New figures are there, as of {day}.</p><button type="button" class="notice-action">Show them</button>"#
            );
        }
        html
    };
    let on_show = move |event: ev::MouseEvent| {
        let is_button = event
            .target()
            .is_some_and(|target| target.has_type::<web_sys::HtmlButtonElement>());
        if let (Some(shown), true) = (shown, is_button) {
            shown.refresh();
        }
    };
    view! {
        <div class="release-notice" role="status" on:click=on_show inner_html=html></div>
    }
    .erased()
}

/// `Mar 31, 2026`; as it came where it is no day.
fn spoken(day: &str) -> String {
    marts::filters::read_day(day).map_or_else(|| day.to_owned(), marts::format::date)
}
