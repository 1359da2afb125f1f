//! The log, on standard error: text for eyes, one JSON object per line for machines.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::config::{ConfigError, Log, LogFormat};

/// Starts the log of this process; a second call changes nothing.
///
/// # Errors
/// A filter that cannot be read.
pub fn start(log: &Log) -> Result<(), ConfigError> {
    let filter = EnvFilter::try_new(&log.filter).map_err(|e| {
        ConfigError::Value(format!("log.filter `{}` cannot be read: {e}", log.filter))
    })?;
    let terminal = io::stderr().is_terminal();
    let json = match log.format {
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    // Fails only where a log has been started already, which then is the one to write to.
    let _started = if json {
        builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init()
    } else {
        builder.with_ansi(terminal).with_target(false).try_init()
    };
    Ok(())
}

/// The log of batch commands: quiet, unless `CARTON_CAPS_LOG_FILTER` asks for more.
///
/// # Errors
/// As [`start`].
pub fn start_quiet() -> Result<(), ConfigError> {
    let filter = std::env::var("CARTON_CAPS_LOG_FILTER").unwrap_or_else(|_| "warn".to_owned());
    start(&Log {
        filter,
        ..Log::default()
    })
}

/// Sends panics to the log, as one event like any other.
pub fn panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let reason = panic.payload_as_str().unwrap_or("unknown");
        // Empty unless RUST_BACKTRACE asks for it.
        let trace = std::backtrace::Backtrace::capture();
        tracing::error!(place, reason, %trace, "panic");
    }));
}
