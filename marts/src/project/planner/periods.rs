//! Which of a fact's rows are read, on which side they count, and into which period they fall.

use super::aggregate::Planning;
use super::scan::Rows;
use crate::project::catalogue::METRIC_TIME;
use crate::{Comparison, DateRange, Grain, Param};

impl Planning<'_> {
    /// The fact's rows in the range and in the compared one, each with its side and its period.
    /// One SELECT serves both unless they overlap: then a row belongs to each.
    pub(super) fn rows(&mut self, day: &str) -> Vec<Rows> {
        let DateRange { from, to } = self.ask.range;
        let within = self.between(day, "range", self.ask.range);
        let Some((compare, grain, prior)) = self.prior else {
            let columns = self.period(day).map(|period| (METRIC_TIME, period));
            return vec![Rows {
                columns: columns.into_iter().collect(),
                predicate: within,
            }];
        };
        let before = self.between(day, "prior", prior);
        let moved = match (compare, grain) {
            (Comparison::Between(other), _) => self.later(day, (from - other.from).get_days()),
            (Comparison::PriorPeriod, _) => self.later(day, self.ask.range.days()),
            (Comparison::PriorYear, Grain::Day | Grain::Week) => self.later(day, 364),
            (Comparison::PriorYear, _) => format!("CAST({day} + INTERVAL '1' YEAR AS DATE)"),
        };
        if prior.to < from || prior.from > to {
            let side = format!("CASE WHEN {within} THEN 0 ELSE 1 END");
            let mut columns = vec![("side", side)];
            let day = format!("CASE WHEN {within} THEN {day} ELSE {moved} END");
            columns.extend(self.period(&day).map(|period| (METRIC_TIME, period)));
            return vec![Rows {
                columns,
                predicate: format!("({within}) OR ({before})"),
            }];
        }
        [(day, "0", within), (moved.as_str(), "1", before)]
            .into_iter()
            .map(|(day, side, predicate)| {
                let mut columns = vec![("side", side.to_owned())];
                columns.extend(self.period(day).map(|period| (METRIC_TIME, period)));
                Rows { columns, predicate }
            })
            .collect()
    }

    fn between(&mut self, day: &str, name: &str, range: DateRange) -> String {
        let first = self
            .bindings
            .named(&format!("{name}_from"), Param::Text(range.from.to_string()));
        let last = self
            .bindings
            .named(&format!("{name}_to"), Param::Text(range.to.to_string()));
        format!("{day} >= CAST({first} AS DATE) AND {day} <= CAST({last} AS DATE)")
    }

    /// Only a series needs the day moved; a parameter that is not in the SQL would be an error.
    fn later(&mut self, day: &str, days: i32) -> String {
        if self.ask.grain.is_none() {
            return day.to_owned();
        }
        let days = self
            .bindings
            .named("shift_days", Param::Int(i64::from(days)));
        format!("date_add({day}, CAST({days} AS INT))")
    }

    fn period(&self, day: &str) -> Option<String> {
        self.ask.grain.map(|grain| match grain {
            Grain::Day => day.to_owned(),
            _ => format!("CAST(date_trunc('{}', {day}) AS DATE)", grain.slug()),
        })
    }
}
