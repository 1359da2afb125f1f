//! What the pages about the pipeline ask: its runs, and what their contracts found.

use leptos::server;
#[cfg(feature = "ssr")]
use marts::{Frame, ReleaseInfo};

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::contract_state::{ContractState, badge};
#[cfg(feature = "ssr")]
use crate::markup::rendered;
#[cfg(feature = "ssr")]
use crate::pages::{contract_report, run_list};

/// A part of a page that may fail on its own.
#[cfg(feature = "ssr")]
pub type Part = Result<Frame, AppError>;

/// Everything on the page of runs. Moments are told by the clocks of `zone`.
#[cfg(feature = "ssr")]
pub struct RunsView {
    pub zone: String,
    /// The release that every figure comes from; `None` before the first.
    pub current: Option<ReleaseInfo>,
    /// The last run, one row or none.
    pub latest: Frame,
    /// A page of runs, the newest first.
    pub runs: Frame,
    pub is_first_page: bool,
    /// Where the next page begins, as the address says it.
    pub older: Option<String>,
    /// The run that is looked at, one row or none.
    pub chosen: Frame,
    /// What it took in: files, rows and bytes by source, then the files.
    pub taken_in: Part,
    pub files: Part,
    pub releases: Part,
}

/// Everything on the page of contracts, as of one run.
#[cfg(feature = "ssr")]
pub struct ContractsView {
    pub zone: String,
    pub current: Option<ReleaseInfo>,
    /// The run whose findings these are, one row or none.
    pub run: Frame,
    pub is_latest: bool,
    pub state: ContractState,
    /// What holds for the figures that are shown, where another run made them.
    pub shown: Option<ContractState>,
    pub results: Frame,
    pub accounts: Part,
    /// Rows landed so far by source, to hold the accounts against; only for the latest run.
    pub landed: Option<Frame>,
    pub quarantine: Part,
    pub freshness: Part,
    pub drift: Part,
}

/// The runs, of which `run` is looked at.
#[server(name = Runs, prefix = "/api/fn", endpoint = "runs")]
pub async fn runs(run: String, after: String) -> Result<String, AppError> {
    let found = load::runs(&crate::Session::current()?, &run, &after).await;
    crate::api::answered(found.map(|view| rendered(|| run_list::report(&view))))
}

/// The contracts as of `run`, or of the last run that checked any.
#[server(name = Contracts, prefix = "/api/fn", endpoint = "contracts")]
pub async fn contracts(run: String) -> Result<String, AppError> {
    let found = load::contracts(&crate::Session::current()?, &run).await;
    crate::api::answered(found.map(|view| rendered(|| contract_report::report(&view))))
}

/// What the contracts say of the figures that are shown; empty where that is not known, or not this reader's to know.
#[server(name = ContractBadgeState, prefix = "/api/fn", endpoint = "contract_state")]
pub async fn contract_state() -> Result<String, AppError> {
    let state = load::contract_state(&crate::Session::current()?).await;
    crate::api::answered(state.map(|state| rendered(|| badge(state))))
}

#[cfg(feature = "ssr")]
pub(crate) mod load {
    use jiff::civil::Date;
    use marts::{
        Aggregate, Ask, DateRange, DimensionFilter, FailureKind, Frame, Order, ReleaseInfo, Rows,
        Value,
    };

    use super::{ContractsView, Part, RunsView};
    use crate::contract_state::ContractState;
    use crate::{AppError, Session};

    const RUNS_PER_PAGE: u32 = 25;
    const MOST_FILES: u32 = 100;
    const MOST_RELEASES: u32 = 20;
    const MOST_ROWS: u32 = 1_000;
    /// Between the parts of a place to go on from.
    const AND: char = '~';
    const EVER: DateRange = DateRange {
        from: Date::constant(1970, 1, 1),
        to: Date::constant(2199, 12, 31),
    };

    pub async fn runs(session: &Session, run: &str, after: &str) -> Result<RunsView, AppError> {
        let current = session.answer.release().await.ok();
        let list = Rows {
            after: place(after),
            ..run_rows(RUNS_PER_PAGE)
        };
        let latest = rows(session, run_rows(1)).await?;
        let page = rows(session, list.clone()).await?;
        let chosen = match run {
            "" => latest.clone(),
            _ => rows(session, of("runs", &RUN_COLUMNS, "run__run_id", run, 1)).await?,
        };
        let id = text(&chosen, 0, "run__run_id");
        let taken_in = by_source(session, Some(&id)).await;
        let columns = [
            "file__source",
            "file__path",
            "rows_taken_in",
            "bytes_taken_in",
        ];
        let files = Rows {
            order: vec![
                Order::ascending("file__source"),
                Order::ascending("file__path"),
            ],
            ..of("ingested_files", &columns, "file__run_id", &id, MOST_FILES)
        };
        let columns = [
            "publication__release_id",
            "publication__run_id",
            "publication__business_date",
            "publication__published_at",
            "publication__tables",
        ];
        let releases = Rows {
            order: vec![Order::descending("publication__published_at")],
            ..all("releases", &columns, MOST_RELEASES)
        };
        Ok(RunsView {
            zone: zone(current.as_ref()),
            current,
            latest,
            older: list.next(&page).and_then(|next| spelled(&next.after?)),
            is_first_page: list.after.is_none(),
            runs: page,
            chosen,
            taken_in,
            files: rows(session, files).await,
            releases: rows(session, releases).await,
        })
    }

    pub async fn contracts(session: &Session, run: &str) -> Result<ContractsView, AppError> {
        let current = session.answer.release().await.ok();
        let last = Rows {
            order: vec![Order::descending("contract_result__checked_at")],
            ..all(
                "contract_results",
                &["contract_result__run_id", "contract_result__checked_at"],
                1,
            )
        };
        let latest = text(&rows(session, last).await?, 0, "contract_result__run_id");
        let id = if run.is_empty() { &latest } else { run };
        let columns = [
            "contract_result__contract",
            "contract_result__relation",
            "contract_result__column_name",
            "contract_result__description",
            "contract_result__declared_at",
            "contract_result__scope",
            "contract_result__behaviour",
            "contract_result__status",
            "contract_result__sample",
            "contract_result__run_rows",
            "failing_rows",
        ];
        let results = Rows {
            order: vec![
                Order::ascending("contract_result__relation"),
                Order::ascending("contract_result__contract"),
            ],
            ..of(
                "contract_results",
                &columns,
                "contract_result__run_id",
                id,
                MOST_ROWS,
            )
        };
        let results = rows(session, results).await?;
        let run = rows(session, of("runs", &RUN_COLUMNS, "run__run_id", id, 1)).await?;
        let part = async |relation: &str, columns: &[&str], filter: &str| {
            let list = of(relation, columns, filter, id, MOST_ROWS);
            let order = columns
                .iter()
                .take(2)
                .map(|by| Order::ascending(by))
                .collect();
            rows(session, Rows { order, ..list }).await
        };
        let accounts = part(
            "row_accounts",
            &[
                "account__source",
                "account__outcome",
                "account__reason",
                "account__scope",
                "account__is_released",
                "account__row_count",
                "account__amount",
            ],
            "account__run_id",
        )
        .await;
        let quarantine = part(
            "quarantine",
            &[
                "held__source",
                "held__reason",
                "held__row_count",
                "held__amount",
                "held__oldest_dt",
                "held__newest_dt",
            ],
            "held__run_id",
        )
        .await;
        let freshness = part(
            "freshness",
            &[
                "source_state__source",
                "source_state__latest_dt",
                "source_state__age_days",
                "source_state__expected_within_days",
                "source_state__rows_latest_day",
                "source_state__median_rows",
                "source_state__ratio",
                "source_state__status",
            ],
            "source_state__run_id",
        )
        .await;
        let drift = part(
            "schema_drift",
            &[
                "drift__source",
                "drift__column_name",
                "drift__path",
                "drift__change",
                "drift__detail",
            ],
            "drift__run_id",
        )
        .await;
        let is_latest = *id == *latest;
        let landed = match is_latest {
            true => by_source(session, None).await.ok(),
            false => None,
        };
        let shown = match &current {
            Some(release) if text(&run, 0, "run__release_id") != release.id.0 => {
                contract_state(session).await.unwrap_or_default()
            }
            Some(_) if text(&run, 0, "run__status") == "failed" => {
                contract_state(session).await.unwrap_or_default()
            }
            _ => None,
        };
        Ok(ContractsView {
            zone: zone(current.as_ref()),
            state: ContractState::of_results(&results, current.as_ref()),
            current,
            run,
            is_latest,
            shown,
            results,
            accounts,
            landed,
            quarantine,
            freshness,
            drift,
        })
    }

    pub async fn contract_state(session: &Session) -> Result<Option<ContractState>, AppError> {
        let Ok(release) = session.answer.release().await else {
            return Ok(None);
        };
        let published = Rows {
            order: vec![Order::descending("publication__published_at")],
            ..of(
                "releases",
                &["publication__run_id", "publication__published_at"],
                "publication__release_id",
                &release.id.0,
                1,
            )
        };
        let found = match rows(session, published).await {
            Err(error) if error.kind() == FailureKind::NotAllowed => return Ok(None),
            found => text(&found?, 0, "publication__run_id"),
        };
        let by_status = Aggregate {
            metrics: vec!["contracts_checked".to_owned()],
            dimensions: vec!["contract_result__status".to_owned()],
            filters: vec![DimensionFilter::only("contract_result__run_id", &found)],
            ..ever()
        };
        let counted = ask(session, Ask::Aggregate(by_status)).await?;
        let state = ContractState::of_counts(&counted, &release);
        Ok((state.total() > 0).then_some(state))
    }

    const RUN_COLUMNS: [&str; 15] = [
        "run__run_id",
        "run__started_at",
        "run__ended_at",
        "run__status",
        "run__step",
        "run__mode",
        "run__trigger",
        "run__business_date",
        "run__release_id",
        "run__error",
        "run__note",
        "run__step_seconds",
        "run_seconds",
        "rows_read",
        "rows_written",
    ];

    fn run_rows(limit: u32) -> Rows {
        Rows {
            order: vec![Order::descending("run__started_at")],
            ..all("runs", &RUN_COLUMNS, limit)
        }
    }

    /// Files, rows and bytes by source: of one run, or of all.
    async fn by_source(session: &Session, run: Option<&str>) -> Part {
        let sums = Aggregate {
            metrics: ["files", "rows_taken_in", "bytes_taken_in"]
                .map(str::to_owned)
                .to_vec(),
            dimensions: vec!["file__source".to_owned()],
            filters: run
                .map(|run| DimensionFilter::only("file__run_id", run))
                .into_iter()
                .collect(),
            ..ever()
        };
        ask(session, Ask::Aggregate(sums)).await
    }

    fn ever() -> Aggregate {
        Aggregate::over(&[], EVER)
    }

    fn all(relation: &str, columns: &[&str], limit: u32) -> Rows {
        Rows {
            relation: relation.to_owned(),
            columns: columns.iter().map(|&name| name.to_owned()).collect(),
            filters: Vec::new(),
            range: None,
            order: Vec::new(),
            limit,
            after: None,
        }
    }

    fn of(relation: &str, columns: &[&str], filter: &str, value: &str, limit: u32) -> Rows {
        Rows {
            filters: vec![DimensionFilter::only(filter, value)],
            ..all(relation, columns, limit)
        }
    }

    async fn rows(session: &Session, rows: Rows) -> Part {
        ask(session, Ask::Rows(rows)).await
    }

    async fn ask(session: &Session, ask: Ask) -> Part {
        session
            .answer
            .answer(&session.policy, &ask)
            .await
            .map(|answered| answered.frame)
            .map_err(|failure| session.failed(failure))
    }

    fn text(frame: &Frame, row: usize, column: &str) -> String {
        match frame.value(row, column) {
            Value::Text(text) => text.clone(),
            _ => String::new(),
        }
    }

    fn zone(current: Option<&ReleaseInfo>) -> String {
        current.map_or_else(|| "UTC".to_owned(), |release| release.zone.clone())
    }

    /// A place in a list as an address holds it: `2026-01-01 00:00:00~r7`. One without a time has no spelling.
    fn spelled(after: &[Option<String>]) -> Option<String> {
        let parts: Option<Vec<&str>> = after.iter().map(Option::as_deref).collect();
        parts.map(|parts| parts.join(&AND.to_string()))
    }

    fn place(after: &str) -> Option<Vec<Option<String>>> {
        (!after.is_empty()).then(|| after.split(AND).map(|part| Some(part.to_owned())).collect())
    }
}
