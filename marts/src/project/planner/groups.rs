//! The rows of an answer as SQL: groups, what a limit leaves out of them, and all of them together.

use super::aggregate::{MOST_ROWS, Part, Planning};
use super::measure::{adds_up, aggregate, partial_sums, sql_type, zero};
use crate::project::catalogue::{METRIC_TIME, SemanticModel};
use crate::{Failure, LEVEL, Level};

/// Groups, in order, with their place in it: what the rows of all levels are read from.
const RANKED: &str = "ranked";
/// Groups as they are before thresholds.
const GROUPED: &str = "grouped";

/// What one SELECT of figures is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'r> {
    pub level: Level,
    /// Figures that are looked at; the others are left out.
    pub figures: Figures,
    /// A predicate over a row `r` of another SELECT, which has one row per group, and that SELECT: only the groups of such
    /// rows are read.
    pub among: Option<(&'r str, &'r str)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figures {
    All,
    /// Those without distinct counts.
    Cheap,
}

impl Figures {
    pub fn hold(self, part: &Part<'_>) -> bool {
        self == Self::All || part.is_cheap()
    }
}

impl Reading<'_> {
    pub const GROUPS: Self = Self {
        level: Level::Group,
        figures: Figures::All,
        among: None,
    };
}

impl<'a> Planning<'a> {
    /// One row per group.
    pub(super) fn groups(&mut self, selected: &[String]) -> Result<String, Failure> {
        let inner = self.inner(Reading::GROUPS)?;
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
        sql.push_str(&self.page());
        Ok(sql)
    }

    /// Which of the sorted groups are shown.
    pub(super) fn page(&self) -> String {
        let mut page = String::new();
        if let Some(limit) = self.ask.limit {
            page.push_str(&format!("\nLIMIT {}", limit.clamp(1, MOST_ROWS)));
        }
        if self.ask.skip > 0 {
            page.push_str(&format!("\nOFFSET {}", self.ask.skip));
        }
        page
    }

    /// One row per group, and one for each other level that is asked for. What adds up is added up from the groups;
    /// distinct counts cannot be had from the groups' own figures, so with one of them each level is read from the rows.
    pub(super) fn levels(&mut self, selected: &[String]) -> Result<String, Failure> {
        let adds_up = self.parts.iter().all(|part| adds_up(part.measure));
        let inner = self.inner(Reading::GROUPS)?;
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
            let inner = if adds_up {
                self.added_up(RANKED, &format!(" WHERE r.place > {last}"))
            } else {
                self.inner(Reading {
                    level: Level::Other,
                    among: Some((&format!("r.place > {last}"), RANKED)),
                    ..Reading::GROUPS
                })?
            };
            selects.push(format!(
                "SELECT {}, 1 AS level_place, 0 AS place FROM ({inner}) AS t WHERE EXISTS (SELECT 1 FROM {RANKED} WHERE place > {last})",
                listed(Level::Other)
            ));
        }
        if self.ask.total {
            let inner = if adds_up {
                self.added_up(GROUPED, "")
            } else {
                self.inner(Reading {
                    level: Level::Total,
                    ..Reading::GROUPS
                })?
            };
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
            "WITH {GROUPED} AS ({inner}),\n\
             {RANKED} AS (SELECT t.*, {place} AS place FROM {GROUPED} AS t{having})\n\
             SELECT {}, {LEVEL}\nFROM ({}) AS u\nORDER BY level_place, place",
            names.join(", "),
            selects.join("\nUNION ALL ")
        ))
    }

    /// One row that adds up the figures of groups `r`.
    fn added_up(&self, groups: &str, which: &str) -> String {
        let mut columns: Vec<String> = self
            .keys()
            .iter()
            .map(|key| format!("NULL AS {key}"))
            .collect();
        columns.extend(self.parts.iter().filter_map(|part| {
            let zero = zero(part.measure, part.metric.unit)?;
            let sql_type = sql_type(part.measure, part.metric.unit);
            Some(format!(
                "COALESCE(CAST(SUM(r.{0}) AS {sql_type}), {zero}) AS {0}",
                part.name
            ))
        }));
        format!("SELECT {} FROM {groups} AS r{which}", columns.join(", "))
    }

    /// Each fact that the question looks at, with the time it is counted at.
    pub(super) fn sources(&self) -> Vec<(&'a SemanticModel, &'a str)> {
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
        scans
    }

    /// One SELECT per fact and time it is counted at; several are laid over each other by their keys.
    pub(super) fn inner(&mut self, reading: Reading<'_>) -> Result<String, Failure> {
        let level = reading.level;
        let scans = self.sources();
        let several = scans.len() > 1;
        let selects = scans
            .into_iter()
            .map(|(model, time)| self.scan(model, time, reading))
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
        for part in self.parts.iter().filter(|part| reading.figures.hold(part)) {
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
        Reading {
            level,
            figures: looked_at,
            among,
        }: Reading<'_>,
    ) -> Result<String, Failure> {
        let parts: Vec<&Part<'_>> = self
            .parts
            .iter()
            .filter(|part| looked_at.hold(part))
            .collect();
        let mut scan = self.source(model, time, &parts);
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
        let mut join = String::new();
        if let Some((which, other)) = among {
            let same: Vec<String> = keys
                .iter()
                .map(|(name, reference)| format!("r.{name} IS NOT DISTINCT FROM {reference}"))
                .collect();
            join = format!(
                " INNER JOIN {other} AS r ON {which} AND {}",
                same.join(" AND ")
            );
        }
        let mine = |part: &&Part<'_>| part.model.name == model.name && part.measure.time == time;
        // Many rows point to one: they are added up by what they point to before it is looked up.
        let are_cheap = !parts.is_empty() && parts.iter().all(|part| part.is_cheap());
        let key = match are_cheap && self.ask.grain.is_none() && among.is_none() {
            true => scan.only_key(),
            false => None,
        };
        let mut figures = Vec::new();
        for part in self.parts.iter().filter(|part| looked_at.hold(part)) {
            figures.push(if mine(&part) {
                let counted = aggregate(part, &mut scan, self.prior.is_some(), key.is_some());
                format!("{counted} AS {}", part.name)
            } else {
                let sql_type = sql_type(part.measure, part.metric.unit);
                format!("CAST(NULL AS {sql_type}) AS {}", part.name)
            });
        }
        let latest = self
            .parts
            .iter()
            .filter(|part| looked_at.hold(part))
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
        let mut from = match &key {
            Some(key) => {
                let own = self.parts.iter().filter(|part| looked_at.hold(part));
                let sums = partial_sums(own.filter(mine), &scan);
                scan.added_up_source(&rows, key, &sums, self.prior.is_some())
            }
            None => scan.from(&rows),
        };
        from.push_str(&join);
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
