//! `GET /api/v1/panels/{dashboard}/{panel}.csv`: what a panel shows, as a file. Works as a plain link.

use axum::extract::{Path, RawQuery, State};
use axum::http::{Extensions, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use marts::{Column, ColumnRole, Frame, PanelView};

use super::{Api, cells, csv};
use crate::service::problem::Problem;

/// The panel's first answer under the page's own query string.
pub async fn download(
    State(api): State<Api>,
    extensions: Extensions,
    Path((dashboard, file)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let Some((key, "csv")) = file.rsplit_once('.') else {
        let message = "A panel is downloaded as .csv: write its name and that ending.";
        return Err(Problem::new(StatusCode::NOT_FOUND, message));
    };
    let session = api.pages.session(&extensions, None);
    let (view, _page) = app::panel_on_page(&session, &dashboard, key, &query.unwrap_or_default())
        .await
        .map_err(|error| Problem::from(error.0))?;
    let frame = view.answers.first().map(|answered| &answered.frame);
    let text = frame.map(table).unwrap_or_default();
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8; header=present"),
    );
    let name = format!(
        "attachment; filename=\"{}.csv\"",
        file_name(&dashboard, &view)
    );
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// The columns as people know them; what a ratio is made of stands under the ratio's own label.
fn table(frame: &Frame) -> String {
    let shown = cells::shown(frame);
    let columns = shown.iter().filter_map(|&at| frame.columns.get(at));
    let header: Vec<String> = columns.map(|column| heading(frame, column)).collect();
    csv::write(frame, &shown, &header)
}

fn heading(frame: &Frame, column: &Column) -> String {
    let metric = || {
        let (name, _part) = column.name.split_once("__")?;
        frame.columns.get(frame.column(name)?)
    };
    match column.role {
        ColumnRole::Level => "Row".to_owned(),
        ColumnRole::Part => metric().map_or_else(
            || column.label.clone(),
            |metric| format!("{}: {}", metric.label, column.label),
        ),
        _ => column.label.clone(),
    }
}

/// `purchases-departments-2026-01-01-to-2026-03-31-r1`, of characters that every system takes.
fn file_name(dashboard: &str, view: &PanelView) -> String {
    let (from, to) = (view.range.from, view.range.to);
    let name = format!(
        "{dashboard}-{}-{from}-to-{to}-{}",
        view.panel.key, view.release.id
    );
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.chars()
        .map(|c| if is_plain(c) { c } else { '_' })
        .take(180)
        .collect()
}
