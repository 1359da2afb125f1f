//! One release, open for reading.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use duckdb::{AccessMode, Config, Connection};
use marts::{Failure, ReleaseInfo};
use tokio::sync::Semaphore;

use super::bind::identifier;
use crate::options::DuckDbOptions;
use crate::release::{self, Manifest};

/// An open release file. It closes when the last statement on it has ended and no handle points to it.
pub(super) struct OpenRelease {
    pub info: ReleaseInfo,
    /// Its tables and views.
    pub relations: Arc<BTreeSet<String>>,
    /// How many statements may run at once.
    pub permits: Arc<Semaphore>,
    /// Holds the database open; every statement gets a connection of its own, so that none leaves anything behind.
    root: Mutex<Connection>,
}

impl OpenRelease {
    /// Opens a release read-only and asks every table for its row count, which must be the manifest's.
    pub fn open(data: &Path, id: &str, options: &DuckDbOptions) -> Result<Self, Failure> {
        let manifest = release::read_manifest(data, id)?;
        let path = release::gold_path(data, id);
        let damaged = |detail: String| {
            Failure::unavailable(format!(
                "Release {id} cannot be opened: {} is missing or damaged. Publish again, or point to another release.",
                path.display()
            ))
            .with_detail(detail)
        };
        let bytes = std::fs::metadata(&path)
            .map_err(|e| damaged(e.to_string()))?
            .len();
        if manifest.gold_bytes != 0 && bytes != manifest.gold_bytes {
            return Err(damaged(format!(
                "{bytes} bytes instead of {}",
                manifest.gold_bytes
            )));
        }
        let connection = connect(&path, options).map_err(|e| damaged(e.to_string()))?;
        warm(&connection, &manifest).map_err(damaged)?;
        let relations = relations(&connection).map_err(|e| damaged(e.to_string()))?;
        Ok(Self {
            info: manifest.info(),
            relations: Arc::new(relations),
            permits: Arc::new(Semaphore::new(options.connections.max(1))),
            root: Mutex::new(connection),
        })
    }

    pub fn connection(&self) -> duckdb::Result<Connection> {
        self.root
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .try_clone()
    }
}

/// A database that reads its one file and can do nothing else.
fn connect(path: &Path, options: &DuckDbOptions) -> duckdb::Result<Connection> {
    let mut config = Config::default()
        .access_mode(AccessMode::ReadOnly)?
        // Before external access is taken away, after which DuckDB refuses to set it.
        .with("temp_directory", options.spill_dir.to_string_lossy())?
        .threads(i64::try_from(options.threads.max(1)).unwrap_or(i64::MAX))?
        .enable_autoload_extension(false)?
        .enable_external_access(false)?
        .with("allow_community_extensions", "false")?;
    if let Some(limit) = &options.memory_limit {
        config = config.max_memory(limit)?;
    }
    let connection = Connection::open_with_flags(path, config)?;
    connection
        .execute_batch("SET GLOBAL TimeZone = 'UTC'; SET GLOBAL lock_configuration = true;")?;
    Ok(connection)
}

fn relations(connection: &Connection) -> duckdb::Result<BTreeSet<String>> {
    connection
        .prepare(
            "SELECT table_name FROM information_schema.tables \
             WHERE table_catalog = current_database() AND table_schema = 'main'",
        )?
        .query_map([], |row| row.get(0))?
        .collect()
}

fn warm(connection: &Connection, manifest: &Manifest) -> Result<(), String> {
    for (table, summary) in &manifest.tables {
        let sql = format!("SELECT count(*) FROM main.{}", identifier(table));
        let rows: u64 = connection
            .query_row(&sql, [], |r| r.get(0))
            .map_err(|e| format!("{table}: {e}"))?;
        if rows != summary.rows {
            return Err(format!(
                "{table} has {rows} rows, its manifest says {}",
                summary.rows
            ));
        }
    }
    Ok(())
}
