//! Every table and every question of two sources, a few at a time.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::{StreamExt, stream};
use marts::{Failure, Statement};
use warehouse::BOOKKEEPING;

use crate::compare::{Source, compare};
use crate::difference::{ComparedColumn, Comparison};
use crate::questions::Question;
use crate::report::{Part, Report, Verdict};

/// Pairs of statements that run at once.
const AT_ONCE: usize = 4;

/// What is compared.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// `None` for all that either side has.
    pub tables: Option<BTreeSet<String>>,
    pub questions: Vec<Question>,
}

/// Compares, and tells of each part before it begins: its name, how many are done, how many there are.
///
/// # Errors
/// A source that cannot be asked at all; what fails of one part stands in the report.
pub async fn run(
    left: &Source,
    right: &Source,
    plan: &Plan,
    progress: impl Fn(&str, usize, usize),
) -> Result<Report, Failure> {
    let (on_left, on_right) = (tables(left).await?, tables(right).await?);
    let tables: Vec<&String> = match &plan.tables {
        Some(named) => named.iter().collect(),
        None => on_left.union(&on_right).collect(),
    };
    let total = tables.len() + plan.questions.len();
    let mut report = Report::between(&left.label, &right.label);
    let done = AtomicUsize::new(0);
    let begin = |name: &str| progress(name, done.fetch_add(1, Ordering::Relaxed), total);
    // One after the other begins, in order; what is there first waits for its turn in the report.
    let parts = tables.into_iter().map(|table| {
        let is_on = (on_left.contains(table), on_right.contains(table));
        let begin = &begin;
        async move {
            begin(table);
            match is_on {
                (true, true) => Part::of(table, of_table(left, right, table).await),
                (true, false) => Part::new(table, Verdict::OnlyLeft),
                (false, true) => Part::new(table, Verdict::OnlyRight),
                (false, false) => {
                    let nowhere = "Neither side has this table.".to_owned();
                    Part::new(table, Verdict::Failed(nowhere))
                }
            }
        }
    });
    report.tables = stream::iter(parts).buffered(AT_ONCE).collect().await;
    let parts = plan.questions.iter().map(|question| {
        let begin = &begin;
        async move {
            begin(&question.name);
            let asked = &question.statement;
            let part = Part::of(&question.name, compare(left, asked, right, asked).await);
            let sql = (!part.is_equal()).then(|| asked.sql.clone());
            Part { sql, ..part }
        }
    });
    report.questions = stream::iter(parts).buffered(AT_ONCE).collect().await;
    Ok(report)
}

async fn tables(source: &Source) -> Result<BTreeSet<String>, Failure> {
    let relations = source.warehouse.relations(source.release.as_ref()).await?;
    Ok(relations.as_ref().clone())
}

/// The columns that both sides have, but for those that say which run wrote a row; the others stand in the report.
async fn of_table(left: &Source, right: &Source, table: &str) -> Result<Comparison, Failure> {
    let (mine, theirs) = (columns(left, table).await?, columns(right, table).await?);
    let both: Vec<&str> = mine
        .iter()
        .filter(|name| theirs.contains(name))
        .map(String::as_str)
        .collect();
    if both.is_empty() {
        return Err(Failure::bad_request(format!(
            "The two tables {table} have no column in common."
        )));
    }
    let statement = Statement::new(format!("SELECT {} FROM {table}", both.join(", ")));
    let mut comparison = compare(left, &statement, right, &statement).await?;
    let here = "is here".to_owned();
    let lonely = mine
        .iter()
        .filter(|name| !theirs.contains(name))
        .map(|name| (name, Some(here.clone()), None))
        .chain(
            theirs
                .iter()
                .filter(|name| !mine.contains(name))
                .map(|name| (name, None, Some(here.clone()))),
        );
    for (name, left_kind, right_kind) in lonely {
        comparison.columns.push(ComparedColumn {
            name: name.clone(),
            left_kind,
            right_kind,
            left_nulls: 0,
            right_nulls: 0,
            left_checksum: String::new(),
            right_checksum: String::new(),
        });
    }
    Ok(comparison)
}

async fn columns(source: &Source, table: &str) -> Result<Vec<String>, Failure> {
    require_plain(table)?;
    let look = Statement::new(format!("SELECT * FROM {table} LIMIT 0"));
    let batches = source.run(&look).await?;
    let names = batches.schema.fields().iter().map(|f| f.name().clone());
    let names: Vec<String> = names
        .filter(|name| !BOOKKEEPING.contains(&name.as_str()))
        .collect();
    names.iter().try_for_each(|name| require_plain(name))?;
    Ok(names)
}

/// Engines quote names in ways of their own, so names have to do without.
fn require_plain(name: &str) -> Result<(), Failure> {
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_plain {
        return Ok(());
    }
    Err(Failure::bad_request(format!(
        "The name “{}” cannot be compared: it has to be of letters, digits and underscores. Give it another one in a mapping.",
        name.chars().take(60).collect::<String>()
    )))
}
