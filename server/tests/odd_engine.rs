//! An engine that fails or takes its time under a page: what it refuses is told with the place in the files, other panels
//! stay, a question past its deadline says so, and one that nobody waits for is stopped.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod published;
mod served;

use std::fs;
use std::time::{Duration, Instant};

use carton_caps::config::Limits;
use reqwest::StatusCode;
use served::Service;

/// Minutes of work before the first row.
const SLOW: &str = "(SELECT count(*) FROM range(1000000) AS a(x), range(1000000) AS b(y) WHERE (a.x * b.y) % 7 = 3)";

/// A service whose project has a page of a sound panel and one whose measure is `sql`.
async fn service(sql: &str, limits: Limits) -> Service {
    let folder = tempfile::tempdir().unwrap();
    published::publish(&folder.path().join("data"), "r1", &published::lines());
    let project = published::editable_project(folder.path());
    let file = project.join("models/semantic/purchases.yml");
    let text = fs::read_to_string(&file).unwrap();
    let measure =
        format!("\n    measures:\n      - name: odd\n        agg: sum\n        expr: {sql}\n");
    let text = text.replacen("\n    measures:\n", &measure, 1).replace(
        "\nmetrics:\n",
        "\nmetrics:\n  - name: odd\n    label: Odd\n    type: simple\n    type_params:\n      measure: odd\n    config: {meta: {unit: usd}}\n",
    );
    // The measures of the table itself, not those of its aggregate, which are written in one line each.
    assert_eq!(text.matches("- name: odd\n").count(), 2, "{text}");
    fs::write(&file, text).unwrap();
    fs::write(
        project.join("dashboards/odd.yml"),
        "title: Odd\nfilters:\n  - {param: state, dimension: user__state, label: State}\npanels:\n  \
         - {key: sound, title: Sound, kind: headline, metrics: [retail_spend]}\n  \
         - {key: odd, title: Odd, kind: table, metrics: [odd], dimensions: [user__state]}\n",
    )
    .unwrap();
    Service::start_over(folder, project, limits).await
}

fn line_of(service: &Service, words: &str) -> usize {
    let file = service
        .folder
        .path()
        .join("marts/models/semantic/purchases.yml");
    let text = fs::read_to_string(file).unwrap();
    text.lines().position(|line| line.contains(words)).unwrap() + 1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sql_that_the_engine_refuses_is_named_with_file_and_line_and_other_panels_stay() {
    for sql in ["amount + no_such_column", "amount + ("] {
        let service = service(sql, Limits::default()).await;
        let response = service.get("/odd?view=static").await;
        assert_eq!(response.status(), StatusCode::OK);
        let html = response.text().await.unwrap();
        let place = format!("models/semantic/purchases.yml:{}", line_of(&service, sql));
        assert!(html.contains(&place), "{place}: {html}");
        assert!(
            html.contains("figure-value"),
            "the sound panel is there: {html}"
        );
        // Where it is known which part is wrong, the others are not accused.
        let accused = html.matches("models/semantic/").count();
        assert_eq!(
            accused,
            if sql.contains("column") { 1 } else { 2 },
            "{html}"
        );
        assert!(
            !html.contains("no_such_column") && !html.contains("Binder"),
            "{html}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_panel_past_its_deadline_says_so_and_other_panels_stay() {
    let limits = Limits {
        query_seconds: 1,
        ..Limits::default()
    };
    let service = service(SLOW, limits).await;
    let html = service.get("/odd?view=static").await.text().await.unwrap();
    assert!(html.contains("figure-value"), "{html}");
    let panel = html.split("id=\"panel-odd\"").nth(1).unwrap();
    assert!(
        panel.contains("state-error") && panel.contains("took too long"),
        "{panel}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn questions_that_pages_have_given_up_leave_the_engine_to_others() {
    let service = service(SLOW, Limits::default()).await;
    let quick = async || {
        let began = Instant::now();
        let html = service
            .get("/purchases?view=static&range=last_7_days")
            .await
            .text()
            .await
            .unwrap();
        assert!(html.contains("figure-value"), "{html}");
        began.elapsed()
    };
    quick().await;
    // As the browser asks for a panel, under more filters than the engine has places; then the pages are closed.
    let asked: Vec<_> = (0..12)
        .map(|n| {
            let request = service
                .client
                .post(service.url("/api/fn/panel_view"))
                .header("sec-fetch-site", "same-origin")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(format!("dashboard=odd&panel=odd&query=state%3DS{n}"));
            tokio::spawn(request.send())
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(400)).await;
    for request in &asked {
        assert!(
            !request.is_finished(),
            "the question is too quick for this test"
        );
        request.abort();
    }
    let took = quick().await;
    assert!(
        took < Duration::from_secs(10),
        "{took:?}: the statements ran on"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn addresses_of_eight_kilobytes_are_pages() {
    let service = Service::start().await;
    let (one, many) = ("x".repeat(7_800), "OH,".repeat(2_600));
    for query in [
        format!("state={one}"),
        format!("state={many}"),
        format!("drill=retail_spend%26user__state%3D{one}"),
        format!("products.sort={one}"),
        format!("{one}={one}")[..7_900].to_owned(),
        "a&".repeat(3_900),
        "%F0%9F%8D%8E".repeat(650),
        format!("state={}", "%".repeat(7_800)),
    ] {
        let response = service
            .get(&format!("/purchases?view=static&{query}"))
            .await;
        let beginning = &query[..40];
        assert_eq!(response.status(), StatusCode::OK, "{beginning}");
        let html = response.text().await.unwrap();
        assert!(html.contains("panel-headline"), "{beginning}");
        // It stands in every link of the page; that must not multiply without end.
        assert!(html.len() < 4_000_000, "{beginning}: {} bytes", html.len());
    }
    for path in [
        format!("/lookup?view=static&q={one}"),
        format!("/explore?view=static&by={one}&metrics={one}"),
        format!("/why?view=static&metric={one}&by={one}"),
        format!("/runs?view=static&run={one}"),
    ] {
        let response = service.get(&path).await;
        assert!(
            !response.status().is_server_error(),
            "{}: {}",
            &path[..30],
            response.status()
        );
    }
    let response = service.get(&format!("/purchases?release={one}")).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}
