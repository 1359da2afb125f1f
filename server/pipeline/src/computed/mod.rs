//! Gold tables that no SQL can make: an estimator reads other gold tables and its figures become the rows.
//!
//! Such a model is an ordinary dbt model tagged `computed`, whose SELECT gives its columns and no row: so dbt, contracts,
//! semantic models and lineage know it, and `-- depends_on:` says what it reads. The program puts the rows in their place.

mod conversion;
mod exposure;
mod input;
mod k_factor;
mod network;
mod table;

use marts::Statement;
use marts::project::{Model, Names, Project, ProjectError};
use warehouse::Builder;

use crate::PipelineError;
use input::Input;
use table::Row;

const TAG: &str = "computed";

type Computation = fn(&mut Reading<'_>) -> Result<Vec<Row>, PipelineError>;

/// By the model's name.
const COMPUTATIONS: [(&str, Computation); 4] = [
    ("fct_cash_out_exposure", exposure::figures),
    ("fct_conversion_curve", conversion::curve),
    ("fct_conversion_fit", conversion::fit),
    ("fct_k_factor", k_factor::figures),
];

/// Where a computation reads what it needs.
struct Reading<'a> {
    builder: &'a mut dyn Builder,
    model: &'a Model,
    names: &'a Names,
}

impl Reading<'_> {
    /// The rows of a query `from` a model. Its order has to be that of a key: sums of floats depend on it.
    fn rows(&mut self, from: &str, select: &str, order_by: &str) -> Result<Input, PipelineError> {
        let relation = self
            .model
            .refs
            .contains(from)
            .then(|| self.names.relations.get(from))
            .flatten();
        let Some(relation) = relation else {
            let message = format!(
                "it is computed from `{from}`, which it does not name: add `-- depends_on: {{{{ ref('{from}') }}}}`"
            );
            return Err(ProjectError::new(&self.model.file, None, message).into());
        };
        let sql = format!("select {select} from {relation} order by {order_by}");
        Input::of(&self.builder.fetch(&Statement::new(sql))?)
    }

    /// The release's clock.
    fn business_date(&self) -> Result<jiff::civil::Date, PipelineError> {
        let value = self
            .names
            .vars
            .get("business_date")
            .and_then(|value| value.as_str());
        value.and_then(|day| day.parse().ok()).ok_or_else(|| {
            ProjectError::new(&self.model.file, None, "`business_date` is no day").into()
        })
    }
}

pub(crate) fn is_computed(model: &Model) -> bool {
    model.tags.contains(TAG)
}

/// Every model that is tagged has a computation and columns to put its figures into.
pub(crate) fn check(project: &Project) -> Result<(), ProjectError> {
    for model in project.models.values().filter(|model| is_computed(model)) {
        if computation(model).is_none() {
            let known: Vec<&str> = COMPUTATIONS.iter().map(|(name, _)| *name).collect();
            let message = format!(
                "is tagged `{TAG}`, but the program computes no table of this name; it computes {}",
                known.join(", ")
            );
            return Err(ProjectError::new(&model.file, None, message));
        }
        if model.enforced.is_none() {
            let message =
                "is computed, so its columns and their types have to be an enforced contract";
            return Err(ProjectError::new(&model.file, None, message));
        }
    }
    Ok(())
}

/// The model's rows as a SELECT of values.
pub(crate) fn select(
    builder: &mut dyn Builder,
    model: &Model,
    names: &Names,
) -> Result<String, PipelineError> {
    let Some(compute) = computation(model) else {
        return Err(ProjectError::new(&model.file, None, "is computed by nothing").into());
    };
    let rows = compute(&mut Reading {
        builder,
        model,
        names,
    })?;
    Ok(table::select(model, &rows)?)
}

fn computation(model: &Model) -> Option<Computation> {
    let found = COMPUTATIONS.iter().find(|(name, _)| *name == model.name);
    found.map(|(_, compute)| *compute)
}
