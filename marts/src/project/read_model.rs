//! A model's file, and what its `config()` and its folders say about how it is kept.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::ProjectError;
use super::files::stem;
use super::jinja::{Jinja, Names, Rendered, line_of};
use super::model::{Materialized, Model, in_hook};
use super::properties::FolderConfig;

/// Both replace the rows of the keys that the SELECT names.
const STRATEGIES: [&str; 2] = ["delete+insert", "merge"];

/// What `dbt_project.yml` says for the folders a file stands in; inner folders win, tags add up.
pub(super) fn folder_settings(
    folders: &FolderConfig,
    root: &Path,
    model_paths: &[String],
    file: &Path,
) -> FolderConfig {
    let mut settings = FolderConfig::default();
    let mut take = |folder: &FolderConfig| {
        settings.schema = folder.schema.clone().or(settings.schema.take());
        settings.materialized = folder.materialized.clone().or(settings.materialized.take());
        settings.tags.extend(folder.tags.iter().cloned());
    };
    take(folders);
    let inside = model_paths
        .iter()
        .find_map(|path| file.strip_prefix(root.join(path)).ok());
    let mut folder = folders;
    for part in inside
        .and_then(Path::parent)
        .into_iter()
        .flat_map(Path::components)
    {
        let Some(inner) = folder.folders.get(&*part.as_os_str().to_string_lossy()) else {
            break;
        };
        take(inner);
        folder = inner;
    }
    settings
}

/// Reads one model, without values for its variables: what it reads, and how it is kept.
pub(super) fn read_model(
    jinja: &Jinja,
    names: &Arc<Names>,
    file: PathBuf,
    text: String,
    settings: &FolderConfig,
) -> Result<Model, ProjectError> {
    let name = stem(&file);
    // A branch that only an incremental run takes may read more.
    let incremental = Arc::new(Names {
        incremental: true,
        ..Names::clone(names)
    });
    let mut reads = Reads::default();
    let first = jinja.render(&file, &text, names, &name, true)?;
    if first.sql.is_empty() {
        return Err(ProjectError::new(
            &file,
            None,
            "is empty: a model is one SELECT",
        ));
    }
    let mistake = |key: &str, message: String| {
        ProjectError::new(&file, line_of(&text, key).or(Some(1)), message)
    };
    let list = |key: &str| first.lists.get(key).cloned().unwrap_or_default();
    let post_hooks = list("post_hook");
    reads.add(jinja.render(&file, &text, &incremental, &name, true)?);
    for hook in &post_hooks {
        for names in [names, &incremental] {
            let rendered = jinja
                .render(&file, hook, names, &name, true)
                .map_err(|error| in_hook(error, &text))?;
            reads.add(rendered);
        }
    }

    let setting = |key: &str| first.config.get(key).cloned();
    let kind = setting("materialized").or_else(|| settings.materialized.clone());
    let materialized = match kind.as_deref() {
        None | Some("view") => Materialized::View,
        Some("table") => Materialized::Table,
        Some("incremental") => Materialized::Incremental,
        Some(other) => {
            let message = format!(
                "materialized='{other}' is not supported; it is table, view or incremental"
            );
            return Err(mistake("materialized", message));
        }
    };
    let unique_key = list("unique_key");
    if materialized == Materialized::Incremental && unique_key.is_empty() {
        let message = "an incremental model needs config(unique_key=…): the columns whose rows a run replaces together; \
                       without it, a run that is repeated would add its rows twice";
        return Err(mistake("materialized", message.into()));
    }
    if let Some(strategy) = setting("incremental_strategy")
        && !STRATEGIES.contains(&strategy.as_str())
    {
        let message = format!(
            "incremental_strategy='{strategy}' is not supported; it is {}",
            STRATEGIES.join(" or ")
        );
        return Err(mistake("incremental_strategy", message));
    }
    if materialized == Materialized::View && !post_hooks.is_empty() {
        let message = "a view holds no rows that a post_hook could delete";
        return Err(mistake("post_hook", message.into()));
    }
    let tags = settings.tags.iter().cloned().chain(list("tags")).collect();
    let schema = setting("schema").or_else(|| settings.schema.clone());
    reads.add(first);
    Ok(Model {
        schema: schema.unwrap_or_default(),
        materialized,
        unique_key,
        tags,
        refs: reads.refs,
        sources: reads.sources,
        vars: reads.vars,
        description: String::new(),
        columns: Vec::new(),
        enforced: None,
        expectations: Vec::new(),
        name,
        file,
        text,
        post_hooks,
    })
}

/// All that a model and its hooks asked for.
#[derive(Default)]
struct Reads {
    refs: BTreeSet<String>,
    sources: BTreeSet<(String, String)>,
    vars: BTreeSet<String>,
}

impl Reads {
    fn add(&mut self, rendered: Rendered) {
        self.refs.extend(rendered.refs);
        self.sources.extend(rendered.sources);
        self.vars.extend(rendered.vars);
    }
}
