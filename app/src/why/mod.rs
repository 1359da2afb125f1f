//! Why a figure changed: asks both sides of the difference, by the dimension that explains most of it or by the one
//! that was chosen, and puts the bridge into words, a figure and a table.

mod address;
mod asking;
mod table;
pub(crate) mod view;

use futures::{StreamExt, stream};
use marts::bridge::{Difference, Shape, Wording, concentration, headline, sentences};
use marts::{
    Adding, DateRange, DimensionAbout, Failure, Filters, MetricAbout, ReleaseId, ReleaseInfo,
    Value, Waterfall, format,
};
use rust_decimal::Decimal;

use crate::metric_notes;
use crate::{AppError, Session};
use address::Address;
use asking::{Asking, Sides};
use view::{Way, WhyFigure, WhyView};

/// Members that are named; the others are added up.
const NAMED: usize = 10;
/// A dimension with more members than this explains nothing that could be told.
const MOST_MEMBERS: usize = 200;
/// Breakdowns asked for at a time.
const AT_ONCE: usize = 3;

/// What is compared, in the order of the page: the earlier figure as it was reported, as it is known now, the later one.
struct Told {
    range: DateRange,
    prior: DateRange,
    now: ReleaseInfo,
    then: Option<ReleaseInfo>,
    /// The earlier figure as the release `then` had it.
    reported: Option<Decimal>,
    before: Decimal,
    after: Decimal,
}

/// # Errors
/// Unknown names and releases, and whatever the answers fail with.
pub async fn explain(session: &Session, query: &str) -> Result<WhyView, AppError> {
    let failed = |failure| session.failed(failure);
    let metrics = session.answer.metrics().await.map_err(failed)?;
    let address = Address::read(session, query, &metrics).await?;
    let about = address.about.clone();
    let pinned = address.filters.release.as_ref();
    let now = session.answer.release_named(pinned).await.map_err(failed)?;
    let then = match &address.then {
        Some(id) => Some(
            session
                .answer
                .release_named(Some(id))
                .await
                .map_err(failed)?,
        ),
        None => None,
    };
    let asking = Asking::new(session, &about, &address, &now, then.as_ref());
    let page = metric_notes::pages(session, "overview")
        .await
        .remove(&about.name);
    let mut view = WhyView {
        title: about.label.clone(),
        description: about.description.clone(),
        carried: address.carried(),
        fields: address.fields(&metrics, &now, session).await?,
        chosen: address.chosen(),
        ignored: address.filters.ignored.clone(),
        figures: Vec::new(),
        notices: Vec::new(),
        sentences: Vec::new(),
        drawing: None,
        by: String::new(),
        table: None,
        dimensions: Vec::new(),
        page: page.as_ref().map(|link| Way {
            label: format!("See these figures under {}", link.title),
            href: address.page(&link.name),
        }),
        foot: foot(&now),
    };
    if about.adding == Adding::Never {
        view.notices.push(format!(
            "{} is no sum, count or ratio of what rows hold, so its change cannot be taken apart.",
            about.label
        ));
        return Ok(view);
    }
    if asking.sides.is_nothing() {
        view.notices.push(
            "There is nothing to compare with. Choose another range under “Compare with”, or an earlier release under “As reported in”."
                .to_owned(),
        );
        return Ok(view);
    }
    let told = match tell(&asking, &now, then).await? {
        Ok(told) => told,
        Err(notice) => {
            view.notices.push(notice);
            return Ok(view);
        }
    };
    view.figures = figures(&told, &about);
    view.title = headline(
        &about.label,
        about.unit,
        told.reported.unwrap_or(told.before),
        told.after,
    );
    if let Some(notice) = late(&told) {
        view.notices.push(notice);
    }
    let restated = told
        .reported
        .map(|reported| told.before.saturating_sub(reported));
    if let (Some(restated), Some(then)) = (restated, &told.then) {
        view.sentences
            .push(restatement(&told, &about, restated, then));
    }
    let candidates = address.candidates();
    let (dimension, difference, ranked) = match broken_down(&asking, &address, &candidates).await? {
        Some(found) => found,
        None => {
            view.notices
                .push("No breakdown can be asked for under these filters.".to_owned());
            return Ok(view);
        }
    };
    let Some(bridge) = difference.bridge() else {
        view.notices.push(
            "One of the two figures is a share of nothing, so their difference has no parts."
                .to_owned(),
        );
        return Ok(view);
    };
    let bridge = bridge.folded(NAMED);
    let wording = Wording {
        metric: about.label.clone(),
        unit: about.unit,
        volume: about.driver.as_ref().map(|driver| driver.label.clone()),
        dimension: dimension.label.clone(),
    };
    view.sentences.extend(sentences(&bridge, &wording));
    view.by = format!("By {}", dimension.label.to_lowercase());
    let title = format!("Change of {} by {}", about.label, dimension.label);
    view.drawing = session
        .answer
        .draw_waterfall(&Waterfall::of(&bridge, title, about.unit, restated));
    let page = page.as_ref().map(|link| link.name.as_str());
    view.table = Some(table::table(
        &bridge, &address, &wording, &dimension, &told, page,
    ));
    view.dimensions = ways(&address, &dimension, &candidates, &ranked);
    Ok(view)
}

/// The figures on both sides, or the sentence that says which of them there is not.
async fn tell(
    asking: &Asking<'_>,
    now: &ReleaseInfo,
    then: Option<ReleaseInfo>,
) -> Result<Result<Told, String>, AppError> {
    let Some((before, after)) = asking.totals().await? else {
        return Ok(Err(unobserved(asking, now)));
    };
    let shape = asking.shape;
    let figure = |figures| asking::figure(shape, figures, asking.about.unit);
    let (Some(before), Some(after)) = (figure(before), figure(after)) else {
        return Ok(Err(
            "One of the two figures is a share of nothing, so there is no difference to explain."
                .to_owned(),
        ));
    };
    let reported = match &then {
        Some(then) if asking.sides == Sides::Ranges => match asking.reported(then).await? {
            Some(figures) => figure(figures),
            None => {
                return Ok(Err(format!(
                    "The release {} does not know all days of {}, so nothing can be said of what was restated. Choose a later one.",
                    then.id,
                    format::date_range(asking.prior)
                )));
            }
        },
        _ => None,
    };
    Ok(Ok(Told {
        range: asking.range,
        prior: asking.prior,
        now: now.clone(),
        then,
        reported,
        before,
        after,
    }))
}

fn unobserved(asking: &Asking<'_>, now: &ReleaseInfo) -> String {
    let days = match now.observed {
        Some((first, last)) => format!(
            "Figures are there from {} to {}",
            format::date(first),
            format::date(last)
        ),
        None => "The release holds no purchase yet".to_owned(),
    };
    format!(
        "{} or {} was not recorded throughout, so there is no whole figure to compare. {days}. Choose a range within.",
        format::date_range(asking.range),
        format::date_range(asking.prior)
    )
}

/// Days of the range that have not come in yet.
fn late(told: &Told) -> Option<String> {
    let (_, last) = told.now.observed?;
    (last < told.range.to).then(|| {
        format!(
            "Nothing has come in yet for the days after {}. The later figure is not whole, and neither is the difference.",
            format::date(last)
        )
    })
}

fn figures(told: &Told, about: &MetricAbout) -> Vec<WhyFigure> {
    let exact = |amount: Decimal| format::exact(&Value::Decimal(amount), about.unit);
    // One release is named below all figures, two at each.
    let figure = |label: &str, amount: Decimal, range: DateRange, release: &ReleaseId| WhyFigure {
        label: label.to_owned(),
        value: exact(amount),
        note: format::date_range(range),
        release: told.then.is_some().then(|| format!("Release {release}")),
    };
    let change = |label: &str, before: Decimal, after: Decimal| WhyFigure {
        label: label.to_owned(),
        value: format::signed_amount(after.saturating_sub(before), about.unit),
        note: match format::change_percent(&Value::Decimal(after), &Value::Decimal(before)) {
            percent if percent == format::NO_DATA || about.unit == marts::Unit::Ratio => {
                String::new()
            }
            percent => percent,
        },
        release: None,
    };
    let now = &told.now.id;
    let mut figures = vec![];
    match (&told.then, told.reported) {
        (Some(then), Some(reported)) => {
            figures.push(figure("As reported", reported, told.prior, &then.id));
            figures.push(change("Restated", reported, told.before));
            figures.push(figure("As known now", told.before, told.prior, now));
            figures.push(change("Real change", told.before, told.after));
            figures.push(figure("This range", told.after, told.range, now));
        }
        (Some(then), None) => {
            figures.push(figure("As reported", told.before, told.range, &then.id));
            figures.push(change("Restated", told.before, told.after));
            figures.push(figure("As known now", told.after, told.range, now));
        }
        _ => {
            figures.push(figure("Compared with", told.before, told.prior, now));
            figures.push(change("Change", told.before, told.after));
            figures.push(figure("This range", told.after, told.range, now));
        }
    }
    figures
}

fn restatement(told: &Told, about: &MetricAbout, restated: Decimal, then: &ReleaseInfo) -> String {
    let days = format::date_range(told.prior);
    let id = &then.id;
    if restated.is_zero() {
        return format!("{days} was not restated since release {id}: all of the change is real.");
    }
    let signed = |amount: Decimal| format::signed_amount(amount, about.unit);
    format!(
        "{} is real change; {} is what {days} was restated by since release {id}.",
        signed(told.after.saturating_sub(told.before)),
        signed(restated)
    )
}

/// The breakdown to show, with how much each one explains; that is asked only where none was chosen.
async fn broken_down(
    asking: &Asking<'_>,
    address: &Address,
    candidates: &[DimensionAbout],
) -> Result<Option<(DimensionAbout, Difference, Vec<(String, Decimal)>)>, AppError> {
    if let Some(by) = &address.by {
        let difference = asking.difference(&by.name).await?;
        return Ok(Some((by.clone(), difference, Vec::new())));
    }
    let asked: Vec<(DimensionAbout, Result<Difference, AppError>)> =
        stream::iter(candidates.iter().cloned())
            .map(|dimension| async move {
                let difference = asking.difference(&dimension.name).await;
                (dimension, difference)
            })
            .buffered(AT_ONCE)
            .collect()
            .await;
    let mut best: Option<(DimensionAbout, Difference, Decimal)> = None;
    let mut ranked = Vec::new();
    let mut failure = None;
    for (dimension, difference) in asked {
        let difference = match difference {
            Ok(difference) => difference,
            // The others stand.
            Err(error) => {
                failure = Some(error);
                continue;
            }
        };
        if !(2..=MOST_MEMBERS).contains(&difference.members.len()) {
            continue;
        }
        let score = concentration(&difference);
        ranked.push((dimension.name.clone(), score));
        if best.as_ref().is_none_or(|(.., most)| score > *most) {
            best = Some((dimension, difference, score));
        }
    }
    match (best, failure) {
        (Some((dimension, difference, _)), _) => Ok(Some((dimension, difference, ranked))),
        (None, Some(error)) => Err(error),
        (None, None) => match candidates.first() {
            Some(first) => {
                let difference = asking.difference(&first.name).await?;
                Ok(Some((first.clone(), difference, ranked)))
            }
            None => Ok(None),
        },
    }
}

/// Links to the other breakdowns, those that explain more first.
fn ways(
    address: &Address,
    shown: &DimensionAbout,
    candidates: &[DimensionAbout],
    ranked: &[(String, Decimal)],
) -> Vec<Way> {
    let score = |dimension: &DimensionAbout| {
        ranked
            .iter()
            .find(|(name, _)| *name == dimension.name)
            .map_or(Decimal::NEGATIVE_ONE, |(_, score)| *score)
    };
    let mut others: Vec<&DimensionAbout> = candidates
        .iter()
        .filter(|dimension| dimension.name != shown.name)
        .collect();
    others.sort_by_key(|dimension| std::cmp::Reverse(score(dimension)));
    let mut ways: Vec<Way> = others
        .into_iter()
        .map(|dimension| Way {
            label: dimension.label.clone(),
            href: address.by(Some(&dimension.name)),
        })
        .collect();
    if address.by.is_some() {
        ways.insert(
            0,
            Way {
                label: "What explains most".to_owned(),
                href: address.by(None),
            },
        );
    }
    ways
}

fn foot(now: &ReleaseInfo) -> Vec<String> {
    vec![
        format!("As of {}", format::date(now.business_date)),
        format!("Release {}", now.id),
        now.zone.clone(),
    ]
}

/// A wrong name in the address, as a sentence.
fn unknown(session: &Session, what: &str, name: &str) -> AppError {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    session.failed(Failure::not_found(format!(
        "There is no {what} “{shown}” to explain. Choose one from the list."
    )))
}

/// Numerators and denominators, amounts and what they were made of.
fn shape_of(about: &MetricAbout) -> Shape {
    match (about.adding, &about.driver) {
        (Adding::Ratio, _) => Shape::Ratio,
        (_, Some(_)) => Shape::SumOverVolume,
        (_, None) => Shape::Sum,
    }
}

/// For the page's own links and for those of its filters.
pub(crate) fn with(filters: &Filters, param: &str, value: &str) -> Filters {
    match filters.has(param, value) && !filters.excluded.contains(param) {
        true => filters.clone(),
        false => {
            let mut only = filters.clone();
            only.chosen.insert(param.to_owned(), vec![value.to_owned()]);
            only.excluded.remove(param);
            only
        }
    }
}
