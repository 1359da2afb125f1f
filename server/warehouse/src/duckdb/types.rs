//! DuckDB's types in the words that all engines share.

/// `VARCHAR` → `string`, `DECIMAL(18,2)` → `decimal(18,2)`.
pub(super) fn portable(duckdb: &str) -> String {
    match duckdb {
        "VARCHAR" => "string".to_owned(),
        "INTEGER" => "int".to_owned(),
        // A sum of whole numbers, which other engines keep as a decimal.
        "HUGEINT" => "decimal(38,0)".to_owned(),
        other => other.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::portable;

    #[test]
    fn types_have_portable_names() {
        let named = [
            ("VARCHAR", "string"),
            ("BIGINT", "bigint"),
            ("INTEGER", "int"),
            ("DECIMAL(18,2)", "decimal(18,2)"),
            ("HUGEINT", "decimal(38,0)"),
            ("TIMESTAMP", "timestamp"),
            ("DATE", "date"),
            ("BOOLEAN", "boolean"),
            ("DOUBLE", "double"),
            ("TIMESTAMP WITH TIME ZONE", "timestamp with time zone"),
        ];
        for (duckdb, expected) in named {
            assert_eq!(portable(duckdb), expected);
        }
    }
}
