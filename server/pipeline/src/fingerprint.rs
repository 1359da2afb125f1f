//! What a release was made from, as one hash: the same inputs name the same release.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use marts::project::Project;
use sha2::{Digest, Sha256};

use crate::bronze::BronzeFile;

/// Goes up when this program makes other tables of the same inputs, such as by another estimator.
const FORMAT: u32 = 3;

/// Every part is preceded by its length, so that no two lists of parts read the same.
struct Parts(Sha256);

impl Parts {
    fn new() -> Self {
        let mut parts = Self(Sha256::new());
        parts.add(FORMAT.to_le_bytes());
        parts
    }

    fn add(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn add_vars(&mut self, vars: &Vars) {
        self.add("vars");
        for (name, value) in vars {
            self.add(name);
            self.add(value.to_string());
        }
    }

    fn hex(self) -> String {
        hex::encode(self.0.finalize())
    }
}

type Vars = BTreeMap<String, serde_json::Value>;

/// Hex SHA-256 over the landed files, the project's files, the variables and the closed periods; those that say how far earlier runs had
/// come (`state_seq`, `release_seq`) are not among them.
pub(crate) fn fingerprint(
    files: &[BronzeFile],
    project: &Project,
    vars: &Vars,
    closes: &str,
) -> String {
    let mut parts = Parts::new();
    for file in landed(files) {
        parts.add(file);
    }
    parts.add("project");
    for (path, text) in project.inputs() {
        parts.add(path.to_string_lossy().as_bytes());
        parts.add(text);
    }
    parts.add_vars(vars);
    if !closes.is_empty() {
        parts.add("closes");
        parts.add(closes);
    }
    parts.hex()
}

/// Of a release in which only some models were built again.
pub(crate) fn of_selection(base: &str, inputs: &str, selected: &BTreeSet<String>) -> String {
    let mut parts = Parts::new();
    for part in ["selection", base, inputs] {
        parts.add(part);
    }
    for model in selected {
        parts.add(model);
    }
    parts.hex()
}

/// What decides the tables beside the landed files: while it stays, they can be carried on.
pub(crate) fn code(project: &Project, vars: &Vars) -> String {
    let mut parts = Parts::new();
    for (path, text) in project.building_inputs() {
        parts.add(path.to_string_lossy().as_bytes());
        parts.add(text);
    }
    let mut vars = vars.clone();
    vars.remove("business_date");
    parts.add_vars(&vars);
    parts.hex()
}

/// Which files were taken in up to a load: one that was taken out of bronze, or came in anew, is seen.
pub(crate) fn files_up_to(load_seq: i64, files: &[BronzeFile]) -> String {
    let mut parts = Parts::new();
    let upto: Vec<BronzeFile> = files
        .iter()
        .filter(|file| file.load_seq <= load_seq)
        .cloned()
        .collect();
    for file in landed(&upto) {
        parts.add(file);
    }
    parts.hex()
}

fn landed(files: &[BronzeFile]) -> Vec<String> {
    let mut landed: Vec<String> = files
        .iter()
        .map(|file| {
            format!(
                "{}\t{}\t{}\t{}",
                file.source, file.file_id, file.dt, file.ingest_seq
            )
        })
        .collect();
    landed.sort_unstable();
    landed
}

/// `2026-11-22-4f0a1b2c3d4e`: sorts by day, and says which inputs.
pub(crate) fn release_id(business_date: Date, fingerprint: &str) -> String {
    format!(
        "{business_date}-{}",
        fingerprint.get(..12).unwrap_or(fingerprint)
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    use super::*;

    fn file(source: &str, file_id: &str, dt: &str, ingest_seq: i64) -> BronzeFile {
        BronzeFile {
            source: source.into(),
            file_id: file_id.into(),
            landing_path: format!("{source}/dt={dt}/{file_id}.csv"),
            dt: dt.parse().unwrap(),
            ingest_seq,
            load_seq: 1,
            rows: 1,
            bytes: 1,
            path: file_id.into(),
        }
    }

    fn project() -> Project {
        Project::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../marts")).unwrap()
    }

    #[test]
    fn it_depends_on_content_and_order_in_landing_and_on_nothing_else() {
        let project = project();
        let vars = project.vars.clone();
        let files = [
            file("users", "aa", "2026-01-01", 1),
            file("purchases", "bb", "2026-01-02", 2),
        ];
        let print = fingerprint(&files, &project, &vars, "");
        assert_eq!(print.len(), 64);

        let mut elsewhere = files.clone();
        elsewhere.reverse();
        elsewhere[0].path = "/other/place/bb.parquet".into();
        elsewhere[0].load_seq = 7;
        elsewhere[0].landing_path = "purchases/dt=2026-01-02/renamed.csv".into();
        assert_eq!(fingerprint(&elsewhere, &project, &vars, ""), print);

        for change in [
            |f: &mut BronzeFile| f.file_id = "cc".into(),
            |f: &mut BronzeFile| f.dt = "2026-01-03".parse().unwrap(),
            |f: &mut BronzeFile| f.ingest_seq = 9,
            |f: &mut BronzeFile| f.source = "products".into(),
        ] {
            let mut changed = files.clone();
            change(&mut changed[1]);
            assert_ne!(fingerprint(&changed, &project, &vars, ""), print);
        }
        assert_ne!(fingerprint(&files[..1], &project, &vars, ""), print);
        let mut other_zone = vars.clone();
        other_zone.insert("reporting_zone".into(), "UTC".into());
        assert_ne!(fingerprint(&files, &project, &other_zone, ""), print);
        assert_ne!(fingerprint(&files, &project, &vars, "closed"), print);
    }

    #[test]
    fn a_release_is_named_by_its_day_and_inputs() {
        let day = "2026-11-22".parse().unwrap();
        assert_eq!(
            release_id(day, "0123456789abcdef"),
            "2026-11-22-0123456789ab"
        );
        assert!(warehouse::release::is_release_id(&release_id(
            day,
            "0123456789abcdef"
        )));
    }
}
