//! Bronze as relations: all files of a source, and those that silver has not seen. Reading the files' columns takes
//! time that grows with their number, so a relation is made when a model or a test first reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use marts::project::Project;
use warehouse::Builder;

use crate::PipelineError;
use crate::bronze::BronzeFile;
use crate::closes;

type Table = (String, String);

pub(crate) struct Sources<'a> {
    project: &'a Project,
    files: &'a [BronzeFile],
    /// The files behind each table of closed periods.
    closed: BTreeMap<&'static str, Vec<PathBuf>>,
    /// Files of later loads are new; none of them is seen when there is a `limit` below them.
    load_seq_before: i64,
    names: BTreeMap<(Table, Part), String>,
    made: BTreeSet<(Table, Part)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    All,
    New,
}

impl<'a> Sources<'a> {
    /// Names for all sources, which stand for empty relations until they are asked for by [`Sources::make`].
    pub fn name(
        builder: &mut dyn Builder,
        project: &'a Project,
        files: &'a [BronzeFile],
        closed: BTreeMap<&'static str, Vec<PathBuf>>,
        load_seq_before: i64,
    ) -> Result<Self, PipelineError> {
        let mut sources = Self {
            project,
            files,
            closed,
            load_seq_before,
            names: BTreeMap::new(),
            made: BTreeSet::new(),
        };
        for table in &project.sources {
            for part in [Part::All, Part::New] {
                let key = (table.source.clone(), table.table.clone());
                let name = sources.create(builder, &key, part, &[])?;
                sources.names.insert((key, part), name);
            }
        }
        Ok(sources)
    }

    /// What `source()` stands for.
    pub fn names(&self, part: Part) -> BTreeMap<Table, String> {
        self.names
            .iter()
            .filter(|((_, of), _)| *of == part)
            .map(|((table, _), name)| (table.clone(), name.clone()))
            .collect()
    }

    /// Puts the files behind a name.
    pub fn make(
        &mut self,
        builder: &mut dyn Builder,
        table: &Table,
        part: Part,
    ) -> Result<(), PipelineError> {
        if !self.made.insert((table.clone(), part)) {
            return Ok(());
        }
        let paths: Vec<PathBuf> = if table.0 == closes::SOURCE {
            self.closed.get(&*table.1).cloned().unwrap_or_default()
        } else {
            self.files
                .iter()
                .filter(|file| file.source == table.1)
                .filter(|file| part == Part::All || file.load_seq > self.load_seq_before)
                .map(|file| file.path.clone())
                .collect()
        };
        self.create(builder, table, part, &paths)?;
        Ok(())
    }

    /// Makes all relations whose names a query holds.
    pub fn make_for(&mut self, builder: &mut dyn Builder, sql: &str) -> Result<(), PipelineError> {
        let read: Vec<(Table, Part)> = self
            .names
            .iter()
            .filter(|(_, name)| sql.contains(name.as_str()))
            .map(|(key, _)| key.clone())
            .collect();
        for (table, part) in read {
            self.make(builder, &table, part)?;
        }
        Ok(())
    }

    fn create(
        &self,
        builder: &mut dyn Builder,
        table: &Table,
        part: Part,
        files: &[PathBuf],
    ) -> Result<String, PipelineError> {
        let columns: Vec<String> = self
            .project
            .sources
            .iter()
            .filter(|t| (&t.source, &t.table) == (&table.0, &table.1))
            .flat_map(|t| t.columns.iter().map(|column| column.name.clone()))
            .collect();
        let name = match part {
            Part::All => table.1.clone(),
            Part::New => format!("{}__new", table.1),
        };
        Ok(builder.bronze(&name, &columns, files)?)
    }
}
