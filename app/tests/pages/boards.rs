//! Boards that fail leave the others.

use http::StatusCode;

use crate::memory::Memory;
use crate::service::{call, read, respond};

#[tokio::test]
async fn a_board_that_fails_leaves_the_other_boards() {
    let html = read(respond(Memory::default(), "/boards?view=static", "").await).await;
    let boards = html.split("id=\"panel-mixed\"").nth(1).unwrap();
    let boards = boards.split("id=\"panel-none\"").next().unwrap();
    assert!(boards.contains("GROCERY &amp; MORE"), "{boards}");
    assert_eq!(
        boards.matches("The figures are being rebuilt.").count(),
        1,
        "{boards}"
    );
    assert!(boards.contains("req-42"), "{boards}");
    assert!(boards.contains(">Broken<"), "it is named: {boards}");
    assert!(boards.contains("Load the page again"), "{boards}");
    assert!(!html.contains("secret"), "{html}");
}

#[tokio::test]
async fn a_panel_whose_every_board_fails_is_a_failure() {
    let (status, answer) = call(
        Memory::default(),
        "panel_view",
        "dashboard=boards&panel=none&query=",
    )
    .await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        answer.contains("The figures are being rebuilt."),
        "{answer}"
    );
}

#[tokio::test]
async fn a_copy_of_boards_is_whole_or_refused() {
    let (status, answer) = call(
        Memory::default(),
        "panel_rows",
        "dashboard=boards&panel=mixed&query=",
    )
    .await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{answer}");
}
