//! How many times something happens to one on average by an age, where not all were observed as long: Nelson and Aalen's
//! estimate for events that recur. Its variance is by user, so it holds however unevenly the events are spread over users.

/// Events by users of different age.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    /// Of each user, how long it was observed; sorted.
    ages: Vec<f64>,
    /// The age of each event and its user, by age. Only events within what was observed of their user.
    events: Vec<(f64, usize)>,
    /// Of each user, how long it was observed.
    observed: Vec<f64>,
}

impl Counted {
    /// `observed`: of each user, for how long. `events`: user and age at it; those outside of what was observed are left out.
    #[must_use]
    pub fn of(observed: &[f64], events: impl IntoIterator<Item = (usize, f64)>) -> Self {
        let mut ages = observed.to_vec();
        ages.sort_by(f64::total_cmp);
        let within = |&(user, age): &(usize, f64)| {
            observed
                .get(user)
                .is_some_and(|&end| age >= 0.0 && age <= end)
        };
        let mut events: Vec<(f64, usize)> = events
            .into_iter()
            .filter(within)
            .map(|(user, age)| (age, user))
            .collect();
        events.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        Self {
            ages,
            events,
            observed: observed.to_vec(),
        }
    }

    /// How many were observed at an age.
    #[must_use]
    pub fn at_risk(&self, age: f64) -> usize {
        self.ages.len() - self.ages.partition_point(|&end| end < age)
    }

    /// The greatest age at which a tenth of the users, and at least 30 of them, were still observed; `None` of fewer users.
    #[must_use]
    pub fn horizon(&self) -> Option<f64> {
        let needed = (self.ages.len() / 10).max(30);
        let at = self.ages.len().checked_sub(needed)?;
        self.ages.get(at).copied()
    }

    /// The mean number of events by an age.
    #[must_use]
    pub fn mean(&self, age: f64) -> f64 {
        self.steps(age).map(|(_, step)| step).sum()
    }

    /// How far each user moves [`Counted::mean`]: the sum of squares is its variance.
    #[must_use]
    pub fn influence(&self, age: f64) -> Vec<f64> {
        self.influence_of(age, |_| 1.0)
    }

    /// As [`Counted::influence`], of a sum in which an event at an age weighs as said.
    pub(crate) fn influence_of(&self, age: f64, weight: impl Fn(f64) -> f64) -> Vec<f64> {
        let mut moved = vec![0.0; self.observed.len()];
        let mut expected = Vec::new();
        let mut sum = 0.0;
        for ((at, user), (_, step)) in self.events.iter().zip(self.steps(age)) {
            let weight = weight(*at);
            moved[*user] += weight * step;
            // Of everybody at risk a step was expected, of a height of 1 / at risk.
            sum += weight * step * step;
            expected.push((*at, sum));
        }
        for (part, &end) in moved.iter_mut().zip(&self.observed) {
            let seen = expected.partition_point(|(at, _)| *at <= end);
            if let Some(last) = seen.checked_sub(1) {
                *part -= expected[last].1;
            }
        }
        moved
    }

    /// Each event up to an age with what it adds to the mean.
    fn steps(&self, age: f64) -> impl Iterator<Item = (f64, f64)> {
        self.events
            .iter()
            .take_while(move |(at, _)| *at <= age)
            .map(|(at, _)| (*at, 1.0 / self.at_risk(*at) as f64))
    }

    /// The ages of the events up to an age, each with the mean number after it.
    #[must_use]
    pub fn curve(&self, age: f64) -> Vec<(f64, f64)> {
        let mut sum = 0.0;
        self.steps(age)
            .map(|(at, step)| {
                sum += step;
                (at, sum)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn observed_to_the_end_it_is_the_plain_mean_and_its_variance() {
        let counted = Counted::of(&[10.0; 4], [(0, 1.0), (0, 2.0), (0, 3.0), (1, 9.0)]);
        assert!((counted.mean(10.0) - 1.0).abs() < 1e-12);
        assert!((counted.mean(2.0) - 0.5).abs() < 1e-12);
        // Counts 3, 1, 0, 0 of mean 1: the variance of the mean is (4 + 0 + 1 + 1) / 4².
        let variance: f64 = counted.influence(10.0).iter().map(|m| m * m).sum();
        assert!((variance - 6.0 / 16.0).abs() < 1e-12, "{variance}");
    }

    #[test]
    fn who_was_not_observed_so_long_counts_only_as_long() {
        // One of two was observed to the age of 5: an event at 8 is one per user that was there to have it.
        let counted = Counted::of(&[5.0, 10.0], [(1, 8.0), (0, 3.0), (0, 6.0)]);
        assert!((counted.mean(10.0) - 1.5).abs() < 1e-12);
        assert_eq!((counted.at_risk(5.0), counted.at_risk(5.1)), (2, 1));
    }
}
