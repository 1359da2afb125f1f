#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::AsArray;
use futures::StreamExt;
use marts::{FailureKind, Statement};
use tempfile::TempDir;

use super::*;
use crate::{
    Builder, DuckDbBuilder, DuckDbWarehouse, Manifest, Relation, Schema, TableSummary, Warehouse,
};

pub fn publish(data: &Path, id: &str) {
    let mut builder = DuckDbBuilder::open(
        &release::state_path(data),
        &release::gold_path(data, id),
        1,
        None,
    )
    .unwrap();
    let table = Relation {
        schema: Schema::Gold,
        name: "t".into(),
    };
    let rows = builder
        .create_table(
            &table,
            &format!("SELECT '{id}' AS id FROM range(0, 100000)"),
        )
        .unwrap();
    Box::new(builder).finish().unwrap();
    let manifest = Manifest {
        release_id: id.into(),
        run_id: id.into(),
        business_date: jiff::civil::date(2026, 11, 22),
        zone: "UTC".into(),
        published_at: jiff::Timestamp::UNIX_EPOCH,
        fingerprint: String::new(),
        observed: None,
        gold_bytes: 0,
        tables: BTreeMap::from([(
            "t".to_owned(),
            TableSummary {
                rows,
                checksum: String::new(),
            },
        )]),
        build: crate::BuildInfo::default(),
    };
    release::write_manifest(&release::release_dir(data, id), &manifest).unwrap();
    release::point_to(data, id).unwrap();
}

fn handle(data: &TempDir) -> Arc<ReleaseHandle> {
    Arc::new(ReleaseHandle::new(
        data.path(),
        DuckDbOptions {
            connections: 2,
            threads: 1,
            ..DuckDbOptions::default()
        },
    ))
}

async fn served(engine: &DuckDbWarehouse) -> String {
    let (rows, _) = engine
        .run(Statement::new("SELECT min(id) AS id FROM t"))
        .await
        .unwrap()
        .collect()
        .await
        .unwrap();
    rows[0].column(0).as_string::<i32>().value(0).to_owned()
}

#[tokio::test]
async fn before_the_first_release_the_answer_says_what_to_do() {
    let data = TempDir::new().unwrap();
    let handle = handle(&data);
    assert_eq!(handle.refresh().await.unwrap(), Refreshed::NothingPublished);
    let engine = DuckDbWarehouse::new(Arc::clone(&handle));
    assert!(!engine.is_warm().await);
    let failure = engine.release().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable);
    assert!(failure.message.contains("pipeline"), "{}", failure.message);
    publish(data.path(), "one");
    assert_eq!(
        handle.refresh().await.unwrap(),
        Refreshed::Now(ReleaseId("one".into()))
    );
    assert_eq!(handle.refresh().await.unwrap(), Refreshed::Unchanged);
    assert_eq!(served(&engine).await, "one");
}

#[tokio::test]
async fn what_is_damaged_is_told_and_the_old_release_served_on() {
    let data = TempDir::new().unwrap();
    publish(data.path(), "one");
    let handle = handle(&data);
    handle.refresh().await.unwrap();
    let engine = DuckDbWarehouse::new(Arc::clone(&handle));

    std::fs::write(release::pointer_path(data.path()), "\0\0").unwrap();
    assert!(
        handle
            .refresh()
            .await
            .unwrap_err()
            .message
            .contains("damaged")
    );
    assert_eq!(served(&engine).await, "one");

    std::fs::remove_file(release::pointer_path(data.path())).unwrap();
    assert!(handle.refresh().await.unwrap_err().message.contains("gone"));

    publish(data.path(), "two");
    let file = release::gold_path(data.path(), "two");
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let failure = handle.refresh().await.unwrap_err();
    assert!(failure.message.contains("two"), "{failure:?}");
    assert_eq!(served(&engine).await, "one");

    release::point_to(data.path(), "three").unwrap();
    assert!(
        handle
            .refresh()
            .await
            .unwrap_err()
            .message
            .contains("three")
    );
    assert_eq!(served(&engine).await, "one");

    // A table that is not as the manifest says is damage too.
    std::fs::write(&file, &whole).unwrap();
    let mut manifest = release::read_manifest(data.path(), "two").unwrap();
    manifest.tables.get_mut("t").unwrap().rows += 1;
    release::write_manifest(&release::release_dir(data.path(), "two"), &manifest).unwrap();
    release::point_to(data.path(), "two").unwrap();
    assert!(handle.refresh().await.unwrap_err().detail.contains("rows"));

    publish(data.path(), "four");
    assert_eq!(
        handle.refresh().await.unwrap(),
        Refreshed::Now(ReleaseId("four".into()))
    );
    assert_eq!(served(&engine).await, "four");
}

#[tokio::test]
async fn watching_notices_a_new_release() {
    let data = TempDir::new().unwrap();
    let handle = handle(&data);
    let watching = tokio::spawn(Arc::clone(&handle).watch(Duration::from_millis(10)));
    publish(data.path(), "one");
    let engine = DuckDbWarehouse::new(Arc::clone(&handle));
    let noticed = async {
        while !engine.is_warm().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), noticed)
        .await
        .unwrap();
    assert_eq!(served(&engine).await, "one");
    watching.abort();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_files_last_reader_closes_it() {
    let data = TempDir::new().unwrap();
    publish(data.path(), "one");
    let handle = handle(&data);
    handle.refresh().await.unwrap();
    let engine = DuckDbWarehouse::new(Arc::clone(&handle));
    let first_file = std::fs::canonicalize(release::gold_path(data.path(), "one")).unwrap();
    let is_open = || {
        let descriptors = std::fs::read_dir("/proc/self/fd").unwrap();
        descriptors
            .filter_map(Result::ok)
            .filter_map(|d| std::fs::read_link(d.path()).ok())
            .any(|target| target == first_file)
    };
    assert!(is_open());
    let mut reading = engine
        .run(Statement::new("SELECT id FROM t"))
        .await
        .unwrap();
    reading.stream.next().await.unwrap().unwrap();
    publish(data.path(), "two");
    handle.refresh().await.unwrap();
    assert!(is_open(), "a statement still reads it");
    assert_eq!(reading.release.id.0, "one");
    reading.collect().await.unwrap();
    let closed = async {
        while is_open() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), closed)
        .await
        .unwrap();
    assert_eq!(served(&engine).await, "two");
}

#[tokio::test]
async fn a_large_sort_spills_outside_the_release() {
    let data = TempDir::new().unwrap();
    publish(data.path(), "one");
    let spill = TempDir::new().unwrap();
    let options = DuckDbOptions {
        connections: 1,
        threads: 1,
        memory_limit: Some("40MB".into()),
        spill_dir: spill.path().join("spill"),
    };
    let handle = Arc::new(ReleaseHandle::new(data.path(), options));
    handle.refresh().await.unwrap();
    let engine = DuckDbWarehouse::new(handle);
    let sql = "SELECT i, (i * 7919) % 1000003 AS k FROM range(0, 3000000) AS r(i) ORDER BY k, i";
    let mut rows = engine.run(Statement::new(sql)).await.unwrap();
    rows.stream.next().await.unwrap().unwrap();
    let files: Vec<_> = std::fs::read_dir(release::release_dir(data.path(), "one"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(files.len(), 2, "only the release's own files: {files:?}");
    assert!(spill.path().join("spill").exists());
}

#[test]
fn duckdb_itself_is_locked_even_without_our_look_at_the_sql() {
    let data = TempDir::new().unwrap();
    publish(data.path(), "one");
    let open = OpenRelease::open(data.path(), "one", &DuckDbOptions::default()).unwrap();
    let connection = open.connection().unwrap();
    let outside = data.path().join("outside.csv");
    for sql in [
        "SELECT * FROM read_csv('/etc/passwd')",
        &format!("COPY t TO '{}'", outside.display()),
        &format!(
            "ATTACH '{}' AS s",
            release::state_path(data.path()).display()
        ),
        "SET enable_external_access = true",
        "SET GLOBAL threads = 7",
        "INSTALL httpfs",
        "INSERT INTO t VALUES ('x')",
        "CREATE TABLE u AS SELECT 1",
    ] {
        assert!(connection.execute_batch(sql).is_err(), "{sql}");
    }
    assert!(!outside.exists());
    let zone: String = connection
        .query_row("SELECT current_setting('TimeZone')", [], |r| r.get(0))
        .unwrap();
    assert_eq!(zone, "UTC");
}
