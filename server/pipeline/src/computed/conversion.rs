//! `fct_conversion_curve` and `fct_conversion_fit`: how invites turn into sign-ups over time, of all and by channel.

use std::collections::{BTreeMap, HashMap};

use forecast::Estimate;
use forecast::kaplan_meier::{Curve, Observed};
use forecast::mixture_cure::Fit;

use super::Reading;
use super::table::Row;
use crate::PipelineError;

const DAY: f64 = 86_400.0;
const ALL: &str = "all";
/// The curve's last day. Nearly all of those who will have signed up have by then.
const LAST_DAY: u32 = 120;
/// With fewer still waiting a day has no figure.
const FEWEST: usize = 10;

/// A segment's invites, and the number of each one's inviter.
#[derive(Default)]
struct Segment {
    answers: Vec<Observed>,
    inviters: Vec<usize>,
}

impl Segment {
    fn fit(&self) -> Option<Fit> {
        let many = self.inviters.iter().max().map_or(0, |most| most + 1);
        Fit::of(&self.answers, &self.inviters, many)
    }
}

/// Kaplan and Meier's curve by the day since the invite, with the fitted mixture beside it.
pub(super) fn curve(reading: &mut Reading<'_>) -> Result<Vec<Row>, PipelineError> {
    let today = reading.business_date()?;
    let mut rows = Vec::new();
    for (name, segment) in segments(reading)? {
        let (curve, fit) = (Curve::of(&segment.answers), segment.fit());
        let mut times: Vec<f64> = segment.answers.iter().map(|a| a.time).collect();
        times.sort_by(f64::total_cmp);
        for day in 0..=LAST_DAY {
            let at = f64::from(day);
            let waiting = times.len() - times.partition_point(|time| *time < at);
            if waiting < FEWEST {
                break;
            }
            let converted = segment
                .answers
                .iter()
                .filter(|a| a.happened && a.time <= at)
                .count();
            let nobody = Estimate {
                value: 0.0,
                low: 0.0,
                high: 0.0,
            };
            let share = curve.at(at).map_or(nobody, |step| Estimate {
                value: 1.0 - step.left.value,
                low: 1.0 - step.left.high,
                high: 1.0 - step.left.low,
            });
            rows.push(
                Row::default()
                    .text("segment", name.as_str())
                    .whole("days_since_invite", i64::from(day))
                    .whole("at_risk", i64::try_from(waiting).ok())
                    .whole("converted", i64::try_from(converted).ok())
                    .estimate(["estimate", "p05", "p95"], Some(share))
                    .estimate(
                        ["fitted", "fitted_p05", "fitted_p95"],
                        fit.as_ref().map(|fit| fit.converted_by(at)),
                    )
                    .text("method", "Kaplan–Meier, log(−log)")
                    .day("observed_through", today),
            );
        }
    }
    Ok(rows)
}

/// The mixture's parameters.
pub(super) fn fit(reading: &mut Reading<'_>) -> Result<Vec<Row>, PipelineError> {
    let today = reading.business_date()?;
    let mut rows = Vec::new();
    for (name, segment) in segments(reading)? {
        let fit = segment.fit();
        let converted = segment.answers.iter().filter(|a| a.happened).count();
        let parameters = [
            ("share", fit.as_ref().map(|f| f.share)),
            ("shape", fit.as_ref().map(|f| f.shape)),
            ("scale_days", fit.as_ref().map(|f| f.scale)),
        ];
        for (parameter, estimate) in parameters {
            rows.push(
                Row::default()
                    .text("segment", name.as_str())
                    .text("parameter", parameter)
                    .whole("invites", i64::try_from(segment.answers.len()).ok())
                    .whole("converted", i64::try_from(converted).ok())
                    .estimate(["estimate", "p05", "p95"], estimate)
                    .flag("is_mature", estimate.is_some())
                    .number("log_likelihood", fit.as_ref().map(|f| f.log_likelihood))
                    .text("method", "Weibull mixture cure, by inviter")
                    .day("observed_through", today),
            );
        }
    }
    Ok(rows)
}

/// All invites, and those of each channel that is not called as all of them.
fn segments(reading: &mut Reading<'_>) -> Result<BTreeMap<String, Segment>, PipelineError> {
    let select = "inviter_user_id, channel, seconds_observed, seconds_to_sign_up";
    let found = reading.rows("fct_referral_funnel", select, "referral_id")?;
    let (observed, answered) = (
        found.wholes("seconds_observed")?,
        found.wholes("seconds_to_sign_up")?,
    );
    let channels = found.texts("channel")?;
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut segments: BTreeMap<String, Segment> = BTreeMap::new();
    for (at, inviter) in found.texts("inviter_user_id")?.into_iter().enumerate() {
        let (Some(inviter), Some(observed)) = (inviter, observed[at]) else {
            continue;
        };
        let next = numbers.len();
        let number = *numbers.entry(inviter).or_insert(next);
        let answer = Observed {
            time: answered[at].unwrap_or(observed) as f64 / DAY,
            happened: answered[at].is_some(),
        };
        let channel = channels[at].as_deref().filter(|channel| *channel != ALL);
        for name in [Some(ALL), channel].into_iter().flatten() {
            let segment = segments.entry(name.to_owned()).or_default();
            segment.answers.push(answer);
            segment.inviters.push(number);
        }
    }
    Ok(segments)
}
