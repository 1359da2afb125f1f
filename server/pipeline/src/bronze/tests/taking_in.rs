//! What stands in bronze after landing files were taken in.

use super::*;

#[test]
fn a_file_is_taken_in_once_and_a_second_run_changes_nothing_on_disk() {
    let world = World::new();
    world
        .put("things/dt=2026-01-02/b.csv", "id,name,note\n1,a,\n2,b,x\n")
        .put("things/dt=2026-01-01/a.csv", "id,name\n");
    let first = world.ingest().unwrap();
    assert_eq!(first.ingested, Ingested { files: 2, rows: 2 });
    assert_eq!(first.set_aside, []);
    let file = &first.files[1];
    assert_eq!(
        (file.source.as_str(), file.landing_path.as_str(), file.rows),
        ("things", "things/dt=2026-01-02/b.csv", 2)
    );
    assert_eq!(file.dt, Date::constant(2026, 1, 2));
    assert_eq!(
        file.file_id,
        hash(&world.opened(), &file.landing_path).unwrap()
    );
    assert_eq!(
        file.path,
        world
            .data()
            .join(format!("bronze/things/{}.parquet", file.file_id))
    );
    assert_eq!(things(&file.path), ["1|a|-|-", "2|b|x|-"]);
    let before = world.on_disk();
    let second = world.ingest().unwrap();
    assert_eq!(second.ingested, Ingested::default());
    assert_eq!(second.files, first.files);
    assert_eq!(world.on_disk(), before);
}

#[test]
fn every_row_says_where_it_comes_from() {
    let world = World::new();
    world.put("things/dt=2026-01-02/a.csv", "id,name\n1,a\n");
    let file = &world.ingest().unwrap().files[0];
    assert_eq!(
        rows(&file.path, &["_run_id", "_source_file", "_file_id"]),
        [[
            Some("run".to_owned()),
            Some("things/dt=2026-01-02/a.csv".to_owned()),
            Some(file.file_id.clone())
        ]]
    );
    let batch = ParquetRecordBatchReaderBuilder::try_new(File::open(&file.path).unwrap())
        .unwrap()
        .build()
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let days = days_since_epoch(file.dt);
    assert_eq!(
        batch
            .column_by_name("_dt")
            .unwrap()
            .as_primitive::<arrow::datatypes::Date32Type>()
            .value(0),
        days
    );
    assert_eq!(
        batch
            .column_by_name("_ingest_seq")
            .unwrap()
            .as_primitive::<Int64Type>()
            .value(0),
        i64::from(days) * 1_000_000
    );
}

#[test]
fn the_order_of_files_is_by_day_then_path_and_stays_when_more_come() {
    let world = World::new();
    for (path, id) in [
        ("dt=2026-01-02/a.csv", 1),
        ("dt=2026-01-01/z.csv", 2),
        ("dt=2026-01-01/b.csv", 3),
    ] {
        world.put(&format!("things/{path}"), format!("id,name\n{id},a\n"));
    }
    let paths = |landed: &Landed| {
        landed
            .files
            .iter()
            .map(|file| file.landing_path[7..].to_owned())
            .collect::<Vec<_>>()
    };
    let first = world.ingest().unwrap();
    assert_eq!(
        paths(&first),
        [
            "dt=2026-01-01/b.csv",
            "dt=2026-01-01/z.csv",
            "dt=2026-01-02/a.csv"
        ]
    );
    world.put("things/dt=2026-01-01/a.csv", "id,name\n4,a\n");
    let second = world.ingest().unwrap();
    assert_eq!(
        paths(&second),
        [
            "dt=2026-01-01/b.csv",
            "dt=2026-01-01/z.csv",
            "dt=2026-01-01/a.csv",
            "dt=2026-01-02/a.csv"
        ]
    );
    assert!(first.files.iter().all(|file| second.files.contains(file)));
}

/// Which row of a key wins may hang on the order of files, so a kill must not change it.
#[test]
fn a_run_killed_between_two_files_of_a_day_leaves_their_order() {
    let world = World::new();
    for (name, id) in [("a", 1), ("b", 2), ("c", 3)] {
        world.put(
            &format!("things/dt=2026-01-01/{name}.csv"),
            format!("id,name\n{id},a\n"),
        );
    }
    let undisturbed = world.ingest().unwrap().files;
    for missing in &undisturbed {
        std::fs::remove_file(&missing.path).unwrap();
        assert_eq!(order(&world.ingest().unwrap().files), order(&undisturbed));
    }
}

#[test]
fn loads_are_counted_and_neither_they_nor_their_time_go_back() {
    let world = World::new();
    world
        .put("things/dt=2026-01-01/a.csv", "id,name\n1,a\n")
        .put("things/dt=2026-01-01/b.csv", "id,name\n2,a\n");
    let seqs = |landed: &Landed| {
        landed
            .files
            .iter()
            .map(|file| file.load_seq)
            .collect::<Vec<_>>()
    };
    let first = world.ingest().unwrap();
    assert_eq!(seqs(&first), [1, 1]);
    assert_eq!(seqs(&world.ingest().unwrap()), [1, 1]);
    world.put("things/dt=2026-01-01/c.csv", "id,name\n3,a\n");
    let second = world.ingest().unwrap();
    assert_eq!(seqs(&second), [1, 1, 2]);
    assert_eq!(numbers(&second.files[2].path, "_load_seq"), [2]);

    // A file of a clock that is a century ahead.
    let stamp = Stamp {
        run_id: "run".into(),
        load_seq: 7,
        ingested_at: 4_900_000_000_000_000,
    };
    let origin = parquet_file::Origin {
        source: "things".into(),
        landing_path: "things/dt=2026-01-01/d.csv".into(),
        dt: Date::constant(2026, 1, 1),
        ingest_seq: 9,
        bytes: 1,
    };
    let path = world.data().join("bronze/things/dd.parquet");
    let columns = world.sources[0].column_names();
    let file = std::fs::File::create(path).unwrap();
    parquet_file::BronzeWriter::new(file, &columns, &origin, "dd", &stamp)
        .unwrap()
        .finish()
        .unwrap();
    world.put("things/dt=2026-01-02/e.csv", "id,name\n4,a\n");
    let third = world.ingest().unwrap();
    let last = third.files.last().unwrap();
    assert_eq!(last.load_seq, 8);
    let footer = parquet_file::describe(&last.path).unwrap().unwrap();
    assert_eq!(footer.ingested_at, stamp.ingested_at + 1);
}

#[test]
fn equal_rows_have_equal_hashes_in_whatever_file_and_order_of_columns() {
    let world = World::new();
    world
        .put(
            "things/dt=2026-01-01/a.csv",
            "id,name,note,colour,size\n1,a,,red,L\n2,b,x,,\n",
        )
        .put(
            "things/dt=2026-01-02/b.csv",
            "size,name,id,colour\nL,a,1,red\n,b,2,\n",
        );
    let files = world.ingest().unwrap().files;
    let [a, b] = [0, 1].map(|file| numbers(&files[file].path, "_row_hash"));
    assert_eq!(a[0], b[0]);
    assert_ne!(a[1], b[1], "one has a note");
    assert_eq!(a.len() + b.len(), 4);
}

#[test]
fn a_bronze_file_of_another_format_is_taken_in_anew() {
    let world = World::new();
    world.put("things/dt=2026-01-01/a.csv", "id,name\n1,a\n");
    let file = world.ingest().unwrap().files.remove(0);
    let old = || {
        let schema = arrow::datatypes::Schema::new(vec![arrow::datatypes::Field::new(
            "id",
            arrow::datatypes::DataType::Utf8,
            true,
        )]);
        let out = std::fs::File::create(&file.path).unwrap();
        ::parquet::arrow::ArrowWriter::try_new(out, std::sync::Arc::new(schema), None)
            .unwrap()
            .finish()
            .unwrap();
    };
    old();
    let again = world.ingest().unwrap();
    assert_eq!(again.ingested, Ingested { files: 1, rows: 1 });
    assert_eq!(order(&again.files), order(std::slice::from_ref(&file)));
    assert_eq!(things(&file.path), ["1|a|-|-"]);

    old();
    world.put("things/dt=2026-01-02/b.csv", "id,name\n2,a\n");
    std::fs::remove_file(world.landing().join(&file.landing_path)).unwrap();
    assert_eq!(
        world.refusal(),
        format!(
            "the bronze file {} was written by another version of this program, and its landing file is no longer there to be \
             taken in anew; nothing was published: bring the landing file back, or remove the bronze file to go on without its rows",
            file.path.display()
        )
    );
}

#[test]
fn the_same_content_under_two_names_is_taken_in_once() {
    let world = World::new();
    world
        .put("things/dt=2026-01-01/a.csv", "id,name\n1,a\n")
        .put("things/dt=2026-01-02/b.csv", "id,name\n1,a\n");
    let landed = world.ingest().unwrap();
    assert_eq!(landed.ingested, Ingested { files: 1, rows: 1 });
    assert_eq!(landed.files[0].landing_path, "things/dt=2026-01-01/a.csv");
}

#[test]
fn unknown_columns_are_rescued_and_absent_ones_read_null() {
    let world = World::new();
    world.put(
        "things/dt=2026-01-01/a.csv",
        "colour,name,id,\"a \"\"b\"\"\"\nred,a,1,\n,b,2,\n\"r\"\"d\",c,3,é\n",
    );
    let landed = world.ingest().unwrap();
    assert_eq!(
        things(&landed.files[0].path),
        [
            r#"1|a|-|{"colour":"red"}"#,
            "2|b|-|-",
            r#"3|c|-|{"a \"b\"":"é","colour":"r\"d"}"#
        ]
    );
}

#[test]
fn malformed_rows_are_kept_as_such_and_cost_no_other_row() {
    let world = World::new();
    world.put(
        "things/dt=2026-01-01/a.csv",
        b"id,name\n1,a\n2\n3,\"c\n4,d\n\xff,e\n5,f,g\n6,h",
    );
    let landed = world.ingest().unwrap();
    assert_eq!(landed.ingested.rows, 7);
    assert_eq!(
        things(&landed.files[0].path),
        [
            "1|a|-|-",
            r#"-|-|-|{"_malformed":"2","_reason":"expected 2 fields, found 1"}"#,
            r#"-|-|-|{"_malformed":"3,\"c","_reason":"a quote is not closed"}"#,
            "4|d|-|-",
            "-|-|-|{\"_malformed\":\"\u{fffd},e\",\"_reason\":\"not UTF-8\"}",
            r#"-|-|-|{"_malformed":"5,f,g","_reason":"expected 2 fields, found 3"}"#,
            "6|h|-|-",
        ]
    );
}

#[test]
fn a_byte_order_mark_windows_lines_and_gzip_are_read() {
    let world = World::new();
    world.put(
        "things/dt=2026-01-01/a.csv",
        "\u{feff}\"id\",name\r\n1,a\r\n\r\n2,b\r\n",
    );
    world.put(
        "things/dt=2026-01-01/b.csv.gz",
        [gzip("id,name\n3,"), gzip("c\n")].concat(),
    );
    let landed = world.ingest().unwrap();
    assert_eq!(things(&landed.files[0].path), ["1|a|-|-", "2|b|-|-"]);
    assert_eq!(things(&landed.files[1].path), ["3|c|-|-"]);
}

#[test]
fn progress_ends_at_the_total_on_a_first_and_on_a_second_run() {
    let world = World::new();
    for day in 1..=9 {
        world.put(
            &format!("things/dt=2026-01-0{day}/a.csv"),
            format!("id,name\n{day},a\n"),
        );
    }
    for _ in 0..2 {
        let seen = Mutex::new(Vec::new());
        ingest(
            &world.landing().into(),
            &world.data(),
            &world.sources,
            2,
            "run",
            &|done, total| seen.lock().unwrap().push((done, total)),
        )
        .unwrap();
        let seen = seen.into_inner().unwrap();
        assert_eq!(seen.iter().max(), Some(&(9 * 12, 9 * 12)));
    }
}

#[test]
fn more_rows_than_a_batch_holds_stay_in_order() {
    let world = World::new();
    let text: String = (0..100_001).map(|id| format!("{id},a\n")).collect();
    world.put("things/dt=2026-01-01/a.csv", format!("id,name\n{text}"));
    let file = &world.ingest().unwrap().files[0];
    assert_eq!(file.rows, 100_001);
    let ids: Vec<usize> = rows(&file.path, &["id"])
        .into_iter()
        .map(|row| row[0].as_ref().unwrap().parse().unwrap())
        .collect();
    assert!(ids.into_iter().eq(0..100_001));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn any_table_of_text_reads_back_as_it_was_written(
        table in proptest::collection::vec(proptest::array::uniform3("([a-z\",\r\n ;\\\\]|\\PC){0,6}"), 0..40),
    ) {
        let world = World::new();
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(["id", "name", "note"]).unwrap();
        for row in &table {
            writer.write_record(row).unwrap();
        }
        world.put("things/dt=2026-01-01/a.csv", writer.into_inner().unwrap());
        let landed = world.ingest().unwrap();
        let expected: Rows = table
            .into_iter()
            .map(|row| row.into_iter().map(|field| (!field.is_empty()).then_some(field)).chain([None]).collect())
            .collect();
        prop_assert_eq!(rows(&landed.files[0].path, &["id", "name", "note", "_rescued"]), expected);
    }
}
