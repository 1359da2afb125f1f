//! The program as a person runs it: worlds, pipeline runs and servers in folders of their own.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};

/// A path that `make test` puts into the environment.
///
/// # Errors
/// When it is not there, with what to run.
pub fn variable(name: &str) -> anyhow::Result<PathBuf> {
    env::var_os(name)
        .map(PathBuf::from)
        .with_context(|| format!("{name} is not set: run `make test`"))
}

#[must_use]
pub fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
        .to_owned()
}

/// `carton-caps` with these arguments.
///
/// # Errors
/// As [`variable`].
pub fn program(arguments: &[&str]) -> anyhow::Result<Command> {
    let mut command = Command::new(variable("CARTON_CAPS_PROGRAM")?);
    command
        .args(arguments)
        .current_dir(checkout())
        .stdin(Stdio::null());
    Ok(command)
}

/// `carton-caps pipeline run` from `landing` into `data`, with the checkout's models.
///
/// # Errors
/// As [`variable`].
pub fn pipeline(landing: &Path, data: &Path) -> anyhow::Result<Command> {
    let mut command = program(&["pipeline", "run", "--project", "marts", "--landing"])?;
    command.arg(landing).arg("--data").arg(data);
    Ok(command)
}

/// A demo world of `purchases` lines that ends on 2026-06-30.
///
/// # Errors
/// When the program fails, with what it said.
pub fn demo(out: &Path, purchases: u32, seed: u32) -> anyhow::Result<()> {
    let mut command = program(&["demo", "--until", "2026-06-30"])?;
    command
        .args([
            "--purchases",
            &purchases.to_string(),
            "--seed",
            &seed.to_string(),
            "--out",
        ])
        .arg(out);
    succeed(&mut command)?;
    Ok(())
}

/// Runs a command that has to succeed.
///
/// # Errors
/// When it does not, with what it said.
pub fn succeed(command: &mut Command) -> anyhow::Result<Output> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?}: {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output)
}

/// A server on a free port; ends with this value.
pub struct Served {
    child: Child,
    log: tempfile::NamedTempFile,
    pub url: String,
}

impl Served {
    /// Starts `carton-caps serve` over `data` and waits until it is ready.
    ///
    /// # Errors
    /// When it ends or is not ready in 20 seconds.
    pub async fn start(data: &Path, client: &reqwest::Client) -> anyhow::Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let address = format!("127.0.0.1:{port}");
        let log = tempfile::NamedTempFile::new()?;
        let child = program(&[
            "serve",
            "--project",
            "marts",
            "--site",
            ".build/site",
            "--addr",
            &address,
            "--data",
        ])?
        .arg(data)
        .stdout(Stdio::null())
        .stderr(log.reopen()?)
        .spawn()?;
        let mut served = Self {
            child,
            log,
            url: format!("http://{address}"),
        };
        let started = Instant::now();
        while !client
            .get(format!("{}/readyz", served.url))
            .send()
            .await
            .is_ok_and(|r| r.status().is_success())
        {
            if let Some(status) = served.child.try_wait()? {
                bail!("the server ended: {status}\n{}", served.log());
            }
            ensure!(
                started.elapsed() < Duration::from_secs(20),
                "the server is not ready"
            );
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        Ok(served)
    }

    /// What it has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).unwrap_or_else(|error| error.to_string())
    }

    /// The process, for its memory and its end.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}
