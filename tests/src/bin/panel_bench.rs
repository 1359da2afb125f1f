//! What a panel's questions cost through `Analytics::answer`, as a ratio to the same SQL in plain DuckDB on the same
//! release, both in turn in one run; and what they cost when the answers are kept. Prints JSON; `make bench` calls it.
//! Each panel is asked in several cases, which are what a change of filters asks: `answered_by` tells how long the panels
//! take that smaller tables answer, and the others.
//!
//! Usage: `panel_bench DATA PROJECT [--statements]`, which prints the SQL instead.

use std::time::{Duration, Instant};
use std::{collections::BTreeMap, path::Path};

use anyhow::Context;
use carton_caps::config::Limits;
use duckdb::{AccessMode, Config, Connection};
use marts::{
    Answer, Ask, Filters, Param, RowPolicy,
    project::{catalogue::Catalogue, dashboards, planner},
};
use workspace_tests::opened;

const ROUNDS: usize = 12;
/// The address's query in each case.
const CASES: [&str; 7] = [
    "range=all_time",
    "range=all_time&department=GROCERY",
    "range=all_time&department=%21GROCERY&compare=none",
    "range=all_time&state=NY",
    "range=last_90_days&department=PRODUCE&compare=prior_period",
    "from=2017-03-01&to=2017-08-31&retailer=%21370&compare=prior_period",
    "range=all_time&category=FRUIT&compare=none",
];
/// Statements over this table have no smaller one to be answered from.
const LINES: &str = "fct_purchase";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, project, rest @ ..] = arguments.as_slice() else {
        anyhow::bail!("usage: panel_bench DATA PROJECT [--statements]");
    };
    let (data, project) = (Path::new(data), Path::new(project));
    let analytics = opened::analytics(data, project).await?;
    let keeping = opened::limited(data, project, &Limits::default()).await?;
    let release = analytics.release().await?;
    let catalogue = Catalogue::read(project)?;
    let dashboard = dashboards::read(project, "purchases", &catalogue)?;

    let file = data
        .join("releases")
        .join(&release.id.0)
        .join("gold.duckdb");
    // The same resources as the service gives a statement.
    let plain =
        Connection::open_with_flags(file, Config::default().access_mode(AccessMode::ReadOnly)?)?;

    let mut panels: BTreeMap<String, Vec<serde_json::Value>> = BTreeMap::new();
    let mut answered_by: BTreeMap<&str, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for case in CASES {
        let filters = Filters::parse(case, &dashboard);
        anyhow::ensure!(filters.ignored.is_empty(), "{case}: {:?}", filters.ignored);
        for panel in &dashboard.panels {
            let asks = panel.asks(&filters, &dashboard, &release);
            let statements = asks
                .iter()
                .map(|ask| inlined(&catalogue, ask))
                .collect::<anyhow::Result<Vec<_>>>()?;
            if rest.iter().any(|argument| argument == "--statements") {
                for sql in statements {
                    println!("-- {} of {case}\n{sql};\n", panel.key);
                }
                continue;
            }
            let (mut ours, mut theirs, mut kept) = (Vec::new(), Vec::new(), Vec::new());
            for round in 0..=ROUNDS {
                let mine = asked(&analytics, &asks).await?;
                let found = asked(&keeping, &asks).await?;
                let mut spent = Duration::ZERO;
                for sql in &statements {
                    spent += plain_duckdb(&plain, sql)?;
                }
                // The first round warms both.
                if round > 0 {
                    ours.push(mine.as_secs_f64() * 1e3);
                    theirs.push(spent.as_secs_f64() * 1e3);
                    kept.push(found.as_secs_f64() * 1e3);
                }
            }
            let is_from_lines = statements.iter().any(|sql| sql.contains(LINES));
            let by = answered_by
                .entry(if is_from_lines { "lines" } else { "aggregates" })
                .or_default();
            let (median, plainly) = (part(&mut ours, 50), part(&mut theirs, 50));
            by.1.push(median / plainly);
            panels
                .entry(panel.key.clone())
                .or_default()
                .push(serde_json::json!({
                    "case": case, "from_lines": is_from_lines, "ours_ms": rounded(median),
                    "ours_p95_ms": rounded(part(&mut ours, 95)), "plain_ms": rounded(plainly),
                    "ratio": rounded(median / plainly), "kept_ms": rounded(part(&mut kept, 50)),
                }));
            by.0.append(&mut ours);
        }
    }
    let answered_by: BTreeMap<_, _> = answered_by
        .into_iter()
        .map(|(by, (mut ours, mut ratios))| {
            let told = serde_json::json!({
                "panels": ratios.len(), "p50_ms": rounded(part(&mut ours, 50)), "p95_ms": rounded(part(&mut ours, 95)),
                "ratio_p50": rounded(part(&mut ratios, 50)), "ratio_p95": rounded(part(&mut ratios, 95)),
            });
            (by, told)
        })
        .collect();
    if !panels.is_empty() {
        println!(
            "{}",
            serde_json::json!({ "release": release.id, "rounds": ROUNDS, "answered_by": answered_by, "panels": panels })
        );
    }
    Ok(())
}

async fn asked(answer: &impl Answer, asks: &[Ask]) -> anyhow::Result<Duration> {
    let started = Instant::now();
    for ask in asks {
        answer.answer(&RowPolicy::Unrestricted, ask).await?;
    }
    Ok(started.elapsed())
}

/// The planned SQL with its values written in.
fn inlined(catalogue: &Catalogue, ask: &Ask) -> anyhow::Result<String> {
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
    Ok(sql)
}

/// Runs it as a client of DuckDB would: prepare, fetch everything as Arrow.
fn plain_duckdb(db: &Connection, sql: &str) -> anyhow::Result<Duration> {
    let started = Instant::now();
    let mut prepared = db.prepare(sql).context(sql.to_owned())?;
    let _rows: usize = prepared
        .query_arrow([])?
        .map(|batch| batch.num_rows())
        .sum();
    let spent = started.elapsed();
    Ok(spent)
}

/// The value that so many per cent of them do not exceed.
fn part(times: &mut [f64], per_cent: usize) -> f64 {
    times.sort_by(f64::total_cmp);
    times
        .get((times.len() * per_cent / 100).min(times.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
