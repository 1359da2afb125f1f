//! One landing day: every source's rows, in order of time, with their faults.

use crate::activity::{Activity, Happening, What, rejection};
use crate::bank::{Deal, Earning};
use crate::basket::{Line, Shelves};
use crate::calendar::Calendar;
use crate::dated::Dated;
use crate::dirt::Kind;
use crate::fates::{Fates, Landing};
use crate::inject::{Injector, Later, Sheet, Subject};
use crate::invites::{Invites, by_link};
use crate::office::Office;
use crate::people::People;
use crate::rows::{Note, Outcome, Row};
use crate::schools::Schools;
use crate::source::Source;
use crate::spill::{Receipt, Total};
use crate::stream::{Streams, Topic};
use crate::text::{cents, padded};
use crate::users::Users;

/// Everything a day is made from.
pub struct Days<'a> {
    pub calendar: &'a Calendar,
    pub streams: &'a Streams,
    pub users: &'a Users<'a>,
    pub shelves: &'a Shelves<'a>,
    pub invites: &'a Invites,
    pub office: &'a Office<'a>,
    pub people: &'a People<'a>,
    pub fates: &'a Fates<'a>,
    pub dated: &'a Dated,
    pub injector: &'a Injector<'a>,
    pub activity: &'a Activity<'a>,
    /// Receipts and lines before each day.
    pub first: &'a [Total],
}

impl Days<'_> {
    /// What people do in the app because of a day's receipts and sign-ups, that day and later.
    pub fn happenings(&self, day: usize, receipts: &[Receipt]) -> Vec<Happening> {
        let mut all = Vec::with_capacity(receipts.len() * 3);
        for (number, receipt) in (self.first[day].receipts + 1..).zip(receipts) {
            self.activity.of_receipt(receipt, number, &mut all);
        }
        for user in self.people.signing_up(day) {
            let at = self.users.sign_up(user).at;
            let invite = self
                .invites
                .accepted(user)
                .filter(|&number| by_link(number, self.streams));
            self.activity.of_sign_up(user, at, invite, &mut all);
        }
        for &(at, user, school) in self.people.changing(day) {
            all.push(Happening {
                at: self.people.told_at(user, at),
                what: What::SchoolChanged,
                user,
                number: school as u64,
            });
        }
        for &(at, number) in self.invites.clicks_on(day) {
            all.push(Happening {
                at,
                what: What::InviteClicked,
                user: 0,
                number: u64::from(number),
            });
        }
        all
    }

    /// What a day's lines earn.
    pub fn earnings(&self, day: usize, receipts: &[Receipt]) -> Vec<Earning> {
        let mut basket: Vec<Line> = Vec::new();
        let mut earned = Vec::new();
        let mut purchase = self.first[day].lines;
        for receipt in receipts {
            let retailer = self.shelves.retailer(receipt);
            self.shelves.fill(receipt, retailer, &mut basket);
            for line in &basket {
                purchase += 1;
                let reward = self.shelves.reward(line, day);
                if reward > 0 {
                    earned.push(Earning {
                        at: receipt.at,
                        user: receipt.user,
                        purchase,
                        reward,
                    });
                }
            }
        }
        earned
    }

    /// The day's sheets, by source. `deals` are what the bank's events are about.
    pub fn sheets(
        &self,
        day: usize,
        receipts: &[Receipt],
        happened: &[Happening],
        deals: &[Deal],
    ) -> Vec<Sheet> {
        let mut sheets: Vec<Sheet> = Source::ALL.into_iter().map(Sheet::new).collect();
        self.office.fill(day, &mut sheets, self.injector);
        self.people.fill(day, &mut sheets[Source::Users as usize]);
        self.purchases(day, receipts, &mut sheets[Source::Purchases as usize]);
        self.referrals(day, &mut sheets[Source::Referrals as usize]);
        self.events(day, happened, deals, &mut sheets[Source::Events as usize]);
        sheets
    }

    fn purchases(&self, day: usize, receipts: &[Receipt], sheet: &mut Sheet) {
        let mut basket: Vec<Line> = Vec::new();
        let mut moment = Vec::new();
        let before = self.first[day];
        let mut purchase = before.lines;
        let new_column = self.dated.has_new_column(Source::Purchases, day);
        for (number, receipt) in (before.receipts + 1..).zip(receipts) {
            let retailer = self.shelves.retailer(receipt);
            self.shelves.fill(receipt, retailer, &mut basket);
            moment.clear();
            self.calendar.write_moment(receipt.at, &mut moment);
            let known = self.fates.landing(receipt.user);
            for line in &basket {
                purchase += 1;
                let rows = &mut sheet.rows;
                let mut number_field = |prefix: &[u8], value: u64, width: usize| {
                    padded(rows.text(), prefix, value, width);
                    rows.end_field();
                };
                number_field(b"pu", purchase, 10);
                number_field(b"r", number, 9);
                number_field(b"u", u64::from(receipt.user) + 1, 7);
                number_field(b"p", u64::from(line.product) + 1, 5);
                number_field(b"rt", retailer as u64 + 1, 3);
                number_field(b"", u64::from(line.quantity), 1);
                cents(rows.text(), line.amount);
                rows.end_field();
                cents(rows.text(), line.discount);
                rows.end_field();
                rows.field(&moment);
                rows.field("I");
                rows.field(&moment);
                if new_column {
                    rows.field(self.loyalty(receipt.user));
                }
                self.judge(
                    sheet,
                    known,
                    Subject {
                        number: purchase,
                        variant: 0,
                        at: receipt.at,
                        day,
                        user: Some(receipt.user),
                        sole: true,
                    },
                );
            }
        }
    }

    /// Ends a row that needs its user to be known.
    fn judge(&self, sheet: &mut Sheet, known: Landing, subject: Subject) {
        let note = |sheet: &mut Sheet, what| {
            let rows = &mut sheet.rows;
            let key = String::from_utf8_lossy(rows.get(rows.len() - 1, 0)).into_owned();
            rows.note(Note {
                kind: Kind::OrphanUser,
                key,
                what,
            });
        };
        match known {
            Landing::Never => {
                sheet.rows.end_row(Outcome::OrphanUser);
                note(sheet, "user never lands");
            }
            Landing::From(from) if from > subject.day => {
                sheet.rows.end_row(Outcome::Live);
                note(sheet, "user lands later");
            }
            Landing::From(_) | Landing::AtOnce => {
                sheet.rows.end_row(Outcome::Live);
                self.settle(sheet, &subject);
            }
        }
    }

    fn settle(&self, sheet: &mut Sheet, subject: &Subject) {
        // Whatever is said in a file that never arrives is lost as it is.
        if !self.dated.is_missing(sheet.rows.source, subject.day) {
            self.injector.settle(sheet, subject);
        }
    }

    fn loyalty(&self, user: u32) -> &'static str {
        match self.streams.unit(Topic::Profile, u64::from(user), 3) {
            u if u < 0.6 => "none",
            u if u < 0.9 => "silver",
            _ => "gold",
        }
    }

    fn referrals(&self, day: usize, sheet: &mut Sheet) {
        let (first, invites) = self.invites.on(day);
        for (number, invite) in (first..).zip(invites) {
            let rows = &mut sheet.rows;
            let moment = self.calendar.text(i64::from(invite.at), "Z");
            rows.field(Invites::id(number));
            rows.field(Users::id(invite.inviter));
            rows.field(Invites::contact(number, invite, self.streams));
            rows.field(Invites::channel(number, self.streams));
            rows.field(&moment);
            rows.field("I");
            rows.field(&moment);
            rows.end_row(Outcome::Live);
            let subject = Subject {
                number: u64::from(number),
                variant: 0,
                at: invite.at,
                day,
                user: Some(invite.inviter),
                sole: true,
            };
            self.settle(sheet, &subject);
        }
    }

    fn events(&self, day: usize, happened: &[Happening], deals: &[Deal], sheet: &mut Sheet) {
        for event in happened {
            let deal = (event.what == What::Money).then(|| deals[event.number as usize]);
            let nobody =
                event.what == What::InviteClicked || matches!(deal, Some(Deal::Created(_)));
            let user = (!nobody).then_some(event.user);
            let rows = &mut sheet.rows;
            padded(rows.text(), b"ev", event.what.code(), 1);
            let (number, width) = match event.what {
                What::SignedUp | What::SchoolChanged => (u64::from(event.user) + 1, 7),
                What::Money => (event.number + 1, 9),
                _ => (event.number, 9),
            };
            padded(rows.text(), b"", number, width);
            rows.end_field();
            let name = match event.what {
                What::InviteClicked => "invite_clicked",
                What::SignedUp => "signed_up",
                What::LookedAround | What::Opened => "app_opened",
                What::ReceiptScanned => "receipt_scanned",
                What::ReceiptRejected => "receipt_rejected",
                What::SchoolChanged => "school_changed",
                What::Money => deal.map_or("", Deal::name),
            };
            rows.field(name);
            if let Some(user) = user {
                padded(rows.text(), b"u", u64::from(user) + 1, 7);
            }
            rows.end_field();
            self.calendar.write_moment(event.at, rows.text());
            rows.end_field();
            match deal {
                Some(deal) => rows
                    .text()
                    .extend_from_slice(deal.properties(self.calendar).as_bytes()),
                None => self.properties(event, rows.text()),
            }
            rows.end_field();
            let known = user.map_or(Landing::AtOnce, |user| self.fates.landing(user));
            self.judge(
                sheet,
                known,
                Subject {
                    number,
                    variant: event.what.code(),
                    at: event.at,
                    day,
                    user,
                    sole: true,
                },
            );
        }
    }

    fn properties(&self, event: &Happening, to: &mut Vec<u8>) {
        let number = event.number;
        match event.what {
            What::LookedAround | What::Opened | What::Money => to.extend_from_slice(b"{}"),
            What::SignedUp if number == 0 => to.extend_from_slice(b"{}"),
            What::SignedUp | What::InviteClicked => {
                padded(to, b"{\"referral_id\":\"rf", number, 8);
                to.extend_from_slice(b"\"}");
            }
            What::ReceiptScanned => {
                padded(to, b"{\"receipt_id\":\"r", number, 9);
                to.extend_from_slice(b"\"}");
            }
            What::ReceiptRejected => {
                padded(to, b"{\"receipt_id\":\"r", number, 9);
                to.extend_from_slice(b"\",\"reason\":\"");
                to.extend_from_slice(rejection(number, self.streams).as_bytes());
                to.extend_from_slice(b"\"}");
            }
            What::SchoolChanged => {
                to.extend_from_slice(b"{\"school_id\":\"");
                to.extend_from_slice(Schools::id(number as usize).as_bytes());
                to.extend_from_slice(b"\"}");
            }
        }
    }
}

/// Moves the sheet's last row to a later day, with why.
pub fn postpone(sheet: &mut Sheet, day: usize, note: Note) {
    if let Some(row) = sheet.rows.pop() {
        sheet.later.push(Later {
            day,
            row: Row {
                note: Some(note),
                ..row
            },
        });
    }
}
