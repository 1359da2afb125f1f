//! What the browser loads: scripts, wasm, styles, fonts and icons, as the build wrote and compressed them.

use std::convert::Infallible;
use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::services::{ServeDir, ServeFile};

use super::ServeError;
use super::problem::Problem;

/// A year: the name changes with the content.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// Long enough for a visit, short enough for a new build to show.
const SHORT: &str = "public, max-age=300";

const FOLDERS: [&str; 3] = ["pkg", "fonts", "icons"];
const FILES: [&str; 4] = [
    "favicon.ico",
    "favicon.svg",
    "apple-touch-icon.png",
    "robots.txt",
];

/// The names of the built files, which change with their content.
///
/// # Errors
/// A site folder that was never built, with how to build it.
pub fn names(site: &Path) -> Result<app::Assets, ServeError> {
    let file = site.join("assets.json");
    let text = std::fs::read(&file).map_err(|e| {
        ServeError::Assets(format!("{} cannot be read ({e}); build the browser's files with `make run`, or name their folder with --site DIR", file.display()))
    })?;
    serde_json::from_slice(&text).map_err(|e| {
        ServeError::Assets(format!(
            "{} is not what the build writes ({e}); build it again with `make run`",
            file.display()
        ))
    })
}

/// Routes for everything under the site folder that browsers ask for; nothing else in it is served.
pub fn routes(site: &Path) -> Router {
    let mut router = Router::new();
    for folder in FOLDERS {
        let files = ServeDir::new(site.join(folder))
            .append_index_html_on_directories(false)
            .precompressed_br()
            .precompressed_gzip()
            .call_fallback_on_method_not_allowed(true)
            .fallback(tower::service_fn(missing));
        router = router.nest_service(&format!("/{folder}"), files);
    }
    for file in FILES {
        router = router.route_service(
            &format!("/{file}"),
            ServeFile::new(site.join(file))
                .precompressed_br()
                .precompressed_gzip(),
        );
    }
    router.layer(middleware::from_fn(cache))
}

async fn missing(_: Request) -> Result<Response, Infallible> {
    Ok(Problem::new(
        StatusCode::NOT_FOUND,
        "There is no such file. After a new build, reload the page.",
    )
    .into_response())
}

async fn cache(request: Request, next: Next) -> Response {
    let lasting = has_hashed_name(request.uri().path());
    let mut response = next.run(request).await;
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        let value = HeaderValue::from_static(if lasting { IMMUTABLE } else { SHORT });
        response.headers_mut().insert(header::CACHE_CONTROL, value);
        response
            .headers_mut()
            .insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    } else if response.status() == StatusCode::NOT_FOUND {
        response = Problem::new(
            StatusCode::NOT_FOUND,
            "There is no such file. After a new build, reload the page.",
        )
        .into_response();
    }
    response
}

/// Whether the file's name carries a hash of its content: `carton-caps.0123456789abcdef.js`.
fn has_hashed_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let parts: Vec<&str> = name.split('.').collect();
    parts.len() >= 3
        && parts[1..parts.len() - 1]
            .iter()
            .any(|part| part.len() >= 8 && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::has_hashed_name;

    #[test]
    fn only_names_with_a_hash_last() {
        assert!(has_hashed_name("/pkg/carton-caps.0123456789abcdef.js"));
        assert!(has_hashed_name("/fonts/inter.deadbeef.woff2"));
        for unhashed in [
            "/favicon.svg",
            "/fonts/inter.woff2",
            "/pkg/carton-caps.min.js",
            "/pkg/deadbeef01.js",
            "/robots.txt",
            "/",
        ] {
            assert!(!has_hashed_name(unhashed), "{unhashed}");
        }
    }
}
