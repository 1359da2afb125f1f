//! Every question that the project's pages ask: panels of all dashboards, lists of rows, values of filters.

use std::collections::HashSet;
use std::path::Path;

use marts::project::catalogue::Catalogue;
use marts::project::{dashboards, planner};
use marts::{
    Ask, DateRange, Failure, Filters, Order, ReleaseInfo, RowPolicy, Rows, Statement, Values,
};
use warehouse::ops;

/// Addresses' queries under which the panels are asked.
const CASES: [&str; 2] = ["", "range=all_time&grain=month&compare=prior_year"];
const MOST_ROWS: u32 = 200;

/// A question with the statement that the planner makes of it.
#[derive(Debug, Clone)]
pub struct Question {
    /// `purchases/spend_by_day ?range=all_time`.
    pub name: String,
    pub statement: Statement,
}

impl Question {
    /// # Errors
    /// What the planner refuses.
    pub fn of(name: String, catalogue: &Catalogue, ask: &Ask) -> Result<Self, Failure> {
        let plan = planner::plan(catalogue, &RowPolicy::Unrestricted, ask)?;
        Ok(Self {
            name,
            statement: plan.statement,
        })
    }
}

/// All of them, each statement once. Records of runs are not part of a release, and are left out.
///
/// # Errors
/// A mistake in the project's files.
pub fn questions(
    project: &Path,
    catalogue: &Catalogue,
    release: &ReleaseInfo,
) -> Result<Vec<Question>, Failure> {
    let mut asks: Vec<(String, Ask)> = Vec::new();
    let mut offered = HashSet::new();
    for link in dashboards::list(project)? {
        let dashboard = dashboards::read(project, &link.name, catalogue)?;
        for case in CASES {
            let filters = Filters::parse(case, &dashboard);
            for panel in &dashboard.panels {
                for (at, ask) in panel
                    .asks(&filters, &dashboard, release)
                    .into_iter()
                    .enumerate()
                {
                    asks.push((
                        format!("{}/{} {} ?{case}", link.name, panel.key, at + 1),
                        ask,
                    ));
                }
            }
        }
        let controls = dashboard.filters.iter();
        offered.extend(controls.map(|control| control.dimension.clone()));
        let day = release.business_date;
        let (from, to) = release.observed.unwrap_or((day, day));
        for list in &dashboard.rows {
            let order = list.columns.first().map(|by| Order::descending(by));
            let rows = Rows {
                relation: list.relation.clone(),
                columns: list.columns.clone(),
                range: Some(DateRange { from, to }),
                order: order.into_iter().collect(),
                limit: MOST_ROWS,
                ..Rows::default()
            };
            asks.push((
                format!("{}/rows of {}", link.name, list.relation),
                Ask::Rows(rows),
            ));
        }
    }
    let is_kept = |model: &str| catalogue.relation(model).is_ok_and(|model| !model.is_ops());
    for dimension in catalogue.dimensions().filter(|d| is_kept(&d.model)) {
        // People search where a page offers the values.
        let search = Some("a".to_owned()).filter(|_| offered.contains(&dimension.name));
        for search in [None, search] {
            let name = match &search {
                None => format!("values of {}", dimension.name),
                Some(text) => format!("values of {} with “{text}”", dimension.name),
            };
            let values = Values {
                dimension: dimension.name.clone(),
                search,
                limit: MOST_ROWS,
            };
            asks.push((name, Ask::Values(values)));
        }
    }
    for model in catalogue.models().filter(|model| !model.is_ops()) {
        let own = catalogue
            .dimensions()
            .filter(|dimension| dimension.model == model.name);
        let columns: Vec<String> = own.map(|dimension| dimension.name.clone()).collect();
        if columns.is_empty() {
            continue;
        }
        let rows = Rows {
            relation: model.name.clone(),
            columns,
            limit: MOST_ROWS,
            ..Rows::default()
        };
        asks.push((format!("rows of {}", model.name), Ask::Rows(rows)));
    }
    let mut seen = HashSet::new();
    let mut questions = Vec::new();
    for (name, ask) in asks {
        let question = Question::of(name, catalogue, &ask)?;
        let Statement { sql, params, .. } = &question.statement;
        if !ops::are_asked(sql)? && seen.insert((sql.clone(), params.clone())) {
            questions.push(question);
        }
    }
    Ok(questions)
}
