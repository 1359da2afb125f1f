//! The one trait the app asks.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::what_if::{Levers, MonthEnd, Observed};
use crate::{
    Ask, Dashboard, Drawing, Explained, Failure, Frame, MetricAbout, Panel, RowPolicy, Waterfall,
};

/// The name of a release; a release, once published, never changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReleaseId(pub String);

impl std::fmt::Display for ReleaseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a page says about the release it shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseInfo {
    pub id: ReleaseId,
    /// The latest landed day: "today" for presets and for what is unfinished.
    #[serde(with = "crate::days::one")]
    pub business_date: Date,
    /// The first and last day with a purchase, in the reporting zone; `None` in an empty release.
    #[serde(with = "crate::days::both")]
    pub observed: Option<(Date, Date)>,
    /// IANA name of the reporting zone.
    pub zone: String,
}

impl ReleaseInfo {
    /// What answers about the pipeline name while nothing has been published yet.
    #[must_use]
    pub fn unpublished() -> Self {
        Self {
            id: ReleaseId("none".to_owned()),
            business_date: Date::constant(1970, 1, 1),
            observed: None,
            zone: "UTC".to_owned(),
        }
    }

    #[must_use]
    pub fn is_published(&self) -> bool {
        *self != Self::unpublished()
    }
}

/// Rows with the release they came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    pub frame: Frame,
    pub release: ReleaseId,
}

/// A dashboard as the navigation names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DashboardLink {
    /// The page's path: `purchases`.
    pub name: String,
    pub title: String,
}

/// What a question is asked for, as the engine's own records of statements tell it. They are kept there in plain text, so
/// nothing in it is about a person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AskedFor {
    pub dashboard: Option<String>,
    pub panel: Option<String>,
    pub request_id: Option<String>,
}

/// Everything a page needs from the service. Implementations authorize and narrow by `policy`;
/// `answer` is the only function that shows data.
#[async_trait]
pub trait Answer: Send + Sync {
    /// Answers from one release, or from the one that is current.
    ///
    /// # Errors
    /// Unknown names, refused rows, a release that is gone, an engine that is down or too slow: each as a [`Failure`].
    async fn answer_from(
        &self,
        policy: &RowPolicy,
        ask: &Ask,
        release: Option<&ReleaseId>,
    ) -> Result<Answered, Failure>;

    /// Answers from one release, or from the one that is current, and tells the engine what for.
    ///
    /// # Errors
    /// As [`Answer::answer_from`].
    async fn answer_for(
        &self,
        asked_for: &AskedFor,
        policy: &RowPolicy,
        ask: &Ask,
        release: Option<&ReleaseId>,
    ) -> Result<Answered, Failure> {
        let _ = asked_for;
        self.answer_from(policy, ask, release).await
    }

    /// Answers from the current release.
    ///
    /// # Errors
    /// As [`Answer::answer_from`].
    async fn answer(&self, policy: &RowPolicy, ask: &Ask) -> Result<Answered, Failure> {
        self.answer_from(policy, ask, None).await
    }

    /// Tells how a question is answered under a policy, without asking it.
    ///
    /// # Errors
    /// What the question itself is refused for.
    async fn explain(&self, policy: &RowPolicy, ask: &Ask) -> Result<Explained, Failure> {
        let _ = (policy, ask);
        Err(Failure::unavailable(
            "How these figures come about cannot be told here.",
        ))
    }

    /// The release that new questions are answered from.
    ///
    /// # Errors
    /// When no release has been published yet, or it cannot be opened.
    async fn release(&self) -> Result<ReleaseInfo, Failure>;

    /// The release of this name, or the current one.
    ///
    /// # Errors
    /// As [`Answer::release`]; not found, where it is kept no longer.
    async fn release_named(&self, release: Option<&ReleaseId>) -> Result<ReleaseInfo, Failure> {
        let current = self.release().await?;
        match release {
            Some(named) if *named != current.id => Err(Failure::not_found(format!(
                "The release {named} is not kept any more. Take it out of the address to see the current one, {}.",
                current.id
            ))),
            _ => Ok(current),
        }
    }

    /// The releases that can be asked, the current one first and then the newest first.
    ///
    /// # Errors
    /// As [`Answer::release`].
    async fn releases(&self) -> Result<Vec<ReleaseInfo>, Failure> {
        Ok(vec![self.release().await?])
    }

    /// The dashboard as its file says now.
    ///
    /// # Errors
    /// An unknown name, or a mistake in the file: file, line and what was expected.
    async fn dashboard(&self, name: &str) -> Result<Arc<Dashboard>, Failure>;

    /// The dashboards there are, in the order of the navigation.
    ///
    /// # Errors
    /// When the project's folder cannot be read. A mistake in one file leaves the others listed.
    async fn dashboards(&self) -> Result<Vec<DashboardLink>, Failure> {
        Ok(Vec::new())
    }

    /// What can be said of the metrics of a release, by name: what they are made of and broken down by.
    ///
    /// # Errors
    /// A mistake in the project's files: file, line and what was expected.
    async fn metrics(&self) -> Result<Vec<MetricAbout>, Failure> {
        Ok(Vec::new())
    }

    /// Draws the parts of a difference; `None` where there is nothing to draw.
    fn draw_waterfall(&self, _: &Waterfall) -> Option<Drawing> {
        None
    }

    /// What would follow from `levers`, by the end of this month and of each of the next twelve; empty where nobody can tell.
    fn project(&self, _observed: &Observed, _levers: &Levers) -> Vec<MonthEnd> {
        Vec::new()
    }

    /// Draws what a panel shows of its answers; empty for panels without charts. `asks` are the questions
    /// of `answers`, in order: they say which periods the range cuts, and what is compared.
    fn draw(
        &self,
        panel: &Panel,
        asks: &[Ask],
        answers: &[Answered],
        release: &ReleaseInfo,
    ) -> Vec<Drawing>;
}
