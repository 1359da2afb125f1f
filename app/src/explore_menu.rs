//! What can be looked at, as links: each adds or takes away one metric or dimension, or shows the same another way.

use leptos::prelude::*;
use marts::explore::{Chart, EXPLORE, Exploration, dimensions_of};
use marts::{Filters, MetricAbout, pivot};

use crate::state::is_static_view;
use crate::url::dashboard_href;

fn href(filters: &Filters) -> String {
    dashboard_href(EXPLORE, &filters.to_query(), is_static_view())
}

pub fn menu(metrics: &[MetricAbout], filters: &Filters) -> AnyView {
    let shown = Exploration::of(filters);
    let label = |name: &String| {
        let known = metrics.iter().find(|metric| metric.name == *name);
        known.map_or_else(|| name.clone(), |metric| metric.label.clone())
    };
    let dimensions = dimensions_of(metrics, &shown.metrics);
    let dimension_label = |name: &String| {
        let known = dimensions.iter().find(|(known, _)| known == name);
        known.map_or_else(|| name.clone(), |(_, label)| label.clone())
    };

    let chosen_metrics = shown.metrics.iter().map(|name| {
        let can_go = shown.metrics.len() > 1;
        chip(
            label(name),
            can_go.then(|| href(&shown.with_metric(filters, name))),
        )
    });
    let other_metrics = metrics
        .iter()
        .filter(|metric| !shown.metrics.contains(&metric.name))
        .map(|metric| {
            let href = href(&shown.with_metric(filters, &metric.name));
            item(metric.label.clone(), metric.description.clone(), href)
        });
    let chosen_dimensions = shown.by.iter().map(|name| {
        chip(
            dimension_label(name),
            Some(href(&shown.with_dimension(filters, name))),
        )
    });
    let other_dimensions = dimensions
        .iter()
        .filter(|(name, _)| !shown.by.contains(name))
        .map(|(name, label)| {
            let href = href(&shown.with_dimension(filters, name));
            item(label.clone(), String::new(), href)
        });
    let charts = shown.charts().map(|chart| {
        let href = href(&Exploration::with_chart(filters, chart));
        let current = (chart == shown.chart).then_some("true");
        view! { <li><a class="explore-chart" href=href data-noscroll="" aria-current=current>{chart.label()}</a></li> }
    });
    let across = (shown.chart == Chart::Pivot).then(|| {
        let dimensions = shown.by.iter().filter(|_| shown.by.len() > 1);
        let dimensions = dimensions.map(|name| (name.clone(), dimension_label(name)));
        let periods = (pivot::PERIODS.to_owned(), "Periods".to_owned());
        let ways = dimensions.chain([periods]).map(|(name, label)| {
            let current = (name == shown.across).then_some("true");
            let href = href(&Exploration::with_across(filters, &name));
            view! { <li><a class="explore-chart" href=href data-noscroll="" aria-current=current>{label}</a></li> }
        });
        view! {
            <div class="explore-row">
                <span class="explore-name">"Across"</span>
                <ul class="explore-charts">{ways.collect_view()}</ul>
            </div>
        }
    });
    view! {
        <div class="explore-menu">
            <div class="explore-row">
                <span class="explore-name">"Metrics"</span>
                <ul class="explore-chips">{chosen_metrics.collect_view()}</ul>
                {more("Add a metric", other_metrics.collect_view().into_any())}
            </div>
            <div class="explore-row">
                <span class="explore-name">"By"</span>
                <ul class="explore-chips">{chosen_dimensions.collect_view()}</ul>
                {more("Add a dimension", other_dimensions.collect_view().into_any())}
            </div>
            <div class="explore-row">
                <span class="explore-name">"Shown as"</span>
                <ul class="explore-charts">{charts.collect_view()}</ul>
            </div>
            {across}
        </div>
    }
    .into_any()
}

/// Something chosen, with a link that takes it away.
fn chip(label: String, away: Option<String>) -> AnyView {
    let away = away.map(|href| {
        view! {
            <a class="explore-away" href=href data-noscroll="">
                <span aria-hidden="true">"×"</span>
                <span class="visually-hidden">{format!("Take {label} away")}</span>
            </a>
        }
    });
    view! { <li class="explore-chip"><span>{label.clone()}</span>{away}</li> }.into_any()
}

fn item(label: String, description: String, href: String) -> AnyView {
    let description = (!description.is_empty())
        .then(|| view! { <span class="explore-about">{description}</span> });
    view! { <li><a class="explore-item" href=href data-noscroll="">{label}{description}</a></li> }
        .into_any()
}

fn more(label: &'static str, items: AnyView) -> AnyView {
    view! {
        <details class="explore-more">
            <summary>{label}</summary>
            <ul class="explore-items">{items}</ul>
        </details>
    }
    .into_any()
}
