//! The `<svg>` around what the backend wrote.

use crate::svg_backend::Escaped;

/// A complete element. `class` names the kind of figure; `title` is a few words, `summary` a sentence
/// or two for people who cannot see it. Both are escaped here.
#[must_use]
pub fn document(
    class: &str,
    (width, height): (u32, u32),
    title: &str,
    summary: &str,
    body: &str,
) -> String {
    let (title, summary) = (Escaped(title), Escaped(summary));
    format!(
        concat!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="fig {class}" viewBox="0 0 {w} {h}" "#,
            r#"width="{w}" height="{h}" role="img" aria-label="{title}. {summary}">"#,
            "<title>{title}</title><desc>{summary}</desc>{body}</svg>"
        ),
        class = class,
        w = width,
        h = height,
        title = title,
        summary = summary,
        body = body
    )
}
