//! Rows as CSV (RFC 4180), safe to open in a spreadsheet.

use marts::{Frame, Value};

use super::cells;

/// A header line and the rows, with these columns of the frame under these names. Lines end with CR LF; no value is an
/// empty field, and an empty text is `""`.
pub fn write(frame: &Frame, columns: &[usize], header: &[String]) -> String {
    let mut text = String::new();
    line(&mut text, header.iter().map(|name| field(name)));
    for row in &frame.rows {
        let cells = columns.iter().map(|&at| match row.get(at) {
            Some(Value::Text(text)) if text.is_empty() => "\"\"".to_owned(),
            Some(Value::Text(text)) => field(text),
            Some(value) => cells::plain(value),
            None => String::new(),
        });
        line(&mut text, cells);
    }
    text
}

fn line(text: &mut String, fields: impl Iterator<Item = String>) {
    for (at, field) in fields.enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&field);
    }
    text.push_str("\r\n");
}

/// A text that a spreadsheet would run as a formula gets an apostrophe before it, which shows it as text.
fn field(text: &str) -> String {
    let is_formula =
        text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let guarded = if is_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    let is_quoted = guarded.contains([',', '"', '\r', '\n'])
        || guarded.starts_with(char::is_whitespace)
        || guarded.ends_with(char::is_whitespace);
    if is_quoted {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use marts::{Column, ColumnRole, Unit};

    use super::*;

    #[test]
    fn numbers_are_exact_and_texts_harmless() {
        let column = |name: &str, role| Column {
            name: name.to_owned(),
            label: name.to_owned(),
            unit: Unit::None,
            role,
        };
        let text = |text: &str| Value::Text(text.to_owned());
        let money = Value::Decimal("-4596039.50".parse().unwrap());
        let frame = Frame {
            columns: vec![
                column("name", ColumnRole::Dimension),
                column("n", ColumnRole::Metric),
            ],
            rows: vec![
                vec![text("O'Hara, \"日本\"\nrow"), money],
                vec![text("=HYPERLINK(\"x\")"), Value::Int(-7)],
                vec![text("-5"), Value::Null],
                vec![text(""), Value::Bool(true)],
                vec![Value::Null, Value::Date(jiff::civil::date(2026, 3, 8))],
            ],
            truncated: false,
        };
        let header = ["Name".to_owned(), "@n, total".to_owned()];
        assert_eq!(
            write(&frame, &[0, 1], &header),
            "Name,\"'@n, total\"\r\n\
             \"O'Hara, \"\"日本\"\"\nrow\",-4596039.50\r\n\
             \"'=HYPERLINK(\"\"x\"\")\",-7\r\n\
             '-5,\r\n\
             \"\",true\r\n\
             ,2026-03-08\r\n"
        );
        assert_eq!(write(&Frame::default(), &[], &[]), "\r\n");
    }
}
