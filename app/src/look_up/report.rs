//! What was found, as the page shows it.

use leptos::prelude::*;
use marts::{Frame, ReleaseInfo, Unit, Value, format};

use super::asking::MOST_ROWS;
use super::timeline::timeline;
use super::{Found, One, Sought, What};
use crate::pages::cells::{head, nothing, page_href, panel, shown, table, word};
use crate::url::encoded;

/// The address of the page of one school, user or receipt.
pub fn href(kind: &str, id: &str) -> String {
    page_href("lookup", &format!("{kind}={}", encoded(id)))
}

pub fn report(found: &Found) -> AnyView {
    match &found.what {
        What::Nothing => view! {
            <div class="state-empty">
                <p>"Type a part of a school's name, a user's pseudonym or the number of a receipt, and choose from what is found."</p>
            </div>
        }
        .into_any(),
        What::Names { schools, users, receipts } => names(found, schools, users, receipts),
        What::One(one) if one.facts.rows.is_empty() => not_found(found),
        What::One(one) => one_thing(found, one),
    }
}

fn not_found(found: &Found) -> AnyView {
    let (kind, name) = match &found.sought {
        Sought::School(name) => ("school", name.as_str()),
        Sought::User(name) => ("user", name.as_str()),
        Sought::Receipt(name) => ("receipt", name.as_str()),
        Sought::Named(_) | Sought::Nothing => ("thing", ""),
    };
    view! {
        <div class="state-empty" role="status">
            <p>
                {format!("No {kind} is called “")}<bdi>{name.to_owned()}</bdi>
                {format!("” in what is shown as of {}. Search for a part of its name above.", format::date(found.release.business_date))}
            </p>
        </div>
    }
    .into_any()
}

fn names(found: &Found, schools: &Frame, users: &Frame, receipts: &Frame) -> AnyView {
    let total = schools.rows.len() + users.rows.len() + receipts.rows.len();
    if total == 0 {
        return view! {
            <div class="state-empty" role="status">
                <p>"Nothing has this in its name. Schools are found by a part of their name, users and receipts by a part of their number."</p>
            </div>
        }
        .into_any();
    }
    let foot = foot(&found.release);
    let listed = |frame: &Frame, kind: &'static str| {
        let items = frame.rows.iter().filter_map(|row| match row.first() {
            Some(Value::Text(name)) => {
                let href = href(kind, name);
                Some(view! { <li><a href=href><bdi>{name.clone()}</bdi></a></li> })
            }
            _ => None,
        });
        if frame.rows.is_empty() {
            nothing("None.")
        } else {
            view! { <ul class="found-names">{items.collect_view()}</ul> }.into_any()
        }
    };
    let schools = if schools.rows.is_empty() {
        nothing("None.")
    } else {
        let items = (0..schools.rows.len()).map(|row| {
            let id = word(schools, row, "school__school_id");
            let place = format!(
                "{}, {}",
                shown(schools, row, "school__district"),
                shown(schools, row, "school__state")
            );
            view! {
                <li>
                    <a href=href("school", &id)><bdi>{word(schools, row, "school__school_name")}</bdi></a>
                    <span class="found-place">{place}</span>
                </li>
            }
        });
        view! { <ul class="found-names">{items.collect_view()}</ul> }.into_any()
    };
    view! {
        <div class="grid found-grid">
            {panel("schools", "Schools", "", schools, foot.clone())}
            {panel("users", "Users", "By pseudonym.", listed(users, "user"), foot.clone())}
            {panel("receipts", "Receipts", "", listed(receipts, "receipt"), foot)}
        </div>
    }
    .into_any()
}

fn one_thing(found: &Found, one: &One) -> AnyView {
    let facts = &one.facts;
    let (kind, name) = match &found.sought {
        Sought::School(_) => ("School", word(facts, 0, "school__school_name")),
        Sought::Receipt(id) => ("Receipt", id.clone()),
        Sought::User(id) => ("User", id.clone()),
        Sought::Named(_) | Sought::Nothing => ("", String::new()),
    };
    let foot = foot(&found.release);
    let totals = one.totals.as_ref().map(|totals| {
        panel(
            "totals",
            "In all",
            "Over all days observed.",
            described(totals),
            foot.clone(),
        )
    });
    let months = one.months.as_ref().map(|months| {
        panel(
            "months",
            "By month",
            "Months in which shoppers of this school bought, by day of purchase.",
            by_month(months),
            foot.clone(),
        )
    });
    let lines = one.lines.as_ref().map(|lines| {
        panel(
            "lines",
            "Lines",
            "Each line with the landing file and the row it came from.",
            lines_table(lines),
            foot.clone(),
        )
    });
    let receipts = one.receipts.as_ref().map(|receipts| {
        panel(
            "receipts",
            "Receipts",
            "The newest first.",
            receipts_table(receipts),
            foot.clone(),
        )
    });
    view! {
        <h2 class="found-title">{kind}" "<bdi>{name}</bdi></h2>
        <div class="grid found-grid">
            {panel("facts", "What is known", "", described(facts), foot.clone())}
            {totals}
            {lines}
            {panel("timeline", "Timeline", "The latest first, by the clocks of the reporting zone.", timeline(one), foot.clone())}
            {months}
            {receipts}
        </div>
    }
    .into_any()
}

/// A row as names and values.
fn described(frame: &Frame) -> AnyView {
    let shown_columns = frame.columns.iter().filter(|column| {
        !matches!(
            column.role,
            marts::ColumnRole::Key | marts::ColumnRole::Part | marts::ColumnRole::Level
        )
    });
    let items = shown_columns.map(|column| {
        let value = shown(frame, 0, &column.name);
        let text = match (column.name.as_str(), frame.value(0, &column.name)) {
            ("user__user_id" | "user__inviter", Value::Text(id)) => {
                view! { <a href=href("user", id)>{value}</a> }.into_any()
            }
            ("school__school_id", Value::Text(id)) => {
                view! { <a href=href("school", id)>{value}</a> }.into_any()
            }
            _ => view! { <bdi>{value}</bdi> }.into_any(),
        };
        view! { <div class="fact"><dt>{column.label.clone()}</dt><dd>{text}</dd></div> }
    });
    view! { <dl class="facts">{items.collect_view()}</dl> }.into_any()
}

fn by_month(months: &Frame) -> AnyView {
    let rows = (0..months.rows.len()).rev().filter(|row| {
        months
            .value(*row, "receipts")
            .decimal()
            .is_some_and(|n| !n.is_zero())
    });
    let rows: Vec<AnyView> = rows
        .map(|row| {
            let month = match months.value(row, "metric_time") {
                Value::Date(first) => format::period(*first, marts::Grain::Month),
                _ => String::new(),
            };
            view! {
                <tr>
                    <th scope="row">{month}</th>
                    <td class="num">{shown(months, row, "retail_spend")}</td>
                    <td class="num">{shown(months, row, "receipts")}</td>
                    <td class="num">{shown(months, row, "shoppers")}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    if rows.is_empty() {
        return nothing("No purchase of a shopper of this school is known.");
    }
    let heads = vec![
        head("Month"),
        head("Retail spend").number(),
        head("Receipts").number(),
        head("Shoppers").number(),
    ];
    table("By month", heads, rows.collect_view().into_any())
}

fn receipts_table(receipts: &Frame) -> AnyView {
    if receipts.rows.is_empty() {
        return nothing("No receipt is known.");
    }
    let rows = (0..receipts.rows.len()).map(|row| {
        let id = word(receipts, row, "receipt__receipt_id");
        let user = word(receipts, row, "user__user_id");
        view! {
            <tr>
                <th scope="row"><a href=href("receipt", &id)>{id.clone()}</a></th>
                <td>{shown(receipts, row, "receipt__purchased_on")}</td>
                <td class="num">{shown(receipts, row, "receipt__amount")}</td>
                <td class="num">{shown(receipts, row, "receipt__lines")}</td>
                <td>{shown(receipts, row, "receipt__outcome")}</td>
                <td class="is-spare"><a href=href("user", &user)>{user.clone()}</a></td>
            </tr>
        }
    });
    let heads = vec![
        head("Receipt"),
        head("Bought"),
        head("Amount").number(),
        head("Lines").number(),
        head("Outcome"),
        head("User").spare(),
    ];
    let more = (receipts.rows.len() >= MOST_ROWS as usize).then(|| {
        view! { <p class="state-none">{format!("The newest {MOST_ROWS} are listed; there may be more.")}</p> }
    });
    view! {
        {table("Receipts", heads, rows.collect_view().into_any())}
        {more}
    }
    .into_any()
}

fn lines_table(lines: &Frame) -> AnyView {
    if lines.rows.is_empty() {
        return nothing("No line of this receipt is known.");
    }
    let rows = (0..lines.rows.len()).map(|row| {
        let file = word(lines, row, "purchase__file_id");
        let short: String = file.chars().take(12).collect();
        view! {
            <tr>
                <th scope="row"><bdi>{shown(lines, row, "product__product_name")}</bdi></th>
                <td><bdi>{shown(lines, row, "product__department")}</bdi></td>
                <td class="num">{shown(lines, row, "units")}</td>
                <td class="num">{shown(lines, row, "retail_spend")}</td>
                <td class="num">{shown(lines, row, "discount")}</td>
                <td class="is-spare"><code title=file.clone()>{short}</code></td>
                <td class="num is-spare">{format::exact(lines.value(row, "purchase__row_number"), Unit::Count)}</td>
            </tr>
        }
    });
    let heads = vec![
        head("Product"),
        head("Department"),
        head("Units").number(),
        head("Retail spend").number(),
        head("Discount").number(),
        head("Landing file").spare(),
        head("Row").number().spare(),
    ];
    table("Lines", heads, rows.collect_view().into_any())
}

fn foot(release: &ReleaseInfo) -> Vec<String> {
    vec![
        format!("As of {}", format::date(release.business_date)),
        format!("Release {}", release.id),
        release.zone.clone(),
    ]
}
