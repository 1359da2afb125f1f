//! What the server sends for a page: its text, its states and its status, with a service that answers from memory.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::{Arc, Once};

use app::{Assets, RequestId, Session, respond};
use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use http::{Request, StatusCode, header};
use jiff::civil::date;
use leptos::nonce::Nonce;
use marts::{
    Answer, Answered, Ask, Column, ColumnRole, Dashboard, DashboardLink, Drawing, Failure,
    FilterControl, Frame, Panel, PanelKind, Picture, ReleaseId, ReleaseInfo, RowPolicy, Unit,
    Value,
};

/// Answers every question from memory, except those about the metric `broken`.
struct Memory;

fn panel(key: &str, kind: PanelKind, metric: &str, dimensions: &[&str]) -> Panel {
    Panel {
        key: key.to_owned(),
        title: format!("Panel {key}"),
        description: String::new(),
        kind,
        metrics: vec![metric.to_owned()],
        dimensions: dimensions.iter().map(|&name| name.to_owned()).collect(),
        limit: None,
    }
}

fn purchases() -> Dashboard {
    Dashboard {
        name: "purchases".to_owned(),
        title: "Purchases".to_owned(),
        description: "What members bought.".to_owned(),
        filters: vec![FilterControl {
            param: "department".to_owned(),
            dimension: "product__department".to_owned(),
            label: "Department".to_owned(),
        }],
        panels: vec![
            panel("totals", PanelKind::Headline, "retail_spend", &[]),
            panel("trend", PanelKind::TimeSeries, "retail_spend", &[]),
            panel(
                "departments",
                PanelKind::Leaderboard,
                "retail_spend",
                &["product__department"],
            ),
            panel("broken", PanelKind::Table, "broken", &["product__name"]),
        ],
    }
}

fn cents(amount: i64) -> Value {
    Value::Decimal(rust_decimal::Decimal::new(amount, 2))
}

fn column(name: &str, unit: Unit, role: ColumnRole) -> Column {
    Column {
        name: name.to_owned(),
        label: name.replace('_', " "),
        unit,
        role,
    }
}

#[async_trait]
impl Answer for Memory {
    async fn answer(&self, policy: &RowPolicy, ask: &Ask) -> Result<Answered, Failure> {
        assert_eq!(policy, &RowPolicy::Unrestricted);
        // As a real service does, it answers later.
        tokio::task::yield_now().await;
        let frame = match ask {
            Ask::Aggregate(aggregate)
                if aggregate.metrics.iter().any(|metric| metric == "broken") =>
            {
                return Err(Failure::unavailable(
                    "The figures are being rebuilt. Try again in a minute.",
                )
                .with_detail("secret: /var/lib/gold.duckdb"));
            }
            Ask::Aggregate(aggregate) => {
                let mut columns = Vec::new();
                let mut row = Vec::new();
                for dimension in &aggregate.dimensions {
                    columns.push(column(dimension, Unit::None, ColumnRole::Dimension));
                    row.push(Value::Text("GROCERY & MORE".to_owned()));
                }
                if aggregate.grain.is_some() {
                    columns.push(column("metric_time", Unit::None, ColumnRole::Time));
                    row.push(Value::Date(date(2017, 12, 4)));
                }
                columns.push(column("retail_spend", Unit::Usd, ColumnRole::Metric));
                row.push(cents(459_603_958));
                if aggregate.compare.is_some() {
                    columns.push(column("retail_spend__prior", Unit::Usd, ColumnRole::Prior));
                    row.push(cents(400_000_000));
                }
                Frame {
                    columns,
                    rows: vec![row],
                    truncated: false,
                }
            }
            Ask::Values(_) => Frame {
                columns: vec![column(
                    "product__department",
                    Unit::None,
                    ColumnRole::Dimension,
                )],
                rows: vec![
                    vec![Value::Text("GROCERY & MORE".to_owned())],
                    vec![Value::Text("DAIRY".to_owned())],
                ],
                truncated: false,
            },
        };
        Ok(Answered {
            frame,
            release: ReleaseId("r-2017".to_owned()),
        })
    }

    async fn release(&self) -> Result<ReleaseInfo, Failure> {
        tokio::task::yield_now().await;
        Ok(ReleaseInfo {
            id: ReleaseId("r-2017".to_owned()),
            business_date: date(2017, 12, 31),
            observed: Some((date(2017, 1, 1), date(2017, 12, 31))),
            zone: "America/New_York".to_owned(),
        })
    }

    async fn dashboard(&self, name: &str) -> Result<Arc<Dashboard>, Failure> {
        tokio::task::yield_now().await;
        match name {
            "purchases" => Ok(Arc::new(purchases())),
            "mistaken" => Err(Failure::internal(
                "marts/dashboards/mistaken.yml, line 7: expected `title`.",
            )),
            _ => Err(Failure::not_found(format!(
                "There is no dashboard “{name}”."
            ))),
        }
    }

    async fn dashboards(&self) -> Result<Vec<DashboardLink>, Failure> {
        Ok(vec![DashboardLink {
            name: "purchases".to_owned(),
            title: "Purchases".to_owned(),
        }])
    }

    fn draw(&self, panel: &Panel, _: &[Ask], _: &[Answered], _: &ReleaseInfo) -> Vec<Drawing> {
        let svg = format!(
            "<svg class=\"fig\"><title>drawn {}</title></svg>",
            panel.key
        );
        let wide = Picture {
            svg,
            width: 100.0,
            height: 50.0,
            xs: vec![50.0],
            ys: vec![vec![Some(20.0)]],
            ..Picture::default()
        };
        vec![Drawing {
            key: "retail_spend".to_owned(),
            wide,
            narrow: None,
            series: vec!["Retail spend".to_owned()],
        }]
    }
}

/// Status, `Location` and text of the page at `uri`.
async fn get_with(uri: &str, cookie: &str) -> (StatusCode, String, String) {
    static EXECUTOR: Once = Once::new();
    EXECUTOR.call_once(|| any_spawner::Executor::init_tokio().unwrap());
    let session = Session {
        answer: Arc::new(Memory),
        policy: RowPolicy::Unrestricted,
        request_id: RequestId("req-42".to_owned()),
        nonce: Some(Nonce::from_value("n0nce")),
    };
    let assets = Assets {
        js: "/pkg/app.0123.js".to_owned(),
        wasm: "/pkg/app.0123.wasm".to_owned(),
        css: "/pkg/app.0123.css".to_owned(),
        font: String::new(),
    };
    let request = Request::get(uri)
        .header(header::COOKIE, cookie)
        .body(Body::empty())
        .unwrap();
    let response = respond(session, assets, request).await;
    let status = response.status();
    let location = response
        .headers()
        .get(header::LOCATION)
        .map(|value| value.to_str().unwrap().to_owned())
        .unwrap_or_default();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, location, String::from_utf8(body.to_vec()).unwrap())
}

async fn get(uri: &str) -> (StatusCode, String) {
    let (status, _, body) = get_with(uri, "").await;
    (status, body)
}

/// The text between tags, scripts left out.
fn text(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(start) = rest.find("<script") {
        text.push_str(&rest[..start]);
        rest = rest[start..]
            .split_once("</script>")
            .map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let mut plain = String::new();
    let mut in_tag = false;
    for c in text.chars() {
        match c {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                plain.push('\n');
            }
            c if !in_tag => plain.push(c),
            _ => {}
        }
    }
    plain
}

#[tokio::test]
async fn exact_figures_are_text_of_the_page() {
    for uri in ["/purchases", "/purchases?view=static"] {
        let (status, html) = get(uri).await;
        assert_eq!(status, StatusCode::OK, "{uri}");
        let text = text(&html);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.contains(&"$4,596,039.58"), "{uri}: {text}");
        assert!(lines.contains(&"+$596,039.58 (+14.9%)"), "{uri}: {text}");
        assert!(lines.contains(&"Release r-2017"), "{uri}");
        assert!(lines.contains(&"As of Dec 31, 2017"), "{uri}");
        assert!(
            html.contains("<title>Purchases · Carton Caps Analytics</title>"),
            "{uri}: {html}"
        );
    }
}

#[tokio::test]
async fn a_broken_panel_leaves_the_others() {
    let (status, html) = get("/purchases").await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("The figures are being rebuilt. Try again in a minute."));
    assert!(html.contains("Request req-42"));
    assert!(!html.contains("secret"), "details stay in the log");
    assert!(html.contains("$4,596,039.58"));
}

#[tokio::test]
async fn what_the_url_says_wrongly_is_named() {
    let (status, html) = get("/purchases?grain=fortnight&shoe=42").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        text(&html).contains("ignored: grain=fortnight, shoe=42"),
        "{html}"
    );
    let (_, html) = get("/purchases?grain=week").await;
    assert!(!html.contains("ignored:"));
}

#[tokio::test]
async fn text_from_data_is_escaped() {
    let (_, html) =
        get("/purchases?department=%3Cscript%3Ealert(1)%3C%2Fscript%3E&x=%3Cb%3E").await;
    assert!(!html.contains("<script>alert"), "{html}");
    assert!(!html.contains("x=<b>"), "{html}");
    assert!(html.contains("GROCERY &amp; MORE"));
}

#[tokio::test]
async fn a_drawing_crosses_once() {
    let (_, html) = get("/purchases").await;
    assert_eq!(html.matches("drawn trend").count(), 1, "{html}");
    assert_eq!(html.matches("drawn totals").count(), 1, "{html}");
    assert!(
        html.contains("__RESOLVED_RESOURCES"),
        "the rest is carried for hydration"
    );
}

#[tokio::test]
async fn the_static_view_has_no_scripts_and_keeps_itself() {
    let (_, html) = get("/purchases?view=static&department=DAIRY").await;
    assert!(!html.contains("<script"), "{html}");
    assert!(!html.contains("modulepreload"));
    assert!(!html.contains("http-equiv"));
    assert!(
        html.contains(r#"<input type="hidden" name="view" value="static""#),
        "{html}"
    );
    assert!(
        html.contains("/purchases?department=DAIRY,GROCERY+%26+MORE&amp;view=static"),
        "{html}"
    );
}

#[tokio::test]
async fn without_scripts_the_page_leads_to_its_static_view() {
    let (_, html) = get("/purchases?department=DAIRY").await;
    assert!(
        html.contains(r#"content="0; url=/purchases?department=DAIRY&amp;view=static""#),
        "{html}"
    );
}

#[tokio::test]
async fn every_script_has_the_nonce_and_nothing_has_an_inline_style() {
    for uri in ["/purchases", "/styleguide"] {
        let (_, html) = get(uri).await;
        let scripts = html.matches("<script").count();
        assert!(scripts > 2, "{uri}");
        let with_nonce = html.split("<script").skip(1).filter(|after| {
            after
                .split('>')
                .next()
                .is_some_and(|tag| tag.contains(r#"nonce="n0nce""#))
        });
        assert_eq!(with_nonce.count(), scripts, "{uri}: {html}");
        assert!(!html.contains(" style="), "{uri}");
    }
}

#[tokio::test]
async fn the_theme_is_the_cookies() {
    let (_, _, html) = get_with("/purchases", "theme=dark").await;
    assert!(html.contains(r#"data-theme="dark""#));
    let (_, _, html) = get_with("/purchases", "theme=pink").await;
    assert!(html.contains(r#"data-theme="system""#));
}

#[tokio::test]
async fn addresses_that_are_none_are_404_with_a_way_out() {
    for uri in ["/nothing", "/a/b", "/purchases/extra"] {
        let (status, html) = get(uri).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{uri}");
        assert!(html.contains("Page not found"), "{uri}");
        assert!(html.contains(r#"href="/""#), "{uri}");
    }
}

#[tokio::test]
async fn a_mistake_in_a_dashboards_file_is_named() {
    let (status, html) = get("/mistaken").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        html.contains("marts/dashboards/mistaken.yml, line 7: expected `title`."),
        "{html}"
    );
}

#[tokio::test]
async fn the_root_leads_to_the_first_dashboard() {
    let (status, location, _) = get_with("/?view=static", "").await;
    assert_eq!(status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(location, "/purchases?view=static");
}

#[tokio::test]
async fn a_chosen_value_is_marked_and_its_link_takes_it_away() {
    let (_, html) = get("/purchases?department=GROCERY+%26+MORE").await;
    assert!(html.contains(r#"aria-current="true""#), "{html}");
    assert!(
        text(&html).contains("Department: GROCERY & MORE".replace('&', "&amp;").as_str()),
        "{html}"
    );
}

#[tokio::test]
async fn the_style_guide_shows_every_state() {
    let (status, html) = get("/styleguide").await;
    assert_eq!(status, StatusCode::OK);
    for class in [
        "panel-headline",
        "panel-time_series",
        "panel-leaderboard",
        "panel-table",
        "skeleton",
        "state-empty",
        "state-error",
    ] {
        assert!(html.contains(class), "{class}");
    }
    assert!(html.contains("$1,234,567.89"));
    assert!(text(&html).contains("Unknown"));
}
