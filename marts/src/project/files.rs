//! The project as it stands on disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::declarations::{check_tests, read_properties, singular_test, source_tables};
use super::error::ProjectError;
use super::generic_tests;
use super::graph::build_order;
use super::jinja::{Jinja, Names, line_of};
use super::model::{Model, Project, Seed, SourceTable};
use super::properties::{ProjectFile, parse};
use super::read_model::{folder_settings, read_model};

/// Metrics describe how marts are read, not how they are built.
const SEMANTIC: &str = "semantic";
/// Where dbt looks for a project's own generic tests, below its test paths.
const GENERIC: &str = "generic";

impl Project {
    /// Reads and checks everything but the SQL itself: names, cycles, Jinja, YAML.
    ///
    /// # Errors
    /// The first mistake, with its file and line.
    pub fn read(root: &Path) -> Result<Self, ProjectError> {
        let project_path = root.join("dbt_project.yml");
        let project_text = read_text(&project_path)?;
        let project_file: ProjectFile = parse(&project_path, &project_text)?;
        let mut inputs = vec![(PathBuf::from("dbt_project.yml"), project_text)];
        let mut reading = Reading {
            root,
            inputs: &mut inputs,
        };

        let mut macros = reading.texts(&project_file.macro_paths, "sql")?;
        let model_files = reading.texts(&project_file.model_paths, "sql")?;
        let test_files = reading.texts(&project_file.test_paths, "sql")?;
        let test_inputs = test_files
            .iter()
            .map(|(file, _)| file.strip_prefix(root).unwrap_or(file).to_owned())
            .collect();
        let (generic_files, test_files): (Vec<_>, Vec<_>) =
            test_files.into_iter().partition(|(file, _)| {
                let mut paths = project_file.test_paths.iter();
                paths.any(|path| file.starts_with(root.join(path).join(GENERIC)))
            });
        let seed_files = reading.texts(&project_file.seed_paths, "csv")?;
        let yaml_paths: Vec<String> = project_file
            .model_paths
            .iter()
            .chain(&project_file.seed_paths)
            .cloned()
            .collect();
        let yaml_files = reading.texts(&yaml_paths, "yml")?;

        let (generic, test_macros) = generic_tests::read(generic_files)?;
        macros.extend(test_macros);
        let jinja = Jinja::new(macros)?;
        let vars = variables(&project_file);
        let sources = source_tables(&yaml_files)?;
        let seeds = seeds(seed_files);
        let names = Arc::new(placeholder_names(&model_files, &seeds, &sources, &vars)?);
        let folders = project_file
            .models
            .get(&project_file.name.value)
            .cloned()
            .unwrap_or_default();
        let mut models = BTreeMap::new();
        for (file, text) in model_files {
            let settings = folder_settings(&folders, root, &project_file.model_paths, &file);
            let model = read_model(&jinja, &names, file, text, &settings)?;
            models.insert(model.name.clone(), model);
        }
        let mut tests = read_properties(&yaml_files, &mut models, &seeds, &generic)?;
        for (file, text) in test_files {
            tests.push(singular_test(&jinja, &names, file, text)?);
        }
        check_tests(&tests, &models, &seeds)?;
        let order = order(&models)?;
        inputs.sort_unstable();
        Ok(Self {
            root: root.to_owned(),
            name: project_file.name.value,
            vars,
            models,
            seeds,
            sources,
            tests,
            order,
            inputs,
            test_inputs,
            jinja,
        })
    }
}

struct Reading<'a> {
    root: &'a Path,
    inputs: &'a mut Vec<(PathBuf, String)>,
}

impl Reading<'_> {
    /// Files with `extension` below the project's `folders`, in path order; a folder that is not there is empty.
    fn texts(
        &mut self,
        folders: &[String],
        extension: &str,
    ) -> Result<Vec<(PathBuf, String)>, ProjectError> {
        let mut files = Vec::new();
        for folder in folders {
            walk(&self.root.join(folder), &mut files)?;
        }
        files.sort_unstable();
        files.dedup();
        let mut texts = Vec::new();
        for file in files {
            let matches = file
                .extension()
                .is_some_and(|e| e == extension || (extension == "yml" && e == "yaml"));
            if matches {
                let text = read_text(&file)?;
                let relative = file.strip_prefix(self.root).unwrap_or(&file).to_owned();
                self.inputs.push((relative, text.clone()));
                texts.push((file, text));
            }
        }
        Ok(texts)
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), ProjectError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(ProjectError::io(folder, &error)),
    };
    for entry in entries {
        let path = entry
            .map_err(|error| ProjectError::io(folder, &error))?
            .path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != SEMANTIC) {
                walk(&path, files)?;
            }
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn read_text(file: &Path) -> Result<String, ProjectError> {
    let bytes = fs::read(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            ProjectError::new(file, None, "is not there: this folder holds no dbt project")
        }
        _ => ProjectError::io(file, &error),
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()]
            .iter()
            .filter(|b| **b == b'\n')
            .count()
            + 1;
        ProjectError::new(file, Some(line), "is not UTF-8 text")
    })
}

pub(super) fn stem(file: &Path) -> String {
    file.file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Variables for all projects, and those under this project's own name, which win.
fn variables(project: &ProjectFile) -> BTreeMap<String, serde_json::Value> {
    let mut vars: BTreeMap<String, serde_json::Value> = project
        .vars
        .iter()
        .filter(|(_, value)| !value.is_object())
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    if let Some(own) = project
        .vars
        .get(&project.name.value)
        .and_then(serde_json::Value::as_object)
    {
        vars.extend(own.iter().map(|(k, v)| (k.clone(), v.clone())));
    }
    vars
}

fn seeds(files: Vec<(PathBuf, String)>) -> BTreeMap<String, Seed> {
    files
        .into_iter()
        .map(|(file, _)| {
            (
                stem(&file),
                Seed {
                    name: stem(&file),
                    file,
                },
            )
        })
        .collect()
}

/// Names stand for themselves while the graph is read.
fn placeholder_names(
    models: &[(PathBuf, String)],
    seeds: &BTreeMap<String, Seed>,
    sources: &[SourceTable],
    vars: &BTreeMap<String, serde_json::Value>,
) -> Result<Names, ProjectError> {
    let mut first: BTreeMap<String, &Path> = seeds
        .values()
        .map(|s| (s.name.clone(), s.file.as_path()))
        .collect();
    for (file, _) in models {
        if let Some(other) = first.insert(stem(file), file) {
            let message = format!(
                "there is another model or seed of this name: {}",
                other.display()
            );
            return Err(ProjectError::new(file, None, message));
        }
    }
    Ok(Names {
        relations: first
            .keys()
            .map(|name| (name.clone(), name.clone()))
            .collect(),
        sources: sources
            .iter()
            .map(|s| {
                (
                    (s.source.clone(), s.table.clone()),
                    format!("{}.{}", s.source, s.table),
                )
            })
            .collect(),
        vars: vars.clone(),
        incremental: false,
    })
}

fn order(models: &BTreeMap<String, Model>) -> Result<Vec<String>, ProjectError> {
    let edges = models
        .iter()
        .map(|(name, model)| (name.clone(), model.refs.clone()))
        .collect();
    build_order(&edges).map_err(|path| {
        let (file, line) = path
            .first()
            .and_then(|first| models.get(first))
            .map(|model| {
                (
                    model.file.clone(),
                    path.get(1).and_then(|next| line_of(&model.text, next)),
                )
            })
            .unwrap_or_default();
        ProjectError::new(
            file,
            line,
            format!("models read each other in a circle: {}", path.join(" → ")),
        )
    })
}
