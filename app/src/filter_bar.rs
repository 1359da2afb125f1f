//! The filters, always in sight: a plain form that works without scripts, and follows the URL with them.

use leptos::ev::{Event, SubmitEvent};
use leptos::prelude::*;
use marts::ask::UNKNOWN;
use marts::{Comparison, FilterControl, Filters, Grain, Preset, RangeChoice};
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement, UrlSearchParams};

use crate::api;
use crate::state::PageState;

#[component]
pub fn FilterBar(state: PageState) -> impl IntoView {
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
        view! { <div class="filter-apply-field" inner_html=APPLY></div> }.into_any()
    } else {
        view! { <noscript inner_html=APPLY></noscript> }.into_any()
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
            {controls.into_iter().map(|control| view! { <ChoiceField state control/> }).collect_view()}
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
    .into_any()
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
        .into_any()
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
    .into_any()
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
    .into_any()
}

#[component]
fn CompareField(state: PageState) -> impl IntoView {
    let compare = Memo::new(move |_| state.filters.with(|filters| filters.compare));
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
            <select name="compare">{options.collect_view()}</select>
        </label>
    }
    .into_any()
}

/// Choosing adds a value; the chips beside take values away. Chosen values ride along as hidden fields.
#[component]
fn ChoiceField(state: PageState, control: FilterControl) -> impl IntoView {
    let FilterControl { param, label, .. } = control;
    let chosen = {
        let param = param.clone();
        Memo::new(move |_| {
            state
                .filters
                .with(|filters| filters.chosen.get(&param).cloned().unwrap_or_default())
        })
    };
    let options = {
        let source = (
            state.dashboard.with_value(|d| d.name.clone()),
            param.clone(),
        );
        Resource::new(
            move || source.clone(),
            |(dashboard, param)| api::filter_options(dashboard, param),
        )
    };
    let list = move || {
        Suspend::new(async move {
            match options.await {
                Ok(values) => values
                    .into_iter()
                    .map(|value| {
                        let text = value_label(&value);
                        let taken = {
                            let value = value.clone();
                            move || chosen.with(|chosen| chosen.contains(&value))
                        };
                        view! { <option value=value disabled=taken>{text}</option> }
                    })
                    .collect_view()
                    .into_any(),
                Err(error) => {
                    view! { <option value="" disabled=true>{format!("Not loaded: {}", error.message())}</option> }.into_any()
                }
            }
        })
    };
    let chips = {
        let param = param.clone();
        let label = label.clone();
        move || {
            let filters = state.filters.get();
            let param = param.clone();
            let label = label.clone();
            chosen
                .get()
                .into_iter()
                .map(|value| {
                    let href = state.href(&filters.toggled(&param, &value));
                    let text = format!("{label}: {}", value_label(&value));
                    view! {
                        <input type="hidden" name=param.clone() value=value/>
                        <a class="filter-chip" href=href data-noscroll="">
                            <span>{text}</span>
                            <span class="filter-chip-remove" aria-hidden="true">"×"</span>
                            <span class="visually-hidden">"(remove)"</span>
                        </a>
                    }
                })
                .collect_view()
        }
    };
    view! {
        <label class="filter-field">
            <span class="filter-label">{label.clone()}</span>
            <select name=param.clone()>
                <option value="" selected=true>
                    {move || if chosen.with(Vec::is_empty) { "Any" } else { "Add another" }}
                </option>
                <Suspense fallback=|| ()>{list}</Suspense>
            </select>
        </label>
        {chips}
    }
    .into_any()
}

fn value_label(value: &str) -> String {
    if value == UNKNOWN {
        "Unknown".to_owned()
    } else {
        value.to_owned()
    }
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
    let query = UrlSearchParams::new_with_str_sequence_sequence(&data)
        .ok()?
        .to_string()
        .as_string()?;
    reset_adders(form);
    let filters = state
        .dashboard
        .with_value(|dashboard| Filters::parse(&query, dashboard));
    // What else is not to be had (days of a long range, by day) gives way, and the page shows to what.
    let is_typing = filters
        .ignored
        .iter()
        .any(|note| note.starts_with("from=") || note.starts_with("to="));
    (!is_typing).then_some(filters)
}

/// The lists that add a value go back to their first entry.
fn reset_adders(form: &HtmlFormElement) {
    let Ok(found) = form.query_selector_all("select:has(> option[value=''])") else {
        return;
    };
    for i in 0..found.length() {
        if let Some(select) = found
            .get(i)
            .and_then(|node| node.dyn_into::<web_sys::HtmlSelectElement>().ok())
        {
            select.set_value("");
        }
    }
}
