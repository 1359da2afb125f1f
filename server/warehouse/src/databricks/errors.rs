//! What went wrong, in sentences that say what to do. What Databricks said itself goes to the log.

use std::time::Duration;

use marts::{Failure, FailureKind};

use super::http::Fault;
use super::options::DatabricksOptions;
use super::wire::{ApiError, Status};

const LONGEST_DETAIL: usize = 600;

/// Enough of a text for the log.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_DETAIL).collect()
}

/// A call that failed for good.
pub(super) fn of_call(fault: &Fault, options: &DatabricksOptions) -> Failure {
    let host = &options.host;
    match fault {
        Fault::Late => late(),
        Fault::Credentials(failure) => failure.clone(),
        Fault::Connect(detail) => Failure::unavailable(format!(
            "The Databricks workspace {host} cannot be reached. Check host under [databricks], this machine's network, and HTTPS_PROXY where there is a proxy."
        ))
        .with_detail(detail),
        Fault::Transport(detail) => Failure::unavailable(format!(
            "The connection to the Databricks workspace {host} broke before its answer was there. Try again."
        ))
        .with_detail(detail),
        Fault::Body(detail) => Failure::unavailable(format!(
            "{host} does not answer as a Databricks workspace does. Check host under [databricks], and what a proxy makes of its answers."
        ))
        .with_detail(detail),
        Fault::Refused { status, error, .. } => {
            refused(*status, error, options).with_detail(format!(
                "{status} {}: {}",
                error.error_code,
                shortened(&error.message)
            ))
        }
    }
}

fn refused(status: u16, error: &ApiError, options: &DatabricksOptions) -> Failure {
    let (host, warehouse) = (&options.host, &options.warehouse_id);
    let said = error.message.to_lowercase();
    match status {
        300..=399 => Failure::unavailable(format!(
            "{host} is not the address of a Databricks workspace: it sends us elsewhere. Set host under [databricks] to the name in the workspace's own address."
        )),
        400 if said.contains("warehouse") || said.contains("endpoint") => no_warehouse(options),
        400 => Failure::bad_request("The warehouse refused this question as it is written."),
        401 => secret_refused(),
        403 if is_about_the_token(error) => secret_refused(),
        403 if said.contains("ip ") && said.contains("access") => Failure::unavailable(format!(
            "The Databricks workspace {host} does not let this machine in. Put its address on the workspace's IP access list."
        )),
        403 => Failure::unavailable(format!(
            "We may not use the SQL warehouse {warehouse}. Give our service principal “Can use” on it."
        )),
        404 if said.contains("warehouse") || said.contains("endpoint") => no_warehouse(options),
        404 if said.contains("statement") => {
            Failure::unavailable("The warehouse does not know this question any more. Ask again.")
        }
        404 => Failure::unavailable(format!(
            "{host} knows nothing of the SQL warehouse {warehouse}. Check host and warehouse_id under [databricks]."
        )),
        429 => Failure::new(
            FailureKind::Busy,
            "Databricks asks us to wait: too much is asked of the workspace at the moment. Try again in a few seconds.",
        ),
        503 => Failure::unavailable(
            "The SQL warehouse cannot answer at the moment. Try again in a minute.",
        ),
        _ => Failure::unavailable(
            "Databricks failed on this call. Try again; if it stays so, the log has its words.",
        ),
    }
}

/// A refusal of who asks, not of what is asked.
pub(super) fn is_about_the_token(error: &ApiError) -> bool {
    let said = error.message.to_lowercase();
    said.contains("token") && (said.contains("invalid") || said.contains("expired"))
}

fn no_warehouse(options: &DatabricksOptions) -> Failure {
    Failure::unavailable(format!(
        "There is no SQL warehouse {} in the workspace {}, or it was deleted. Copy warehouse_id under [databricks] from the warehouse's connection details.",
        options.warehouse_id, options.host
    ))
}

pub(super) fn secret_refused() -> Failure {
    Failure::unavailable(
        "Databricks does not accept our credentials: the token or the client secret is wrong, expired or revoked. Make a new one and set it as CARTON_CAPS_DATABRICKS_TOKEN or CARTON_CAPS_DATABRICKS_CLIENT_SECRET.",
    )
}

pub(super) fn no_token() -> Failure {
    Failure::unavailable(
        "Databricks gives out no tokens at the moment, so it cannot be asked anything. Check host under [databricks], or try again in a minute.",
    )
}

pub(super) fn late() -> Failure {
    Failure::new(
        FailureKind::TimedOut,
        "The question took too long and was stopped. Ask for a shorter range, or try again when less is going on.",
    )
}

pub(super) fn busy(waited: Duration) -> Failure {
    let seconds = waited.as_secs_f64().ceil();
    Failure::new(
        FailureKind::Busy,
        format!(
            "The server is busy: this question waited {seconds} s for its turn and was not begun. Try again in a few seconds."
        ),
    )
}

pub(super) fn not_started(waited: Duration, state: &str) -> Failure {
    Failure::unavailable(format!(
        "The SQL warehouse is still starting after {} s (usually 40 s, up to 5 min). Try again in a minute.",
        waited.as_secs()
    ))
    .with_detail(format!("its state is {state}"))
}

pub(super) fn deleted(options: &DatabricksOptions, state: &str) -> Failure {
    no_warehouse(options).with_detail(format!("its state is {state}"))
}

/// A statement that ended without rows.
pub(super) fn of_statement(status: &Status) -> Failure {
    let none = ApiError::default();
    let error = status.error.as_ref().unwrap_or(&none);
    let class = condition(&error.message);
    let sql_state = status
        .sql_state
        .as_deref()
        .filter(|state| !state.is_empty())
        .or_else(|| after(&error.message, "SQLSTATE: "))
        .unwrap_or_default();
    let failure = match (status.state.as_str(), class, sql_state) {
        ("CANCELED", ..) => Failure::unavailable(
            "The question was stopped in Databricks, by somebody or by a limit of the warehouse. Try again.",
        ),
        ("CLOSED", ..) => Failure::unavailable(
            "The warehouse closed this question before its rows were read. Ask again.",
        ),
        (_, "INSUFFICIENT_PERMISSIONS" | "PERMISSION_DENIED", _) | (_, _, "42501") => {
            let what = relation(&error.message).map_or_else(
                || "a table of the release".to_owned(),
                |name| format!("`{name}`"),
            );
            Failure::not_allowed(format!(
                "We may not read {what} in Databricks. Have SELECT on it (USE SCHEMA and USE CATALOG above it) granted to our service principal."
            ))
        }
        (_, "TABLE_OR_VIEW_NOT_FOUND" | "SCHEMA_NOT_FOUND", _)
        | (_, _, "42P01" | "42704" | "3F000") => Failure::bad_request(
            "Databricks has no such table in this release, or does not let us see it; the log names it. Push the release again, or check catalog and schema under [databricks].",
        ),
        (_, _, state) if state.starts_with("42") || state.starts_with("22") || state == "07001" => {
            Failure::bad_request("The engine refused this question as it is written.")
        }
        (_, _, "57KD0" | "HYT00") => late(),
        _ => by_code(error),
    };
    failure.with_detail(format!(
        "{} {} {sql_state}: {}",
        status.state,
        error.error_code,
        shortened(&error.message)
    ))
}

fn by_code(error: &ApiError) -> Failure {
    let said = error.message.to_lowercase();
    match error.error_code.as_str() {
        _ if said.contains("inline") && (said.contains("limit") || said.contains("exceed")) => {
            Failure::unavailable(
                "The answer is too large for this warehouse, which gives rows only within its replies. Ask for a shorter range or fewer columns, or let the warehouse give external links.",
            )
        }
        "BAD_REQUEST" | "INVALID_PARAMETER_VALUE" | "400" => {
            Failure::bad_request("The engine refused this question as it is written.")
        }
        "PERMISSION_DENIED" | "UNAUTHENTICATED" | "403" => Failure::not_allowed(
            "Databricks does not let us run this question. The log says what is missing.",
        ),
        "DEADLINE_EXCEEDED" | "STATEMENT_TIMEOUT" => late(),
        "RESOURCE_EXHAUSTED" | "REQUEST_LIMIT_EXCEEDED" | "429" => Failure::new(
            FailureKind::Busy,
            "The SQL warehouse has more to do than it can take. Try again in a few seconds.",
        ),
        "NOT_FOUND" | "404" => Failure::unavailable(
            "The SQL warehouse was deleted or stopped while it worked on this question. Try again, or check warehouse_id under [databricks].",
        ),
        _ => Failure::unavailable(
            "The SQL warehouse failed on this question. Try again; if it stays so, the log has its words.",
        ),
    }
}

/// Rows that were lost or came twice on their way.
pub(super) fn miscounted(detail: impl std::fmt::Display) -> Failure {
    Failure::unavailable(
        "The warehouse gave other rows than it announced, so the answer was thrown away. Ask again.",
    )
    .with_detail(detail)
}

/// `TABLE_OR_VIEW_NOT_FOUND` of `[TABLE_OR_VIEW_NOT_FOUND] The table …`.
fn condition(message: &str) -> &str {
    let inner = message
        .split_once('[')
        .and_then(|(_, rest)| rest.split_once(']'))
        .map_or("", |(inner, _)| inner);
    inner.split('.').next().unwrap_or_default()
}

fn after<'a>(message: &'a str, mark: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(mark)?;
    rest.get(..5)
}

/// The first name in the message that is quoted: `` `main`.`r1`.`fct_purchase` ``, or `'main.r1.fct_purchase'`.
fn relation(message: &str) -> Option<String> {
    let quote = message.find(['`', '\''])?;
    let end = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '`'));
    let name = message[quote..].trim_start_matches(['\'', '`']);
    let name = name.split(end).next()?.replace('`', "");
    let shown: String = name.chars().take(120).collect();
    (!shown.is_empty()).then_some(shown)
}
