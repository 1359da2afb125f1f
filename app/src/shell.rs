//! The HTML document around the app. The browser never renders it: hydration begins at `<body>`.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;
use leptos_router::location::RequestUrl;
use serde::Deserialize;

use crate::App;
use crate::release_notice;
use crate::respond::Ahead;
use crate::theme::Theme;
use crate::url::static_href;

/// Paths of the built files, each with a hash of its content in the name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Assets {
    pub js: String,
    pub wasm: String,
    pub css: String,
    /// Draws panels as pictures; loaded when the first is asked for.
    #[serde(default)]
    pub image: String,
    /// The text face, loaded ahead of the style sheet that names it; empty for none.
    #[serde(default)]
    pub font: String,
}

/// The document. Its scripts carry the request's nonce; in the static view it has none.
#[must_use]
pub fn shell(assets: Assets) -> impl IntoView {
    let theme = Theme::current();
    let is_static = use_context::<Ahead>().is_some_and(|ahead| ahead.is_static);
    let font = (!assets.font.is_empty()).then(|| {
        view! { <link rel="preload" href=assets.font.clone() r#as="font" r#type="font/woff2" crossorigin=""/> }
    });
    let without_scripts = (!is_static).then(|| {
        let url = use_context::<RequestUrl>().and_then(|url| url.parse().ok());
        let href = url.map_or_else(
            || static_href("/", ""),
            |url| static_href(url.path(), url.search()),
        );
        view! {
            <noscript>
                <meta http-equiv="refresh" content=format!("0; url={href}")/>
            </noscript>
        }
    });
    // What a print says it is of, until the browser knows all of the address.
    let address = use_context::<RequestUrl>().map(|url| within_site(url.as_ref()).to_owned());
    let hydration =
        (!is_static).then(|| view! { <EarlyNotice/> <HydrationScripts assets=assets.clone()/> });
    let head = view! {
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content=theme.color_scheme()/>
        {without_scripts}
        {font}
        <link rel="stylesheet" href=assets.css.clone()/>
        <link rel="icon" href="/favicon.svg" r#type="image/svg+xml"/>
        {hydration}
    }
    .into_any();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.as_str()>
            <head>
                {head}
                <MetaTags/>
            </head>
            <body data-address=address>
                <App/>
            </body>
        </html>
    }
}

/// Path and query of an address: its host is a name that Leptos puts there.
fn within_site(address: &str) -> &str {
    let behind_scheme = address.find("://").map_or(0, |at| at + 3);
    let path = address
        .get(behind_scheme..)
        .and_then(|rest| rest.find('/'))
        .map_or(address.len(), |at| behind_scheme + at);
    address.get(path..).unwrap_or_default()
}

/// Loads the browser's half. Leptos' own component puts the nonce into `crossorigin`, which makes Firefox load
/// the wasm twice.
#[component]
fn HydrationScripts(assets: Assets) -> impl IntoView {
    let nonce = use_nonce();
    let Assets {
        js, wasm, image, ..
    } = assets;
    // The figures that came with the page are painted before its scripts begin; a page that nobody sees paints nothing.
    let script = format!(
        "import start, {{ hydrate }} from {};\
         const painted = new Promise((done) => document.hidden ? done() : requestAnimationFrame(() => setTimeout(done)));\
         start({{ module_or_path: {} }}).then(() => painted).then(() => hydrate());\
         addEventListener(\"click\", (event) => {{\
         const button = event.target.closest?.(\"[data-does=image]\");\
         if (button) import({}).then((found) => found.save(button));\
         }});\
         addEventListener(\"beforeprint\", () => {{ document.body.dataset.address = location.href; }});",
        quoted(&js),
        quoted(&wasm),
        quoted(&image)
    );
    view! {
        <link rel="modulepreload" href=js nonce=nonce.clone()/>
        <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin=""/>
        <script type="module" nonce=nonce>
            {script}
        </script>
    }
}

/// Says why the figures do not come while the page is still being written: its own scripts begin when all of it is there,
/// and they take the place of this.
#[component]
fn EarlyNotice() -> impl IntoView {
    let script = format!(
        "setTimeout(() => {{\
         if (document.readyState !== \"loading\") return;\
         const stream = new EventSource({});\
         const say = (message) => {{\
         const place = document.querySelector(\".release-notice\");\
         const said = Object.assign(document.createElement(\"p\"), {{ textContent: message }});\
         place?.replaceChildren(...(message ? [said] : []));\
         }};\
         stream.addEventListener(\"engine\", (event) => say(JSON.parse(event.data).message));\
         document.addEventListener(\"DOMContentLoaded\", () => {{ stream.close(); say(\"\"); }});\
         }}, 1000);",
        quoted(release_notice::STREAM)
    );
    view! { <script nonce=use_nonce()>{script}</script> }
}

/// A JavaScript string that cannot end its script element.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('<', "\\u003c")
}
