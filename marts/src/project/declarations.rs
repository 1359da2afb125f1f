//! What the project's YAML and tests say of models, seeds and sources, held against the files that are there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::check::Check;
use super::data_tests::{self, DataTest};
use super::error::ProjectError;
use super::expectations::{expectation, freshness};
use super::files::stem;
use super::generic_tests::{GenericTest, Place, from_entry};
use super::jinja::{Jinja, Names, line_of};
use super::model::{Column, Model, Seed, SourceColumn, SourceTable};
use super::properties::{
    ColumnProperties, NodeProperties, PropertiesFile, SourceProperties, parse,
};
use super::test_entry::TestEntry;

fn properties(
    yaml_files: &[(PathBuf, String)],
) -> impl Iterator<Item = Result<(&Path, PropertiesFile), ProjectError>> {
    yaml_files.iter().map(|(file, text)| {
        let empty = text
            .lines()
            .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
        let read = if empty {
            PropertiesFile::default()
        } else {
            parse(file, text)?
        };
        Ok((file.as_path(), read))
    })
}

pub(super) fn source_tables(
    yaml_files: &[(PathBuf, String)],
) -> Result<Vec<SourceTable>, ProjectError> {
    let mut tables: Vec<SourceTable> = Vec::new();
    for read in properties(yaml_files) {
        let (file, read) = read?;
        for SourceProperties {
            name: source,
            tables: declared,
            config,
            ..
        } in read.sources
        {
            for table in declared {
                let line = line(&table.name);
                if tables
                    .iter()
                    .any(|t| t.source == source.value && t.table == table.name.value)
                {
                    let message = format!(
                        "source `{}.{}` is declared twice",
                        source.value, table.name.value
                    );
                    return Err(ProjectError::new(file, line, message));
                }
                let columns = table
                    .columns
                    .into_iter()
                    .map(|c| SourceColumn {
                        name: c.name.value,
                        required: c.config.meta.required,
                        personal: c.config.meta.personal,
                        data_type: c.data_type,
                    })
                    .collect();
                let loaded_at = table.config.loaded_at_field.as_deref();
                let fresh = table
                    .config
                    .freshness
                    .as_ref()
                    .or(config.freshness.as_ref());
                let fresh = fresh.map(|fresh| {
                    freshness(fresh, loaded_at.or(config.loaded_at_field.as_deref()), file)
                });
                tables.push(SourceTable {
                    freshness: fresh.transpose()?,
                    source: source.value.clone(),
                    table: table.name.value,
                    optional: table.config.meta.optional,
                    columns,
                });
            }
        }
    }
    Ok(tables)
}

/// Columns and tests of models and seeds.
pub(super) fn read_properties(
    yaml_files: &[(PathBuf, String)],
    models: &mut BTreeMap<String, Model>,
    seeds: &BTreeMap<String, Seed>,
    generic: &BTreeMap<String, GenericTest>,
) -> Result<Vec<DataTest>, ProjectError> {
    let mut tests = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for read in properties(yaml_files) {
        let (file, read) = read?;
        for (node, is_seed) in read
            .models
            .into_iter()
            .map(|n| (n, false))
            .chain(read.seeds.into_iter().map(|n| (n, true)))
        {
            let NodeProperties {
                name,
                description,
                columns,
                data_tests: own,
                config,
                ..
            } = node;
            let at = line(&name);
            let known = if is_seed {
                seeds.contains_key(&name.value)
            } else {
                models.contains_key(&name.value)
            };
            if !known {
                let names = models.keys().chain(seeds.keys()).map(String::as_str);
                let near = super::error::did_you_mean(&name.value, names);
                let message = format!(
                    "describes `{}`, of which there is no file{near}",
                    name.value
                );
                return Err(ProjectError::new(file, at, message));
            }
            if !seen.insert(name.value.clone()) {
                let message = format!("`{}` is described twice; keep one", name.value);
                return Err(ProjectError::new(file, at, message));
            }
            for entry in &own {
                tests.push(test(entry, &name.value, None, file, generic)?);
            }
            let mut declared = Vec::new();
            for ColumnProperties {
                name: column,
                description,
                data_tests: entries,
                data_type,
                config,
                ..
            } in columns
            {
                for entry in &entries {
                    tests.push(test(
                        entry,
                        &name.value,
                        Some(&column.value),
                        file,
                        generic,
                    )?);
                }
                declared.push(Column {
                    line: line(&column),
                    file: file.to_owned(),
                    name: column.value,
                    description,
                    data_type,
                    personal: config.meta.personal,
                });
            }
            if let Some(model) = models.get_mut(&name.value) {
                model.description = description;
                model.columns = declared;
                model.enforced = config.contract.enforced.then(|| file.to_owned());
                for entry in config.meta.expectations {
                    let at = line(&entry);
                    model.expectations.push(expectation(entry, file, at)?);
                }
                check_contract(model, at)?;
            }
        }
    }
    Ok(tests)
}

/// What an enforced contract needs to be one, and that no two expectations have one name.
fn check_contract(model: &Model, line: Option<usize>) -> Result<(), ProjectError> {
    let mut names = BTreeSet::new();
    for expectation in &model.expectations {
        if !names.insert(&expectation.name) {
            let message = format!(
                "`{}` has two expectations named `{}`",
                model.name, expectation.name
            );
            return Err(ProjectError::new(
                &expectation.file,
                expectation.line,
                message,
            ));
        }
    }
    let Some(file) = &model.enforced else {
        return Ok(());
    };
    if model.columns.is_empty() {
        let message = format!(
            "the contract of `{}` is enforced, but it lists no columns",
            model.name
        );
        return Err(ProjectError::new(file, line, message));
    }
    match model
        .columns
        .iter()
        .find(|column| column.data_type.is_none())
    {
        Some(column) => {
            let message = format!(
                "the contract of `{}` is enforced: its column `{}` needs a `data_type`",
                model.name, column.name
            );
            Err(ProjectError::new(&column.file, column.line, message))
        }
        None => Ok(()),
    }
}

fn test(
    entry: &serde_saphyr::Spanned<TestEntry>,
    on: &str,
    column: Option<&str>,
    file: &Path,
    generic: &BTreeMap<String, GenericTest>,
) -> Result<DataTest, ProjectError> {
    let line = line(entry);
    let place = Place {
        on,
        column,
        file,
        line,
    };
    from_entry(&entry.value, &place, generic)
}

pub(super) fn singular_test(
    jinja: &Jinja,
    names: &Arc<Names>,
    file: PathBuf,
    text: String,
) -> Result<DataTest, ProjectError> {
    let name = stem(&file);
    let rendered = jinja.render(&file, &text, names, &name, true)?;
    let severity = data_tests::severity(rendered.config.get("severity").map(String::as_str))
        .map_err(|message| ProjectError::new(&file, line_of(&text, "severity"), message))?;
    // A sample of it names what it reads, so the first ref stands for the relation.
    let on = rendered
        .refs
        .first()
        .cloned()
        .unwrap_or_else(|| name.clone());
    Ok(DataTest {
        name,
        on,
        severity,
        description: leading_comment(&text),
        daily: rendered.config.get("tags").is_some_and(|tags| {
            tags.split(|c: char| !c.is_alphanumeric())
                .any(|tag| tag == "daily")
        }),
        line: None,
        file,
        check: Check::Singular { text },
        only_where: None,
    })
}

/// What a singular test says of itself in the comment it begins with.
fn leading_comment(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .skip_while(|line| line.is_empty() || line.starts_with("{{ config("))
        .map_while(|line| line.strip_prefix("--"))
        .map(str::trim)
        .collect();
    lines.join(" ")
}

pub(super) fn check_tests(
    tests: &[DataTest],
    models: &BTreeMap<String, Model>,
    seeds: &BTreeMap<String, Seed>,
) -> Result<(), ProjectError> {
    let mut names = BTreeSet::new();
    for test in tests {
        if let Some((to, _)) = test.parent()
            && !models.contains_key(to)
            && !seeds.contains_key(to)
        {
            let near = super::error::did_you_mean(
                to,
                models.keys().chain(seeds.keys()).map(String::as_str),
            );
            let message = format!(
                "`{}` refers to `{to}`, which is no model or seed{near}",
                test.name
            );
            return Err(ProjectError::new(&test.file, test.line, message));
        }
        if !names.insert(&test.name) {
            let message = format!(
                "there are two tests named `{}`; give one a `name`",
                test.name
            );
            return Err(ProjectError::new(&test.file, test.line, message));
        }
    }
    Ok(())
}

pub(super) fn line<T>(spanned: &serde_saphyr::Spanned<T>) -> Option<usize> {
    usize::try_from(spanned.referenced.line())
        .ok()
        .filter(|line| *line > 0)
}
