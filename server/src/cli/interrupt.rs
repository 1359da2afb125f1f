//! Long work that Ctrl-C may end at any point: everything it leaves behind is renamed into place when it is whole.

use std::process;

/// Runs `work`; on Ctrl-C or SIGTERM says `farewell` and ends the process at once, as the signal itself would.
pub fn interruptible<T: Send + 'static>(
    farewell: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let work = tokio::task::spawn_blocking(work);
        tokio::select! {
            done = work => done.map_err(std::io::Error::other),
            signal = stop_signal() => {
                eprintln!("\ncarton-caps: {farewell}");
                // 128 + the signal's number, as shells report it.
                process::exit(128 + signal);
            }
        }
    })
}

/// Waits for SIGINT or SIGTERM and returns its number; never returns where signals cannot be heard.
pub async fn stop_signal() -> i32 {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let heard = signal(SignalKind::interrupt())
            .and_then(|i| signal(SignalKind::terminate()).map(|t| (i, t)));
        let Ok((mut interrupt, mut terminate)) = heard else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => SignalKind::interrupt().as_raw_value(),
            _ = terminate.recv() => SignalKind::terminate().as_raw_value(),
        }
    }
    #[cfg(not(unix))]
    {
        match tokio::signal::ctrl_c().await {
            Ok(()) => 2,
            Err(_) => std::future::pending().await,
        }
    }
}
