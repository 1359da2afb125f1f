//! The pages of runs and contracts, and the badge that leads to them.

use http::StatusCode;

use crate::memory::Memory;
use crate::service::{get, read, respond, text};

/// Whether `line` is a text of its own on the page.
fn says(html: &str, line: &str) -> bool {
    text(html).lines().any(|found| found.trim() == line)
}

#[tokio::test]
async fn a_failed_run_shows_where_and_why_it_failed_and_what_is_shown_on() {
    for uri in ["/runs", "/runs?view=static"] {
        let (status, html) = get(uri).await;
        assert_eq!(status, StatusCode::OK, "{uri}");
        let sentence = "The last run failed in contracts on Jan 2, 2018, 04:08 and published nothing; \
                        release r-2017, as of Dec 31, 2017, is shown on.";
        assert!(says(&html, sentence), "{uri}: {}", text(&html));
        for line in [
            "Failed",
            "Published",
            "Why it failed in contracts",
            "The contract unique_dim_user_user_id found 3 rows &lt;b&gt;",
            "Jan 1, 2018, 04:05",
            "2 min 55 s",
            "12,034",
            "12.3 kB",
            "Current",
            "All times in America/New_York",
        ] {
            assert!(says(&html, line), "{uri}: {line} is not in {}", text(&html));
        }
        assert!(html.contains("<title>Runs · Carton Caps Analytics</title>"));
        assert!(!html.contains(" style="), "{uri}");
    }
}

#[tokio::test]
async fn another_run_is_looked_at_by_its_address() {
    let (_, html) = get("/runs?run=run-1&view=static").await;
    assert!(says(&html, "Run of Jan 1, 2018, 04:05"), "{}", text(&html));
    assert!(
        html.contains(r#"href="/contracts?run=run-1&amp;view=static""#),
        "{html}"
    );
    let (status, html) = get("/runs?run=gone").await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("There is no record of this run."));
}

#[tokio::test]
async fn contracts_say_how_all_of_them_stand_before_they_say_how_each_does() {
    for uri in ["/contracts", "/contracts?view=static"] {
        let (status, html) = get(uri).await;
        assert_eq!(status, StatusCode::OK, "{uri}");
        let verdict = "1 of 4 contracts holds; 1 fails; 1 warns; 1 sets rows aside.";
        assert!(says(&html, verdict), "{uri}: {}", text(&html));
        let shown = "That run published nothing. Figures come from release r-2017, as of Dec 31, 2017: \
                     58 of 61 contracts hold; 3 set rows aside.";
        assert!(says(&html, shown), "{uri}: {}", text(&html));
        let place = |line: &str| {
            let place = html.find(line);
            assert!(place.is_some(), "{uri}: {line} is not in {}", text(&html));
            place
        };
        assert!(place("Each user_id occurs once") < place(">There<"));
        assert!(says(&html, "u&lt;7&gt;"), "{}", text(&html));
        for line in [
            "30 rows",
            "$1,284.81",
            "1,032",
            "Frees itself when the user lands, however late.",
            "30 days ago",
            "Later than usual",
            "3 days before the business date",
        ] {
            assert!(says(&html, line), "{uri}: {line} is not in {}", text(&html));
        }
    }
}

#[tokio::test]
async fn before_the_first_run_both_pages_say_what_will_stand_there() {
    for (uri, line) in [
        ("/runs", "Nothing has run yet."),
        ("/contracts", "No contract has been checked yet."),
    ] {
        let memory = Memory {
            is_new: true,
            ..Memory::default()
        };
        let response = respond(memory, uri, "").await;
        assert_eq!(response.status(), StatusCode::OK);
        let html = read(response).await;
        assert!(html.contains(line), "{html}");
    }
}

#[tokio::test]
async fn figures_say_how_their_contracts_stand_and_lead_to_them() {
    let (_, html) = get("/purchases?view=static").await;
    assert!(
        says(&html, "As of Dec 31, 2017 · 61 contracts hold"),
        "{}",
        text(&html)
    );
    assert!(html.contains(r#"href="/contracts?view=static""#));
    let (_, html) = get("/purchases").await;
    assert!(
        html.contains(r#"<a href="/contracts" class="contract-badge""#),
        "{html}"
    );
}

#[tokio::test]
async fn both_pages_stand_in_the_navigation() {
    let (_, html) = get("/purchases").await;
    assert!(html.contains(r#"href="/contracts""#) && html.contains(r#"href="/runs""#));
}
