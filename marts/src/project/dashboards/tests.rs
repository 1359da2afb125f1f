#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::FailureKind;

const GOOD: &str = "\
title: Purchases
filters:
  - {param: state, dimension: user__state, label: State}
panels:
  - key: headline
    title: At a glance
    kind: headline
    metrics: [retail_spend, receipts]
  - key: over_time
    title: Over time
    kind: time_series
    metrics: [retail_spend]
  - key: departments
    title: Departments
    kind: leaderboard
    metrics: [retail_spend]
    dimensions: [product__department]
    limit: 12
  - key: products
    title: Products
    kind: table
    metrics: [retail_spend]
    dimensions: [product__product_name, product__brand]
";

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn catalogue() -> Catalogue {
    Catalogue::read(project()).unwrap()
}

fn release() -> crate::ReleaseInfo {
    crate::ReleaseInfo {
        business_date: jiff::civil::date(2026, 3, 31),
        ..crate::ReleaseInfo::unpublished()
    }
}

fn parsed(text: &str) -> Result<Dashboard, ProjectError> {
    parse("x", Path::new("dashboards/x.yml"), text, &catalogue())
}

#[test]
fn the_projects_own_dashboards_are_read() {
    let purchases = read(project(), "purchases", &catalogue()).unwrap();
    assert_eq!(
        (purchases.name.as_str(), purchases.title.as_str()),
        ("purchases", "Purchases")
    );
    let kinds: Vec<PanelKind> = purchases.panels.iter().map(|panel| panel.kind).collect();
    assert_eq!(
        kinds,
        [
            PanelKind::Headline,
            PanelKind::TimeSeries,
            PanelKind::Leaderboard,
            PanelKind::Histogram,
            PanelKind::HeatMap,
            PanelKind::Leaderboard,
            PanelKind::Table
        ]
    );
    for link in list(project()).unwrap() {
        assert_eq!(
            read(project(), &link.name, &catalogue()).unwrap().title,
            link.title
        );
    }
}

#[test]
fn an_unknown_dashboard_is_not_found_and_no_name_leaves_the_folder() {
    for name in [
        "purchase",
        "../dbt_project",
        "",
        "a/b",
        "Purchases",
        "purchases.yml",
        "..",
        "a\0b",
    ] {
        let failure = read(project(), name, &catalogue()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::NotFound, "{name}");
    }
    let failure = read(project(), "purchase", &catalogue()).unwrap_err();
    assert_eq!(
        failure.message,
        "There is no dashboard `purchase`; did you mean purchases?"
    );
}

#[test]
fn a_good_file_has_defaults() {
    let dashboard = parsed(GOOD).unwrap();
    assert_eq!(dashboard.panels[2].limit, Some(12));
    assert_eq!(dashboard.panels[3].limit, None);
    assert_eq!(dashboard.description, "");
}

/// Changes the good file in one place and says what the error must name.
fn mistake(good: &str, bad: &str, line: usize, expected: &[&str]) {
    assert!(GOOD.contains(good), "{good} is not in the good file");
    let error = parsed(&GOOD.replacen(good, bad, 1)).expect_err(bad);
    let said = error.to_string();
    assert!(
        said.starts_with(&format!("dashboards/x.yml:{line}: ")),
        "{bad}: {said}"
    );
    for part in expected {
        assert!(said.contains(part), "{bad}: {said} does not say {part}");
    }
}

#[test]
fn a_mistake_names_file_line_and_what_was_expected() {
    mistake(
        "receipts]",
        "recipts]",
        8,
        &["no metric `recipts`", "did you mean receipts"],
    );
    mistake(
        "kind: time_series",
        "kind: timeseries",
        11,
        &["timeseries", "time_series", "leaderboard"],
    );
    mistake(
        "key: products",
        "key: headline",
        19,
        &["two panels with the key `headline`"],
    );
    mistake(
        "dimensions: [product__department]",
        "dimensions: []",
        13,
        &["one to 12 dimensions, it has 0"],
    );
    mistake(
        "kind: leaderboard",
        "kind: histogram",
        18,
        &["only a leaderboard, a table, a register, a curve, trees"],
    );
    mistake(
        "kind: leaderboard\n    metrics: [retail_spend]",
        "kind: heat_map\n    metrics: [retail_spend]",
        13,
        &["exactly one metric and two dimensions", "1 and 1"],
    );
    mistake(
        "kind: table\n    metrics: [retail_spend]",
        "kind: histogram\n    metrics: [retail_spend]",
        19,
        &["exactly one metric and one dimension", "1 and 2"],
    );
    mistake(
        "[product__department]",
        "[product__departement]",
        17,
        &["did you mean product__department"],
    );
    mistake(
        "product__brand]",
        "product__product_name]",
        23,
        &["is there twice"],
    );
    mistake(
        "[retail_spend]",
        "[retail_spend, receipts]",
        9,
        &["several units"],
    );
    mistake(
        "[retail_spend, receipts]",
        "[]",
        5,
        &["at least one metric"],
    );
    mistake(
        "limit: 12",
        "limits: 12",
        18,
        &["unknown field", "limits", "limit"],
    );
    mistake("limit: 12", "limit: 0", 18, &["expected 1 to 1000"]);
    mistake("limit: 12", "limit: many", 18, &[]);
    mistake(
        "param: state",
        "param: grain",
        3,
        &["something else in addresses"],
    );
    mistake(
        "user__state",
        "user__sate",
        3,
        &["did you mean user__state"],
    );
    mistake(
        "title: Purchases",
        "titel: Purchases",
        1,
        &["unknown field", "titel", "title"],
    );
    mistake(
        "    title: At a glance\n",
        "    title: At a glance\n    title: Twice\n",
        7,
        &["title"],
    );
    mistake("key: headline", "key: Head line", 5, &["lower-case"]);
}

#[test]
fn what_the_metric_cannot_reach_is_refused() {
    let text = "\
semantic_models:
  - name: visits
    model: ref('fct_visit')
    defaults: {agg_time_dimension: visited_on}
    entities:
      - {name: visit, type: primary, expr: visit_id}
    dimensions:
      - {name: visited_on, type: time}
    measures:
      - {name: visits, agg: count, expr: visit_id}
  - name: users
    model: ref('dim_user')
    entities:
      - {name: user, type: primary, expr: user_id}
    dimensions:
      - {name: state, type: categorical}
metrics:
  - name: visits
    label: Visits
    type: simple
    type_params: {measure: visits}
    config: {meta: {unit: count}}
";
    let project = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(project.path().join("models")).unwrap();
    std::fs::create_dir_all(project.path().join("dashboards")).unwrap();
    std::fs::write(project.path().join("models/x.yml"), text).unwrap();
    let dashboard = "\
title: Visits
filters:
  - {param: state, dimension: user__state, label: State}
panels:
  - {key: a, title: A, kind: headline, metrics: [visits]}
";
    std::fs::write(project.path().join("dashboards/visits.yml"), dashboard).unwrap();
    let catalogue = Catalogue::read(project.path()).unwrap();
    let failure = read(project.path(), "visits", &catalogue).unwrap_err();
    assert_eq!(
        failure.message,
        "The dashboard `visits` cannot be shown until its file is mended. \
         dashboards/visits.yml:5: `visits` cannot be filtered by `user__state`"
    );
}

#[test]
fn a_file_with_a_mistake_leaves_the_others_listed() {
    let project = tempfile::tempdir().unwrap();
    let folder = project.path().join("dashboards");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("b.yml"), "title: Bees\npanels: []\n").unwrap();
    std::fs::write(folder.join("a.yml"), "title: [").unwrap();
    std::fs::write(folder.join("notes.txt"), "no dashboard").unwrap();
    let links = list(project.path()).unwrap();
    let shown: Vec<(&str, &str)> = links
        .iter()
        .map(|l| (l.name.as_str(), l.title.as_str()))
        .collect();
    assert_eq!(shown, [("a", "a"), ("b", "Bees")]);
    std::fs::write(folder.join("z.yml"), "title: Last\norder: 1\npanels: []\n").unwrap();
    assert_eq!(list(project.path()).unwrap()[0].title, "Last");
    assert!(list(Path::new("/nowhere")).is_err());
}

#[test]
fn a_panel_can_have_filters_and_days_of_its_own() {
    let page = parsed(
        "title: Kept\nfilters:\n  - {param: state, dimension: user__state, label: State}\n  - param: anchor\n    dimension: retention_cell__anchor\n    label: Counted from\n    options:\n      - {value: sign_up, label: Sign-up}\n      - {value: first_purchase, label: First purchase}\npanels:\n  - key: week_one\n    title: Back in week one\n    kind: histogram\n    metrics: [retention]\n    dimensions: [retention_cell__from_day]\n    only:\n      - {dimension: retention_cell__kind, values: n_day}\n    days: all\n    unfiltered_by: [user__state]\n  - key: spend\n    title: Spend\n    kind: headline\n    metrics: [retail_spend]\n",
    )
    .unwrap();
    let kept = |panel: &Panel, query: &str| {
        let filters = crate::Filters::parse(query, &page);
        let asks = panel.asks(&filters, &page, &release());
        let Some(Ask::Aggregate(ask)) = asks.into_iter().next() else {
            panic!("panels ask for figures")
        };
        let kept: Vec<String> = ask
            .filters
            .iter()
            .map(|filter| format!("{}={}", filter.dimension, filter.values.join(",")))
            .collect();
        (kept.join(" "), ask.range, ask.compare.is_some())
    };
    let (week_one, spend) = (&page.panels[0], &page.panels[1]);
    let (filters, range, compares) = kept(week_one, "state=OH&anchor=first_purchase");
    assert_eq!(
        filters,
        "retention_cell__anchor=first_purchase retention_cell__kind=n_day"
    );
    assert!(!compares && range.to == release().business_date && range.days() > 3_650);
    // One of the options is always chosen, and what is none of them is told.
    assert!(
        kept(week_one, "")
            .0
            .starts_with("retention_cell__anchor=sign_up")
    );
    assert_eq!(
        crate::Filters::parse("anchor=birth", &page).ignored,
        ["anchor=birth"]
    );
    // It is no matter of panels that are not told by it.
    assert_eq!(
        kept(spend, "state=OH&anchor=first_purchase").0,
        "user__state=OH"
    );
    let filters = crate::Filters::parse("state=OH", &page);
    assert_eq!(week_one.leaves_aside(&filters, &page), ["State"]);
    assert_eq!(spend.leaves_aside(&filters, &page), Vec::<String>::new());
}

#[test]
fn the_pages_of_growth_are_read() {
    for (name, kinds) in [
        (
            "referrals",
            [PanelKind::Funnel, PanelKind::Maturing, PanelKind::Curve].as_slice(),
        ),
        (
            "k-factor",
            &[
                PanelKind::Estimates,
                PanelKind::Intervals,
                PanelKind::Generations,
                PanelKind::Trees,
            ],
        ),
    ] {
        let page = read(project(), name, &catalogue()).unwrap();
        for kind in kinds {
            assert!(
                page.panels.iter().any(|panel| panel.kind == *kind),
                "{name}: {kind:?}"
            );
        }
        let filters = crate::Filters::parse("state=OH&compare=prior_year", &page);
        for panel in &page.panels {
            for ask in panel.asks(&filters, &page, &release()) {
                planner::plan(&catalogue(), &RowPolicy::Unrestricted, &ask)
                    .unwrap_or_else(|failure| panic!("{name}, {}: {failure:?}", panel.key));
            }
        }
    }
}

#[test]
fn a_panel_of_growth_says_what_it_is_made_of() {
    let page = |panel: &str| format!("title: T\npanels:\n  - {{key: a, title: A, {panel}}}\n");
    let invites = "invites_clicked, invites_open_click, invite_click_rate, invite_click_rate";
    parsed(&page(&format!(
        "kind: funnel, metrics: [distinct_invites, {invites}]"
    )))
    .unwrap();
    for (panel, expected) in [
        (
            "kind: funnel, metrics: [distinct_invites, invites_clicked]",
            "four for each stage",
        ),
        (
            "kind: maturing, metrics: [invite_sign_up_rate, distinct_invites]",
            "needs `matures_in`",
        ),
        (
            "kind: maturing, metrics: [invite_sign_up_rate], matures_in: 44",
            "two metrics",
        ),
        (
            "kind: headline, metrics: [distinct_invites], matures_in: 44",
            "no other has it",
        ),
        (
            "kind: intervals, metrics: [k_factor_estimate]",
            "estimate, low, high",
        ),
        (
            "kind: estimates, metrics: [k_factor_estimate]",
            "estimate, low, high",
        ),
        (
            "kind: curve, metrics: [curve_estimate], dimensions: [curve_day__segment]",
            "five metrics",
        ),
        (
            "kind: generations, metrics: [new_users], dimensions: [user__generation]",
            "and the k-factor",
        ),
        (
            "kind: trees, metrics: [new_users], dimensions: [user__user_id]",
            "five dimensions",
        ),
        (
            "kind: headline, metrics: [new_users], figures: [{of: a, label: A}]",
            "only estimates have `figures`",
        ),
        (
            "kind: estimates, metrics: [k_factor_estimate, k_factor_p05, k_factor_p95], dimensions: [k_figure__measure], figures: [{of: [a, b], label: A}]",
            "names 2 values",
        ),
        (
            "kind: generations, metrics: [new_users, k_factor_estimate], dimensions: [user__generation], only: [{dimension: user__state, values: OH}]",
            "can be filtered by `user__state`",
        ),
    ] {
        let said = parsed(&page(panel)).expect_err(panel).to_string();
        assert!(said.starts_with("dashboards/x.yml:3: "), "{panel}: {said}");
        assert!(said.contains(expected), "{panel}: {said}");
    }
}

/// A page with one panel, of which `panel` is the rest of its entry.
fn page_with(panel: &str) -> Result<Dashboard, ProjectError> {
    parsed(&format!(
        "title: One\npanels:\n  - key: one\n    title: One\n{panel}"
    ))
}

#[test]
fn a_statement_a_cohort_and_a_register_say_what_they_lack() {
    let refused = |panel: &str, says: &str| {
        let said = page_with(panel).expect_err(panel).to_string();
        assert!(said.contains(says), "{panel}: {said}");
    };
    let statement = "    kind: roll_forward\n    metrics: [rewards_liability_opening, rewards_line_accrued, rewards_line_accrued_prior, rewards_liability]\n";
    assert!(page_with(statement).is_ok());
    refused(
        "    kind: roll_forward\n    metrics: [rewards_liability_opening, rewards_liability]\n",
        "needs at least one line",
    );
    refused(
        "    kind: roll_forward\n    metrics: [rewards_liability_opening, rewards_line_accrued_prior, rewards_liability]\n",
        "without the line before it",
    );
    refused(&format!("{statement}    days: as_of\n"), "has `days`");
    refused(&format!("{statement}    limit: 5\n"), "by a dimension");
    refused(
        &format!("{statement}    drill: {{metric: rewards_posted, by: product__brand}}\n"),
        "cannot be filtered by `product__brand`",
    );
    refused(
        "    kind: headline\n    metrics: [retail_spend]\n    drill: {metric: rewards_posted, by: reward_entry__reward_line}\n",
        "only a roll_forward, or",
    );
    refused(
        "    kind: cohort\n    metrics: [retention]\n",
        "one or two dimensions",
    );
    refused(
        "    kind: cohort\n    metrics: [retention]\n    dimensions: [retention_cell__kind]\n",
        "no age in days",
    );
    refused(
        "    kind: by_age\n    metrics: [retention]\n",
        "exactly one dimension, it has 0",
    );
    refused(
        "    kind: register\n    dimensions: [settlement__settlement_id]\n",
        "needs the `relation`",
    );
    refused(
        "    kind: register\n    relation: settlement\n    dimensions: [settlement__settlement_id]\n",
        "did you mean settlements",
    );
    refused(
        "    kind: register\n    relation: settlements\n    dimensions: [product__brand]\n",
        "does not describe settlements",
    );
    refused(
        "    kind: table\n    relation: settlements\n    metrics: [retail_spend]\n    dimensions: [user__state]\n",
        "only a register has a `relation`",
    );
    refused("    kind: assertions\n", "names its `contracts`");
    refused(
        "    kind: headline\n    metrics: [retail_spend]\n    contracts: [rewards_tie_out]\n",
        "no other kind has any",
    );
}

#[test]
fn a_roll_forward_is_of_whole_months_and_a_register_of_all_rows() {
    let page = parsed(
        "title: One\npanels:\n  - key: months\n    title: Months\n    kind: roll_forward\n    metrics: [rewards_liability_opening, rewards_line_paid, rewards_liability]\n  - key: runs\n    title: Runs\n    kind: register\n    relation: settlements\n    metrics: [settlement_amount]\n    dimensions: [settlement__settlement_pay_on, settlement__settlement_status]\n    limit: 30\n  - key: holds\n    title: Holds\n    kind: assertions\n    contracts: [rewards_tie_out]\n",
    )
    .unwrap();
    let filters = crate::Filters::parse("from=2026-01-15&to=2026-03-20&grain=week", &page);
    let asks = |at: usize| page.panels[at].asks(&filters, &page, &release());
    let months: Vec<_> = asks(0)
        .into_iter()
        .map(|ask| match ask {
            Ask::Aggregate(ask) => (ask.grain, ask.range.from, ask.range.to, ask.compare),
            other => panic!("{other:?}"),
        })
        .collect();
    let date = jiff::civil::date;
    let (from, to) = (date(2026, 1, 1), date(2026, 3, 20));
    assert_eq!(
        months,
        [(Some(Grain::Month), from, to, None), (None, from, to, None)]
    );
    let Some(Ask::Rows(rows)) = asks(1).into_iter().next() else {
        panic!("a register lists rows")
    };
    assert_eq!(
        (rows.relation.as_str(), rows.range, rows.limit),
        ("settlements", None, 30)
    );
    assert_eq!(rows.columns.len(), 3);
    assert!(rows.order[0].descending);
    // What is asserted is asked of the run that published the release, and of no other.
    let Some(Ask::Rows(published)) = asks(2).into_iter().next() else {
        panic!("assertions ask who published the release")
    };
    assert_eq!(published.filters[0].values, [release().id.0]);
    let Ask::Rows(found) = page.panels[2].findings("run-7") else {
        panic!("findings are rows")
    };
    let kept: Vec<_> = found.filters.iter().map(|f| f.values.join(",")).collect();
    assert_eq!(kept, ["run-7", "rewards_tie_out"]);
}
