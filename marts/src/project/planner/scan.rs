//! One fact with the dimensions a question needs, narrowed by policy and filters.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Bindings, MOST_VALUES, bad};
use crate::ask::UNKNOWN;
use crate::project::catalogue::{
    AggregateTable, Catalogue, Dimension, Measure, Metric, MetricKind, SemanticModel,
};
use crate::{DimensionFilter, Failure, RowPolicy};

/// `FROM (SELECT … FROM fct) AS f LEFT JOIN (SELECT … FROM dim) AS j_… ON …`, grown as dimensions are asked for.
/// Each table is read in a SELECT of its own, so that the catalogue's expressions see one table only.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    catalogue: &'a Catalogue,
    pub model: &'a SemanticModel,
    /// A smaller table that is read in the model's place.
    aggregate: Option<&'a AggregateTable>,
    /// Columns of the fact's SELECT: name → expression.
    columns: BTreeMap<String, String>,
    /// Joined entities: entity → its table, key, and columns (name → expression).
    joins: BTreeMap<String, Join<'a>>,
}

/// Some rows of a fact, with what is said of them.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Name and expression.
    pub columns: Vec<(&'static str, String)>,
    /// Empty: all rows.
    pub predicate: String,
}

#[derive(Debug)]
struct Join<'a> {
    relation: &'a str,
    key: &'a str,
    columns: BTreeMap<String, String>,
}

impl<'a> Scan<'a> {
    pub fn new(catalogue: &'a Catalogue, model: &'a SemanticModel) -> Self {
        Self {
            catalogue,
            model,
            aggregate: None,
            columns: BTreeMap::new(),
            joins: BTreeMap::new(),
        }
    }

    /// The same scan over a table that holds what it needs of the model's.
    pub fn over(self, aggregate: Option<&'a AggregateTable>) -> Self {
        Self { aggregate, ..self }
    }

    /// How the table that is read holds a metric's measure.
    pub fn measure<'m>(&self, metric: &Metric, measure: &'m Measure) -> &'m Measure
    where
        'a: 'm,
    {
        let held = match &metric.kind {
            MetricKind::Simple { measure, .. } => {
                self.aggregate.and_then(|table| table.measures.get(measure))
            }
            MetricKind::Ratio { .. } | MetricKind::Derived(_) => None,
        };
        held.unwrap_or(measure)
    }

    /// Adds a column to the fact's SELECT and returns how the statement refers to it.
    pub fn column(&mut self, name: &str, expr: &str) -> String {
        self.columns.insert(name.to_owned(), expr.to_owned());
        format!("f.{name}")
    }

    /// How the statement refers to a dimension; `None` where no entity leads to it.
    pub fn dimension(&mut self, dimension: &'a Dimension) -> Option<String> {
        if dimension.model == self.model.name {
            return Some(self.column(&dimension.name, &dimension.expr));
        }
        if let Some(expr) = self
            .aggregate
            .and_then(|table| table.joined.get(&dimension.name))
        {
            return Some(self.column(&dimension.name, expr));
        }
        let key = self
            .model
            .foreign
            .iter()
            .find(|entity| entity.name == dimension.entity)?;
        let model = self.catalogue.model(&dimension.model)?;
        if dimension.expr == model.primary.expr {
            // The entity's own key is in the fact already.
            return Some(self.column(&dimension.name, &key.expr));
        }
        self.columns
            .insert(format!("k_{}", key.name), key.expr.clone());
        let join = self.joins.entry(key.name.clone()).or_insert_with(|| Join {
            relation: &model.relation,
            key: &model.primary.expr,
            columns: BTreeMap::new(),
        });
        join.columns
            .insert(dimension.name.clone(), dimension.expr.clone());
        Some(format!("j_{}.{}", key.name, dimension.name))
    }

    /// The policy's predicates on this scan. A row without a value is never among the allowed ones.
    pub fn policy(
        &mut self,
        policy: &RowPolicy,
        bindings: &mut Bindings,
    ) -> Result<Vec<String>, Failure> {
        let RowPolicy::Only(restrictions) = policy else {
            return Ok(Vec::new());
        };
        if self.model.is_ops() {
            return Err(Failure::not_allowed(
                "Runs and contracts tell of everybody's data, so they are shown only to people who may see all of it.",
            )
            .with_detail(format!("`{}` under a row policy", self.model.name)));
        }
        let catalogue = self.catalogue;
        restrictions
            .iter()
            .map(|restriction| {
                let reached = catalogue
                    .dimension(&restriction.dimension)
                    .ok()
                    .and_then(|dimension| self.dimension(dimension));
                let Some(reference) = reached else {
                    return Err(Failure::not_allowed(
                        "These figures cannot be narrowed to the rows that are open to you, so they are not shown.",
                    )
                    .with_detail(format!(
                        "`{}` cannot be reached from `{}`",
                        restriction.dimension, self.model.name
                    )));
                };
                Ok(format!("CAST({reference} AS STRING) IN ({})", bindings.list(&restriction.allowed)))
            })
            .collect()
    }

    /// The predicate of one filter; the value [`UNKNOWN`] stands for rows without one.
    pub fn filter(
        &mut self,
        filter: &DimensionFilter,
        bindings: &mut Bindings,
    ) -> Result<String, Failure> {
        let dimension = self.catalogue.dimension(&filter.dimension).map_err(bad)?;
        if filter.values.len() > MOST_VALUES {
            return Err(bad(format!(
                "`{}` is filtered by {} values; at most {MOST_VALUES} are possible",
                filter.dimension,
                filter.values.len()
            )));
        }
        let reference = self
            .dimension(dimension)
            .ok_or_else(|| self.unreachable(dimension))?;
        let text = format!("CAST({reference} AS STRING)");
        let (unknown, known): (Vec<String>, Vec<String>) = filter
            .values
            .iter()
            .cloned()
            .partition(|value| value == UNKNOWN);
        let listed = bindings.list(&known);
        Ok(
            match (filter.exclude, unknown.is_empty(), known.is_empty()) {
                (false, _, true) if unknown.is_empty() => "1 = 0".to_owned(),
                (false, true, false) => format!("{text} IN ({listed})"),
                (false, false, false) => format!("({text} IN ({listed}) OR {reference} IS NULL)"),
                (false, _, true) => format!("{reference} IS NULL"),
                (true, true, true) => "1 = 1".to_owned(),
                (true, true, false) => format!("({text} NOT IN ({listed}) OR {reference} IS NULL)"),
                (true, false, false) => {
                    format!("({text} NOT IN ({listed}) AND {reference} IS NOT NULL)")
                }
                (true, false, true) => format!("{reference} IS NOT NULL"),
            },
        )
    }

    pub fn unreachable(&self, dimension: &Dimension) -> Failure {
        let reachable: Vec<&str> = self
            .catalogue
            .dimensions()
            .filter(|d| self.model.reaches(d))
            .map(|d| d.name.as_str())
            .collect();
        bad(format!(
            "`{}` does not describe {}; what does: {}",
            dimension.name,
            self.model.name.replace('_', " "),
            reachable.join(", ")
        ))
    }

    /// The FROM clause over these rows of the fact; over all of them where there is nothing to choose.
    /// What several choices return is put together.
    pub fn from(&self, rows: &[Rows]) -> String {
        let all = [Rows::default()];
        let selects: Vec<String> = if rows.is_empty() { &all } else { rows }
            .iter()
            .map(|rows| self.select(rows))
            .collect();
        let source = format!("({}) AS f", selects.join(" UNION ALL "));
        self.joined(&source)
    }

    /// The key's column, where the model's own rows are looked at through one entity and by nothing else.
    pub fn only_key(&self) -> Option<String> {
        let (entity, _) = self.joins.iter().next().filter(|_| self.joins.len() == 1)?;
        let key = format!("k_{entity}");
        let is_only = self.columns.len() == 1 && self.columns.contains_key(&key);
        (is_only && self.aggregate.is_none()).then_some(key)
    }

    /// The same as [`Scan::from`] with these sums of the rows by `key`, and by side, in the rows' place.
    pub fn added_up_source(
        &self,
        rows: &[Rows],
        key: &str,
        sums: &[String],
        has_sides: bool,
    ) -> String {
        let selects: Vec<String> = rows.iter().map(|rows| self.select(rows)).collect();
        let by = match has_sides {
            true => format!("f.side, f.{key}"),
            false => format!("f.{key}"),
        };
        let source = format!(
            "(SELECT {by}, {} FROM ({}) AS f GROUP BY {by}) AS f",
            sums.join(", "),
            selects.join(" UNION ALL ")
        );
        self.joined(&source)
    }

    fn joined(&self, source: &str) -> String {
        let mut from = format!("FROM {source}");
        for (entity, join) in &self.joins {
            let columns: Vec<String> = join
                .columns
                .iter()
                .map(|(name, expr)| format!("{expr} AS {name}"))
                .collect();
            let _ = write!(
                from,
                " LEFT JOIN (SELECT {} AS k, {} FROM {}) AS j_{entity} ON j_{entity}.k = f.k_{entity}",
                join.key,
                columns.join(", "),
                join.relation
            );
        }
        from
    }

    fn select(&self, rows: &Rows) -> String {
        let mut columns: Vec<String> = rows
            .columns
            .iter()
            .map(|(name, expr)| format!("{expr} AS {name}"))
            .collect();
        columns.extend(
            self.columns
                .iter()
                .map(|(name, expr)| format!("{expr} AS {name}")),
        );
        let predicate = if rows.predicate.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", rows.predicate)
        };
        format!(
            "SELECT {} FROM {}{predicate}",
            columns.join(", "),
            self.aggregate
                .map_or(&self.model.relation, |table| &table.relation)
        )
    }
}
