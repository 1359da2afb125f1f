#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;

use super::*;

/// users → stg_users → dim_user → report; sales → stg_sales → fct_sale → report, daily; rates (seed) → fct_sale.
fn project() -> (tempfile::TempDir, Project) {
    let dir = tempfile::tempdir().unwrap();
    let files = [
        (
            "dbt_project.yml",
            "name: shop\nmodels:\n  shop:\n    staging: {+tags: raw}\n",
        ),
        (
            "models/sources.yml",
            "sources:\n  - name: bronze\n    tables:\n      - name: users\n      - name: sales\n",
        ),
        (
            "models/staging/stg_users.sql",
            "select * from {{ source('bronze', 'users') }}",
        ),
        (
            "models/staging/stg_sales.sql",
            "{{ config(tags=['nightly']) }} select * from {{ source('bronze', 'sales') }}",
        ),
        (
            "models/marts/core/dim_user.sql",
            "{{ config(tags='nightly') }} select * from {{ ref('stg_users') }}",
        ),
        (
            "models/marts/core/fct_sale.sql",
            "select * from {{ ref('stg_sales') }} cross join {{ ref('rates') }}",
        ),
        (
            "models/marts/daily.sql",
            "select * from {{ ref('fct_sale') }}",
        ),
        (
            "models/marts/report.sql",
            "select * from {{ ref('fct_sale') }} cross join {{ ref('dim_user') }}",
        ),
        ("seeds/rates.csv", "rate\n1\n"),
    ];
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let project = Project::read(dir.path()).unwrap();
    (dir, project)
}

fn selected(project: &Project, words: &[&str], exclude: &[&str]) -> String {
    let texts = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    match select(project, &texts(words), &texts(exclude)) {
        Ok(names) => names.into_iter().collect::<Vec<_>>().join(" "),
        Err(message) => message,
    }
}

#[test]
fn as_dbts_documentation_says() {
    let (_dir, project) = project();
    let all = "daily dim_user fct_sale report stg_sales stg_users";
    for (words, expected) in [
        (&["stg_users"][..], "stg_users"),
        (&["shop.staging.stg_users"], "stg_users"),
        (&["staging"], "stg_sales stg_users"),
        (&["shop.marts.core"], "dim_user fct_sale"),
        (&["marts.*.dim_user"], "dim_user"),
        (&["shop"], all),
        (&["path:models/staging"], "stg_sales stg_users"),
        (&["models/marts/core/"], "dim_user fct_sale"),
        (&["path:models/*/core/fct_sale.sql"], "fct_sale"),
        (&["stg_users.sql"], "stg_users"),
        (&["file:stg_users"], "stg_users"),
        (&["tag:nightly"], "dim_user stg_sales"),
        (&["tag:raw"], "stg_sales stg_users"),
        (&["tag:n*ly"], "dim_user stg_sales"),
        (&["stg_*"], "stg_sales stg_users"),
        (&["*_[u]ser*"], "dim_user stg_users"),
        // Graph operators.
        (&["stg_users+"], "dim_user report stg_users"),
        (&["+report"], "dim_user fct_sale report stg_sales stg_users"),
        (&["+dim_user+"], "dim_user report stg_users"),
        (&["1+report"], "dim_user fct_sale report"),
        (&["stg_sales+1"], "fct_sale stg_sales"),
        (&["1+fct_sale+1"], "daily fct_sale report stg_sales"),
        (&["0+report"], "report"),
        (
            &["@stg_users"],
            "dim_user fct_sale report stg_sales stg_users",
        ),
        (&["rates+"], "daily fct_sale report"),
        (&["source:bronze.users+"], "dim_user report stg_users"),
        (&["source:bronze+1"], "stg_sales stg_users"),
        (
            &["source:shop.bronze.sales+"],
            "daily fct_sale report stg_sales",
        ),
        (&["tag:raw+"], all),
        // Unions and intersections.
        (&["stg_users", "daily"], "daily stg_users"),
        (&["stg_users daily"], "daily stg_users"),
        (&["stg_sales+,stg_users+"], "report"),
        (&["tag:nightly,path:models/marts"], "dim_user"),
        (
            &["stg_sales+,report daily,marts stg_users"],
            "daily report stg_users",
        ),
    ] {
        assert_eq!(selected(&project, words, &[]), expected, "{words:?}");
    }
}

#[test]
fn what_is_excluded_is_taken_out_last() {
    let (_dir, project) = project();
    assert_eq!(
        selected(&project, &["stg_sales+"], &["daily"]),
        "fct_sale report stg_sales"
    );
    assert_eq!(selected(&project, &[], &["+report"]), "daily");
    assert_eq!(
        selected(&project, &["staging marts"], &["tag:nightly", "daily"]),
        "fct_sale report stg_users"
    );
}

#[test]
fn a_selection_of_nothing_lists_near_names() {
    let (_dir, project) = project();
    assert_eq!(
        selected(&project, &["stg_user"], &[]),
        "--select stg_user names no model; did you mean stg_users, dim_user, stg_sales?"
    );
    let message = selected(&project, &["tag:nightl"], &[]);
    assert!(message.contains("did you mean nightly"), "{message}");
    let sources_only = selected(&project, &["source:bronze.users"], &[]);
    assert!(sources_only.contains("names no model"), "{sources_only}");
    let message = selected(&project, &["daily"], &["daily"]);
    assert!(message.contains("--exclude daily"), "{message}");
    assert!(selected(&project, &["stg_*,dim_*"], &[]).contains("names no model"));
}

#[test]
fn what_is_not_understood_is_an_error() {
    let (_dir, project) = project();
    for (word, part) in [
        ("owner:ann", "no method `owner:`"),
        ("@stg_users+", "no + can follow"),
        ("tag:", "names nothing"),
        ("+", "names nothing"),
        ("stg_users,,daily", "names nothing"),
    ] {
        let message = selected(&project, &[word], &[]);
        assert!(message.contains(part), "{word}: {message}");
    }
}
