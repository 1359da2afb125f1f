//! What is known of one school, user or receipt, and where one is found by a part of its name.
//!
//! Users are known by pseudonyms only; every question goes through the row policy, so what is not open to the reader is
//! not found.

mod asking;
mod report;
mod timeline;

use marts::{Frame, ReleaseInfo};

use crate::url::split_query;

pub use asking::look_up;
pub use report::report;

/// What the address asks for: `?q=…`, `?school=…`, `?user=…`, `?receipt=…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    Nothing,
    /// Whatever has this in its name.
    Named(String),
    School(String),
    User(String),
    Receipt(String),
}

/// Longer names are nobody's.
const LONGEST_NAME: usize = 200;

impl Sought {
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let (_, query) = split_query(query.trim_start_matches('?'));
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value: String = value.trim().chars().take(LONGEST_NAME).collect();
            if value.is_empty() {
                continue;
            }
            match name.as_ref() {
                "q" => return Self::Named(value),
                "school" => return Self::School(value),
                "user" => return Self::User(value),
                "receipt" => return Self::Receipt(value),
                _ => {}
            }
        }
        Self::Nothing
    }
}

/// Everything the page shows.
pub struct Found {
    pub release: ReleaseInfo,
    pub sought: Sought,
    pub what: What,
}

pub enum What {
    Nothing,
    /// Names that hold what was sought: schools (id, name, district, state), users, receipts.
    Names {
        schools: Frame,
        users: Frame,
        receipts: Frame,
    },
    /// One school, user or receipt; none of that name where `facts` is empty.
    One(Box<One>),
}

/// A school, user or receipt with all that is told of it.
pub struct One {
    /// One row: what it is.
    pub facts: Frame,
    /// One row: what it comes to over all days observed.
    pub totals: Option<Frame>,
    /// By month, for a school.
    pub months: Option<Frame>,
    /// Its receipts, the newest first.
    pub receipts: Option<Frame>,
    /// Invites that a user sent, the newest first.
    pub invites: Option<Frame>,
    /// The lines of a receipt.
    pub lines: Option<Frame>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_what_is_sought() {
        assert_eq!(Sought::parse(""), Sought::Nothing);
        assert_eq!(Sought::parse("q=+"), Sought::Nothing);
        assert_eq!(
            Sought::parse("?view=static&q=Oak%20%26%20Elm"),
            Sought::Named("Oak & Elm".into())
        );
        assert_eq!(Sought::parse("user=u1&q=x"), Sought::User("u1".into()));
    }
}
