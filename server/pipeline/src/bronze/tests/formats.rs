//! CSV, JSON lines and Parquet, plain or compressed: the same rows, whatever they were written in.

use std::sync::Arc;

use ::parquet::basic::{BrotliLevel, Compression as Codec, GzipLevel, ZstdLevel};
use arrow::array::{
    BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray, StructArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field};

use super::*;

const DAY: &str = "things/dt=2026-01-01";

fn text(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

#[test]
fn a_row_is_the_same_in_every_format_and_compression() {
    let world = World::new();
    let csv = "id,name,note,colour,size\n1,\"a, \"\"b\"\"\",,r\\d,\n2,é,x,,10\n";
    let jsonl = concat!(
        r#"{"colour": "r\\d", "id": 1, "name": "a, \"b\"", "note": null}"#,
        "\r\n\n",
        r#"{"id":"2","name":"\u00e9","note":"x","size":10,"colour":""}"#
    );
    let columns = || {
        vec![
            (
                "size",
                Arc::new(Int64Array::from(vec![None, Some(10)])) as ArrayRef,
            ),
            ("name", text(&[Some("a, \"b\""), Some("é")])),
            ("colour", text(&[Some("r\\d"), None])),
            ("id", Arc::new(Int64Array::from(vec![1, 2]))),
            ("note", text(&[None, Some("x")])),
        ]
    };
    world
        .put(&format!("{DAY}/a.csv"), csv)
        .put(&format!("{DAY}/b.csv.gz"), gzip(csv))
        .put(&format!("{DAY}/c.jsonl"), jsonl)
        .put(&format!("{DAY}/d.jsonl.gz"), gzip(jsonl))
        .put(
            &format!("{DAY}/e.parquet"),
            parquet(columns(), Codec::UNCOMPRESSED),
        )
        .put(
            &format!("{DAY}/f.parquet.GZ"),
            gzip(parquet(columns(), Codec::UNCOMPRESSED)),
        );
    let codecs = [
        Codec::SNAPPY,
        Codec::ZSTD(ZstdLevel::default()),
        Codec::GZIP(GzipLevel::default()),
        Codec::LZ4_RAW,
        Codec::BROTLI(BrotliLevel::default()),
    ];
    for (number, codec) in codecs.into_iter().enumerate() {
        world.put(
            &format!("{DAY}/g{number}.parquet"),
            parquet(columns(), codec),
        );
    }
    let landed = world.ingest().unwrap();
    assert_eq!(landed.set_aside, []);
    assert_eq!(landed.files.len(), 11);
    let first = (
        things(&landed.files[0].path),
        numbers(&landed.files[0].path, "_row_hash"),
    );
    assert_eq!(
        first.0,
        [r#"1|a, "b"|-|{"colour":"r\\d"}"#, r#"2|é|x|{"size":"10"}"#]
    );
    for file in &landed.files[1..] {
        let found = (things(&file.path), numbers(&file.path, "_row_hash"));
        assert_eq!(found, first, "{}", file.landing_path);
    }
    assert!(
        entries(&world.data().join("bronze/things"))
            .unwrap()
            .iter()
            .all(|path| path.extension().is_some_and(|e| e == "parquet")),
        "nothing else is left in bronze"
    );
}

#[test]
fn a_json_line_that_is_cut_or_no_object_costs_only_itself() {
    let world = World::new();
    world.put(
        &format!("{DAY}/a.jsonl"),
        concat!(
            "\u{feff}{\"id\":1,\"name\":\"a\"}\n",
            "{\"id\":2,\"na\n",
            "[3]\n",
            "  \n",
            "{\"id\":4,\"name\":\"d\",\"id\":5}\n",
            "{\"id\":6,\"name\":\"f\",\"x\":1,\"x\":2}\n",
            "{\"id\":7,\"name\":{\"a\" : [1.0, 2]},\"_malformed\":true,\"\":3}\n",
        ),
    );
    let mut bytes = fs::read(world.landing().join(DAY).join("a.jsonl")).unwrap();
    bytes.extend(b"{\"id\":\"\xe9\"}\n{\"id\":9,\"name\":\"i\"");
    world.put(&format!("{DAY}/a.jsonl"), bytes);
    let landed = world.ingest().unwrap();
    assert_eq!(landed.ingested, Ingested { files: 1, rows: 8 });
    assert_eq!(
        things(&landed.files[0].path),
        [
            r#"1|a|-|-"#,
            r#"-|-|-|{"_malformed":"{\"id\":2,\"na","_reason":"no JSON object (EOF while parsing a string at byte 11)"}"#,
            r#"-|-|-|{"_malformed":"[3]","_reason":"no JSON object (invalid type: sequence, expected an object at byte 0)"}"#,
            r#"-|-|-|{"_malformed":"{\"id\":4,\"name\":\"d\",\"id\":5}","_reason":"the key `id` stands twice"}"#,
            r#"-|-|-|{"_malformed":"{\"id\":6,\"name\":\"f\",\"x\":1,\"x\":2}","_reason":"the key `x` stands twice"}"#,
            r#"7|{"a":[1.0,2]}|-|{"column 3":"true","column 4":"3"}"#,
            r#"-|-|-|{"_malformed":"{\"id\":\"�\"}","_reason":"not UTF-8"}"#,
            r#"-|-|-|{"_malformed":"{\"id\":9,\"name\":\"i\"","_reason":"no JSON object (EOF while parsing an object at byte 18)"}"#,
        ]
    );
}

#[test]
fn a_field_of_ten_megabytes_is_taken_in_from_every_format() {
    let world = World::new();
    let long = "0123456789".repeat(1 << 20);
    world
        .put(&format!("{DAY}/a.csv"), format!("id,name\n1,{long}\n2,b\n"))
        .put(
            &format!("{DAY}/b.jsonl"),
            format!("{{\"id\":1,\"name\":\"{long}\"}}\n{{\"id\":2,\"name\":\"b\"}}\n"),
        )
        .put(
            &format!("{DAY}/c.parquet"),
            parquet(
                vec![
                    ("id", text(&[Some("1"), Some("2")])),
                    ("name", text(&[Some(long.as_str()), Some("b")])),
                ],
                Codec::SNAPPY,
            ),
        )
        .put(
            &format!("{DAY}/d.jsonl"),
            format!(
                "{{\"id\":3,\"name\":\"c\"}}\n{{\"id\":4,\"name\":\"{}\"}}\n",
                "x".repeat(40 << 20)
            ),
        );
    let landed = world.ingest().unwrap();
    assert_eq!(landed.set_aside, []);
    for file in &landed.files[..3] {
        let rows = rows(&file.path, &["name"]);
        assert_eq!(rows[0][0].as_deref(), Some(long.as_str()));
        assert_eq!(rows[1][0].as_deref(), Some("b"));
    }
    let found = rows(&landed.files[3].path, &["name", "_rescued"]);
    assert_eq!(found[0][0].as_deref(), Some("c"));
    let rescued = found[1][1].as_deref().unwrap();
    assert!(rescued.len() < 70_000, "{}", rescued.len());
    assert!(rescued.ends_with(r#""_reason":"a line longer than 32 MiB"}"#));
}

#[test]
fn typed_values_have_their_exact_text() {
    let world = World::new();
    let fields = arrow::datatypes::Fields::from(vec![
        Field::new("at", DataType::Date32, true),
        Field::new("n", DataType::Int64, true),
    ]);
    let nested = StructArray::new(
        fields,
        vec![
            Arc::new(Date32Array::from(vec![0, 1, 2])),
            Arc::new(Int64Array::from(vec![None, Some(5), Some(6)])),
        ],
        None,
    );
    let decimals = Decimal128Array::from(vec![Some(-5), Some(1_234_500), None])
        .with_precision_and_scale(18, 4)
        .unwrap();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from(vec![i64::MIN, 0, 3]))),
        ("name", Arc::new(nested)),
        ("decimal", Arc::new(decimals)),
        (
            "at",
            Arc::new(TimestampMicrosecondArray::from(vec![
                1_767_225_600_000_000,
                -1,
                i64::MAX,
            ])),
        ),
        (
            "on",
            Arc::new(Date32Array::from(vec![-1, 20_454, i32::MAX])),
        ),
        (
            "bool",
            Arc::new(BooleanArray::from(vec![Some(true), Some(false), None])),
        ),
        (
            "float",
            Arc::new(Float64Array::from(vec![0.1, 1e300, f64::NAN])),
        ),
    ];
    world.put(&format!("{DAY}/a.parquet"), parquet(columns, Codec::SNAPPY));
    let landed = world.ingest().unwrap();
    assert_eq!(
        things(&landed.files[0].path),
        [
            concat!(
                r#"-9223372036854775808|{"at":"1970-01-01"}|-|{"at":"2026-01-01T00:00:00Z","bool":"true","#,
                r#""decimal":"-0.0005","float":"0.1","on":"1969-12-31"}"#
            ),
            concat!(
                r#"0|{"at":"1970-01-02","n":5}|-|{"at":"1969-12-31T23:59:59.999999Z","bool":"false","#,
                r#""decimal":"123.4500","float":"1e300","on":"2026-01-01"}"#
            ),
            r#"3|{"at":"1970-01-03","n":6}|-|{"at":"9223372036854775807","float":"NaN","on":"2147483647"}"#,
        ]
    );
}

#[test]
fn a_required_key_that_no_line_has_stops_the_run_and_one_that_some_lack_does_not() {
    let world = World::new();
    world.put(
        &format!("{DAY}/a.jsonl"),
        "{\"id\":1}\n{\"id\":2,\"name\":\"b\"}\n",
    );
    assert_eq!(
        things(&world.ingest().unwrap().files[0].path),
        ["1|-|-|-", "2|b|-|-"]
    );
    world.put(
        &format!("{DAY}/b.jsonl"),
        "{\"id\":1,\"title\":\"a\"}\n{\"id\":2,\"title\":\"b\"}\n",
    );
    assert_eq!(
        world.refusal(),
        "things/dt=2026-01-01/b.jsonl: the required column `name` is missing (the keys of its lines are: id, title); nothing was \
         published: mend it, or move the file out of landing, then run again"
    );
    let world = World::new();
    world.put(
        &format!("{DAY}/a.parquet"),
        parquet(vec![("id", text(&[Some("1")]))], Codec::SNAPPY),
    );
    assert!(
        world
            .refusal()
            .contains("the required column `name` is missing (its columns are: id)")
    );
}

#[test]
fn a_type_that_may_have_lost_a_value_stops_the_run_and_a_castable_one_is_noted() {
    let mut world = World::new();
    world.sources[0].columns[1].data_type = Some("decimal(18,2)".into());
    world.sources[0].columns[2].data_type = Some("timestamp".into());
    world.put(
        &format!("{DAY}/a.parquet"),
        parquet(
            vec![
                ("id", text(&[Some("1")])),
                ("name", Arc::new(Int64Array::from(vec![5]))),
                ("new", text(&[Some("x")])),
            ],
            Codec::SNAPPY,
        ),
    );
    let drift = world.ingest().unwrap().drift;
    let found: Vec<(&str, SchemaChange)> = drift
        .iter()
        .map(|drift| (drift.column.as_str(), drift.change))
        .collect();
    assert_eq!(
        found,
        [
            ("note", SchemaChange::MissingColumn),
            ("new", SchemaChange::NewColumn),
            ("name", SchemaChange::TypeChanged),
        ]
    );
    assert_eq!(
        drift[2].detail,
        "the file has it as INT64; decimal(18,2) is declared, and silver casts it to that"
    );
    assert_eq!(
        world.ingest().unwrap().drift,
        [],
        "of this run's files only"
    );

    for (column, array, found, declared) in [
        (
            "name",
            Arc::new(Float64Array::from(vec![1.5])) as ArrayRef,
            "DOUBLE",
            "decimal(18,2)",
        ),
        (
            "note",
            Arc::new(Int64Array::from(vec![1])),
            "INT64",
            "timestamp",
        ),
    ] {
        let mut columns = vec![
            ("id", text(&[Some("1")])),
            ("name", text(&[Some("1.50")])),
            ("note", text(&[None])),
        ];
        columns.retain(|(name, _)| *name != column);
        columns.push((column, array));
        world.put(&format!("{DAY}/b.parquet"), parquet(columns, Codec::SNAPPY));
        assert_eq!(
            world.refusal(),
            format!(
                "things/dt=2026-01-01/b.parquet: an enforced type changed: the column `{column}` is {found} in this file, and \
                 {declared} is declared, which that cannot hold exactly; nothing was published: deliver the file with the declared \
                 type (or as text), or move it out of landing, then run again"
            )
        );
    }
}

#[test]
fn drift_of_text_files_names_new_and_missing_columns() {
    let world = World::new();
    world
        .put(&format!("{DAY}/a.csv"), "id,name,colour\n1,a,red\n")
        .put(
            &format!("{DAY}/b.jsonl"),
            "{\"id\":1,\"name\":\"a\"}\n{\"id\":2,\"name\":\"b\",\"shade\":1,\"note\":null}\n",
        );
    let drift = world.ingest().unwrap().drift;
    let found: Vec<(&str, &str, SchemaChange)> = drift
        .iter()
        .map(|drift| {
            (
                &drift.landing_path[DAY.len() + 1..],
                drift.column.as_str(),
                drift.change,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("a.csv", "note", SchemaChange::MissingColumn),
            ("a.csv", "colour", SchemaChange::NewColumn),
            ("b.jsonl", "shade", SchemaChange::NewColumn),
        ]
    );
    assert_eq!(drift[0].source, "things");
}

#[test]
fn a_parquet_file_without_footer_or_with_damaged_pages_is_set_aside() {
    let values: Vec<String> = (0..50_000).map(|n| format!("name {}", n * 7919)).collect();
    let values: Vec<Option<&str>> = values.iter().map(|name| Some(name.as_str())).collect();
    let whole = parquet(
        vec![("id", text(&values)), ("name", text(&values))],
        Codec::SNAPPY,
    );
    let path = format!("{DAY}/bad.parquet");
    for cut in [whole.len() - 1, whole.len() - 8, whole.len() / 2, 4, 11] {
        let reason = World::new().set_aside(&path, &whole[..cut]);
        assert!(
            reason.starts_with(&format!(
                "{path}: its footer is missing or damaged, so that it was not delivered whole ("
            )) && reason.ends_with("; deliver it again"),
            "{reason}"
        );
    }
    let mut damaged = whole.clone();
    damaged[whole.len() / 4..][..4096].fill(0xa5);
    let world = World::new();
    let reason = world.set_aside(&path, &damaged);
    assert!(
        reason.starts_with(&format!("{path}: its pages are damaged")),
        "{reason}"
    );
    assert_eq!(
        entries(&world.data().join("bronze/things")).unwrap().len(),
        1
    );
    let twice = parquet(
        vec![
            ("id", text(&[None])),
            ("name", text(&[None])),
            ("id", text(&[None])),
        ],
        Codec::SNAPPY,
    );
    assert_eq!(
        World::new().set_aside(&path, &twice),
        format!("{path}: it has the column `id` twice; rename one and deliver it again")
    );
}

#[test]
fn json_lines_without_a_line_are_a_file_without_rows() {
    let world = World::new();
    world
        .put(&format!("{DAY}/a.jsonl"), "")
        .put(&format!("{DAY}/b.jsonl.gz"), gzip("\n \n"));
    let landed = world.ingest().unwrap();
    assert_eq!(landed.set_aside, []);
    assert_eq!(landed.ingested, Ingested { files: 2, rows: 0 });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn the_same_rows_in_csv_json_lines_and_parquet_are_equal_in_bronze(
        table in prop::collection::vec(prop::collection::vec(prop::option::of("[ -~é\u{1F600}\n\"\\\\,{}]{1,12}"), 4), 1..20),
        backwards in any::<bool>(),
    ) {
        let names = ["id", "name", "note", "colour"];
        let world = World::new();
        let mut csv = ::csv::Writer::from_writer(Vec::new());
        csv.write_record(names).unwrap();
        let mut jsonl = String::new();
        for row in &table {
            csv.write_record(row.iter().map(|field| field.as_deref().unwrap_or_default())).unwrap();
            let mut pairs: Vec<String> = names.iter().zip(row).map(|(name, field)| {
                format!("{}: {}", serde_json::to_string(name).unwrap(), serde_json::to_string(field).unwrap())
            }).collect();
            if backwards {
                pairs.reverse();
            }
            jsonl.push_str(&format!("{{{}}}\n", pairs.join(", ")));
        }
        let columns = names.iter().enumerate().map(|(column, name)| {
            let values: Vec<Option<&str>> = table.iter().map(|row| row[column].as_deref()).collect();
            (*name, text(&values))
        }).collect();
        world
            .put(&format!("{DAY}/a.csv"), csv.into_inner().unwrap())
            .put(&format!("{DAY}/b.jsonl"), jsonl)
            .put(&format!("{DAY}/c.parquet"), parquet(columns, Codec::SNAPPY));
        let landed = world.ingest().unwrap();
        prop_assert_eq!(&landed.set_aside, &[]);
        let read = |file: usize| {
            let path = &landed.files[file].path;
            (rows(path, &["id", "name", "note", "_rescued"]), numbers(path, "_row_hash"))
        };
        let (first, hashes) = read(0);
        let expected: Vec<_> = table.iter().map(|row| row[..3].to_vec()).collect();
        prop_assert_eq!(first.iter().map(|row| row[..3].to_vec()).collect::<Vec<_>>(), expected);
        for file in [1, 2] {
            prop_assert_eq!(&read(file), &(first.clone(), hashes.clone()));
        }
    }
}
