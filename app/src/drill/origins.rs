//! Where the rows of a ledger come from: an entry names what it was booked for, and that landed in a file.

use std::collections::{BTreeMap, BTreeSet};

use marts::{Ask, DimensionFilter, Frame, ReleaseId, Rows, Value};

use crate::Session;

/// How the columns are called that name what a row comes from.
pub(super) const KIND: &str = "__reward_source_type";
pub(super) const ID: &str = "__reward_source_id";

/// What an entry can come from that has rows with their landing line: the word for it, the table, its key, file and row.
const KINDS: [(&str, &str, [&str; 3]); 4] = [
    (
        "purchase",
        "purchases",
        [
            "purchase__purchase_id",
            "purchase__file_id",
            "purchase__row_number",
        ],
    ),
    (
        "referral",
        "referrals",
        [
            "invite__referral_id",
            "invite__file_id",
            "invite__row_number",
        ],
    ),
    (
        "event",
        "reward_events",
        [
            "reward_event__event_id",
            "reward_event__reward_event_file",
            "reward_event__reward_event_row",
        ],
    ),
    (
        "school_change",
        "school_changes",
        [
            "school_change__school_change_id",
            "school_change__school_change_file",
            "school_change__school_change_row",
        ],
    ),
];

/// The kind and id that a row names.
pub(super) fn named(rows: &Frame, row: usize) -> Option<(String, String)> {
    let text = |ending: &str| {
        let mut columns = rows.columns.iter();
        let column = columns.find(|column| column.name.ends_with(ending))?;
        match rows.value(row, &column.name) {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    };
    let (kind, id) = (text(KIND)?, text(ID)?);
    // What falls due by the terms names its lot: `purchase:pu1`, which is what was earned.
    match id.split_once(':') {
        Some((of, own)) if KINDS.iter().any(|(word, ..)| *word == of) => {
            let own = own.split(':').next().unwrap_or(own);
            Some((of.to_owned(), own.to_owned()))
        }
        _ => Some((kind, id)),
    }
}

/// For what these rows come from, as far as it can be found: the file and the row it landed in. Rows are rows
/// without it.
pub(super) async fn of(
    session: &Session,
    release: Option<&ReleaseId>,
    rows: &Frame,
) -> BTreeMap<(String, String), (String, Value)> {
    let named: BTreeSet<(String, String)> = (0..rows.rows.len())
        .filter_map(|row| named(rows, row))
        .collect();
    let mut found = BTreeMap::new();
    for (word, relation, [key, file, number]) in KINDS {
        let ids: Vec<String> = named
            .iter()
            .filter(|(kind, _)| kind == word)
            .map(|(_, id)| id.clone())
            .collect();
        if ids.is_empty() {
            continue;
        }
        let ask = Ask::Rows(Rows {
            relation: relation.to_owned(),
            columns: [key, file, number].map(str::to_owned).to_vec(),
            filters: vec![DimensionFilter {
                dimension: key.to_owned(),
                values: ids,
                exclude: false,
            }],
            limit: 1_000,
            ..Rows::default()
        });
        let Ok(answered) = session
            .answer
            .answer_from(&session.policy, &ask, release)
            .await
        else {
            continue;
        };
        let frame = answered.frame;
        for row in 0..frame.rows.len() {
            if let (Value::Text(id), Value::Text(file)) =
                (frame.value(row, key), frame.value(row, file))
            {
                let place = (file.clone(), frame.value(row, number).clone());
                found.insert((word.to_owned(), id.clone()), place);
            }
        }
    }
    found
}
