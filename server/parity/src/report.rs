//! The report of a parallel run, for programs and for people.

use std::fmt::{self, Write as _};

use marts::Failure;
use serde::Serialize;

use crate::difference::{ComparedColumn, Comparison, Row};
use crate::html;

/// What came of every table and question.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub left: String,
    pub right: String,
    pub tables: Vec<Part>,
    pub questions: Vec<Part>,
}

/// One table or question.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    pub name: String,
    pub verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// The statement of a question that is not answered alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Equal,
    Differs,
    OnlyLeft,
    OnlyRight,
    /// Why it could not be compared.
    Failed(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equal => f.write_str("equal"),
            Self::Differs => f.write_str("differs"),
            Self::OnlyLeft => f.write_str("only on the left"),
            Self::OnlyRight => f.write_str("only on the right"),
            Self::Failed(why) => write!(f, "not compared: {why}"),
        }
    }
}

impl Part {
    pub(crate) fn new(name: &str, verdict: Verdict) -> Self {
        Self {
            name: name.to_owned(),
            verdict,
            comparison: None,
            sql: None,
        }
    }

    pub(crate) fn of(name: &str, compared: Result<Comparison, Failure>) -> Self {
        match compared {
            Ok(comparison) => Self {
                comparison: Some(comparison.clone()),
                ..Self::new(
                    name,
                    match comparison.is_equal() {
                        true => Verdict::Equal,
                        false => Verdict::Differs,
                    },
                )
            },
            Err(failure) => {
                let detail = match failure.detail.as_str() {
                    "" => String::new(),
                    detail => format!(" ({detail})"),
                };
                Self::new(
                    name,
                    Verdict::Failed(format!("{}{detail}", failure.message)),
                )
            }
        }
    }

    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.verdict == Verdict::Equal
    }

    /// What differs of it, a sentence a line; nothing where it is equal.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        let Some(comparison) = self.comparison.as_ref().filter(|_| !self.is_equal()) else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        if comparison.left_rows != comparison.right_rows {
            lines.push(format!(
                "{} rows on the left, {} on the right",
                comparison.left_rows, comparison.right_rows
            ));
        }
        lines.extend(comparison.columns.iter().filter_map(of_column));
        let names: Vec<&str> = comparison.columns.iter().map(|c| c.name.as_str()).collect();
        if comparison.differing_rows > 0 {
            lines.push(match comparison.differing_rows {
                1 => "1 row differs:".to_owned(),
                n => format!("{n} rows differ, the first of them:"),
            });
        }
        lines.extend(comparison.differences.iter().map(|row| of_row(row, &names)));
        lines
    }
}

fn of_column(column: &ComparedColumn) -> Option<String> {
    let name = &column.name;
    match (&column.left_kind, &column.right_kind) {
        (Some(_), None) => return Some(format!("column {name} is not on the right")),
        (None, _) => return Some(format!("column {name} is not on the left")),
        (Some(left), Some(right)) if left != right => {
            return Some(format!(
                "column {name}: {left} on the left, {right} on the right"
            ));
        }
        _ => {}
    }
    if column.left_nulls != column.right_nulls {
        return Some(format!(
            "column {name}: {} nulls on the left, {} on the right",
            column.left_nulls, column.right_nulls
        ));
    }
    (column.left_checksum != column.right_checksum).then(|| {
        format!(
            "column {name}: checksum {} on the left, {} on the right",
            column.left_checksum, column.right_checksum
        )
    })
}

fn of_row(row: &Row, names: &[&str]) -> String {
    let whole = |values: &[String]| {
        let pairs = names.iter().zip(values);
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join(", ")
    };
    match (&row.left, &row.right) {
        (Some(left), Some(right)) => {
            let differs = |name: &str| row.columns.iter().any(|column| column == name);
            let of = names.iter().zip(left).zip(right);
            let changes: Vec<String> = of
                .filter(|((name, _), _)| differs(name))
                .map(|((name, left), right)| {
                    format!("{name} is {left} on the left, {right} on the right")
                })
                .collect();
            format!("{} in: {}", changes.join("; "), whole(left))
        }
        (Some(left), None) => format!("only on the left: {}", whole(left)),
        (None, Some(right)) => format!("only on the right: {}", whole(right)),
        (None, None) => String::new(),
    }
}

impl Report {
    pub(crate) fn between(left: &str, right: &str) -> Self {
        Self {
            left: left.to_owned(),
            right: right.to_owned(),
            tables: Vec::new(),
            questions: Vec::new(),
        }
    }

    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.tables
            .iter()
            .chain(&self.questions)
            .all(Part::is_equal)
    }

    /// "47 of 47 tables and 310 of 311 questions are equal."
    #[must_use]
    pub fn verdict(&self) -> String {
        let count = |parts: &[Part]| parts.iter().filter(|part| part.is_equal()).count();
        format!(
            "{} of {} tables and {} of {} questions are equal.",
            count(&self.tables),
            self.tables.len(),
            count(&self.questions),
            self.questions.len()
        )
    }

    /// For a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("Left: {}\nRight: {}\n", self.left, self.right);
        let rows = |part: &Part| part.comparison.as_ref().map_or(0, |c| c.left_rows);
        for (title, parts) in [("table", &self.tables), ("question", &self.questions)] {
            for part in parts.iter().filter(|part| !part.is_equal()) {
                // A string takes everything.
                let _ = writeln!(text, "\n{title} {}: {}", part.name, part.verdict);
                for line in part.told() {
                    let _ = writeln!(text, "  {line}");
                }
                if let Some(sql) = &part.sql {
                    let _ = writeln!(text, "  asked as: {sql}");
                }
            }
        }
        let all: u64 = self.tables.iter().map(rows).sum();
        let _ = writeln!(
            text,
            "\n{} The left side has {all} rows in these tables.",
            self.verdict()
        );
        text
    }

    /// A page of its own, without any file beside it.
    #[must_use]
    pub fn html(&self) -> String {
        html::page(self)
    }
}
