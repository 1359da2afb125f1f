//! What stands beside the figures of a headline: whether they were recorded at all, how far their contracts hold, where
//! there is more of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use marts::{
    Adding, Aggregate, Answered, Ask, ColumnRole, DashboardLink, DateRange, DimensionFilter,
    MetricAbout, MetricNote, Order, Panel, PanelKind, ReleaseInfo, Rows, Value,
};
use rust_decimal::Decimal;

use crate::Session;
use crate::panels::Standing;

/// All days there may be figures of.
const EVER: DateRange = DateRange {
    from: Date::constant(1970, 1, 1),
    to: Date::constant(2199, 12, 31),
};

/// The notes of a headline's metrics; none for other panels. Figures of what the release knows nothing of become "no
/// data" in `answers`. What cannot be found out is left out: the figures stand without it.
pub async fn beside(
    session: &Session,
    dashboard: &str,
    panel: &Panel,
    release: &ReleaseInfo,
    answers: &mut [Answered],
) -> Vec<MetricNote> {
    if panel.kind != PanelKind::Headline {
        return Vec::new();
    }
    let metrics = session.answer.metrics().await.unwrap_or_default();
    let shown: Vec<&MetricAbout> = panel
        .metrics
        .iter()
        .filter_map(|name| metrics.iter().find(|about| about.name == *name))
        .collect();
    if shown.is_empty() {
        return Vec::new();
    }
    let (absent, found, pages) = futures::join!(
        absent(session, &shown, release, answers),
        contracts(session, release),
        pages(session, dashboard),
    );
    for answered in answers.iter_mut() {
        blank(answered, &absent);
    }
    shown
        .iter()
        .map(|about| {
            let relied_on = found.iter().filter(|result| {
                about.relies_on.contains(&result.relation)
                    || about.relies_on.contains(&result.contract)
            });
            let mut note = MetricNote {
                metric: about.name.clone(),
                is_absent: absent.contains(&about.name),
                has_reasons: about.adding != Adding::Never,
                page: pages.get(&about.name).cloned(),
                ..MetricNote::default()
            };
            for result in relied_on {
                note.contracts += 1;
                match result.standing {
                    Standing::Bad => note.fail += 1,
                    Standing::Warn => note.warn += 1,
                    Standing::Aside | Standing::Good => {}
                }
            }
            note
        })
        .collect()
}

/// The metrics of which nothing was ever recorded in this release. Only those that come to nothing, or that are
/// recorded by something else, are looked into.
async fn absent(
    session: &Session,
    shown: &[&MetricAbout],
    release: &ReleaseInfo,
    answers: &[Answered],
) -> BTreeSet<String> {
    let totals = answers.first().map(|answered| &answered.frame);
    let comes_to_nothing = |about: &&&MetricAbout| {
        let value = totals.and_then(|frame| frame.value(0, &about.name).decimal());
        about.recorded_by != about.name || value.is_none_or(|value| value.is_zero())
    };
    let doubtful: Vec<&&MetricAbout> = shown.iter().filter(comes_to_nothing).collect();
    let sources: BTreeSet<&str> = doubtful
        .iter()
        .map(|about| about.recorded_by.as_str())
        .collect();
    if sources.is_empty() {
        return BTreeSet::new();
    }
    let sources: Vec<&str> = sources.into_iter().collect();
    let ask = Ask::Aggregate(Aggregate::over(&sources, EVER));
    let Ok(ever) = session
        .answer
        .answer_from(&session.policy, &ask, Some(&release.id))
        .await
    else {
        return BTreeSet::new();
    };
    let is_absent = |source: &str| {
        ever.frame.column(source).is_some()
            && ever
                .frame
                .value(0, source)
                .decimal()
                .is_none_or(|sum: Decimal| sum.is_zero())
    };
    doubtful
        .into_iter()
        .filter(|about| is_absent(&about.recorded_by))
        .map(|about| about.name.clone())
        .collect()
}

fn blank(answered: &mut Answered, absent: &BTreeSet<String>) {
    let frame = &mut answered.frame;
    for (at, column) in frame.columns.iter().enumerate() {
        let metric = column.name.strip_suffix("__prior").unwrap_or(&column.name);
        if matches!(column.role, ColumnRole::Dimension | ColumnRole::Time)
            || !absent.contains(metric)
        {
            continue;
        }
        for row in &mut frame.rows {
            if let Some(cell) = row.get_mut(at) {
                *cell = Value::Null;
            }
        }
    }
}

/// What one contract found in the run that made the release.
pub struct ContractResult {
    pub relation: String,
    pub contract: String,
    pub standing: Standing,
}

/// The contracts of the run that published the release; none where they are not this reader's to know.
async fn contracts(session: &Session, release: &ReleaseInfo) -> Vec<ContractResult> {
    let published = Ask::Rows(Rows {
        relation: "releases".to_owned(),
        columns: ["publication__run_id", "publication__published_at"]
            .map(str::to_owned)
            .to_vec(),
        filters: vec![DimensionFilter::only(
            "publication__release_id",
            &release.id.0,
        )],
        range: None,
        order: vec![Order::descending("publication__published_at")],
        limit: 1,
        after: None,
    });
    let Ok(published) = session.answer.answer(&session.policy, &published).await else {
        return Vec::new();
    };
    let Value::Text(run) = published.frame.value(0, "publication__run_id") else {
        return Vec::new();
    };
    let dimensions = [
        "contract_result__relation",
        "contract_result__contract",
        "contract_result__status",
    ];
    let found = Ask::Aggregate(Aggregate {
        dimensions: dimensions.map(str::to_owned).to_vec(),
        filters: vec![DimensionFilter::only("contract_result__run_id", run)],
        ..Aggregate::over(&["contracts_checked"], EVER)
    });
    let Ok(found) = session.answer.answer(&session.policy, &found).await else {
        return Vec::new();
    };
    let frame = &found.frame;
    let text = |row: usize, column: &str| match frame.value(row, column) {
        Value::Text(text) => text.clone(),
        _ => String::new(),
    };
    (0..frame.rows.len())
        .map(|row| ContractResult {
            relation: text(row, dimensions[0]),
            contract: text(row, dimensions[1]),
            standing: Standing::of_contract(&text(row, dimensions[2])),
        })
        .collect()
}

/// For each metric, the first other dashboard that shows it.
pub async fn pages(session: &Session, except: &str) -> BTreeMap<String, DashboardLink> {
    let mut pages = BTreeMap::new();
    for link in session.answer.dashboards().await.unwrap_or_default() {
        // Explore shows every metric, and is no metric's own page.
        if link.name == except || link.name == marts::explore::EXPLORE {
            continue;
        }
        // One with a mistake has a page of its own to say so.
        let Ok(dashboard) = session.answer.dashboard(&link.name).await else {
            continue;
        };
        for metric in dashboard.panels.iter().flat_map(|panel| &panel.metrics) {
            pages.entry(metric.clone()).or_insert_with(|| link.clone());
        }
    }
    pages
}
