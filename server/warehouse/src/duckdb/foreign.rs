//! Any DuckDB file as a release, so that what another program made can be asked the same questions: its tables are copied
//! under the names that ours have.

use std::collections::BTreeMap;
use std::path::Path;

use duckdb::Connection;
use jiff::Timestamp;
use marts::{Failure, ReleaseInfo};

use super::bind::{identifier, literal};
use crate::options::{Mapping, TableMapping};
use crate::release::{self, BuildInfo, Manifest};

/// How the file is called while it is read.
const FOREIGN: &str = "foreign_file";

/// Makes a release of the DuckDB file `file` in the empty folder `data`, as of the same days as `like`. Without a mapping
/// every table keeps its name; a schema's name is left out. The file is opened read-only.
///
/// # Errors
/// A file that is no DuckDB database, a table or column of the mapping that it does not have, two tables of one name.
pub fn release_of_file(
    file: &Path,
    mapping: Option<&Mapping>,
    like: &ReleaseInfo,
    data: &Path,
) -> Result<(), Failure> {
    let id = &like.id.0;
    let folder = release::release_dir(data, id);
    std::fs::create_dir_all(&folder).map_err(|e| {
        Failure::unavailable(format!("{} cannot be written: {e}", folder.display()))
    })?;
    copy(file, mapping, &release::gold_path(data, id))?;
    let manifest = Manifest {
        release_id: id.clone(),
        run_id: String::new(),
        business_date: like.business_date,
        zone: like.zone.clone(),
        published_at: Timestamp::now(),
        fingerprint: String::new(),
        observed: like.observed,
        gold_bytes: 0,
        tables: BTreeMap::new(),
        build: BuildInfo::default(),
    };
    release::write_manifest(&folder, &manifest)?;
    release::point_to(data, id)
}

fn copy(file: &Path, mapping: Option<&Mapping>, gold: &Path) -> Result<(), Failure> {
    let shown = file.display();
    let unreadable = |e: duckdb::Error| {
        Failure::bad_request(format!(
            "{shown} cannot be read as a DuckDB file. Name a file that DuckDB made, and that no program has open for writing."
        ))
        .with_detail(e)
    };
    let own = Connection::open(gold).map_err(unreadable)?;
    own.execute_batch(&format!(
        "SET TimeZone = 'UTC'; ATTACH {} AS {FOREIGN} (READ_ONLY)",
        literal(&file.to_string_lossy())
    ))
    .map_err(unreadable)?;
    let there = columns(&own).map_err(unreadable)?;
    for (name, table) in wanted(mapping, &there)? {
        let select = select(&name, &table, &there, file)?;
        own.execute_batch(&format!("CREATE TABLE {} AS {select}", identifier(&name)))
            .map_err(|e| {
                let table = &table.table;
                Failure::unavailable(format!("The table {table} of {shown} cannot be copied."))
                    .with_detail(e)
            })?;
    }
    own.execute_batch(&format!("DETACH {FOREIGN}"))
        .map_err(unreadable)
}

/// Columns by schema and table.
type Columns = BTreeMap<(String, String), Vec<String>>;

fn columns(connection: &Connection) -> duckdb::Result<Columns> {
    let mut statement = connection.prepare(&format!(
        "SELECT table_schema, table_name, column_name FROM information_schema.columns \
         WHERE table_catalog = '{FOREIGN}' ORDER BY table_schema, table_name, ordinal_position"
    ))?;
    let mut found = Columns::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let table = (row.get(0)?, row.get(1)?);
        found.entry(table).or_default().push(row.get(2)?);
    }
    Ok(found)
}

/// What is copied, by our name.
fn wanted(
    mapping: Option<&Mapping>,
    there: &Columns,
) -> Result<BTreeMap<String, TableMapping>, Failure> {
    if let Some(mapping) = mapping {
        return Ok(mapping.tables.clone());
    }
    let mut all = BTreeMap::new();
    for (schema, table) in there.keys() {
        let of_theirs = TableMapping {
            table: format!("{schema}.{table}"),
            columns: BTreeMap::new(),
        };
        if let Some(other) = all.insert(table.clone(), of_theirs) {
            return Err(Failure::bad_request(format!(
                "The file has two tables of this name, {} and {schema}.{table}. Say in a mapping which one is meant.",
                other.table
            )));
        }
    }
    Ok(all)
}

fn select(
    name: &str,
    mapped: &TableMapping,
    there: &Columns,
    file: &Path,
) -> Result<String, Failure> {
    let (schema, table) = mapped
        .table
        .split_once('.')
        .unwrap_or(("main", &mapped.table));
    let Some(columns) = there.get(&(schema.to_owned(), table.to_owned())) else {
        let known: Vec<String> = there.keys().map(|(s, t)| format!("{s}.{t}")).collect();
        return Err(Failure::bad_request(format!(
            "The mapping has {name} as {schema}.{table}, which {} does not have. It has {}.",
            file.display(),
            known.join(", ")
        )));
    };
    for (ours, theirs) in &mapped.columns {
        if !columns.contains(theirs) {
            return Err(Failure::bad_request(format!(
                "The mapping has {name}.{ours} as {theirs}, which {schema}.{table} does not have. It has {}.",
                columns.join(", ")
            )));
        }
    }
    let list: Vec<String> = columns
        .iter()
        .map(|theirs| {
            let ours = mapped.columns.iter().find(|(_, own)| *own == theirs);
            let ours = ours.map_or(theirs, |(ours, _)| ours);
            format!("{} AS {}", identifier(theirs), identifier(ours))
        })
        .collect();
    Ok(format!(
        "SELECT {} FROM {FOREIGN}.{}.{}",
        list.join(", "),
        identifier(schema),
        identifier(table)
    ))
}
