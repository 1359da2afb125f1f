//! Which tables a release's schema has, and their columns.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use marts::Failure;

use super::rows;
use super::statements::{Ask, Session};
use crate::RelationColumn;

/// A schema is never written after its release was published, so what it has is asked for once.
const MOST_KEPT: usize = 32;

#[derive(Default)]
pub(super) struct Relations {
    known: Mutex<HashMap<String, Arc<BTreeSet<String>>>>,
    /// Pages that come at once ask together.
    asking: tokio::sync::Mutex<()>,
}

impl Relations {
    /// Names of the tables and views of a schema.
    ///
    /// # Errors
    /// As a statement.
    pub async fn of(
        &self,
        session: &Arc<Session>,
        schema: &str,
    ) -> Result<Arc<BTreeSet<String>>, Failure> {
        if let Some(known) = self.lock().get(schema) {
            return Ok(Arc::clone(known));
        }
        let _alone = self.asking.lock().await;
        if let Some(known) = self.lock().get(schema) {
            return Ok(Arc::clone(known));
        }
        let ask = ask(schema, format!("SHOW TABLES IN {}", quoted(schema)));
        let (_, batches) = rows::query(session, ask).await?;
        let mut names = BTreeSet::new();
        for batch in &batches {
            names.extend(
                texts(batch, "tableName")?
                    .iter()
                    .flatten()
                    .map(str::to_owned),
            );
        }
        let names = Arc::new(names);
        let mut known = self.lock();
        if known.len() >= MOST_KEPT {
            known.clear();
        }
        known.insert(schema.to_owned(), Arc::clone(&names));
        Ok(names)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<BTreeSet<String>>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Columns of a table, in order.
///
/// # Errors
/// Not found; as a statement.
pub(super) async fn describe(
    session: &Arc<Session>,
    schema: &str,
    table: &str,
) -> Result<Vec<RelationColumn>, Failure> {
    let sql = format!("DESCRIBE TABLE {}.{}", quoted(schema), quoted(table));
    let (_, batches) = rows::query(session, ask(schema, sql)).await?;
    let mut columns = Vec::new();
    'rows: for batch in &batches {
        let (names, types) = (texts(batch, "col_name")?, texts(batch, "data_type")?);
        for row in 0..batch.num_rows() {
            // Behind the columns come partitions and properties.
            if names.is_null(row)
                || names.value(row).is_empty()
                || names.value(row).starts_with('#')
            {
                break 'rows;
            }
            columns.push(RelationColumn {
                name: names.value(row).to_owned(),
                sql_type: types.value(row).to_owned(),
            });
        }
    }
    Ok(columns)
}

fn ask(schema: &str, sql: String) -> Ask {
    Ask {
        sql,
        schema: schema.to_owned(),
        ..Ask::default()
    }
}

/// A name as SQL takes it, whatever is in it.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A column as text.
pub(super) fn texts(batch: &RecordBatch, name: &str) -> Result<StringArray, Failure> {
    let unreadable = |detail: String| {
        Failure::internal("The warehouse tells of its tables in a way we cannot read.")
            .with_detail(detail)
    };
    let column = batch
        .schema()
        .fields()
        .iter()
        .position(|field| field.name().eq_ignore_ascii_case(name))
        .ok_or_else(|| unreadable(format!("no column {name}")))?;
    let text = cast(batch.column(column), &DataType::Utf8)
        .map_err(|e| unreadable(format!("column {name}: {e}")))?;
    Ok(text.as_string::<i32>().clone())
}
