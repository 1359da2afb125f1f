//! Values as no page hopes for them: a dimension of a hundred thousand, names that are markup, formulas, right-to-left
//! or nothing, and rows of nobody. Pages stay small and quick, and every name is only text.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod published;
mod served;

use std::time::{Duration, Instant};

use reqwest::{StatusCode, Url};
use served::Service;

const SCHOOLS: usize = 100_000;
/// So many of the schools are called something else, and are the ones with most purchases.
const NAMES: [&str; 7] = [
    "\"><img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "O'Brien \"Quotes\" & Söhne, <b>Ltd</b>",
    "=HYPERLINK(\"http://example.com\")",
    "مدرسة النور (2)",
    "🍎🏫 Zoë & ßen\u{301}",
    "%3Cb%3E+a&b=c;d,e!f",
];

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// By each of the names: a choice of SQL by `number`, else `otherwise`.
fn called(number: &str, otherwise: &str) -> String {
    let names = NAMES.iter().enumerate();
    let cases: String = names
        .map(|(at, name)| format!("WHEN {at} THEN {} ", literal(name)))
        .collect();
    format!("CASE {number} {cases} ELSE {otherwise} END")
}

async fn service() -> Service {
    let folder = tempfile::tempdir().unwrap();
    let school = called(
        "i",
        "CONCAT('School number ', i, ' of a district with a long name')",
    );
    let names = NAMES.len();
    let purchases = format!(
        "SELECT CONCAT('l', i) AS purchase_id, CONCAT('r', i // 2) AS receipt_id, CONCAT('u', (i // 2) % 1000) AS user_id, \
         CONCAT('p', i % 40) AS product_id, CONCAT('s', (i // 2) % {SCHOOLS}) AS school_id, \
         CASE WHEN i % 11 = 0 THEN NULL ELSE CONCAT('shop ', i % 5) END AS retailer_id, \
         CAST(DATE '2026-06-30' - CAST((i // 2) % 80 AS INT) AS DATE) AS purchased_on, \
         CAST(TIMESTAMP '2026-06-30 12:00:00' AS TIMESTAMP) AS purchased_at, CAST(i % 24 AS INT) AS purchased_hour, \
         CAST(1 AS BIGINT) AS quantity, \
         CAST(CASE WHEN (i // 2) % {SCHOOLS} < {names} THEN 900 - (i // 2) % {SCHOOLS} ELSE 2.50 END AS DECIMAL(18, 2)) AS amount, \
         CAST(0 AS DECIMAL(18, 2)) AS discount, CAST(0 AS DECIMAL(18, 4)) AS reward_amount, 'f1' AS _file_id, \
         CAST(i AS BIGINT) AS _row_number FROM range(400000) AS t(i)"
    );
    let tables = [
        (
            "dim_user",
            format!(
                "SELECT CONCAT('u', i) AS user_id, CASE WHEN i % 7 = 0 THEN NULL ELSE {} END AS state, 'organic' AS channel \
                 FROM range(1000) AS t(i)",
                called("i % 9", "'OH'")
            ),
        ),
        (
            "dim_product",
            format!(
                "SELECT CONCAT('p', i) AS product_id, {} AS name, {} AS brand, {} AS department, 'Category' AS category \
                 FROM range(30) AS t(i)",
                called("i", "CONCAT('Product ', i)"),
                called("i % 8", "'Brand'"),
                called("i % 8", "'Dairy'"),
            ),
        ),
        (
            "dim_school",
            format!(
                "SELECT CONCAT('s', i) AS school_id, {school} AS name, 'District' AS district, 'OH' AS state \
                 FROM range({SCHOOLS}) AS t(i)"
            ),
        ),
        ("fct_purchase", purchases),
        (
            "fct_receipt",
            "SELECT receipt_id, min(user_id) AS user_id, min(school_id) AS school_id, min(purchased_at) AS scanned_at, \
             min(purchased_on) AS purchased_on, count(*) AS lines, CAST(sum(amount) AS DECIMAL(18, 2)) AS amount, \
             'accepted' AS status, CAST(NULL AS VARCHAR) AS rejected_reason, 'new' AS shopper FROM fct_purchase GROUP BY receipt_id"
                .to_owned(),
        ),
        (
            "agg_purchase_receipt",
            "SELECT receipt_id AS receipt_key, receipt_id, user_id, school_id, retailer_id, purchased_on, count(*) AS lines, \
             CAST(sum(quantity) AS BIGINT) AS quantity, CAST(sum(amount) AS DECIMAL(18, 2)) AS amount, \
             CAST(sum(discount) AS DECIMAL(18, 2)) AS discount FROM fct_purchase GROUP BY ALL"
                .to_owned(),
        ),
    ];
    published::publish_tables(&folder.path().join("data"), "r1", &tables);
    Service::start_in(folder).await
}

/// A page in one piece, under filters of any text.
async fn page(service: &Service, path: &str, query: &[(&str, &str)]) -> String {
    let url = Url::parse_with_params(&service.url(path), query).unwrap();
    let began = Instant::now();
    let response = service.client.get(url.clone()).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{url}");
    let html = response.text().await.unwrap();
    // Generous: a machine that builds beside it is slow, and a page that reads every school is slower still.
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{url}: {:?}",
        began.elapsed()
    );
    html
}

async fn function(service: &Service, name: &str, arguments: &[(&str, &str)]) -> String {
    let response = service
        .client
        .post(service.url(&format!("/api/fn/{name}")))
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(url_encoded(arguments))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{name} {arguments:?}");
    let text = response.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or(text)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Shown as it is written, wherever it is shown, and nowhere as markup.
#[track_caller]
fn is_only_text(html: &str, name: &str, place: &str) {
    let text = html
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#39;", "'");
    assert!(
        text.contains(&escaped(name)),
        "{place} does not show {name}"
    );
    for markup in ["<img src=x", "<script>alert", "<b>Ltd"] {
        assert!(!html.contains(markup), "{place} holds {markup}");
    }
    assert!(
        !html.contains(" onerror=alert(1)>"),
        "{place} holds a handler"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_thousand_values_are_searched_and_ranked_and_never_sent() {
    let service = service().await;
    let find = async |search: &str| {
        let arguments = [
            ("dashboard", "purchases"),
            ("param", "school"),
            ("search", search),
            ("query", ""),
        ];
        let html = function(&service, "found_values", &arguments).await;
        assert!(html.len() < 60_000, "{search}: {} bytes", html.len());
        html
    };
    assert!(find("").await.matches("value-row").count() <= 50);
    assert!(
        find("number 99999 ")
            .await
            .contains("School number 99999 of")
    );
    assert!(find("SCHOOL NUMBER 4").await.contains("value-row"));
    assert!(!find("no such school").await.contains("value-row"));
    let palette = function(
        &service,
        "palette",
        &[
            ("text", "number 99999"),
            ("path", "/purchases"),
            ("query", ""),
        ],
    )
    .await;
    assert!(palette.len() < 60_000, "{} bytes", palette.len());

    let all = ("range", "all_time");
    let (by_school, by_both) = (
        ("by", "school__school_name"),
        ("by", "school__school_name,product__product_name"),
    );
    for (what, path, query, most) in [
        ("boards and tables", "/purchases", vec![all], 600_000),
        (
            "a table's last page",
            "/purchases",
            vec![all, ("products.page", "10000")],
            600_000,
        ),
        (
            "a table of schools",
            "/explore",
            vec![all, by_school],
            400_000,
        ),
        (
            "bars of schools",
            "/explore",
            vec![all, by_school, ("chart", "bars")],
            400_000,
        ),
        (
            "schools by product",
            "/explore",
            vec![all, by_both, ("chart", "pivot")],
            400_000,
        ),
        (
            "why, by school",
            "/why",
            vec![("metric", "retail_spend"), by_school],
            400_000,
        ),
        ("looked for", "/lookup", vec![("q", "school")], 400_000),
    ] {
        let mut query = query;
        query.push(("view", "static"));
        let html = page(&service, path, &query).await;
        assert!(html.len() < most, "{what}: {} bytes", html.len());
        println!("{what}: {} bytes", html.len());
    }
    let pivot = [all, by_both, ("chart", "pivot"), ("view", "static")];
    let pivot = page(&service, "/explore", &pivot).await;
    assert!(pivot.contains("All others"), "the largest, and the rest");
    assert!(pivot.len() < 400_000, "pivot: {} bytes", pivot.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn names_of_any_kind_are_only_text_wherever_they_stand() {
    let service = service().await;
    let (all, in_one) = (("range", "all_time"), ("view", "static"));
    let html = page(&service, "/purchases", &[all, in_one]).await;
    let explored = page(
        &service,
        "/explore",
        &[all, ("by", "school__school_name"), in_one],
    )
    .await;
    for name in NAMES {
        is_only_text(&html, name, "Purchases");
        is_only_text(&explored, name, "Explore");
    }
    for name in NAMES {
        // The address of the filter as the board's own link writes it, and by hand.
        let filtered = page(&service, "/purchases", &[all, ("school", name), in_one]).await;
        is_only_text(&filtered, name, "a filter's chip");
        assert!(filtered.contains("is-selected"), "{name} is not marked");
        let drill = url_encoded(&[("school__school_name", name)]);
        let drill = format!("retail_spend&{drill}");
        let drawer = page(&service, "/purchases", &[all, ("drill", &drill), in_one]).await;
        is_only_text(&drawer, name, "the drawer");
        assert!(drawer.contains("drill-chosen"), "{name}: no rows");
        let why = [
            ("metric", "retail_spend"),
            ("by", "school__school_name"),
            all,
            in_one,
        ];
        assert!(page(&service, "/why", &why).await.len() > 1_000);
    }
    let lines: Vec<&str> = NAMES
        .iter()
        .copied()
        .filter(|name| !name.contains(','))
        .take(4)
        .collect();
    let lines = lines.join(",");
    let query = [all, ("school", &*lines), ("lines", "school"), in_one];
    let drawn = page(&service, "/purchases", &query).await;
    for name in lines.split(',') {
        is_only_text(&drawn, name, "a chart's legend");
    }

    let file = service.get("/api/v1/panels/explore/breakdown.csv?range=all_time&by=school__school_name&metrics=retail_spend&compare=none").await;
    assert_eq!(file.status(), StatusCode::OK);
    let csv = file.text().await.unwrap();
    assert!(
        csv.contains("\"O'Brien \"\"Quotes\"\" & Söhne, <b>Ltd</b>\""),
        "{csv}"
    );
    assert!(csv.contains("\"'=HYPERLINK("), "{csv}");
    assert!(csv.contains("مدرسة النور (2),"), "{csv}");
}

fn url_encoded(pairs: &[(&str, &str)]) -> String {
    let url = Url::parse_with_params("http://localhost/", pairs).unwrap();
    url.query().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rows_of_nobody_are_a_value_like_others() {
    let service = service().await;
    let (all, in_one) = (("range", "all_time"), ("view", "static"));
    let html = page(&service, "/purchases", &[all, in_one]).await;
    assert!(html.contains(">Unknown<"), "boards name what is not known");
    let unknown = page(
        &service,
        "/purchases",
        &[all, ("state", "(unknown)"), in_one],
    )
    .await;
    assert!(unknown.contains("<bdi>Unknown</bdi>"), "a chip says so");
    let total = |html: &str| {
        let figure = html.split("figure-value").nth(1).unwrap();
        let text = figure.split('$').nth(1).unwrap();
        let number: String = text
            .chars()
            .take_while(|c| c.is_ascii_digit() || ",.".contains(*c))
            .collect();
        number
            .replace(',', "")
            .parse::<rust_decimal::Decimal>()
            .unwrap()
    };
    // An encoded sign would be a part of the value.
    let known = page(&service, "/purchases?state=!(unknown)", &[all, in_one]).await;
    assert_eq!(total(&unknown) + total(&known), total(&html));
    assert!(total(&unknown) > rust_decimal::Decimal::ZERO);
    let drill = "retail_spend&user__state=(unknown)";
    let drawer = page(&service, "/purchases", &[all, ("drill", drill), in_one]).await;
    assert!(drawer.contains("drill-chosen") && drawer.contains("Unknown"));
}
