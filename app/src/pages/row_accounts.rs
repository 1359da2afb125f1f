//! What became of every landed row, in rows and in dollars, and what is held back.

use std::collections::BTreeMap;

use jiff::civil::Date;
use leptos::prelude::*;
use marts::{Frame, Value, format};
use rust_decimal::Decimal;

use super::cells::{count, counted, head, money, nothing, or_error, sentence, shown, table, word};
use crate::ops_api::ContractsView;
use crate::panels::{Standing, State, Term};

/// Outcomes in the order of a row's way, with what each means.
const OUTCOMES: [(&str, &str); 6] = [
    ("live", "In use: the newest version of its key."),
    ("deleted", "The source has said that the key is deleted."),
    (
        "superseded",
        "An older version of a key. The newest one is in use, this one stays where it landed.",
    ),
    ("duplicate", "The same row once more. The first is in use."),
    (
        "dropped",
        "Left out for good: it cannot be read, has no key, or lies outside the time it can belong to.",
    ),
    (
        "quarantined",
        "Held back until it can be used, and looked at again in every run.",
    ),
];

/// Rows, and dollars where rows have amounts.
#[derive(Clone, Copy, Default)]
struct Sum {
    rows: Decimal,
    amount: Option<Decimal>,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.amount = match (self.amount, other.amount) {
            (Some(a), Some(b)) => a.checked_add(b),
            (a, b) => a.or(b),
        };
    }
}

/// By source, by outcome, over all rows that ever landed.
fn accounts_of(frame: &Frame) -> BTreeMap<String, BTreeMap<String, Sum>> {
    let mut accounts: BTreeMap<String, BTreeMap<String, Sum>> = BTreeMap::new();
    for row in 0..frame.rows.len() {
        if word(frame, row, "account__scope") == "run" {
            continue;
        }
        let sum = Sum {
            rows: frame
                .value(row, "account__row_count")
                .decimal()
                .unwrap_or_default(),
            amount: frame.value(row, "account__amount").decimal(),
        };
        accounts
            .entry(word(frame, row, "account__source"))
            .or_default()
            .entry(word(frame, row, "account__outcome"))
            .or_default()
            .add(sum);
    }
    accounts
}

pub fn accounts(view: &ContractsView) -> AnyView {
    or_error(&view.accounts, |frame| {
        let accounts = accounts_of(frame);
        if accounts.is_empty() {
            return nothing("This run ended before its rows were counted.");
        }
        let rows: Vec<AnyView> = accounts
            .iter()
            .map(|(source, outcomes)| source_rows(source, outcomes, view.landed.as_ref()))
            .collect();
        let mut heads = vec![head("Source"), head("")];
        for (outcome, meaning) in OUTCOMES {
            let id = format!("outcome-{outcome}");
            heads.push(head(view! { <Term id word=sentence(outcome) meaning=meaning/> }).number());
        }
        heads.push(head("Sum").number());
        heads.push(
            head(view! { <Term id="landed" word="Landed" meaning="Rows in all files that were taken in, counted when they were. The sum of the outcomes must be the same."/> })
                .number(),
        );
        view! {
            {table("Landed rows by what became of them", heads, rows.into_any())}
            {reasons(frame)}
        }
        .into_any()
    })
}

fn source_rows(source: &str, outcomes: &BTreeMap<String, Sum>, landed: Option<&Frame>) -> AnyView {
    let mut total = Sum::default();
    outcomes.values().for_each(|sum| total.add(*sum));
    let has_amounts = total.amount.is_some();
    let of = |outcome: &str| outcomes.get(outcome).copied().unwrap_or_default();
    let rows = OUTCOMES.map(|(outcome, _)| {
        let rows = of(outcome).rows;
        let class = if rows.is_zero() { "num is-flat" } else { "num" };
        view! { <td class=class>{count(rows)}</td> }
    });
    let landed = landed.and_then(|landed| {
        let at = (0..landed.rows.len()).find(|row| word(landed, *row, "file__source") == source)?;
        landed.value(at, "rows_taken_in").decimal()
    });
    let check = match landed {
        Some(landed) if landed == total.rows => {
            view! { <State standing=Standing::Good word=count(landed)/> }.into_any()
        }
        Some(landed) => {
            let off = landed - total.rows;
            let says = format!(
                "{}, {} {}",
                count(landed),
                count(off.abs()),
                if off > Decimal::ZERO {
                    "unaccounted for"
                } else {
                    "too many"
                }
            );
            view! { <State standing=Standing::Bad word=says/> }.into_any()
        }
        None => format::NO_DATA.into_any(),
    };
    let amounts = has_amounts.then(|| {
        let cells = OUTCOMES.map(|(outcome, _)| {
            let amount = of(outcome).amount;
            let class = if amount.is_none_or(|amount| amount.is_zero()) {
                "num is-flat"
            } else {
                "num"
            };
            view! { <td class=class>{money(amount)}</td> }
        });
        view! {
            <tr class="account-amounts">
                <td class="is-flat">"Dollars"</td>
                {cells}
                <td class="num account-sum">{money(total.amount)}</td>
                <td></td>
            </tr>
        }
    });
    view! {
        <tr class="account-rows" class:has-amounts=has_amounts>
            <th scope="rowgroup" rowspan=if has_amounts { "2" } else { "1" }>{source.to_owned()}</th>
            <td class="is-flat">"Rows"</td>
            {rows}
            <td class="num account-sum">{count(total.rows)}</td>
            <td class="num">{check}</td>
        </tr>
        {amounts}
    }
    .into_any()
}

/// A reason in words, and what frees rows that are held back for it.
fn reason(reason: &str) -> (String, &'static str) {
    let (word, frees) = match reason {
        "orphan_user" => (
            "its user has not landed",
            "Frees itself when the user lands, however late.",
        ),
        "bad_value" => (
            "an amount or a time cannot be read",
            "Frees itself when the source sends the row again with a value that can be read.",
        ),
        "malformed" => ("cannot be read as a row", ""),
        "null_key" => ("has no key", ""),
        "duplicate" => ("the same row once more", ""),
        "superseded" => ("an older version", ""),
        "deleted" => ("the source deleted it", ""),
        "out_of_window" => ("in the future, or before its user signed up", ""),
        "unknown_type" => ("an event of a type that is not known", ""),
        other => return (other.replace('_', " "), "Looked at again in every run."),
    };
    let frees = if frees.is_empty() {
        "Looked at again in every run."
    } else {
        frees
    };
    (word.to_owned(), frees)
}

/// Outcomes that have reasons, one by one.
fn reasons(frame: &Frame) -> AnyView {
    let rows: Vec<AnyView> = (0..frame.rows.len())
        .filter(|row| {
            word(frame, *row, "account__scope") != "run"
                && matches!(
                    word(frame, *row, "account__outcome").as_str(),
                    "dropped" | "quarantined" | "duplicate"
                )
        })
        .map(|row| {
            let (why, _) = reason(&word(frame, row, "account__reason"));
            view! {
                <tr>
                    <th scope="row">{shown(frame, row, "account__source")}</th>
                    <td>{sentence(&word(frame, row, "account__outcome"))}</td>
                    <td>{sentence(&why)}</td>
                    <td class="num">{shown(frame, row, "account__row_count")}</td>
                    <td class="num">{shown(frame, row, "account__amount")}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    if rows.is_empty() {
        return ().into_any();
    }
    let heads = vec![
        head("Source"),
        head("Outcome"),
        head("Why"),
        head("Rows").number(),
        head("Amount").number(),
    ];
    view! {
        <details class="twin">
            <summary>"Why rows were set aside"</summary>
            {table("Rows that were set aside, by reason", heads, rows.into_any())}
        </details>
    }
    .into_any()
}

/// Rows of one source that are held back for one reason.
struct Held {
    source: String,
    reason: String,
    sum: Sum,
    oldest: Option<Date>,
    newest: Option<Date>,
}

/// From the record of quarantine; where a run left none, from the accounts, which know no days.
fn held(view: &ContractsView) -> Vec<Held> {
    let day = |value: &Value| match value {
        Value::Date(day) => Some(*day),
        _ => None,
    };
    let recorded = view.quarantine.iter().flat_map(|frame| {
        (0..frame.rows.len()).map(move |row| Held {
            source: word(frame, row, "held__source"),
            reason: word(frame, row, "held__reason"),
            sum: Sum {
                rows: frame
                    .value(row, "held__row_count")
                    .decimal()
                    .unwrap_or_default(),
                amount: frame.value(row, "held__amount").decimal(),
            },
            oldest: day(frame.value(row, "held__oldest_dt")),
            newest: day(frame.value(row, "held__newest_dt")),
        })
    });
    let recorded: Vec<Held> = recorded.collect();
    if !recorded.is_empty() {
        return recorded;
    }
    let accounted = view.accounts.iter().flat_map(|frame| {
        (0..frame.rows.len())
            .filter(|row| {
                word(frame, *row, "account__outcome") == "quarantined"
                    && word(frame, *row, "account__scope") != "run"
            })
            .map(move |row| Held {
                source: word(frame, row, "account__source"),
                reason: word(frame, row, "account__reason"),
                sum: Sum {
                    rows: frame
                        .value(row, "account__row_count")
                        .decimal()
                        .unwrap_or_default(),
                    amount: frame.value(row, "account__amount").decimal(),
                },
                oldest: None,
                newest: None,
            })
    });
    accounted.collect()
}

pub fn quarantine(view: &ContractsView) -> AnyView {
    or_error(&view.quarantine, |_| {
        let mut held = held(view);
        if held.is_empty() {
            return nothing(
                "Nothing is held back: every row that could be read is in use or was set aside for good.",
            );
        }
        held.sort_by_key(|held| std::cmp::Reverse(held.sum.rows));
        let mut total = Sum::default();
        held.iter().for_each(|held| total.add(held.sum));
        let said = match total.amount {
            Some(amount) => format!(
                "{} held back, {} in all.",
                counted(total.rows, "row is", "rows are"),
                money(Some(amount))
            ),
            None => format!("{} held back.", counted(total.rows, "row is", "rows are")),
        };
        let today = match view.run.value(0, "run__business_date") {
            Value::Date(day) => Some(*day),
            _ => None,
        };
        let rows: Vec<AnyView> = held.into_iter().map(|held| held_row(held, today)).collect();
        let heads = vec![
            head("Source"),
            head("Why, and what frees it"),
            head("Rows").number(),
            head("Amount").number(),
            head("Landed first"),
            head("Landed last").spare(),
        ];
        view! {
            <p class="panel-lead">{said}</p>
            {table("Rows held back", heads, rows.into_any())}
        }
        .into_any()
    })
}

fn held_row(held: Held, today: Option<Date>) -> AnyView {
    let (why, frees) = reason(&held.reason);
    let day = |day: Option<Date>| day.map_or_else(|| format::NO_DATA.to_owned(), format::date);
    let age = held.oldest.zip(today).map(|(oldest, today)| {
        let days = (today - oldest).get_days();
        let said = match days {
            ..=0 => "that very day".to_owned(),
            1 => "1 day ago".to_owned(),
            days => format!("{} ago", counted(days.into(), "day", "days")),
        };
        view! { <span class="cell-note">{said}</span> }
    });
    view! {
        <tr>
            <th scope="row">{held.source}</th>
            <td>{sentence(&why)}<span class="cell-note">{frees}</span></td>
            <td class="num">{count(held.sum.rows)}</td>
            <td class="num">{money(held.sum.amount)}</td>
            <td>{day(held.oldest)}{age}</td>
            <td class="is-spare">{day(held.newest)}</td>
        </tr>
    }
    .into_any()
}
