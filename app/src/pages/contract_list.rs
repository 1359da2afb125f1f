//! Contracts by table, those that do not hold first.

use leptos::prelude::*;
use marts::{Frame, Value};
use rust_decimal::Decimal;

use super::cells::{count, counted, head, nothing, sentence, shown, table, word};
use crate::panels::{Standing, State};

/// Beyond this a sample's table is too wide to read.
const MOST_COLUMNS: usize = 8;

struct Group {
    relation: String,
    /// Rows of the frame, the worst first.
    rows: Vec<usize>,
    worst: Standing,
}

pub fn list(results: &Frame) -> AnyView {
    let groups = groups(results);
    if groups.is_empty() {
        return nothing("This run ended before its contracts were checked.");
    }
    let (holding, others): (Vec<Group>, Vec<Group>) = groups
        .into_iter()
        .partition(|group| group.worst == Standing::Good);
    let view = |groups: Vec<Group>| -> Vec<AnyView> {
        groups
            .into_iter()
            .map(|group| group_view(results, group))
            .collect()
    };
    // What holds is said in one line where something does not.
    let says = match holding.len() {
        1 => "1 table of which every contract holds".to_owned(),
        some => format!(
            "{} tables of which every contract holds",
            count(some.into())
        ),
    };
    let is_open = others.is_empty();
    let holding = (!holding.is_empty()).then(|| {
        view! {
            <details class="contract-rest" open=is_open>
                <summary><State standing=Standing::Good word=says/></summary>
                {view(holding)}
            </details>
        }
    });
    view! { <div class="contract-groups">{view(others)}{holding}</div> }.into_any()
}

fn group_view(results: &Frame, group: Group) -> AnyView {
    let holds = |rows: &[usize]| {
        rows.iter()
            .filter(|row| standing(results, **row) == Standing::Good)
            .count()
    };
    let (all, good) = (group.rows.len(), holds(&group.rows));
    let says = match (good, all) {
        (good, all) if good == all => format!(
            "{} held",
            counted(Decimal::from(all), "contract", "contracts")
        ),
        (good, all) => format!(
            "{} of {} held",
            count(Decimal::from(good)),
            counted(Decimal::from(all), "contract", "contracts")
        ),
    };
    let is_open = group.worst != Standing::Good;
    let items: Vec<AnyView> = group.rows.iter().map(|row| item(results, *row)).collect();
    view! {
        <details class="contract-group" open=is_open>
            <summary>
                <span class="contract-relation">{group.relation}</span>
                <State standing=group.worst word=says/>
            </summary>
            <ul class="contract-list">{items}</ul>
        </details>
    }
    .into_any()
}

fn standing(results: &Frame, row: usize) -> Standing {
    Standing::of_contract(&word(results, row, "contract_result__status"))
}

fn groups(results: &Frame) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for row in 0..results.rows.len() {
        let relation = word(results, row, "contract_result__relation");
        match groups.iter_mut().find(|group| group.relation == relation) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group {
                relation,
                rows: vec![row],
                worst: Standing::Good,
            }),
        }
    }
    for group in &mut groups {
        group.rows.sort_by_key(|row| standing(results, *row));
        group.worst = group
            .rows
            .first()
            .map_or(Standing::Good, |row| standing(results, *row));
    }
    groups.sort_by(|a, b| (a.worst, &a.relation).cmp(&(b.worst, &b.relation)));
    groups
}

/// The word for a finding, and what becomes of the rows it found.
fn meaning(status: &str) -> (&'static str, &'static str) {
    match status {
        "failed" => (
            "Fails",
            "It must hold before anything is published, so this run published nothing.",
        ),
        "warned" => (
            "Warns",
            "The rows are used all the same. Look whether the source means them so.",
        ),
        "dropped" => (
            "Left out",
            "The rows are left out of all figures for good, and counted above as dropped.",
        ),
        "quarantined" => (
            "Held back",
            "The rows are held back, and come in by themselves when what they wait for lands.",
        ),
        _ => ("Holds", ""),
    }
}

fn item(results: &Frame, row: usize) -> AnyView {
    let (standing, status) = (
        standing(results, row),
        word(results, row, "contract_result__status"),
    );
    let (said, means) = meaning(&status);
    let name = word(results, row, "contract_result__contract");
    let description = word(results, row, "contract_result__description");
    let found = results
        .value(row, "failing_rows")
        .decimal()
        .unwrap_or_default();
    // A source that is late or of an unusual size is found once, and no row of it is.
    let is_of_source = name.starts_with("freshness_") || name.starts_with("volume_");
    let found = (!found.is_zero() && !is_of_source).then(|| {
        view! { <span class="contract-found num">{counted(found, "row", "rows")}</span> }
    });
    let title = match description.as_str() {
        "" => view! { <code class="contract-name">{name.clone()}</code> }.into_any(),
        said => view! { <span>{sentence(said)}</span> }.into_any(),
    };
    let head = view! {
        <State standing word=said/>
        <span class="contract-says">{title}</span>
        {found}
    };
    if standing == Standing::Good {
        return view! { <li class="contract" id=format!("contract-{name}") title=name.clone()>{head}</li> }.into_any();
    }
    let declared = shown(results, row, "contract_result__declared_at");
    let declared = (declared != marts::format::NO_DATA)
        .then(|| view! { " · declared in " <code>{declared}</code> });
    let scope = match word(results, row, "contract_result__scope").as_str() {
        "touched" => " · checked on the rows that the run changed",
        "full" => " · checked on all rows",
        _ => "",
    };
    view! {
        <li class="contract" id=format!("contract-{name}")>
            <details>
                <summary>{head}</summary>
                <div class="contract-more">
                    <p>{means}</p>
                    {sample(&word(results, row, "contract_result__sample"))}
                    <p class="contract-where"><code>{name.clone()}</code>{scope}{declared}</p>
                </div>
            </details>
        </li>
    }
    .into_any()
}

/// Rows that were found, as a table.
pub fn sample(json: &str) -> AnyView {
    let Ok(serde_json::Value::Array(found)) = serde_json::from_str(json) else {
        return ().into_any();
    };
    let rows: Vec<serde_json::Map<String, serde_json::Value>> = found
        .into_iter()
        .filter_map(|row| match row {
            serde_json::Value::Object(row) => Some(row),
            _ => None,
        })
        .collect();
    let mut columns: Vec<String> = Vec::new();
    for name in rows.iter().flat_map(|row| row.keys()) {
        if !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    if columns.is_empty() {
        return ().into_any();
    }
    columns.truncate(MOST_COLUMNS);
    let body: Vec<AnyView> = rows
        .iter()
        .map(|row| {
            let cells = columns.iter().map(|name| {
                let text = match row.get(name) {
                    None | Some(serde_json::Value::Null) => marts::format::NO_DATA.to_owned(),
                    Some(serde_json::Value::String(text)) => text.clone(),
                    Some(serde_json::Value::Number(number)) => number.as_i64().map_or_else(
                        || number.to_string(),
                        |n| marts::format::exact(&Value::Int(n), marts::Unit::Count),
                    ),
                    Some(other) => other.to_string(),
                };
                view! { <td>{text}</td> }
            });
            view! { <tr>{cells.collect_view()}</tr> }.into_any()
        })
        .collect();
    let heads = columns
        .iter()
        .map(|name| head(name.replace('_', " ").trim().to_owned()))
        .collect();
    table("Rows that were found, at most five", heads, body.into_any())
}

#[cfg(test)]
mod tests {
    use super::*;
    use marts::{Column, ColumnRole, Unit};

    #[test]
    fn what_does_not_hold_comes_first() {
        let column = |name: &str| Column {
            name: name.to_owned(),
            label: name.to_owned(),
            unit: Unit::None,
            role: ColumnRole::Dimension,
        };
        let text = |text: &str| Value::Text(text.to_owned());
        let frame = Frame {
            columns: vec![
                column("contract_result__relation"),
                column("contract_result__status"),
            ],
            rows: [
                ("a", "passed"),
                ("b", "passed"),
                ("b", "warned"),
                ("c", "failed"),
                ("d", "quarantined"),
            ]
            .map(|(relation, status)| vec![text(relation), text(status)])
            .to_vec(),
            truncated: false,
        };
        let order: Vec<(String, Vec<usize>)> = groups(&frame)
            .into_iter()
            .map(|group| (group.relation, group.rows))
            .collect();
        let expected = [
            ("c", vec![3]),
            ("b", vec![2, 1]),
            ("d", vec![4]),
            ("a", vec![0]),
        ];
        assert_eq!(order, expected.map(|(name, rows)| (name.to_owned(), rows)));
    }
}
