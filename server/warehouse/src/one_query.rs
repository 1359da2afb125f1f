//! A reader asks one query at a time and nothing else: no settings, no second statement hidden behind a semicolon.

use marts::Failure;

use crate::tokens::{Token, tokens};

/// Passes SQL that is a single query.
///
/// # Errors
/// Bad request: anything else.
pub fn require(sql: &str) -> Result<(), Failure> {
    let refused = |detail: &str| {
        Failure::bad_request("Only a single query can be asked of a release.").with_detail(detail)
    };
    let mut meaningful = tokens(sql)?
        .into_iter()
        .filter(|t| !matches!(t, Token::Space(_) | Token::Comment(_)));
    let begins = loop {
        match meaningful.next() {
            Some(Token::Symbol("(")) => {}
            Some(Token::Word(word)) => break word.to_ascii_uppercase(),
            _ => return Err(refused("no query")),
        }
    };
    if !matches!(begins.as_str(), "SELECT" | "WITH" | "VALUES") {
        return Err(refused(&format!("it begins with {begins}")));
    }
    let (mut depth, mut closed, mut is_over) = (0_usize, false, false);
    for token in meaningful {
        match &token {
            Token::Symbol(";") => is_over = true,
            _ if is_over => return Err(refused("a second statement follows")),
            Token::Symbol("(") => depth += 1,
            Token::Symbol(")") => depth = depth.saturating_sub(1),
            // Behind its WITH a statement may change tables too.
            Token::Word(word) if closed && depth == 0 && is_change(word) => {
                return Err(refused(&format!("its WITH is for {word}")));
            }
            _ => {}
        }
        closed = token == Token::Symbol(")");
    }
    Ok(())
}

fn is_change(word: &str) -> bool {
    ["INSERT", "UPDATE", "DELETE", "MERGE"]
        .iter()
        .any(|change| word.eq_ignore_ascii_case(change))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_query_passes() {
        for sql in [
            "SELECT 1",
            "  -- why\n select ';' ; ",
            "WITH a AS (SELECT 1) SELECT * FROM a;",
            "((SELECT 1) UNION ALL (SELECT 2))",
            "VALUES (1)",
            "WITH a AS (SELECT (1)) SELECT (insert), update FROM a",
        ] {
            assert!(require(sql).is_ok(), "{sql}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for sql in [
            "",
            ";",
            "SET threads = 1",
            "SELECT 1; DROP TABLE x",
            "ATTACH 'x'",
            "/* SELECT */ COPY x TO 'y'",
            "'SELECT'",
            "WITH a AS (SELECT 1) INSERT INTO x SELECT * FROM a",
            "with a as (SELECT (1)), b AS (SELECT 2) delete from x",
        ] {
            assert!(require(sql).is_err(), "{sql}");
        }
    }
}
