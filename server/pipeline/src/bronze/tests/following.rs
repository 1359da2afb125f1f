//! A row of bronze leads back to its line.

use super::super::lineage::{Landed as Now, follow, last_landing};
use super::*;

const DAY: &str = "things/dt=2026-01-01";

impl World {
    /// The line and text of each row of the one file of landing.
    fn lines(&self) -> Vec<Option<(u64, String)>> {
        let files = self.ingest().unwrap().files;
        let place = last_landing(&self.data()).unwrap();
        assert_eq!(place, self.landing().into());
        (1..=files[0].rows)
            .map(|row| {
                match follow(&self.data(), &place, &files[0].file_id, row)
                    .unwrap()
                    .landed
                {
                    Now::AsTakenIn { line } => line,
                    other => panic!("{other:?}"),
                }
            })
            .collect()
    }
}

fn lines(found: &[(u64, &str)]) -> Vec<Option<(u64, String)>> {
    found
        .iter()
        .map(|(line, text)| Some((*line, (*text).to_owned())))
        .collect()
}

#[test]
fn a_csv_row_is_found_at_its_physical_line() {
    let text = "\u{feff}id,name\n1,a\n\n2,\"two\nlines\"\n3\n4,\"open\n5,e\n";
    let expected = lines(&[
        (2, "1,a"),
        (4, "2,\"two\nlines\""),
        (6, "3"),
        (7, "4,\"open"),
        (8, "5,e"),
    ]);
    for (name, bytes) in [
        ("a.csv", text.as_bytes().to_vec()),
        ("a.csv.gz", gzip(text)),
    ] {
        let world = World::new();
        world.put(&format!("{DAY}/{name}"), bytes);
        assert_eq!(world.lines(), expected);
    }
    let world = World::new();
    world.put(
        &format!("{DAY}/a.csv"),
        "id,name\r\n1,a\r\n2,\"b\r\nc\"\r\n3,d\r\n",
    );
    assert_eq!(
        world.lines(),
        lines(&[(2, "1,a"), (3, "2,\"b\r\nc\""), (5, "3,d")])
    );
}

#[test]
fn a_line_behind_one_that_is_too_long_keeps_its_number() {
    let world = World::new();
    let long = "x".repeat(70 << 20);
    world.put(&format!("{DAY}/a.csv"), format!("id,name\n1,{long}\n2,b\n"));
    let found = world.lines();
    assert_eq!(found[1], Some((3, "2,b".to_owned())));
}

#[test]
fn a_json_line_is_found_with_blank_lines_counted() {
    let world = World::new();
    world.put(
        &format!("{DAY}/a.jsonl"),
        "{\"id\":1,\"name\":\"a\"}\n\n  \n[cut\n{\"id\":2,\"name\":\"b\"}",
    );
    assert_eq!(
        world.lines(),
        lines(&[
            (1, "{\"id\":1,\"name\":\"a\"}"),
            (4, "[cut"),
            (5, "{\"id\":2,\"name\":\"b\"}")
        ])
    );
}

#[test]
fn a_file_that_changed_or_is_gone_is_told() {
    let world = World::new();
    let path = format!("{DAY}/a.csv");
    world.put(&path, "id,name\n1,a\n");
    let file = world.ingest().unwrap().files.remove(0);
    let place = world.landing().into();
    let now = || follow(&world.data(), &place, &file.file_id, 1).unwrap();
    let lineage = now();
    assert_eq!(lineage.landing_path, path);
    assert_eq!(lineage.bronze_file, file.path);
    assert_eq!(lineage.row[0], ("id".to_owned(), Some("1".to_owned())));
    world.put(&path, "id,name\n1,b\n");
    let hash = hash(&world.opened(), &path).unwrap();
    assert_eq!(now().landed, Now::Changed(hash));
    fs::remove_file(world.landing().join(&path)).unwrap();
    assert!(matches!(now().landed, Now::Unreadable(_)));
    let unknown = follow(&world.data(), &place, "ff", 1).unwrap_err();
    assert!(unknown.to_string().starts_with("bronze has no file ff"));
}
