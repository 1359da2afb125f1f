//! What the parts of a dashboard page share: its frame, and the filters as the URL has them.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_navigate};
use leptos_router::{NavigateOptions, location::Location};
#[cfg(feature = "ssr")]
use marts::Drill;
use marts::{Dashboard, Filters, ReleaseInfo};

use crate::api::Page;
use crate::release_notice::Shown;
use crate::url::{dashboard_href, split_query};

/// Copied into every part of the page.
#[derive(Clone, Copy)]
pub struct PageState {
    pub dashboard: StoredValue<Dashboard>,
    pub release: StoredValue<ReleaseInfo>,
    pub filters: Memo<Filters>,
    /// The filters in their canonical spelling.
    pub query: Memo<String>,
    /// Counts the times that newer figures were asked for in place.
    pub as_of: RwSignal<u32>,
    /// Why a choice in the filter bar was not taken; empty where all were.
    pub refused: RwSignal<String>,
    /// One piece, no scripts: every link keeps it so.
    pub is_static: bool,
}

impl PageState {
    /// Follows the URL of the page `page`.
    #[must_use]
    pub fn new(page: Page) -> Self {
        let Location {
            pathname, search, ..
        } = use_location();
        let dashboard = StoredValue::new(page.dashboard);
        let filters = Memo::new(move |before: Option<&Filters>| {
            dashboard.with_value(|dashboard| {
                // On its way to another page the URL is no longer about these filters.
                let is_here = pathname.with(|path| path.trim_matches('/') == dashboard.name);
                match before {
                    Some(before) if !is_here => before.clone(),
                    _ => search.with(|search| Filters::parse(&split_query(search).1, dashboard)),
                }
            })
        });
        let as_of = RwSignal::new(0);
        let release = StoredValue::new(page.release);
        if let Some(shown) = use_context::<Shown>() {
            shown.show(dashboard, release, as_of);
        }
        Self {
            dashboard,
            release,
            filters,
            query: Memo::new(move |_| filters.with(Filters::to_query)),
            as_of,
            refused: RwSignal::new(String::new()),
            is_static: is_static_view(),
        }
    }

    /// The address of this page under other filters.
    #[must_use]
    pub fn href(&self, filters: &Filters) -> String {
        self.dashboard.with_value(|dashboard| {
            dashboard_href(&dashboard.name, &filters.to_query(), self.is_static)
        })
    }

    #[cfg(feature = "ssr")]
    /// The address of this page with the rows of a figure opened; `None` where the figure leads to none.
    #[must_use]
    pub fn drill_href(&self, drill: &Drill) -> Option<String> {
        (self.has_rows_of(&drill.metric) && drill.fits()).then(|| {
            self.filters
                .with(|filters| self.href(&filters.drilled(Some(drill.clone()))))
        })
    }

    /// Whether any of its figures leads to rows.
    #[must_use]
    pub fn leads_to_rows(&self) -> bool {
        self.dashboard
            .with_value(|dashboard| !dashboard.rows.is_empty())
    }

    #[cfg(feature = "ssr")]
    /// Whether figures of the metric lead to rows.
    #[must_use]
    pub fn has_rows_of(&self, metric: &str) -> bool {
        self.dashboard
            .with_value(|dashboard| dashboard.rows_of(metric).is_some())
    }

    #[cfg(feature = "ssr")]
    /// The address parameter that filters by `dimension`, where the bar has one.
    #[must_use]
    pub fn param_of(&self, dimension: &str) -> Option<String> {
        self.dashboard.with_value(|dashboard| {
            let mut controls = dashboard.filters.iter();
            let control = controls.find(|control| control.dimension == dimension)?;
            Some(control.param.clone())
        })
    }

    /// Goes to other filters as one step in the browser's history, keeping the scroll position.
    /// The function may be dropped on any thread: the server drops a page where its last byte is written.
    pub fn navigator(&self) -> impl Fn(&Filters) + Clone + Send + Sync + 'static {
        let state = *self;
        let navigate = use_navigate();
        move |filters| {
            if filters.to_query() != state.query.get_untracked()
                || !state.filters.with_untracked(|f| f.ignored.is_empty())
            {
                navigate(
                    &state.href(filters),
                    NavigateOptions {
                        scroll: false,
                        ..Default::default()
                    },
                );
            }
        }
    }
}

/// A page as it stands in one moment: what is rendered for it once and never changes with its filters.
#[cfg(feature = "ssr")]
pub struct Fixed {
    pub dashboard: Dashboard,
    pub release: ReleaseInfo,
    pub filters: Filters,
}

#[cfg(feature = "ssr")]
impl Fixed {
    /// The state that views ask; within an owner.
    #[must_use]
    pub fn state(self) -> PageState {
        let Self {
            dashboard,
            release,
            filters,
        } = self;
        let filters = Memo::new(move |_| filters.clone());
        PageState {
            dashboard: StoredValue::new(dashboard),
            release: StoredValue::new(release),
            filters,
            query: Memo::new(move |_| filters.with(Filters::to_query)),
            as_of: RwSignal::new(0),
            refused: RwSignal::new(String::new()),
            is_static: is_static_view(),
        }
    }
}

/// Whether the page being rendered is the one in one piece. Always false in the browser, which never runs there.
#[must_use]
pub fn is_static_view() -> bool {
    #[cfg(feature = "ssr")]
    {
        use_context::<crate::respond::Ahead>().is_some_and(|ahead| ahead.is_static)
    }
    #[cfg(not(feature = "ssr"))]
    {
        false
    }
}
