//! `carton-caps parallel-run`.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use figment::Figment;
use figment::providers::{Format as _, Toml};
use marts::project::catalogue::Catalogue;
use marts::{Failure, ReleaseId, ReleaseInfo};
use parity::{Plan, Report, Source};
use tempfile::TempDir;
use warehouse::{
    DatabricksWarehouse, DuckDbOptions, DuckDbWarehouse, Mapping, ReleaseHandle, Warehouse,
};

use super::progress::Progress;
use super::{Done, ParallelRunArgs, log};
use crate::config::{Config, Flags};

/// Where one side's tables are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// A release in the data folder; `None` is the current one.
    Folder(Option<ReleaseId>),
    /// A release that was pushed to Databricks.
    Databricks(Option<ReleaseId>),
    /// A DuckDB file that any program made.
    File(PathBuf),
}

impl FromStr for Side {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (engine, release) = match text.split_once(':') {
            Some((engine, release)) => (engine, Some(ReleaseId(release.to_owned()))),
            None => (text, None),
        };
        if release.as_ref().is_some_and(|id| id.0.is_empty()) {
            return Err("a release is expected behind the colon".to_owned());
        }
        match engine {
            "duckdb" => Ok(Self::Folder(release)),
            "databricks" => Ok(Self::Databricks(release)),
            _ if Path::new(text).is_file() => Ok(Self::File(PathBuf::from(text))),
            _ => Err("`duckdb`, `duckdb:RELEASE`, `databricks`, `databricks:RELEASE` or a DuckDB file that exists is expected".to_owned()),
        }
    }
}

pub fn run(args: ParallelRunArgs) -> anyhow::Result<Done> {
    log::start_quiet()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the program's threads could not be started")?;
    let report = runtime.block_on(compare(&args))?;
    if let Some(folder) = &args.report {
        write(folder, &report)?;
    }
    let text = match args.json {
        true => serde_json::to_string_pretty(&report)? + "\n",
        false => report.text(),
    };
    match io::stdout().write_all(text.as_bytes()) {
        // Whoever reads has seen enough, as `head` has.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    Ok(match report.is_equal() {
        true => Done::Entirely,
        false => Done::Differs,
    })
}

async fn compare(args: &ParallelRunArgs) -> anyhow::Result<Report> {
    let config = Config::load(&Flags {
        config: args.config.clone(),
        data: args.data.clone(),
        project: args.project.clone(),
        ..Flags::default()
    })?;
    let mapping = args.mapping.as_deref().map(read_mapping).transpose()?;
    let is_file = |side: &Side| matches!(side, Side::File(_));
    if mapping.is_some() && !is_file(&args.left) && !is_file(&args.right) {
        bail!("a mapping tells of a DuckDB file, and neither side is one; leave out --mapping");
    }
    // Lives as long as the copies in it are read.
    let copies = tempfile::tempdir().context("no folder for copies could be made")?;
    let (left, right) = match (is_file(&args.left), is_file(&args.right)) {
        (true, true) => bail!(
            "one side has to be a release, which says of which days it is; name `duckdb` or `databricks`"
        ),
        (false, _) => {
            let left = open(&args.left, &config).await?;
            let like = release_of(&left).await?;
            let right = match &args.right {
                Side::File(file) => of_file(file, mapping.as_ref(), &like, &copies).await?,
                side => open(side, &config).await?,
            };
            (left, right)
        }
        (true, false) => {
            let right = open(&args.right, &config).await?;
            let like = release_of(&right).await?;
            let Side::File(file) = &args.left else {
                bail!("the left side is no file")
            };
            let left = of_file(file, mapping.as_ref(), &like, &copies).await?;
            (left, right)
        }
    };
    let plan = plan(args, &config, mapping.as_ref(), &left, &right).await?;
    let progress = Progress::new();
    let told = |_: &str, done: usize, total: usize| {
        progress.at(
            "comparing",
            "tables and questions",
            done as u64,
            total as u64,
        );
    };
    parity::run(&left, &right, &plan, told)
        .await
        .map_err(failed)
}

/// What is compared: all there is, unless the command or a mapping names tables.
async fn plan(
    args: &ParallelRunArgs,
    config: &Config,
    mapping: Option<&Mapping>,
    left: &Source,
    right: &Source,
) -> anyhow::Result<Plan> {
    if !args.tables.is_empty() {
        return Ok(Plan {
            tables: Some(args.tables.iter().cloned().collect()),
            questions: Vec::new(),
        });
    }
    let project = config.project()?;
    let catalogue = Catalogue::read(&project)?;
    let info = match &args.left {
        Side::File(_) => release_of(right).await?,
        _ => release_of(left).await?,
    };
    let mut questions = parity::questions(&project, &catalogue, &info).map_err(failed)?;
    let mapped: Option<BTreeSet<String>> =
        mapping.map(|mapping| mapping.tables.keys().cloned().collect());
    if let Some(mapped) = &mapped {
        let mut all = BTreeSet::new();
        for side in [left, right] {
            let there = side.warehouse.relations(side.release.as_ref()).await;
            all.extend(there.map_err(failed)?.iter().cloned());
        }
        let others: BTreeSet<&String> = all.difference(mapped).collect();
        questions.retain(|question| {
            let mut words = question
                .statement
                .sql
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            !words.any(|word| others.iter().any(|other| *other == word))
        });
    }
    Ok(Plan {
        tables: mapped,
        questions,
    })
}

async fn open(side: &Side, config: &Config) -> anyhow::Result<Source> {
    let (place, warehouse, release): (_, Arc<dyn Warehouse>, _) = match side {
        Side::Folder(release) => {
            let data = config.data()?;
            let handle = Arc::new(ReleaseHandle::new(&data, DuckDbOptions::default()));
            handle.refresh().await.map_err(failed)?;
            let place = data.display().to_string();
            (place, Arc::new(DuckDbWarehouse::new(handle)), release)
        }
        Side::Databricks(release) => {
            let options = config.databricks.options(&config.limits)?;
            let place = format!("Databricks, warehouse {}", options.warehouse_id);
            let warehouse = DatabricksWarehouse::new(options).map_err(failed)?;
            warehouse.refresh().await.map_err(failed)?;
            (place, Arc::new(warehouse), release)
        }
        Side::File(file) => bail!("{} is a file", file.display()),
    };
    let info = warehouse.release_named(release.as_ref()).await;
    let info = info.map_err(failed)?;
    Ok(Source {
        label: format!("release {} of {place}", info.id),
        warehouse,
        release: release.clone(),
    })
}

async fn of_file(
    file: &Path,
    mapping: Option<&Mapping>,
    like: &ReleaseInfo,
    copies: &TempDir,
) -> anyhow::Result<Source> {
    warehouse::release_of_file(file, mapping, like, copies.path()).map_err(failed)?;
    let handle = Arc::new(ReleaseHandle::new(copies.path(), DuckDbOptions::default()));
    handle.refresh().await.map_err(failed)?;
    Ok(Source {
        label: file.display().to_string(),
        warehouse: Arc::new(DuckDbWarehouse::new(handle)),
        release: None,
    })
}

async fn release_of(source: &Source) -> anyhow::Result<ReleaseInfo> {
    let info = source
        .warehouse
        .release_named(source.release.as_ref())
        .await;
    info.map_err(failed)
}

fn read_mapping(path: &Path) -> anyhow::Result<Mapping> {
    if !path.is_file() {
        bail!("the mapping {} does not exist", path.display());
    }
    let read = Figment::from(Toml::file_exact(path)).extract();
    read.map_err(|e| anyhow!("{}: {e}", path.display()))
}

fn write(folder: &Path, report: &Report) -> anyhow::Result<()> {
    let json = serde_json::to_string_pretty(report)?;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    for (name, text) in [
        ("report.txt", report.text()),
        ("report.json", json),
        ("report.html", report.html()),
    ] {
        let path = folder.join(name);
        std::fs::write(&path, text)
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}

fn failed(failure: Failure) -> anyhow::Error {
    match failure.detail.as_str() {
        "" => anyhow!("{}", failure.message),
        detail => anyhow!("{} ({detail})", failure.message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_an_engine_with_or_without_a_release_or_a_file() {
        let release = |id: &str| Some(ReleaseId(id.to_owned()));
        assert_eq!("duckdb".parse(), Ok(Side::Folder(None)));
        assert_eq!("duckdb:r-1".parse(), Ok(Side::Folder(release("r-1"))));
        assert_eq!("databricks:r".parse(), Ok(Side::Databricks(release("r"))));
        for text in ["duckdb:", "spark", "no-such-file.duckdb", ""] {
            assert!(text.parse::<Side>().is_err(), "{text}");
        }
    }
}
