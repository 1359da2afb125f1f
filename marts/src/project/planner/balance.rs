//! Balances: of each period, and of each of a measure's groupings, only the rows of the last time count.

use super::aggregate::Planning;
use super::scan::Scan;
use crate::Level;
use crate::project::catalogue::{Balance, METRIC_TIME, WindowChoice};

/// A balance's time and groupings as columns of the fact's SELECT.
pub(super) struct Latest {
    time: String,
    groupings: Vec<String>,
}

/// The column that holds the time whose rows count; measures of one time and groupings share it.
pub(super) fn column(balance: &Balance) -> String {
    let mut name = String::from("latest");
    let choice = match balance.choice {
        WindowChoice::First => "first",
        WindowChoice::Last => "last",
    };
    for part in std::iter::once(choice)
        .chain([balance.time.as_str()])
        .chain(balance.groupings.iter().map(String::as_str))
    {
        name.push('_');
        name.extend(
            part.chars()
                .filter(|c| c.is_ascii_alphanumeric() || *c == '_'),
        );
    }
    name
}

/// The fact's column that holds the time itself.
pub(super) fn time_column(balance: &Balance) -> String {
    format!("at_{}", column(balance))
}

impl<'a> Scan<'a> {
    /// Adds what a balance needs to the fact's SELECT.
    pub(super) fn balance(&mut self, balance: &Balance) -> Latest {
        let time = self.column(&time_column(balance), &balance.time);
        let groupings = balance
            .groupings
            .iter()
            .enumerate()
            .map(|(at, expr)| self.column(&format!("by{at}_{}", column(balance)), expr))
            .collect();
        Latest { time, groupings }
    }
}

impl Planning<'_> {
    /// The FROM clause `from`, with the time whose rows count beside each row. The rows are narrowed before, by the
    /// range, the policy and the filters. Keys are the columns of what this returns.
    pub(super) fn latest_rows(
        &self,
        from: &str,
        balances: &[(&Balance, Latest)],
        keys: &mut [(String, String)],
        level: Level,
    ) -> String {
        let mut columns = vec!["f.*".to_owned()];
        for (name, reference) in keys.iter_mut() {
            // Own columns of the fact come with all the others.
            if *reference != format!("f.{name}") {
                columns.push(format!("{reference} AS {name}"));
                *reference = format!("f.{name}");
            }
        }
        let mut periods: Vec<String> = Vec::new();
        if self.prior.is_some() {
            periods.push("f.side".to_owned());
        }
        if self.ask.grain.is_some() && level == Level::Group {
            periods.push(format!("f.{METRIC_TIME}"));
        }
        let mut known: Vec<String> = Vec::new();
        for (balance, latest) in balances {
            let name = column(balance);
            if known.contains(&name) {
                continue;
            }
            let function = match balance.choice {
                WindowChoice::First => "MIN",
                WindowChoice::Last => "MAX",
            };
            let by: Vec<String> = periods.iter().chain(&latest.groupings).cloned().collect();
            let over = if by.is_empty() {
                String::new()
            } else {
                format!("PARTITION BY {}", by.join(", "))
            };
            columns.push(format!(
                "{function}({}) OVER ({over}) AS {name}",
                latest.time
            ));
            known.push(name);
        }
        format!("FROM (SELECT {} {from}) AS f", columns.join(", "))
    }
}
