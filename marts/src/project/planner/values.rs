//! The values of a dimension, as far as the policy lets them be seen.

use super::scan::Scan;
use super::{Bindings, Completion, Plan, bad};
use crate::project::catalogue::{Catalogue, Dimension};
use crate::{Column, ColumnRole, Failure, Param, RowPolicy, Statement, Unit, Values};

const MOST_ROWS: u32 = 1_000;
const LONGEST_SEARCH: usize = 200;

pub(super) fn plan(
    catalogue: &Catalogue,
    policy: &RowPolicy,
    ask: &Values,
) -> Result<Plan, Failure> {
    let dimension = catalogue.dimension(&ask.dimension).map_err(bad)?;
    let mut bindings = Bindings::default();
    let mut scan = source(catalogue, policy, dimension)?;
    let mut predicates = scan.policy(policy, &mut bindings)?;
    let value = scan
        .dimension(dimension)
        .ok_or_else(|| scan.unreachable(dimension))?;
    predicates.push(format!("{value} IS NOT NULL"));
    if let Some(search) = ask.search.as_deref().filter(|search| !search.is_empty()) {
        if search.chars().count() > LONGEST_SEARCH {
            return Err(bad(format!(
                "a search is at most {LONGEST_SEARCH} characters long"
            )));
        }
        let pattern = bindings.named("search", Param::Text(format!("%{}%", escaped(search))));
        predicates.push(format!(
            "LOWER(CAST({value} AS STRING)) LIKE LOWER({pattern}) ESCAPE '!'"
        ));
    }
    let name = &dimension.name;
    let mut statement = Statement::new(format!(
        "SELECT DISTINCT {value} AS {name}\n{}\nWHERE {}\nORDER BY {name} ASC NULLS LAST\nLIMIT {}",
        scan.from(&[]),
        predicates.join(" AND "),
        ask.limit.clamp(1, MOST_ROWS),
    ));
    statement.params = bindings.params;
    statement.tags = vec![
        ("ask".into(), "values".into()),
        ("dimensions".into(), name.clone()),
    ];
    Ok(Plan {
        statement,
        columns: vec![Column {
            name: name.clone(),
            label: dimension.label.clone(),
            unit: Unit::None,
            role: ColumnRole::Dimension,
        }],
        completion: Completion::default(),
    })
}

/// The dimension's own table where the policy can be applied to it, else a fact that leads to both.
fn source<'a>(
    catalogue: &'a Catalogue,
    policy: &RowPolicy,
    dimension: &Dimension,
) -> Result<Scan<'a>, Failure> {
    let narrowed_by: Vec<Option<&Dimension>> = match policy {
        RowPolicy::Unrestricted => Vec::new(),
        RowPolicy::Only(restrictions) => restrictions
            .iter()
            .map(|r| catalogue.dimension(&r.dimension).ok())
            .collect(),
    };
    let own = catalogue.model(&dimension.model);
    own.into_iter()
        .chain(catalogue.models())
        .find(|model| {
            model.reaches(dimension) && narrowed_by.iter().all(|d| d.is_some_and(|d| model.reaches(d)))
        })
        .map(|model| Scan::new(catalogue, model))
        .ok_or_else(|| {
            Failure::not_allowed("These values cannot be narrowed to the rows that are open to you, so none are shown.")
                .with_detail(format!("no table leads to `{}` and to every dimension of the policy", dimension.name))
        })
}

/// For `LIKE … ESCAPE '!'`.
fn escaped(search: &str) -> String {
    let mut pattern = String::with_capacity(search.len());
    for letter in search.chars() {
        if matches!(letter, '!' | '%' | '_') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern
}
