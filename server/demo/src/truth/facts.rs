//! What the landed rows say of rewards, version by version, with the day each became known: what the ledger's replay starts from.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use super::json;
use crate::rows::{Outcome, Rows};
use crate::source::Source;

/// An amount in ten-thousandths of a dollar.
pub type Amount = i64;
/// Seconds of the Unix epoch.
pub type Moment = i64;

/// A row that counts, or once did.
#[derive(Debug)]
pub struct Told {
    source: Source,
    /// The fields by the source's columns.
    fields: Vec<String>,
}

/// The rows of a file that the ledger may rest on.
pub fn told(rows: &Rows) -> Vec<Told> {
    let source = rows.source;
    (0..rows.len())
        .filter(|&row| {
            matches!(
                rows.outcome(row),
                Outcome::Live | Outcome::Superseded | Outcome::Deleted
            ) && !rows.is_raw(row)
                && !(source == Source::Events
                    && matches!(
                        rows.get(row, 1),
                        b"app_opened" | b"receipt_scanned" | b"invite_clicked"
                    ))
        })
        .map(|row| Told {
            source,
            fields: (0..source.columns().len())
                .map(|column| String::from_utf8_lossy(rows.get(row, column)).into_owned())
                .collect(),
        })
        .collect()
}

/// One version of something.
#[derive(Debug, Clone)]
struct Version<T> {
    day: usize,
    updated: Moment,
    deleted: bool,
    value: T,
}

type Versions<T> = BTreeMap<String, Vec<Version<T>>>;

#[derive(Debug, Clone)]
pub struct Purchase {
    pub receipt: String,
    pub user: String,
    pub product: String,
    pub quantity: i64,
    pub at: Moment,
}

#[derive(Debug, Clone)]
pub struct Event {
    pub id: String,
    pub kind: String,
    pub user: Option<String>,
    pub at: Moment,
    pub properties: HashMap<String, String>,
}

#[derive(Debug, Clone)]
struct Product {
    reward: Amount,
    funding: String,
}

#[derive(Debug, Default)]
pub struct Facts {
    purchases: Versions<Purchase>,
    products: Versions<Product>,
    users: Versions<String>,
    referrals: Versions<String>,
    events: Versions<Event>,
}

/// What is known by a day.
pub struct Known {
    pub purchases: BTreeMap<String, Purchase>,
    pub events: Vec<Event>,
    /// Invite → inviter.
    pub referrals: BTreeMap<String, String>,
    pub users: BTreeSet<String>,
    /// By user: schools with the moment from which on; the first from ever.
    pub schools: BTreeMap<String, Vec<(Moment, String)>>,
    /// By product: rewards and who funds them, with the moment from which on.
    products: BTreeMap<String, Vec<(Moment, Product)>>,
}

fn moment(text: &str) -> Moment {
    text.parse::<Timestamp>()
        .map_or(Moment::MIN, Timestamp::as_second)
}

/// A decimal of at most four places.
pub fn amount(text: &str) -> Amount {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |d| (-1, d));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    format!("{whole}{part:0<4.4}")
        .parse()
        .map_or(0, |a: Amount| sign * a)
}

impl Facts {
    /// Takes in what a file of a day tells, in the order of arrival.
    pub fn add(&mut self, told: Vec<Told>, day: usize) {
        for Told { source, fields } in told {
            let at = |name: &str| source.column(name).map_or("", |column| &fields[column]);
            let key = fields[0].clone();
            let (updated, deleted) = (moment(at("updated_at")), at("op") == "D");
            macro_rules! keep {
                ($into:expr, $updated:expr, $value:expr) => {
                    $into.entry(key.clone()).or_default().push(Version {
                        day,
                        updated: $updated,
                        deleted,
                        value: $value,
                    })
                };
            }
            match source {
                Source::Purchases => keep!(
                    self.purchases,
                    updated,
                    Purchase {
                        receipt: at("receipt_id").to_owned(),
                        user: at("user_id").to_owned(),
                        product: at("product_id").to_owned(),
                        quantity: at("quantity").parse().unwrap_or(0),
                        at: moment(at("purchased_at")),
                    }
                ),
                Source::Products => {
                    let eligible = at("is_eligible") == "true";
                    let funding = match at("funding_source") {
                        "" => "unassigned",
                        name => name,
                    };
                    keep!(
                        self.products,
                        updated,
                        Product {
                            reward: if eligible {
                                amount(at("reward_per_unit"))
                            } else {
                                0
                            },
                            funding: funding.to_owned(),
                        }
                    )
                }
                Source::Users => keep!(self.users, updated, at("school_id").to_owned()),
                Source::Referrals => {
                    keep!(self.referrals, updated, at("inviter_user_id").to_owned())
                }
                // Events have no versions but the order of arrival.
                Source::Events => keep!(
                    self.events,
                    0,
                    Event {
                        id: key.clone(),
                        kind: at("event_type").to_owned(),
                        user: Some(at("user_id").to_owned()).filter(|user| !user.is_empty()),
                        at: moment(at("occurred_at")),
                        properties: json::flat(at("properties")),
                    }
                ),
                Source::Schools => {}
            }
        }
    }

    /// What was known at the end of a landing day.
    pub fn known(&self, by: usize) -> Known {
        let users: BTreeSet<String> = self
            .users
            .iter()
            .filter(|(_, versions)| versions.iter().any(|v| v.day <= by))
            .map(|(user, _)| user.clone())
            .collect();
        let events: Vec<Event> = last(&self.events, by)
            .filter(|(_, e)| e.user.as_ref().is_none_or(|user| users.contains(user)))
            .map(|(_, event)| event.clone())
            .collect();
        Known {
            purchases: last(&self.purchases, by)
                .filter(|(_, p)| users.contains(&p.user))
                .map(|(key, p)| (key.clone(), p.clone()))
                .collect(),
            referrals: last(&self.referrals, by)
                .map(|(key, inviter)| (key.clone(), inviter.clone()))
                .collect(),
            schools: self.schools(by, &events),
            products: self
                .products
                .iter()
                .map(|(product, versions)| {
                    let mut terms: Vec<(Moment, Product)> = versions
                        .iter()
                        .filter(|v| v.day <= by && !v.deleted)
                        .map(|v| (v.updated, v.value.clone()))
                        .collect();
                    terms.sort_by_key(|(from, _)| *from);
                    (product.clone(), terms)
                })
                .collect(),
            users,
            events,
        }
    }

    fn schools(&self, by: usize, events: &[Event]) -> BTreeMap<String, Vec<(Moment, String)>> {
        const DAY: Moment = 86_400;
        let mut told: HashMap<&str, Vec<(Moment, &str)>> = HashMap::new();
        for event in events.iter().filter(|e| e.kind == "school_changed") {
            if let (Some(user), Some(school)) = (&event.user, event.properties.get("school_id")) {
                told.entry(user).or_default().push((event.at, school));
            }
        }
        let mut all = BTreeMap::new();
        for (user, versions) in &self.users {
            let changes = told.get(user.as_str()).map_or(&[][..], Vec::as_slice);
            let mut rows: Vec<(Moment, &str)> = versions
                .iter()
                .filter(|v| v.day <= by && !v.value.is_empty())
                .map(|v| (v.updated, v.value.as_str()))
                .collect();
            rows.sort_by_key(|(at, _)| *at);
            let mut line: Vec<(Moment, &str)> = rows
                .iter()
                .enumerate()
                .filter(|(n, (at, school))| {
                    *n == 0
                        || !changes
                            .iter()
                            .any(|(then, to)| to == school && (then - at).abs() <= DAY)
                })
                .map(|(n, (at, school))| (if n == 0 { Moment::MIN } else { *at }, *school))
                .collect();
            line.extend(changes);
            line.sort_by_key(|(at, _)| *at);
            line.dedup_by(|next, before| next.1 == before.1);
            let line = line.into_iter().map(|(at, school)| (at, school.to_owned()));
            all.insert(user.clone(), line.collect());
        }
        all
    }
}

/// The version that counts of each key, where it is none that deletes it.
fn last<T>(versions: &Versions<T>, by: usize) -> impl Iterator<Item = (&String, &T)> {
    versions.iter().filter_map(move |(key, versions)| {
        let known = versions.iter().filter(|v| v.day <= by);
        // Of equally old ones the last to arrive.
        let last = known.max_by_key(|v| v.updated)?;
        (!last.deleted).then_some((key, &last.value))
    })
}

impl Known {
    /// What a purchase earns, and who pays for it.
    pub fn reward(&self, purchase: &Purchase) -> Option<(Amount, &str)> {
        let terms = self.products.get(&purchase.product)?;
        let from = terms.partition_point(|(from, _)| *from <= purchase.at);
        let (_, product) = terms.get(from.saturating_sub(1))?;
        let amount = product.reward * purchase.quantity;
        (amount != 0).then_some((amount, product.funding.as_str()))
    }
}
