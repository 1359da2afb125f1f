//! Days on the wire, as an address spells them. jiff's own reading knows every format of time, and weighs as much as a page.

use jiff::civil::Date;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// For `#[serde(with = …)]` on a day.
pub mod one {
    use super::*;

    pub fn serialize<S: Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        day.to_string().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        read(&String::deserialize(deserializer)?)
    }
}

/// For `#[serde(with = …)]` on the first and the last day of something that may be empty.
pub mod both {
    use super::*;

    #[allow(clippy::ref_option, reason = "serde asks for the field by reference")]
    pub fn serialize<S: Serializer>(
        days: &Option<(Date, Date)>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        days.map(|(first, last)| (first.to_string(), last.to_string()))
            .serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<(Date, Date)>, D::Error> {
        match <Option<(String, String)>>::deserialize(deserializer)? {
            Some((first, last)) => Ok(Some((read(&first)?, read(&last)?))),
            None => Ok(None),
        }
    }
}

/// `2026-01-05`, in any year that dates have.
fn read<E: Error>(text: &str) -> Result<Date, E> {
    let mut parts = text.split('-');
    let mut number = || parts.next()?.parse::<i16>().ok();
    let parts = (number(), number(), number());
    let day = match parts {
        (Some(year), Some(month), Some(day)) => i8::try_from(month)
            .ok()
            .zip(i8::try_from(day).ok())
            .and_then(|(month, day)| Date::new(year, month, day).ok()),
        _ => None,
    };
    day.ok_or_else(|| E::custom("not a day"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use jiff::civil::date;

    use crate::{ReleaseId, ReleaseInfo};

    #[test]
    fn a_release_crosses_the_wire_as_it_is() {
        for observed in [None, Some((date(1999, 12, 31), date(2026, 2, 3)))] {
            let release = ReleaseInfo {
                id: ReleaseId("r".into()),
                business_date: date(2026, 2, 28),
                observed,
                zone: "UTC".into(),
            };
            let text = serde_json::to_string(&release).unwrap();
            assert_eq!(
                serde_json::from_str::<ReleaseInfo>(&text).unwrap(),
                release,
                "{text}"
            );
        }
        let wrong = r#"{"id":"r","business_date":"2026-02-30","observed":null,"zone":"UTC"}"#;
        assert!(serde_json::from_str::<ReleaseInfo>(wrong).is_err());
    }
}
