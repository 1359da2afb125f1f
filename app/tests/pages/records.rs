//! Two runs from memory: one that published, and a later one that failed.

use jiff::civil::date;
use marts::{Column, ColumnRole, Frame, Rows, Unit, Value};
use rust_decimal::Decimal;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn dollars(cents: i64) -> Value {
    Value::Decimal(Decimal::new(cents, 2))
}

fn unit(column: &str) -> Unit {
    match column {
        "run_seconds" => Unit::Seconds,
        "bytes_taken_in" => Unit::Bytes,
        "account__amount" | "held__amount" => Unit::Usd,
        _ => Unit::None,
    }
}

fn frame(columns: &[String], rows: usize, cell: impl Fn(&str, usize) -> Value) -> Frame {
    Frame {
        columns: columns
            .iter()
            .map(|name| Column {
                name: name.clone(),
                label: name.clone(),
                unit: unit(name),
                role: ColumnRole::Dimension,
            })
            .collect(),
        rows: (0..rows)
            .map(|row| columns.iter().map(|name| cell(name, row)).collect())
            .collect(),
        truncated: false,
    }
}

/// The rows of one relation, as far as the question's filters and limit let them.
pub fn rows(ask: &Rows) -> Frame {
    let wanted = ask.filters.first().map(|filter| filter.values[0].as_str());
    let all = match ask.relation.as_str() {
        "runs" => 2,
        "contract_results" => 4,
        "row_accounts" => 3,
        _ => 1,
    };
    let chosen: Vec<usize> = (0..all)
        .filter(|row| match (ask.relation.as_str(), wanted) {
            ("runs", Some(id)) => run(*row).0 == id,
            (_, Some(id)) if ask.filters[0].dimension.ends_with("__run_id") => id == "run-2",
            _ => true,
        })
        .take(ask.limit as usize)
        .collect();
    frame(&ask.columns, chosen.len(), |column, at| {
        cell(&ask.relation, column, chosen[at])
    })
}

fn run(row: usize) -> (&'static str, &'static str) {
    [("run-2", "failed"), ("run-1", "published")][row]
}

fn cell(relation: &str, column: &str, row: usize) -> Value {
    match (relation, column) {
        ("runs", _) => run_cell(column, row),
        ("contract_results", _) => contract_cell(column, row),
        ("releases", "publication__release_id") => text("r-2017"),
        ("releases", "publication__run_id") => text("run-1"),
        ("row_accounts", "account__source") => text("purchases"),
        ("row_accounts", "account__outcome") => text(["live", "dropped", "quarantined"][row]),
        ("row_accounts", "account__reason") => {
            [Value::Null, text("malformed"), text("orphan_user")][row].clone()
        }
        ("row_accounts", "account__row_count") => Value::Int([1_000, 2, 30][row]),
        ("row_accounts", "account__amount") => {
            [dollars(123_456), Value::Null, dollars(5_025)][row].clone()
        }
        ("quarantine", "held__source") => text("purchases"),
        ("quarantine", "held__reason") => text("orphan_user"),
        ("quarantine", "held__row_count") => Value::Int(30),
        ("quarantine", "held__amount") => dollars(5_025),
        ("quarantine", "held__oldest_dt") => Value::Date(date(2017, 12, 1)),
        ("freshness", "source_state__source") => text("purchases"),
        ("freshness", "source_state__status") => text("stale"),
        ("freshness", "source_state__age_days") => Value::Int(3),
        ("ingested_files", "file__path") => text("purchases/dt=2017-12-31/a.csv"),
        ("ingested_files", "bytes_taken_in") => Value::Int(12_345),
        _ => Value::Null,
    }
}

fn run_cell(column: &str, row: usize) -> Value {
    let (id, status) = run(row);
    match column {
        "run__run_id" => text(id),
        "run__status" => text(status),
        "run__step" => text(["contracts", "publish"][row]),
        "run__started_at" => Value::DateTime(date(2018, 1, 2 - row as i8).at(4, 5, 6, 0)),
        "run__ended_at" => Value::DateTime(date(2018, 1, 2 - row as i8).at(4, 8, 0, 0)),
        "run__business_date" => Value::Date(date(2017, 12, 31)),
        "run__release_id" if row == 1 => text("r-2017"),
        "run__error" if row == 0 => text("the contract unique_dim_user_user_id found 3 rows <b>"),
        "run__step_seconds" => text(r#"{"bronze":1.5,"contracts":0.25}"#),
        "run_seconds" => Value::Decimal(Decimal::new(1_745, 1)),
        "rows_read" => Value::Int(12_034),
        _ => Value::Null,
    }
}

fn contract_cell(column: &str, row: usize) -> Value {
    match column {
        "contract_result__run_id" => text("run-2"),
        "contract_result__contract" => {
            text(["unique_user", "small", "orphans", "not_null_user"][row])
        }
        "contract_result__relation" => {
            text(["dim_user", "fct_purchase", "purchases", "dim_user"][row])
        }
        "contract_result__description" => {
            text(["each user_id occurs once", "", "users land", "there"][row])
        }
        "contract_result__status" => text(["failed", "warned", "quarantined", "passed"][row]),
        "contract_result__sample" if row == 0 => {
            text(r#"[{"user_id":"u<7>","n":"2"},{"user_id":null}]"#)
        }
        "failing_rows" => Value::Int([3, 1, 30, 0][row]),
        _ => Value::Null,
    }
}

pub fn contracts_by_status() -> Frame {
    let columns = ["contract_result__status", "contracts_checked"].map(str::to_owned);
    frame(&columns, 2, |column, row| match column {
        "contracts_checked" => Value::Int([58, 3][row]),
        _ => text(["passed", "dropped"][row]),
    })
}

pub fn taken_in() -> Frame {
    let columns = ["file__source", "files", "rows_taken_in", "bytes_taken_in"].map(str::to_owned);
    frame(&columns, 1, |column, _| match column {
        "file__source" => text("purchases"),
        "files" => Value::Int(1),
        "rows_taken_in" => Value::Int(1_032),
        _ => Value::Int(12_345),
    })
}
