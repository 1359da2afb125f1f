//! Tests that are declared in YAML: dbt's four, and those of the project's own `tests/generic/`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::check::Check;
use super::data_tests::{self, DataTest};
use super::error::{ProjectError, did_you_mean};
use super::test_entry::TestEntry;

const BUILT_IN: [&str; 4] = ["unique", "not_null", "relationships", "accepted_values"];

/// A `{% test name(model, …) %}` of `tests/generic/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GenericTest {
    body: String,
    /// Name, and whether it has a default.
    parameters: Vec<(String, bool)>,
}

/// Files and their texts.
type Texts = Vec<(PathBuf, String)>;

/// The generic tests of these files, and each file as the macros that render them.
pub(super) fn read(files: Texts) -> Result<(BTreeMap<String, GenericTest>, Texts), ProjectError> {
    let mut tests = BTreeMap::new();
    let mut macros = Vec::new();
    for (file, text) in files {
        for (name, parameters) in signatures(&text) {
            let test = GenericTest {
                body: text.clone(),
                parameters,
            };
            if BUILT_IN.contains(&name.as_str()) || tests.insert(name.clone(), test).is_some() {
                let message = format!("there is another generic test `{name}`");
                return Err(ProjectError::new(&file, None, message));
            }
        }
        // A test differs from a macro by its name only.
        let as_macros = ["{%- test ", "{% test "]
            .iter()
            .fold(text, |text, test| {
                text.replace(test, &test.replace("test", "macro"))
            })
            .replace("endtest", "endmacro");
        macros.push((file, as_macros));
    }
    Ok((tests, macros))
}

/// `{% test name(a, b=1) %}` → name, [(a, no default), (b, default)].
fn signatures(text: &str) -> Vec<(String, Vec<(String, bool)>)> {
    let mut found = Vec::new();
    for block in text.split("{%").skip(1) {
        let block = block.trim_start_matches(['-', '+']).trim_start();
        let Some(rest) = block.strip_prefix("test ") else {
            continue;
        };
        let Some((name, rest)) = rest.split_once('(') else {
            continue;
        };
        let Some((inside, _)) = rest.split_once(')') else {
            continue;
        };
        let parameters = inside
            .split(',')
            .map(|parameter| match parameter.split_once('=') {
                Some((name, _)) => (name.trim().to_owned(), true),
                None => (parameter.trim().to_owned(), false),
            })
            .filter(|(name, _)| !name.is_empty())
            .collect();
        found.push((name.trim().to_owned(), parameters));
    }
    found
}

/// Where an entry of YAML stands.
pub(super) struct Place<'a> {
    pub on: &'a str,
    pub column: Option<&'a str>,
    pub file: &'a Path,
    pub line: Option<usize>,
}

/// Makes a test of a YAML entry.
pub(super) fn from_entry(
    entry: &TestEntry,
    place: &Place<'_>,
    generic: &BTreeMap<String, GenericTest>,
) -> Result<DataTest, ProjectError> {
    let mistake = |message: String| ProjectError::new(place.file, place.line, message);
    let (check, name) = match generic.get(&entry.test) {
        Some(known) => of_the_project(entry, place, known),
        None => built_in(entry, place, generic),
    }
    .map_err(mistake)?;
    let config = &entry.spec.config;
    Ok(DataTest {
        name: entry.spec.name.clone().unwrap_or(name),
        on: place.on.to_owned(),
        severity: data_tests::behaviour(
            config.severity.as_deref(),
            config.meta.behaviour.as_deref(),
        )
        .map_err(mistake)?,
        description: entry.spec.description().to_owned(),
        daily: config.tags.contains("daily"),
        file: place.file.to_owned(),
        line: place.line,
        check,
        only_where: config.where_.clone(),
    })
}

fn of_the_project(
    entry: &TestEntry,
    place: &Place<'_>,
    known: &GenericTest,
) -> Result<(Check, String), String> {
    let (test, on) = (&entry.test, place.on);
    let arguments = entry.spec.arguments();
    let takes = |name: &str| known.parameters.iter().any(|(known, _)| known == name);
    let wanted: Vec<&str> = known
        .parameters
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| *name != "model" && *name != "column_name")
        .collect();
    for name in arguments.keys() {
        if !wanted.contains(&name.as_str()) {
            let near = did_you_mean(name, wanted.iter().copied());
            return Err(format!(
                "`{test}` takes no argument `{name}`; it takes {}{near}",
                list(&wanted)
            ));
        }
    }
    for (name, has_default) in &known.parameters {
        if wanted.contains(&name.as_str()) && !has_default && !arguments.contains_key(name) {
            return Err(format!("`{test}` needs `arguments: {{{name}: …}}`"));
        }
    }
    if !takes("model") {
        return Err(format!(
            "the generic test `{test}` has no parameter `model`: it would test nothing"
        ));
    }
    let column = place.column.map(str::to_owned);
    match (takes("column_name"), &column) {
        (true, None) => return Err(below_a_column(test, on)),
        (false, Some(_)) => {
            return Err(format!(
                "`{test}` tests a model: write it below `{on}`, not below one of its columns"
            ));
        }
        _ => {}
    }
    let said: Vec<String> = column
        .iter()
        .cloned()
        .chain(arguments.values().flat_map(|value| match value {
            Value::Array(values) => values.iter().map(plain).collect(),
            one => vec![plain(one)],
        }))
        .map(|text| text.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_"))
        .collect();
    let name = format!("{test}_{on}_{}", said.join("__"));
    let check = Check::Generic {
        test: test.clone(),
        body: known.body.clone(),
        column,
        arguments,
    };
    Ok((check, name.trim_end_matches('_').to_owned()))
}

fn built_in(
    entry: &TestEntry,
    place: &Place<'_>,
    generic: &BTreeMap<String, GenericTest>,
) -> Result<(Check, String), String> {
    let (test, on) = (entry.test.as_str(), place.on);
    let known = || {
        BUILT_IN
            .into_iter()
            .chain(generic.keys().map(String::as_str))
    };
    let takes: &[&str] = match test {
        "unique" | "not_null" => &[],
        "relationships" => &["to", "field"],
        "accepted_values" => &["values", "quote"],
        _ => {
            return Err(format!(
                "unknown test `{test}`; what can be used is {}, or a SELECT in tests/{}",
                known().collect::<Vec<_>>().join(", "),
                did_you_mean(test, known())
            ));
        }
    };
    let Some(column) = place.column.map(str::to_owned) else {
        return Err(below_a_column(test, on));
    };
    let arguments = entry.spec.arguments();
    if let Some(name) = arguments
        .keys()
        .find(|name| !takes.contains(&name.as_str()))
    {
        let near = did_you_mean(name, takes.iter().copied());
        return Err(format!(
            "`{test}` takes no argument `{name}`; it takes {}{near}",
            list(takes)
        ));
    }
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    Ok(match test {
        "unique" => {
            let name = format!("unique_{on}_{column}");
            (Check::Unique { column }, name)
        }
        "not_null" => {
            let name = format!("not_null_{on}_{column}");
            (Check::NotNull { column }, name)
        }
        "relationships" => {
            let (Some(to), Some(field)) = (text("to"), text("field")) else {
                return Err("`relationships` needs `arguments: {to: ref('…'), field: …}`".into());
            };
            let to = referenced(to)
                .ok_or_else(|| format!("`to: {to}` is no ref: write `to: ref('a_model')`"))?
                .to_owned();
            let name = format!("relationships_{on}_{column}__{field}__ref_{to}_");
            let field = field.to_owned();
            (Check::Relationships { column, to, field }, name)
        }
        _ => {
            let values = arguments.get("values").and_then(Value::as_array);
            let Some(values) = values.filter(|values| !values.is_empty()) else {
                return Err("`accepted_values` needs `arguments: {values: [...]}`".into());
            };
            let said: Vec<String> = values.iter().map(plain).collect();
            let name = format!("accepted_values_{on}_{column}__{}", said.join("__"));
            let values = values.iter().map(literal).collect();
            (Check::AcceptedValues { column, values }, name)
        }
    })
}

fn below_a_column(test: &str, on: &str) -> String {
    format!("`{test}` tests a column: write it below one of the columns of `{on}`")
}

fn list(names: &[&str]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

/// `ref('x')` → `x`.
fn referenced(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("ref(")?.strip_suffix(')')?.trim();
    let name = inner.trim_matches(['\'', '"']);
    (!name.is_empty() && name.len() + 2 == inner.len()).then_some(name)
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn literal(value: &Value) -> String {
    value.as_str().map_or_else(
        || value.to_string(),
        |text| format!("'{}'", text.replace('\'', "''")),
    )
}
