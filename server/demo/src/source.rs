//! The six landing sources, their columns and what a column holds.

/// A landing source; the order is the one in which they are moved into place: purchases, referrals
/// and events last, so that whoever sees them sees what they refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    Schools,
    Products,
    Users,
    Purchases,
    Referrals,
    Events,
}

/// What a column holds; text formats write it as it is, Parquet types it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Text,
    Whole,
    YesNo,
    /// A decimal with so many digits after the point.
    Money(i8),
    Moment,
}

pub type Column = (&'static str, Holds);

use Holds::{Moment, Money, Text, Whole, YesNo};

const SCHOOLS: &[Column] = &[
    ("school_id", Text),
    ("name", Text),
    ("district", Text),
    ("city", Text),
    ("county", Text),
    ("state", Text),
    ("grades", Text),
    ("students", Whole),
    ("op", Text),
    ("updated_at", Moment),
];
const PRODUCTS: &[Column] = &[
    ("product_id", Text),
    ("name", Text),
    ("brand", Text),
    ("manufacturer_id", Text),
    ("department", Text),
    ("category", Text),
    ("product_type", Text),
    ("package_size", Text),
    ("is_eligible", YesNo),
    ("reward_per_unit", Money(4)),
    ("funding_source", Text),
    ("op", Text),
    ("updated_at", Moment),
];
const USERS: &[Column] = &[
    ("user_id", Text),
    ("email", Text),
    ("signed_up_at", Moment),
    ("state", Text),
    ("channel", Text),
    ("school_id", Text),
    ("inviter_user_id", Text),
    ("op", Text),
    ("updated_at", Moment),
];
const PURCHASES: &[Column] = &[
    ("purchase_id", Text),
    ("receipt_id", Text),
    ("user_id", Text),
    ("product_id", Text),
    ("retailer_id", Text),
    ("quantity", Whole),
    ("amount", Money(2)),
    ("discount", Money(2)),
    ("purchased_at", Moment),
    ("op", Text),
    ("updated_at", Moment),
];
const REFERRALS: &[Column] = &[
    ("referral_id", Text),
    ("inviter_user_id", Text),
    ("invitee_key", Text),
    ("channel", Text),
    ("invited_at", Moment),
    ("op", Text),
    ("updated_at", Moment),
];
const EVENTS: &[Column] = &[
    ("event_id", Text),
    ("event_type", Text),
    ("user_id", Text),
    ("occurred_at", Moment),
    ("properties", Text),
];

impl Source {
    pub const ALL: [Self; 6] = [
        Self::Schools,
        Self::Products,
        Self::Users,
        Self::Purchases,
        Self::Referrals,
        Self::Events,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Schools => "schools",
            Self::Products => "products",
            Self::Users => "users",
            Self::Purchases => "purchases",
            Self::Referrals => "referrals",
            Self::Events => "events",
        }
    }

    /// In file order; the first is the key.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Schools => SCHOOLS,
            Self::Products => PRODUCTS,
            Self::Users => USERS,
            Self::Purchases => PURCHASES,
            Self::Referrals => REFERRALS,
            Self::Events => EVENTS,
        }
    }

    /// The position of a column that the source has.
    pub fn column(self, name: &str) -> Option<usize> {
        self.columns().iter().position(|(n, _)| *n == name)
    }

    /// The column that says when the thing happened, where there is one beside `updated_at`.
    pub fn moment(self) -> Option<usize> {
        match self {
            Self::Schools | Self::Products => None,
            Self::Users => Some(2),
            Self::Purchases => Some(8),
            Self::Referrals => Some(4),
            Self::Events => Some(3),
        }
    }
}
