//! Where rows of silver come from: landing file and row number say which row is meant and nothing about it.

use std::collections::HashMap;

use marts::Statement;
use serde_json::json;
use warehouse::Builder;

use crate::bronze::BronzeFile;
use crate::{PipelineError, sample};

const ROWS: usize = 5;

/// The first rows in landing order for which `condition` holds, as JSON objects `{"file": …, "row": …}`.
pub(crate) fn first_rows(
    builder: &mut dyn Builder,
    relation: &str,
    condition: &str,
    files: &[BronzeFile],
) -> Result<Vec<String>, PipelineError> {
    let sql = format!(
        "select _file_id, cast(_row_number as bigint) as _row_number from {relation} where {condition} \
         order by _ingest_seq, _row_number limit {ROWS}"
    );
    let rows = sample::rows(&builder.fetch(&Statement::new(sql))?)?;
    let paths: HashMap<&str, &str> = files
        .iter()
        .map(|file| (file.file_id.as_str(), file.landing_path.as_str()))
        .collect();
    Ok(rows
        .into_iter()
        .map(|row| {
            let text = |name: &str| row.get(name).and_then(|value| value.as_str()).unwrap_or("");
            let file = text("_file_id");
            let number: Option<u64> = text("_row_number").parse().ok();
            json!({"file": paths.get(file).unwrap_or(&file), "row": number}).to_string()
        })
        .collect())
}
