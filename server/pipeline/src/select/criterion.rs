//! One criterion: `2+tag:nightly+1`.

/// What a criterion says; see [`Criterion::parse`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Criterion {
    pub method: Method,
    pub value: String,
    /// How far upstream; `Some(None)` is all the way.
    pub parents: Option<Option<usize>>,
    pub children: Option<Option<usize>>,
    /// With everything downstream, and all that it reads.
    pub childrens_parents: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Name,
    Tag,
    Path,
    File,
    Source,
}

const METHODS: [(&str, Method); 5] = [
    ("fqn", Method::Name),
    ("tag", Method::Tag),
    ("path", Method::Path),
    ("file", Method::File),
    ("source", Method::Source),
];

impl Criterion {
    /// `[@][n+][method:]value[+n]`.
    ///
    /// # Errors
    /// A sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (childrens_parents, rest) = match text.strip_prefix('@') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (parents, rest) = match rest.split_once('+') {
            Some((depth, behind)) if is_depth(depth) => (Some(steps(depth)), behind),
            _ => (None, rest),
        };
        let (children, rest) = match rest.rsplit_once('+') {
            Some((before, depth)) if is_depth(depth) => (Some(steps(depth)), before),
            _ => (None, rest),
        };
        if childrens_parents && children.is_some() {
            return Err(format!(
                "`{text}` is not understood: @ already stands for all that is downstream, so no + can follow"
            ));
        }
        let (method, value) = match rest.split_once(':') {
            None => (default_method(rest), rest),
            Some((name, value)) => match METHODS.iter().find(|(known, _)| *known == name) {
                Some((_, method)) => (*method, value),
                None => {
                    let known = METHODS.map(|(name, _)| format!("{name}:"));
                    return Err(format!(
                        "`{text}` is not understood: there is no method `{name}:`; there are {}",
                        known.join(", ")
                    ));
                }
            },
        };
        if value.is_empty() {
            return Err(format!("`{text}` is not understood: it names nothing"));
        }
        Ok(Self {
            method,
            value: value.to_owned(),
            parents,
            children,
            childrens_parents,
        })
    }
}

/// As dbt guesses where no method is said.
fn default_method(value: &str) -> Method {
    if value.contains('/') {
        Method::Path
    } else if value.ends_with(".sql") || value.ends_with(".csv") {
        Method::File
    } else {
        Method::Name
    }
}

fn is_depth(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// A number too great to count to is all the way.
fn steps(depth: &str) -> Option<usize> {
    depth.parse().ok()
}
