//! In which form an answer is asked for.

use axum::http::{HeaderMap, StatusCode, header};

use crate::service::problem::Problem;

/// A form an answer can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Json,
    Csv,
    Arrow,
}

impl Form {
    /// The first one is given to who has no wish.
    const ALL: [Self; 3] = [Self::Json, Self::Csv, Self::Arrow];

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Arrow => "application/vnd.apache.arrow.stream",
        }
    }
}

/// The form that `Accept` likes best.
///
/// # Errors
/// 406, where it likes none of them.
pub fn choose(headers: &HeaderMap) -> Result<Form, Problem> {
    let mut wishes = Vec::new();
    for value in headers.get_all(header::ACCEPT) {
        for wish in value.to_str().unwrap_or_default().split(',') {
            let mut parts = wish.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts
                .find_map(|part| part.strip_prefix("q="))
                .map_or(1000, thousandths);
            if !media.is_empty() {
                wishes.push((media, weight));
            }
        }
    }
    if wishes.is_empty() {
        return Ok(Form::Json);
    }
    let liking = |form: Form| {
        let exact = form.media_type();
        let (kind, _) = exact.split_once('/').unwrap_or_default();
        // The most exact wish that covers a form decides.
        [exact.to_owned(), format!("{kind}/*"), "*/*".to_owned()]
            .iter()
            .find_map(|pattern| {
                let (_, weight) = wishes.iter().find(|(media, _)| media == pattern)?;
                Some(*weight)
            })
            .unwrap_or(0)
    };
    let mut best: Option<(u16, Form)> = None;
    for form in Form::ALL {
        let liked = liking(form);
        if liked > best.map_or(0, |(most, _)| most) {
            best = Some((liked, form));
        }
    }
    best.map(|(_, form)| form).ok_or_else(|| {
        let forms = Form::ALL.map(Form::media_type).join(", ");
        Problem::new(
            StatusCode::NOT_ACCEPTABLE,
            format!("An answer comes as one of {forms}. Name one of them in Accept."),
        )
    })
}

/// `0.25` as 250; what is no weight weighs nothing.
fn thousandths(weight: &str) -> u16 {
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    let digits: String = part.chars().chain("000".chars()).take(3).collect();
    match (whole.parse::<u16>(), digits.parse::<u16>()) {
        (Ok(whole), Ok(part)) => (whole.min(1) * 1000 + part).min(1000),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn chosen(accept: &str) -> Result<Form, StatusCode> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        choose(&headers).map_err(|problem| problem.status)
    }

    #[test]
    fn the_form_that_is_liked_best_is_given() {
        for (accept, form) in [
            ("application/json", Form::Json),
            ("*/*", Form::Json),
            ("text/html, */*;q=0.8", Form::Json),
            ("text/csv", Form::Csv),
            ("TEXT/CSV; charset=utf-8", Form::Csv),
            ("text/*", Form::Csv),
            ("application/json;q=0.2, text/csv;q=0.9", Form::Csv),
            ("application/json;q=0, */*", Form::Csv),
            (
                "application/vnd.apache.arrow.stream, */*;q=0.1",
                Form::Arrow,
            ),
        ] {
            assert_eq!(chosen(accept), Ok(form), "{accept}");
        }
        assert_eq!(choose(&HeaderMap::new()).unwrap(), Form::Json);
    }

    #[test]
    fn what_there_is_not_is_refused() {
        for accept in [
            "text/html",
            "application/json;q=0",
            "image/*",
            "application/json;q=x",
        ] {
            assert_eq!(chosen(accept), Err(StatusCode::NOT_ACCEPTABLE), "{accept}");
        }
    }
}
