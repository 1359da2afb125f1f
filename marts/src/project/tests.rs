#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::*;

mod contracts;

const PROJECT: &str = "name: shop\nvars:\n  reporting_zone: America/New_York\nmodels:\n  shop:\n    +materialized: table\n    gold:\n      +schema: gold\n";
const SOURCES: &str = "sources:\n  - name: bronze\n    tables:\n      - name: orders\n        columns:\n          - name: order_id\n            config: {meta: {required: true}}\n          - name: note\n";

/// A project of these files, beside the two above.
fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, Result<Project, ProjectError>) {
    let dir = tempfile::tempdir().unwrap();
    let all = [
        ("dbt_project.yml", PROJECT),
        ("models/sources.yml", SOURCES),
    ];
    for (path, text) in all
        .iter()
        .filter(|(path, _)| !files.iter().any(|(p, _)| p == path))
        .chain(files)
    {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let read = Project::read(dir.path());
    (dir, read)
}

/// The mistake in these files, with the folder's own path taken off.
fn mistake(files: &[(&str, &str)]) -> String {
    let (dir, read) = project(files);
    read.unwrap_err()
        .to_string()
        .replace(&format!("{}/", dir.path().display()), "")
}

fn names(pairs: &[(&str, &str)], vars: &[(&str, &str)]) -> Arc<Names> {
    Arc::new(Names {
        relations: pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
        sources: [(
            ("bronze".to_owned(), "orders".to_owned()),
            "temp.bronze_orders".to_owned(),
        )]
        .into(),
        vars: vars
            .iter()
            .map(|(k, v)| ((*k).to_owned(), serde_json::Value::from(*v)))
            .collect(),
        incremental: false,
    })
}

#[test]
fn a_model_knows_what_it_reads_and_how_it_is_kept() {
    let (_dir, read) = project(&[
        (
            "models/silver/stg.sql",
            "{{ config(materialized='view', schema='silver') }}\nselect * from {{ source('bronze', 'orders') }}",
        ),
        (
            "models/gold/fct.sql",
            "select * from {{ ref('stg') }} {% if is_incremental() %}where x > (select max(x) from {{ ref('seed') }}){% endif %}",
        ),
        ("seeds/seed.csv", "x\n1\n"),
    ]);
    let read = read.unwrap();
    assert_eq!(read.order, ["stg", "fct"]);
    let (stg, fct) = (&read.models["stg"], &read.models["fct"]);
    assert_eq!(
        (stg.schema.as_str(), stg.materialized),
        ("silver", Materialized::View)
    );
    assert_eq!(
        (fct.schema.as_str(), fct.materialized),
        ("gold", Materialized::Table)
    );
    assert_eq!(
        stg.sources.iter().next(),
        Some(&("bronze".into(), "orders".into()))
    );
    assert_eq!(
        fct.refs.iter().collect::<Vec<_>>(),
        ["seed", "stg"],
        "branches of incremental runs count too"
    );
    assert_eq!(
        read.sources[0]
            .columns
            .iter()
            .map(|c| c.required)
            .collect::<Vec<_>>(),
        [true, false]
    );
}

const INCREMENTAL: &str = "{{ config(
    materialized='incremental', unique_key=['a', 'b'], incremental_strategy='delete+insert', tags='nightly',
    on_schema_change='fail',
    post_hook=[
        \"delete from {{ this }} where a in (select a from {{ ref('gone') }})\",
        \"{% if is_incremental() %}delete from {{ this }} where b < {{ var('floor') }}{% endif %}\",
    ]
) }}
select 1 as a, 2 as b";

#[test]
fn an_incremental_model_says_its_key_and_what_runs_after_it() {
    let (_dir, read) = project(&[
        ("models/gold/fct.sql", INCREMENTAL),
        ("models/gold/gone.sql", "select 1 as a"),
        (
            "models/gold/one_key.sql",
            "{{ config(materialized='incremental', unique_key='a', tags=['x', 'y']) }}select 1 as a",
        ),
    ]);
    let read = read.unwrap();
    let fct = &read.models["fct"];
    assert_eq!(fct.materialized, Materialized::Incremental);
    assert_eq!(fct.unique_key, ["a", "b"]);
    assert_eq!(read.models["one_key"].unique_key, ["a"]);
    assert_eq!(fct.tags.iter().collect::<Vec<_>>(), ["nightly"]);
    assert_eq!(
        read.models["one_key"].tags.iter().collect::<Vec<_>>(),
        ["x", "y"]
    );
    assert_eq!(fct.vars.iter().collect::<Vec<_>>(), ["floor"]);
    assert_eq!(
        read.order,
        ["gone", "fct", "one_key"],
        "what a hook reads is built before it"
    );

    let full = names(
        &[("fct", "main.fct"), ("gone", "main.gone")],
        &[("floor", "7")],
    );
    let incremental = Arc::new(Names {
        incremental: true,
        ..Names::clone(&full)
    });
    let first = "delete from main.fct where a in (select a from main.gone)".to_owned();
    assert_eq!(
        read.render_hooks("fct", &full).unwrap(),
        std::slice::from_ref(&first),
        "a hook that comes to nothing is left out"
    );
    assert_eq!(
        read.render_hooks("fct", &incremental).unwrap(),
        [first, "delete from main.fct where b < 7".to_owned()]
    );
}

#[test]
fn mistakes_of_incremental_models_name_their_line() {
    let mistake = |text: &str| mistake(&[("models/gold/fct.sql", text)]);
    for (text, says) in [
        (
            "{{ config(materialized='incremental') }}select 1",
            "fct.sql:1: an incremental model needs config(unique_key=…)",
        ),
        (
            "{{ config(\n  materialized='incremental', unique_key='a',\n  incremental_strategy='append'\n) }}select 1",
            "fct.sql:3: incremental_strategy='append' is not supported; it is delete+insert or merge",
        ),
        (
            "{{ config(\n  materialized='view',\n  post_hook='delete from {{ this }}'\n) }}select 1",
            "fct.sql:3: a view holds no rows",
        ),
        (
            "{{ config(\n  materialized='table',\n  post_hook=\"delete from {{ this }}\n where {{ ref('nothing') }}\"\n) }}select 1",
            "fct.sql:4: ref('nothing'): there is no model or seed of that name",
        ),
    ] {
        let message = mistake(text);
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn tags_of_folders_add_up() {
    let (_dir, read) = project(&[
        (
            "dbt_project.yml",
            "name: shop\nmodels:\n  shop:\n    +tags: all\n    gold:\n      +schema: gold\n      +tags: [served, big]\n",
        ),
        (
            "models/gold/fct.sql",
            "{{ config(tags='own') }}select 1 as a",
        ),
    ]);
    let tags = read.unwrap().models["fct"].tags.clone();
    assert_eq!(
        tags.into_iter().collect::<Vec<_>>(),
        ["all", "big", "own", "served"]
    );
}

#[test]
fn what_only_tests_is_no_input_of_the_tables() {
    let (_dir, read) = project(&[
        ("models/gold/fct.sql", "select 1 as a"),
        (
            "tests/fct_is_small.sql",
            "select * from {{ ref('fct') }} where a > 9",
        ),
    ]);
    let read = read.unwrap();
    let paths = |files: Vec<&(std::path::PathBuf, String)>| {
        files
            .iter()
            .map(|(path, _)| path.display().to_string())
            .collect::<Vec<_>>()
    };
    let building = paths(read.building_inputs().collect());
    assert_eq!(
        building,
        [
            "dbt_project.yml",
            "models/gold/fct.sql",
            "models/sources.yml"
        ]
    );
    assert_eq!(read.inputs().len(), 4);
}

#[test]
fn jinja_is_rendered_with_names_variables_and_macros() {
    let (_dir, read) = project(&[
        (
            "macros/casts.sql",
            "{#- why -#}\n{% macro whole(column, wide=true) -%}\ncast({{ column }} as {{ 'bigint' if wide else 'int' }})\n{%- endmacro %}\n",
        ),
        (
            "models/gold/fct.sql",
            "{% set zone = var('reporting_zone') %}\nselect {{ whole('a') }}, {{ whole('b', wide=false) }}, '{{ zone }}', \
             '{{ var('other', 'x') }}', date '{{ var(\"business_date\") }}'\nfrom {{ source('bronze', 'orders') }} -- {{ this }}",
        ),
    ]);
    let sql = read
        .unwrap()
        .render(
            "fct",
            &names(
                &[("fct", "main.fct")],
                &[("reporting_zone", "UTC"), ("business_date", "2026-01-31")],
            ),
        )
        .unwrap();
    assert_eq!(
        sql,
        "select cast(a as bigint), cast(b as int), 'UTC', 'x', date '2026-01-31'\nfrom temp.bronze_orders -- main.fct"
    );
}

#[test]
fn loops_and_conditions_are_part_of_the_subset() {
    let (_dir, read) = project(&[(
        "models/a.sql",
        "select {% for c in ['x', 'y'] %}{{ c }}{% if not loop.last %}, {% endif %}{% endfor %} from t",
    )]);
    assert_eq!(
        read.unwrap().render("a", &names(&[], &[])).unwrap(),
        "select x, y from t"
    );
}

#[test]
fn an_unsupported_call_names_file_line_and_what_is_supported() {
    assert_eq!(
        mistake(&[(
            "models/a.sql",
            "select\n  {{ dbt_utils.star(ref('a')) }}\nfrom x"
        )]),
        "models/a.sql:2: unsupported Jinja: `dbt_utils.star`; what can be used is ref, source, config, var, \
         is_incremental, this, the project's macros, if, for and set"
    );
    let dead_branch = mistake(&[(
        "models/a.sql",
        "select 1\n{% if false %}\n{{ run_query('x') }}{% endif %}",
    )]);
    assert!(
        dead_branch.starts_with("models/a.sql:3: unsupported Jinja: `run_query`"),
        "{dead_branch}"
    );
    let method = mistake(&[("models/a.sql", "select {{ this.schema }}")]);
    assert!(
        method.starts_with("models/a.sql:1: unsupported Jinja: `this.schema`"),
        "{method}"
    );
    let filter = mistake(&[("models/a.sql", "select 1\n\n{{ 'a' | upper }}")]);
    assert!(
        filter.starts_with("models/a.sql:3: unsupported Jinja: "),
        "{filter}"
    );
    assert!(filter.contains("upper"), "{filter}");
    let block = mistake(&[("models/a.sql", "select 1\n{% snapshot x %}")]);
    assert!(
        block.starts_with("models/a.sql:2: unsupported Jinja: "),
        "{block}"
    );
    let in_macro = mistake(&[
        (
            "macros/m.sql",
            "\n{% macro m() %}{{ adapter.dispatch('m') }}{% endmacro %}",
        ),
        ("models/a.sql", "select 1"),
    ]);
    assert!(
        in_macro.starts_with("macros/m.sql:2: unsupported Jinja: `adapter.dispatch`"),
        "{in_macro}"
    );
    let twice = mistake(&[
        ("macros/a.sql", "{% macro day() %}1{% endmacro %}"),
        ("macros/b.sql", "\n\n{% macro day() %}2{% endmacro %}"),
    ]);
    assert!(
        twice.starts_with("macros/b.sql:3: there is another macro `day`"),
        "{twice}"
    );
}

#[test]
fn an_unknown_name_comes_with_the_nearest_ones() {
    let files = [
        ("models/orders_daily.sql", "select 1"),
        ("macros/m.sql", "{% macro m() %}1{% endmacro %}"),
    ];
    let reading = |sql| mistake(&[files[0], files[1], ("models/b.sql", sql)]);
    assert_eq!(
        reading("select 1\nfrom {{ ref('order_daily') }}"),
        "models/b.sql:2: ref('order_daily'): there is no model or seed of that name; did you mean orders_daily?"
    );
    assert_eq!(
        reading("select {{ m() }}\n\nfrom {{ source('bronze', 'order') }}"),
        "models/b.sql:3: source('bronze', 'order'): no sources file declares that table; did you mean bronze.orders?"
    );
}

#[test]
fn a_cycle_is_an_error_with_its_path() {
    assert_eq!(
        mistake(&[
            ("models/a.sql", "-- reads b\nselect * from {{ ref('c') }}"),
            ("models/b.sql", "select * from {{ ref('a') }}"),
            ("models/c.sql", "select * from {{ ref('b') }}"),
        ]),
        "models/a.sql:2: models read each other in a circle: a → c → b → a"
    );
}

#[test]
fn a_variable_without_a_value_is_an_error_of_the_run() {
    let (_dir, read) = project(&[("models/a.sql", "select\n'{{ var('reporting_zon') }}'")]);
    let message = read
        .unwrap()
        .render("a", &names(&[], &[("reporting_zone", "UTC")]))
        .unwrap_err()
        .to_string();
    assert!(message.ends_with(
        "models/a.sql:2: var('reporting_zon') has no value: give it one under `vars` in dbt_project.yml, \
         or a default here; did you mean reporting_zone?"
    ), "{message}");
}

#[test]
fn yaml_mistakes_name_file_line_and_what_was_expected() {
    let with = |yaml| mistake(&[("models/a.sql", "select 1 as x"), ("models/a.yml", yaml)]);
    let unknown_key = with("models:\n  - name: a\n    colums:\n      - name: x\n");
    assert!(unknown_key.starts_with("models/a.yml:3: "), "{unknown_key}");
    assert!(
        unknown_key.contains("colums") && unknown_key.contains("columns"),
        "{unknown_key}"
    );
    let wrong_type = with("models:\n  - name: a\n    columns: x\n");
    assert!(wrong_type.starts_with("models/a.yml:3: "), "{wrong_type}");
    let unclosed = with("models:\n  - name: [a\n");
    assert!(unclosed.starts_with("models/a.yml:"), "{unclosed}");
    assert_eq!(
        with("models:\n  - name: aa\n"),
        "models/a.yml:2: describes `aa`, of which there is no file; did you mean a?"
    );
    assert_eq!(
        with(
            "models:\n  - name: a\n    columns:\n      - name: x\n        data_tests:\n          - not_nul\n"
        ),
        "models/a.yml:6: unknown test `not_nul`; what can be used is unique, not_null, relationships, accepted_values, \
         or a SELECT in tests/; did you mean not_null?"
    );
    assert_eq!(
        with(
            "models:\n  - name: a\n    columns:\n      - name: x\n        data_tests:\n          - relationships: {arguments: {to: ref('q'), field: y}}\n"
        ),
        "models/a.yml:6: `relationships_a_x__y__ref_q_` refers to `q`, which is no model or seed"
    );
    let no_project = mistake(&[("dbt_project.yml", "nam: shop\n")]);
    assert!(
        no_project.starts_with("dbt_project.yml:1: ") && no_project.contains("name"),
        "{no_project}"
    );
}

#[test]
fn tests_become_selects_of_failing_rows() {
    let (_dir, read) = project(&[
        ("models/a.sql", "select 1 as x"),
        ("models/b.sql", "select 1 as y"),
        (
            "models/a.yml",
            "models:\n  - name: a\n    columns:\n      - name: k\n        data_tests: [unique, not_null]\n      - name: x\n        data_tests:\n          - not_null: {config: {severity: warn}}\n          - relationships: {arguments: {to: ref('b'), field: y}}\n          - accepted_values: {arguments: {values: [I, \"it's\"]}}\n",
        ),
        (
            "tests/nothing_lost.sql",
            "select * from {{ ref('a') }} where x < 0",
        ),
    ]);
    let read = read.unwrap();
    let names = names(&[("a", "main.a"), ("b", "main.b")], &[]);
    let sql: Vec<(&str, Severity, String)> = read
        .tests
        .iter()
        .map(|t| {
            (
                t.name.as_str(),
                t.severity,
                read.failing_rows(t, &names, None).unwrap(),
            )
        })
        .collect();
    let expected = [
        (
            "unique_a_k",
            Severity::Error,
            "select k, count(*) as row_count from main.a as tested where k is not null group by k having count(*) > 1",
        ),
        (
            "not_null_a_k",
            Severity::Error,
            "select k from main.a as tested where k is null",
        ),
        (
            "not_null_a_x",
            Severity::Warn,
            "select k, x from main.a as tested where x is null",
        ),
        (
            "relationships_a_x__y__ref_b_",
            Severity::Error,
            "select tested.k, tested.x from main.a as tested left join main.b as parent on tested.x = parent.y where tested.x is not null and parent.y is null",
        ),
        (
            "accepted_values_a_x__I__it's",
            Severity::Error,
            "select x, count(*) as row_count from main.a as tested where x is not null and x not in ('I', 'it''s') group by x",
        ),
        (
            "nothing_lost",
            Severity::Error,
            "select * from main.a where x < 0",
        ),
    ];
    assert_eq!(
        sql,
        expected.map(|(name, severity, sql)| (name, severity, sql.to_owned()))
    );
}

#[test]
fn the_projects_own_files_are_in_order() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = Project::read(root).unwrap();
    assert_eq!(
        read.order
            .last()
            .map(|last| read.models[last].schema.as_str()),
        Some("gold")
    );
    assert!(read.tests.len() > 30, "{}", read.tests.len());
    assert!(
        read.inputs()
            .iter()
            .all(|(path, _)| !path.starts_with("models/semantic"))
    );
}
