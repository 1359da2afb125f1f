//! The service in this process, over a release and a site as their builds would have written them.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use carton_caps::config::{Config, Flags, Limits};
use carton_caps::{Handle, serve};
use reqwest::{Client, Response, StatusCode};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::published;

pub struct Service {
    pub handle: Handle,
    pub client: Client,
    pub folder: TempDir,
}

impl Service {
    /// With a release, and a site as the build would have written it.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        published::publish(&folder.path().join("data"), "r1", &published::lines());
        Self::start_in(folder).await
    }

    pub async fn start_in(folder: TempDir) -> Self {
        Self::start_limited(folder, Limits::default()).await
    }

    pub async fn start_limited(folder: TempDir, limits: Limits) -> Self {
        Self::start_over(folder, published::project(), limits).await
    }

    /// With a project of the test's own.
    pub async fn start_over(folder: TempDir, project: PathBuf, limits: Limits) -> Self {
        write_site(&folder.path().join("site"));
        let mut config = Config::load(&Flags {
            data: Some(folder.path().join("data")),
            project: Some(project),
            site: Some(folder.path().join("site")),
            ..Flags::default()
        })
        .unwrap();
        config.limits = limits;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let handle = serve(config, listener).await.unwrap();
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            handle,
            client,
            folder,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.handle.addr())
    }

    pub async fn get(&self, path: &str) -> Response {
        self.client.get(self.url(path)).send().await.unwrap()
    }

    pub async fn get_json(&self, path: &str) -> (StatusCode, serde_json::Value) {
        let response = self.get(path).await;
        (response.status(), response.json().await.unwrap())
    }

    /// Asks `/readyz` until it says what is awaited.
    pub async fn until_ready_with(&self, release: &str) {
        let asked = async {
            while self.get_json("/readyz").await.1["release"] != release {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), asked)
            .await
            .expect("the release is noticed");
    }
}

pub const SCRIPT: &str = "/pkg/carton-caps.0123456789abcdef.js";

fn write_site(site: &Path) {
    std::fs::create_dir_all(site.join("pkg")).unwrap();
    std::fs::create_dir_all(site.join("fonts")).unwrap();
    let names = format!(
        "{{\"js\":\"{SCRIPT}\",\"wasm\":\"/pkg/carton-caps.0123456789abcdef.wasm\",\"css\":\"/pkg/carton-caps.0123456789abcdef.css\"}}"
    );
    std::fs::write(site.join("assets.json"), names).unwrap();
    std::fs::write(site.join(&SCRIPT[1..]), "export default 'plain'").unwrap();
    std::fs::write(site.join(format!("{}.br", &SCRIPT[1..])), "as brotli").unwrap();
    std::fs::write(site.join(format!("{}.gz", &SCRIPT[1..])), "as gzip").unwrap();
    std::fs::write(site.join("fonts/text.woff2"), "a font").unwrap();
    std::fs::write(
        site.join("favicon.svg"),
        "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
    )
    .unwrap();
}

pub fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |v| v.to_str().unwrap())
}
