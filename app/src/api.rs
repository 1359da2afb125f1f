//! The questions a page puts to the server. In the first paint they are called in the same process.

#[cfg(feature = "ssr")]
use leptos::prelude::use_context;
use leptos::server;
use marts::{Dashboard, DashboardLink, ReleaseInfo};
use serde::{Deserialize, Serialize};

use crate::AppError;

/// A dashboard's frame: what stands on the page before any figure does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub dashboard: Dashboard,
    pub release: ReleaseInfo,
}

/// The dashboards in the navigation.
#[server(name = Navigation, prefix = "/api/fn", endpoint = "navigation")]
pub async fn navigation() -> Result<Vec<DashboardLink>, AppError> {
    if let Some(ahead) = use_context::<crate::respond::Ahead>() {
        return Ok(ahead.navigation);
    }
    load::navigation(&crate::Session::current()?).await
}

/// The frame of one dashboard on the release of this name; empty for the current one.
#[server(name = PageFrame, prefix = "/api/fn", endpoint = "page")]
pub async fn page(dashboard: String, release: String) -> Result<Page, AppError> {
    // A request renders one page, so what was read ahead is this one.
    if let Some(page) = use_context::<crate::respond::Ahead>().and_then(|ahead| ahead.page) {
        return page;
    }
    answered(load::page(&crate::Session::current()?, &dashboard, &release).await)
}

/// [`page`], compiled once for all who ask for it.
pub fn page_in_browser(
    dashboard: String,
    release: String,
) -> std::pin::Pin<Box<dyn Future<Output = Result<Page, AppError>> + Send>> {
    Box::pin(page(dashboard, release))
}

/// One panel's figures under the filters in `query`, as markup.
#[server(name = PanelFigures, prefix = "/api/fn", endpoint = "panel_view")]
pub async fn panel_view(
    dashboard: String,
    panel: String,
    query: String,
) -> Result<String, AppError> {
    let session = crate::Session::current()?;
    answered(
        load::panel_in_parts(&session, &dashboard, &panel, &query)
            .await
            .map(|(mut view, page)| {
                for board in &mut view.failed {
                    board.failure = session.failed(board.failure.clone()).0;
                }
                crate::markup::rendered(|| crate::panels::panel_body(&view, Some(page.state())))
            }),
    )
}

/// The values of a filter that were looked for, in their order; never more than a list can show.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg(feature = "ssr")]
pub struct Options {
    pub values: Vec<String>,
    /// There are others.
    pub more: bool,
}

/// The values of a filter that hold `search` anywhere, or the first ones, as markup: links that choose them beside the
/// filters in `query`.
#[server(name = FoundValues, prefix = "/api/fn", endpoint = "found_values")]
pub async fn found_values(
    dashboard: String,
    param: String,
    search: String,
    query: String,
) -> Result<String, AppError> {
    let session = crate::Session::current()?;
    answered(
        load::found_values(&session, &dashboard, &param, &search, &query)
            .await
            .map(|(options, page)| {
                crate::markup::rendered(|| {
                    crate::panels::found_values(page.state(), &param, options)
                })
            }),
    )
}

/// The rows of the figure that `drill=` in `query` names, as markup.
#[server(name = DrillRows, prefix = "/api/fn", endpoint = "drill")]
pub async fn drill(dashboard: String, query: String) -> Result<String, AppError> {
    let session = crate::Session::current()?;
    answered(
        crate::drill::load::drill(&session, &dashboard, &query)
            .await
            .map(|(view, page)| {
                crate::markup::rendered(|| crate::drill::rows::content(&view, page.state()))
            }),
    )
}

/// Every component in each of its states, on invented figures, as markup.
#[server(name = Guide, prefix = "/api/fn", endpoint = "style_guide")]
pub async fn style_guide() -> Result<String, AppError> {
    let session = crate::Session::current()?;
    let answer = std::sync::Arc::clone(&session.answer);
    Ok(crate::markup::rendered(move || {
        crate::pages::style_guide::every_state(&*answer)
    }))
}

/// Says a failure in the response's status too; during a page's rendering the page keeps its own status.
#[cfg(feature = "ssr")]
pub(crate) fn answered<T>(result: Result<T, AppError>) -> Result<T, AppError> {
    let is_page = use_context::<crate::respond::Ahead>().is_some();
    if is_page {
        result
    } else {
        result.map_err(crate::session::named_and_said)
    }
}

#[cfg(feature = "ssr")]
pub(crate) mod load {
    use std::sync::Arc;

    use futures::future::join_all;
    use marts::dashboard::PUBLISHED_BY;
    use marts::explore::{EXPLORE, Exploration, SORT};
    use marts::{
        Answered, Ask, Dashboard, DashboardLink, FailedBoard, Failure, Filters, Grain, Panel,
        PanelKind, PanelView, ReleaseId, Value, Values, pivot,
    };

    use super::{Options, Page};
    use crate::state::Fixed;
    use crate::url::split_query;
    use crate::{AppError, Session, metric_notes};

    /// More than a list can show at once; beyond it one has to search.
    const MOST_OPTIONS: u32 = 50;

    pub async fn navigation(session: &Session) -> Result<Vec<DashboardLink>, AppError> {
        session
            .answer
            .dashboards()
            .await
            .map_err(|failure| session.failed(failure))
    }

    pub async fn page(session: &Session, name: &str, release: &str) -> Result<Page, AppError> {
        let failed = |failure| session.failed(failure);
        let dashboard = session.answer.dashboard(name).await.map_err(failed)?;
        let pinned = (!release.is_empty()).then(|| ReleaseId(release.to_owned()));
        let release = session
            .answer
            .release_named(pinned.as_ref())
            .await
            .map_err(failed)?;
        Ok(Page {
            dashboard: (*dashboard).clone(),
            release,
        })
    }

    /// The dashboard, with the panels that the address `query` asks for, and one of its panels.
    pub async fn panel_frame(
        session: &Session,
        name: &str,
        key: &str,
        query: &str,
    ) -> Result<(Arc<Dashboard>, Panel), AppError> {
        let failed = |failure| session.failed(failure);
        let dashboard = session.answer.dashboard(name).await.map_err(failed)?;
        let dashboard = if name == EXPLORE {
            let filters = Filters::parse(&split_query(query).1, &dashboard);
            Arc::new(Exploration::of(&filters).shaped(&dashboard))
        } else {
            dashboard
        };
        let panel = dashboard.panels.iter().find(|panel| panel.key == key).cloned().ok_or_else(|| {
            failed(Failure::not_found(format!(
                "The dashboard “{name}” has no panel “{key}”. Its file may have been edited; reload the page."
            )))
        })?;
        Ok((dashboard, panel))
    }

    /// A panel's figures, all of them, and the page they stand on.
    pub async fn panel_on_page(
        session: &Session,
        name: &str,
        key: &str,
        query: &str,
    ) -> Result<(PanelView, Fixed), AppError> {
        let (view, page) = panel_in_parts(session, name, key, query).await?;
        match view.failed.into_iter().next() {
            Some(board) => Err(session.failed(board.failure)),
            None => Ok((
                PanelView {
                    failed: Vec::new(),
                    ..view
                },
                page,
            )),
        }
    }

    /// A panel's figures, and the page they stand on. Asks all of a panel's questions of one release: when a new one is
    /// published between the questions, they are asked once more. A board that fails leaves the other boards.
    pub async fn panel_in_parts(
        session: &Session,
        name: &str,
        key: &str,
        query: &str,
    ) -> Result<(PanelView, Fixed), AppError> {
        let failed = |failure| session.failed(failure);
        let (dashboard, panel) = panel_frame(session, name, key, query).await?;
        let filters = Filters::parse(&split_query(query).1, &dashboard);
        for _ in 0..3 {
            let pinned = filters.release.as_ref();
            let release = session.answer.release_named(pinned).await.map_err(failed)?;
            let asks = panel.asks(&filters, &dashboard, &release);
            let asked_for = session.asked_for(name, Some(key));
            let answered = async |asks: &[Ask]| {
                let answers = asks.iter().map(|ask| {
                    let answer = &session.answer;
                    answer.answer_for(&asked_for, &session.policy, ask, pinned)
                });
                join_all(answers).await
            };
            let found = answered(&asks).await;
            let Found {
                asks,
                mut answers,
                failed: failed_boards,
            } = told_apart(&panel, asks, found).map_err(failed)?;
            if panel.kind == PanelKind::Pivot {
                let behind = answered(&pivot::behind(&panel, &asks, &answers)).await;
                let behind: Result<Vec<Answered>, Failure> = behind.into_iter().collect();
                let behind = behind.map_err(failed)?;
                answers = tabulated(&panel, &asks, &answers, &behind, &filters);
            }
            if panel.kind == PanelKind::Assertions {
                // What the run found comes first: it is what the panel shows.
                let run = answers
                    .first()
                    .map(|answered| answered.frame.value(0, PUBLISHED_BY));
                if let Some(Value::Text(run)) = run {
                    let found = answered(&[panel.findings(run)]).await;
                    let found: Result<Vec<Answered>, Failure> = found.into_iter().collect();
                    answers = found.map_err(failed)?;
                }
                // Records of runs are read as they are now, and are about this release.
                for answered in &mut answers {
                    answered.release = release.id.clone();
                }
            }
            if answers
                .iter()
                .any(|answered| answered.release != release.id)
            {
                continue;
            }
            // A panel that compares nothing, such as lines for values, names no other days.
            let compares = asks
                .iter()
                .any(|ask| matches!(ask, Ask::Aggregate(ask) if ask.compare.is_some()));
            let range = panel.range(&filters, &release);
            let grain = panel.grain_of(&filters, &release);
            let notes = metric_notes::beside(session, name, &panel, &release, &mut answers).await;
            let view = PanelView {
                panel: panel.clone(),
                notes,
                drawings: session.answer.draw(&panel, &asks, &answers, &release),
                answers,
                range,
                prior: filters
                    .compare
                    .filter(|_| compares)
                    .map(|compare| marts::filters::prior_range(range, compare, grain)),
                grain,
                release: release.clone(),
                failed: failed_boards,
                leaves_aside: panel.leaves_aside(&filters, &dashboard),
            };
            let page = Fixed {
                dashboard: (*dashboard).clone(),
                release,
                filters,
            };
            return Ok((view, page));
        }
        Err(failed(Failure::unavailable(
            "New figures were published while this panel was being read. Try again to see them.",
        )))
    }

    /// The whole pivot as one answer, before those about its sides; all as they are where they are of several releases.
    fn tabulated(
        panel: &Panel,
        asks: &[Ask],
        sides: &[Answered],
        behind: &[Answered],
        filters: &Filters,
    ) -> Vec<Answered> {
        let all = || sides.iter().chain(behind);
        match sides.first() {
            Some(first) if all().all(|answered| answered.release == first.release) => {
                let grain = pivot::grain_asked(asks).unwrap_or(Grain::Day);
                let sort = filters.parameters.get(SORT);
                let sort = sort.map_or_else(pivot::Sort::default, |sort| pivot::Sort::parse(sort));
                let grid = Answered {
                    frame: pivot::grid(panel, sides, behind, grain, &sort),
                    release: first.release.clone(),
                };
                std::iter::once(grid).chain(sides.iter().cloned()).collect()
            }
            _ => all().cloned().collect(),
        }
    }

    /// Questions with their answers, in order, and the boards that have none.
    struct Found {
        asks: Vec<Ask>,
        answers: Vec<Answered>,
        failed: Vec<FailedBoard>,
    }

    /// What was answered, and the boards that were not; each board is a question of its own, and any other kind of panel
    /// needs all of its answers.
    fn told_apart(
        panel: &Panel,
        asks: Vec<Ask>,
        answered: Vec<Result<Answered, Failure>>,
    ) -> Result<Found, Failure> {
        let is_partial = panel.kind == PanelKind::Leaderboard && answered.iter().any(Result::is_ok);
        let mut failed: Vec<FailedBoard> = Vec::new();
        let mut found: Vec<(Ask, Answered)> = Vec::new();
        for (ask, answer) in asks.into_iter().zip(answered) {
            let board = match &ask {
                Ask::Aggregate(ask) => ask.dimensions.first().cloned(),
                Ask::Values(_) | Ask::Rows(_) => None,
            };
            match (answer, board) {
                (Ok(answer), _) => found.push((ask, answer)),
                (Err(failure), Some(dimension)) if is_partial => {
                    if failed.iter().all(|board| board.dimension != dimension) {
                        failed.push(FailedBoard { dimension, failure });
                    }
                }
                (Err(failure), _) => return Err(failure),
            }
        }
        // Of a board that failed in part nothing is shown.
        found.retain(|(ask, _)| match ask {
            Ask::Aggregate(ask) => failed
                .iter()
                .all(|board| !ask.dimensions.contains(&board.dimension)),
            Ask::Values(_) | Ask::Rows(_) => true,
        });
        let (asks, answers): (Vec<Ask>, Vec<Answered>) = found.into_iter().unzip();
        Ok(Found {
            asks,
            answers,
            failed,
        })
    }

    pub async fn found_values(
        session: &Session,
        name: &str,
        param: &str,
        search: &str,
        query: &str,
    ) -> Result<(Options, Fixed), AppError> {
        let failed = |failure| session.failed(failure);
        let dashboard = session.answer.dashboard(name).await.map_err(failed)?;
        let control = dashboard
            .filters
            .iter()
            .find(|control| control.param == param)
            .ok_or_else(|| {
                failed(Failure::not_found(format!(
                    "The dashboard “{name}” has no filter “{param}”."
                )))
            })?;
        let filters = Filters::parse(&split_query(query).1, &dashboard);
        let search = search.trim();
        let ask = Ask::Values(Values {
            dimension: control.dimension.clone(),
            search: (!search.is_empty()).then(|| search.to_owned()),
            // One more, to know whether there are others.
            limit: MOST_OPTIONS + 1,
        });
        let pinned = filters.release.as_ref();
        let release = session.answer.release_named(pinned).await.map_err(failed)?;
        let asked_for = session.asked_for(name, None);
        let answered = session
            .answer
            .answer_for(&asked_for, &session.policy, &ask, pinned)
            .await
            .map_err(failed)?;
        let mut values: Vec<String> = answered
            .frame
            .rows
            .into_iter()
            .filter_map(|row| match row.into_iter().next() {
                Some(Value::Text(text)) => Some(text),
                Some(Value::Null) => Some(marts::ask::UNKNOWN.to_owned()),
                Some(Value::Int(number)) => Some(number.to_string()),
                _ => None,
            })
            .collect();
        let more = values.len() > MOST_OPTIONS as usize;
        values.truncate(MOST_OPTIONS as usize);
        let page = Fixed {
            dashboard: (*dashboard).clone(),
            release,
            filters,
        };
        Ok((Options { values, more }, page))
    }
}
