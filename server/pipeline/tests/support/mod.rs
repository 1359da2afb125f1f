//! A landing folder, a data folder and the project, for runs of the whole pipeline.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use marts::Statement;
use pipeline::{Options, Outcome, PipelineError, Step};
use sha2::{Digest, Sha256};
use warehouse::release::{gold_path, read_current, state_path};
use warehouse::{Builder, DuckDbBuilder};

pub struct World {
    dir: tempfile::TempDir,
    project: PathBuf,
}

pub const USERS: &str =
    "user_id,email,signed_up_at,state,channel,school_id,inviter_user_id,op,updated_at";
pub const SCHOOLS: &str = "school_id,name,district,city,county,state,grades,students,op,updated_at";
pub const PRODUCTS: &str = "product_id,name,brand,manufacturer_id,department,category,product_type,package_size,\
                            is_eligible,reward_per_unit,funding_source,op,updated_at";
pub const PURCHASES: &str = "purchase_id,receipt_id,user_id,product_id,retailer_id,quantity,amount,discount,purchased_at,op,updated_at";

impl World {
    /// Empty folders, and the repository's own project.
    pub fn empty() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            project: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../marts"),
        }
    }

    /// Empty folders, and a project of these files.
    pub fn of_project(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let project = dir.path().join("project");
        for (path, text) in files {
            let path = project.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self { dir, project }
    }

    pub fn project(&self) -> &Path {
        &self.project
    }

    /// Two users, a school, two products (one eligible) and three purchase lines of one day.
    pub fn small() -> Self {
        let world = Self::empty();
        world.land(
            "users",
            "2026-01-10",
            "a.csv",
            USERS,
            &[
                "u1,ann@example.org,2026-01-01T15:00:00Z,OH,organic,s1,,I,2026-01-01T15:00:00Z",
                "u2,bob@example.org,2026-01-02T15:00:00Z,NY,invite,s1,u1,I,2026-01-02T15:00:00Z",
            ],
        );
        world.land(
            "schools",
            "2026-01-10",
            "a.csv",
            SCHOOLS,
            &["s1,Elm School,Elm District,Elm,Lorain,OH,K-5,412,I,2025-12-01T00:00:00Z"],
        );
        world.land("products", "2026-01-10", "a.csv", PRODUCTS, &[
            "p1,Oats,Acme,m1,GROCERY,CEREAL,OATS,18 OZ,true,0.1050,brand,I,2025-12-01T00:00:00Z",
            "p2,Soap,Acme,m1,DRUG,BATH,SOAP,4 CT,false,,,I,2025-12-01T00:00:00Z",
        ]);
        world.land(
            "purchases",
            "2026-01-10",
            "a.csv",
            PURCHASES,
            &[
                "l1,r1,u1,p1,t1,2,7.98,1.00,2026-01-10T16:00:00Z,I,2026-01-10T16:00:00Z",
                "l2,r1,u1,p2,t1,1,3.49,,2026-01-10T16:00:00Z,I,2026-01-10T16:00:00Z",
                "l3,r2,u2,p1,t2,1,3.99,0,2026-01-10T18:30:00Z,I,2026-01-10T18:30:00Z",
            ],
        );
        world
    }

    pub fn landing(&self) -> PathBuf {
        self.dir.path().join("landing")
    }

    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub fn land(&self, source: &str, dt: &str, file: &str, header: &str, lines: &[&str]) {
        let folder = self.landing().join(source).join(format!("dt={dt}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(
            folder.join(file),
            format!("{header}\n{}\n", lines.join("\n")),
        )
        .unwrap();
    }

    /// Works on a copy of the project from here on; returns its folder.
    pub fn own_project(&mut self) -> PathBuf {
        let own = self.dir.path().join("marts");
        fs::create_dir_all(&own).unwrap();
        for part in ["dbt_project.yml", "models", "tests", "macros", "seeds"] {
            copy(&self.project.join(part), &own.join(part));
        }
        self.project.clone_from(&own);
        own
    }

    pub fn options(&self) -> Options {
        Options {
            landing: self.landing().into(),
            data: self.data(),
            project: self.project.clone(),
            threads: 2,
            full_refresh: false,
            select: Vec::new(),
            exclude: Vec::new(),
        }
    }

    pub fn run(&self) -> Result<Outcome, PipelineError> {
        pipeline::run(&self.options(), &|_: Step, _, _| {})
    }

    pub fn publish(&self) -> String {
        match self
            .run()
            .unwrap_or_else(|error| panic!("{error}\n{error:?}"))
        {
            Outcome::Published { release, .. } => release,
            Outcome::NothingNew { release, .. } | Outcome::Confirmed { release, .. } => {
                panic!("nothing was new since {release}")
            }
        }
    }

    /// The answer on the current release (`fct_purchase`) and silver (`state.silver.…`), as lines of `a|b|c`.
    pub fn query(&self, sql: &str) -> Vec<String> {
        let release = read_current(&self.data())
            .unwrap()
            .expect("a current release");
        // The builder writes where it opens, and releases are not to be touched.
        let copies = tempfile::tempdir().unwrap();
        let (state, gold) = (
            copies.path().join("state.duckdb"),
            copies.path().join("gold.duckdb"),
        );
        fs::copy(state_path(&self.data()), &state).unwrap();
        fs::copy(gold_path(&self.data(), &release), &gold).unwrap();
        let mut builder = DuckDbBuilder::open(&state, &gold, 1, None).unwrap();
        let batches = builder
            .fetch(&Statement::new(sql))
            .unwrap_or_else(|e| panic!("{e}: {}", e.detail));
        lines(&batches)
    }

    /// The answer on the records of runs, as [`World::query`]: `ops.pipeline_runs` is all of that table's files.
    pub fn ops(&self, table: &str, select: &str) -> Vec<String> {
        let copies = tempfile::tempdir().unwrap();
        let (state, gold) = (
            copies.path().join("state.duckdb"),
            copies.path().join("gold.duckdb"),
        );
        let mut builder = DuckDbBuilder::open(&state, &gold, 1, None).unwrap();
        let files = self.data().join("ops").join(table).join("*.parquet");
        let sql = format!(
            "with ops as (select * from read_parquet('{}', union_by_name = true)) {select}",
            files.display()
        );
        let batches = builder
            .fetch(&Statement::new(sql))
            .unwrap_or_else(|e| panic!("{e}: {}", e.detail));
        lines(&batches)
    }

    /// Every file below the data folder with the hash of its content and when it was last changed.
    pub fn data_files(&self) -> BTreeMap<PathBuf, (String, std::time::SystemTime)> {
        let mut files = BTreeMap::new();
        walk(&self.data(), &mut files);
        files
    }
}

fn walk(folder: &Path, files: &mut BTreeMap<PathBuf, (String, std::time::SystemTime)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let changed = fs::metadata(&path).unwrap().modified().unwrap();
        if path.is_dir() {
            files.insert(path.clone(), (String::new(), changed));
            walk(&path, files);
        } else {
            let hash = hex::encode(Sha256::digest(fs::read(&path).unwrap()));
            files.insert(path, (hash, changed));
        }
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else if from.exists() {
        fs::copy(from, to).unwrap();
    }
}

fn lines(batches: &[arrow::array::RecordBatch]) -> Vec<String> {
    use arrow::util::display::{ArrayFormatter, FormatOptions};
    let options = FormatOptions::default().with_null("-");
    let mut lines = Vec::new();
    for batch in batches {
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column, &options).unwrap())
            .collect();
        for row in 0..batch.num_rows() {
            lines.push(
                columns
                    .iter()
                    .map(|column| column.value(row).to_string())
                    .collect::<Vec<_>>()
                    .join("|"),
            );
        }
    }
    lines
}
