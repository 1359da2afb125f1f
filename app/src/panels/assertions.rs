//! Whether the contracts hold that a page's figures rest on, as the run that published them found.

use leptos::prelude::*;
use marts::{Frame, PanelView, Value, format};
use rust_decimal::Decimal;

use super::standing::{Mark, Standing, State};
use crate::pages::cells::{counted, sentence, word};
use crate::pages::contract_list;
use crate::state::is_static_view;
use crate::url::dashboard_href;

pub fn figures(view: &PanelView) -> AnyView {
    let none = Frame::default();
    let found = view
        .answers
        .first()
        .map_or(&none, |answered| &answered.frame);
    let row_of = |contract: &String| {
        (0..found.rows.len())
            .find(|row| word(found, *row, "contract_result__contract") == *contract)
    };
    let mut told: Vec<(Standing, &String, Option<usize>)> = view
        .panel
        .contracts
        .iter()
        .map(|contract| {
            let row = row_of(contract);
            let standing = row.map_or(Standing::Aside, |row| {
                Standing::of_contract(&word(found, row, "contract_result__status"))
            });
            (standing, contract, row)
        })
        .collect();
    told.sort_by_key(|(standing, ..)| *standing);
    let (standing, says) = verdict(&told, found);
    let items: Vec<AnyView> = told
        .into_iter()
        .map(|(standing, contract, row)| item(found, standing, contract, row))
        .collect();
    view! {
        <div class=format!("verdict {}", standing.class())>
            <p class="verdict-says"><Mark standing/><span>{says}</span></p>
        </div>
        <ul class="contract-list assertions">{items}</ul>
    }
    .into_any()
}

fn verdict(told: &[(Standing, &String, Option<usize>)], found: &Frame) -> (Standing, String) {
    let all = told.len();
    let assertions = |number: usize| counted(Decimal::from(number), "assertion", "assertions");
    let of = |wanted: fn(&(Standing, &String, Option<usize>)) -> bool| {
        told.iter().filter(|one| wanted(one)).count()
    };
    let wrong = of(|(standing, ..)| matches!(standing, Standing::Bad | Standing::Warn));
    let unknown = of(|(.., row)| row.is_none());
    let checked = (0..found.rows.len())
        .filter_map(
            |row| match found.value(row, "contract_result__checked_at") {
                Value::DateTime(at) => Some(*at),
                _ => None,
            },
        )
        .max();
    let checked = checked.map_or(String::new(), |at| {
        format!(", checked {}", format::date_time(at))
    });
    match (wrong, unknown) {
        (0, 0) => (
            Standing::Good,
            format!("Ties out to the cent: {} hold{checked}.", assertions(all)),
        ),
        (0, unknown) if unknown == all => (
            Standing::Aside,
            "No assertion was checked in the run that published this release. The next run checks them.".to_owned(),
        ),
        (0, unknown) => (
            Standing::Warn,
            format!("{} of {} were not checked in the run that published this release.", unknown, assertions(all)),
        ),
        (wrong, _) => (
            Standing::Bad,
            format!("Does not tie out: {wrong} of {} {}{checked}.", assertions(all), if wrong == 1 { "fails" } else { "fail" }),
        ),
    }
}

fn item(found: &Frame, standing: Standing, contract: &str, row: Option<usize>) -> AnyView {
    let text = |column: &str| row.map_or(String::new(), |row| word(found, row, column));
    let said = match text("contract_result__description") {
        said if said.is_empty() => sentence(&contract.replace('_', " ")),
        said => sentence(&said),
    };
    let state = match (row, standing) {
        (None, _) => "Not checked",
        (_, Standing::Good | Standing::Aside) => "Holds",
        _ => "Fails",
    };
    let href = format!(
        "{}#contract-{contract}",
        dashboard_href("contracts", "", is_static_view())
    );
    let failing = row
        .and_then(|row| found.value(row, "failing_rows").decimal())
        .filter(|rows| !rows.is_zero());
    let rows = failing.map(|rows| {
        view! { <p class="contract-found num">{counted(rows, "row does not hold", "rows do not hold")}</p> }
    });
    let sample = (standing == Standing::Bad)
        .then(|| contract_list::sample(&text("contract_result__sample")));
    view! {
        <li class="contract">
            <State standing word=state/>
            <div class="contract-says">
                <a href=href rel="external">{said}</a>
                {rows}
                {sample}
            </div>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_is_the_worst_of_all_and_says_how_many() {
        let name = "x".to_owned();
        let said = |standings: &[(Standing, Option<usize>)]| {
            let told: Vec<_> = standings
                .iter()
                .map(|(standing, row)| (*standing, &name, *row))
                .collect();
            verdict(&told, &Frame::default())
        };
        let good = (Standing::Good, Some(0));
        assert_eq!(
            said(&[good, good]),
            (
                Standing::Good,
                "Ties out to the cent: 2 assertions hold.".to_owned()
            )
        );
        let (standing, text) = said(&[good, (Standing::Bad, Some(1))]);
        assert_eq!(standing, Standing::Bad);
        assert!(
            text.starts_with("Does not tie out: 1 of 2 assertions fails"),
            "{text}"
        );
        assert_eq!(said(&[good, (Standing::Aside, None)]).0, Standing::Warn);
        assert!(
            said(&[(Standing::Aside, None)])
                .1
                .starts_with("No assertion was checked")
        );
    }
}
