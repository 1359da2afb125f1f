//! Where to look when an engine refuses what the files say: their SQL is known to nobody else before it is asked.

use super::{Catalogue, MetricKind};
use crate::{Ask, Failure};

/// More places than these help nobody.
const MOST_PLACES: usize = 4;

impl Catalogue {
    /// The engine's refusal of a question, with the places in the project's files that its SQL comes from: those that
    /// hold a name which the engine complains of, or, where none does, all of them.
    #[must_use]
    pub fn placed(&self, refusal: Failure, ask: &Ask) -> Failure {
        let written = self.written(ask);
        let named: Vec<&str> = quoted(&refusal.detail);
        let holds = |expr: &str| {
            let mut words = expr.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            words.any(|word| named.iter().any(|name| name.eq_ignore_ascii_case(word)))
        };
        let mut places: Vec<&str> = Vec::new();
        let suspects = written.iter().filter(|(expr, _)| holds(expr));
        let suspects: Vec<&(&str, &str)> = match suspects.clone().next() {
            Some(_) => suspects.collect(),
            None => written.iter().collect(),
        };
        for (_, place) in suspects {
            if !places.contains(place) && places.len() < MOST_PLACES {
                places.push(place);
            }
        }
        if places.is_empty() {
            return refusal;
        }
        let message = format!(
            "{} Look at {}; an older release may also lack what is named there.",
            refusal.message,
            places.join(", ")
        );
        Failure { message, ..refusal }
    }

    /// The SQL of all that a question names, each with its place.
    fn written(&self, ask: &Ask) -> Vec<(&str, &str)> {
        let (names, filters) = match ask {
            Ask::Aggregate(ask) => (
                ask.metrics.iter().chain(&ask.dimensions).collect(),
                ask.filters.as_slice(),
            ),
            Ask::Values(ask) => (vec![&ask.dimension], [].as_slice()),
            Ask::Rows(ask) => (ask.columns.iter().collect(), ask.filters.as_slice()),
        };
        let filtered = filters.iter().map(|filter| &filter.dimension);
        let mut written = Vec::new();
        for name in names.into_iter().chain(filtered) {
            if let Some(dimension) = self.dimensions.get(name) {
                written.push((dimension.expr.as_str(), dimension.written.as_str()));
            }
            for part in self
                .metrics
                .get(name)
                .map_or_else(Vec::new, |m| self.parts(m))
            {
                if let MetricKind::Simple { model, measure } = &part.kind
                    && let Some(measure) =
                        self.models.get(model).and_then(|m| m.measures.get(measure))
                {
                    written.push((measure.expr.as_str(), measure.written.as_str()));
                }
            }
        }
        written
    }
}

/// The names in an engine's words, which stand in quotes of one kind or the other.
fn quoted(detail: &str) -> Vec<&str> {
    let within = |quote| detail.split(quote).skip(1).step_by(2);
    within('"').chain(within('`')).collect()
}
