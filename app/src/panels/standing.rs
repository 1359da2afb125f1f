//! How things stand, by sign, word and colour at once.

use leptos::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Bad,
    Warn,
    /// Something was set aside, as it should be.
    Aside,
    Good,
}

impl Standing {
    #[must_use]
    pub fn of_contract(status: &str) -> Self {
        match status {
            "failed" => Self::Bad,
            "warned" => Self::Warn,
            "dropped" | "quarantined" => Self::Aside,
            _ => Self::Good,
        }
    }

    #[must_use]
    pub fn of_run(status: &str) -> Self {
        if status == "failed" {
            Self::Bad
        } else {
            Self::Good
        }
    }

    #[must_use]
    pub fn of_source(status: &str) -> Self {
        match status {
            "late" | "failed" => Self::Bad,
            "stale" | "anomalous" | "warned" => Self::Warn,
            "absent" => Self::Aside,
            _ => Self::Good,
        }
    }

    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Bad => "stands-bad",
            Self::Warn => "stands-warn",
            Self::Aside => "stands-aside",
            Self::Good => "stands-good",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Bad => "×",
            Self::Warn => "!",
            Self::Aside => "–",
            Self::Good => "✓",
        }
    }
}

/// The sign alone; a word stands beside it.
#[component]
pub fn Mark(standing: Standing) -> impl IntoView {
    view! { <span class=format!("mark {}", standing.class()) aria-hidden="true">{standing.sign()}</span> }
}

/// Sign and word.
#[component]
pub fn State(standing: Standing, #[prop(into)] word: String) -> impl IntoView {
    view! {
        <span class=format!("standing {}", standing.class())>
            <Mark standing/>
            <span>{word}</span>
        </span>
    }
}

/// A word of the trade, with what it means under the pointer and under the focus.
#[component]
pub fn Term(
    #[prop(into)] word: String,
    #[prop(into)] meaning: String,
    /// Unique on the page.
    #[prop(into)]
    id: String,
) -> impl IntoView {
    let id = format!("term-{id}");
    let described = id.clone();
    view! {
        <span class="term" tabindex="0" aria-describedby=described>
            <span class="term-word">{word}</span>
            <span class="term-meaning" role="tooltip" id=id>{meaning}</span>
        </span>
    }
}
