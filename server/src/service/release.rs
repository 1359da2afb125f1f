//! The release that is served, and the next one as soon as it is published.

use std::sync::Arc;
use std::time::Duration;

use super::ServeError;
use crate::config::{Config, ConfigError};
use crate::engine_config::Engine;
use marts::{Failure, ReleaseInfo};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use warehouse::{
    Breaker, Conditions, DatabricksWarehouse, DuckDbOptions, DuckDbWarehouse, Known, ReleaseHandle,
    Warehouse,
};

/// A reader notices a new release within this time.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What is asked, what it serves and how it is doing as both change, and the task that looks for the next release.
pub struct Opened {
    pub warehouse: Arc<dyn Warehouse>,
    pub changes: watch::Receiver<Option<ReleaseInfo>>,
    pub conditions: watch::Receiver<Known>,
    pub watch: JoinHandle<()>,
}

/// Opens the current release of the configured engine, if there is a good one, and watches for the next.
///
/// Without one the service starts all the same: pages say what is missing until it is there.
///
/// # Errors
/// No data folder, or a network engine that is not fully configured.
pub async fn open(config: &Config) -> Result<Opened, ServeError> {
    match config.server.warehouse {
        Engine::DuckDb => in_folder(config).await,
        Engine::Databricks => on_databricks(config),
    }
}

async fn in_folder(config: &Config) -> Result<Opened, ServeError> {
    let defaults = DuckDbOptions::default();
    let options = DuckDbOptions {
        connections: config
            .limits
            .queries_at_once
            .unwrap_or(defaults.connections),
        ..defaults
    };
    let releases = Arc::new(ReleaseHandle::new(config.data()?, options));
    if let Err(failure) = releases.refresh().await {
        tracing::error!(detail = %failure.detail, "{}", failure.message);
    }
    let conditions = Conditions::default();
    Ok(Opened {
        changes: releases.changes(),
        conditions: conditions.watch(),
        watch: tokio::spawn(Arc::clone(&releases).watch(LOOK_EVERY)),
        warehouse: Arc::new(Breaker::over(
            Arc::new(DuckDbWarehouse::new(releases)),
            conditions,
        )),
    })
}

/// The first look is the watch's: a warehouse that has to start does not hold up the service.
fn on_databricks(config: &Config) -> Result<Opened, ServeError> {
    let options = config.databricks.options(&config.limits)?;
    let refused = |failure: Failure| ConfigError::Value(failure.message);
    let warehouse = Arc::new(DatabricksWarehouse::new(options).map_err(refused)?);
    let conditions = warehouse.conditions();
    Ok(Opened {
        changes: warehouse.changes(),
        conditions: conditions.watch(),
        watch: tokio::spawn(Arc::clone(&warehouse).watch(config.databricks.look_every())),
        warehouse: Arc::new(Breaker::over(warehouse, conditions)),
    })
}
