//! Addresses of pages: the path names the dashboard, the query its filters.

use marts::Preset;

/// The query parameter that asks for a page in one piece, without scripts.
const STATIC_VIEW: &str = "view=static";

/// Takes what is not a filter off a query string: `view=static`, and the empty fields that a plain form sends.
/// A named range wins over dates sent beside it, for the form always sends both.
///
/// Returns whether the static view is asked for, and the rest in its order.
#[must_use]
pub fn split_query(query: &str) -> (bool, String) {
    let pairs: Vec<&str> = query
        .split('&')
        .filter(|pair| {
            pair.split_once('=')
                .is_none_or(|(_, value)| !value.is_empty())
        })
        .filter(|pair| !pair.is_empty())
        .collect();
    let is_static = pairs.contains(&STATIC_VIEW);
    let names_range = pairs.iter().any(|pair| {
        pair.strip_prefix("range=")
            .is_some_and(|slug| Preset::from_slug(slug).is_some())
    });
    let is_filter = |pair: &&str| {
        let is_date = pair.starts_with("from=") || pair.starts_with("to=");
        let is_field = pair.starts_with("compare_from=") || pair.starts_with("compare_to=");
        *pair != STATIC_VIEW && !(names_range && is_date) && !is_field
    };
    let field = |name: &str| pairs.iter().find_map(|pair| pair.strip_prefix(name));
    let compared = match (field("compare_from="), field("compare_to=")) {
        (Some(from), Some(to)) => format!("compare={from}..{to}"),
        _ => "compare=custom".to_owned(),
    };
    let rest: Vec<&str> = pairs
        .iter()
        .copied()
        .filter(is_filter)
        .map(|pair| match pair {
            "compare=custom" => compared.as_str(),
            pair => pair,
        })
        .collect();
    (is_static, rest.join("&"))
}

/// The address of a dashboard under the given filters, keeping the static view where it is on.
#[must_use]
pub fn dashboard_href(dashboard: &str, query: &str, is_static: bool) -> String {
    let mut href = format!("/{dashboard}");
    let mut separator = '?';
    for part in [query, if is_static { STATIC_VIEW } else { "" }] {
        if !part.is_empty() {
            href.push(separator);
            href.push_str(part);
            separator = '&';
        }
    }
    href
}

/// The query with another range, the usual one without `dates`.
#[must_use]
pub fn with_dates(query: &str, dates: Option<(&str, &str)>) -> String {
    let is_range = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        pair.is_empty() || matches!(name, "range" | "from" | "to")
    };
    let mut pairs: Vec<String> = dates
        .map(|(from, to)| vec![format!("from={from}"), format!("to={to}")])
        .unwrap_or_default();
    pairs.extend(
        query
            .split('&')
            .filter(|pair| !is_range(pair))
            .map(str::to_owned),
    );
    pairs.join("&")
}

/// The query with the rows of a figure opened, which are spelled as [`marts::Drill::spelled`] does.
#[must_use]
pub fn with_drill(query: &str, spelled: &str) -> String {
    let others = query.split('&');
    let others = others.filter(|pair| !pair.is_empty() && !pair.starts_with("drill="));
    let mut pairs: Vec<String> = others.map(str::to_owned).collect();
    pairs.push(format!("drill={}", encoded(spelled)));
    pairs.join("&")
}

/// A value as it stands in a query string.
#[must_use]
pub fn encoded(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// The same page in the static view.
#[cfg(any(feature = "ssr", test))]
#[must_use]
pub fn static_href(path: &str, query: &str) -> String {
    let (_, rest) = split_query(query);
    dashboard_href(path.trim_start_matches('/'), &rest, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_static_view_and_empty_fields_are_no_filters() {
        assert_eq!(
            split_query("range=last_90_days&grain=&state=OH&view=static&department="),
            (true, "range=last_90_days&state=OH".to_owned())
        );
        assert_eq!(
            split_query("range=last_7_days&from=2026-01-01&to=2026-01-31").1,
            "range=last_7_days"
        );
        assert_eq!(
            split_query("range=custom&from=2026-01-01&to=2026-01-31").1,
            "range=custom&from=2026-01-01&to=2026-01-31"
        );
        assert_eq!(
            split_query("compare=custom&compare_from=2025-01-01&compare_to=2025-01-31").1,
            "compare=2025-01-01..2025-01-31"
        );
        assert_eq!(
            split_query("compare=none&compare_from=2025-01-01&compare_to=2025-01-31").1,
            "compare=none"
        );
        assert_eq!(split_query(""), (false, String::new()));
        assert_eq!(
            split_query("grain=fortnight"),
            (false, "grain=fortnight".to_owned())
        );
    }

    #[test]
    fn a_range_replaces_the_one_before() {
        let days = Some(("2026-01-05", "2026-02-01"));
        assert_eq!(
            with_dates("range=last_7_days&state=OH", days),
            "from=2026-01-05&to=2026-02-01&state=OH"
        );
        assert_eq!(
            with_dates("from=2026-01-05&to=2026-02-01&grain=day", None),
            "grain=day"
        );
    }

    #[test]
    fn rows_of_a_point_take_the_place_of_those_before() {
        assert_eq!(
            with_drill(
                "state=OH&drill=receipts",
                "retail_spend&days=2026-01-05..2026-01-11"
            ),
            "state=OH&drill=retail_spend%26days%3D2026-01-05..2026-01-11"
        );
        assert_eq!(with_drill("", "units"), "drill=units");
    }

    #[test]
    fn values_are_encoded_whatever_they_hold() {
        assert_eq!(
            encoded("2026-01-01 00:00~r&é"),
            "2026-01-01%2000%3A00~r%26%C3%A9"
        );
    }

    #[test]
    fn hrefs_keep_the_static_view() {
        assert_eq!(dashboard_href("purchases", "", false), "/purchases");
        assert_eq!(
            dashboard_href("purchases", "state=OH", false),
            "/purchases?state=OH"
        );
        assert_eq!(
            dashboard_href("purchases", "state=OH", true),
            "/purchases?state=OH&view=static"
        );
        assert_eq!(
            dashboard_href("purchases", "", true),
            "/purchases?view=static"
        );
        assert_eq!(
            static_href("/purchases", "view=static&state=OH"),
            "/purchases?state=OH&view=static"
        );
    }
}
