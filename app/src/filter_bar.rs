//! The filters, always in sight: a plain form that works without scripts, and follows the URL with them.

use std::time::Duration;

use leptos::ev::{Event, FocusEvent, KeyboardEvent, SubmitEvent};
use leptos::prelude::*;
use marts::{Comparison, FilterControl, Filters, Grain, Preset, RangeChoice};
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement, UrlSearchParams};

use crate::comparison_dates::{self, ComparisonDates};
use crate::erase::Erase;
use crate::state::PageState;
use crate::value_search::{self, ValueSearch, shown};
#[cfg(feature = "ssr")]
use crate::{api, markup::Markup};

#[component]
pub fn FilterBar(state: PageState) -> impl IntoView {
    #[cfg(feature = "ssr")]
    let carried = state.is_static.then(|| carried(state));
    #[cfg(not(feature = "ssr"))]
    let carried = ();
    let (name, controls) = state
        .dashboard
        .with_value(|d| (d.name.clone(), d.filters.clone()));
    let go = state.navigator();
    let apply = move |form: &HtmlFormElement, changed: &str| {
        if let Some(filters) = read_form(form, changed, state) {
            go(&filters);
        }
    };
    let on_change = {
        let apply = apply.clone();
        move |event: Event| {
            let Some(form) = event
                .current_target()
                .and_then(|target| target.dyn_into::<HtmlFormElement>().ok())
            else {
                return;
            };
            let changed = event
                .target()
                .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
                .and_then(|element| element.get_attribute("name"))
                .unwrap_or_default();
            apply(&form, &changed);
        }
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(form) = event
            .current_target()
            .and_then(|target| target.dyn_into::<HtmlFormElement>().ok())
        {
            apply(&form, "");
        }
    };
    // With scripts each change applies itself; without, the form needs its button.
    const APPLY: &str = r#"<button type="submit" class="filter-apply">Apply</button>"#;
    let apply = if state.is_static {
        view! { <div class="filter-apply-field" inner_html=APPLY></div> }.erased()
    } else {
        view! { <noscript inner_html=APPLY></noscript> }.erased()
    };

    view! {
        <form
            class="filter-bar"
            method="get"
            action=format!("/{name}")
            aria-label="Filters"
            autocomplete="off"
            on:change=on_change
            on:submit=on_submit
        >
            {state.is_static.then(|| view! { <input type="hidden" name="view" value="static"/> })}
            <RangeFields state/>
            <GrainField state/>
            <CompareField state/>
            <ComparisonDates state/>
            {controls.iter().cloned().map(|control| view! { <ChoiceField state control/> }).collect_view()}
            {chips(state, controls)}
            {carried}
            {apply}
            <a
                class="filter-clear"
                href=move || state.href(&Filters::default())
                hidden=move || state.query.with(String::is_empty)
                data-noscroll=""
            >
                "Clear all"
            </a>
        </form>
    }
    .erased()
}

#[component]
fn RangeFields(state: PageState) -> impl IntoView {
    let range = Memo::new(move |_| state.filters.with(|filters| filters.range));
    let day = move |first: bool| {
        move || match range.get() {
            RangeChoice::Between { from, to } => (if first { from } else { to }).to_string(),
            RangeChoice::Preset(_) => String::new(),
        }
    };
    let presets = Preset::ALL.map(|preset| {
        let chosen = move || range.get() == RangeChoice::Preset(preset);
        view! {
            <option value=preset.slug() selected=chosen prop:selected=chosen>
                {preset.label()}
            </option>
        }
        .erased()
    });
    let custom = move || matches!(range.get(), RangeChoice::Between { .. });
    view! {
        <label class="filter-field">
            <span class="filter-label">"Range"</span>
            <select name="range">
                {presets.into_iter().collect_view()}
                <option value="custom" selected=custom prop:selected=custom>"Custom dates"</option>
            </select>
        </label>
        <label class="filter-field filter-date">
            <span class="filter-label">"From"</span>
            <input type="date" name="from" value=day(true) prop:value=day(true)/>
        </label>
        <label class="filter-field filter-date">
            <span class="filter-label">"To"</span>
            <input type="date" name="to" value=day(false) prop:value=day(false)/>
        </label>
    }
    .erased()
}

#[component]
fn GrainField(state: PageState) -> impl IntoView {
    let grain = Memo::new(move |_| state.filters.with(|filters| filters.grain));
    let options = std::iter::once(None).chain(Grain::ALL.map(Some)).map(|option| {
        let chosen = move || grain.get() == option;
        view! {
            <option value=option.map_or("auto", Grain::slug) selected=chosen prop:selected=chosen>
                {option.map_or("Automatic", Grain::label)}
            </option>
        }
    });
    view! {
        <label class="filter-field">
            <span class="filter-label">"Grain"</span>
            <select name="grain">{options.collect_view()}</select>
        </label>
    }
    .erased()
}

#[component]
fn CompareField(state: PageState) -> impl IntoView {
    let compare = Memo::new(move |_| state.filters.with(|filters| filters.compare));
    let custom = move || matches!(compare.get(), Some(Comparison::Between(_)));
    let options = Comparison::ALL.map(Some).into_iter().chain([None]).map(|option| {
        let chosen = move || compare.get() == option;
        view! {
            <option value=option.map_or("none".to_owned(), Comparison::slug) selected=chosen prop:selected=chosen>
                {option.map_or("Nothing", Comparison::label)}
            </option>
        }
    });
    view! {
        <label class="filter-field">
            <span class="filter-label">"Compare with"</span>
            <select name="compare">
                {options.collect_view()}
                <option value=comparison_dates::CUSTOM selected=custom prop:selected=custom>"Other dates"</option>
            </select>
        </label>
    }
    .erased()
}

/// A menu of values, loaded when it opens: the first ones, and a search over all others.
#[component]
fn ChoiceField(state: PageState, control: FilterControl) -> impl IntoView {
    if !control.options.is_empty() {
        return option_field(state, control);
    }
    let FilterControl { param, label, .. } = control;
    let count = {
        let param = param.clone();
        move || {
            let count = state
                .filters
                .with(|filters| filters.chosen.get(&param).map_or(0, Vec::len));
            (count > 0).then(|| view! { <span class="filter-count num">{count}</span> })
        }
    };
    let summary = view! {
        <summary class="filter-summary">
            <span>{label.clone()}</span>
            {count}
        </summary>
    }
    .erased();
    #[cfg(feature = "ssr")]
    if state.is_static {
        return view! {
            <details class="filter-menu" name="filter">
                {summary}
                {plain_choices(state, param, label)}
            </details>
        }
        .erased();
    }
    let menu = NodeRef::<leptos::html::Details>::new();
    // What it shows is looked for when it opens, and again when a choice has changed.
    let look = move || {
        if let Some(menu) = menu.get_untracked().filter(|menu| menu.open())
            && let Ok(Some(field)) = menu.query_selector("input[data-param]")
            && let Ok(field) = field.dyn_into()
        {
            value_search::look(field, Duration::ZERO);
        }
    };
    let on_toggle = move |_: Event| look();
    Effect::new(move |_| {
        state.query.track();
        look();
    });
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape"
            && let Some(menu) = menu.get_untracked()
            && menu.open()
        {
            event.prevent_default();
            close(&menu);
        }
    };
    // Whoever goes on elsewhere is done with it.
    let on_leave = move |event: FocusEvent| {
        let Some(menu) = menu.get_untracked() else {
            return;
        };
        let goes_to = event
            .related_target()
            .and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        if !goes_to.is_some_and(|to| menu.contains(Some(&to))) {
            menu.set_open(false);
        }
    };
    view! {
        <details
            class="filter-menu"
            name="filter"
            node_ref=menu
            on:toggle=on_toggle
            on:keydown=on_key
            on:focusout=on_leave
        >
            {summary}
            // It takes the focus of a click beside its parts, or that click would close it.
            <div class="filter-menu-list" tabindex="-1">
                <ValueSearch dashboard=state.dashboard.with_value(|d| d.name.clone()) param label is_board=false/>
            </div>
        </details>
    }
    .erased()
}

/// One of a few values, of which one is always chosen.
fn option_field(state: PageState, control: FilterControl) -> AnyView {
    let chosen = {
        let control = control.clone();
        Memo::new(move |_| {
            state.filters.with(|filters| {
                let chosen = filters
                    .chosen
                    .get(&control.param)
                    .and_then(|values| values.first());
                control
                    .option(chosen.map(String::as_str))
                    .map(|option| option.value.clone())
            })
        })
    };
    let options = control.options.into_iter().map(|option| {
        let value = option.value.clone();
        let is_chosen = move || chosen.with(|chosen| chosen.as_ref() == Some(&value));
        view! {
            <option value=option.value selected=is_chosen.clone() prop:selected=is_chosen>{option.label}</option>
        }
    });
    view! {
        <label class="filter-field">
            <span class="filter-label">{control.label}</span>
            <select name=control.param>{options.collect_view()}</select>
        </label>
    }
    .erased()
}

fn close(menu: &web_sys::HtmlDetailsElement) {
    menu.set_open(false);
    if let Some(summary) = menu
        .first_element_child()
        .and_then(|summary| summary.dyn_into::<web_sys::HtmlElement>().ok())
    {
        let _ = summary.focus();
    }
}

#[cfg(feature = "ssr")]
/// Without scripts: the first values as links, and a field for any other.
fn plain_choices(state: PageState, param: String, label: String) -> AnyView {
    let source = (
        state.dashboard.with_value(|d| d.name.clone()),
        param.clone(),
    );
    let found = Resource::new(
        move || source.clone(),
        move |(dashboard, param)| {
            let query = state.query.get_untracked();
            async move {
                api::found_values(dashboard, param, String::new(), query)
                    .await
                    .map(Markup::new)
            }
        },
    );
    let list = move || {
        Suspend::new(async move {
            match found.await {
                Ok(markup) => markup.placed(),
                Err(error) => {
                    view! { <p class="value-note">{error.message().to_owned()}</p> }.erased()
                }
            }
        })
    };
    let said = format!("Add a {} by its name", label.to_lowercase());
    view! {
        <div class="filter-menu-list">
            <input type="text" class="value-input" name=param placeholder=said.clone() aria-label=said maxlength="200"/>
            <Suspense fallback=|| ()>{list}</Suspense>
        </div>
    }
    .erased()
}

/// What is chosen, each with the way to take it away.
fn chips(state: PageState, controls: Vec<FilterControl>) -> AnyView {
    let chips = move || {
        let filters = state.filters.get();
        controls
            .iter()
            .filter(|control| control.options.is_empty())
            .flat_map(|FilterControl { param, label, .. }| {
                let not = if filters.excluded.contains(param) {
                    "not "
                } else {
                    ""
                };
                let values = filters.chosen.get(param).cloned().unwrap_or_default();
                let filters = &filters;
                values.into_iter().map(move |value| {
                    let href = state.href(&filters.toggled(param, &value));
                    let class = match not {
                        "" => "filter-chip",
                        _ => "filter-chip is-left-out",
                    };
                    view! {
                        <a class=class href=href data-noscroll="">
                            <span>{format!("{label}: {not}")}<bdi>{shown(&value)}</bdi></span>
                            <span class="filter-chip-remove" aria-hidden="true">"×"</span>
                            <span class="visually-hidden">"(remove)"</span>
                        </a>
                    }
                })
            })
            .collect_view()
    };
    view! { {chips} }.erased()
}

#[cfg(feature = "ssr")]
/// What a plain form has no fields for rides along.
fn carried(state: PageState) -> AnyView {
    let filters = state.filters.get_untracked();
    let mut pairs: Vec<(String, String)> = Vec::new();
    let has_field = |param: &String| {
        state.dashboard.with_value(|dashboard| {
            let mut controls = dashboard.filters.iter();
            controls.any(|control| control.param == *param && !control.options.is_empty())
        })
    };
    for (param, values) in filters.chosen.iter().filter(|(param, _)| !has_field(param)) {
        pairs.extend(values.iter().map(|value| (param.clone(), value.clone())));
    }
    for param in &filters.excluded {
        pairs.push(("not".to_owned(), param.clone()));
    }
    if let Some(release) = &filters.release {
        pairs.push(("release".to_owned(), release.0.clone()));
    }
    pairs
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view()
        .erased()
}

/// The filters that the form says now. `changed` names the field that was just changed: a date wins over the
/// named range beside it, a named range over the dates. `None` while a date is still being typed.
fn read_form(form: &HtmlFormElement, changed: &str, state: PageState) -> Option<Filters> {
    let data = FormData::new_with_form(form).ok()?;
    let range = state.release.with_value(|release| {
        state
            .filters
            .with_untracked(|filters| filters.range(release))
    });
    let is_custom = data.get("range").as_string().as_deref() == Some("custom");
    if changed == "from" || changed == "to" || is_custom {
        data.delete("range");
        for (name, day) in [("from", range.from), ("to", range.to)] {
            if data
                .get(name)
                .as_string()
                .is_none_or(|value| value.is_empty())
            {
                data.set_with_str(name, &day.to_string()).ok()?;
            }
        }
        // The day just chosen stands, and the other end moves to it.
        if let (Some(from), Some(to)) = (data.get("from").as_string(), data.get("to").as_string())
            && from > to
        {
            let (moved, day) = if changed == "from" {
                ("to", from)
            } else {
                ("from", to)
            };
            data.set_with_str(moved, &day).ok()?;
        }
    } else {
        data.delete("from");
        data.delete("to");
    }
    comparison_dates::fold(&data, changed, state);
    let query = UrlSearchParams::new_with_str_sequence_sequence(&data)
        .ok()?
        .to_string()
        .as_string()?;
    let read = state
        .dashboard
        .with_value(|dashboard| Filters::parse(&query, dashboard));
    let controls = state
        .dashboard
        .with_value(|dashboard| dashboard.filters.clone());
    // What the form has no fields for stays as it is.
    let before = state.filters.get_untracked();
    let filters = Filters {
        ignored: read.ignored.clone(),
        ..before
            .with_range(read.range)
            .with_grain(read.grain)
            .with_compare(read.compare)
            .with_options(&read, &controls)
    };
    // What else is not to be had (days of a long range, by day) gives way, and the page shows to what.
    let refused = filters.ignored.iter().find(|note| {
        ["from=", "to=", "compare="]
            .iter()
            .any(|name| note.starts_with(name))
    });
    state.refused.set(refused.map_or_else(String::new, |note| {
        let why = if note.contains("50 years") {
            "A range may be 50 years long at most."
        } else {
            "A day lies between 1900 and 2199, and a range begins before it ends."
        };
        format!("These dates were not taken: {why} The page shows what it showed before.")
    }));
    let is_taken = refused.is_none();
    is_taken.then_some(filters)
}
