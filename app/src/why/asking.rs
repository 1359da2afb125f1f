//! The questions behind a difference: the same metrics on both sides, in total and by a dimension.

use std::collections::BTreeMap;

use marts::bridge::{Difference, Figures, Member, Shape, places};
use marts::filters::prior_range;
use marts::{
    Aggregate, Ask, Comparison, DateRange, DimensionFilter, Frame, Grain, MetricAbout, ReleaseId,
    ReleaseInfo, Unit, Value,
};
use rust_decimal::RoundingStrategy;

use super::{Address, shape_of};
use crate::{AppError, Session};

/// What stands on the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// Two ranges of one release.
    Ranges,
    /// One range of two releases.
    Releases,
    Nothing,
}

impl Sides {
    pub fn is_nothing(self) -> bool {
        self == Self::Nothing
    }
}

pub struct Asking<'a> {
    session: &'a Session,
    pub about: &'a MetricAbout,
    pub shape: Shape,
    pub sides: Sides,
    pub range: DateRange,
    pub prior: DateRange,
    compare: Option<Comparison>,
    grain: Grain,
    filters: Vec<DimensionFilter>,
    now: ReleaseId,
    then: Option<ReleaseId>,
}

/// The two sides of a figure in a row: `None` where one was not recorded throughout.
type Both = (Figures, Figures);

impl<'a> Asking<'a> {
    pub fn new(
        session: &'a Session,
        about: &'a MetricAbout,
        address: &Address,
        now: &ReleaseInfo,
        then: Option<&ReleaseInfo>,
    ) -> Self {
        let filters = &address.filters;
        let range = filters.range(now);
        let grain = filters.grain(now);
        let sides = match (filters.compare, then) {
            (Some(_), _) => Sides::Ranges,
            (None, Some(_)) => Sides::Releases,
            (None, None) => Sides::Nothing,
        };
        Self {
            session,
            about,
            shape: shape_of(about),
            sides,
            range,
            prior: filters
                .compare
                .map_or(range, |compare| prior_range(range, compare, grain)),
            compare: filters.compare,
            grain,
            filters: filters.dimension_filters(&address.dashboard),
            now: now.id.clone(),
            then: then.map(|then| then.id.clone()),
        }
    }

    fn metrics(&self) -> (String, Option<String>) {
        match (&self.about.parts, &self.about.driver) {
            (Some((over, under)), _) => (over.name.clone(), Some(under.name.clone())),
            (None, driver) => (
                self.about.name.clone(),
                driver.as_ref().map(|driver| driver.name.clone()),
            ),
        }
    }

    async fn ask(
        &self,
        dimension: Option<&str>,
        range: DateRange,
        compare: Option<Comparison>,
        release: &ReleaseId,
    ) -> Result<Frame, AppError> {
        let (amount, volume) = self.metrics();
        let ask = Ask::Aggregate(Aggregate {
            metrics: std::iter::once(amount).chain(volume).collect(),
            dimensions: dimension.map(str::to_owned).into_iter().collect(),
            filters: self.filters.clone(),
            compare,
            compare_grain: Some(self.grain),
            ..Aggregate::over(&[], range)
        });
        let answered = self
            .session
            .answer
            .answer_from(&self.session.policy, &ask, Some(release))
            .await
            .map_err(|failure| self.session.failed(failure))?;
        Ok(answered.frame)
    }

    fn read(&self, frame: &Frame, row: usize, suffix: &str) -> Option<Figures> {
        let (amount, volume) = self.metrics();
        let cell = |metric: &str| frame.value(row, &format!("{metric}{suffix}")).decimal();
        Some(Figures {
            amount: cell(&amount)?,
            volume: match volume {
                Some(volume) => cell(&volume)?,
                None => rust_decimal::Decimal::ZERO,
            },
        })
    }

    /// The earlier figure and the later one.
    pub async fn totals(&self) -> Result<Option<Both>, AppError> {
        match (self.sides, &self.then) {
            (Sides::Releases, Some(then)) => {
                let (before, after) = futures::try_join!(
                    self.ask(None, self.range, None, then),
                    self.ask(None, self.range, None, &self.now)
                )?;
                Ok(self.read(&before, 0, "").zip(self.read(&after, 0, "")))
            }
            _ => {
                let frame = self.ask(None, self.range, self.compare, &self.now).await?;
                Ok(self
                    .read(&frame, 0, "__prior")
                    .zip(self.read(&frame, 0, "")))
            }
        }
    }

    /// The earlier figure as another release had it; `None` where it did not know all of its days.
    pub async fn reported(&self, then: &ReleaseInfo) -> Result<Option<Figures>, AppError> {
        let is_whole = then
            .observed
            .is_some_and(|(first, last)| first <= self.prior.from && self.prior.to <= last);
        if !is_whole {
            return Ok(None);
        }
        let frame = self.ask(None, self.prior, None, &then.id).await?;
        Ok(self.read(&frame, 0, ""))
    }

    /// The difference by the members of a dimension.
    pub async fn difference(&self, dimension: &str) -> Result<Difference, AppError> {
        let totals = async {
            let totals = self.totals().await?;
            Ok::<_, AppError>(totals.unwrap_or_default())
        };
        let members = async {
            match (self.sides, &self.then) {
                (Sides::Releases, Some(then)) => {
                    let (before, after) = futures::try_join!(
                        self.ask(Some(dimension), self.range, None, then),
                        self.ask(Some(dimension), self.range, None, &self.now)
                    )?;
                    Ok::<_, AppError>(self.merged(dimension, &before, &after))
                }
                _ => {
                    let frame = self
                        .ask(Some(dimension), self.range, self.compare, &self.now)
                        .await?;
                    Ok((0..frame.rows.len())
                        .map(|row| Member {
                            name: frame.value(row, dimension).clone(),
                            before: self.read(&frame, row, "__prior").unwrap_or_default(),
                            after: self.read(&frame, row, "").unwrap_or_default(),
                        })
                        .collect())
                }
            }
        };
        let ((before, after), members) = futures::try_join!(totals, members)?;
        Ok(Difference {
            shape: self.shape,
            before,
            after,
            members,
            places: places(self.about.unit),
        })
    }

    fn merged(&self, dimension: &str, before: &Frame, after: &Frame) -> Vec<Member> {
        let mut members: BTreeMap<String, Member> = BTreeMap::new();
        for (frame, is_after) in [(before, false), (after, true)] {
            for row in 0..frame.rows.len() {
                let name = frame.value(row, dimension);
                // Nothing is named like rows without a value.
                let key = match name {
                    Value::Null => String::new(),
                    name => format!("={}", marts::format::dimension(name)),
                };
                let member = members.entry(key).or_insert_with(|| Member {
                    name: name.clone(),
                    before: Figures::default(),
                    after: Figures::default(),
                });
                let figures = self.read(frame, row, "").unwrap_or_default();
                if is_after {
                    member.after = figures;
                } else {
                    member.before = figures;
                }
            }
        }
        members.into_values().collect()
    }
}

/// The figure as it is written.
pub fn figure(shape: Shape, figures: Figures, unit: Unit) -> Option<rust_decimal::Decimal> {
    let figure = match shape {
        Shape::Sum | Shape::SumOverVolume => figures.amount,
        Shape::Ratio => figures.amount.checked_div(figures.volume)?,
    };
    Some(figure.round_dp_with_strategy(places(unit), RoundingStrategy::MidpointAwayFromZero))
}
