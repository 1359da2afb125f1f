//! How the demo treats the folder it is given.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use demo::{DemoError, Dirt, Formats, World, generate};

const SOURCES: [&str; 6] = [
    "events",
    "products",
    "purchases",
    "referrals",
    "schools",
    "users",
];

fn world(out: &Path) -> World {
    World {
        out: out.to_owned(),
        truth: None,
        dirt: Dirt::off(),
        formats: Formats::default(),
        purchases: 300,
        seed: 7,
        until: "2026-03-31".parse().unwrap(),
        threads: 2,
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn leaves_the_six_sources_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new/landing");
    generate(&world(&out), &|_, _| {}).unwrap();
    assert_eq!(names(&out), SOURCES);
}

#[test]
fn refuses_a_folder_that_holds_landing_files_and_leaves_it_alone() {
    let folder = tempfile::tempdir().unwrap();
    let day = folder.path().join("events/dt=2026-01-01");
    fs::create_dir_all(&day).unwrap();
    fs::write(day.join("events.csv"), "event_id\n").unwrap();
    let error = generate(&world(folder.path()), &|_, _| {}).unwrap_err();
    assert!(matches!(error, DemoError::Refused(_)), "{error}");
    let text = error.to_string();
    assert!(text.contains(folder.path().to_str().unwrap()), "{text}");
    assert!(text.contains("already holds landing files"), "{text}");
    assert!(text.contains("Choose an empty folder"), "{text}");
    assert_eq!(names(folder.path()), ["events"]);
}

#[test]
fn clears_what_a_killed_generation_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let stale = folder
        .path()
        .join(".demo-in-progress/purchases/dt=1999-01-01");
    fs::create_dir_all(&stale).unwrap();
    fs::write(stale.join("purchases.csv"), "half a li").unwrap();
    let written = generate(&world(folder.path()), &|_, _| {}).unwrap();
    assert_eq!(written.rows["purchases"], 300);
    assert!(!folder.path().join("purchases/dt=1999-01-01").exists());
    assert_eq!(names(folder.path()), SOURCES);
}

#[test]
fn two_generations_do_not_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let staging = folder.path().join(".demo-in-progress");
    fs::create_dir(&staging).unwrap();
    let other = fs::File::create(staging.join("lock")).unwrap();
    other.lock().unwrap();
    let error = generate(&world(folder.path()), &|_, _| {}).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("Another demo world is being made"),
        "{error}"
    );
    other.unlock().unwrap();
    generate(&world(folder.path()), &|_, _| {}).unwrap();
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    fs::write(&file, "").unwrap();
    let error = generate(&world(&file.join("landing")), &|_, _| {}).unwrap_err();
    assert!(matches!(error, DemoError::Write { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains(file.to_str().unwrap()), "{text}");
    assert!(text.contains("Nothing was added"), "{text}");
}

#[test]
fn a_failure_half_way_leaves_no_landing_file() {
    // The folder becomes occupied while the world is being made.
    let folder = tempfile::tempdir().unwrap();
    let intruder = folder.path().join("users/dt=2026-01-01");
    let error = generate(&world(folder.path()), &|done, _| {
        if done > 0 {
            fs::create_dir_all(&intruder).unwrap();
        }
    })
    .unwrap_err();
    assert!(matches!(error, DemoError::Refused(_)), "{error}");
    assert_eq!(names(folder.path()), ["users"]);
    assert_eq!(names(&folder.path().join("users")), ["dt=2026-01-01"]);
}

#[test]
fn a_world_needs_a_purchase() {
    let folder = tempfile::tempdir().unwrap();
    let none = World {
        purchases: 0,
        ..world(folder.path())
    };
    let error = generate(&none, &|_, _| {}).unwrap_err();
    assert!(error.to_string().contains("at least 1 purchase"), "{error}");
}

#[test]
fn progress_counts_purchase_lines_up_to_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let seen = Mutex::new(Vec::new());
    generate(&world(folder.path()), &|done, total| {
        seen.lock().unwrap().push((done, total));
    })
    .unwrap();
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.first(), Some(&(0, 300)));
    assert_eq!(seen.iter().max(), Some(&(300, 300)));
    assert!(seen.len() > 10);
}

#[test]
fn finishes_a_world_that_was_killed_between_its_last_moves() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, out) = (folder.path().join("whole"), folder.path().join("out"));
    generate(&world(&whole), &|_, _| {}).unwrap();
    // As a kill leaves it: all files made, two sources moved.
    let staging = out.join(".demo-in-progress");
    fs::create_dir_all(&staging).unwrap();
    let order = [
        "schools",
        "products",
        "users",
        "purchases",
        "referrals",
        "events",
    ];
    for (n, source) in order.iter().enumerate() {
        let to = if n < 2 { &out } else { &staging };
        fs::rename(whole.join(source), to.join(source)).unwrap();
    }
    fs::write(
        staging.join("whole"),
        format!("{}\nend\n", order.join("\n")),
    )
    .unwrap();

    let written = generate(&world(&out), &|_, _| {}).unwrap();
    assert_eq!(written.rows["purchases"], 300);
    assert_eq!(names(&out), SOURCES);
}

#[test]
fn a_world_that_was_whole_when_its_maker_was_killed_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    generate(&world(folder.path()), &|_, _| {}).unwrap();
    let staging = folder.path().join(".demo-in-progress");
    fs::create_dir_all(&staging).unwrap();
    fs::write(staging.join("whole"), "schools\nproducts\nend\n").unwrap();
    let error = generate(&world(folder.path()), &|_, _| {}).unwrap_err();
    assert!(
        error.to_string().contains("already holds landing files"),
        "{error}"
    );
    assert_eq!(names(folder.path()), SOURCES);
}

#[test]
fn files_of_others_are_not_taken_for_those_of_a_killed_generation() {
    let folder = tempfile::tempdir().unwrap();
    let day = folder.path().join("events/dt=2026-01-01");
    fs::create_dir_all(&day).unwrap();
    fs::write(day.join("events.csv"), "event_id\n").unwrap();
    let staging = folder.path().join(".demo-in-progress");
    fs::create_dir_all(staging.join("users")).unwrap();
    // Not yet moving when it was killed.
    let error = generate(&world(folder.path()), &|_, _| {}).unwrap_err();
    assert!(matches!(error, DemoError::Refused(_)), "{error}");
    assert!(day.join("events.csv").exists());
}

#[test]
fn truth_is_not_written_over_other_files() {
    let folder = tempfile::tempdir().unwrap();
    let (out, truth) = (folder.path().join("landing"), folder.path().join("truth"));
    fs::create_dir(&truth).unwrap();
    fs::write(truth.join("thesis.txt"), "years").unwrap();
    let with_truth = World {
        truth: Some(truth.clone()),
        ..world(&out)
    };
    let error = generate(&with_truth, &|_, _| {}).unwrap_err();
    assert!(error.to_string().contains("thesis.txt"), "{error}");
    assert_eq!(names(&truth), ["thesis.txt"]);
    assert!(!out.join("users").exists());

    // A truth that is there already is replaced by that of the new world.
    fs::remove_file(truth.join("thesis.txt")).unwrap();
    fs::write(truth.join("faults.parquet"), "old").unwrap();
    generate(&with_truth, &|_, _| {}).unwrap();
    assert_eq!(names(&truth).len(), 10);
    assert!(
        fs::read(truth.join("faults.parquet"))
            .unwrap()
            .starts_with(b"PAR1")
    );
}

#[test]
fn truth_is_not_put_where_a_pipeline_reads() {
    let folder = tempfile::tempdir().unwrap();
    for truth in [folder.path().to_owned(), folder.path().join("truth")] {
        let world = World {
            truth: Some(truth),
            ..world(folder.path())
        };
        let error = generate(&world, &|_, _| {}).unwrap_err();
        assert!(error.to_string().contains("beside it"), "{error}");
    }
    assert!(names(folder.path()).is_empty());
}
