//! `:name` in portable SQL, rewritten to what an engine binds. Values never enter the text.

use std::fmt::Write as _;

use marts::{Failure, Param};

use crate::tokens::{Token, tokens};

/// SQL with an engine's own placeholders, and the values in the order of their first use.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound<'p> {
    pub sql: String,
    pub values: Vec<&'p Param>,
}

/// Rewrites each `:name` outside strings, quoted names, comments and casts (`::`) to `$1`, `$2`, …;
/// a name used twice is bound once.
///
/// # Errors
/// Bad request: a name without a value, a value without a use or given twice, a placeholder of another style.
pub fn number<'p>(sql: &str, params: &'p [(String, Param)]) -> Result<Bound<'p>, Failure> {
    let mut seen: Vec<&str> = Vec::with_capacity(params.len());
    let mut values = Vec::with_capacity(params.len());
    let mut text = String::with_capacity(sql.len());
    for token in tokens(sql)? {
        match token {
            Token::Parameter(name) => {
                let at = match seen.iter().position(|s| *s == name) {
                    Some(at) => at,
                    None => {
                        values.push(value(name, params)?);
                        seen.push(name);
                        seen.len() - 1
                    }
                };
                let _ = write!(text, "${}", at + 1);
            }
            Token::Symbol(symbol @ ("?" | "$")) => {
                return Err(refused(format!(
                    "write parameters as :name, not with {symbol:?}"
                )));
            }
            Token::Word(t)
            | Token::Quoted(t)
            | Token::Comment(t)
            | Token::Space(t)
            | Token::Symbol(t) => text.push_str(t),
        }
    }
    match params
        .iter()
        .find(|(name, _)| !seen.contains(&name.as_str()))
    {
        Some((unused, _)) => Err(refused(format!("the value of :{unused} is used nowhere"))),
        None => Ok(Bound { sql: text, values }),
    }
}

fn value<'p>(name: &str, params: &'p [(String, Param)]) -> Result<&'p Param, Failure> {
    let mut found = params.iter().filter(|(n, _)| n == name).map(|(_, v)| v);
    match (found.next(), found.next()) {
        (Some(value), None) => Ok(value),
        (None, _) => Err(refused(format!("no value is given for :{name}"))),
        (Some(_), Some(_)) => Err(refused(format!("two values are given for :{name}"))),
    }
}

fn refused(detail: String) -> Failure {
    Failure::bad_request("The query and its parameters do not fit together.").with_detail(detail)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use marts::FailureKind;
    use proptest::prelude::*;

    fn params(names: &[&str]) -> Vec<(String, Param)> {
        names
            .iter()
            .map(|n| ((*n).to_owned(), Param::Text((*n).to_owned())))
            .collect()
    }

    #[test]
    fn names_become_numbers_in_the_order_of_first_use() {
        let params = params(&["a", "b_2"]);
        let bound = number("SELECT :b_2, :a WHERE x = :b_2", &params).unwrap();
        assert_eq!(bound.sql, "SELECT $1, $2 WHERE x = $1");
        assert_eq!(
            bound.values,
            [&Param::Text("b_2".into()), &Param::Text("a".into())]
        );
    }

    #[test]
    fn strings_comments_and_casts_are_left_alone() {
        for same in [
            "SELECT ':a', 'it''s :a', \":a\"",
            "SELECT 1 -- :a\n, 2",
            "SELECT 1 /* :a /* :b */ :c */ + 2",
            "SELECT 1::INT, x::DATE",
            "SELECT 'é:a', 1",
            "SELECT 1 --",
        ] {
            assert_eq!(number(same, &[]).unwrap().sql, same);
        }
    }

    #[test]
    fn names_and_values_must_fit() {
        let detail = |sql: &str, names: &[&str]| {
            let failure = number(sql, &params(names)).unwrap_err();
            assert_eq!(failure.kind, FailureKind::BadRequest);
            failure.detail
        };
        assert!(detail("SELECT :a", &[]).contains(":a"));
        assert!(detail("SELECT 1", &["b"]).contains(":b"));
        assert!(detail("SELECT :a", &["a", "a"]).contains("two values"));
        assert!(detail("SELECT ?", &[]).contains('?'));
        assert!(detail("SELECT $1", &[]).contains('$'));
        assert!(detail("SELECT 'open", &[]).contains("open"));
        assert!(detail("SELECT /* /* */", &[]).contains("comment"));
    }

    /// Pieces that hold no parameter, however they are put together with spaces between.
    fn inert() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z_]{1,8}",
            "[0-9]{1,4}",
            "[^']{0,12}".prop_map(|s| format!("'{s}'")),
            "[^\"]{1,12}".prop_map(|s| format!("\"{s}\"")),
            "[^\n]{0,12}".prop_map(|s| format!("--{s}\n")),
            "[^*/]{0,12}".prop_map(|s| format!("/*{s}*/")),
            Just("::INT".to_owned()),
            Just("'it''s :not'".to_owned()),
            Just("(".to_owned()),
            Just("<>".to_owned()),
        ]
    }

    proptest! {
        #[test]
        fn any_text_is_cut_without_loss(sql in "\\PC{0,60}|[ '\":a\\-/*\n`;é]{0,40}") {
            if let Ok(tokens) = tokens(&sql) {
                let whole: String = tokens.iter().map(|t| match t {
                    Token::Parameter(n) => format!(":{n}"),
                    Token::Word(t) | Token::Quoted(t) | Token::Comment(t) | Token::Space(t) | Token::Symbol(t) => (*t).to_owned(),
                }).collect();
                prop_assert_eq!(whole, sql);
            }
        }

        #[test]
        fn only_parameters_change(pieces in prop::collection::vec((inert(), any::<bool>()), 1..12)) {
            let mut sql = String::new();
            let mut expected = String::new();
            let mut count = 0;
            for (piece, follows) in &pieces {
                sql.push_str(piece);
                expected.push_str(piece);
                if *follows {
                    count += 1;
                    sql.push_str(&format!(" :p{count} "));
                    expected.push_str(&format!(" ${count} "));
                } else {
                    sql.push(' ');
                    expected.push(' ');
                }
            }
            let names: Vec<String> = (1..=count).map(|i| format!("p{i}")).collect();
            let given = params(&names.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert_eq!(number(&sql, &given).unwrap().sql, expected);
        }
    }
}
