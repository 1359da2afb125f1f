//! Contracts that stop a release, when they are checked, and mistakes in them.

use super::*;

#[test]
fn a_gold_model_that_breaks_its_contract_stops_the_release_and_says_column_expected_and_found() {
    let (world, project) = own_world();
    let first = world.publish();
    edit(
        &project,
        "models/gold/gold.yml",
        "      - name: amount\n        data_type: decimal(18,2)",
        "      - name: amount\n        data_type: double",
    );
    edit(
        &project,
        "models/gold/gold.yml",
        "      - name: discount\n",
        "      - name: rebate\n",
    );
    let (results, message) = failures(&world);
    assert_eq!(results.len(), 1, "{message}");
    let result = &results[0];
    assert_eq!(
        (
            result.contract.as_str(),
            result.relation.as_str(),
            result.failing_rows
        ),
        ("columns_of_fct_purchase", "fct_purchase", 3)
    );
    for said in [
        r#""column":"amount""#,
        r#""expected":"double","found":"decimal(18,2)""#,
        r#""column":"rebate""#,
        r#""found":"no such column""#,
        r#"{"column":"discount","expected":"not declared","found":"decimal(18,2)"}"#,
        "declared at models/gold/gold.yml",
        "nothing was published",
    ] {
        assert!(message.contains(said), "{said}: {message}");
    }
    assert_eq!(read_current(&world.data()).unwrap(), Some(first));
    assert_eq!(
        world.ops(
            "contract_results",
            "select status, behaviour, severity from ops where contract = 'columns_of_fct_purchase' order by run_id"
        ),
        ["passed|fail|error", "failed|fail|error"]
    );
}

#[test]
fn a_failing_contract_says_what_must_hold_where_it_is_declared_and_what_to_do() {
    let (world, project) = own_world();
    edit(
        &project,
        "models/gold/gold.yml",
        "      - name: retailer_id\n        data_type: string\n",
        "      - name: retailer_id\n        data_type: string\n        data_tests:\n          - accepted_values:\n              arguments: {values: [t1]}\n              description: Only one retailer reports so far.\n",
    );
    let line = fs::read_to_string(project.join("models/gold/gold.yml"))
        .unwrap()
        .lines()
        .position(|line| line.contains("values: [t1]"))
        .unwrap();
    let (results, message) = failures(&world);
    assert_eq!(
        results[0].sample,
        [r#"{"retailer_id":"t2","row_count":"1"}"#]
    );
    assert_eq!(results[0].column.as_deref(), Some("retailer_id"));
    for said in [
        "accepted_values_fct_purchase_retailer_id__t1 on fct_purchase: 1 row fails",
        "what must hold: Only one retailer reports so far.",
        &format!("declared at models/gold/gold.yml:{line}"),
        "the current release is as it was",
        "run again",
    ] {
        assert!(message.contains(said), "{said}: {message}");
    }
}

#[test]
fn mistakes_in_contracts_name_file_and_line() {
    let mistake = |file: &str, from: &str, to: &str| {
        let (world, project) = own_world();
        edit(&project, file, from, to);
        match world.run().unwrap_err() {
            PipelineError::Project(message) => message,
            other => panic!("{other:?}"),
        }
    };
    let unknown = mistake(
        "models/gold/gold.yml",
        "- row_count_min:",
        "- row_count_minimum:",
    );
    assert!(
        unknown.contains("gold.yml:") && unknown.contains("did you mean row_count_min"),
        "{unknown}"
    );
    let period = mistake("models/sources.yml", "period: day", "period: fortnight");
    assert!(
        period.contains("sources.yml:") && period.contains("unknown period `fortnight`"),
        "{period}"
    );
    let untyped = mistake("models/gold/gold.yml", "        data_type: date\n", "");
    assert!(
        untyped.contains("gold.yml:") && untyped.contains("needs a `data_type`"),
        "{untyped}"
    );
    let reason = mistake(
        "models/silver/silver.yml",
        "    description: The school a user had, from when to when.\n",
        "    description: The school a user had, from when to when.\n    config: {meta: {expectations: [{name: x, reason: y, behaviour: drop}]}}\n",
    );
    assert!(
        reason.contains("silver.yml:") && reason.contains("no column `_reason`"),
        "{reason}"
    );
}

#[test]
fn a_run_that_carries_on_checks_what_it_touched_and_everything_once_a_day() {
    let world = World::small();
    world.publish();
    world.land("purchases", "2026-01-11", "b.csv", PURCHASES, &[NEXT_DAY]);
    world.publish();
    let scopes = |contract: &str| {
        world.ops(
            "contract_results",
            &format!("select scope, status from ops where contract = '{contract}' order by run_id"),
        )
    };
    assert_eq!(
        scopes("unique_fct_purchase_purchase_id"),
        ["full|passed", "touched|passed"]
    );
    assert_eq!(
        scopes("row_count_min_fct_purchase_1"),
        ["full|passed", "full|passed"],
        "only the whole tells"
    );
    assert_eq!(
        scopes("a_landing_row_has_one_outcome"),
        ["full|passed"],
        "tagged daily"
    );

    // Without a full check in the last day, the next run makes one.
    fs::remove_dir_all(world.data().join("ops/contract_results")).unwrap();
    world.land(
        "purchases",
        "2026-01-12",
        "c.csv",
        PURCHASES,
        &[&NEXT_DAY.replace("l9", "l10")],
    );
    world.publish();
    assert_eq!(scopes("unique_fct_purchase_purchase_id"), ["full|passed"]);
    assert_eq!(scopes("a_landing_row_has_one_outcome"), ["full|passed"]);
}
