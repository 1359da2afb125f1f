//! The report as a page that stands alone.

use std::fmt::Write as _;

use crate::report::{Part, Report};

const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color-scheme:light dark}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8884;vertical-align:top}\
td.n{text-align:right;font-variant-numeric:tabular-nums}tr.differs td{font-weight:600}\
pre{overflow-x:auto;white-space:pre-wrap}caption{text-align:left;font-weight:600;font-size:1.2rem;padding:1rem 0 .4rem}";

pub(crate) fn page(report: &Report) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Parallel run</title><style>{STYLE}</style></head><body>\n<h1>Parallel run</h1>\n\
         <p><strong>{}</strong></p>\n<dl><dt>Left</dt><dd>{}</dd><dt>Right</dt><dd>{}</dd></dl>\n",
        escaped(&report.verdict()),
        escaped(&report.left),
        escaped(&report.right)
    );
    for (title, parts) in [("Tables", &report.tables), ("Questions", &report.questions)] {
        if parts.is_empty() {
            continue;
        }
        let _ = writeln!(
            page,
            "<table><caption>{title}</caption><thead><tr><th>Name</th><th>Verdict</th><th>Rows, left</th><th>Rows, right</th><th>Rows that differ</th></tr></thead><tbody>"
        );
        // What differs stands first.
        let (equal, differing): (Vec<&Part>, Vec<&Part>) =
            parts.iter().partition(|part| part.is_equal());
        for part in differing.into_iter().chain(equal) {
            row(&mut page, part);
        }
        page.push_str("</tbody></table>\n");
    }
    page.push_str("</body></html>\n");
    page
}

fn row(page: &mut String, part: &Part) {
    let class = if part.is_equal() {
        ""
    } else {
        " class=\"differs\""
    };
    let numbers = match &part.comparison {
        Some(of) => [of.left_rows, of.right_rows, of.differing_rows].map(|n| n.to_string()),
        None => Default::default(),
    };
    let _ = write!(
        page,
        "<tr{class}><td>{}</td><td>{}</td>",
        escaped(&part.name),
        escaped(&part.verdict.to_string())
    );
    for number in numbers {
        let _ = write!(page, "<td class=\"n\">{number}</td>");
    }
    page.push_str("</tr>\n");
    let mut told = part.told();
    told.extend(part.sql.clone());
    if !told.is_empty() {
        let _ = writeln!(
            page,
            "<tr><td colspan=\"5\"><pre>{}</pre></td></tr>",
            escaped(&told.join("\n"))
        );
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
