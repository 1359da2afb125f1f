//! The stand-in for a Databricks SQL warehouse (`tests/standin`), real Spark behind its interface.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use warehouse::{Credentials, DatabricksOptions, Secret, Timing};

use crate::program::{checkout, variable};

/// Until Spark has stopped by itself.
const STOP: Duration = Duration::from_secs(15);

/// Ends with this value; also with this process, however that ends, since its standard input ends then.
pub struct StandIn {
    child: Child,
    stdin: Option<ChildStdin>,
    pub reached: Reached,
    client: reqwest::Client,
}

/// How it is reached.
#[derive(Debug, Clone, Deserialize)]
pub struct Reached {
    pub url: String,
    pub warehouse_id: String,
    pub token: String,
    pub client_id: String,
    pub client_secret: String,
}

/// What it counted since its last reset.
#[derive(Debug, Clone, Deserialize)]
pub struct Counts {
    pub submitted: u64,
    /// Not at their end.
    pub running: u64,
    /// Spark works on them.
    pub executing: u64,
    pub most_executing: u64,
    pub succeeded: u64,
    pub failed: u64,
    pub cancelled: u64,
    /// Submitted more than once with the same text, values and tags.
    pub repeated: u64,
    pub links: Links,
    pub tokens_given: u64,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Links {
    /// Downloads that carried the bearer, which no link may see.
    pub sent_authorization: u64,
    pub expired: u64,
}

impl StandIn {
    /// Starts it, without any release, and waits until it is ready: some 15 seconds.
    ///
    /// # Errors
    /// When its interpreter is not known, or it ends before it is ready.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_over(None)
    }

    /// The same with the current release of a data folder; the pointer's schema is `carton_caps`.
    ///
    /// # Errors
    /// As [`StandIn::start`].
    pub fn start_with(data: &Path) -> anyhow::Result<Self> {
        Self::start_over(Some(data))
    }

    fn start_over(data: Option<&Path>) -> anyhow::Result<Self> {
        // Each test has a runtime of its own, with which its connections end.
        let client = reqwest::Client::builder()
            .pool_max_idle_per_host(0)
            .build()?;
        let mut command = Command::new(variable("CARTON_CAPS_STANDIN_PYTHON")?);
        command
            .args(["-m", "standin", "--until-stdin-closes"])
            .env("PYTHONPATH", checkout().join("tests"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(data) = data {
            command.arg("--data").arg(data);
        }
        let mut child = command.spawn().context("the stand-in does not start")?;
        let stdin = child.stdin.take();
        let mut line = String::new();
        let stdout = child.stdout.take().context("no standard output")?;
        let read = BufReader::new(stdout).read_line(&mut line);
        let reached = read
            .map_err(anyhow::Error::from)
            .and_then(|_| Ok(serde_json::from_str(&line)?));
        match reached {
            Ok(reached) => Ok(Self {
                child,
                stdin,
                reached,
                client,
            }),
            Err(error) => {
                let _ended = child.kill().and_then(|()| child.wait());
                Err(error.context("the stand-in is not ready: run its tests to see why"))
            }
        }
    }

    /// A connector's options with its personal token, in the schema with the pointer's tables.
    #[must_use]
    pub fn options(&self, schema: &str) -> DatabricksOptions {
        let token = Credentials::Token(Secret::new(&self.reached.token));
        let mut options =
            DatabricksOptions::new(&self.reached.url, &self.reached.warehouse_id, schema, token);
        options.timing = Timing {
            poll_first: Duration::from_millis(10),
            poll_longest: Duration::from_millis(100),
            retry_first: Duration::from_millis(10),
            retry_longest: Duration::from_millis(200),
            stall: Duration::from_millis(1500),
            ask_state_after: Duration::from_millis(200),
            ..Timing::default()
        };
        options
    }

    /// The program's settings for it, as its environment has them.
    #[must_use]
    pub fn environment(&self, schema: &str) -> [(&'static str, String); 4] {
        let Reached {
            url,
            warehouse_id,
            token,
            ..
        } = &self.reached;
        [
            ("CARTON_CAPS_DATABRICKS_HOST", url.clone()),
            ("CARTON_CAPS_DATABRICKS_WAREHOUSE_ID", warehouse_id.clone()),
            ("CARTON_CAPS_DATABRICKS_TOKEN", token.clone()),
            ("CARTON_CAPS_DATABRICKS_SCHEMA", schema.to_owned()),
        ]
    }

    /// The same as a service principal, by OAuth.
    #[must_use]
    pub fn by_principal(&self, schema: &str) -> DatabricksOptions {
        DatabricksOptions {
            credentials: Credentials::ServicePrincipal {
                client_id: self.reached.client_id.clone(),
                client_secret: Secret::new(&self.reached.client_secret),
            },
            ..self.options(schema)
        }
    }

    /// A call of its control, which no fault befalls.
    ///
    /// # Errors
    /// When it does not answer, or refuses.
    pub async fn control(&self, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let url = format!("{}/standin/{path}", self.reached.url);
        let request = match body {
            Some(body) => self.client.post(url).body(body.to_string()),
            None => self.client.get(url),
        };
        let text = request.send().await?.error_for_status()?.text().await?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Settings, faults, counters and the warehouse as at the start.
    ///
    /// # Errors
    /// As [`StandIn::control`].
    pub async fn reset(&self) -> anyhow::Result<()> {
        self.control("reset", Some(json!({}))).await.map(drop)
    }

    /// Arms a fault, in the words of `tests/standin/faults.py`.
    ///
    /// # Errors
    /// As [`StandIn::control`].
    pub async fn arm(&self, fault: Value) -> anyhow::Result<()> {
        self.control("faults", Some(fault)).await.map(drop)
    }

    /// # Errors
    /// As [`StandIn::control`].
    pub async fn counts(&self) -> anyhow::Result<Counts> {
        Ok(serde_json::from_value(
            self.control("statements", None).await?,
        )?)
    }

    /// Waits until nothing runs any more.
    ///
    /// # Errors
    /// When something still runs after `patience`.
    pub async fn until_quiet(&self, patience: Duration) -> anyhow::Result<Counts> {
        let begun = Instant::now();
        loop {
            let counts = self.counts().await?;
            if counts.running == 0 && counts.executing == 0 {
                return Ok(counts);
            }
            ensure!(
                begun.elapsed() < patience,
                "statements are still running: {}",
                self.control("statements?detail=1", None).await?
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Runs a statement of the test's own, whatever it does, and waits for its end.
    ///
    /// # Errors
    /// When it does not succeed within 50 seconds.
    pub async fn execute(&self, sql: &str) -> anyhow::Result<()> {
        let body = json!({
            "statement": sql, "warehouse_id": self.reached.warehouse_id, "wait_timeout": "50s",
        });
        let url = format!("{}/api/2.0/sql/statements", self.reached.url);
        let request = self.client.post(url).bearer_auth(&self.reached.token);
        let reply = request.body(body.to_string()).send().await?.text().await?;
        let reply: Value = serde_json::from_str(&reply)?;
        ensure!(reply["status"]["state"] == "SUCCEEDED", "{sql}: {reply}");
        Ok(())
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let begun = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && begun.elapsed() < STOP {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}
