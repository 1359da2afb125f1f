//! Two statements on two engines, compared in memory that does not grow with what they agree on.

use std::collections::HashMap;
use std::collections::hash_map::{DefaultHasher, Entry};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::RecordBatch;
use futures::{TryStreamExt, try_join};
use marts::{Failure, ReleaseId, Statement};
use warehouse::{Batches, Warehouse};

use crate::cell::{Cell, Kind, Reader, reader};
use crate::difference::{ComparedColumn, Comparison, Leftover};

/// Rows without an equal that are looked at one by one, of each side.
const MOST_KEPT: usize = 2_000;

/// An engine and the release that is asked of it.
#[derive(Clone)]
pub struct Source {
    /// For people: "release 2026-03-31-…", "Databricks schema …".
    pub label: String,
    pub warehouse: Arc<dyn Warehouse>,
    /// `None` for the current one.
    pub release: Option<ReleaseId>,
}

impl Source {
    pub(crate) async fn run(&self, statement: &Statement) -> Result<Batches, Failure> {
        let statement = Statement {
            release: self.release.clone(),
            ..statement.clone()
        };
        self.warehouse.run(statement).await
    }
}

/// One side's sums over a result.
#[derive(Default)]
struct Sums {
    rows: u64,
    names: Vec<String>,
    kinds: Vec<Kind>,
    nulls: Vec<u64>,
    checksums: Vec<u64>,
}

/// How many rows of a hash the left side has more than the right.
type Balance = HashMap<u128, i64>;

/// Runs both statements and tells them apart. The order of rows does not count; names, types and values do.
///
/// # Errors
/// What either engine answers with, and a type that cannot be compared.
pub async fn compare(
    left: &Source,
    on_left: &Statement,
    right: &Source,
    on_right: &Statement,
) -> Result<Comparison, Failure> {
    let mut balance = Balance::new();
    let (mine, theirs) = try_join!(left.run(on_left), right.run(on_right))?;
    let mine = sums(mine, &mut balance, 1).await?;
    let theirs = sums(theirs, &mut balance, -1).await?;
    let names: Vec<String> = mine.names.clone();
    let mut comparison = Comparison {
        left_rows: mine.rows,
        right_rows: theirs.rows,
        columns: columns(&mine, &theirs),
        differing_rows: 0,
        differences: Vec::new(),
    };
    let (more, fewer) = balance
        .values()
        .fold((0u64, 0u64), |(more, fewer), n| match n {
            n if *n > 0 => (more + n.unsigned_abs(), fewer),
            n => (more, fewer + n.unsigned_abs()),
        });
    if more == 0 && fewer == 0 {
        return Ok(comparison);
    }
    comparison.differing_rows = more.max(fewer);
    if mine.names == theirs.names {
        let (again, too) = try_join!(left.run(on_left), right.run(on_right))?;
        let only_left = rows_of(again, &mut balance, 1).await?;
        let only_right = rows_of(too, &mut balance, -1).await?;
        let left_over = Leftover::of(only_left, only_right);
        comparison.differing_rows = more.max(fewer).saturating_sub(left_over.agreed);
        comparison.differences = left_over.shown(&names);
    }
    Ok(comparison)
}

fn columns(left: &Sums, right: &Sums) -> Vec<ComparedColumn> {
    let of = |sums: &Sums, at: usize| {
        let kind = sums.kinds.get(at).map(ToString::to_string);
        let nulls = sums.nulls.get(at).copied().unwrap_or_default();
        let checksum = sums.checksums.get(at).copied().unwrap_or_default();
        (kind, nulls, format!("{checksum:016x}"))
    };
    (0..left.names.len().max(right.names.len()))
        .map(|at| {
            let (left_kind, left_nulls, left_checksum) = of(left, at);
            let (right_kind, right_nulls, right_checksum) = of(right, at);
            let name = match (left.names.get(at), right.names.get(at)) {
                (Some(mine), Some(theirs)) if mine != theirs => format!("{mine} / {theirs}"),
                (Some(name), _) | (None, Some(name)) => name.clone(),
                (None, None) => String::new(),
            };
            let is_named_alike = left.names.get(at) == right.names.get(at);
            ComparedColumn {
                name,
                left_kind,
                right_kind: right_kind.filter(|_| is_named_alike),
                left_nulls,
                right_nulls,
                left_checksum,
                right_checksum,
            }
        })
        .collect()
}

/// Adds a result to the balance with this sign, batch by batch.
async fn sums(mut batches: Batches, balance: &mut Balance, sign: i64) -> Result<Sums, Failure> {
    let fields = batches.schema.fields();
    let mut sums = Sums {
        names: fields.iter().map(|field| field.name().clone()).collect(),
        nulls: vec![0; fields.len()],
        checksums: vec![0; fields.len()],
        ..Sums::default()
    };
    for field in fields {
        sums.kinds.push(Kind::of(field.name(), field.data_type())?);
    }
    while let Some(batch) = batches.stream.try_next().await? {
        let readers = readers(&batch)?;
        sums.rows += batch.num_rows() as u64;
        for row in 0..batch.num_rows() {
            let mut whole = RowHasher::default();
            for (at, read) in readers.iter().enumerate() {
                let cell = read(row);
                sums.nulls[at] += u64::from(cell.is_null());
                sums.checksums[at] = sums.checksums[at].wrapping_add(whole.add(&cell));
            }
            match balance.entry(whole.finish()) {
                Entry::Vacant(free) => {
                    free.insert(sign);
                }
                Entry::Occupied(mut taken) if *taken.get() != -sign => *taken.get_mut() += sign,
                Entry::Occupied(taken) => {
                    taken.remove();
                }
            }
        }
    }
    Ok(sums)
}

/// The rows that this side has more of, as far as they are kept.
async fn rows_of(
    mut batches: Batches,
    balance: &mut Balance,
    sign: i64,
) -> Result<Vec<Vec<Cell>>, Failure> {
    let mut kept = Vec::new();
    while let Some(batch) = batches.stream.try_next().await? {
        let readers = readers(&batch)?;
        for row in 0..batch.num_rows() {
            let cells: Vec<Cell> = readers.iter().map(|read| read(row)).collect();
            let mut whole = RowHasher::default();
            for cell in &cells {
                whole.add(cell);
            }
            let Some(left) = balance.get_mut(&whole.finish()) else {
                continue;
            };
            if *left * sign > 0 {
                *left -= sign;
                kept.push(cells);
                if kept.len() >= MOST_KEPT {
                    return Ok(kept);
                }
            }
        }
    }
    Ok(kept)
}

fn readers(batch: &RecordBatch) -> Result<Vec<Reader>, Failure> {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns());
    columns
        .map(|(field, array)| reader(field.name(), array))
        .collect()
}

/// 128 bits of a row, so that two rows of a large table that differ are not taken for one.
struct RowHasher {
    first: DefaultHasher,
    second: DefaultHasher,
}

impl Default for RowHasher {
    fn default() -> Self {
        let mut second = DefaultHasher::new();
        1u8.hash(&mut second);
        Self {
            first: DefaultHasher::new(),
            second,
        }
    }
}

impl RowHasher {
    /// Returns the cell's own hash.
    fn add(&mut self, cell: &Cell) -> u64 {
        let mut own = DefaultHasher::new();
        cell.hash(&mut own);
        let own = own.finish();
        own.hash(&mut self.first);
        cell.hash(&mut self.second);
        own
    }

    fn finish(&self) -> u128 {
        u128::from(self.first.finish()) << 64 | u128::from(self.second.finish())
    }
}
