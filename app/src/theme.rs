//! Light, dark, or as the system says; kept in a cookie so that the server renders the right one at once.

use leptos::prelude::*;

use crate::erase::Erase;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::System];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == name)
    }

    /// The choice in a `Cookie` header; `System` where there is none.
    #[cfg(any(feature = "ssr", test))]
    #[must_use]
    pub fn from_cookies(header: &str) -> Self {
        header
            .split(';')
            .filter_map(|pair| pair.trim().strip_prefix("theme="))
            .find_map(Self::from_name)
            .unwrap_or(Self::System)
    }

    /// What `<meta name="color-scheme">` says.
    #[must_use]
    pub fn color_scheme(self) -> &'static str {
        match self {
            Self::System => "light dark",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme this page was rendered with.
    #[must_use]
    pub fn current() -> Self {
        #[cfg(feature = "ssr")]
        {
            use_context::<http::request::Parts>()
                .and_then(|parts| {
                    let cookies = parts
                        .headers
                        .get(http::header::COOKIE)?
                        .to_str()
                        .ok()?
                        .to_owned();
                    Some(Self::from_cookies(&cookies))
                })
                .unwrap_or(Self::System)
        }
        #[cfg(not(feature = "ssr"))]
        {
            document()
                .document_element()
                .and_then(|root| root.get_attribute("data-theme"))
                .and_then(|name| Self::from_name(&name))
                .unwrap_or(Self::System)
        }
    }

    /// Shows the theme now and keeps the choice for a year.
    fn choose(self) {
        use wasm_bindgen::JsCast;
        if let Some(root) = document().document_element() {
            // Setting an attribute on an element that exists cannot fail; a refused cookie only forgets the choice.
            let _ = root.set_attribute("data-theme", self.as_str());
        }
        if let Ok(Some(meta)) = document().query_selector("meta[name=color-scheme]") {
            let _ = meta.set_attribute("content", self.color_scheme());
        }
        if let Some(page) = document().dyn_ref::<web_sys::HtmlDocument>() {
            let _ = page.set_cookie(&format!(
                "theme={}; Path=/; Max-Age=31536000; SameSite=Lax",
                self.as_str()
            ));
        }
    }
}

#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let chosen = RwSignal::new(Theme::current());
    let options = Theme::ALL.map(|theme| {
        let is_chosen = move || chosen.get() == theme;
        view! {
            <label class="theme-option">
                <input
                    class="visually-hidden"
                    type="radio"
                    name="theme"
                    value=theme.as_str()
                    checked=is_chosen
                    prop:checked=is_chosen
                    on:change=move |_| {
                        theme.choose();
                        chosen.set(theme);
                    }
                />
                {theme.label()}
            </label>
        }
    });
    view! {
        <div class="theme-switch" role="radiogroup" aria-label="Theme">
            {options.into_iter().collect_view()}
        </div>
    }
    .erased()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_decides_and_nonsense_is_the_system() {
        assert_eq!(Theme::from_cookies("a=b; theme=dark; c=d"), Theme::Dark);
        assert_eq!(Theme::from_cookies("theme=pink"), Theme::System);
        assert_eq!(Theme::from_cookies("mytheme=dark"), Theme::System);
        assert_eq!(Theme::from_cookies(""), Theme::System);
    }
}
