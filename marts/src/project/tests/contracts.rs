//! Contracts as YAML declares them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;

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
