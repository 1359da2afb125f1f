//! What a panel's questions cost through `Analytics::answer`, as a ratio to the same SQL in plain DuckDB on the same
//! release, both in turn in one run; and what they cost when the answers are kept. Prints JSON; `make bench` calls it.
//!
//! Usage: `panel_bench DATA PROJECT`

use std::{collections::BTreeMap, path::Path, time::Instant};

use anyhow::Context;
use carton_caps::config::Limits;
use duckdb::{AccessMode, Config, Connection};
use marts::{
    Answer, Ask, Filters, Param, Preset, RangeChoice, RowPolicy,
    project::{catalogue::Catalogue, dashboards, planner},
};
use workspace_tests::opened;

const ROUNDS: usize = 40;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (data, project) = arguments
        .next()
        .zip(arguments.next())
        .context("usage: panel_bench DATA PROJECT")?;
    let (data, project) = (Path::new(&data), Path::new(&project));
    let analytics = opened::analytics(data, project).await?;
    let keeping = opened::limited(data, project, &Limits::default()).await?;
    let release = analytics.release().await?;
    let catalogue = Catalogue::read(project)?;
    let dashboard = dashboards::read(project, "purchases", &catalogue)?;
    let filters = Filters {
        range: RangeChoice::Preset(Preset::AllTime),
        ..Filters::default()
    };

    let file = data
        .join("releases")
        .join(&release.id.0)
        .join("gold.duckdb");
    // The same resources as the service gives a statement.
    let plain =
        Connection::open_with_flags(file, Config::default().access_mode(AccessMode::ReadOnly)?)?;

    let mut panels = BTreeMap::new();
    for panel in &dashboard.panels {
        let asks = panel.asks(&filters, &dashboard, &release);
        let (mut ours, mut theirs, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..=ROUNDS {
            let started = Instant::now();
            for ask in &asks {
                analytics.answer(&RowPolicy::Unrestricted, ask).await?;
            }
            let mine = started.elapsed();
            let started = Instant::now();
            for ask in &asks {
                keeping.answer(&RowPolicy::Unrestricted, ask).await?;
            }
            let found = started.elapsed();
            let mut spent = std::time::Duration::ZERO;
            for ask in &asks {
                spent += plain_duckdb(&plain, &catalogue, ask)?;
            }
            // The first round warms both.
            if round > 0 {
                ours.push(mine.as_secs_f64());
                theirs.push(spent.as_secs_f64());
                kept.push(found.as_secs_f64());
            }
        }
        let (ours, theirs, kept) = (median(&mut ours), median(&mut theirs), median(&mut kept));
        panels.insert(
            panel.key.clone(),
            serde_json::json!({ "ours_ms": rounded(ours * 1e3), "plain_ms": rounded(theirs * 1e3), "ratio": rounded(ours / theirs), "kept_ms": rounded(kept * 1e3) }),
        );
    }
    println!(
        "{}",
        serde_json::json!({ "release": release.id, "rounds": ROUNDS, "panels": panels })
    );
    Ok(())
}

/// Runs the planned SQL as a client of DuckDB would: prepare, bind, fetch everything as Arrow.
fn plain_duckdb(
    db: &Connection,
    catalogue: &Catalogue,
    ask: &Ask,
) -> anyhow::Result<std::time::Duration> {
    let statement = planner::plan(catalogue, &RowPolicy::Unrestricted, ask)?.statement;
    let mut sql = statement.sql;
    let mut names: Vec<_> = statement.params.iter().collect();
    // Longer names first, so that `:p1` does not match inside `:p10`.
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for (name, value) in names {
        let literal = match value {
            Param::Null => "NULL".to_owned(),
            Param::Bool(value) => value.to_string(),
            Param::Int(value) => value.to_string(),
            Param::Text(text) => format!("'{}'", text.replace('\'', "''")),
        };
        sql = sql.replace(&format!(":{name}"), &literal);
    }
    let started = Instant::now();
    let mut prepared = db.prepare(&sql)?;
    let rows: usize = prepared
        .query_arrow([])?
        .map(|batch| batch.num_rows())
        .sum();
    let spent = started.elapsed();
    anyhow::ensure!(rows > 0, "no rows");
    Ok(spent)
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
