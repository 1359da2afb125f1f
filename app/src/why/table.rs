//! The parts as a table whose rows and columns add up, as far as what they count does.

use marts::bridge::{Bridge, Effects, Part, Presence, Shape, Wording};
use marts::{DimensionAbout, Unit, Value, format};
use rust_decimal::Decimal;

use super::Told;
use super::address::Address;
use super::view::{WhyRow, WhyTable};

/// One reason's column: its head, and how to read it off the effects.
type Reason = (String, fn(&Effects) -> Decimal);

pub fn table(
    bridge: &Bridge,
    address: &Address,
    wording: &Wording,
    dimension: &DimensionAbout,
    told: &Told,
    page: Option<&str>,
) -> WhyTable {
    let writing = Writing {
        unit: wording.unit,
        reasons: reasons(bridge, wording),
    };
    let mut columns = vec![
        wording.dimension.clone(),
        "Before".to_owned(),
        "After".to_owned(),
    ];
    columns.extend(writing.reasons.iter().map(|(head, _)| head.clone()));
    columns.push("Change".to_owned());
    let mut rows: Vec<WhyRow> = bridge
        .parts
        .iter()
        .map(|part| member(part, address, dimension, &writing, page))
        .collect();
    if let Some(rest) = &bridge.rest {
        rows.push(writing.row(
            format!(
                "{} others",
                format::exact(
                    &Value::Int(rest.count.try_into().unwrap_or(i64::MAX)),
                    Unit::Count
                )
            ),
            (rest.before, rest.after),
            Some(rest.effects),
            rest.effects.total(),
        ));
    }
    if !bridge.several.is_zero() {
        let row = writing.row(
            format!("Counted in several {}", plural(&wording.dimension)),
            overlap(bridge),
            None,
            bridge.several,
        );
        rows.push(row);
    }
    let total = match told.reported {
        Some(_) => "Real change",
        None => "Total",
    };
    rows.push(WhyRow {
        is_total: true,
        ..writing.row(
            total.to_owned(),
            (Some(bridge.before), Some(bridge.after)),
            Some(bridge.effects()),
            bridge.change(),
        )
    });
    if let Some(reported) = told.reported {
        rows.push(WhyRow {
            href: Some(address.restated(told.prior)),
            ..writing.row(
                "Restated since".to_owned(),
                (Some(reported), Some(bridge.before)),
                None,
                bridge.before.saturating_sub(reported),
            )
        });
        rows.push(WhyRow {
            is_total: true,
            ..writing.row(
                "Change as reported".to_owned(),
                (Some(reported), Some(bridge.after)),
                None,
                bridge.after.saturating_sub(reported),
            )
        });
    }
    WhyTable { columns, rows }
}

fn reasons(bridge: &Bridge, wording: &Wording) -> Vec<Reason> {
    let volume = wording.volume.clone().unwrap_or_default();
    let one = volume.to_lowercase();
    let one = one.strip_suffix('s').unwrap_or(&one);
    let mut reasons: Vec<Reason> = match bridge.shape {
        Shape::Sum => Vec::new(),
        Shape::SumOverVolume => vec![
            (volume.clone(), |effects| effects.volume),
            ("Mix".to_owned(), |effects| effects.mix),
            (format!("Per {one}"), |effects| effects.rate),
        ],
        Shape::Ratio => vec![
            ("Mix".to_owned(), |effects| effects.mix),
            ("Within".to_owned(), |effects| effects.rate),
        ],
    };
    if !bridge.effects().unmeasured.is_zero() {
        reasons.push(("Not tied".to_owned(), |effects| effects.unmeasured));
    }
    reasons
}

struct Writing {
    unit: Unit,
    reasons: Vec<Reason>,
}

impl Writing {
    fn row(
        &self,
        label: String,
        (before, after): (Option<Decimal>, Option<Decimal>),
        effects: Option<Effects>,
        change: Decimal,
    ) -> WhyRow {
        let figure = |figure: Option<Decimal>| match figure {
            Some(amount) => format::exact(&Value::Decimal(amount), self.unit),
            None => format::NO_DATA.to_owned(),
        };
        let mut cells = vec![figure(before), figure(after)];
        cells.extend(self.reasons.iter().map(|(_, read)| match &effects {
            Some(effects) => format::signed_amount(read(effects), self.unit),
            None => String::new(),
        }));
        cells.push(format::signed_amount(change, self.unit));
        WhyRow {
            label,
            href: None,
            rows: None,
            cells,
            is_total: false,
        }
    }
}

fn member(
    part: &Part,
    address: &Address,
    dimension: &DimensionAbout,
    writing: &Writing,
    page: Option<&str>,
) -> WhyRow {
    let name = format::dimension(&part.name);
    let value = match &part.name {
        Value::Null => marts::ask::UNKNOWN.to_owned(),
        _ => name.clone(),
    };
    let label = match part.presence {
        Presence::Both => name,
        Presence::New => format!("{name} (new)"),
        Presence::Gone => format!("{name} (gone)"),
    };
    WhyRow {
        href: address.member(&dimension.name, &value),
        rows: address.rows(page, &dimension.name, &value),
        ..writing.row(
            label,
            (part.before, part.after),
            Some(part.effects),
            part.change,
        )
    }
}

/// What the total has less than its members together, before and after.
fn overlap(bridge: &Bridge) -> (Option<Decimal>, Option<Decimal>) {
    if bridge.shape == Shape::Ratio {
        return (None, None);
    }
    let beyond = |total: Decimal, figure: fn(&Part) -> Option<Decimal>, rest: Option<Decimal>| {
        bridge
            .parts
            .iter()
            .try_fold(rest.unwrap_or_default(), |sum, part| {
                sum.checked_add(figure(part)?)
            })
            .and_then(|members| total.checked_sub(members))
    };
    let rest = bridge.rest.unwrap_or_default();
    (
        beyond(bridge.before, |part| part.before, rest.before),
        beyond(bridge.after, |part| part.after, rest.after),
    )
}

/// "departments", "categories", of "Department", "Category".
fn plural(label: &str) -> String {
    let label = label.to_lowercase();
    match label.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{label}s"),
    }
}
