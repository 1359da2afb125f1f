//! A build of a release in DuckDB.
//!
//! One DuckDB transaction writes one database only, so silver and gold cannot be committed together. All silver
//! writes go into one transaction on the state, which is committed just before the first gold write (or at the end);
//! gold is written table by table into a file nobody reads yet. A kill before the commit leaves the state as it was.
//! A kill after it leaves silver ahead of the release, which the next run makes good: it builds gold from silver.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use duckdb::{Config, Connection, params_from_iter};
use marts::{Failure, Statement};

use super::bind::{BoundValue, identifier, literal};
use super::builder_delta::sum_of_hashes;
use super::{bronze, errors, types};
use crate::release::sync_parent;
use crate::{Builder, Merged, Relation, RelationColumn, Schema, parameters};

/// Catalogue and schema of silver.
const SILVER: (&str, &str) = ("state", "silver");
/// Schema of gold, in the main database, whatever its file is called.
const GOLD: &str = "main";
/// One row of text, beside silver.
const CHECKPOINT: &str = "state.main.checkpoint";

/// Spark's functions that DuckDB has under another name. They live in the gold file, so that readers have them too.
const SPARK_FUNCTIONS: &str = "\
    CREATE OR REPLACE MACRO main.from_utc_timestamp(ts, zone) AS timezone(zone, timezone('UTC', CAST(ts AS TIMESTAMP)));
    CREATE OR REPLACE MACRO main.get_json_object(json, path) AS CASE WHEN json_valid(json) THEN json_extract_string(json, path) END;
    CREATE OR REPLACE MACRO main.sha2(text, bits) AS sha256(text);";

/// Builds into a DuckDB file, with the state attached beside it.
pub struct DuckDbBuilder {
    pub(super) connection: Connection,
    /// Tables that this build changed in place.
    pub(super) changed: BTreeSet<Relation>,
    state: PathBuf,
    gold: PathBuf,
    /// The catalogue of the main database, which DuckDB names after its file.
    gold_catalogue: String,
    silver_open: bool,
}

impl std::fmt::Debug for DuckDbBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DuckDbBuilder")
            .field("state", &self.state)
            .field("gold", &self.gold)
            .finish_non_exhaustive()
    }
}

impl DuckDbBuilder {
    /// Opens or creates both files. `memory_limit` in DuckDB's words (`2GB`), `None` for its default.
    ///
    /// # Errors
    /// Files that are locked by another run, damaged, or cannot be written.
    pub fn open(
        state: &Path,
        gold: &Path,
        threads: usize,
        memory_limit: Option<&str>,
    ) -> Result<Self, Failure> {
        for path in [state, gold] {
            if let Some(dir) = path.parent() {
                fs::create_dir_all(dir).map_err(|e| file_failure(dir, &e))?;
            }
        }
        let opening_gold = |e| errors::building(&format!("Opening {}", gold.display()), &e);
        let opening_state = |e: duckdb::Error| state_failure(state, &e);
        let threads = i64::try_from(threads.max(1)).unwrap_or(i64::MAX);
        let mut config = Config::default().threads(threads).map_err(opening_gold)?;
        if let Some(limit) = memory_limit {
            config = config.max_memory(limit).map_err(opening_gold)?;
        }
        let connection = Connection::open_with_flags(gold, config).map_err(opening_gold)?;
        // Row order is what ORDER BY says and nothing else; not keeping more saves memory and a fifth of the time.
        connection
            .execute_batch(
                "SET GLOBAL TimeZone = 'UTC'; SET preserve_insertion_order = false; SET parquet_metadata_cache = true;",
            )
            .and_then(|()| connection.execute_batch(SPARK_FUNCTIONS))
            .map_err(opening_gold)?;
        let gold_catalogue = connection
            .query_row("SELECT current_database()", [], |r| r.get(0))
            .map_err(opening_gold)?;
        connection
            .execute_batch(&format!(
                "ATTACH {} AS {}; CREATE SCHEMA IF NOT EXISTS {}.{};",
                literal(&state.to_string_lossy()),
                SILVER.0,
                SILVER.0,
                SILVER.1
            ))
            .map_err(opening_state)?;
        Ok(Self {
            connection,
            changed: BTreeSet::new(),
            state: state.into(),
            gold: gold.into(),
            gold_catalogue,
            silver_open: false,
        })
    }

    /// The text that [`Builder::keep_checkpoint`] kept with silver; `None` where there is no state, or none in it.
    /// The state is opened for reading only, and closed again.
    ///
    /// # Errors
    /// A state that is locked by another run ([`marts::FailureKind::Unavailable`]) or damaged.
    pub fn checkpoint(state: &Path) -> Result<Option<String>, Failure> {
        if !state.exists() {
            return Ok(None);
        }
        let failed = |e| state_failure(state, &e);
        let connection = Connection::open_in_memory().map_err(failed)?;
        let (catalogue, file) = (SILVER.0, literal(&state.to_string_lossy()));
        connection
            .execute_batch(&format!("ATTACH {file} AS {catalogue} (READ_ONLY)"))
            .map_err(failed)?;
        let is_there: i64 = connection
            .query_row(
                "SELECT count(*) FROM duckdb_tables() WHERE database_name = ? AND table_name = 'checkpoint'",
                [catalogue],
                |row| row.get(0),
            )
            .map_err(failed)?;
        if is_there == 0 {
            return Ok(None);
        }
        let sql = format!("SELECT max(content) FROM {CHECKPOINT}");
        connection
            .query_row(&sql, [], |row| row.get(0))
            .map_err(failed)
    }

    /// Makes room for a write, in the right transaction; see the module's words on silver and gold.
    fn prepare_write(&mut self, relation: &Relation, kind: &str) -> Result<(), Failure> {
        self.enter(relation.schema)
            .and_then(|()| self.make_way(relation, kind))
            .map_err(|e| failure(relation, &e))
    }

    /// Creates a table and returns its row count, which DuckDB answers as a row.
    fn write_table(&mut self, relation: &Relation, select: &str) -> Result<u64, Failure> {
        self.prepare_write(relation, "TABLE")?;
        let sql = format!(
            "CREATE OR REPLACE TABLE {} AS {select}",
            self.qualified(relation)
        );
        let rows: i64 = self
            .connection
            .query_row(&sql, [], |r| r.get(0))
            .map_err(|e| failure(relation, &e))?;
        Ok(rows.unsigned_abs())
    }

    pub(super) fn enter(&mut self, schema: Schema) -> duckdb::Result<()> {
        match schema {
            Schema::Silver if !self.silver_open => {
                self.connection.execute_batch("BEGIN TRANSACTION")?;
                self.silver_open = true;
            }
            Schema::Gold if self.silver_open => {
                self.connection.execute_batch("COMMIT")?;
                self.silver_open = false;
            }
            _ => {}
        }
        Ok(())
    }

    /// `CREATE OR REPLACE` does not replace a view by a table or a table by a view.
    fn make_way(&self, relation: &Relation, kind: &str) -> duckdb::Result<()> {
        let other = if kind == "TABLE" { "VIEW" } else { "TABLE" };
        if self.is_there(relation, other)? {
            self.connection
                .execute_batch(&format!("DROP {other} {}", self.qualified(relation)))?;
        }
        Ok(())
    }

    /// Whether there is a TABLE or a VIEW of that name.
    fn is_there(&self, relation: &Relation, kind: &str) -> duckdb::Result<bool> {
        let (catalogue, schema) = self.location(relation.schema);
        let kind = kind.to_lowercase();
        let listing = format!(
            "SELECT count(*) FROM duckdb_{kind}s() WHERE database_name = ? AND schema_name = ? AND lower({kind}_name) = lower(?)"
        );
        let found: i64 =
            self.connection
                .query_row(&listing, [catalogue, schema, &relation.name], |r| r.get(0))?;
        Ok(found > 0)
    }

    fn location(&self, schema: Schema) -> (&str, &str) {
        match schema {
            Schema::Silver => SILVER,
            Schema::Gold => (&self.gold_catalogue, GOLD),
        }
    }

    fn typed_columns(&self, relation: &Relation) -> duckdb::Result<Vec<RelationColumn>> {
        let mut statement = self
            .connection
            .prepare(&format!("DESCRIBE {}", self.qualified(relation)))?;
        let columns = statement.query_map([], |row| {
            Ok(RelationColumn {
                name: row.get(0)?,
                sql_type: types::portable(&row.get::<_, String>(1)?),
            })
        })?;
        columns.collect()
    }
}

impl Builder for DuckDbBuilder {
    fn qualified(&self, relation: &Relation) -> String {
        let name = identifier(&relation.name);
        match relation.schema {
            Schema::Silver => format!("{}.{}.{name}", SILVER.0, SILVER.1),
            // Without the catalogue, so that a view in the file still holds when readers open it.
            Schema::Gold => format!("{GOLD}.{name}"),
        }
    }

    fn bronze(
        &mut self,
        source: &str,
        columns: &[String],
        files: &[PathBuf],
    ) -> Result<String, Failure> {
        bronze::create_view(&self.connection, source, columns, files)
    }

    fn create_table(&mut self, relation: &Relation, select: &str) -> Result<u64, Failure> {
        self.write_table(relation, select)
    }

    fn create_view(&mut self, relation: &Relation, select: &str) -> Result<(), Failure> {
        if relation.schema == Schema::Gold
            && select.contains(&format!("{}.{}.", SILVER.0, SILVER.1))
        {
            return Err(Failure::bad_request(format!(
                "{} is a gold view over silver, which readers of the release do not have. Make it a table.",
                relation.name
            )));
        }
        self.prepare_write(relation, "VIEW")?;
        let sql = format!(
            "CREATE OR REPLACE VIEW {} AS {select}",
            self.qualified(relation)
        );
        self.connection
            .execute_batch(&sql)
            .map_err(|e| failure(relation, &e))
    }

    fn has_table(&mut self, relation: &Relation) -> Result<bool, Failure> {
        self.is_there(relation, "TABLE")
            .map_err(|e| failure(relation, &e))
    }

    fn merge(
        &mut self,
        relation: &Relation,
        select: &str,
        unique_key: &[String],
    ) -> Result<Merged, Failure> {
        self.change(relation, select, Some(unique_key))
    }

    fn replace(&mut self, relation: &Relation, select: &str) -> Result<Merged, Failure> {
        self.change(relation, select, None)
    }

    fn run_hook(&mut self, relation: &Relation, hook: &str) -> Result<Merged, Failure> {
        self.delete(relation, hook)
    }

    fn delta_relation(&self, relation: &Relation) -> Option<String> {
        self.change_of(relation).map(|(written, _)| written)
    }

    fn removed_relation(&self, relation: &Relation) -> Option<String> {
        self.change_of(relation).map(|(_, removed)| removed)
    }

    fn keep_checkpoint(&mut self, text: &str) -> Result<(), Failure> {
        let sql = format!(
            "CREATE OR REPLACE TABLE {CHECKPOINT} AS SELECT {} AS content",
            literal(text)
        );
        self.enter(Schema::Silver)
            .and_then(|()| self.connection.execute_batch(&sql))
            .map_err(|e| errors::building("Writing the checkpoint", &e))
    }

    fn commit_silver(&mut self) -> Result<(), Failure> {
        self.enter(Schema::Gold)
            .map_err(|e| errors::building(&format!("Writing {}", self.state.display()), &e))
    }

    fn load_seed(&mut self, relation: &Relation, csv: &Path) -> Result<u64, Failure> {
        let file = literal(&csv.to_string_lossy());
        self.write_table(
            relation,
            &format!("SELECT * FROM read_csv({file}, header = true, sample_size = -1)"),
        )
    }

    fn fetch(&mut self, statement: &Statement) -> Result<Vec<RecordBatch>, Failure> {
        let bound = parameters::number(&statement.sql, &statement.params)?;
        let failed = |e| errors::building("A query of the build", &e);
        let mut prepared = self.connection.prepare(&bound.sql).map_err(failed)?;
        // The iterator panics where `step` answers with an error, so only the execution is asked of it.
        drop(
            prepared
                .stream_arrow(params_from_iter(bound.values.iter().map(|v| BoundValue(v))))
                .map_err(failed)?,
        );
        let mut left = statement.row_cap.unwrap_or(u64::MAX);
        let mut batches = Vec::new();
        while left > 0 {
            let Some(rows) = prepared.step().map_err(failed)? else {
                break;
            };
            let batch = RecordBatch::from(&rows);
            let keep =
                usize::try_from(left).map_or(batch.num_rows(), |left| batch.num_rows().min(left));
            left -= keep as u64;
            batches.push(batch.slice(0, keep));
        }
        Ok(batches)
    }

    fn columns(&mut self, relation: &Relation) -> Result<Vec<RelationColumn>, Failure> {
        self.typed_columns(relation)
            .map_err(|e| failure(relation, &e))
    }

    fn checksum(&mut self, relation: &Relation, except: &[&str]) -> Result<(u64, String), Failure> {
        let failed = |e| failure(relation, &e);
        let columns: Vec<String> = self
            .typed_columns(relation)
            .map_err(failed)?
            .iter()
            .filter(|c| !except.contains(&c.name.as_str()))
            .map(|c| identifier(&c.name))
            .collect();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let sql = format!(
            "SELECT count(*), CAST({} AS VARCHAR) FROM {}",
            sum_of_hashes(&columns),
            self.qualified(relation)
        );
        let (rows, sum): (i64, String) = self
            .connection
            .query_row(&sql, [], |r| Ok((r.get(0)?, r.get(1)?)))
            .map_err(failed)?;
        Ok((rows.unsigned_abs(), sum))
    }

    fn finish(mut self: Box<Self>) -> Result<(), Failure> {
        let what = format!("Writing {}", self.gold.display());
        self.commit_silver()?;
        let checkpoints = format!(
            "CHECKPOINT {}; CHECKPOINT {};",
            identifier(&self.gold_catalogue),
            SILVER.0
        );
        self.connection
            .execute_batch(&checkpoints)
            .map_err(|e| errors::building(&what, &e))?;
        let Self {
            connection,
            state,
            gold,
            ..
        } = *self;
        connection
            .close()
            .map_err(|(_, e)| errors::building(&what, &e))?;
        for path in [&state, &gold] {
            File::open(path)
                .and_then(|f| f.sync_all())
                .map_err(|e| file_failure(path, &e))?;
            sync_parent(path).map_err(|e| file_failure(path, &e))?;
        }
        let log = gold.with_added_extension("wal");
        if log.exists() {
            return Err(Failure::internal(format!(
                "{what} was not finished: its write-ahead log is still there. Run again."
            )));
        }
        Ok(())
    }
}

pub(super) fn failure(relation: &Relation, error: &duckdb::Error) -> Failure {
    errors::building(&format!("Building {}", relation.name), error)
}

fn state_failure(state: &Path, error: &duckdb::Error) -> Failure {
    let failure = errors::building(&format!("Opening {}", state.display()), error);
    if failure.kind == marts::FailureKind::Unavailable {
        return failure;
    }
    Failure::internal(format!(
        "The state {} cannot be opened: it is damaged or of another version. \
         Move it away and run again; it is then made anew from bronze.",
        state.display()
    ))
    .with_detail(error)
}

fn file_failure(path: &Path, error: &std::io::Error) -> Failure {
    let why = match error.kind() {
        std::io::ErrorKind::StorageFull => "the disk is full; free some space".to_owned(),
        _ => format!("{error}; mend that"),
    };
    Failure::unavailable(format!(
        "{} cannot be written: {why} and run again. The current release is as it was.",
        path.display()
    ))
}

#[cfg(test)]
#[path = "builder_tests.rs"]
mod tests;
