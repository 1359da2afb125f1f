//! What the command palette finds.

use leptos::server;

use crate::AppError;

/// What `text` finds for someone on the page `path` under `query`: options of a list box, as markup.
#[server(name = Palette, prefix = "/api/fn", endpoint = "palette")]
pub async fn palette(path: String, query: String, text: String) -> Result<String, AppError> {
    let session = crate::Session::current()?;
    let found = found::found(&session, &path, &query, &text).await;
    Ok(crate::markup::rendered(|| found::list(found)))
}

#[cfg(feature = "ssr")]
mod found {
    use futures::future::join_all;
    use leptos::prelude::*;
    use marts::ask::UNKNOWN;
    use marts::{Ask, Comparison, Dashboard, Filters, Grain, Preset, RangeChoice, Value, Values};

    use crate::Session;
    use crate::theme::Theme;
    use crate::url::{dashboard_href, split_query};

    /// Of each filter's values.
    const MOST_VALUES: u32 = 6;
    const MOST_FOUND: usize = 40;

    pub struct Found {
        group: &'static str,
        label: String,
        /// Whether it is how things are now.
        is_current: bool,
        action: Action,
    }

    enum Action {
        Go(String),
        Theme(&'static str),
    }

    /// What fits, in the order of its groups.
    pub async fn found(session: &Session, path: &str, query: &str, text: &str) -> Vec<Found> {
        let here = path.trim_matches('/');
        let links = session.answer.dashboards().await.unwrap_or_default();
        let mut all: Vec<Found> = links
            .iter()
            .map(|link| (link.name.as_str(), link.title.as_str()))
            .chain(crate::app::OWN_PAGES)
            .map(|(name, title)| Found {
                group: "Pages",
                label: title.to_owned(),
                is_current: name == here,
                action: Action::Go(format!("/{name}")),
            })
            .collect();
        // Elsewhere, ranges and values lead to the first dashboard.
        let name = match links.iter().find(|link| link.name == here) {
            Some(link) => Some(link.name.clone()),
            None => links.first().map(|link| link.name.clone()),
        };
        let dashboard = match &name {
            Some(name) => session.answer.dashboard(name).await.ok(),
            None => None,
        };
        if let Some(dashboard) = &dashboard {
            let (_, query) = split_query(query.trim_start_matches('?'));
            let filters = Filters::parse(&query, dashboard);
            all.extend(choices(dashboard, &filters));
            all.extend(values(session, dashboard, &filters, text).await);
        }
        all.extend(Theme::ALL.map(|theme| Found {
            group: "Theme",
            label: format!("{} theme", theme.label()),
            is_current: false,
            action: Action::Theme(theme.as_str()),
        }));
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        all.retain(|found| {
            let text = format!("{} {}", found.group, found.label).to_lowercase();
            words.iter().all(|word| text.contains(word.as_str()))
        });
        all.truncate(MOST_FOUND);
        all
    }

    fn choices(dashboard: &Dashboard, filters: &Filters) -> Vec<Found> {
        let go = |group, label: &str, is_current, filters: &Filters| Found {
            group,
            label: label.to_owned(),
            is_current,
            action: Action::Go(dashboard_href(&dashboard.name, &filters.to_query(), false)),
        };
        let mut found = Vec::new();
        for preset in Preset::ALL {
            let range = RangeChoice::Preset(preset);
            found.push(go(
                "Range",
                preset.label(),
                filters.range == range,
                &filters.with_range(range),
            ));
        }
        for grain in Grain::ALL {
            let grain_now = filters.grain == Some(grain);
            found.push(go(
                "Grain",
                grain.label(),
                grain_now,
                &filters.with_grain(Some(grain)),
            ));
        }
        for compare in Comparison::ALL.map(Some).into_iter().chain([None]) {
            let label = match compare {
                Some(compare) => format!("Compare with the {}", compare.label().to_lowercase()),
                None => "Compare with nothing".to_owned(),
            };
            let is_current = filters.compare == compare;
            found.push(go(
                "Comparison",
                &label,
                is_current,
                &filters.with_compare(compare),
            ));
        }
        if *filters != Filters::default() {
            found.push(go(
                "Filters",
                "Clear all filters",
                false,
                &Filters::default(),
            ));
        }
        found
    }

    /// Values of all filters that hold the last words of what was typed.
    async fn values(
        session: &Session,
        dashboard: &Dashboard,
        filters: &Filters,
        text: &str,
    ) -> Vec<Found> {
        let text = text.trim();
        if text.is_empty() {
            return Vec::new();
        }
        let asked = dashboard.filters.iter().map(|control| async move {
            let ask = Ask::Values(Values {
                dimension: control.dimension.clone(),
                search: Some(text.to_owned()),
                limit: MOST_VALUES,
            });
            let pinned = filters.release.as_ref();
            let answered = session
                .answer
                .answer_from(&session.policy, &ask, pinned)
                .await;
            (control, answered)
        });
        let mut found = Vec::new();
        for (control, answered) in join_all(asked).await {
            // A filter whose values cannot be had leaves the others.
            let rows = answered
                .map(|answered| answered.frame.rows)
                .unwrap_or_default();
            for row in rows {
                let value = match row.into_iter().next() {
                    Some(Value::Text(text)) => text,
                    Some(Value::Int(number)) => number.to_string(),
                    Some(Value::Null) => UNKNOWN.to_owned(),
                    _ => continue,
                };
                let is_current = filters.has(&control.param, &value);
                let filters = filters.toggled(&control.param, &value);
                found.push(Found {
                    group: "Values",
                    label: format!("{}: {value}", control.label),
                    is_current,
                    action: Action::Go(dashboard_href(&dashboard.name, &filters.to_query(), false)),
                });
            }
        }
        found
    }

    pub fn list(found: Vec<Found>) -> AnyView {
        if found.is_empty() {
            return view! {
                <p class="palette-none">"Nothing is called that. Names of pages, ranges and values are searched."</p>
            }
            .into_any();
        }
        let mut groups: Vec<(&'static str, Vec<(usize, Found)>)> = Vec::new();
        for (at, entry) in found.into_iter().enumerate() {
            match groups.last_mut().filter(|(group, _)| *group == entry.group) {
                Some((_, entries)) => entries.push((at, entry)),
                None => groups.push((entry.group, vec![(at, entry)])),
            }
        }
        let groups = groups.into_iter().map(|(group, entries)| {
            let entries = entries.into_iter().map(|(at, entry)| option(at, entry));
            view! {
                <div role="group" aria-label=group>
                    <p class="palette-group" aria-hidden="true">{group}</p>
                    {entries.collect_view()}
                </div>
            }
        });
        groups.collect_view().into_any()
    }

    fn option(at: usize, found: Found) -> AnyView {
        let Found {
            label,
            is_current,
            action,
            ..
        } = found;
        let (href, theme) = match action {
            Action::Go(href) => (href, None),
            Action::Theme(theme) => ("#".to_owned(), Some(theme)),
        };
        let now = is_current.then(|| view! { <span class="palette-now">"now"</span> });
        view! {
            <a
                class="palette-option"
                role="option"
                id=format!("palette-{at}")
                aria-selected="false"
                tabindex="-1"
                href=href
                data-theme-choice=theme
                data-noscroll=""
            >
                <bdi>{label}</bdi>
                {now}
            </a>
        }
        .into_any()
    }
}
