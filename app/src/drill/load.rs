//! Reads what a figure is made of.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::try_join;
use marts::{
    Aggregate, Ask, Dashboard, DateRange, DimensionFilter, Drill, Failure, Filters, Frame, Order,
    ReleaseInfo, RowList, Rows, Value,
};

use super::origins;
use crate::state::Fixed;
use crate::url::split_query;
use crate::value_search::shown;
use crate::{AppError, Session};

const ROWS_PER_PAGE: u32 = 50;
/// How the column is called that says in which landing file a row came.
pub(super) const FILE: &str = "__file_id";

/// What one figure is made of.
pub struct DrillView {
    /// The figure again, and how many rows it is made of: one row.
    pub figure: Frame,
    /// A page of those rows, the latest first.
    pub rows: Frame,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Vec<String>>,
    /// Paths of landing files by their SHA-256, as far as the reader may know them.
    pub files: BTreeMap<String, String>,
    /// Of rows that name what they come from (see [`origins`]): the file and row that it landed in.
    pub origins: BTreeMap<(String, String), (String, Value)>,
    /// What was chosen, for people: "Department", "GROCERY".
    pub chosen: Vec<(String, String)>,
    pub range: DateRange,
    pub release: ReleaseInfo,
}

pub async fn drill(
    session: &Session,
    name: &str,
    query: &str,
) -> Result<(DrillView, Fixed), AppError> {
    let failed = |failure| session.failed(failure);
    let dashboard = session.answer.dashboard(name).await.map_err(failed)?;
    let filters = Filters::parse(&split_query(query).1, &dashboard);
    let drill = filters.drill.as_ref();
    let found = drill.and_then(|drill| Some((dashboard.rows_of(&drill.metric)?, drill)));
    let Some((list, drill)) = found else {
        return Err(failed(Failure::bad_request(
            "The address names no figure whose rows could be shown. Go back to the page and choose one.",
        )));
    };
    for _ in 0..3 {
        let pinned = filters.release.as_ref();
        let release = session.answer.release_named(pinned).await.map_err(failed)?;
        let (figure, rows) = asks(&filters, &dashboard, list, drill, &release);
        let range = figure.range;
        let (figure, rows_ask) = (Ask::Aggregate(figure), Ask::Rows(rows.clone()));
        let (figure, answered) = try_join(
            session.answer.answer_from(&session.policy, &figure, pinned),
            session
                .answer
                .answer_from(&session.policy, &rows_ask, pinned),
        )
        .await
        .map_err(failed)?;
        if figure.release != release.id || answered.release != release.id {
            continue;
        }
        let next = rows.next(&answered.frame).and_then(|next| {
            // A row without a value to sort by has no place in the address; that is the last page then.
            next.after?.into_iter().collect::<Option<Vec<String>>>()
        });
        let origins = origins::of(session, pinned, &answered.frame).await;
        let landed = origins.values().map(|(file, _)| file.clone());
        let view = DrillView {
            files: files(session, &answered.frame, landed).await,
            origins,
            chosen: chosen(&filters, &dashboard, drill, &answered.frame),
            figure: figure.frame,
            rows: answered.frame,
            next,
            range,
            release: release.clone(),
        };
        let page = Fixed {
            dashboard: (*dashboard).clone(),
            release,
            filters,
        };
        return Ok((view, page));
    }
    Err(failed(Failure::unavailable(
        "New figures were published while these rows were being read. Try again to see them.",
    )))
}

/// The figure, and a page of the rows it is made of: both under the same filters and over the same days.
fn asks(
    filters: &Filters,
    dashboard: &Dashboard,
    list: &RowList,
    drill: &Drill,
    release: &ReleaseInfo,
) -> (Aggregate, Rows) {
    let page = filters.range(release);
    // A figure's days never reach beyond those of the page; but a balance has its past in it, and a statement whole months.
    let is_of_statement = dashboard
        .panels
        .iter()
        .filter_map(|panel| panel.drill.as_ref())
        .any(|lines| lines.metric == drill.metric);
    let own = drill.range.filter(|_| is_of_statement);
    let range = own.unwrap_or_else(|| {
        drill.range.map_or(page, |own| DateRange {
            from: own.from.max(page.from),
            to: own.to.min(page.to).max(own.from.max(page.from)),
        })
    });
    let mut where_: Vec<DimensionFilter> = filters
        .dimension_filters(dashboard)
        .into_iter()
        .filter(|filter| !is_laid_aside(dashboard, drill, &filter.dimension))
        .collect();
    let kept = drill
        .values
        .iter()
        .map(|(dimension, value)| DimensionFilter {
            dimension: dimension.clone(),
            values: vec![value.clone()],
            exclude: false,
        });
    let left_out = drill
        .left_out
        .iter()
        .filter(|(_, values)| !values.is_empty());
    let left_out = left_out.map(|(dimension, values)| DimensionFilter {
        dimension: dimension.clone(),
        values: values.clone(),
        exclude: true,
    });
    where_.extend(kept.chain(left_out));
    let mut metrics = vec![drill.metric.as_str()];
    if list.count != drill.metric {
        metrics.push(list.count.as_str());
    }
    let figure = Aggregate {
        filters: where_.clone(),
        ..Aggregate::over(&metrics, range)
    };
    let rows = Rows {
        relation: list.relation.clone(),
        columns: list.columns.clone(),
        filters: where_,
        range: Some(range),
        order: list
            .columns
            .first()
            .map(|by| Order {
                by: by.clone(),
                descending: true,
            })
            .into_iter()
            .collect(),
        limit: ROWS_PER_PAGE,
        after: (!drill.after.is_empty()).then(|| drill.after.iter().cloned().map(Some).collect()),
    };
    (figure, rows)
}

/// Whether the page's filter on the dimension does not hold for the figure: because that says itself what it is of, or
/// because no panel that shows it is kept by the filter.
fn is_laid_aside(dashboard: &Dashboard, drill: &Drill, dimension: &str) -> bool {
    if dashboard.leaves_aside(&drill.metric, dimension) {
        return true;
    }
    let kept = drill.values.iter().map(|(own, _)| own);
    let mut own = kept.chain(drill.left_out.iter().map(|(own, _)| own));
    own.any(|own| own == dimension)
}

/// The filters that hold for the rows, in words.
fn chosen(
    filters: &Filters,
    dashboard: &Dashboard,
    drill: &Drill,
    rows: &Frame,
) -> Vec<(String, String)> {
    let label = |dimension: &str| {
        let control = dashboard
            .filters
            .iter()
            .find(|control| control.dimension == dimension);
        let column = rows.columns.iter().find(|column| column.name == dimension);
        control
            .map(|control| control.label.clone())
            .or_else(|| column.map(|column| column.label.clone()))
            .unwrap_or_else(|| {
                let own = dimension.rsplit("__").next().unwrap_or(dimension);
                crate::pages::cells::sentence(&own.replace('_', " "))
            })
    };
    let own = drill
        .values
        .iter()
        .map(|(dimension, value)| (label(dimension), value.clone()));
    let all_but = drill
        .left_out
        .iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(dimension, values)| (label(dimension), format!("not {}", named(values))));
    let others = filters
        .dimension_filters(dashboard)
        .into_iter()
        .filter(|filter| !is_laid_aside(dashboard, drill, &filter.dimension))
        .map(|filter| {
            let not = if filter.exclude { "not " } else { "" };
            (
                label(&filter.dimension),
                format!("{not}{}", named(&filter.values)),
            )
        });
    own.chain(all_but).chain(others).collect()
}

/// Values as people read them.
fn named(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| shown(value)).collect();
    values.join(", ")
}

/// The paths of the files that these rows landed in. Not everybody may know them, and rows are rows without them.
async fn files(
    session: &Session,
    rows: &Frame,
    others: impl Iterator<Item = String>,
) -> BTreeMap<String, String> {
    let at = rows
        .columns
        .iter()
        .position(|column| column.name.ends_with(FILE));
    let own = rows.rows.iter().filter_map(|row| match row.get(at?) {
        Some(Value::Text(file)) => Some(file.clone()),
        _ => None,
    });
    let named: BTreeSet<String> = own.chain(others).collect();
    if named.is_empty() {
        return BTreeMap::new();
    }
    let ask = Ask::Rows(Rows {
        relation: "ingested_files".to_owned(),
        columns: vec!["file__sha256".to_owned(), "file__path".to_owned()],
        filters: vec![DimensionFilter {
            dimension: "file__sha256".to_owned(),
            values: named.into_iter().collect(),
            exclude: false,
        }],
        range: None,
        order: Vec::new(),
        limit: 10 * ROWS_PER_PAGE,
        after: None,
    });
    let Ok(found) = session.answer.answer(&session.policy, &ask).await else {
        return BTreeMap::new();
    };
    let frame = found.frame;
    (0..frame.rows.len())
        .filter_map(|row| {
            match (
                frame.value(row, "file__sha256"),
                frame.value(row, "file__path"),
            ) {
                (Value::Text(file), Value::Text(path)) => Some((file.clone(), path.clone())),
                _ => None,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::civil::date;
    use marts::{Dashboard, DateRange, FilterControl, Filters, ReleaseId, ReleaseInfo, RowList};

    use super::asks;

    #[test]
    fn a_figure_and_its_rows_are_asked_for_under_the_same_filters_and_days() {
        let control = |param: &str, dimension: &str| FilterControl {
            param: param.into(),
            dimension: dimension.into(),
            label: param.into(),
            options: Vec::new(),
        };
        let dashboard = Dashboard {
            name: "purchases".into(),
            title: "Purchases".into(),
            description: String::new(),
            filters: vec![
                control("state", "user__state"),
                control("department", "product__department"),
            ],
            rows: vec![RowList {
                relation: "purchases".into(),
                count: "purchase_lines".into(),
                metrics: vec!["retail_spend".into(), "receipts".into()],
                columns: vec!["purchase__purchased_on".into(), "retail_spend".into()],
            }],
            panels: Vec::new(),
        };
        let release = ReleaseInfo {
            id: ReleaseId("r1".into()),
            business_date: date(2026, 3, 31),
            observed: None,
            zone: "America/New_York".into(),
        };
        let ask = |query: &str| {
            let filters = Filters::parse(query, &dashboard);
            let drill = filters.drill.as_ref().unwrap();
            let list = dashboard.rows_of(&drill.metric).unwrap();
            asks(&filters, &dashboard, list, drill, &release)
        };
        let march = "from=2026-03-01&to=2026-03-31";
        // A board leaves its own filter aside, and so do the rows of its figures.
        let (figure, rows) = ask(&format!(
            "{march}&state=!OH&department=DAIRY&drill=receipts%26product__department%3DGROCERY"
        ));
        assert_eq!(figure.filters, rows.filters);
        let said: Vec<_> = rows
            .filters
            .iter()
            .map(|f| (f.dimension.as_str(), f.exclude, f.values.join(",")))
            .collect();
        assert_eq!(
            said,
            [
                ("user__state", true, "OH".to_owned()),
                ("product__department", false, "GROCERY".to_owned())
            ]
        );
        assert_eq!(figure.metrics, ["receipts", "purchase_lines"]);
        assert_eq!(Some(figure.range), rows.range);
        // All others of a board: its own filter is laid aside, and the values it shows are left out.
        let (_, rows) = ask(&format!(
            "{march}&state=OH&department=DAIRY&drill=receipts%26product__department%21%26product__department%21%3DGROCERY"
        ));
        let said: Vec<_> = rows
            .filters
            .iter()
            .map(|f| (f.dimension.as_str(), f.exclude, f.values.join(",")))
            .collect();
        assert_eq!(
            said,
            [
                ("user__state", false, "OH".to_owned()),
                ("product__department", true, "GROCERY".to_owned())
            ]
        );
        // A total: nothing takes the filter's place.
        let (_, rows) = ask(&format!(
            "{march}&department=DAIRY&drill=receipts%26product__department%21"
        ));
        assert_eq!(rows.filters, []);
        // A point's own days are cut to those of the page.
        let (figure, rows) = ask(&format!(
            "{march}&drill=retail_spend%26days%3D2026-02-23..2026-03-01%26after%3D2026-03-01%26after%3Dl7"
        ));
        let first = DateRange {
            from: date(2026, 3, 1),
            to: date(2026, 3, 1),
        };
        assert_eq!((figure.range, rows.range), (first, Some(first)));
        assert_eq!(
            rows.after,
            Some(vec![Some("2026-03-01".to_owned()), Some("l7".to_owned())])
        );
    }
}
