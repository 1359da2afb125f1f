//! Mistakes in the files of metrics and dashboards, hundreds of them made by chance: what cannot be read is told with
//! the file and the line, what can be read can be asked, and nothing panics.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::date;
use marts::project::catalogue::Catalogue;
use marts::project::{dashboards, planner};
use marts::{Ask, Failure, FailureKind, Filters, ReleaseId, ReleaseInfo, RowPolicy};
use tempfile::TempDir;

/// How often each file is spoiled.
const TIMES: usize = 48;

/// What no value or key may be, or only sometimes.
const NONSENSE: [&str; 34] = [
    "",
    "~",
    "nonsense",
    "-1",
    "0",
    "99999999999999999999999",
    "1e999",
    ".nan",
    "true",
    "[]",
    "{}",
    "[retail_spend, retail_spend]",
    "{name: retail_spend}",
    "[[[[[[[[[[",
    "{{ ref('x') }}",
    "{{",
    "ref('')",
    "ref('a', 'b')",
    "&a [*a, *a]",
    "*nobody",
    "!!binary aGk=",
    "!tag x",
    "|",
    ">-",
    "\"",
    "'unclosed",
    "\"\\ud800\"",
    "a: b: c",
    "- - - x",
    "x; DROP TABLE fct_purchase; --",
    "🍎 مدرسة \u{202e}",
    "\t",
    "\u{0}",
    "retail_spend + (receipts / 0",
];

/// A generator whose choices a seed repeats.
struct Choices(u64);

impl Choices {
    fn below(&mut self, n: usize) -> usize {
        // Knuth's MMIX constants.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

struct Project {
    folder: TempDir,
}

impl Project {
    /// What the catalogue and the pages are read from, and nothing else.
    fn new() -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        for part in ["models/semantic", "ops", "dashboards"] {
            let into = project.dir().join(part);
            fs::create_dir_all(&into).unwrap();
            for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(part)).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|ending| ending == "yml") {
                    fs::copy(&path, into.join(path.file_name().unwrap())).unwrap();
                }
            }
        }
        project
    }

    fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// Its files, relative to it.
    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for part in ["models/semantic", "ops", "dashboards"] {
            for entry in fs::read_dir(self.dir().join(part)).unwrap() {
                files.push(Path::new(part).join(entry.unwrap().file_name()));
            }
        }
        files.sort();
        files
    }

    /// All that pages ask of it; the first mistake there is.
    fn ask_everything(&self) -> Result<usize, Failure> {
        let catalogue = Catalogue::read(self.dir())?;
        let release = ReleaseInfo {
            id: ReleaseId("r1".into()),
            business_date: date(2026, 3, 31),
            observed: Some((date(2025, 1, 1), date(2026, 3, 31))),
            zone: "America/New_York".into(),
        };
        let mut asked = 0;
        for link in dashboards::list(self.dir())? {
            let page = dashboards::read(self.dir(), &link.name, &catalogue)?;
            let chosen = page.filters.iter();
            let chosen: Vec<String> = chosen.map(|f| format!("{}=x,(unknown)", f.param)).collect();
            for query in [String::new(), chosen.join("&")] {
                let filters = Filters::parse(&query, &page);
                for panel in &page.panels {
                    for ask in panel.asks(&filters, &page, &release) {
                        planned(&catalogue, &ask, &link.name);
                        asked += 1;
                    }
                    for metric in &panel.metrics {
                        assert!(catalogue.metric(metric).is_ok(), "{metric}");
                    }
                }
                let metrics = page.rows.iter().flat_map(|list| {
                    let metrics = list.metrics.iter();
                    metrics.map(move |metric| (list, metric))
                });
                for (list, metric) in metrics {
                    let mut kept = filters.dimension_filters(&page);
                    kept.retain(|filter| !page.leaves_aside(metric, &filter.dimension));
                    let ask = Ask::Rows(marts::Rows {
                        relation: list.relation.clone(),
                        columns: list.columns.clone(),
                        filters: kept,
                        range: Some(filters.range(&release)),
                        limit: 50,
                        ..marts::Rows::default()
                    });
                    planned(&catalogue, &ask, &link.name);
                    asked += 1;
                }
            }
        }
        Ok(asked)
    }
}

/// What a page was accepted with, it can ask.
fn planned(catalogue: &Catalogue, ask: &Ask, page: &str) {
    if let Err(failure) = planner::plan(catalogue, &RowPolicy::Unrestricted, ask) {
        panic!("the page {page} was accepted, and then: {failure:?}\n{ask:?}");
    }
}

/// One mistake, or what looks like one.
fn spoiled(text: &str, choices: &mut Choices) -> Vec<u8> {
    let lines: Vec<&str> = text.lines().collect();
    let at = choices.below(lines.len());
    let nonsense = choices.one(&NONSENSE);
    let mut changed: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
    let line = lines[at];
    match choices.below(14) {
        0 => drop(changed.remove(at)),
        1 => changed.insert(at, line.to_owned()),
        2 => changed[at] = format!("  {line}"),
        3 => changed[at] = line.strip_prefix("  ").unwrap_or(line).to_owned(),
        4 => changed.swap(at, (at + 1 + choices.below(5)) % lines.len()),
        5 | 6 => {
            // A value.
            changed[at] = match line.split_once(": ") {
                Some((key, _)) => format!("{key}: {nonsense}"),
                None => format!("{line}{nonsense}"),
            }
        }
        7 | 8 => {
            // A key, or a name.
            changed[at] = match line.split_once(": ") {
                Some((key, value)) => format!("{key}x: {value}"),
                None => format!("{line}_x"),
            }
        }
        9 => {
            // Another name of the project's own.
            let words: Vec<&str> = text
                .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .filter(|word| word.len() > 2)
                .collect();
            let (from, to) = (choices.one(&words), choices.one(&words));
            changed[at] = line.replace(from, to);
            if changed[at] == line {
                changed[at] = match line.rsplit_once(' ') {
                    Some((before, _)) => format!("{before} {to}"),
                    None => to.to_owned(),
                };
            }
        }
        10 => changed.truncate(at),
        11 => {
            // Cut in the middle of a line.
            changed.truncate(at + 1);
            let cut = line
                .char_indices()
                .map(|(at, _)| at)
                .nth(line.chars().count() / 2);
            changed[at] = line[..cut.unwrap_or(0)].to_owned();
        }
        12 => changed.insert(at, nonsense.to_owned()),
        _ => {
            // No text at all from here on.
            let mut bytes = changed[..at].join("\n").into_bytes();
            bytes.extend([0xFF, 0xFE, 0x00, 0xC3]);
            return bytes;
        }
    }
    (changed.join("\n") + "\n").into_bytes()
}

/// `models/semantic/people.yml:12: …` somewhere in what is said: the file is one there is, the line one it has.
fn names_a_place(said: &str, project: &Project, spoiled: &Path) -> bool {
    project.files().iter().any(|file| {
        let Some((_, behind)) = said.split_once(&*file.to_string_lossy()) else {
            return false;
        };
        let digits: String = behind
            .strip_prefix(':')
            .unwrap_or_default()
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        let bytes = fs::read(project.dir().join(file)).unwrap();
        match digits.parse::<usize>() {
            Ok(line) => line >= 1 && line <= bytes.split(|b| *b == b'\n').count(),
            // Only what is no text has no lines.
            Err(_) => file == spoiled && std::str::from_utf8(&bytes).is_err(),
        }
    })
}

#[test]
fn whatever_is_written_into_a_file_is_read_or_told_with_its_place() {
    let project = Project::new();
    let whole = project.ask_everything().unwrap();
    assert!(whole > 30, "{whole} questions prove little");
    let mut choices = Choices(4);
    let (mut told, mut taken) = (0, 0);
    for file in project.files() {
        let path = project.dir().join(&file);
        let text = fs::read_to_string(&path).unwrap();
        for _ in 0..TIMES {
            let bytes = spoiled(&text, &mut choices);
            fs::write(&path, &bytes).unwrap();
            match project.ask_everything() {
                Ok(_) => taken += 1,
                Err(failure) => {
                    told += 1;
                    let written = String::from_utf8_lossy(&bytes);
                    assert_eq!(
                        failure.kind,
                        FailureKind::Internal,
                        "{failure:?}\n{written}"
                    );
                    assert!(
                        names_a_place(&failure.message, &project, &file),
                        "{file:?}: {}\n{written}",
                        failure.message
                    );
                }
            }
        }
        fs::write(&path, &text).unwrap();
    }
    assert!(told > 500 && taken > 50, "{told} told, {taken} taken");
}

#[test]
fn files_that_would_take_all_memory_or_never_end_are_refused_at_once() {
    let project = Project::new();
    let path = project.dir().join("dashboards/purchases.yml");
    let laughs: String = (1..40)
        .map(|n| format!("a{n}: &a{n} [{}]\n", format!("*a{}, ", n - 1).repeat(9)))
        .collect();
    for text in [
        format!("a0: &a0 [x]\n{laughs}"),
        format!("title: {}", "[".repeat(200_000)),
        format!("title: {}x{}", "{a: ".repeat(50_000), "}".repeat(50_000)),
        format!("title: x\npanels:\n{}", "  - \n".repeat(200_000)),
        "x".repeat(5_000_000),
    ] {
        fs::write(&path, &text).unwrap();
        let began = std::time::Instant::now();
        let failure = project.ask_everything().unwrap_err();
        let beginning: String = text.chars().take(60).collect();
        assert!(
            began.elapsed().as_secs() < 10,
            "{beginning}: {:?}",
            began.elapsed()
        );
        assert!(
            failure.message.contains("dashboards/purchases.yml:"),
            "{beginning}: {}",
            failure.message
        );
        assert!(
            failure.message.len() < 2_000,
            "{beginning}: {} bytes",
            failure.message.len()
        );
    }
}
