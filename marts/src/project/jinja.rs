//! The Jinja that models and tests may use: `ref`, `source`, `config`, `var`, `is_incremental`, `this`, the
//! project's own macros, and `{% if %}`, `{% for %}`, `{% set %}`. Anything else is an error with file and line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};

use super::error::{ProjectError, did_you_mean};

const FUNCTIONS: [&str; 6] = ["ref", "source", "config", "var", "is_incremental", "this"];
const CONFIG_KEYS: [&str; 9] = [
    "materialized",
    "schema",
    "severity",
    "unique_key",
    "incremental_strategy",
    "on_schema_change",
    "post_hook",
    "tags",
    "meta",
];

/// What the names in a file stand for.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Model or seed → how SQL names its relation.
    pub relations: BTreeMap<String, String>,
    /// (source, table) → how SQL names it.
    pub sources: BTreeMap<(String, String), String>,
    pub vars: BTreeMap<String, serde_json::Value>,
    /// What `is_incremental()` answers.
    pub incremental: bool,
}

/// A rendered file: its SQL and what it asked for on the way.
#[derive(Debug, Clone, Default)]
pub struct Rendered {
    pub sql: String,
    pub refs: BTreeSet<String>,
    pub sources: BTreeSet<(String, String)>,
    pub vars: BTreeSet<String>,
    pub config: BTreeMap<String, String>,
    /// The same settings as lists: one entry where the file gives a text.
    pub lists: BTreeMap<String, Vec<String>>,
}

/// The project's macros, ready to render files with.
#[derive(Debug, Clone, Default)]
pub(super) struct Jinja {
    /// File and text.
    macros: Vec<(PathBuf, String)>,
    /// One line of `{% from … import … %}`, put before a file's first line so that its line numbers stay.
    imports: String,
    names: BTreeSet<String>,
}

impl Jinja {
    /// Takes the macro files; each is checked by itself.
    pub fn new(macros: Vec<(PathBuf, String)>) -> Result<Self, ProjectError> {
        let mut jinja = Self {
            macros,
            ..Self::default()
        };
        for (file, text) in &jinja.macros {
            let names = macro_names(text);
            if names.is_empty() {
                continue;
            }
            // As dbt does, which compiles no project with two of a name.
            if let Some(twice) = names.iter().find(|name| jinja.names.contains(*name)) {
                let message = format!(
                    "there is another macro `{twice}` in the project; a name is given once"
                );
                let line = line_of(text, &format!("macro {twice}"));
                return Err(ProjectError::new(file, line, message));
            }
            jinja.imports.push_str(&format!(
                "{{% from '{}' import {} %}}",
                file.display(),
                names.join(", ")
            ));
            jinja.names.extend(names);
        }
        for (file, text) in &jinja.macros {
            let mut env = Environment::empty();
            env.add_template(MACRO_CHECK, text)
                .map_err(|e| jinja.mistake(file, text, &e))?;
            let template = env
                .get_template(MACRO_CHECK)
                .map_err(|e| jinja.mistake(file, text, &e))?;
            jinja.refuse_unknown_names(file, text, &template.undeclared_variables(true))?;
        }
        Ok(jinja)
    }

    /// Renders a model or a test. With `open_vars` a variable without a value is empty text instead of an error:
    /// reading the project's graph needs no values.
    pub fn render(
        &self,
        file: &Path,
        text: &str,
        names: &Arc<Names>,
        this: &str,
        open_vars: bool,
    ) -> Result<Rendered, ProjectError> {
        let source = format!("{}{text}", self.imports);
        let name = file.display().to_string();
        let mut env = Environment::empty();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_debug(true);
        for (path, text) in &self.macros {
            env.add_template_owned(path.display().to_string(), text.clone())
                .map_err(|e| self.mistake(path, text, &e))?;
        }
        env.add_template(&name, &source)
            .map_err(|e| self.mistake(file, text, &e))?;
        let found = Arc::new(Mutex::new(Rendered::default()));
        add_functions(&mut env, names, &found, open_vars);
        env.add_global("this", this);
        let template = env
            .get_template(&name)
            .map_err(|e| self.mistake(file, text, &e))?;
        self.refuse_unknown_names(file, text, &template.undeclared_variables(true))?;
        let sql = template
            .render(())
            .map_err(|e| self.mistake(file, text, &e))?;
        drop(env);
        let mut rendered = found
            .lock()
            .map(|mut found| std::mem::take(&mut *found))
            .unwrap_or_default();
        sql.trim().clone_into(&mut rendered.sql);
        Ok(rendered)
    }

    /// Static: also names in branches that do not run.
    fn refuse_unknown_names(
        &self,
        file: &Path,
        text: &str,
        used: &std::collections::HashSet<String>,
    ) -> Result<(), ProjectError> {
        let mut unknown: Vec<(usize, &str)> = used
            .iter()
            .filter(|name| {
                // A function's name alone: `this.name` or `ref.x` is something else.
                let supported = FUNCTIONS.contains(&name.as_str())
                    || self.names.contains(name.as_str())
                    || name.starts_with("loop.");
                !supported
            })
            .map(|name| (line_of(text, name).unwrap_or(1), name.as_str()))
            .collect();
        unknown.sort_unstable();
        let Some((line, name)) = unknown.first() else {
            return Ok(());
        };
        let known = FUNCTIONS
            .iter()
            .copied()
            .chain(self.names.iter().map(String::as_str));
        Err(ProjectError::new(
            file,
            Some(*line),
            format!(
                "unsupported Jinja: `{name}`; what can be used is {}, the project's macros, if, for and set{}",
                FUNCTIONS.join(", "),
                did_you_mean(name, known)
            ),
        ))
    }

    fn mistake(&self, file: &Path, text: &str, error: &Error) -> ProjectError {
        // A mistake inside a macro is reported where the macro stands.
        let culprit = error
            .name()
            .and_then(|name| {
                self.macros
                    .iter()
                    .find(|(path, _)| path.display().to_string() == name)
            })
            .map_or(file, |(path, _)| path.as_path());
        let mut innermost: &dyn std::error::Error = error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        let detail = innermost
            .downcast_ref::<Error>()
            .and_then(Error::detail)
            .or_else(|| error.detail())
            .map_or_else(|| innermost.to_string(), str::to_owned);
        let message = match error.kind() {
            ErrorKind::UnknownFilter
            | ErrorKind::UnknownTest
            | ErrorKind::UnknownFunction
            | ErrorKind::UnknownMethod
            | ErrorKind::SyntaxError => format!("unsupported Jinja: {detail}"),
            _ => detail,
        };
        let line = error
            .line()
            .map(|line| line.min(text.lines().count().max(1)));
        ProjectError::new(culprit, line, message)
    }
}

const MACRO_CHECK: &str = "macro.sql";

fn add_functions(
    env: &mut Environment<'_>,
    names: &Arc<Names>,
    found: &Arc<Mutex<Rendered>>,
    open_vars: bool,
) {
    let (known, record) = (Arc::clone(names), Arc::clone(found));
    env.add_function("ref", move |name: String, second: Option<String>| {
        if second.is_some() {
            return Err(refused("ref takes one name: this project uses no packages"));
        }
        let Some(relation) = known.relations.get(&name) else {
            let near = did_you_mean(&name, known.relations.keys().map(String::as_str));
            return Err(refused(format!(
                "ref('{name}'): there is no model or seed of that name{near}"
            )));
        };
        if let Ok(mut record) = record.lock() {
            record.refs.insert(name);
        }
        Ok(relation.clone())
    });

    let (known, record) = (Arc::clone(names), Arc::clone(found));
    env.add_function("source", move |source: String, table: String| {
        let key = (source, table);
        let Some(relation) = known.sources.get(&key) else {
            let all: Vec<String> = known
                .sources
                .keys()
                .map(|(s, t)| format!("{s}.{t}"))
                .collect();
            let name = format!("{}.{}", key.0, key.1);
            let near = did_you_mean(&name, all.iter().map(String::as_str));
            return Err(refused(format!(
                "source('{}', '{}'): no sources file declares that table{near}",
                key.0, key.1
            )));
        };
        if let Ok(mut record) = record.lock() {
            record.sources.insert(key.clone());
        }
        Ok(relation.clone())
    });

    let (known, record) = (Arc::clone(names), Arc::clone(found));
    env.add_function("var", move |name: String, default: Option<Value>| {
        if let Ok(mut record) = record.lock() {
            record.vars.insert(name.clone());
        }
        match (known.vars.get(&name), default) {
            (Some(value), _) => Ok(jinja_value(value)),
            (None, Some(default)) => Ok(default),
            (None, None) if open_vars => Ok(Value::from("")),
            (None, None) => {
                let near = did_you_mean(&name, known.vars.keys().map(String::as_str));
                Err(refused(format!(
                    "var('{name}') has no value: give it one under `vars` in dbt_project.yml, or a default here{near}"
                )))
            }
        }
    });

    let incremental = names.incremental;
    env.add_function("is_incremental", move || incremental);

    let record = Arc::clone(found);
    env.add_function("config", move |settings: Kwargs| {
        for key in settings.args() {
            if !CONFIG_KEYS.contains(&key) {
                return Err(refused(format!(
                    "config({key}=…) is not known; what can be set is {}{}",
                    CONFIG_KEYS.join(", "),
                    did_you_mean(key, CONFIG_KEYS)
                )));
            }
            let value: Value = settings.get(key)?;
            if let Ok(mut record) = record.lock() {
                let list = match value.kind() {
                    ValueKind::Seq => value.try_iter()?.map(|v| v.to_string()).collect(),
                    _ => vec![value.to_string()],
                };
                record.lists.insert(key.to_owned(), list);
                record.config.insert(key.to_owned(), value.to_string());
            }
        }
        Ok(Value::from(""))
    });
}

/// A list or an object has no use in SQL but as its text.
fn jinja_value(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(value) => Value::from(*value),
        serde_json::Value::String(value) => Value::from(value.as_str()),
        serde_json::Value::Number(value) if value.is_i64() => {
            Value::from(value.as_i64().unwrap_or_default())
        }
        other => Value::from(other.to_string()),
    }
}

fn refused(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// Names after `{% macro`.
fn macro_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for block in text.split("{%").skip(1) {
        let block = block.trim_start_matches(['-', '+']).trim_start();
        if let Some(rest) = block.strip_prefix("macro ")
            && let Some((name, _)) = rest.split_once('(')
        {
            names.push(name.trim().to_owned());
        }
    }
    names
}

/// The first line on which `needle` stands as a whole word, counted from 1.
pub(super) fn line_of(text: &str, needle: &str) -> Option<usize> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.lines()
        .position(|line| {
            line.match_indices(needle).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                let after = line[at + needle.len()..].chars().next();
                !before.is_some_and(word) && !after.is_some_and(word)
            })
        })
        .map(|line| line + 1)
}
