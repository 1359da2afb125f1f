//! `carton-caps period close`: a month's entries are fixed for good.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use arrow::array::RecordBatch;
use jiff::Timestamp;
use marts::project::Project;
use marts::{Param, Statement};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde_json::{Map, Value};
use warehouse::release::read_manifest;

use super::against::{LEDGER, refuse_unchecked};
use super::store::Aside;
use super::{Close, Closes, Period, clean_up};
use crate::released::Released;
use crate::{PipelineError, lock, sample};

/// What is to be closed, by whom.
#[derive(Debug, Clone)]
pub struct CloseOptions {
    pub data: PathBuf,
    /// The dbt project, which says what must hold.
    pub project: PathBuf,
    pub period: Period,
    pub by: String,
    pub reason: Option<String>,
    /// Closes although rewards of the period are held back; a reason must be given.
    pub allow_quarantined: bool,
}

/// Closes a month on the current release.
///
/// # Errors
/// [`PipelineError::Closes`], in a sentence: it is closed, or an earlier month is open; it is not over; the release was built before the
/// last close; an assertion about the ledger does not hold or was not checked; rewards are held back. Nothing was closed then.
pub fn close(options: &CloseOptions) -> Result<Close, PipelineError> {
    let CloseOptions {
        data,
        period,
        by,
        reason,
        allow_quarantined,
        ..
    } = options;
    let period = *period;
    let _lock = lock::take(data)?;
    clean_up(data)?;
    let closes = Closes::read(data)?;
    if let Some(kept) = closes.closed().find(|kept| kept.close.period == period) {
        return Err(refused(format!(
            "{period} was closed on {} by {}; it stays as it is (`carton-caps period reopen` opens the last closed month)",
            kept.close.closed_at.strftime("%Y-%m-%d"),
            kept.close.closed_by
        )));
    }
    let project = Project::read(&options.project)?;
    let release = Released::open(data)?;
    let manifest = read_manifest(data, &release.id)?;
    let built_with = manifest.build.closes.as_str();
    if built_with != closes.digest() && built_with != closes.digest_before(&release.id) {
        return Err(refused(format!(
            "release {} was built before the last close or reopening; nothing was closed: run `carton-caps pipeline run` first",
            release.id
        )));
    }
    if manifest.business_date < period.next().first_day() {
        return Err(refused(format!(
            "{period} is not over: the latest landed day is {}; nothing was closed: close it once a day of {} has landed",
            manifest.business_date,
            period.next()
        )));
    }
    in_turn(&release, &closes, period)?;
    refuse_unchecked(data, &project, &manifest)?;
    let held = held_back(&release, period)?;
    if held.rows > 0 && !(*allow_quarantined && reason.is_some()) {
        return Err(refused(format!(
            "{} rows of {period} are held back, with rewards of {} beside the balance; nothing was closed: land what they wait \
             for, or close all the same with --allow-quarantined and --reason",
            held.rows, held.amount
        )));
    }

    let aside = Aside::new(data, period)?;
    let entries = write_entries(&release, period, aside.ledger())?;
    let close = Close {
        period,
        closed_at: now(),
        closed_by: by.clone(),
        release_id: release.id.clone(),
        business_date: manifest.business_date,
        entries,
        owed: owed(&release, period)?,
        sha256: aside.seal()?,
        reason: reason.clone(),
        quarantined_rows: held.rows,
        quarantined_amount: held.amount,
    };
    aside.put_in_place(data, &close)?;
    Closes::list(data)?.remember(data)?;
    Ok(close)
}

/// To the microsecond, as records keep it.
pub(super) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

fn refused(sentence: String) -> PipelineError {
    PipelineError::Closes(sentence)
}

/// Months are closed one after the other, from the first that has entries.
fn in_turn(release: &Released, closes: &Closes, period: Period) -> Result<(), PipelineError> {
    let due = match closes.last_closed() {
        Some(kept) => kept.close.period.next(),
        None => first_period(release)?.ok_or_else(|| {
            refused(format!(
                "release {} has no entries of rewards; nothing was closed",
                release.id
            ))
        })?,
    };
    if period > due {
        return Err(refused(format!(
            "{due} is still open; nothing was closed: months are closed one after the other"
        )));
    }
    if period < due {
        return Err(refused(format!(
            "the ledger begins after {period}; nothing was closed"
        )));
    }
    Ok(())
}

/// The first month with entries in the release.
pub(super) fn first_period(release: &Released) -> Result<Option<Period>, PipelineError> {
    let sql = format!("select min(period) as period from {LEDGER}");
    let first = sample::single(&release.ask(Statement::new(sql))?)?;
    Ok(first.and_then(|first| first.parse().ok()))
}

struct HeldBack {
    rows: u64,
    amount: String,
}

fn held_back(release: &Released, period: Period) -> Result<HeldBack, PipelineError> {
    let statement = of_period(
        "select cast(coalesce(sum(purchases + events), 0) as bigint) as held, \
         cast(coalesce(sum(reward_amount), 0) as decimal(18, 4)) as amount \
         from agg_rewards_quarantined where period = :period",
        period,
    );
    let rows = sample::rows(&release.ask(statement)?)?;
    let text = |row: &Map<String, Value>, name: &str| {
        row.get(name).and_then(Value::as_str).map(str::to_owned)
    };
    let row = rows.first();
    Ok(HeldBack {
        rows: row
            .and_then(|row| text(row, "held")?.parse().ok())
            .unwrap_or(0),
        amount: row
            .and_then(|row| text(row, "amount"))
            .unwrap_or_else(|| "0.0000".to_owned()),
    })
}

fn owed(release: &Released, period: Period) -> Result<String, PipelineError> {
    let statement = of_period(
        &format!(
            "select cast(coalesce(sum(amount), 0) as decimal(18, 4)) as owed from {LEDGER} \
             where account in ('pending', 'available', 'in_settlement') and period <= :period"
        ),
        period,
    );
    Ok(sample::single(&release.ask(statement)?)?.unwrap_or_default())
}

fn of_period(sql: &str, period: Period) -> Statement {
    let mut statement = Statement::new(sql);
    statement.params = vec![("period".into(), Param::Text(period.to_string()))];
    statement
}

/// Returns how many there are.
fn write_entries(release: &Released, period: Period, path: PathBuf) -> Result<u64, PipelineError> {
    let failed = |error: parquet::errors::ParquetError| PipelineError::Io {
        path: path.clone(),
        source: io::Error::other(error),
    };
    let columns: Vec<String> = release
        .columns(LEDGER)?
        .into_iter()
        .map(|column| column.name)
        .collect();
    let statement = of_period(
        &format!(
            "select {} from {LEDGER} where period = :period order by entry_id",
            columns.join(", ")
        ),
        period,
    );
    let (writer, entries) = release.each(
        statement,
        |batches| {
            let file = File::create(&path).map_err(|source| PipelineError::Io {
                path: path.clone(),
                source,
            })?;
            let properties = WriterProperties::builder()
                .set_compression(Compression::ZSTD(ZstdLevel::default()))
                .build();
            let schema = std::sync::Arc::clone(&batches.schema);
            let writer = ArrowWriter::try_new(file, schema, Some(properties)).map_err(failed)?;
            Ok((writer, 0_u64))
        },
        |(writer, entries), batch: RecordBatch| {
            *entries += batch.num_rows() as u64;
            writer.write(&batch).map_err(failed)
        },
    )?;
    writer.close().map_err(failed)?;
    Ok(entries)
}
