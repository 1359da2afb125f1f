//! DuckDB's errors as failures a person can act on. DuckDB names the kind at the start of its message.

use marts::{Failure, FailureKind};

/// Whether DuckDB stopped because it was interrupted, not because of the statement.
pub(super) fn is_interrupt(error: &duckdb::Error) -> bool {
    // Between two steps DuckDB speaks of a closed result first, and tells why in a line of its own.
    error.to_string().lines().any(|line| {
        line.trim_start_matches("Error: ")
            .starts_with("INTERRUPT Error")
    })
}

/// A reader's error: the message says nothing about tables or files, the detail holds DuckDB's words.
pub(super) fn reading(error: &duckdb::Error) -> Failure {
    let detail = error.to_string();
    let (kind, message) = match kind_of(&detail) {
        "Parser"
        | "Syntax"
        | "Binder"
        | "Catalog"
        | "Conversion"
        | "Invalid Input"
        | "Invalid type"
        | "Mismatch Type"
        | "Out of Range"
        | "Not implemented"
        | "Invalid"
        | "Parameter Not Allowed"
        | "Parameter Not Resolved"
        | "Dependency" => (
            FailureKind::BadRequest,
            "The engine refused this question as it is written.",
        ),
        "Permission" => (
            FailureKind::NotAllowed,
            "The engine reads the release's tables and nothing else.",
        ),
        "Out of Memory" => (
            FailureKind::Unavailable,
            "The engine ran out of memory for this question. Ask for a shorter range or fewer columns, or try again later.",
        ),
        "IO" | "FATAL" | "Serialization" | "Connection" => (
            FailureKind::Unavailable,
            "The release's file could not be read. Try again; if it stays so, publish the release again.",
        ),
        _ => (
            FailureKind::Internal,
            "The engine failed on this question. The log has its words.",
        ),
    };
    Failure::new(kind, message).with_detail(detail)
}

/// A builder's error: the message says what was being done, for the person who runs the pipeline.
pub(super) fn building(what: &str, error: &duckdb::Error) -> Failure {
    let detail = error.to_string();
    if is_disk_full(&detail) {
        return Failure::unavailable(format!(
            "The disk is full: {what} was not finished. The current release is as it was; free some space and run again."
        ))
        .with_detail(detail);
    }
    if detail.contains("Could not set lock on file") {
        return Failure::unavailable(format!(
            "{what} was not possible: another process has the file open. Wait for it to end, then run again."
        ))
        .with_detail(detail);
    }
    match kind_of(&detail) {
        "Out of Memory" => Failure::unavailable(format!(
            "{what} needed more memory than the limit. The current release is as it was; raise the limit and run again."
        )),
        "Parser" | "Syntax" | "Binder" | "Catalog" | "Conversion" | "Invalid Input" | "Out of Range" | "Mismatch Type" => {
            Failure::bad_request(format!("{what} failed: {}", without_values(first_line(&detail))))
        }
        _ => Failure::internal(format!("{what} failed: {}", without_values(first_line(&detail)))),
    }
    .with_detail(detail)
}

fn is_disk_full(detail: &str) -> bool {
    detail.contains("No space left on device")
        || detail.contains("max_temp_directory_size")
        || detail.contains("not enough disk space")
}

/// `Binder` of `Binder Error: Referenced column …`.
fn kind_of(detail: &str) -> &str {
    detail.split_once(" Error: ").map_or("", |(kind, _)| kind)
}

/// The message of a run is kept and shown to all who may see runs, so a value of a row that it quotes is left out; the
/// log has it. Names of tables and columns stand in double quotes, or in the messages of a constraint the values do.
fn without_values(message: &str) -> String {
    let quote = match kind_of(message) {
        "Parser" | "Syntax" | "Binder" | "Catalog" => return message.to_owned(),
        "Constraint" => '"',
        _ => '\'',
    };
    let mut parts = message.split(quote);
    let mut said = parts.next().unwrap_or_default().to_owned();
    for (at, part) in parts.enumerate() {
        said.push(quote);
        said.push_str(if at % 2 == 0 { "…" } else { part });
    }
    said
}

fn first_line(detail: &str) -> &str {
    detail.lines().next().unwrap_or(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(message: &str) -> duckdb::Error {
        duckdb::Error::DuckDBFailure(duckdb::ffi::Error::new(1), Some(message.to_owned()))
    }

    #[test]
    fn a_full_disk_is_told_in_a_sentence() {
        for words in [
            "IO Error: Could not write file \"gold.duckdb\": No space left on device",
            "TransactionContext Error: Failed to commit: Could not write file \"gold.duckdb.wal\": No space left on device",
        ] {
            let failure = building("Building fct_purchase", &error(words));
            assert_eq!(failure.kind, FailureKind::Unavailable);
            assert!(
                failure.message.contains("disk is full")
                    && failure.message.contains("fct_purchase")
            );
            assert_eq!(failure.detail, words);
        }
    }

    #[test]
    fn a_reader_learns_the_kind_and_no_names() {
        for (words, kind) in [
            (
                "Catalog Error: Table with name x does not exist!",
                FailureKind::BadRequest,
            ),
            (
                "Permission Error: Cannot access file \"x\"",
                FailureKind::NotAllowed,
            ),
            (
                "Out of Memory Error: failed to allocate x",
                FailureKind::Unavailable,
            ),
            (
                "IO Error: Could not read from file x",
                FailureKind::Unavailable,
            ),
            ("something new about x", FailureKind::Internal),
        ] {
            let failure = reading(&error(words));
            assert_eq!((failure.kind, failure.detail.as_str()), (kind, words));
            assert!(!failure.message.contains(" x"), "{}", failure.message);
        }
    }

    #[test]
    fn values_of_rows_stay_in_the_log() {
        let detail = "Conversion Error: Could not convert string 'ann@example.com' to INT32";
        assert_eq!(
            without_values(detail),
            "Conversion Error: Could not convert string '…' to INT32"
        );
        let detail =
            "Constraint Error: Duplicate key \"user_id: u1\" violates primary key constraint.";
        assert!(!without_values(detail).contains("u1"));
        let detail = "Binder Error: Referenced column \"amont\" not found";
        assert_eq!(without_values(detail), detail);
    }
}
