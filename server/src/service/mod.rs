//! The service: one router over [`Analytics`], the current release, and the watch for the next one.

mod api;
mod assets;
mod headers;
mod health;
mod limits;
mod metrics;
mod origin;
mod pages;
mod problem;
mod release;
mod request_id;
mod router;
mod warm_up;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle};

pub(crate) use metrics::{CACHE_ANSWERS, CACHE_BYTES, CACHE_ENTRIES, QUERY_SECONDS, QUEUE_SECONDS};

use crate::analytics::Analytics;
use crate::config::{Config, ConfigError, Server};
use crate::engine_config::Engine;

use api::Api;
use origin::Hosts;
use pages::Pages;

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{0}")]
    Assets(String),
    #[error("the listening socket has no address: {0}")]
    Listener(#[from] std::io::Error),
}

/// A running service.
pub struct Handle {
    addr: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<std::io::Result<()>>,
    patience: Duration,
    /// New releases are noticed, and made warm, for as long as there is a handle.
    background: Vec<Background>,
}

/// A task that ends with the service.
struct Background(AbortHandle);

impl Drop for Background {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Handle {
    /// Where it listens, with the port that was given for port 0.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Takes no more requests, lets those under way finish within the configured time, then ends them.
    pub async fn stop(self) {
        let _nobody_listens = self.stop.send(true);
        let abort = self.server.abort_handle();
        if tokio::time::timeout(self.patience, self.server)
            .await
            .is_err()
        {
            tracing::warn!(
                limit_seconds = self.patience.as_secs(),
                "some requests did not finish in time and were cut"
            );
            abort.abort();
        }
    }
}

/// Starts to answer on `listener`, and to watch for new releases.
///
/// # Errors
/// Missing folders, an address open to others, a site that was never built: each a sentence with what to do.
pub async fn serve(mut config: Config, listener: TcpListener) -> Result<Handle, ServeError> {
    let addr = listener.local_addr()?;
    // What counts is where the socket really listens, also for port 0.
    config.server.addr = addr;
    config.refuse_open_address()?;
    if config.server.warehouse == Engine::DuckDb {
        config.data()?;
    }
    // Who asks while the warehouse starts waits for it.
    if config.server.warehouse == Engine::Databricks {
        let start = config.databricks.start_seconds + config.limits.query_seconds;
        config.limits.request_seconds = config.limits.request_seconds.max(start);
    }
    let project = config.project()?;
    let site = config.site()?;
    let names = assets::names(&site)?;
    metrics::recorder();

    let opened = release::open(&config).await?;
    let warehouse = Arc::clone(&opened.warehouse);
    let analytics = Arc::new(Analytics::new(warehouse, project, &config.limits));
    let warm_up = tokio::spawn(warm_up::run(analytics.clone(), opened.changes.clone()));
    let stop = watch::Sender::new(false);
    let pages = Pages::new(analytics.clone(), names);
    let api = Api {
        pages: pages.clone(),
        analytics,
        releases: opened.changes,
        conditions: opened.conditions,
        stopped: stop.subscribe(),
    };
    let hosts = Hosts::new(config.is_loopback(), &config.server.allowed_hosts);
    let router = router::build(pages, api, opened.warehouse, &site, hosts, &config.limits);
    let background = [opened.watch, warm_up].map(|task| Background(task.abort_handle()));
    let mut handle = launch(router, listener, addr, &config.server, stop);
    handle.background.extend(background);
    Ok(handle)
}

/// Answers with `router` until the handle is told to stop.
fn launch(
    router: Router,
    listener: TcpListener,
    addr: SocketAddr,
    settings: &Server,
    stop: watch::Sender<bool>,
) -> Handle {
    let mut stopped = stop.subscribe();
    // Streamed pieces of a page are small; they must not wait for each other.
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection stays with delays");
        }
    });
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        // Also ends when the handle is gone.
        let _stopped = stopped.wait_for(|stop| *stop).await;
    });
    let patience = Duration::from_secs(settings.shutdown_seconds);
    Handle {
        addr,
        stop,
        server: tokio::spawn(server.into_future()),
        patience,
        background: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Mutex;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn a_request_under_way_is_answered_before_the_service_ends() {
        let (begun, wait_for_begin) = oneshot::channel();
        let (finish, wait_for_finish) = oneshot::channel::<()>();
        let once = Arc::new(Mutex::new(Some((begun, wait_for_finish))));
        let slow = move || {
            let (begun, wait_for_finish) = once.lock().unwrap().take().unwrap();
            async move {
                begun.send(()).unwrap();
                wait_for_finish.await.unwrap();
                "the whole answer"
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let handle = launch(
            Router::new().route("/", get(slow)),
            listener,
            addr,
            &Server::default(),
            watch::Sender::new(false),
        );

        let mut connection = TcpStream::connect(addr).await.unwrap();
        connection
            .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await
            .unwrap();
        wait_for_begin.await.unwrap();
        let stopping = tokio::spawn(handle.stop());
        finish.send(()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        stopping.await.unwrap();

        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.contains("the whole answer"),
            "{answer}"
        );
        assert!(
            TcpStream::connect(addr).await.is_err(),
            "nothing listens any more"
        );
    }

    #[tokio::test]
    async fn a_request_that_does_not_end_is_cut_after_the_time_it_was_given() {
        let (begun, wait_for_begin) = oneshot::channel();
        let once = Arc::new(Mutex::new(Some(begun)));
        let endless = move || {
            once.lock().unwrap().take().unwrap().send(()).unwrap();
            std::future::pending::<&'static str>()
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let settings = Server {
            shutdown_seconds: 0,
            ..Server::default()
        };
        let handle = launch(
            Router::new().route("/", get(endless)),
            listener,
            addr,
            &settings,
            watch::Sender::new(false),
        );
        let mut connection = TcpStream::connect(addr).await.unwrap();
        connection
            .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await
            .unwrap();
        wait_for_begin.await.unwrap();
        tokio::time::timeout(Duration::from_secs(5), handle.stop())
            .await
            .unwrap();
    }
}
