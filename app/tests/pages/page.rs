//! The page at an address: status, text, scripts and links.

use http::{StatusCode, header};

use crate::memory::Memory;
use crate::service::{get, read, respond, text};

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
        html.contains(r#"content="0; url=/purchases?department=DAIRY&amp;view=static""#)
            && html.contains(r#"<a href="/purchases?department=DAIRY&amp;view=static">"#),
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
    let html = read(respond(Memory::default(), "/purchases", "theme=dark").await).await;
    assert!(html.contains(r#"data-theme="dark""#));
    let html = read(respond(Memory::default(), "/purchases", "theme=pink").await).await;
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
    let response = respond(Memory::default(), "/?view=static", "").await;
    assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(
        response.headers()[header::LOCATION],
        "/purchases?view=static"
    );
}

#[tokio::test]
async fn a_chosen_value_is_marked_and_its_link_takes_it_away() {
    let (_, html) = get("/purchases?department=GROCERY+%26+MORE").await;
    assert!(html.contains(r#"aria-current="true""#), "{html}");
    assert!(
        html.contains("Department: <bdi>GROCERY &amp; MORE</bdi>"),
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
