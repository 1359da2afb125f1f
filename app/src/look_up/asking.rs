//! The questions behind the page.

use futures::try_join;
use marts::{
    Aggregate, Ask, DateRange, DimensionFilter, Frame, Grain, Order, ReleaseInfo, Rows, Value,
    Values,
};

use super::{Found, One, Sought, What};
use crate::{AppError, Session};

/// Names listed of each kind.
const MOST_NAMES: u32 = 20;
/// Rows listed of one thing; more are told of, not shown.
pub(super) const MOST_ROWS: u32 = 100;

const SCHOOL: [&str; 4] = [
    "school__school_id",
    "school__school_name",
    "school__district",
    "school__state",
];
const USER: [&str; 7] = [
    "user__user_id",
    "user__signed_up_at",
    "user__state",
    "user__channel",
    "user__inviter",
    "user__generation",
    "user__first_purchase_at",
];
const RECEIPT: [&str; 9] = [
    "receipt__receipt_id",
    "receipt__purchased_on",
    "receipt__scanned_at",
    "receipt__outcome",
    "receipt__lines",
    "receipt__amount",
    "user__user_id",
    "school__school_id",
    "school__school_name",
];
const INVITE: [&str; 8] = [
    "invite__referral_id",
    "invite__invited_at",
    "invite__clicked_at",
    "invite__signed_up_at",
    "invite__first_purchase_at",
    "invite__rewarded_at",
    "invite__invitee",
    "invite__status",
];
const LINE: [&str; 8] = [
    "product__product_name",
    "product__department",
    "units",
    "retail_spend",
    "discount",
    "purchase__retailer_id",
    "purchase__file_id",
    "purchase__row_number",
];
const TOTALS: [&str; 4] = ["retail_spend", "receipts", "units", "shoppers"];

/// Answers what the address asks for, from the current release.
///
/// # Errors
/// As every question; a name that nothing has is no error.
pub async fn look_up(session: &Session, sought: Sought) -> Result<Found, AppError> {
    let release = session
        .answer
        .release()
        .await
        .map_err(|failure| session.failed(failure))?;
    let asking = Asking {
        session,
        release: &release,
    };
    let what = match &sought {
        Sought::Nothing => What::Nothing,
        Sought::Named(part) => asking.names(part).await?,
        Sought::School(id) => What::One(Box::new(asking.school(id).await?)),
        Sought::User(id) => What::One(Box::new(asking.user(id).await?)),
        Sought::Receipt(id) => What::One(Box::new(asking.receipt(id).await?)),
    };
    Ok(Found {
        release,
        sought,
        what,
    })
}

struct Asking<'a> {
    session: &'a Session,
    release: &'a ReleaseInfo,
}

impl Asking<'_> {
    async fn names(&self, part: &str) -> Result<What, AppError> {
        let holding = |dimension: &str| {
            Ask::Values(Values {
                dimension: dimension.to_owned(),
                search: Some(part.to_owned()),
                limit: MOST_NAMES,
            })
        };
        let (named, users, receipts) = try_join!(
            self.ask(holding("school__school_name")),
            self.ask(holding("user__user_id")),
            self.ask(holding("receipt__receipt_id")),
        )?;
        // Schools share names, so each name is looked up for its schools.
        let names: Vec<String> = named
            .rows
            .iter()
            .filter_map(|row| match row.first() {
                Some(Value::Text(name)) => Some(name.clone()),
                _ => None,
            })
            .collect();
        let schools = if names.is_empty() {
            Frame::default()
        } else {
            let filter = DimensionFilter {
                dimension: "school__school_name".to_owned(),
                values: names,
                exclude: false,
            };
            let order = vec![Order::ascending("school__school_name")];
            self.rows("schools", &SCHOOL, vec![filter], order, MOST_ROWS)
                .await?
        };
        Ok(What::Names {
            schools,
            users,
            receipts,
        })
    }

    async fn school(&self, id: &str) -> Result<One, AppError> {
        let of = || vec![DimensionFilter::only("school__school_id", id)];
        let months = Aggregate {
            filters: of(),
            grain: Some(Grain::Month),
            ..Aggregate::over(&TOTALS, self.observed())
        };
        let (facts, totals, months, receipts) = try_join!(
            self.rows("schools", &SCHOOL, of(), Vec::new(), 1),
            self.totals(of()),
            self.ask(Ask::Aggregate(months)),
            self.receipts(of()),
        )?;
        Ok(One {
            facts,
            totals: Some(totals),
            months: Some(months),
            receipts: Some(receipts),
            invites: None,
            lines: None,
        })
    }

    async fn user(&self, id: &str) -> Result<One, AppError> {
        let of = || vec![DimensionFilter::only("user__user_id", id)];
        let newest = vec![Order::descending("invite__invited_at")];
        let (facts, totals, receipts, invites) = try_join!(
            self.rows("users", &USER, of(), Vec::new(), 1),
            self.totals(of()),
            self.receipts(of()),
            self.rows("referrals", &INVITE, of(), newest, MOST_ROWS),
        )?;
        Ok(One {
            facts,
            totals: Some(totals),
            months: None,
            receipts: Some(receipts),
            invites: Some(invites),
            lines: None,
        })
    }

    async fn receipt(&self, id: &str) -> Result<One, AppError> {
        let of = || vec![DimensionFilter::only("receipt__receipt_id", id)];
        let (facts, lines) = try_join!(
            self.rows("receipts", &RECEIPT, of(), Vec::new(), 1),
            self.rows(
                "purchases",
                &LINE,
                of(),
                vec![Order::descending("retail_spend")],
                MOST_ROWS
            ),
        )?;
        Ok(One {
            facts,
            totals: None,
            months: None,
            receipts: None,
            invites: None,
            lines: Some(lines),
        })
    }

    async fn receipts(&self, filters: Vec<DimensionFilter>) -> Result<Frame, AppError> {
        let newest = vec![Order::descending("receipt__purchased_on")];
        self.rows("receipts", &RECEIPT, filters, newest, MOST_ROWS)
            .await
    }

    async fn totals(&self, filters: Vec<DimensionFilter>) -> Result<Frame, AppError> {
        self.ask(Ask::Aggregate(Aggregate {
            filters,
            ..Aggregate::over(&TOTALS, self.observed())
        }))
        .await
    }

    fn observed(&self) -> DateRange {
        let day = self.release.business_date;
        let (from, to) = self.release.observed.unwrap_or((day, day));
        DateRange { from, to }
    }

    async fn rows(
        &self,
        relation: &str,
        columns: &[&str],
        filters: Vec<DimensionFilter>,
        order: Vec<Order>,
        limit: u32,
    ) -> Result<Frame, AppError> {
        self.ask(Ask::Rows(Rows {
            relation: relation.to_owned(),
            columns: columns.iter().map(|&name| name.to_owned()).collect(),
            filters,
            order,
            limit,
            ..Rows::default()
        }))
        .await
    }

    /// All of one release, whatever is published meanwhile.
    async fn ask(&self, ask: Ask) -> Result<Frame, AppError> {
        self.session
            .answer
            .answer_from(&self.session.policy, &ask, Some(&self.release.id))
            .await
            .map(|answered| answered.frame)
            .map_err(|failure| self.session.failed(failure))
    }
}
