//! How a panel's figures come about: what each counts, as of when, from which tables, by which SQL.

use leptos::prelude::*;
use marts::{Explained, Filters, Formula, Origin, Panel, PanelKind, ReleaseInfo, Unit, format};

use crate::api::load::panel_frame;
use crate::contract_state::ContractState;
use crate::markup::rendered;
use crate::state::is_static_view;
use crate::url::{dashboard_href, split_query};
use crate::{AppError, Session, ops_api};

pub async fn load(
    session: &Session,
    name: &str,
    key: &str,
    query: &str,
) -> Result<String, AppError> {
    let failed = |failure| session.failed(failure);
    let (dashboard, panel) = panel_frame(session, name, key, query).await?;
    let filters = Filters::parse(&split_query(query).1, &dashboard);
    let pinned = filters.release.as_ref();
    let release = session.answer.release_named(pinned).await.map_err(failed)?;
    let mut explained = Vec::new();
    for ask in panel.asks(&filters, &dashboard, &release) {
        explained.push(
            session
                .answer
                .explain(&session.policy, &ask)
                .await
                .map_err(failed)?,
        );
    }
    // Figures do without it where it cannot be had.
    let contracts = ops_api::load::contract_state(session).await.ok().flatten();
    let sentence = filters.sentence(&dashboard, &release);
    Ok(rendered(|| {
        about(
            &panel,
            &filters,
            &release,
            &sentence,
            contracts.as_ref(),
            &explained,
        )
    }))
}

fn about(
    panel: &Panel,
    filters: &Filters,
    release: &ReleaseInfo,
    sentence: &str,
    contracts: Option<&ContractState>,
    explained: &[Explained],
) -> AnyView {
    let range = filters.range(release);
    let compared = filters.compare.map(|compare| {
        let prior = marts::filters::prior_range(range, compare, filters.grain(release));
        fact("Compared with", format::date_range(prior))
    });
    let observed = release.observed.map(|(from, to)| {
        let observed = marts::DateRange { from, to };
        fact("Purchases were recorded", format::date_range(observed))
    });
    let contracts = contracts.map(|state| {
        view! {
            <div class="fact">
                <dt>"Contracts"</dt>
                <dd><a href=dashboard_href("contracts", "", is_static_view())>{state.sentence()}</a></dd>
            </div>
        }
    });
    let metrics = explained
        .first()
        .map(|first| first.metrics.iter().map(metric).collect_view());
    let tables = explained
        .first()
        .map(|first| first.tables.iter().map(origin).collect_view());
    let is_one = explained.len() == 1;
    let statements = explained.iter().enumerate().map(|(at, explained)| {
        let title = match (is_one, at) {
            (true, _) => "SQL".to_owned(),
            (false, 0) if panel.kind == PanelKind::Headline => "SQL of the totals".to_owned(),
            (false, _) if panel.kind == PanelKind::Headline => {
                "SQL of the course by period".to_owned()
            }
            (false, at) => format!("SQL, question {}", at + 1),
        };
        statement(title, explained)
    });
    view! {
        <h2 class="drawer-title">{panel.title.clone()}</h2>
        <p class="drawer-sub">{sentence.to_owned()}</p>
        {(!panel.description.is_empty()).then(|| view! { <p>{panel.description.clone()}</p> })}
        <dl class="facts">
            {fact("As of", format::date(release.business_date))}
            {fact("Range", format::date_range(range))}
            {compared}
            {observed}
            {fact("Release", release.id.to_string())}
            {fact("Time zone", release.zone.clone())}
            {contracts}
        </dl>
        <h3 class="drawer-part">"What is counted"</h3>
        {metrics}
        <h3 class="drawer-part">"Where it comes from"</h3>
        {tables}
        <h3 class="drawer-part">"How it is asked"</h3>
        {statements.collect_view()}
    }
    .into_any()
}

fn fact(label: &'static str, value: String) -> AnyView {
    view! { <div class="fact"><dt>{label}</dt><dd>{value}</dd></div> }.into_any()
}

fn metric(formula: &Formula) -> AnyView {
    let parts = formula.parts.iter().map(|part| {
        view! { <li><strong>{part.label.clone()}</strong>": "<code>{part.formula.clone()}</code></li> }
    });
    let parts = (!formula.parts.is_empty())
        .then(|| view! { <ul class="formula-parts">{parts.collect_view()}</ul> });
    view! {
        <section class="formula">
            <h4 class="formula-name">
                {formula.label.clone()} <span class="formula-unit">{unit(formula.unit)}</span>
            </h4>
            {(!formula.description.is_empty()).then(|| view! { <p>{formula.description.clone()}</p> })}
            <p><code>{formula.formula.clone()}</code></p>
            {parts}
        </section>
    }
    .into_any()
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Usd => "US dollars",
        Unit::Count => "a count",
        Unit::Ratio => "a share",
        Unit::Seconds => "a length of time",
        Unit::Bytes => "a size",
        Unit::Number | Unit::None => "a number",
    }
}

fn origin(origin: &Origin) -> AnyView {
    let step = |layer: &'static str, names: &[String]| {
        let names = names
            .iter()
            .map(|name| view! { <code>{name.clone()}</code>" " });
        view! { <li><span class="lineage-layer">{layer}</span>{names.collect_view()}</li> }
    };
    let some = |layer, names: &[String]| (!names.is_empty()).then(|| step(layer, names));
    view! {
        <div class="lineage">
            {(!origin.description.is_empty()).then(|| view! { <p>{origin.description.clone()}</p> })}
            <ol>
                {step("gold", std::slice::from_ref(&origin.table))}
                {some("with", &origin.gold)}
                {some("from silver", &origin.silver)}
                {some("from bronze", &origin.sources)}
            </ol>
        </div>
    }
    .into_any()
}

fn statement(title: String, explained: &Explained) -> AnyView {
    let params = explained.params.iter().map(|(name, value)| {
        view! { <tr><th scope="row"><code>{format!(":{name}")}</code></th><td><bdi>{value.clone()}</bdi></td></tr> }
    });
    let label = format!("{title}, scrolls sideways");
    view! {
        <details class="statement">
            <summary>{title}</summary>
            <pre tabindex="0" role="region" aria-label=label><code>{explained.sql.clone()}</code></pre>
            <p class="statement-note">"Values are bound beside the text, never written into it:"</p>
            <table class="data-table">
                <thead><tr><th scope="col">"Parameter"</th><th scope="col">"Value"</th></tr></thead>
                <tbody>{params.collect_view()}</tbody>
            </table>
        </details>
    }
    .into_any()
}
