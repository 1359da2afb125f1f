//! SQL cut into the few kinds of token that matter for parameters and for telling one query from anything else.

use marts::Failure;

/// A piece of SQL; the pieces in order are the whole text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// Letters, digits, underscores: keywords, names, numbers.
    Word(&'a str),
    /// A name after a colon, without the colon.
    Parameter(&'a str),
    /// A string literal or a quoted name, quotes included.
    Quoted(&'a str),
    Comment(&'a str),
    Space(&'a str),
    /// Anything else, one character, but for `::`.
    Symbol(&'a str),
}

/// Cuts SQL into tokens.
///
/// # Errors
/// A string, a quoted name or a comment that does not end.
pub(crate) fn tokens<'a>(sql: &'a str) -> Result<Vec<Token<'a>>, Failure> {
    let mut found = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let (make, length): (fn(&'a str) -> Token<'a>, usize) = match first {
            '\'' | '"' | '`' => (Token::Quoted, quoted_length(rest, first)?),
            '-' if rest.starts_with("--") => {
                (Token::Comment, rest.find('\n').unwrap_or(rest.len()))
            }
            '/' if rest.starts_with("/*") => (Token::Comment, comment_length(rest)?),
            ':' if rest.starts_with("::") => (Token::Symbol, 2),
            ':' if rest[1..].starts_with(begins_name) => {
                let length = 1 + run_length(&rest[1..], continues_word);
                found.push(Token::Parameter(&rest[1..length]));
                rest = &rest[length..];
                continue;
            }
            c if continues_word(c) => (Token::Word, run_length(rest, continues_word)),
            c if c.is_whitespace() => (Token::Space, run_length(rest, char::is_whitespace)),
            c => (Token::Symbol, c.len_utf8()),
        };
        found.push(make(&rest[..length]));
        rest = &rest[length..];
    }
    Ok(found)
}

fn begins_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

fn continues_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn run_length(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// The length of a quoted text, in which a doubled quote stands for itself.
fn quoted_length(text: &str, quote: char) -> Result<usize, Failure> {
    let mut from = 1;
    while let Some(at) = text[from..].find(quote) {
        let after = from + at + 1;
        if !text[after..].starts_with(quote) {
            return Ok(after);
        }
        from = after + 1;
    }
    Err(unterminated("quoted text", text))
}

/// The length of a block comment; they nest.
fn comment_length(text: &str) -> Result<usize, Failure> {
    let (mut depth, mut at) = (0usize, 0usize);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Ok(at);
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    Err(unterminated("a comment", text))
}

fn unterminated(what: &str, text: &str) -> Failure {
    let start: String = text.chars().take(40).collect();
    Failure::bad_request("The query's SQL does not end where it should.")
        .with_detail(format!("{what} without an end: {start}"))
}
