//! Landing in an S3-compatible store: the same bronze and the same release as from a folder, and clear words where the
//! store cannot be read.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use duckdb::Connection;
use workspace_tests::program::{demo, pipeline};
use workspace_tests::s3::S3;

fn run(landing: &str, data: &Path, server: Option<&S3>) -> Output {
    let mut command: Command = pipeline(Path::new(landing), data).unwrap();
    if let Some(server) = server {
        command.envs(server.environment());
    }
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn current(data: &Path) -> String {
    fs::read_to_string(data.join("current")).unwrap()
}

/// All of bronze but what differs from run to run.
fn bronze(data: &Path) -> Vec<String> {
    let db = Connection::open_in_memory().unwrap();
    let mut rows = Vec::new();
    for source in ["users", "schools", "products", "purchases"] {
        let sql = format!(
            "SELECT CAST(t AS VARCHAR) FROM (SELECT * EXCLUDE (_ingested_at, _run_id) FROM \
             read_parquet('{}/bronze/{source}/*.parquet')) t ORDER BY _ingest_seq, _row_number",
            data.display()
        );
        let mut statement = db.prepare(&sql).unwrap();
        let found = statement.query_map([], |row| row.get(0)).unwrap();
        rows.extend(found.map(Result::unwrap));
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_and_a_folder_give_the_same_bronze_and_release() {
    let world = tempfile::tempdir().unwrap();
    let (landing, local, remote): (PathBuf, _, _) = (
        world.path().join("landing"),
        world.path().join("local"),
        world.path().join("remote"),
    );
    demo(&landing, 600, 3).unwrap();
    let day = landing.join("purchases/dt=2026-07-01");
    fs::create_dir_all(&day).unwrap();
    fs::write(day.join("empty.csv"), b"").unwrap();
    fs::write(day.join(".hidden.csv"), b"x").unwrap();
    let server = S3::start(None).unwrap();
    server.make_bucket("carton-caps").await.unwrap();
    server
        .upload(&landing, "carton-caps", "a/landing")
        .await
        .unwrap();

    let from_folder = run(landing.to_str().unwrap(), &local, None);
    assert_eq!(from_folder.status.code(), Some(3), "{}", said(&from_folder));
    let url = "s3://carton-caps/a/landing/";
    let from_store = run(url, &remote, Some(&server));
    assert_eq!(from_store.status.code(), Some(3), "{}", said(&from_store));
    assert!(said(&from_store).contains("purchases/dt=2026-07-01/empty.csv"));
    assert_eq!(current(&local), current(&remote));
    let rows = bronze(&local);
    assert!(rows.len() > 600, "{}", rows.len());
    assert_eq!(rows, bronze(&remote));

    let again = run(url, &remote, Some(&server));
    assert!(
        said(&again).contains("Nothing has landed"),
        "{}",
        said(&again)
    );

    // One more file in the bucket, and the server gone after that.
    fs::remove_dir_all(&landing).unwrap();
    fs::create_dir_all(&day).unwrap();
    let header = "purchase_id,receipt_id,user_id,product_id,retailer_id,quantity,amount,discount,purchased_at,op,updated_at\n";
    fs::write(day.join("more.csv"), header).unwrap();
    server
        .upload(&landing, "carton-caps", "a/landing")
        .await
        .unwrap();
    let more = run(url, &remote, Some(&server));
    assert!(said(&more).contains("from 1 files"), "{}", said(&more));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_read_is_told_and_nothing_is_published() {
    let world = tempfile::tempdir().unwrap();
    let data = world.path().join("data");
    let server = S3::start(None).unwrap();
    let missing = run("s3://no-such-bucket/landing", &data, Some(&server));
    assert_eq!(missing.status.code(), Some(1));
    let words = said(&missing);
    assert!(
        words.contains(
            "the landing place s3://no-such-bucket/landing does not exist: mend the bucket's name"
        ),
        "{words}"
    );

    server.make_bucket("empty-bucket").await.unwrap();
    let empty = said(&run("s3://empty-bucket/landing", &data, Some(&server)));
    assert!(
        empty.contains("the landing place s3://empty-bucket/landing is empty"),
        "{empty}"
    );

    // Its one free request makes the bucket.
    let strict = S3::start(Some(1)).unwrap();
    strict.make_bucket("closed-bucket").await.unwrap();
    let denied = run("s3://closed-bucket/landing", &data, Some(&strict));
    assert_eq!(denied.status.code(), Some(1));
    let words = said(&denied);
    assert!(
        words.contains("the landing place s3://closed-bucket/landing may not be read")
            && words.contains("credentials"),
        "{words}"
    );
    assert!(!data.join("current").exists());
}
