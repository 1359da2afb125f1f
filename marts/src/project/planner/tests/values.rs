//! The values of a dimension.

use super::*;
use crate::{FailureKind, Param, Values};

fn values(
    policy: &RowPolicy,
    dimension: &str,
    search: Option<&str>,
) -> Result<Plan, crate::Failure> {
    let ask = Values {
        dimension: dimension.into(),
        search: search.map(str::to_owned),
        limit: 50,
    };
    plan(catalogue(), policy, &Ask::Values(ask))
}

#[test]
fn everything_may_be_seen_in_the_dimensions_own_table() {
    let plan = values(&RowPolicy::Unrestricted, "product__department", None).unwrap();
    assert!(
        !plan.statement.sql.contains("fct_purchase"),
        "{}",
        plan.statement.sql
    );
    assert_eq!(plan.columns.len(), 1);
    assert_eq!(plan.columns[0].label, "Department");
}

#[test]
fn a_policy_is_applied_in_the_own_table_or_through_a_fact_that_leads_to_both() {
    let policy = only("user__state", &["OH"]);
    let own = values(&policy, "user__channel", None)
        .unwrap()
        .statement
        .sql;
    assert!(own.contains("dim_user") && !own.contains("fct_"), "{own}");
    assert!(
        own.contains("CAST(f.user__state AS STRING) IN (:v0)"),
        "{own}"
    );

    let through = values(&policy, "product__department", None)
        .unwrap()
        .statement
        .sql;
    assert!(
        through.contains("fct_purchase")
            && through.contains("dim_user")
            && through.contains("dim_product")
    );
    assert!(
        through.contains("CAST(j_user.user__state AS STRING) IN (:v0)"),
        "{through}"
    );

    let failure = values(&only("visit__visited_on", &["x"]), "school__district", None).unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotAllowed);
    let failure = values(&only("user__no_such", &["x"]), "user__state", None).unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotAllowed);
}

#[test]
fn a_search_is_taken_literally() {
    let plan = values(&RowPolicy::Unrestricted, "user__state", Some("50%_off!")).unwrap();
    assert!(
        plan.statement
            .sql
            .contains("LIKE LOWER(:search) ESCAPE '!'")
    );
    assert_eq!(
        plan.statement.params,
        [("search".to_owned(), Param::Text("%50!%!_off!!%".into()))]
    );
    assert!(
        values(&RowPolicy::Unrestricted, "user__state", Some(""))
            .unwrap()
            .statement
            .params
            .is_empty()
    );
    let long = "x".repeat(201);
    let failure = values(&RowPolicy::Unrestricted, "user__state", Some(&long)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
}
