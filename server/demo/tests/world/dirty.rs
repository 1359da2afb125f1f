//! Dirt: every kind appears, about as often as asked for, and where it belongs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use demo::{Dirt, Formats, World, generate};
use tempfile::TempDir;

use crate::judged::table;
use crate::landed::{Row, contents, fingerprint, scratch, world};

struct Dirty {
    folder: TempDir,
    faults: Vec<Row>,
    totals: BTreeMap<String, f64>,
}

impl Dirty {
    fn truth(&self) -> PathBuf {
        self.folder.path().join("truth")
    }
}

/// A world of 120,000 lines with the usual dirt.
fn dirty() -> &'static Dirty {
    static DIRTY: OnceLock<Dirty> = OnceLock::new();
    DIRTY.get_or_init(|| {
        let folder = make(120_000, 7, "default", "csv", 2);
        let truth = folder.path().join("truth");
        let mut totals = BTreeMap::new();
        for row in table(&truth.join("totals.parquet")) {
            let rows: f64 = row["rows"].parse().unwrap();
            *totals.entry(row["source"].clone()).or_default() += rows;
        }
        Dirty {
            faults: table(&truth.join("faults.parquet")),
            totals,
            folder,
        }
    })
}

fn make(purchases: u64, seed: u64, dirt: &str, format: &str, threads: usize) -> TempDir {
    let folder = scratch();
    let world = World {
        truth: Some(folder.path().join("truth")),
        dirt: Dirt::parse(dirt).unwrap(),
        formats: Formats::parse(format).unwrap(),
        ..world(&folder.path().join("landing"), purchases, seed, threads)
    };
    generate(&world, &|_, _| {}).unwrap();
    folder
}

fn count(kind: &str, source: &str, what: &[&str]) -> f64 {
    dirty()
        .faults
        .iter()
        .filter(|f| f["kind"] == kind && f["source"] == source)
        .filter(|f| what.is_empty() || what.contains(&f["what"].as_str()))
        .count() as f64
}

#[test]
fn each_kind_is_as_frequent_as_its_rate() {
    for (kind, what, rate) in [
        ("exact_duplicate", &["copy"] as &[&str], 0.01),
        ("near_duplicate", &["changed"], 0.003),
        ("late", &["late"], 0.05),
        ("null_key", &["broken"], 0.001),
        ("time_zone", &["offset"], 0.02),
        ("out_of_window", &[], 0.001),
        ("bad_value", &[], 0.001),
        ("malformed", &[], 0.001),
    ] {
        for source in ["purchases", "events"] {
            let rows = dirty().totals[source];
            let share = count(kind, source, what) / rows;
            assert!(
                (rate * 0.6..rate * 1.4).contains(&share),
                "{kind} of {source}: {share}"
            );
        }
    }
    for (kind, source, what, rate) in [
        ("cdc", "purchases", &["original"] as &[&str], 0.005),
        ("odd_quantity", "purchases", &[], 0.001),
        ("orphan_product", "purchases", &[], 0.003),
        ("unknown_type", "events", &[], 0.001),
    ] {
        let share = count(kind, source, what) / dirty().totals[source];
        assert!(
            (rate * 0.6..rate * 1.4).contains(&share),
            "{kind} of {source}: {share}"
        );
    }
}

#[test]
fn faults_of_users_and_files_are_there() {
    let rare = "default,self_referral=.03,cycle=.03,orphan_inviter=.03,orphan_user=.03";
    let folder = make(30_000, 7, rare, "csv", 2);
    let faults = table(&folder.path().join("truth/faults.parquet"));
    let users = table(&folder.path().join("truth/users.parquet")).len() as f64;
    let count = |kind: &str, source: &str| {
        faults
            .iter()
            .filter(|f| f["kind"] == kind && f["source"] == source)
            .filter(|f| f["what"] != "the inviter at last")
            .count() as f64
    };
    for kind in ["self_referral", "cycle", "orphan_inviter"] {
        let share = count(kind, "users") / users;
        assert!((0.01..0.07).contains(&share), "{kind}: {share}");
    }
    for (kind, source) in [
        ("orphan_user", "purchases"),
        ("orphan_user", "events"),
        ("new_column", "purchases"),
        ("text_column", "schools"),
        ("missing_file", "events"),
        ("file_twice", "purchases"),
        ("file_twice", "events"),
        ("ten_times", "purchases"),
    ] {
        assert!(count(kind, source) > 0.0, "{kind} of {source}");
    }
    assert_eq!(count("rename_column", "purchases"), 0.0);
}

#[test]
fn late_rows_have_a_long_tail() {
    let day = |text: &str| text[..10].parse::<jiff::civil::Date>().unwrap();
    let files = contents(&dirty().folder.path().join("landing"));
    let mut delays = Vec::new();
    for fault in &dirty().faults {
        if fault["kind"] != "late" || fault["source"] != "purchases" {
            continue;
        }
        let text = str::from_utf8(&files[&fault["file"]]).unwrap();
        let row: usize = fault["row_number"].parse().unwrap();
        let line = text.lines().nth(row).unwrap();
        let at = day(line.split(',').nth(8).unwrap());
        let dt = day(fault["file"].split("dt=").nth(1).unwrap());
        delays.push((dt - at).get_days());
    }
    assert!(delays.iter().all(|&days| days >= 1));
    let tail = delays.iter().filter(|&&days| days > 30).count() as f64 / delays.len() as f64;
    assert!((0.02..0.12).contains(&tail), "{tail}");
    assert!(delays.iter().any(|&days| days > 150));
}

#[test]
fn orphans_are_released_or_stay_about_half_and_half() {
    let later = count("orphan_user", "purchases", &["user lands later"]);
    let never = count("orphan_user", "purchases", &["user never lands"]);
    assert!(later > 0.0 && never > 0.0, "{later} {never}");
    let lands = count("orphan_product", "purchases", &["lands later"]);
    let stays = count("orphan_product", "purchases", &["never lands"]);
    assert!(lands > 0.0 && stays > 0.0, "{lands} {stays}");
}

#[test]
fn a_column_is_renamed_only_when_asked() {
    let folder = make(500, 2, "rename_column=1", "csv", 2);
    let files = contents(&folder.path().join("landing"));
    let headers: Vec<bool> = files
        .iter()
        .filter(|(path, _)| path.starts_with("purchases/"))
        .map(|(_, bytes)| {
            bytes.starts_with(b"purchase_id") && {
                let header = str::from_utf8(bytes).unwrap().lines().next().unwrap();
                header.contains(",net_amount,") && !header.contains(",amount,")
            }
        })
        .collect();
    assert!(!headers[0] && headers[headers.len() - 1]);
    assert!(headers.is_sorted(), "from a day on");
}

#[test]
fn every_file_and_the_truth_are_the_same_with_any_number_of_threads() {
    for format in ["csv", "mixed"] {
        let one = fingerprint(make(15_000, 9, "default", format, 1).path());
        for threads in [2, 3] {
            let more = fingerprint(make(15_000, 9, "default", format, threads).path());
            assert_eq!(one, more, "{format}, {threads} threads");
        }
    }
}

#[test]
fn every_format_says_the_same() {
    let rows = |format: &str| {
        let folder = make(
            1_500,
            4,
            "late=.05,exact_duplicate=.02,null_key=.01",
            format,
            2,
        );
        let mut rows: Vec<Row> = table(&folder.path().join("truth/files.parquet"));
        for row in &mut rows {
            let path = row["file"].clone();
            assert!(
                folder.path().join("landing").join(&path).is_file(),
                "{path}"
            );
            if format != "mixed" {
                assert!(path.ends_with(&format!(".{format}")), "{path}");
            }
            row.insert("file".into(), path.split('.').next().unwrap().to_owned());
        }
        rows
    };
    let csv = rows("csv");
    for format in ["csv.gz", "jsonl", "jsonl.gz", "parquet", "parquet.gz"] {
        assert_eq!(csv, rows(format), "{format}");
    }
    let extensions = |format: &str| {
        let folder = make(1_500, 4, "off", format, 2);
        let paths = contents(&folder.path().join("landing"));
        let mut all: Vec<String> = paths
            .keys()
            .map(|path| path.split_once('.').unwrap().1.to_owned())
            .collect();
        all.sort();
        all.dedup();
        all
    };
    assert_eq!(
        extensions("mixed"),
        ["csv", "csv.gz", "jsonl", "jsonl.gz", "parquet"]
    );
}

#[test]
fn the_truth_is_there_whole() {
    let names: Vec<String> = contents(&dirty().truth()).into_keys().collect();
    assert_eq!(
        names,
        [
            "faults.parquet",
            "files.parquet",
            "invites.parquet",
            "ledger.parquet",
            "outcomes.parquet",
            "parameters.parquet",
            "roll_forward_effective.parquet",
            "roll_forward_posted.parquet",
            "totals.parquet",
            "users.parquet"
        ]
    );
    let invites = table(&dirty().truth().join("invites.parquet"));
    let accepted = invites
        .iter()
        .filter(|i| i["outcome"] == "accepted")
        .count();
    let users = table(&dirty().truth().join("users.parquet"));
    let referred = users.iter().filter(|u| !u["inviter_user_id"].is_empty());
    assert_eq!(accepted, referred.count());
    let by_id: BTreeMap<&str, &Row> = users.iter().map(|u| (u["user_id"].as_str(), u)).collect();
    for user in &users {
        let generation: u32 = user["generation"].parse().unwrap();
        let above = by_id.get(user["inviter_user_id"].as_str());
        let theirs = above.map(|u| u["generation"].parse::<u32>().unwrap());
        assert_eq!(generation, theirs.map_or(0, |g| g + 1), "{user:?}");
    }
}

/// What is posted, month by month, comes to what took effect, and late rows do make lines of earlier periods.
#[test]
fn what_is_posted_comes_to_what_took_effect() {
    let sums = |name: &str| {
        let mut sums: BTreeMap<[String; 4], i64> = BTreeMap::new();
        for row in table(&dirty().truth().join(format!("{name}.parquet"))) {
            let key = ["effective_month", "line", "school_id", "funding_source"];
            let amount: i64 = row["amount"].replace('.', "").parse().unwrap();
            *sums.entry(key.map(|k| row[k].clone())).or_default() += amount;
        }
        sums.retain(|_, sum| *sum != 0);
        sums
    };
    let effective = sums("roll_forward_effective");
    assert!(effective.len() > 100);
    assert_eq!(effective, sums("roll_forward_posted"));
    let posted = table(&dirty().truth().join("roll_forward_posted.parquet"));
    assert!(
        posted
            .iter()
            .any(|row| row["effective_month"] < row["period"])
    );
}
