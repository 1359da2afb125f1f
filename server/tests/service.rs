//! The service over HTTP: what every response carries, who is let in, and the release as it changes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod published;
mod served;

use carton_caps::config::{Config, Flags};
use carton_caps::serve;
use reqwest::{Client, Method, StatusCode};
use served::{SCRIPT, Service, header};
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_response_carries_the_security_headers() {
    let service = Service::start().await;
    let routes = [
        (Method::GET, "/"),
        (Method::GET, "/purchases"),
        (Method::GET, "/purchases?view=static"),
        (Method::GET, "/styleguide"),
        (Method::GET, "/no/such/page"),
        (Method::POST, "/purchases"),
        (Method::GET, "/healthz"),
        (Method::GET, "/readyz"),
        (Method::GET, "/metrics"),
        (Method::POST, "/healthz"),
        (Method::GET, SCRIPT),
        (Method::GET, "/pkg/missing.js"),
        (Method::GET, "/fonts/text.woff2"),
        (Method::GET, "/favicon.svg"),
        (Method::POST, "/api/fn/navigation"),
        (Method::POST, "/api/fn/no_such_function"),
    ];
    for (method, path) in routes {
        let response = service
            .client
            .request(method.clone(), service.url(path))
            .send()
            .await
            .unwrap();
        let what = format!("{method} {path} → {}", response.status());
        assert!(
            header(&response, "content-security-policy").contains("frame-ancestors 'none'"),
            "{what}"
        );
        assert!(
            !header(&response, "content-security-policy").contains("unsafe-inline"),
            "{what}"
        );
        assert_eq!(header(&response, "x-frame-options"), "DENY", "{what}");
        assert_eq!(
            header(&response, "x-content-type-options"),
            "nosniff",
            "{what}"
        );
        assert_eq!(
            header(&response, "referrer-policy"),
            "no-referrer",
            "{what}"
        );
        assert_eq!(
            header(&response, "cross-origin-opener-policy"),
            "same-origin",
            "{what}"
        );
        assert!(
            header(&response, "permissions-policy").contains("camera=()"),
            "{what}"
        );
        assert_eq!(header(&response, "x-request-id").len(), 36, "{what}");
        assert_ne!(header(&response, "cache-control"), "", "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn scripts_of_a_page_carry_the_nonce_of_its_header_and_no_two_pages_share_one() {
    let service = Service::start().await;
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let page = service.get("/purchases").await;
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(header(&page, "cache-control"), "no-store");
        let policy = header(&page, "content-security-policy").to_owned();
        let nonce = policy
            .split("'nonce-")
            .nth(1)
            .and_then(|rest| rest.split('\'').next())
            .unwrap()
            .to_owned();
        let html = page.text().await.unwrap();
        let scripts: Vec<&str> = html
            .split("<script")
            .skip(1)
            .map(|s| s.split('>').next().unwrap())
            .collect();
        assert!(!scripts.is_empty());
        for script in scripts {
            assert!(
                script.contains(&format!("nonce=\"{nonce}\"")),
                "<script{script}>"
            );
        }
        nonces.push(nonce);
    }
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_static_page_holds_exact_figures_and_no_script() {
    let service = Service::start().await;
    let page = service
        .get("/purchases?from=2026-04-01&to=2026-06-30&state=OH&view=static")
        .await;
    assert_eq!(page.status(), StatusCode::OK);
    let html = page.text().await.unwrap();
    let ohio = published::spend(&published::lines(), |l| {
        l.state() == "OH" && l.on >= jiff::civil::date(2026, 4, 1)
    });
    let shown = marts::format::exact(&marts::Value::Decimal(ohio), marts::Unit::Usd);
    assert!(html.contains(&shown), "{shown} is not on the page");
    assert!(!html.contains("<script"), "a page without scripts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_page_that_is_not_there_is_404_and_wrong_parameters_are_not_an_error() {
    let service = Service::start().await;
    assert_eq!(
        service.get("/no_such_dashboard").await.status(),
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        service.get("/no/such/page").await.status(),
        StatusCode::NOT_FOUND
    );
    let page = service
        .get("/purchases?grain=fortnight&from=yesterday&view=static")
        .await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.text().await.unwrap().contains("grain=fortnight"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_release_is_picked_up_when_it_appears_and_when_it_changes() {
    let service = Service::start_in(tempfile::tempdir().unwrap()).await;
    assert_eq!(service.get("/healthz").await.status(), StatusCode::OK);
    let (status, body) = service.get_json("/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        body["reason"]
            .as_str()
            .unwrap()
            .contains("Run the pipeline"),
        "{body}"
    );
    let page = service.get("/purchases").await;
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text().await.unwrap().contains("Run the pipeline"));

    let data = service.folder.path().join("data");
    published::publish(&data, "r1", &published::lines());
    service.until_ready_with("r1").await;
    assert_eq!(service.get("/purchases").await.status(), StatusCode::OK);

    published::publish(&data, "r2", &published::lines()[..30]);
    service.until_ready_with("r2").await;
    assert!(
        service
            .get("/metrics")
            .await
            .text()
            .await
            .unwrap()
            .contains("release=\"r2\"} 1")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn request_ids_are_kept_where_sane_and_stand_in_errors() {
    let service = Service::start().await;
    let ask = |id: &'static str| {
        service
            .client
            .get(service.url("/pkg/missing.js"))
            .header("x-request-id", id)
            .send()
    };
    let kept = ask("deploy-7").await.unwrap();
    assert_eq!(kept.status(), StatusCode::NOT_FOUND);
    assert_eq!(header(&kept, "x-request-id"), "deploy-7");
    assert!(kept.text().await.unwrap().contains("deploy-7"));
    let replaced = ask("a b\"c").await.unwrap();
    assert_eq!(header(&replaced, "x-request-id").len(), 36);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn functions_are_called_by_our_own_pages_only() {
    let service = Service::start().await;
    let call = |name: &'static str, value: &'static str| {
        let url = service.url("/api/fn/navigation");
        service
            .client
            .post(url)
            .header(name, value)
            .header("content-type", "application/x-www-form-urlencoded")
            .send()
    };
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        assert_eq!(
            call(name, value).await.unwrap().status(),
            StatusCode::FORBIDDEN,
            "{name}: {value}"
        );
    }
    let own = call("sec-fetch-site", "same-origin").await.unwrap();
    assert_eq!(own.status(), StatusCode::OK);
    assert!(own.text().await.unwrap().contains("purchases"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn another_host_name_is_refused_on_loopback() {
    let service = Service::start().await;
    let rebound = service
        .client
        .get(service.url("/purchases"))
        .header("host", "rebound.example")
        .send()
        .await
        .unwrap();
    assert_eq!(rebound.status(), StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hashed_files_last_and_come_as_they_were_compressed() {
    let service = Service::start().await;
    for (accepted, encoding, content) in [
        ("br, gzip", "br", "as brotli"),
        ("gzip", "gzip", "as gzip"),
        ("identity", "", "export default 'plain'"),
    ] {
        let file = service
            .client
            .get(service.url(SCRIPT))
            .header("accept-encoding", accepted)
            .send()
            .await
            .unwrap();
        assert_eq!(header(&file, "content-encoding"), encoding);
        assert_eq!(
            header(&file, "cache-control"),
            "public, max-age=31536000, immutable"
        );
        assert!(header(&file, "vary").eq_ignore_ascii_case("accept-encoding"));
        assert_eq!(file.text().await.unwrap(), content);
    }
    assert_eq!(
        header(&service.get("/favicon.svg").await, "cache-control"),
        "public, max-age=300"
    );
    let missing = service.get("/pkg/carton-caps.ffffffffffffffff.js").await;
    assert_eq!(
        (missing.status(), header(&missing, "cache-control")),
        (StatusCode::NOT_FOUND, "no-store")
    );
    for hidden in [
        "/assets.json",
        "/pkg/../assets.json",
        "/pkg/%2e%2e/assets.json",
        "/stamp",
    ] {
        assert!(
            !service
                .get(hidden)
                .await
                .text()
                .await
                .unwrap()
                .contains("wasm\":"),
            "{hidden}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn metrics_count_requests_by_route_and_status() {
    let service = Service::start().await;
    service.get("/purchases?view=static").await;
    service.get("/pkg/missing.js").await;
    let text = service.get("/metrics").await.text().await.unwrap();
    assert!(
        text.contains("carton_caps_requests_total{route=\"page\",status=\"200\"}"),
        "{text}"
    );
    assert!(text.contains("status=\"404\""), "{text}");
    assert!(
        text.contains("carton_caps_request_seconds_bucket"),
        "{text}"
    );
    assert!(
        text.contains("carton_caps_query_seconds_bucket{outcome=\"answered\""),
        "{text}"
    );
    assert!(text.contains("carton_caps_requests_in_flight"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_stop_nothing_is_accepted() {
    let service = Service::start().await;
    let url = service.url("/healthz");
    service.handle.stop().await;
    let fresh = Client::new();
    assert!(fresh.get(url).send().await.is_err());
}

#[tokio::test]
async fn an_address_open_to_others_and_a_site_that_was_never_built_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let flags = Flags {
        data: Some(folder.path().join("data")),
        project: Some(published::project()),
        site: Some(folder.path().to_path_buf()),
        ..Flags::default()
    };
    let config = Config::load(&flags).unwrap();
    let open = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = serve(config.clone(), open).await.err().unwrap().to_string();
    assert!(refused.contains("--insecure-open"), "{refused}");
    let own = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = serve(config, own).await.err().unwrap().to_string();
    assert!(
        refused.contains("assets.json") && refused.contains("make run"),
        "{refused}"
    );
}
