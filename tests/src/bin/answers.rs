//! Answers questions as the service does, for tests in other languages: an [`Ask`] as JSON on each line of the standard
//! input, and on each line of the standard output `{"frame": …, "sql": …}` or `{"refused": …}`, in the same order.
//! The questions are asked one by one of the current release, with nothing hidden from the asker.
//!
//! Usage: `answers DATA PROJECT`

use std::{io::BufRead, path::Path};

use anyhow::Context;
use marts::{
    Answer, Ask, Param, RowPolicy,
    project::{catalogue::Catalogue, planner},
};
use workspace_tests::opened;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (data, project) = arguments
        .next()
        .zip(arguments.next())
        .context("usage: answers DATA PROJECT")?;
    let project = Path::new(&project);
    let analytics = opened::analytics(Path::new(&data), project).await?;
    let catalogue = Catalogue::read(project)?;
    for line in std::io::stdin().lock().lines() {
        let ask: Ask = serde_json::from_str(&line?)?;
        let said = match analytics.answer(&RowPolicy::Unrestricted, &ask).await {
            Ok(answered) => {
                serde_json::json!({ "frame": answered.frame, "sql": sql(&catalogue, &ask)? })
            }
            Err(failure) => serde_json::json!({ "refused": failure.to_string() }),
        };
        println!("{said}");
    }
    Ok(())
}

/// The statement with its values behind it, to read.
fn sql(catalogue: &Catalogue, ask: &Ask) -> anyhow::Result<String> {
    let statement = planner::plan(catalogue, &RowPolicy::Unrestricted, ask)?.statement;
    let values: Vec<String> = statement
        .params
        .iter()
        .map(|(name, value)| {
            let value = match value {
                Param::Null => "NULL".to_owned(),
                Param::Bool(value) => value.to_string(),
                Param::Int(value) => value.to_string(),
                Param::Text(text) => format!("{text:?}"),
            };
            format!(":{name} = {value}")
        })
        .collect();
    Ok(format!("{}\n-- {}", statement.sql, values.join(", ")))
}
