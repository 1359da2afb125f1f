//! Who invited whom, as the marts tell it.

use std::collections::HashMap;

use forecast::kaplan_meier::Observed;
use forecast::viral::{Invite, Network, SignUp};
use jiff::civil::Date;

use super::Reading;
use crate::PipelineError;

const DAY: f64 = 86_400.0;

/// Sign-ups of each user, and all invites and referred sign-ups by them, in numbers.
pub(super) struct Known {
    pub network: Network,
    pub signed_up_on: Vec<Date>,
    /// Of the network's invites.
    pub invited_on: Vec<Date>,
    /// Inviter and day of each referred sign-up, whatever came first.
    pub referred: Vec<(usize, Date)>,
}

impl Known {
    pub fn read(reading: &mut Reading<'_>) -> Result<Self, PipelineError> {
        let users = reading.rows(
            "agg_user_invites",
            "user_id, signed_up_on, seconds_observed",
            "user_id",
        )?;
        let (mut numbers, mut network, mut signed_up_on) =
            (HashMap::new(), Network::default(), Vec::new());
        for ((id, on), seconds) in users
            .texts("user_id")?
            .into_iter()
            .zip(users.days("signed_up_on")?)
            .zip(users.wholes("seconds_observed")?)
        {
            if let (Some(id), Some(on), Some(seconds)) = (id, on, seconds) {
                numbers.insert(id, network.users.len());
                network.users.push(seconds as f64 / DAY);
                signed_up_on.push(on);
            }
        }
        let of = |id: &Option<String>| id.as_ref().and_then(|id| numbers.get(id).copied());

        let select = "inviter_user_id, invited_on, seconds_from_inviter_sign_up, seconds_observed, seconds_to_sign_up";
        let invites = reading.rows("fct_referral_funnel", select, "referral_id")?;
        let mut invited_on = Vec::new();
        let (ages, observed) = (
            invites.wholes("seconds_from_inviter_sign_up")?,
            invites.wholes("seconds_observed")?,
        );
        let (answered, days) = (
            invites.wholes("seconds_to_sign_up")?,
            invites.days("invited_on")?,
        );
        for (at, id) in invites.texts("inviter_user_id")?.iter().enumerate() {
            let (Some(user), Some(age), Some(observed), Some(on)) =
                (of(id), ages[at], observed[at], days[at])
            else {
                continue;
            };
            let time = answered[at].unwrap_or(observed) as f64 / DAY;
            let answer = Observed {
                time,
                happened: answered[at].is_some(),
            };
            // By the clocks of the zone a day can lack an hour: an invite of that hour is as old as its sender.
            let age = (age as f64 / DAY).min(network.users[user]);
            network.invites.push(Invite { user, age, answer });
            invited_on.push(on);
        }

        let select =
            "inviter_user_id, signed_up_on, cycle_seconds, referral_id is not null as is_named";
        let sign_ups = reading.rows("fct_referred_sign_up", select, "user_id")?;
        let mut referred = Vec::new();
        let (cycles, named) = (
            sign_ups.wholes("cycle_seconds")?,
            sign_ups.flags("is_named")?,
        );
        let days = sign_ups.days("signed_up_on")?;
        for (at, id) in sign_ups.texts("inviter_user_id")?.iter().enumerate() {
            let (Some(user), Some(cycle), Some(named), Some(on)) =
                (of(id), cycles[at], named[at], days[at])
            else {
                continue;
            };
            referred.push((user, on));
            if cycle >= 0 {
                let age = (cycle as f64 / DAY).min(network.users[user]);
                network.sign_ups.push(SignUp { user, age, named });
            }
        }
        Ok(Self {
            network,
            signed_up_on,
            invited_on,
            referred,
        })
    }
}
