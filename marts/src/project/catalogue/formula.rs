//! What a derived metric is made of: arithmetic over simple metrics, as dbt's `expr` says it.

use rust_decimal::Decimal;

/// Arithmetic over parts. `Part` is a simple metric's name in the catalogue, a cell's position in a completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Formula<P = String> {
    Part(P),
    Number(Decimal),
    Negative(Box<Self>),
    Two(Box<Self>, Operator, Box<Self>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Plus,
    Minus,
    Times,
    Over,
}

/// Deeper than any formula a person writes; beyond it the text is refused.
const DEEPEST: usize = 50;

impl Formula {
    /// Reads `a - b / (c + 1)`: names, numbers, the four operations, parentheses.
    ///
    /// # Errors
    /// What was not understood, as the end of a sentence.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut reading = Reading {
            tokens: tokens(text)?,
            at: 0,
            depth: 0,
        };
        let formula = reading.sum()?;
        match reading.tokens.get(reading.at) {
            None => Ok(formula),
            Some(token) => Err(format!("`{}` was not expected", token.text())),
        }
    }
}

impl<P> Formula<P> {
    pub fn two(left: Self, operator: Operator, right: Self) -> Self {
        Self::Two(Box::new(left), operator, Box::new(right))
    }

    /// All parts, in order of appearance.
    #[must_use]
    pub fn parts(&self) -> Vec<&P> {
        match self {
            Self::Part(part) => vec![part],
            Self::Number(_) => Vec::new(),
            Self::Negative(of) => of.parts(),
            Self::Two(left, _, right) => left.parts().into_iter().chain(right.parts()).collect(),
        }
    }

    /// The same arithmetic over what `each` puts in a part's place; `None` where one has nothing.
    pub fn substitute<Q>(&self, each: &impl Fn(&P) -> Option<Formula<Q>>) -> Option<Formula<Q>> {
        Some(match self {
            Self::Part(part) => each(part)?,
            Self::Number(number) => Formula::Number(*number),
            Self::Negative(of) => Formula::Negative(Box::new(of.substitute(each)?)),
            Self::Two(left, operator, right) => {
                Formula::two(left.substitute(each)?, *operator, right.substitute(each)?)
            }
        })
    }

    /// The exact result; `None` where a part has no figure, over zero, or beyond what a decimal holds.
    #[must_use]
    pub fn result(&self, figure: &impl Fn(&P) -> Option<Decimal>) -> Option<Decimal> {
        match self {
            Self::Part(part) => figure(part),
            Self::Number(number) => Some(*number),
            Self::Negative(of) => of.result(figure).map(|result| -result),
            Self::Two(left, operator, right) => {
                let (left, right) = (left.result(figure)?, right.result(figure)?);
                match operator {
                    Operator::Plus => left.checked_add(right),
                    Operator::Minus => left.checked_sub(right),
                    Operator::Times => left.checked_mul(right),
                    Operator::Over => left.checked_div(right),
                }
            }
        }
    }

    /// As people write it: `(Retail spend − Discount) ÷ Receipts`.
    pub fn words(&self, part: &impl Fn(&P) -> String) -> String {
        match self {
            Self::Part(name) => part(name),
            Self::Number(number) => number.to_string(),
            Self::Negative(of) => format!("−{}", of.words(part)),
            Self::Two(left, operator, right) => {
                let sign = match operator {
                    Operator::Plus => "+",
                    Operator::Minus => "−",
                    Operator::Times => "×",
                    Operator::Over => "÷",
                };
                let within = |side: &Self| match side {
                    Self::Two(..) => format!("({})", side.words(part)),
                    _ => side.words(part),
                };
                format!("{} {sign} {}", within(left), within(right))
            }
        }
    }

    /// As SQL of a DOUBLE, good enough to sort by; NULL over zero.
    pub fn sql(&self, part: &impl Fn(&P) -> String) -> String {
        match self {
            Self::Part(name) => format!("CAST({} AS DOUBLE)", part(name)),
            Self::Number(number) => format!("CAST({number} AS DOUBLE)"),
            Self::Negative(of) => format!("(-{})", of.sql(part)),
            Self::Two(left, operator, right) => {
                let (left, right) = (left.sql(part), right.sql(part));
                match operator {
                    Operator::Plus => format!("({left} + {right})"),
                    Operator::Minus => format!("({left} - {right})"),
                    Operator::Times => format!("({left} * {right})"),
                    Operator::Over => format!("({left} / NULLIF({right}, 0))"),
                }
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Number(Decimal),
    Sign(char),
}

impl Token {
    fn text(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Number(number) => number.to_string(),
            Self::Sign(sign) => sign.to_string(),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let length = match first {
            '+' | '-' | '*' | '/' | '(' | ')' => 1,
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => return Err(format!("`{c}` is not understood")),
        };
        let (word, behind) = rest.split_at(length);
        tokens.push(match first {
            c if c.is_ascii_digit() || c == '.' => {
                Token::Number(word.parse().map_err(|_| format!("`{word}` is no number"))?)
            }
            c if is_word(c) => Token::Name(word.to_owned()),
            sign => Token::Sign(sign),
        });
        rest = behind.trim_start();
    }
    Ok(tokens)
}

struct Reading {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Reading {
    fn sum(&mut self) -> Result<Formula, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("it is nested too deeply".to_owned());
        }
        let mut formula = self.product()?;
        while let Some(operator) = self.operator(&[('+', Operator::Plus), ('-', Operator::Minus)]) {
            formula = Formula::two(formula, operator, self.product()?);
        }
        self.depth -= 1;
        Ok(formula)
    }

    fn product(&mut self) -> Result<Formula, String> {
        let mut formula = self.factor()?;
        while let Some(operator) = self.operator(&[('*', Operator::Times), ('/', Operator::Over)]) {
            formula = Formula::two(formula, operator, self.factor()?);
        }
        Ok(formula)
    }

    fn factor(&mut self) -> Result<Formula, String> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        match token {
            Some(Token::Name(name)) => Ok(Formula::Part(name)),
            Some(Token::Number(number)) => Ok(Formula::Number(number)),
            Some(Token::Sign('-')) => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err("it is nested too deeply".to_owned());
                }
                let of = self.factor()?;
                self.depth -= 1;
                Ok(Formula::Negative(Box::new(of)))
            }
            Some(Token::Sign('(')) => {
                let formula = self.sum()?;
                match self.tokens.get(self.at) {
                    Some(Token::Sign(')')) => {
                        self.at += 1;
                        Ok(formula)
                    }
                    _ => Err("a `)` is missing".to_owned()),
                }
            }
            Some(other) => Err(format!("`{}` was not expected", other.text())),
            None => Err("it ends too early".to_owned()),
        }
    }

    fn operator(&mut self, known: &[(char, Operator)]) -> Option<Operator> {
        let Some(Token::Sign(sign)) = self.tokens.get(self.at) else {
            return None;
        };
        let operator = known.iter().find(|(c, _)| c == sign)?.1;
        self.at += 1;
        Some(operator)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use proptest::prelude::*;

    use super::*;

    fn result(text: &str) -> Option<Decimal> {
        Formula::parse(text)
            .unwrap()
            .result(&|name: &String| match name.as_str() {
                "ten" => Some(Decimal::TEN),
                "zero" => Some(Decimal::ZERO),
                _ => None,
            })
    }

    #[test]
    fn operations_bind_as_in_arithmetic() {
        let results = [
            ("1 + 2 * 3", 7),
            ("(1+2)*3", 9),
            ("ten - 2 - 3", 5),
            ("100/ten/2", 5),
            ("-ten + -(-1)", -9),
        ];
        for (text, expected) in results {
            assert_eq!(result(text), Some(Decimal::from(expected)), "{text}");
        }
        assert_eq!(result("0.1 + 0.2"), Some(Decimal::new(3, 1)));
    }

    #[test]
    fn what_has_no_figure_has_no_result() {
        assert_eq!(result("ten / zero"), None);
        assert_eq!(result("ten + nobody"), None);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let errors = [
            ("", "it ends too early"),
            ("a +", "it ends too early"),
            ("(a", "a `)` is missing"),
            ("a b", "`b` was not expected"),
            ("a ** b", "`*` was not expected"),
            ("a; drop", "`;` is not understood"),
            ("1.2.3", "`1.2.3` is no number"),
        ];
        for (text, error) in errors {
            assert_eq!(Formula::parse(text).unwrap_err(), error, "{text}");
        }
        let deep = "(".repeat(10_000);
        assert_eq!(
            Formula::parse(&deep).unwrap_err(),
            "it is nested too deeply"
        );
        assert!(Formula::parse(&"-".repeat(10_000)).is_err());
    }

    #[test]
    fn in_words_it_says_what_belongs_together() {
        let formula = Formula::parse("(a - b) / c").unwrap();
        assert_eq!(
            formula.words(&|name: &String| name.to_uppercase()),
            "(A − B) ÷ C"
        );
    }

    #[test]
    fn as_sql_it_divides_by_nothing() {
        let formula = Formula::parse("(a - b) / a").unwrap();
        let sql = formula.sql(&|name: &String| format!("t.{name}"));
        assert_eq!(
            sql,
            "((CAST(t.a AS DOUBLE) - CAST(t.b AS DOUBLE)) / NULLIF(CAST(t.a AS DOUBLE), 0))"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a-c0-9+*/(). -]{0,40}") {
            let _ = Formula::parse(&text);
        }
    }
}
