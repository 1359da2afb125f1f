//! One JSON object, its values as the text they were written with: no number passes through a float.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Keys and values as they stand, a key that stands twice twice.
pub(super) struct Object<'l>(pub Vec<(Cow<'l, str>, &'l RawValue)>);

impl<'l> Object<'l> {
    /// Reads a line that is one object; the error says why it is none.
    pub(super) fn parse(line: &'l str) -> Result<Self, String> {
        serde_json::from_str(line).map_err(|error| reason(&error))
    }
}

fn reason(error: &serde_json::Error) -> String {
    let words = error.to_string();
    // There is but one line.
    format!(
        "no JSON object ({})",
        words.replace("at line 1 column", "at byte")
    )
}

/// A value's text: of a string what it says, of an object or array compact JSON; nothing for null.
///
/// # Errors
/// What is wrong with a string's escapes.
pub(super) fn text<'l>(value: &'l RawValue) -> Result<Option<Cow<'l, str>>, String> {
    let raw = value.get();
    Ok(Some(match raw.as_bytes().first() {
        Some(b'"') => match raw[1..raw.len() - 1].contains('\\') {
            false => Cow::Borrowed(&raw[1..raw.len() - 1]),
            true => Cow::Owned(serde_json::from_str(raw).map_err(|error| reason(&error))?),
        },
        Some(b'{' | b'[') => compact(raw),
        Some(b'n') => return Ok(None),
        _ => Cow::Borrowed(raw),
    }))
}

/// JSON without the white space between its tokens.
fn compact(raw: &str) -> Cow<'_, str> {
    if !raw.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return Cow::Borrowed(raw);
    }
    let (mut quoted, mut escaped) = (false, false);
    let kept = raw.chars().filter(|&c| {
        let keep = quoted || !c.is_ascii_whitespace();
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        keep
    });
    Cow::Owned(kept.collect())
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::with_capacity(16);
                while let Some(Key(key)) = map.next_key()? {
                    pairs.push((key, map.next_value()?));
                }
                Ok(Object(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'l>(Cow<'l, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    fn texts(line: &str) -> Result<Vec<(String, Option<String>)>, String> {
        let object = Object::parse(line)?;
        object
            .0
            .iter()
            .map(|(key, value)| Ok((key.to_string(), text(value)?.map(Cow::into_owned))))
            .collect()
    }

    #[test]
    fn values_keep_the_text_they_were_written_with() {
        let line = r#" {"a": 1.10, "b":"x\"\u00e9\n", "c" : null, "d":true, "\u0065": [ 1, {"k l": "m \" n"} ],
            "f":123456789012345678901234567890.0010, "g":1E-7, "h":"", "i":"{ }"} "#;
        let found = texts(line).unwrap();
        let found: Vec<(&str, Option<&str>)> = found
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_deref()))
            .collect();
        assert_eq!(
            found,
            [
                ("a", Some("1.10")),
                ("b", Some("x\"é\n")),
                ("c", None),
                ("d", Some("true")),
                ("e", Some(r#"[1,{"k l":"m \" n"}]"#)),
                ("f", Some("123456789012345678901234567890.0010")),
                ("g", Some("1E-7")),
                ("h", Some("")),
                ("i", Some("{ }")),
            ]
        );
    }

    #[test]
    fn what_is_no_object_says_why() {
        for (line, reason) in [
            (
                r#"{"a": 1, "b": "x"#,
                "no JSON object (EOF while parsing a string at byte 16)",
            ),
            (
                r#"{"a": 1} {"#,
                "no JSON object (trailing characters at byte 10)",
            ),
            (
                "[1]",
                "no JSON object (invalid type: sequence, expected an object at byte 0)",
            ),
            (
                "3",
                "no JSON object (invalid type: integer `3`, expected an object at byte 1)",
            ),
            (
                r#"{"a": "\ud800"}"#,
                "no JSON object (unexpected end of hex escape at byte 8)",
            ),
            (r#"{"a": 01}"#, "no JSON object (invalid number at byte 8)"),
            (
                r#"{a: 1}"#,
                "no JSON object (key must be a string at byte 2)",
            ),
        ] {
            assert_eq!(texts(line), Err(reason.to_owned()), "{line}");
        }
    }

    #[test]
    fn nesting_without_end_is_no_danger() {
        let deep = format!(
            r#"{{"a": {}1{}}}"#,
            "[".repeat(200_000),
            "]".repeat(200_000)
        );
        assert_eq!(texts(&deep).unwrap()[0].1.as_ref().unwrap().len(), 400_001);
    }
}
