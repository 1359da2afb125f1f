//! What would follow if rates stayed as they are, or were others: day by day, without chance.

/// How users come. All rates are by day.
#[derive(Debug, Clone, PartialEq)]
pub struct Growth {
    /// Users there are.
    pub users: f64,
    /// Sign-ups of the last days, the latest last: those whom they will bring are on their way.
    pub recent: Vec<f64>,
    /// Users who come by themselves, by day.
    pub unreferred_per_day: f64,
    /// Users that a user brings in the end.
    pub k: f64,
    /// Days from a user's sign-up to those whom they bring, on average; 1 or more.
    pub cycle_days: f64,
}

impl Growth {
    /// Users at the end of each of the next `days`.
    ///
    /// The users that a user brings come with geometric delays of mean `cycle_days`: those on their way are one number, of
    /// which `1 / cycle_days` arrive each day. With k below 1 the sign-ups by day go to `unreferred / (1 − k)`.
    #[must_use]
    pub fn users(&self, days: usize) -> Vec<f64> {
        let arriving = 1.0 / self.cycle_days.max(1.0);
        let mut under_way = 0.0;
        for sign_ups in &self.recent {
            under_way = under_way * (1.0 - arriving) + self.k * sign_ups;
        }
        let mut users = self.users;
        let mut ahead = Vec::with_capacity(days);
        for _ in 0..days {
            let sign_ups = self.unreferred_per_day + arriving * under_way;
            under_way = under_way * (1.0 - arriving) + self.k * sign_ups;
            users += sign_ups;
            ahead.push(users);
        }
        ahead
    }
}

/// What is owed to users, by the days since it was earned.
#[derive(Debug, Clone, PartialEq)]
pub struct Liability {
    /// Owed and not asked for, by whole days since it was earned.
    pub by_age: Vec<f64>,
    /// Asked for and not paid; it stays as it is.
    pub in_settlement: f64,
    /// Earned on each of the next days.
    pub earned: Vec<f64>,
    /// Days until what is earned can be asked for.
    pub vest_days: usize,
    /// Days after which what was not asked for is owed no more; more than `vest_days`.
    pub expiry_days: usize,
    /// The share of what can be asked for that is paid out each day, 0 to 1.
    pub paid_per_day: f64,
}

/// The end of one day.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Owed {
    pub owed: f64,
    /// Since the first day.
    pub earned: f64,
    pub paid: f64,
    pub expired: f64,
}

impl Liability {
    /// The end of each day for which `earned` is given. `owed` is what was owed, plus earned, less paid and expired.
    #[must_use]
    pub fn ahead(&self) -> Vec<Owed> {
        let expiry = self.expiry_days.max(self.vest_days.saturating_add(1));
        let mut by_age = vec![0.0; expiry];
        let mut sum = Owed::default();
        for (age, amount) in self.by_age.iter().enumerate() {
            match by_age.get_mut(age) {
                Some(place) => *place += amount,
                // Under these terms it had its time.
                None => sum.expired += amount,
            }
        }
        let mut days = Vec::with_capacity(self.earned.len());
        for earned in &self.earned {
            sum.expired += by_age.pop().unwrap_or_default();
            by_age.insert(0, *earned);
            sum.earned += earned;
            for amount in by_age.iter_mut().skip(self.vest_days) {
                let paid = *amount * self.paid_per_day;
                *amount -= paid;
                sum.paid += paid;
            }
            sum.owed = by_age.iter().sum::<f64>() + self.in_settlement;
            days.push(sum);
        }
        days
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    fn growth(k: f64) -> Growth {
        Growth {
            users: 1_000.0,
            recent: Vec::new(),
            unreferred_per_day: 10.0,
            k,
            cycle_days: 11.0,
        }
    }

    #[test]
    fn sign_ups_go_to_those_who_come_by_themselves_amplified() {
        let users = growth(0.35).users(400);
        let last = users[399] - users[398];
        assert!((last - 10.0 / (1.0 - 0.35)).abs() < 1e-3, "{last}");
        let alone = growth(0.0).users(30);
        assert!((alone[29] - 1_300.0).abs() < 1e-9);
    }

    #[test]
    fn a_cohort_brings_k_users_each_after_the_cycle_time_on_average() {
        // One day's sign-ups and nobody else: those whom they bring, and whom these bring.
        let one = Growth {
            users: 0.0,
            recent: vec![100.0],
            unreferred_per_day: 0.0,
            k: 0.5,
            cycle_days: 8.0,
        };
        let users = one.users(2_000);
        // k + k² + … = k / (1 − k).
        let share = users[1_999] / 100.0;
        assert!((share - 1.0).abs() < 1e-6, "{share}");
    }

    #[test]
    fn more_than_one_for_one_never_levels_off() {
        let users = growth(1.2).users(200);
        assert!(users[199] - users[198] > 2.0 * (users[99] - users[98]));
    }

    fn liability() -> Liability {
        Liability {
            by_age: vec![2.0; 365],
            in_settlement: 50.0,
            earned: vec![3.0; 500],
            vest_days: 14,
            expiry_days: 365,
            paid_per_day: 0.01,
        }
    }

    #[test]
    fn every_day_ties_out() {
        for terms in [(14, 365), (0, 30), (60, 90), (400, 10)] {
            let scenario = Liability {
                vest_days: terms.0,
                expiry_days: terms.1,
                ..liability()
            };
            for day in scenario.ahead() {
                let closing = 2.0 * 365.0 + 50.0 + day.earned - day.paid - day.expired;
                assert!((closing - day.owed).abs() < 1e-6, "{terms:?}: {day:?}");
            }
        }
    }

    #[test]
    fn without_cash_outs_what_is_owed_is_what_was_earned_in_time() {
        let idle = Liability {
            paid_per_day: 0.0,
            ..liability()
        };
        let last = *idle.ahead().last().unwrap();
        assert!((last.owed - (3.0 * 365.0 + 50.0)).abs() < 1e-6, "{last:?}");
        assert!(last.paid.abs() < 1e-12);
    }

    #[test]
    fn a_steady_state_is_the_sum_over_ages() {
        let last = *liability().ahead().last().unwrap();
        // Fourteen days in full, then one in a hundred less each day up to the 365th.
        let available: f64 = (1..=365 - 14).map(|day| 0.99_f64.powi(day)).sum();
        let owed = 3.0 * (14.0 + available) + 50.0;
        assert!((last.owed - owed).abs() < 1e-6, "{last:?} {owed}");
    }

    #[test]
    fn shorter_terms_release_what_is_older_at_once() {
        let short = Liability {
            expiry_days: 100,
            ..liability()
        };
        let first = short.ahead()[0];
        assert!(
            (first.expired - (2.0 * 265.0 + 2.0)).abs() < 1e-9,
            "{first:?}"
        );
    }
}
