//! Changing a table in place: only rows that really differ are written.
//!
//! A SELECT gives the rows that should stand under some keys. They are compared, as bags, with those that do; rows
//! equal in all but bookkeeping are left alone on both sides, the rest is deleted and inserted.

use duckdb::Connection;
use marts::Failure;

use super::bind::identifier;
use super::builder::{DuckDbBuilder, failure};
use crate::builder::{BOOKKEEPING, Merged};
use crate::{Builder, Relation};

/// A column's name, quoted, and its type.
type Columns = Vec<(String, String)>;

/// The temporary tables that changing one relation needs. `written` and `removed` stay until the build ends.
struct Temporary {
    touched: String,
    at: String,
    present: String,
    kept: String,
    written: String,
    removed: String,
}

impl Temporary {
    fn of(relation: &Relation) -> Self {
        let name = |what: &str| {
            let schema = format!("{:?}", relation.schema).to_lowercase();
            format!(
                "temp.main.{}",
                identifier(&format!("{what}_{schema}_{}", relation.name))
            )
        };
        Self {
            touched: name("touched"),
            at: name("at"),
            present: name("present"),
            kept: name("kept"),
            written: name("delta"),
            removed: name("removed"),
        }
    }
}

impl DuckDbBuilder {
    /// Puts the SELECT's rows in the place of those that have their keys; without keys, of all rows.
    pub(super) fn change(
        &mut self,
        relation: &Relation,
        select: &str,
        unique_key: Option<&[String]>,
    ) -> Result<Merged, Failure> {
        self.enter(relation.schema)
            .map_err(|e| failure(relation, &e))?;
        let names = Temporary::of(relation);
        let table = self.qualified(relation);
        let touched = count(
            &self.connection,
            &format!(
                "CREATE OR REPLACE TEMP TABLE {} AS {select}",
                bare(&names.touched)
            ),
        )
        .map_err(|e| failure(relation, &e))?;
        let columns = self
            .same_columns(relation, &table, &names.touched)
            .map_err(|e| failure(relation, &e))??;
        let change = Change {
            connection: &self.connection,
            table: &table,
            names: &names,
            columns: &columns,
        };
        let merged = change
            .write(touched, unique_key)
            .map_err(|e| failure(relation, &e))?;
        self.changed.insert(relation.clone());
        Ok(merged)
    }

    /// Deletes what a hook says; see [`Builder::run_hook`].
    pub(super) fn delete(&mut self, relation: &Relation, hook: &str) -> Result<Merged, Failure> {
        let table = self.qualified(relation);
        let Some(condition) = condition(hook, &table) else {
            return Err(Failure::bad_request(format!(
                "The post_hook of {} is not supported: it must be `delete from {{{{ this }}}} where …`.",
                relation.name
            ))
            .with_detail(hook));
        };
        self.enter(relation.schema)
            .map_err(|e| failure(relation, &e))?;
        let names = Temporary::of(relation);
        let columns = self.described(&table).map_err(|e| failure(relation, &e))?;
        let change = Change {
            connection: &self.connection,
            table: &table,
            names: &names,
            columns: &columns,
        };
        change
            .delete(condition, self.changed.contains(relation))
            .map_err(|e| failure(relation, &e))
    }

    /// The rows that this build wrote into a table it changed in place, and those it took out.
    pub(super) fn change_of(&self, relation: &Relation) -> Option<(String, String)> {
        self.changed.contains(relation).then(|| {
            let names = Temporary::of(relation);
            (names.written, names.removed)
        })
    }

    fn described(&self, table: &str) -> duckdb::Result<Columns> {
        let mut statement = self.connection.prepare(&format!("DESCRIBE {table}"))?;
        statement
            .query_map([], |row| {
                Ok((identifier(&row.get::<_, String>(0)?), row.get(1)?))
            })?
            .collect()
    }

    /// The table's columns, where the SELECT has the same ones.
    fn same_columns(
        &self,
        relation: &Relation,
        table: &str,
        touched: &str,
    ) -> duckdb::Result<Result<Columns, Failure>> {
        let (has, gives) = (self.described(table)?, self.described(touched)?);
        let mut differences = Vec::new();
        for (name, kind) in &gives {
            match has.iter().find(|(n, _)| n == name) {
                None => differences.push(format!("{name} is new")),
                Some((_, before)) if before != kind => {
                    differences.push(format!("{name} was {before} and is {kind}"));
                }
                Some(_) => {}
            }
        }
        let gone = has
            .iter()
            .filter(|(name, _)| !gives.iter().any(|(n, _)| n == name));
        differences.extend(gone.map(|(name, _)| format!("{name} is gone")));
        if differences.is_empty() {
            return Ok(Ok(has));
        }
        Ok(Err(Failure::bad_request(format!(
            "{} has other columns than the table it would change: {}. Run once with --full-refresh.",
            relation.name,
            differences.join(", ")
        ))))
    }
}

/// One table, the SELECT's rows beside it, and their common columns.
struct Change<'a> {
    connection: &'a Connection,
    table: &'a str,
    names: &'a Temporary,
    columns: &'a Columns,
}

impl Change<'_> {
    fn write(&self, touched: u64, unique_key: Option<&[String]>) -> duckdb::Result<Merged> {
        let Temporary {
            touched: new,
            kept,
            written,
            removed,
            present,
            at,
        } = self.names;
        let all = self.list("");
        // The rows to compare with: those of the keys, or the whole table as it stands.
        let (before, before_at) = match unique_key {
            Some(keys) => {
                self.find_present(touched, keys)?;
                (present.as_str(), "_at")
            }
            None => (self.table, "rowid"),
        };
        // Rows are told apart by their values; the hash only finds pairs, and the n-th of equal rows meets the n-th.
        let compared = self.compared();
        let hash = format!("hash({})", list_of(&compared, ""));
        let numbered = |relation: &str, at: &str| {
            format!(
                "(SELECT {at} AS _at, {all}, {hash} AS _hash, row_number() OVER (PARTITION BY {hash}) AS _copy FROM {relation})"
            )
        };
        let equal: Vec<String> = compared
            .iter()
            .map(|name| format!("b.{name} IS NOT DISTINCT FROM n.{name}"))
            .collect();
        let unchanged = count(
            self.connection,
            &format!(
                "CREATE OR REPLACE TEMP TABLE {} AS SELECT b._at AS _before, n._at AS _new FROM {} AS b JOIN {} AS n \
                 ON b._hash = n._hash AND b._copy = n._copy AND {}",
                bare(kept),
                numbered(before, before_at),
                numbered(new, "rowid"),
                equal.join(" AND ")
            ),
        )?;
        let deleted = count(
            self.connection,
            &format!(
                "CREATE OR REPLACE TEMP TABLE {} AS SELECT {before_at} AS _at, {all} FROM {before} AS b \
                 WHERE NOT EXISTS (SELECT 1 FROM {kept} AS k WHERE k._before = b.{before_at})",
                bare(removed)
            ),
        )?;
        let inserted = count(
            self.connection,
            &format!(
                "CREATE OR REPLACE TEMP TABLE {} AS SELECT {all} FROM {new} AS n \
                 WHERE NOT EXISTS (SELECT 1 FROM {kept} AS k WHERE k._new = n.rowid)",
                bare(written)
            ),
        )?;
        if deleted > 0 {
            self.connection.execute_batch(&format!(
                "DELETE FROM {} WHERE rowid IN (SELECT _at FROM {removed})",
                self.table
            ))?;
        }
        if inserted > 0 {
            self.connection.execute_batch(&format!(
                "INSERT INTO {} ({all}) SELECT {all} FROM {written}",
                self.table
            ))?;
        }
        let checksum_delta = self.checksum_of(written)? - self.checksum_of(removed)?;
        self.connection.execute_batch(&format!(
            "DROP TABLE IF EXISTS {new}; DROP TABLE IF EXISTS {kept}; DROP TABLE IF EXISTS {present}; DROP TABLE IF EXISTS {at};"
        ))?;
        Ok(Merged {
            touched,
            inserted,
            deleted,
            unchanged,
            checksum_delta,
        })
    }

    /// Keys first and then whole rows, so that a column that is no key is read only where rows were found.
    fn find_present(&self, touched: u64, keys: &[String]) -> duckdb::Result<()> {
        let keys: Vec<String> = keys.iter().map(|key| identifier(key)).collect();
        let is_null: Vec<String> = keys.iter().map(|key| format!("{key} IS NULL")).collect();
        let new = &self.names.touched;
        let nulls: i64 = self.connection.query_row(
            &format!("SELECT count(*) FROM {new} WHERE {}", is_null.join(" OR ")),
            [],
            |row| row.get(0),
        )?;
        // Plain equality lets the engine leave out parts of the table by their least and greatest values.
        let equals = if nulls == 0 {
            "="
        } else {
            "IS NOT DISTINCT FROM"
        };
        let on: Vec<String> = keys
            .iter()
            .map(|key| format!("t.{key} {equals} k.{key}"))
            .collect();
        let nothing = if touched == 0 { "WHERE false" } else { "" };
        self.rows_at(&format!(
            "SELECT t.rowid AS _at FROM {} AS t SEMI JOIN (SELECT DISTINCT {} FROM {new}) AS k ON {} {nothing}",
            self.table,
            keys.join(", "),
            on.join(" AND ")
        ))
    }

    /// Makes `present` of the table's rows at the places that a SELECT names.
    fn rows_at(&self, places: &str) -> duckdb::Result<()> {
        let Temporary { at, present, .. } = self.names;
        let found = count(
            self.connection,
            &format!("CREATE OR REPLACE TEMP TABLE {} AS {places}", bare(at)),
        )?;
        let which = if found == 0 {
            "false".to_owned()
        } else {
            format!("rowid IN (SELECT _at FROM {at})")
        };
        count(
            self.connection,
            &format!(
                "CREATE OR REPLACE TEMP TABLE {} AS SELECT rowid AS _at, {} FROM {} WHERE {which}",
                bare(present),
                self.list(""),
                self.table
            ),
        )?;
        Ok(())
    }

    fn delete(&self, condition: &str, after_a_change: bool) -> duckdb::Result<Merged> {
        let Temporary {
            at,
            present,
            written,
            removed,
            ..
        } = self.names;
        self.rows_at(&format!(
            "SELECT rowid AS _at FROM {} {condition}",
            self.table
        ))?;
        let deleted = count(self.connection, &format!("SELECT count(*) FROM {present}"))?;
        let checksum_delta = -self.checksum_of(present)?;
        if deleted > 0 {
            let all = self.list("");
            self.connection.execute_batch(&format!(
                "DELETE FROM {} WHERE rowid IN (SELECT _at FROM {at})",
                self.table
            ))?;
            if after_a_change {
                self.connection.execute_batch(&format!(
                    "CREATE OR REPLACE TEMP TABLE {} AS SELECT {all} FROM {written} EXCEPT ALL SELECT {all} FROM {present};
                     INSERT INTO {removed} SELECT * FROM {present};",
                    bare(written)
                ))?;
            }
        }
        self.connection.execute_batch(&format!(
            "DROP TABLE IF EXISTS {present}; DROP TABLE IF EXISTS {at};"
        ))?;
        Ok(Merged {
            touched: deleted,
            deleted,
            checksum_delta,
            ..Merged::default()
        })
    }

    fn checksum_of(&self, rows: &str) -> duckdb::Result<i128> {
        self.connection.query_row(
            &format!("SELECT {} FROM {rows}", sum_of_hashes(&self.compared())),
            [],
            |row| row.get(0),
        )
    }

    /// All columns but those that differ from run to run.
    fn compared(&self) -> Vec<&str> {
        let names = self.columns.iter().map(|(name, _)| name.as_str());
        names
            .filter(|name| !BOOKKEEPING.contains(&name.trim_matches('"')))
            .collect()
    }

    fn list(&self, prefix: &str) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        list_of(&names, prefix)
    }
}

/// A sum does not depend on the order, unlike xor it sees a row that is there twice, and it can be carried on from
/// the rows that change. `columns` are quoted.
pub(super) fn sum_of_hashes(columns: &[&str]) -> String {
    let hash = if columns.is_empty() {
        "0".to_owned()
    } else {
        format!("hash({})", list_of(columns, ""))
    };
    format!("CAST(coalesce(sum(CAST({hash} AS HUGEINT)), 0) AS HUGEINT)")
}

fn list_of(names: &[&str], prefix: &str) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("{prefix}{name}")).collect();
    names.join(", ")
}

/// `CREATE TEMP TABLE` takes no catalogue.
fn bare(name: &str) -> &str {
    name.trim_start_matches("temp.main.")
}

/// Runs a statement that answers with one number, such as how many rows a new table has.
fn count(connection: &Connection, sql: &str) -> duckdb::Result<u64> {
    let rows: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(rows.unsigned_abs())
}

/// What comes after `delete from <table>`: nothing, or an alias and a `where`.
fn condition<'a>(hook: &'a str, table: &str) -> Option<&'a str> {
    let hook = hook.trim().trim_end_matches(';').trim_end();
    let rest = after(after(after(hook, "delete")?, "from")?, table)?;
    let is_where = |text: &str| after(text, "where").is_some();
    let alias = after(rest, "as").unwrap_or(rest);
    let behind_alias = alias
        .split_once(char::is_whitespace)
        .map(|(_, rest)| rest.trim_start());
    (rest.is_empty() || is_where(rest) || behind_alias.is_some_and(is_where)).then_some(rest)
}

/// The text after a word, which must stand apart from it.
fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = (text.get(..word.len())?, &text[word.len()..]);
    let ends = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (head.eq_ignore_ascii_case(word) && ends).then(|| rest.trim_start())
}

#[cfg(test)]
#[path = "builder_delta_tests.rs"]
mod tests;
