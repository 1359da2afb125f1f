//! The filters as a sentence: "Last 90 days vs prior period, weekly, OH".

use super::{Filters, RangeChoice};
use crate::{Comparison, Dashboard, ReleaseInfo, ask::UNKNOWN, format};

/// A filter with more values than this is counted rather than spelled out.
const SPELLED_OUT: usize = 3;

impl Filters {
    /// What the figures show, in words: range, comparison, grain, then each filter of the dashboard.
    #[must_use]
    pub fn sentence(&self, dashboard: &Dashboard, release: &ReleaseInfo) -> String {
        let mut sentence = match self.range {
            RangeChoice::Preset(preset) => preset.label().to_owned(),
            RangeChoice::Between { .. } => format::date_range(self.range(release)),
        };
        if let Some(compare) = self.compare {
            sentence.push_str(" vs ");
            sentence.push_str(&match compare {
                Comparison::Between(days) => format::date_range(days),
                _ => compare.label().to_ascii_lowercase(),
            });
        }
        sentence.push_str(", ");
        sentence.push_str(&self.grain(release).label().to_ascii_lowercase());
        for control in dashboard
            .filters
            .iter()
            .filter(|control| control.options.is_empty())
        {
            let Some(values) = self.chosen.get(&control.param) else {
                continue;
            };
            let said = match values.len() {
                0 => continue,
                1..=SPELLED_OUT => values
                    .iter()
                    .map(|value| {
                        if value == UNKNOWN {
                            "unknown"
                        } else {
                            value.as_str()
                        }
                    })
                    .collect::<Vec<_>>()
                    .join(" or "),
                n => format!("{n} values of {}", control.label.to_ascii_lowercase()),
            };
            sentence.push_str(", ");
            if self.excluded.contains(&control.param) {
                sentence.push_str("without ");
            }
            sentence.push_str(&said);
        }
        if let Some(pinned) = &self.release {
            sentence.push_str(&format!(", as of release {pinned}"));
        }
        sentence
    }
}
