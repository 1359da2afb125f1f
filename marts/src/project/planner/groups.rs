//! The rows of an answer as SQL: groups, what a limit leaves out of them, and all of them together.

use super::aggregate::{MOST_ROWS, Planning};
use super::measure::{aggregate, sql_type, zero};
use crate::project::catalogue::{METRIC_TIME, SemanticModel};
use crate::{Failure, LEVEL, Level};

/// Groups, in order, with their place in it: what the rows of all levels are read from.
const RANKED: &str = "ranked";

impl<'a> Planning<'a> {
    /// One row per group.
    pub(super) fn groups(&mut self, selected: &[String]) -> Result<String, Failure> {
        let inner = self.inner(Level::Group)?;
        let having = self.having()?;
        let order = self.order()?;
        let mut sql = format!(
            "SELECT {}\nFROM ({inner}) AS t{having}",
            selected.join(", ")
        );
        if !order.is_empty() {
            sql.push_str("\nORDER BY ");
            sql.push_str(&order.join(", "));
        }
        if let Some(limit) = self.ask.limit {
            sql.push_str(&format!("\nLIMIT {}", limit.clamp(1, MOST_ROWS)));
        }
        if self.ask.skip > 0 {
            sql.push_str(&format!("\nOFFSET {}", self.ask.skip));
        }
        Ok(sql)
    }

    /// One row per group, and one for each other level that is asked for. Distinct counts and ratios of these cannot be
    /// had from the groups' own figures, so each level is read from the rows.
    pub(super) fn levels(&mut self, selected: &[String]) -> Result<String, Failure> {
        let inner = self.inner(Level::Group)?;
        let having = self.having()?;
        let order = self.order()?;
        let place = if order.is_empty() {
            "1".to_owned()
        } else {
            format!("ROW_NUMBER() OVER (ORDER BY {})", order.join(", "))
        };
        let skip = self.ask.skip;
        let last = self
            .ask
            .limit
            .map(|limit| u64::from(skip) + u64::from(limit.clamp(1, MOST_ROWS)));
        let mut shown = format!("place > {skip}");
        if let Some(last) = last {
            shown.push_str(&format!(" AND place <= {last}"));
        }
        let listed = |level: Level| {
            let columns = selected.join(", ");
            format!("{columns}, '{}' AS {LEVEL}", level.slug())
        };
        let mut selects = vec![format!(
            "SELECT {}, 0 AS level_place, t.place AS place FROM {RANKED} AS t WHERE {shown}",
            listed(Level::Group)
        )];
        if let Some(last) = last.filter(|_| self.ask.other) {
            let inner = self.inner(Level::Other)?;
            selects.push(format!(
                "SELECT {}, 1 AS level_place, 0 AS place FROM ({inner}) AS t WHERE EXISTS (SELECT 1 FROM {RANKED} WHERE place > {last})",
                listed(Level::Other)
            ));
        }
        if self.ask.total {
            let inner = self.inner(Level::Total)?;
            selects.push(format!(
                "SELECT {}, 2 AS level_place, 0 AS place FROM ({inner}) AS t",
                listed(Level::Total)
            ));
        }
        let names: Vec<&str> = selected
            .iter()
            .filter_map(|column| column.rsplit(" AS ").next())
            .collect();
        Ok(format!(
            "WITH {RANKED} AS (SELECT t.*, {place} AS place FROM ({inner}) AS t{having})\n\
             SELECT {}, {LEVEL}\nFROM ({}) AS u\nORDER BY level_place, place",
            names.join(", "),
            selects.join("\nUNION ALL ")
        ))
    }

    /// One SELECT per fact and time it is counted at; several are laid over each other by their keys.
    fn inner(&mut self, level: Level) -> Result<String, Failure> {
        let mut scans: Vec<(&SemanticModel, &str)> = Vec::new();
        for part in &self.parts {
            let source = (part.model, part.measure.time.as_str());
            if !scans
                .iter()
                .any(|(model, time)| model.name == source.0.name && *time == source.1)
            {
                scans.push(source);
            }
        }
        let several = scans.len() > 1;
        let selects = scans
            .into_iter()
            .map(|(model, time)| self.scan(model, time, level))
            .collect::<Result<Vec<_>, _>>()?;
        if !several {
            return Ok(selects.join(""));
        }
        let keys = self.keys();
        let mut columns: Vec<String> = match level {
            Level::Group => keys.clone(),
            Level::Other | Level::Total => {
                keys.iter().map(|key| format!("NULL AS {key}")).collect()
            }
        };
        for part in &self.parts {
            let zero = zero(part.measure, part.metric.unit);
            columns.push(match zero {
                Some(zero) => format!("COALESCE(MAX({0}), {zero}) AS {0}", part.name),
                None => format!("MAX({0}) AS {0}", part.name),
            });
        }
        let group = if keys.is_empty() || level != Level::Group {
            String::new()
        } else {
            format!(" GROUP BY {}", keys.join(", "))
        };
        Ok(format!(
            "SELECT {} FROM ({}) AS u{group}",
            columns.join(", "),
            selects.join(" UNION ALL ")
        ))
    }

    pub(super) fn keys(&self) -> Vec<String> {
        let time = self.ask.grain.map(|_| METRIC_TIME.to_owned());
        time.into_iter()
            .chain(self.dimensions.iter().map(|d| d.name.clone()))
            .collect()
    }

    fn scan(
        &mut self,
        model: &'a SemanticModel,
        time: &'a str,
        level: Level,
    ) -> Result<String, Failure> {
        let mut scan = self.source(model, time);
        let mut predicates = scan.policy(self.policy, &mut self.bindings)?;
        for filter in &self.ask.filters {
            predicates.push(scan.filter(filter, &mut self.bindings)?);
        }
        // What stands for each key in the scan.
        let mut keys: Vec<(String, String)> = Vec::new();
        if self.ask.grain.is_some() {
            keys.push((METRIC_TIME.to_owned(), format!("f.{METRIC_TIME}")));
        }
        for dimension in &self.dimensions {
            let reference = scan
                .dimension(dimension)
                .ok_or_else(|| scan.unreachable(dimension))?;
            keys.push((dimension.name.clone(), reference));
        }
        if level == Level::Other {
            let same: Vec<String> = keys
                .iter()
                .map(|(name, reference)| format!("r.{name} IS NOT DISTINCT FROM {reference}"))
                .collect();
            let last = u64::from(self.ask.skip)
                + u64::from(self.ask.limit.unwrap_or(MOST_ROWS).clamp(1, MOST_ROWS));
            predicates.push(format!(
                "EXISTS (SELECT 1 FROM {RANKED} AS r WHERE r.place > {last} AND {})",
                same.join(" AND ")
            ));
        }
        let mine = |part: &&super::aggregate::Part<'_>| {
            part.model.name == model.name && part.measure.time == time
        };
        let mut figures = Vec::new();
        for part in &self.parts {
            figures.push(if mine(&part) {
                let counted = aggregate(part, &mut scan, self.prior.is_some());
                format!("{counted} AS {}", part.name)
            } else {
                let sql_type = sql_type(part.measure, part.metric.unit);
                format!("CAST(NULL AS {sql_type}) AS {}", part.name)
            });
        }
        let latest = self
            .parts
            .iter()
            .filter(mine)
            .filter_map(|part| part.measure.balance.as_ref())
            .map(|balance| (balance, scan.balance(balance)))
            .collect::<Vec<_>>();
        let day = scan
            .model
            .times
            .get(time)
            .map_or(time, String::as_str)
            .to_owned();
        let rows = self.rows(&day);
        let mut from = scan.from(&rows);
        if !predicates.is_empty() {
            from.push_str(&format!(" WHERE {}", predicates.join(" AND ")));
        }
        if !latest.is_empty() {
            from = self.latest_rows(&from, &latest, &mut keys, level);
        }
        let mut columns: Vec<String> = keys
            .iter()
            .map(|(name, reference)| match level {
                Level::Group => format!("{reference} AS {name}"),
                Level::Other | Level::Total => format!("NULL AS {name}"),
            })
            .collect();
        columns.extend(figures);
        let mut sql = format!("SELECT {} {from}", columns.join(", "));
        if !keys.is_empty() && level == Level::Group {
            let groups: Vec<&str> = keys
                .iter()
                .map(|(_, reference)| reference.as_str())
                .collect();
            sql.push_str(&format!(" GROUP BY {}", groups.join(", ")));
        }
        Ok(sql)
    }
}
