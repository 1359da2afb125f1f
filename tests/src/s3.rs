//! An S3-compatible server (moto's) on a free port.

use std::{
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};

use crate::program::variable;

/// Ends with this value.
pub struct S3 {
    child: Child,
    pub url: String,
}

impl S3 {
    /// Starts the server and waits until it listens. After `open_actions` requests (`None`: never) it asks for a key that
    /// it knows, and it knows none.
    ///
    /// # Errors
    /// When it ends or does not listen in 30 seconds.
    pub fn start(open_actions: Option<u32>) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new(variable("CARTON_CAPS_S3_SERVER")?);
        command
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(actions) = open_actions {
            command.env("INITIAL_NO_AUTH_ACTION_COUNT", actions.to_string());
        }
        let child = command.spawn().context("the S3 server does not start")?;
        let mut server = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("the S3 server ended: {status}");
            }
            ensure!(
                started.elapsed() < Duration::from_secs(30),
                "the S3 server does not listen"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// Makes a bucket.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn make_bucket(&self, name: &str) -> anyhow::Result<()> {
        self.put(name, Vec::new()).await
    }

    /// Puts all files below `folder` into a bucket, under `prefix`.
    ///
    /// # Errors
    /// When the server refuses, or the folder cannot be read.
    pub async fn upload(&self, folder: &Path, bucket: &str, prefix: &str) -> anyhow::Result<()> {
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for entry in std::fs::read_dir(next)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let key = path.strip_prefix(folder)?.display().to_string();
                let bytes = std::fs::read(&path)?;
                self.put(&format!("{bucket}/{prefix}/{key}"), bytes).await?;
            }
        }
        Ok(())
    }

    /// The environment in which S3's own tools find this server.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, &str); 5] {
        [
            ("AWS_ENDPOINT_URL", &self.url),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "us-east-1"),
        ]
    }

    async fn put(&self, path: &str, bytes: Vec<u8>) -> anyhow::Result<()> {
        let response = reqwest::Client::new()
            .put(format!("{}/{path}", self.url))
            .body(bytes)
            .send()
            .await?;
        response.error_for_status()?;
        Ok(())
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}
