//! From a row of a gold table back to the line it landed as.

use std::path::PathBuf;

use marts::project::{Project, did_you_mean};
use marts::{Param, Statement};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::bronze::LandingPlace;
use crate::bronze::lineage::{self, Landed, Lineage};
use crate::released::Released;
use crate::{PipelineError, sample};

/// What stands for the name in an e-mail address.
const HIDDEN: &str = "***";
/// As many rows under one row as are followed.
const MOST_ROWS: usize = 20;

pub struct TraceOptions {
    pub data: PathBuf,
    /// The dbt project: `marts/`.
    pub project: PathBuf,
    /// Where landing files lie; where nothing is said, where the last run read them.
    pub landing: Option<LandingPlace>,
    pub table: String,
    pub key: String,
}

/// A row of the current release, and where it comes from. E-mail addresses are masked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trace {
    pub release: String,
    pub table: String,
    /// The column that the key was found in.
    pub key_column: String,
    pub row: Map<String, Value>,
    /// The table whose rows are traced, where the row itself does not carry its file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
    /// Whether there are more rows under it than are given.
    pub more: bool,
    pub lines: Vec<TracedLine>,
}

/// One row on its way: from gold by bronze to landing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TracedLine {
    pub source: String,
    pub file_id: String,
    pub row_number: u64,
    pub bronze_file: PathBuf,
    pub bronze_row: Map<String, Value>,
    pub landing_path: String,
    /// The line that the record begins at, from 1; a Parquet file has none.
    pub line: Option<u64>,
    /// The record as it stands in the file.
    pub text: Option<String>,
    /// SHA-256, in hex, of the landing file as it is now.
    pub sha256: Option<String>,
    pub is_as_taken_in: bool,
    /// A sentence: what became of the landing file, where it is not as it was taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Follows a row of the current release.
///
/// # Errors
/// [`PipelineError::Project`] for a table that is not known or whose rows have no key; [`PipelineError::Landing`] for a key
/// that the table does not have; and those of the release and of bronze.
pub fn trace(options: &TraceOptions) -> Result<Trace, PipelineError> {
    let project = Project::read(&options.project)?;
    let key_column = key_column(&project, &options.table)?;
    let release = Released::open(&options.data)?;
    let found = rows(&release, &options.table, &key_column, &options.key, 1)?;
    let Some(row) = found.into_iter().next() else {
        return Err(PipelineError::Landing(format!(
            "{} of release {} has no row with {key_column} = {}",
            options.table, release.id, options.key
        )));
    };
    let place = options
        .landing
        .clone()
        .or_else(|| lineage::last_landing(&options.data))
        .ok_or_else(|| {
            PipelineError::Landing("where landing lies is not known; name it with --landing".into())
        })?;
    let (through, mut rows) = if origin(&row).is_some() {
        (None, vec![row.clone()])
    } else {
        match facts_under(&release, &project, &options.table, &key_column)? {
            Some(table) => {
                let rows = rows(&release, &table, &key_column, &options.key, MOST_ROWS + 1)?;
                (Some(table), rows)
            }
            None => (None, Vec::new()),
        }
    };
    let more = rows.len() > MOST_ROWS;
    rows.truncate(MOST_ROWS);
    let mut lines = Vec::with_capacity(rows.len());
    for (file_id, row_number) in rows.iter().filter_map(origin) {
        let lineage = lineage::follow(&options.data, &place, &file_id, row_number)?;
        lines.push(TracedLine::new(lineage, file_id, row_number));
    }
    Ok(Trace {
        release: release.id,
        table: options.table.clone(),
        key_column,
        row: row.into_iter().map(masked).collect(),
        through,
        more,
        lines,
    })
}

/// The column that names a row of a gold table: the one that is tested to be unique.
fn key_column(project: &Project, table: &str) -> Result<String, PipelineError> {
    let gold = || {
        let models = project.models.values();
        models.filter(|model| model.schema == "gold")
    };
    if !gold().any(|model| model.name == table) {
        let names = gold().map(|model| model.name.as_str());
        return Err(PipelineError::Project(format!(
            "there is no table `{table}`{}",
            did_you_mean(table, names)
        )));
    }
    let prefix = format!("unique_{table}_");
    let mut columns = project
        .tests
        .iter()
        .filter(|test| test.on == table)
        .filter_map(|test| test.name.strip_prefix(&prefix));
    columns.next().map(str::to_owned).ok_or_else(|| {
        PipelineError::Project(format!(
            "the rows of {table} have no key of their own (no column is tested to be unique); trace a row of a table that they are \
             made of"
        ))
    })
}

/// At most `most` rows of a table with this key, in the order of their places in landing. The names come from the
/// project; the key is bound.
fn rows(
    release: &Released,
    table: &str,
    column: &str,
    key: &str,
    most: usize,
) -> Result<Vec<Map<String, Value>>, PipelineError> {
    let mut statement = Statement::new(format!(
        "select * from {table} where cast({column} as string) = :key order by all limit {most}"
    ));
    statement.params = vec![("key".into(), Param::Text(key.to_owned()))];
    Ok(sample::rows(&release.ask(statement)?)?)
}

/// The fact table that has this key column and carries its files.
fn facts_under(
    release: &Released,
    project: &Project,
    table: &str,
    column: &str,
) -> Result<Option<String>, PipelineError> {
    let facts = project.models.values().filter(|model| {
        model.schema == "gold" && model.name != table && model.name.starts_with("fct_")
    });
    for model in facts {
        let columns = release.columns(&model.name)?;
        let has = |name: &str| columns.iter().any(|column| column.name == name);
        if has(column) && has("_file_id") && has("_row_number") {
            return Ok(Some(model.name.clone()));
        }
    }
    Ok(None)
}

/// The file and row that a row of gold carries.
fn origin(row: &Map<String, Value>) -> Option<(String, u64)> {
    let file_id = row.get("_file_id")?.as_str()?.to_owned();
    let row_number = row.get("_row_number")?.as_str()?.parse().ok()?;
    Some((file_id, row_number))
}

impl TracedLine {
    fn new(lineage: Lineage, file_id: String, row_number: u64) -> Self {
        let Lineage {
            source,
            bronze_file,
            row,
            landing_path,
            landed,
        } = lineage;
        let e_mail = row
            .iter()
            .find(|(name, _)| name == "email")
            .and_then(|(_, value)| value.clone());
        let (line, sha256, note) = match landed {
            Landed::AsTakenIn { line } => (line, Some(file_id.clone()), None),
            Landed::Changed(now) => (
                None,
                Some(now),
                Some("the landing file was changed after it was taken in".to_owned()),
            ),
            Landed::Unreadable(why) => (None, None, Some(format!("the landing file: {why}"))),
        };
        let (line, text) = line.unzip();
        let text = text.map(|text| match &e_mail {
            // What is no address is still what someone gave as one.
            Some(no_address) if !no_address.contains('@') => {
                mask(&text.replace(no_address.as_str(), HIDDEN), false)
            }
            _ => mask(&text, false),
        });
        Self {
            source,
            is_as_taken_in: note.is_none(),
            file_id,
            row_number,
            bronze_file,
            bronze_row: row
                .into_iter()
                .map(|(name, value)| masked((name, value.into())))
                .collect(),
            landing_path,
            line,
            text,
            sha256,
            note,
        }
    }
}

fn masked((name, value): (String, Value)) -> (String, Value) {
    let value = match value {
        Value::String(text) => Value::String(mask(&text, name == "email")),
        other => other,
    };
    (name, value)
}

/// Text without the names in e-mail addresses; of one that `is_address` and has no @, nothing.
fn mask(text: &str, is_address: bool) -> String {
    if is_address && !text.contains('@') {
        return HIDDEN.to_owned();
    }
    let is_of_name = |c: char| c.is_alphanumeric() || "._%+-'".contains(c);
    let mut masked = String::with_capacity(text.len());
    for (position, part) in text.split('@').enumerate() {
        if position > 0 {
            let name = masked.trim_end_matches(is_of_name).len();
            masked.truncate(name);
            masked.push_str(HIDDEN);
            masked.push('@');
        }
        masked.push_str(part);
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn names_in_addresses_are_masked_wherever_they_stand() {
        for (text, masked) in [
            ("u1,ann.b+c@example.org,OH", "u1,***@example.org,OH"),
            ("a@x.org b@y.org", "***@x.org ***@y.org"),
            ("no address", "no address"),
            (r#"{"email":"ann@x.org"}"#, r#"{"email":"***@x.org"}"#),
        ] {
            assert_eq!(mask(text, false), masked);
        }
        assert_eq!(mask("ann at example", true), "***");
    }
}
