//! Rows of users: sign-ups and changes of school.

use crate::DemoError;
use crate::calendar::{Calendar, DAY};
use crate::day::postpone;
use crate::dirt::Kind;
use crate::fates::{Fates, Inviter, Landing};
use crate::inject::{Injector, Sheet, Subject};
use crate::parallel;
use crate::rows::{Note, Outcome};
use crate::schools::Schools;
use crate::stream::{Streams, Topic};
use crate::users::Users;

/// A later change of a user: when, who, the new school.
type Change = (u32, u32, usize);

/// Users by landing day. Sign-ups are in order of time, so a day's are a range of users; only the
/// changes (about one user in twenty) are kept in memory.
pub struct People<'a> {
    users: &'a Users<'a>,
    schools: &'a Schools,
    streams: &'a Streams,
    calendar: &'a Calendar,
    fates: &'a Fates<'a>,
    injector: &'a Injector<'a>,
    /// The first user who lands on each day or later.
    starts: Vec<u32>,
    changes: Vec<Change>,
}

impl<'a> People<'a> {
    pub fn new(
        users: &'a Users<'a>,
        schools: &'a Schools,
        streams: &'a Streams,
        calendar: &'a Calendar,
        fates: &'a Fates<'a>,
        injector: &'a Injector<'a>,
        threads: usize,
    ) -> Result<Self, DemoError> {
        let mut starts: Vec<u32> = (0..calendar.days())
            .map(|day| {
                first_user(users.count(), |user| {
                    calendar.landing_day(users.sign_up(user).at) >= day
                })
            })
            .collect();
        starts.push(users.count());
        let changes = parallel::map(threads, calendar.days(), |day| {
            let changes: Vec<Change> = (starts[day]..starts[day + 1])
                .filter_map(|user| {
                    let (at, school) = users.change(user, users.school(user))?;
                    Some((at, user, school))
                })
                .collect();
            Ok(changes)
        })?;
        let mut changes: Vec<Change> = changes.into_iter().flatten().collect();
        changes.sort_unstable();
        Ok(Self {
            users,
            schools,
            streams,
            calendar,
            fates,
            injector,
            starts,
            changes,
        })
    }

    pub fn signing_up(&self, day: usize) -> std::ops::Range<u32> {
        self.starts[day]..self.starts[day + 1]
    }

    /// The changes that land on a day.
    pub fn changing(&self, day: usize) -> &[Change] {
        let from = self
            .changes
            .partition_point(|c| self.calendar.landing_day(c.0) < day);
        let to = self
            .changes
            .partition_point(|c| self.calendar.landing_day(c.0) <= day);
        &self.changes[from..to]
    }

    fn moment(&self, at: u32) -> String {
        self.calendar.text(i64::from(at), "Z")
    }

    /// When the user chose the new school in the app: minutes before the row that says so, on the same UTC day.
    pub fn told_at(&self, user: u32, row_at: u32) -> u32 {
        let minutes = self.streams.unit(Topic::Move, u64::from(user), 0xff_fff0) * 18.0 + 2.0;
        row_at
            .saturating_sub((minutes * 60.0) as u32)
            .max(row_at / DAY * DAY)
    }

    pub fn fill(&self, day: usize, sheet: &mut Sheet) {
        let sign_ups = self
            .signing_up(day)
            .map(|user| (self.users.sign_up(user).at, user, None));
        let changes = self
            .changing(day)
            .iter()
            .map(|&(at, user, school)| (at, user, Some(school)));
        let mut entries: Vec<(u32, u32, Option<usize>)> = sign_ups.chain(changes).collect();
        entries.sort_by_key(|(at, ..)| *at);
        for (at, user, moved_to) in entries {
            self.row(day, at, user, moved_to, sheet);
        }
    }

    fn row(&self, day: usize, at: u32, user: u32, moved_to: Option<usize>, sheet: &mut Sheet) {
        let landing = self.fates.landing(user);
        if landing == Landing::Never {
            return;
        }
        let id = Users::id(user);
        let chosen = self.users.school(user);
        let school = moved_to.unwrap_or(chosen);
        let signed_up = self.users.sign_up(user).at;
        let inviter = self.fates.inviter(user);
        let note = |kind, what| Note {
            kind,
            key: id.clone(),
            what,
        };
        let (inviter_id, fault) = match inviter {
            Inviter::Nobody => (String::new(), None),
            Inviter::Known(inviter) => (Users::id(inviter), None),
            Inviter::Itself => (id.clone(), Some(note(Kind::SelfReferral, "own inviter"))),
            Inviter::Circular(next) => (Users::id(next), Some(note(Kind::Cycle, "in a circle"))),
            Inviter::Stranger => {
                let lands = self.fates.stranger_lands(user) != Landing::Never;
                let what = if lands {
                    "inviter lands later"
                } else {
                    "inviter never lands"
                };
                (
                    Fates::stranger_id(user),
                    Some(note(Kind::OrphanInviter, what)),
                )
            }
        };
        let channel = match inviter {
            Inviter::Nobody => self.users.channel(user, None),
            _ => "referral",
        };
        let has_change = match moved_to {
            Some(_) => true,
            None => self.users.change(user, chosen).is_some(),
        };
        let rows = &mut sheet.rows;
        rows.field(&id);
        rows.field(format!("{id}@example.com"));
        rows.field(self.moment(signed_up));
        rows.field(self.schools.all[school].state.code);
        rows.field(channel);
        rows.field(Schools::id(school));
        rows.field(&inviter_id);
        rows.field(if moved_to.is_some() { "U" } else { "I" });
        rows.field(self.moment(at));
        rows.end_row(if moved_to.is_none() && has_change {
            Outcome::Superseded
        } else {
            Outcome::Live
        });
        if inviter == Inviter::Stranger
            && moved_to.is_none()
            && let Landing::From(lands) = self.fates.stranger_lands(user)
        {
            self.stranger(user, signed_up, school, lands, sheet);
        }
        match landing {
            Landing::From(from) => postpone(
                sheet,
                from.max(day),
                note(Kind::OrphanUser, "the user at last"),
            ),
            _ if fault.is_some() => {
                if let Some(fault) = fault {
                    sheet.rows.note(fault);
                }
            }
            _ => {
                let subject = Subject {
                    number: u64::from(user),
                    variant: u64::from(moved_to.is_some()),
                    at,
                    day,
                    user: Some(user),
                    sole: !has_change,
                };
                self.injector.settle(sheet, &subject);
            }
        }
    }

    /// The inviter whose own row lands after that of the invited.
    fn stranger(&self, user: u32, signed_up: u32, school: usize, day: usize, sheet: &mut Sheet) {
        let id = Fates::stranger_id(user);
        let at = self.moment(signed_up.saturating_sub(3 * DAY));
        let fields = [
            &id,
            &format!("{id}@example.com"),
            &at,
            self.schools.all[school].state.code,
            "organic",
            &Schools::id(school),
            "",
            "I",
            &at,
        ];
        // Written first and taken out again, so that the sheet's last row stays the user's.
        let mine = sheet.rows.pop();
        for field in fields {
            sheet.rows.field(field);
        }
        sheet.rows.end_row(Outcome::Live);
        postpone(
            sheet,
            day,
            Note {
                kind: Kind::OrphanInviter,
                key: id,
                what: "the inviter at last",
            },
        );
        if let Some(mine) = mine {
            sheet.rows.push(&mine);
        }
    }
}

fn first_user(count: u32, landed: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if landed(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}
