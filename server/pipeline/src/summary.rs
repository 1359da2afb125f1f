//! What stands in the tables once they are built.

use std::collections::BTreeMap;

use jiff::civil::Date;
use marts::Statement;
use marts::project::Names;
use warehouse::{BOOKKEEPING, Builder, Relation, Schema, TableSummary};

use crate::build::{Change, Models, Site};
use crate::report::Action;
use crate::{PipelineError, sample};

/// The release's tables.
#[derive(Debug, Default)]
pub(crate) struct Built {
    pub tables: BTreeMap<String, TableSummary>,
    pub observed: Option<(Date, Date)>,
}

/// Sizes and checksums of gold, and the days it covers. Tables that were carried on have
/// their checksums carried on too; with `everything` these are compared with those of all rows.
pub(crate) fn summarise(
    builder: &mut dyn Builder,
    site: &Site<'_>,
    models: &mut Models,
    everything: bool,
) -> Result<Built, PipelineError> {
    let mut built = Built::default();
    for report in &mut models.reports {
        let relation = Relation {
            schema: match report.schema.as_str() {
                "silver" => Schema::Silver,
                _ => Schema::Gold,
            },
            name: report.name.clone(),
        };
        if relation.schema == Schema::Gold {
            let change = models.changes.get(&report.name);
            let summary = table(builder, site, &relation, change, everything)?;
            report.rows = Some(summary.rows);
            built.tables.insert(report.name.clone(), summary);
        } else if report.action != Action::View && builder.has_table(&relation)? {
            report.rows = rows(builder, &relation)?;
        }
    }
    built.observed = observed(builder, &site.names)?;
    Ok(built)
}

fn table(
    builder: &mut dyn Builder,
    site: &Site<'_>,
    relation: &Relation,
    change: Option<&Change>,
    everything: bool,
) -> Result<TableSummary, PipelineError> {
    let base = site.plan.base.as_ref();
    let before = base.and_then(|base| base.tables.get(&relation.name));
    let carried_on = match change {
        Some(Change::Nothing) => before.cloned(),
        Some(Change::Rows { merged, .. }) => before.and_then(|before| before.after(merged)),
        Some(Change::Whole) | None => None,
    };
    if let (Some(summary), false) = (&carried_on, everything) {
        return Ok(summary.clone());
    }
    let (rows, checksum) = builder.checksum(relation, &BOOKKEEPING)?;
    let summary = TableSummary { rows, checksum };
    if let Some(carried_on) = carried_on.filter(|carried_on| *carried_on != summary) {
        return Err(PipelineError::Engine {
            message: format!(
                "the table {} is not what the changes since the last release make of it; nothing was published: \
                 run again with --full-refresh",
                relation.name
            ),
            detail: format!("expected {carried_on:?}, found {summary:?}"),
        });
    }
    Ok(summary)
}

fn rows(builder: &mut dyn Builder, relation: &Relation) -> Result<Option<u64>, PipelineError> {
    let sql = format!("select count(*) as n from {}", builder.qualified(relation));
    let count = sample::single(&builder.fetch(&Statement::new(sql))?)?;
    Ok(count.and_then(|count| count.parse().ok()))
}

/// First and last day with a purchase.
fn observed(
    builder: &mut dyn Builder,
    names: &Names,
) -> Result<Option<(Date, Date)>, PipelineError> {
    let Some(purchases) = names.relations.get("fct_purchase") else {
        return Ok(None);
    };
    let sql = format!(
        "select cast(min(purchased_on) as string) as first_on, cast(max(purchased_on) as string) as last_on from {purchases}"
    );
    let row = sample::rows(&builder.fetch(&Statement::new(sql))?)?
        .into_iter()
        .next();
    let day = |name: &str| {
        row.as_ref()
            .and_then(|row| row.get(name)?.as_str()?.parse::<Date>().ok())
    };
    Ok(day("first_on").zip(day("last_on")))
}
