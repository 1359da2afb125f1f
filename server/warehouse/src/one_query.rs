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
        .filter(|t| !matches!(t, Token::Space(_) | Token::Comment(_)))
        .peekable();
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
    let after_semicolon = meaningful
        .skip_while(|t| *t != Token::Symbol(";"))
        .find(|t| *t != Token::Symbol(";"));
    after_semicolon.map_or(Ok(()), |_| Err(refused("a second statement follows")))
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
        ] {
            assert!(require(sql).is_err(), "{sql}");
        }
    }
}
