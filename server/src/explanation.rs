//! How a question would be answered: the same plan under the same policy, told instead of run.

use std::path::PathBuf;

use marts::project::Project;
use marts::project::catalogue::Catalogue;
use marts::project::planner::Plan;
use marts::{Ask, Explained, Failure, Param};

/// Explains `ask`, of which this is the plan. Values are told beside the SQL, as they would be bound.
///
/// # Errors
/// A project that cannot be read.
pub async fn explain(
    project: PathBuf,
    catalogue: &Catalogue,
    plan: Plan,
    ask: &Ask,
) -> Result<Explained, Failure> {
    let statement = plan.statement;
    let metrics = match ask {
        Ask::Aggregate(ask) => ask
            .metrics
            .iter()
            .filter_map(|name| catalogue.metric(name).ok())
            .map(|metric| catalogue.formula(metric))
            .collect(),
        Ask::Values(_) | Ask::Rows(_) => Vec::new(),
    };
    let relations = catalogue.relations_in(&statement.sql);
    let unreadable = |detail: String| {
        Failure::internal(
            "The project's models cannot be read, so where figures come from cannot be told.",
        )
        .with_detail(detail)
    };
    let tables = tokio::task::spawn_blocking(move || {
        let project = Project::read(&project)?;
        let origins = relations.iter().map(|table| project.origin(table));
        Ok::<_, marts::project::ProjectError>(origins.collect())
    })
    .await
    .map_err(|error| unreadable(error.to_string()))?
    .map_err(|error| unreadable(error.to_string()))?;
    Ok(Explained {
        params: statement
            .params
            .into_iter()
            .map(|(name, value)| (name, text(value)))
            .collect(),
        sql: statement.sql,
        metrics,
        tables,
    })
}

fn text(value: Param) -> String {
    match value {
        Param::Null => "NULL".to_owned(),
        Param::Bool(value) => value.to_string(),
        Param::Int(value) => value.to_string(),
        Param::Text(value) => value,
    }
}
