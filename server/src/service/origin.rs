//! Who may call: pages of this very service, and programs that are no browsers.
//!
//! Two checks. A page of another site must not call the app's functions in a visitor's name; and a name on the
//! internet that suddenly points to 127.0.0.1 (DNS rebinding) must not reach a service that listens there.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header, uri::Authority};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The host names under which the service may be asked for; `None` for any, when it is open to others anyway.
#[derive(Debug, Clone)]
pub struct Hosts(Option<Arc<[String]>>);

impl Hosts {
    /// On a loopback address only the loopback's names and `also` are accepted; elsewhere `also`, or any when it is empty.
    #[must_use]
    pub fn new(loopback: bool, also: &[String]) -> Self {
        if !loopback && also.is_empty() {
            return Self(None);
        }
        let own = loopback.then(|| ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
        Self(Some(
            own.into_iter()
                .flatten()
                .chain(also.iter().map(|h| h.to_ascii_lowercase()))
                .collect(),
        ))
    }

    fn accept(&self, asked: Option<&Authority>) -> bool {
        let Some(accepted) = &self.0 else { return true };
        asked.is_some_and(|asked| {
            accepted
                .iter()
                .any(|host| host.eq_ignore_ascii_case(asked.host()))
        })
    }
}

/// The authority a request is for: of an absolute URI where there is one, else the `Host` header.
fn authority(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    if let Some(absolute) = uri.authority() {
        return Some(absolute.clone());
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next()?;
    if hosts.next().is_some() {
        return None;
    }
    host.to_str()
        .ok()?
        .parse()
        .ok()
        .filter(|a: &Authority| !a.as_str().contains('@'))
}

/// Refuses requests for a host name that is not ours.
pub async fn known_host(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    if hosts.accept(authority(request.uri(), request.headers()).as_ref()) {
        return next.run(request).await;
    }
    Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        "This service answers only under the names of this machine, such as localhost or 127.0.0.1. \
         Behind a proxy, list its host name under server.allowed_hosts.",
    )
    .into_response()
}

/// Refuses calls that a page of another origin makes.
pub async fn same_origin(request: Request, next: Next) -> Response {
    if comes_from_here(request.uri(), request.headers()) {
        return next.run(request).await;
    }
    Problem::new(
        StatusCode::FORBIDDEN,
        "This call comes from a page of another site, and only our own pages may make it.",
    )
    .into_response()
}

/// `Sec-Fetch-Site` decides where the browser sends it, else `Origin`; a caller with neither is no browser.
fn comes_from_here(uri: &Uri, headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get(&SEC_FETCH_SITE) {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let origin: Option<Uri> = origin.to_str().ok().and_then(|o| o.parse().ok());
    match (
        origin.as_ref().and_then(Uri::authority),
        authority(uri, headers),
    ) {
        (Some(origin), Some(ours)) => *origin == ours,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(k, v)| (k.parse::<HeaderName>().unwrap(), v.parse().unwrap()))
            .collect()
    }

    fn here(pairs: &[(&str, &str)]) -> bool {
        comes_from_here(&"/api/fn/x".parse().unwrap(), &headers(pairs))
    }

    #[test]
    fn our_own_pages_and_programs_may_call() {
        assert!(here(&[
            ("host", "localhost:3000"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(here(&[
            ("host", "localhost:3000"),
            ("origin", "http://localhost:3000")
        ]));
        assert!(here(&[("host", "localhost:3000")]));
    }

    #[test]
    fn other_sites_may_not() {
        for site in ["cross-site", "same-site", "anything"] {
            assert!(
                !here(&[("host", "localhost:3000"), ("sec-fetch-site", site)]),
                "{site}"
            );
        }
        for origin in [
            "http://evil.example",
            "http://localhost:4000",
            "null",
            "",
            "http://localhost:3000@evil.example",
        ] {
            assert!(
                !here(&[("host", "localhost:3000"), ("origin", origin)]),
                "{origin}"
            );
        }
        assert!(!here(&[
            ("host", "localhost:3000"),
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://localhost:3000")
        ]));
    }

    #[test]
    fn on_loopback_only_its_own_names_are_answered() {
        let hosts = Hosts::new(true, &["Analytics.example".to_owned()]);
        let accepts = |host: &str| {
            hosts.accept(authority(&"/".parse().unwrap(), &headers(&[("host", host)])).as_ref())
        };
        for host in [
            "localhost",
            "LOCALHOST:3000",
            "127.0.0.1:3000",
            "[::1]:3000",
            "analytics.example",
        ] {
            assert!(accepts(host), "{host}");
        }
        for host in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example:3000",
            "10.0.0.1",
            "a@localhost",
            "",
        ] {
            assert!(!accepts(host), "{host}");
        }
        assert!(!hosts.accept(None), "no Host at all");
        let twice = headers(&[("host", "localhost"), ("host", "evil.example")]);
        assert_eq!(authority(&"/".parse().unwrap(), &twice), None);
        assert!(Hosts::new(false, &[]).accept(None));
    }
}
