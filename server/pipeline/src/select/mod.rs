//! dbt's node selection: which models `--select` and `--exclude` mean.

mod criterion;
mod pattern;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use marts::project::{Project, did_you_mean};

use self::criterion::{Criterion, Method};
use self::pattern::matches;

/// The models that are selected: all of `select` (everything, where there is none) but those of `exclude`. Criteria
/// apart from each other, or with spaces between them, are united; those with commas between them are intersected.
///
/// # Errors
/// A sentence: a criterion that is not understood, or a selection of no model, with names near to it.
pub(crate) fn select(
    project: &Project,
    select: &[String],
    exclude: &[String],
) -> Result<BTreeSet<String>, String> {
    let graph = Graph::of(project);
    let mut selected = if select.is_empty() {
        graph.nodes()
    } else {
        graph.union(select)?
    };
    for node in graph.union(exclude)? {
        selected.remove(&node);
    }
    selected.retain(|node| project.models.contains_key(node));
    if selected.is_empty() {
        return Err(nothing(project, select, exclude));
    }
    Ok(selected)
}

fn nothing(project: &Project, select: &[String], exclude: &[String]) -> String {
    let mut message = format!("--select {} names no model", select.join(" "));
    if !exclude.is_empty() {
        message.push_str(&format!(" that --exclude {} leaves", exclude.join(" ")));
    }
    let words = select.iter().flat_map(|text| text.split([' ', ',']));
    for word in words.filter(|word| !word.is_empty()) {
        let Ok(Criterion { value, .. }) = Criterion::parse(word) else {
            continue;
        };
        let tags = project.models.values().flat_map(|model| &model.tags);
        let known: BTreeSet<&str> = project
            .models
            .keys()
            .chain(tags)
            .map(String::as_str)
            .collect();
        message.push_str(&did_you_mean(&value, known));
    }
    message
}

/// Models, seeds and sources (as `source:bronze.users`), and what each reads.
struct Graph<'a> {
    project: &'a Project,
    reads: BTreeMap<String, BTreeSet<String>>,
    readers: BTreeMap<String, BTreeSet<String>>,
}

impl<'a> Graph<'a> {
    fn of(project: &'a Project) -> Self {
        let mut reads: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for seed in project.seeds.keys() {
            reads.insert(seed.clone(), BTreeSet::new());
        }
        for table in &project.sources {
            reads.insert(source_node(&table.source, &table.table), BTreeSet::new());
        }
        for model in project.models.values() {
            let sources = model
                .sources
                .iter()
                .map(|(source, table)| source_node(source, table));
            let all = model.refs.iter().cloned().chain(sources).collect();
            reads.insert(model.name.clone(), all);
        }
        let mut readers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (node, parents) in &reads {
            for parent in parents {
                readers
                    .entry(parent.clone())
                    .or_default()
                    .insert(node.clone());
            }
        }
        Self {
            project,
            reads,
            readers,
        }
    }

    fn nodes(&self) -> BTreeSet<String> {
        self.reads.keys().cloned().collect()
    }

    fn union(&self, texts: &[String]) -> Result<BTreeSet<String>, String> {
        let mut united = BTreeSet::new();
        for text in texts.iter().flat_map(|text| text.split_whitespace()) {
            let found = self.intersection(text)?;
            if found.is_empty() {
                tracing::warn!(criterion = text, "matches nothing");
            }
            united.extend(found);
        }
        Ok(united)
    }

    fn intersection(&self, text: &str) -> Result<BTreeSet<String>, String> {
        let mut common: Option<BTreeSet<String>> = None;
        for word in text.split(',') {
            let found = self.criterion(&Criterion::parse(word)?)?;
            common = Some(match common {
                None => found,
                Some(common) => common.intersection(&found).cloned().collect(),
            });
        }
        Ok(common.unwrap_or_default())
    }

    fn criterion(&self, criterion: &Criterion) -> Result<BTreeSet<String>, String> {
        let named: BTreeSet<String> = self
            .reads
            .keys()
            .filter(|node| self.is_meant(node, criterion))
            .cloned()
            .collect();
        let mut found = named.clone();
        if let Some(depth) = criterion.parents {
            found.extend(reached(&self.reads, &named, depth));
        }
        if let Some(depth) = criterion.children {
            found.extend(reached(&self.readers, &named, depth));
        }
        if criterion.childrens_parents {
            found.extend(reached(&self.readers, &named, None));
            let parents = reached(&self.reads, &found, None);
            found.extend(parents);
        }
        Ok(found)
    }

    fn is_meant(&self, node: &str, criterion: &Criterion) -> bool {
        let value = &criterion.value;
        if let Some(source) = node.strip_prefix(SOURCE) {
            return criterion.method == Method::Source && is_source(source, value);
        }
        let file = self
            .project
            .models
            .get(node)
            .map(|model| &model.file)
            .or_else(|| self.project.seeds.get(node).map(|seed| &seed.file));
        let Some(file) = file else { return false };
        let path = file.strip_prefix(&self.project.root).unwrap_or(file);
        let path = path.to_string_lossy().replace('\\', "/");
        match criterion.method {
            Method::Name => self.has_name(node, &path, value),
            Method::Tag => self
                .project
                .models
                .get(node)
                .is_some_and(|model| model.tags.iter().any(|tag| matches(value, tag))),
            Method::Path => is_path(&path, value),
            Method::File => {
                let name = path.rsplit('/').next().unwrap_or_default();
                let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
                matches(value, name) || matches(value, stem)
            }
            Method::Source => false,
        }
    }

    /// A model's name, or the beginning of its full name: `project.folder.model` or `folder.model`.
    fn has_name(&self, node: &str, path: &str, value: &str) -> bool {
        if matches(value, node) {
            return true;
        }
        let mut full: Vec<&str> = path.split('/').skip(1).collect();
        full.pop();
        full.push(node);
        let wanted: Vec<&str> = value.split('.').collect();
        let begins = |full: &[&str]| {
            wanted.len() <= full.len() && wanted.iter().zip(full).all(|(w, part)| matches(w, part))
        };
        let with_project: Vec<&str> = [self.project.name.as_str()]
            .into_iter()
            .chain(full.iter().copied())
            .collect();
        begins(&full) || begins(&with_project)
    }
}

const SOURCE: &str = "source:";

fn source_node(source: &str, table: &str) -> String {
    format!("{SOURCE}{source}.{table}")
}

/// `bronze`, `bronze.users`, `project.bronze.users`, each part with wildcards.
fn is_source(source: &str, value: &str) -> bool {
    let mut wanted: Vec<&str> = value.split('.').collect();
    if wanted.len() == 3 {
        wanted.remove(0);
    }
    let parts: Vec<&str> = source.splitn(2, '.').collect();
    wanted.len() <= parts.len() && wanted.iter().zip(parts).all(|(w, part)| matches(w, part))
}

/// A file, or a folder that it lies in, however deep.
fn is_path(path: &str, value: &str) -> bool {
    let value = value.trim_start_matches("./").trim_end_matches('/');
    let parts: Vec<&str> = path.split('/').collect();
    let wanted: Vec<&str> = value.split('/').collect();
    wanted.len() <= parts.len() && wanted.iter().zip(parts).all(|(w, part)| matches(w, part))
}

/// What can be reached from `start` in at most `depth` steps (any number, where there is none), without `start`.
fn reached(
    edges: &BTreeMap<String, BTreeSet<String>>,
    start: &BTreeSet<String>,
    depth: Option<usize>,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut edge: Vec<String> = start.iter().cloned().collect();
    let mut steps = 0;
    while !edge.is_empty() && depth.is_none_or(|depth| steps < depth) {
        steps += 1;
        let next: BTreeSet<String> = edge
            .iter()
            .filter_map(|node| edges.get(node))
            .flatten()
            .cloned()
            .collect();
        edge = next
            .into_iter()
            .filter(|node| found.insert(node.clone()))
            .collect();
    }
    found
}
