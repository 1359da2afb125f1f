//! Bad input, through the program: a clear sentence with the file's name, the right exit code, the current release still
//! there, and every good row of every good file kept.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use duckdb::Connection;
use rust_decimal::Decimal;
use tempfile::TempDir;
use workspace_tests::program::{checkout, demo, pipeline, succeed, variable};

struct World {
    folder: TempDir,
}

impl World {
    /// A small world, already published once.
    fn published() -> Self {
        let world = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        demo(&world.landing(), 800, 5).unwrap();
        let output = world.run();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        world
    }

    fn landing(&self) -> PathBuf {
        self.folder.path().join("landing")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run(&self) -> Output {
        pipeline(&self.landing(), &self.data())
            .unwrap()
            .output()
            .unwrap()
    }

    fn land(&self, name: &str, bytes: &[u8]) {
        let folder = self.landing().join("purchases/dt=2026-07-01");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    }

    fn current(&self) -> String {
        fs::read_to_string(self.data().join("current"))
            .unwrap()
            .trim()
            .to_owned()
    }

    fn spend(&self) -> Decimal {
        let file = self
            .data()
            .join("releases")
            .join(self.current())
            .join("gold.duckdb");
        let copy = self.folder.path().join("copy.duckdb");
        fs::copy(file, &copy).unwrap();
        let db = Connection::open(&copy).unwrap();
        let total: String = db
            .query_row(
                "SELECT CAST(sum(amount) AS VARCHAR) FROM fct_purchase",
                [],
                |r| r.get(0),
            )
            .unwrap();
        total.parse().unwrap()
    }

    /// A user and a product of this world, for lines that are good.
    fn known(&self) -> (String, String) {
        let first = |source: &str| {
            let day = fs::read_dir(self.landing().join(source))
                .unwrap()
                .map(|d| d.unwrap().path())
                .min()
                .unwrap();
            let file = fs::read_dir(day).unwrap().next().unwrap().unwrap().path();
            fs::read_to_string(file)
                .unwrap()
                .lines()
                .nth(1)
                .unwrap()
                .split(',')
                .next()
                .unwrap()
                .to_owned()
        };
        (first("users"), first("products"))
    }
}

const HEADER: &str = "purchase_id,receipt_id,user_id,product_id,retailer_id,quantity,amount,discount,purchased_at,op,updated_at\n";

fn line(world: &World, id: &str, amount: &str) -> String {
    let (user, product) = world.known();
    format!(
        "{id},r-{id},{user},{product},t1,1,{amount},0.00,2026-06-30T20:00:00Z,I,2026-06-30T20:00:00Z\n"
    )
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[track_caller]
fn assert_said(output: &Output, code: i32, words: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for word in words {
        assert!(said.contains(word), "“{word}” is not in:\n{said}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn a_missing_or_empty_landing_folder_says_how_to_fill_it() {
    let world = World {
        folder: tempfile::tempdir().unwrap(),
    };
    assert_said(&world.run(), 1, &["landing"]);
    fs::create_dir_all(world.landing()).unwrap();
    assert_said(&world.run(), 1, &["landing", "dt=YYYY-MM-DD"]);
    assert!(!world.data().join("current").exists());
}

#[test]
fn a_missing_source_is_named() {
    let world = World::published();
    let before = world.current();
    fs::rename(
        world.landing().join("products"),
        world.folder.path().join("away"),
    )
    .unwrap();
    let fresh = world.folder.path().join("fresh");
    let output = pipeline(&world.landing(), &fresh)
        .unwrap()
        .output()
        .unwrap();
    assert_said(&output, 1, &["products"]);
    assert_eq!(world.current(), before);
}

#[test]
fn files_that_cannot_be_read_are_set_aside_and_good_ones_are_kept() {
    let world = World::published();
    let before = world.spend();
    world.land(
        "good.csv",
        format!("{HEADER}{}", line(&world, "good-1", "12.34")).as_bytes(),
    );
    world.land("empty.csv", b"");
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(HEADER.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    world.land("utf16.csv", &utf16);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    for n in 0..500 {
        gz.write_all(format!("{HEADER}{}", line(&world, &format!("cut-{n}"), "1.00")).as_bytes())
            .unwrap();
    }
    let gz = gz.finish().unwrap();
    world.land("cut.csv.gz", &gz[..gz.len() / 2]);
    std::os::unix::fs::symlink(
        "loop.csv",
        world.landing().join("purchases/dt=2026-07-01/loop.csv"),
    )
    .unwrap();

    let output = world.run();
    assert_said(
        &output,
        3,
        &["empty.csv", "utf16.csv", "cut.csv.gz", "loop.csv", "UTF-8"],
    );
    assert!(!said(&output).contains("good.csv"));
    assert_eq!(world.spend(), before + Decimal::new(1234, 2));

    // They stay in landing, and a mended file is taken in by the next run.
    world.land(
        "empty.csv",
        format!("{HEADER}{}", line(&world, "mended-1", "0.66")).as_bytes(),
    );
    assert_said(&world.run(), 3, &["cut.csv.gz"]);
    assert_eq!(world.spend(), before + Decimal::new(1300, 2));
}

#[test]
fn ragged_and_wrongly_encoded_lines_cost_only_themselves() {
    let world = World::published();
    let before = world.spend();
    let mut bytes = HEADER.as_bytes().to_vec();
    bytes.extend(line(&world, "fine-1", "1.00").bytes());
    bytes.extend(b"too,few\n");
    bytes.extend(line(&world, "fine-2", "2.00").trim_end().bytes());
    bytes.extend(b",one,more\n");
    bytes.extend(b"latin-\xE9,r,u,p,t,1,9.99,0.00,2026-06-30T20:00:00Z,I,2026-06-30T20:00:00Z\n");
    bytes.extend(line(&world, "fine-3", "4.00").bytes());
    bytes.extend(b"cut-off,r,u");
    world.land("ragged.csv", &bytes);
    assert_said(&world.run(), 0, &["Published"]);
    assert_eq!(world.spend(), before + Decimal::new(500, 2));
}

#[test]
fn a_missing_required_column_publishes_nothing() {
    let world = World::published();
    let before = world.current();
    world.land("renamed.csv", HEADER.replace("amount", "value").as_bytes());
    assert_said(&world.run(), 1, &["renamed.csv", "amount"]);
    assert_eq!(world.current(), before);
    fs::remove_file(world.landing().join("purchases/dt=2026-07-01/renamed.csv")).unwrap();
    assert_said(&world.run(), 0, &[&before]);
}

#[test]
fn nothing_new_changes_nothing() {
    let world = World::published();
    let listing = |data: &Path| {
        let output = Command::new("find")
            .arg(data)
            .args(["-printf", "%p %s %T@ %i\n"])
            .output()
            .unwrap();
        let mut lines: Vec<String> = String::from_utf8(output.stdout)
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect();
        lines.sort();
        lines
    };
    let before = listing(&world.data());
    assert!(before.len() > 100, "{}", before.len());
    assert_said(&world.run(), 0, &[&world.current()]);
    assert_eq!(listing(&world.data()), before);
}

#[test]
fn a_failing_contract_publishes_nothing_and_names_what_failed() {
    let world = World::published();
    let before = world.current();
    let project = world.folder.path().join("marts");
    succeed(
        Command::new("cp")
            .arg("-R")
            .arg(checkout().join("marts"))
            .arg(&project),
    )
    .unwrap();
    fs::write(
        project.join("tests/assert_no_cheap_purchase.sql"),
        "SELECT purchase_id, amount FROM {{ ref('fct_purchase') }} WHERE amount < 2\n",
    )
    .unwrap();
    let mut command = pipeline(&world.landing(), &world.data()).unwrap();
    // The last --project wins nothing: it is given once, so this run names its own.
    let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    command = Command::new(variable("CARTON_CAPS_PROGRAM").unwrap());
    for argument in arguments {
        command.arg(if argument == "marts" {
            project.clone().into_os_string()
        } else {
            argument
        });
    }
    let output = command.output().unwrap();
    assert_said(&output, 1, &["assert_no_cheap_purchase", "purchase_id"]);
    let said = said(&output);
    assert!(said.chars().any(|c| c.is_ascii_digit()), "{said}");
    assert_eq!(world.current(), before);
}

#[test]
fn two_runs_at_once_one_says_so() {
    let world = World::published();
    world.land(
        "more.csv",
        format!("{HEADER}{}", line(&world, "more-1", "1.00")).as_bytes(),
    );
    let lock = fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(world.data().join("run.lock"))
        .unwrap();
    lock.lock().unwrap();
    let before = world.current();
    assert_said(&world.run(), 1, &["another run"]);
    assert_eq!(world.current(), before);
    drop(lock);
    assert_said(&world.run(), 0, &["Published"]);
}

#[test]
fn a_corrupt_pointer_or_release_is_said_and_mended() {
    let world = World::published();
    let (release, spend) = (world.current(), world.spend());
    fs::write(world.data().join("current"), "no-such-release\n").unwrap();
    assert_said(&world.run(), 0, &["no-such-release"]);
    assert_eq!((world.current(), world.spend()), (release.clone(), spend));

    fs::write(
        world
            .data()
            .join("releases")
            .join(&release)
            .join("gold.duckdb"),
        b"not a database",
    )
    .unwrap();
    assert_said(&world.run(), 0, &[&release]);
    assert_eq!((world.current(), world.spend()), (release, spend));
}

/// A real full disk: a small file system of the test's own.
#[test]
fn a_full_disk_keeps_the_release_and_says_so() {
    let world = World::published();
    world.land(
        "more.csv",
        format!("{HEADER}{}", line(&world, "more-1", "1.00")).as_bytes(),
    );
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-eu", "-c"])
        .arg(
            r#"mkdir "$1/small" && mount -t tmpfs -o size=64m tmpfs "$1/small"
            cp -R "$1/data" "$1/small/data"
            before=$(cat "$1/small/data/current")
            head -c 64m /dev/zero >"$1/small/fill" 2>/dev/null || true
            code=0; "$2" pipeline run --landing "$1/landing" --data "$1/small/data" --project "$3" || code=$?
            [ "$before" = "$(cat "$1/small/data/current")" ] || { echo "the pointer moved"; exit 90; }
            ls -A "$1/small/data/releases" | grep '^\.' && { echo "leftovers"; exit 91; }
            rm "$1/small/fill"
            "$2" pipeline run --landing "$1/landing" --data "$1/small/data" --project "$3" >/dev/null || exit 92
            [ "$before" != "$(cat "$1/small/data/current")" ] || exit 93
            exit "$code""#,
        )
        .arg("sh")
        .arg(world.folder.path())
        .arg(variable("CARTON_CAPS_PROGRAM").unwrap())
        .arg(checkout().join("marts"))
        .output()
        .unwrap();
    assert_said(&output, 1, &["full"]);
}

/// A file system that may not be written, in place of missing rights, which a test run by root would not feel.
#[test]
fn folders_that_may_not_be_written_keep_the_release_and_are_named() {
    let world = World::published();
    world.land(
        "more.csv",
        format!("{HEADER}{}", line(&world, "x-1", "1.00")).as_bytes(),
    );
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-eu", "-c"])
        .arg(
            r#"mkdir "$1/small" && mount -t tmpfs -o size=256m tmpfs "$1/small"
            cp -R "$1/data" "$1/small/data"
            before=$(cat "$1/small/data/current")
            for part in bronze releases state.duckdb; do
                mount --bind "$1/small/data/$part" "$1/small/data/$part"
                mount -o remount,bind,ro "$1/small/data/$part"
                code=0; "$2" pipeline run --landing "$1/landing" --data "$1/small/data" --project "$3" || code=$?
                [ "$code" = 1 ] || { echo "$part: ended with $code"; exit 90; }
                umount "$1/small/data/$part"
                [ "$before" = "$(cat "$1/small/data/current")" ] || { echo "$part: the pointer moved"; exit 91; }
                ls -A "$1/small/data/releases" | grep '^\.' && { echo "$part: leftovers"; exit 92; }
            done
            "$2" pipeline run --landing "$1/landing" --data "$1/small/data" --project "$3" >/dev/null || exit 93
            [ "$before" != "$(cat "$1/small/data/current")" ] || exit 94"#,
        )
        .arg("sh")
        .arg(world.folder.path())
        .arg(variable("CARTON_CAPS_PROGRAM").unwrap())
        .arg(checkout().join("marts"))
        .output()
        .unwrap();
    assert_said(&output, 0, &["Read-only file system", "carton-caps: "]);
}
