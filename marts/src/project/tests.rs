#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::*;

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
        [first.clone()],
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

const ORDERS: (&str, &str) = ("models/a.sql", "select 1 as k, 2 as x");
const AT_LEAST: (&str, &str) = (
    "tests/generic/at_least.sql",
    "{% test at_least(model, min, column_name='*') %}\nselect count({{ column_name }}) from {{ model }} having count(*) < {{ min }}\n{% endtest %}",
);

#[test]
fn generic_tests_of_the_project_are_rendered_like_macros() {
    let (_dir, read) = project(&[
        ORDERS,
        AT_LEAST,
        (
            "models/a.yml",
            "models:\n  - name: a\n    columns:\n      - name: k\n        data_tests:\n          - at_least: {arguments: {min: 3}, config: {where: x > 1, severity: warn, tags: daily}, description: Three or more.}\n",
        ),
    ]);
    let read = read.unwrap();
    let test = &read.tests[0];
    assert_eq!(
        (test.name.as_str(), test.daily, test.meaning().as_str()),
        ("at_least_a_k__3", true, "Three or more.")
    );
    assert_eq!(
        read.failing_rows(test, &names(&[("a", "main.a")], &[]), None)
            .unwrap(),
        "select count(k) from (select * from main.a where (x > 1)) as tested having count(*) < 3"
    );
}

#[test]
fn a_generic_test_with_wrong_arguments_names_file_line_and_what_it_takes() {
    let with = |below: &str| {
        let yaml = format!("models:\n  - name: a\n{below}");
        mistake(&[ORDERS, AT_LEAST, ("models/a.yml", &yaml)])
    };
    let on_column = "    columns:\n      - name: k\n        data_tests:\n";
    assert_eq!(
        with(&format!(
            "{on_column}          - at_least: {{arguments: {{mim: 3}}}}\n"
        )),
        "models/a.yml:6: `at_least` takes no argument `mim`; it takes min; did you mean min?"
    );
    assert_eq!(
        with(&format!("{on_column}          - at_least\n")),
        "models/a.yml:6: `at_least` needs `arguments: {min: …}`"
    );
    assert_eq!(
        with("    data_tests:\n      - at_least: {min: 3}\n"),
        "models/a.yml:4: `at_least` tests a column: write it below one of the columns of `a`"
    );
    assert_eq!(
        with(&format!(
            "{on_column}          - not_null: {{arguments: {{values: [1]}}}}\n"
        )),
        "models/a.yml:6: `not_null` takes no argument `values`; it takes none"
    );
    let unknown = with(&format!("{on_column}          - at_leest\n"));
    assert!(
        unknown.contains("accepted_values, at_least, or")
            && unknown.ends_with("did you mean at_least?"),
        "{unknown}"
    );
}

#[test]
fn behaviours_are_severities_and_may_not_contradict_them() {
    let with = |config: &str| {
        let yaml = format!(
            "models:\n  - name: a\n    columns:\n      - name: k\n        data_tests:\n          - not_null: {{config: {config}}}\n"
        );
        project(&[ORDERS, ("models/a.yml", &yaml)])
    };
    let severity = |config: &str| with(config).1.unwrap().tests[0].severity;
    assert_eq!(
        severity("{meta: {behaviour: warn, description: why}}"),
        Severity::Warn
    );
    assert_eq!(severity("{meta: {behaviour: fail}}"), Severity::Error);
    let mistake = |config: &str| with(config).1.unwrap_err();
    assert_eq!(mistake("{meta: {behaviour: stop}}").line, Some(6));
    for (config, said) in [
        ("{meta: {behaviour: stop}}", "unknown behaviour `stop`"),
        ("{meta: {behaviour: drop}}", "expectations"),
        ("{severity: error, meta: {behaviour: warn}}", "contradict"),
    ] {
        let message = mistake(config).message;
        assert!(message.contains(said), "{message}");
    }
}

#[test]
fn only_rows_and_keys_that_were_touched_are_looked_at_where_that_is_enough() {
    let (_dir, read) = project(&[
        ORDERS,
        ("models/b.sql", "select 1 as y"),
        (
            "models/a.yml",
            "models:\n  - name: a\n    data_tests:\n      - unique_combination: {arguments: {columns: [k, x]}}\n      - expression_is_true: {arguments: {expression: \"x > 'a\\\"b'\"}}\n    columns:\n      - name: k\n        data_tests: [unique, not_null]\n      - name: x\n        data_tests:\n          - relationships: {arguments: {to: ref('b'), field: y}}\n          - accepted_values: {arguments: {values: [1]}, config: {where: k = 1}}\n",
        ),
        (
            "tests/generic/both.sql",
            "{% test unique_combination(model, columns) %}select {% for c in columns %}{{ c }} {% endfor %}from {{ model }}{% endtest %}\n{%- test expression_is_true(model, expression) %}select * from {{ model }} where not ({{ expression }}){% endtest %}",
        ),
        ("tests/whole.sql", "select * from {{ ref('a') }}"),
    ]);
    let read = read.unwrap();
    let names = names(&[("a", "main.a"), ("b", "main.b")], &[]);
    let narrowed: Vec<(bool, String)> = read
        .tests
        .iter()
        .map(|t| {
            (
                t.can_be_narrowed(),
                read.failing_rows(t, &names, Some("temp.delta")).unwrap(),
            )
        })
        .collect();
    let expected = [
        (
            true,
            "select k x from (select * from main.a where (k, x) in (select k, x from temp.delta)) as tested",
        ),
        (true, "select * from temp.delta where not (x > 'a\"b')"),
        (
            true,
            "select k, count(*) as row_count from (select * from main.a where (k) in (select k from temp.delta)) as tested where k is not null group by k having count(*) > 1",
        ),
        (true, "select k from temp.delta as tested where k is null"),
        (
            true,
            "select tested.k, tested.x from temp.delta as tested left join main.b as parent on tested.x = parent.y where tested.x is not null and parent.y is null",
        ),
        (
            true,
            "select x, count(*) as row_count from (select * from temp.delta where (k = 1)) as tested where x is not null and x not in (1) group by x",
        ),
        (false, "select * from main.a"),
    ];
    assert_eq!(
        narrowed,
        expected.map(|(narrowed, sql)| (narrowed, sql.to_owned()))
    );
}

#[test]
fn a_source_says_how_new_it_must_be() {
    let sources = |freshness: &str| {
        SOURCES.replace(
            "      - name: orders\n",
            &format!("      - name: orders\n        config:\n          loaded_at_field: cast(_dt as timestamp)\n          freshness:\n{freshness}"),
        )
    };
    let read = |freshness: &str| project(&[("models/sources.yml", &sources(freshness))]).1;
    let declared = read("            warn_after: {count: 36, period: hour}\n            error_after: {count: 7, period: day}\n")
        .unwrap()
        .sources[0]
        .freshness
        .clone()
        .unwrap();
    let (warn, error) = (declared.warn_after.unwrap(), declared.error_after.unwrap());
    assert_eq!((warn.days(), error.days()), (1, 7));
    assert!(!warn.is_exceeded_by(1) && warn.is_exceeded_by(2));
    assert!(!error.is_exceeded_by(7) && error.is_exceeded_by(8));

    let mistake = |freshness: &str| mistake(&[("models/sources.yml", &sources(freshness))]);
    assert_eq!(
        mistake("            warn_after: {count: 2, period: days}\n"),
        "models/sources.yml:8: unknown period `days` in `warn_after` of freshness; it is minute, hour or day; did you mean day?"
    );
    let order = mistake(
        "            warn_after: {count: 2, period: day}\n            error_after: {count: 1, period: day}\n",
    );
    assert!(
        order.contains("`error_after` before `warn_after`"),
        "{order}"
    );
    let unknown = mistake("            warn_afer: {count: 2, period: day}\n");
    assert!(
        unknown.starts_with("models/sources.yml:8: ") && unknown.contains("warn_after"),
        "{unknown}"
    );
}

#[test]
fn an_enforced_contract_lists_columns_with_types() {
    let with = |below: &str| {
        let yaml =
            format!("models:\n  - name: a\n    config: {{contract: {{enforced: true}}}}\n{below}");
        mistake(&[ORDERS, ("models/a.yml", &yaml)])
    };
    assert_eq!(
        with(""),
        "models/a.yml:2: the contract of `a` is enforced, but it lists no columns"
    );
    assert_eq!(
        with("    columns:\n      - {name: k, data_type: int}\n      - name: x\n"),
        "models/a.yml:6: the contract of `a` is enforced: its column `x` needs a `data_type`"
    );
}

#[test]
fn expectations_say_which_rows_and_what_becomes_of_them() {
    let with = |entry: &str| {
        let yaml = format!(
            "models:\n  - name: a\n    config:\n      meta:\n        expectations:\n          - {entry}\n"
        );
        project(&[ORDERS, ("models/a.yml", &yaml)]).1
    };
    let read =
        with("{name: a_key, reason: null_key, behaviour: drop, description: A row has its key.}")
            .unwrap();
    let expectation = &read.models["a"].expectations[0];
    assert_eq!(
        (expectation.behaviour, &expectation.rows, expectation.line),
        (
            RowBehaviour::Drop,
            &ExpectedRows::Reason("null_key".into()),
            Some(6)
        )
    );
    for (entry, said) in [
        (
            "{name: a_key, reason: null_key, behaviour: dropp}",
            "did you mean drop?",
        ),
        ("{name: a_key, behaviour: drop}", "one of the two"),
        (
            "{name: a_key, reason: r, where: x, behaviour: drop}",
            "one of the two",
        ),
        ("{name: a_key, reasn: r, behaviour: drop}", "reasn"),
    ] {
        let mistake = with(entry).unwrap_err();
        assert!(
            mistake.message.contains(said) && mistake.line == Some(6),
            "{mistake}"
        );
    }
}
