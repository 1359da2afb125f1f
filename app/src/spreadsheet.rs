//! A panel's rows as a spreadsheet takes them from the clipboard.

use marts::{Column, ColumnRole, PanelView, Value, format};

use crate::panel_api::Copied;

/// The first answer of a panel, with a line of labels above.
#[must_use]
pub fn copied(view: &PanelView) -> Copied {
    let Some(frame) = view.answers.first().map(|answered| &answered.frame) else {
        return Copied {
            text: String::new(),
            html: String::new(),
        };
    };
    let shown: Vec<(usize, &Column)> = frame
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| {
            matches!(
                column.role,
                ColumnRole::Dimension | ColumnRole::Time | ColumnRole::Metric
            ) || (column.role == ColumnRole::Prior && view.prior.is_some())
        })
        .collect();
    let head = shown
        .iter()
        .map(|(_, column)| plain(&column.label))
        .collect();
    let rows = frame.rows.iter().map(|row| {
        let cell =
            |(at, column): &(usize, &Column)| cell(row.get(*at).unwrap_or(&Value::Null), column);
        shown.iter().map(cell).collect()
    });
    let lines: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let text: Vec<String> = lines.iter().map(|cells| cells.join("\t")).collect();
    let html: String = lines
        .iter()
        .enumerate()
        .map(|(at, cells)| {
            let tag = if at == 0 { "th" } else { "td" };
            let cells: String = cells
                .iter()
                .map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell)))
                .collect();
            format!("<tr>{cells}</tr>")
        })
        .collect();
    Copied {
        text: text.join("\n"),
        html: format!("<table>{html}</table>"),
    }
}

/// Numbers in full, dates as spreadsheets of every language read them, nothing for no data.
fn cell(value: &Value, column: &Column) -> String {
    match value {
        Value::Null if column.role == ColumnRole::Dimension => format::dimension(value),
        Value::Null => String::new(),
        Value::Date(day) => day.to_string(),
        Value::DateTime(at) => at.to_string().replace('T', " "),
        Value::Text(text) => plain(text),
        value => match value.decimal() {
            Some(number) => number.normalize().to_string(),
            None => plain(&format::dimension(value)),
        },
    }
}

/// One cell's text: no tab or line end, and nothing that a spreadsheet takes for a formula.
fn plain(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    match text.chars().next() {
        Some('=' | '+' | '-' | '@') => format!("'{text}"),
        _ => text,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use marts::Unit;

    #[test]
    fn cells_are_exact_and_no_formula() {
        let column = |role| Column {
            name: "x".to_owned(),
            label: "X".to_owned(),
            unit: Unit::Usd,
            role,
        };
        let dimension = |text: &str| {
            cell(
                &Value::Text(text.to_owned()),
                &column(ColumnRole::Dimension),
            )
        };
        assert_eq!(dimension("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(dimension("two\tcells"), "two cells");
        assert_eq!(
            cell(&Value::Null, &column(ColumnRole::Dimension)),
            "Unknown"
        );
        assert_eq!(cell(&Value::Null, &column(ColumnRole::Metric)), "");
        let amount = Value::Decimal(rust_decimal::Decimal::new(-123_456_789, 2));
        assert_eq!(cell(&amount, &column(ColumnRole::Metric)), "-1234567.89");
    }
}
