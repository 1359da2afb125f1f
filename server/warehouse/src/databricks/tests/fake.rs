//! A Databricks workspace as far as the Statement Execution API goes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::fake_calls::{cancel, chunk, discovery, link, poll, submit, token, warehouse};
use super::fake_data::Table;

pub const TOKEN: &str = "dapi-0123456789";
pub const SECRET: &str = "dose-abcdef";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    Submit,
    Poll,
    Chunk,
    Cancel,
    Link,
    Token,
    Discovery,
    Warehouse,
}

/// What happens to one call.
#[derive(Debug, Clone)]
pub enum Told {
    Pass,
    Status(u16, &'static str),
    /// With `Retry-After: 0`.
    Wait(u16),
    /// The body stops in its middle and stays silent.
    Stall,
    /// The connection breaks in the middle of the body.
    Break,
    /// Half of the bytes, as if they were all.
    Half,
    Json(Value),
}

pub struct Ways {
    pub links: bool,
    pub inline_arrow: bool,
}

pub struct Inner {
    pub script: BTreeMap<Call, VecDeque<Told>>,
    pub calls: Vec<Call>,
    pub submitted: Vec<Value>,
    /// States before the last one.
    pub states: VecDeque<&'static str>,
    pub last_state: Value,
    pub table: Table,
    pub chunk_rows: usize,
    pub ways: Ways,
    pub warehouse_state: &'static str,
    /// Changes the manifest of the answer.
    pub alter: Option<fn(&mut Value)>,
    pub zone: &'static str,
    pub current: &'static str,
    pub tokens: usize,
    pub token_seconds: u64,
    pub bearer: String,
    pub running: BTreeMap<String, Asked>,
    pub expired_link_seconds: Option<i64>,
    pub authorized_links: usize,
    pub url: String,
}

#[derive(Clone)]
pub struct Asked {
    pub table: Table,
    pub states: VecDeque<&'static str>,
    /// Disposition and format.
    pub way: (String, String),
    pub is_over: bool,
    /// Asked by the connector itself; faults and states are for the test's own question.
    pub is_ours: bool,
}

pub struct Fake {
    pub url: String,
    inner: Arc<Mutex<Inner>>,
}

pub type Shared = Arc<Mutex<Inner>>;

impl Fake {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Mutex::new(Inner {
            script: BTreeMap::new(),
            calls: Vec::new(),
            submitted: Vec::new(),
            states: VecDeque::new(),
            last_state: json!({"state": "SUCCEEDED"}),
            table: Table::of(10),
            chunk_rows: 4,
            ways: Ways {
                links: true,
                inline_arrow: true,
            },
            warehouse_state: "RUNNING",
            alter: None,
            zone: "Etc/UTC",
            current: "r2",
            tokens: 0,
            token_seconds: 3600,
            bearer: TOKEN.to_owned(),
            running: BTreeMap::new(),
            expired_link_seconds: None,
            authorized_links: 0,
            url: url.clone(),
        }));
        let router = Router::new()
            .route("/api/2.0/sql/statements", post(submit))
            .route("/api/2.0/sql/statements/{id}", get(poll))
            .route("/api/2.0/sql/statements/{id}/cancel", post(cancel))
            .route("/api/2.0/sql/statements/{id}/result/chunks/{n}", get(chunk))
            .route("/api/2.0/sql/warehouses/{id}", get(warehouse))
            .route(
                "/oidc/.well-known/oauth-authorization-server",
                get(discovery),
            )
            .route("/token", post(token))
            .route("/link/{id}/{n}", get(link))
            .with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inner }
    }

    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub fn tell(&self, call: Call, told: impl IntoIterator<Item = Told>) {
        self.lock().script.entry(call).or_default().extend(told);
    }

    pub fn rows(&self) -> usize {
        self.lock().table.rows.len()
    }

    pub fn set_rows(&self, rows: usize) {
        self.lock().table = Table::of(rows);
    }

    pub fn forget_calls(&self) {
        self.lock().calls.clear();
        self.lock().submitted.clear();
    }

    pub fn count(&self, call: Call) -> usize {
        self.lock().calls.iter().filter(|c| **c == call).count()
    }

    pub fn still_running(&self) -> usize {
        self.lock()
            .running
            .values()
            .filter(|asked| !asked.is_over)
            .count()
    }
}

impl Asked {
    /// The next look finds it at its end.
    pub fn begin(&mut self) {
        self.states.clear();
    }
}
