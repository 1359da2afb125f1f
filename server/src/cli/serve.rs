//! `carton-caps serve`.

use std::io::ErrorKind;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::net::TcpListener;

use super::interrupt::stop_signal;
use super::{Done, ServeArgs, log};
use crate::config::{Config, Flags};

/// With fewer, one slow render can keep others from streaming.
const FEWEST_WORKERS: usize = 4;

pub fn run(args: ServeArgs) -> anyhow::Result<Done> {
    let config = Config::load(&Flags {
        config: args.config,
        addr: args.addr,
        warehouse: args.warehouse,
        insecure_open: args.insecure_open,
        data: args.data,
        project: args.project,
        site: args.site,
        log_format: args.log_format,
    })?;
    log::start(&config.log)?;
    log::panics();
    config.refuse_open_address()?;

    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.max(FEWEST_WORKERS))
        .enable_all()
        .build()
        .context("the program's threads could not be started")?;
    let ended = runtime.block_on(until_stopped(config));
    // A statement that nobody waits for any more must not hold up the end of the program.
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended.map(|()| Done::Entirely)
}

async fn until_stopped(config: Config) -> anyhow::Result<()> {
    let addr = config.server.addr;
    let listener = TcpListener::bind(addr).await.map_err(|e| match e.kind() {
        ErrorKind::AddrInUse => {
            anyhow!("{addr} is taken by another program; stop it, or choose another --addr")
        }
        ErrorKind::PermissionDenied => {
            anyhow!("this user may not listen on {addr}; choose a port above 1023")
        }
        _ => anyhow!("listening on {addr} failed: {e}"),
    })?;
    let handle = crate::serve(config, listener).await?;
    println!("Carton Caps is at http://{}", handle.addr());
    stop_signal().await;
    tracing::info!("stopping; requests that are under way may finish");
    tokio::select! {
        () = handle.stop() => {}
        _ = stop_signal() => tracing::warn!("stopping at once"),
    }
    Ok(())
}
