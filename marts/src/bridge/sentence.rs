//! A bridge in plain sentences: "Retail spend −4.2%: OH −$12,340.00, of which fewer receipts −$9,800.00."

use rust_decimal::Decimal;

use super::{Bridge, Part, Presence, Shape};
use crate::{Unit, Value, format};

/// Members that are told one by one.
const TOLD: usize = 3;

/// What things are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// "Retail spend".
    pub metric: String,
    pub unit: Unit,
    /// What there was more or less of: "Receipts".
    pub volume: Option<String>,
    /// "Department".
    pub dimension: String,
}

impl Wording {
    fn amount(&self, amount: Decimal) -> String {
        format::signed_amount(amount, self.unit)
    }

    fn volume(&self, effect: Decimal) -> Option<String> {
        let volume = self.volume.as_ref()?.to_lowercase();
        let much = if effect.is_sign_negative() {
            "fewer"
        } else {
            "more"
        };
        Some(format!("{much} {volume}"))
    }

    fn rate(&self, effect: Decimal) -> Option<String> {
        let volume = self.volume.as_ref()?.to_lowercase();
        let one = volume.strip_suffix('s').unwrap_or(&volume);
        let much = match (self.unit, effect.is_sign_negative()) {
            (Unit::Count, true) => "fewer",
            (Unit::Count, false) => "more",
            (_, true) => "lower",
            (_, false) => "higher",
        };
        Some(format!("{much} {} per {one}", self.metric.to_lowercase()))
    }
}

/// The difference itself: "Retail spend −4.2% (−$12,340.55)"; a share's is told in points.
#[must_use]
pub fn headline(metric: &str, unit: Unit, before: Decimal, after: Decimal) -> String {
    let (before, after) = (Value::Decimal(before), Value::Decimal(after));
    let absolute = format::change_absolute(&after, &before, unit);
    let percent = format::change_percent(&after, &before);
    if unit == Unit::Ratio || percent == format::NO_DATA {
        format!("{metric} {absolute}")
    } else {
        format!("{metric} {percent} ({absolute})")
    }
}

/// The largest parts and what the rest adds up to, one sentence each.
#[must_use]
pub fn sentences(bridge: &Bridge, wording: &Wording) -> Vec<String> {
    if bridge.change().is_zero() && bridge.parts.iter().all(|part| part.change.is_zero()) {
        return vec!["Nothing changed.".to_owned()];
    }
    let mut said = Vec::new();
    said.extend(reasons(bridge, wording));
    let moved: Vec<&Part> = bridge
        .parts
        .iter()
        .filter(|part| !part.change.is_zero())
        .collect();
    for part in moved.iter().take(TOLD) {
        said.push(format!("{}.", member(part, bridge.shape, wording)));
    }
    let told = moved.len().min(TOLD);
    let (count, sum) = moved.iter().skip(told).fold(
        bridge.rest.map_or((0, Decimal::ZERO), |rest| {
            (rest.count, rest.effects.total())
        }),
        |(count, sum), part| (count + 1, sum.saturating_add(part.change)),
    );
    match count {
        0 => {}
        1 => said.push(format!("The other one {}.", wording.amount(sum))),
        _ => said.push(format!(
            "The other {count} together {}.",
            wording.amount(sum)
        )),
    }
    if !bridge.several.is_zero() {
        let dimension = wording.dimension.to_lowercase();
        said.push(format!(
            "{} is of what counts in more than one {dimension}, and once in the total.",
            wording.amount(bridge.several)
        ));
    }
    said
}

/// All members together, by reason.
fn reasons(bridge: &Bridge, wording: &Wording) -> Option<String> {
    let effects = bridge.effects();
    let dimension = wording.dimension.to_lowercase();
    let mut said = Vec::new();
    let mut say = |what: String, effect: Decimal| {
        if !effect.is_zero() {
            said.push(format!("{what} {}", wording.amount(effect)));
        }
    };
    match bridge.shape {
        Shape::Sum => return None,
        Shape::SumOverVolume => {
            say(wording.volume(effects.volume)?, effects.volume);
            say(format!("another mix by {dimension}"), effects.mix);
            say(wording.rate(effects.rate)?, effects.rate);
        }
        Shape::Ratio => {
            say(format!("another mix by {dimension}"), effects.mix);
            say("changes within each".to_owned(), effects.rate);
        }
    }
    say("not tied to any".to_owned(), effects.unmeasured);
    let said = said.join(", ");
    let mut letters = said.chars();
    let first = letters.next()?.to_uppercase().to_string();
    Some(format!("{first}{}.", letters.as_str()))
}

/// "OH −$12,340.00, of which fewer receipts −$9,800.00".
fn member(part: &Part, shape: Shape, wording: &Wording) -> String {
    let name = format::dimension(&part.name);
    let said = format!("{name} {}", wording.amount(part.change));
    match part.presence {
        Presence::New => return format!("{said}: new"),
        Presence::Gone => return format!("{said}: gone"),
        Presence::Both => {}
    }
    let (much, each) = match shape {
        Shape::Sum => return said,
        Shape::SumOverVolume => {
            let much = part.effects.volume.saturating_add(part.effects.mix);
            (
                (wording.volume(much), much),
                (wording.rate(part.effects.rate), part.effects.rate),
            )
        }
        Shape::Ratio => (
            (Some("its share".to_owned()), part.effects.mix),
            (Some("its own figure".to_owned()), part.effects.rate),
        ),
    };
    let (larger, smaller) = if much.1.abs() >= each.1.abs() {
        (much, each)
    } else {
        (each, much)
    };
    let say = |(what, effect): &(Option<String>, Decimal)| {
        what.as_ref()
            .map(|what| format!("{what} {}", wording.amount(*effect)))
    };
    let Some(first) = say(&larger).filter(|_| !larger.1.is_zero()) else {
        return said;
    };
    let against = larger.1.is_sign_negative() != smaller.1.is_sign_negative();
    match say(&smaller).filter(|_| against && !smaller.1.is_zero()) {
        Some(second) => format!("{said}: {first}, {second}"),
        None => format!("{said}, of which {first}"),
    }
}
