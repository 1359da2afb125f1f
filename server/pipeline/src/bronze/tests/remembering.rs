//! What a run remembers of the runs before it: nothing is hashed or opened twice, and what changed is told once.

use super::super::index::{self, Index};
use super::*;

const A: &str = "things/dt=2026-01-01/a.csv";
const B: &str = "things/dt=2026-01-01/b.csv";

fn world() -> World {
    let world = World::new();
    world.put(A, "id,name\n1,a\n").put(B, "id,name\n2,b\n");
    world
}

impl World {
    fn edit_index(&self, edit: impl Fn(&mut Index)) {
        let landing = self.landing().display().to_string();
        Index::edit(&self.data().join("bronze"), &landing, edit);
    }
}

fn told(landed: &Landed) -> Vec<(NoteKind, &str)> {
    landed
        .notes
        .iter()
        .map(|note| (note.kind, note.path.as_str()))
        .collect()
}

#[test]
fn a_landing_file_is_hashed_again_only_if_it_may_have_changed() {
    let world = world();
    world.ingest().unwrap();
    let pretend = |index: &mut Index| {
        index.landed.get_mut(A).unwrap().file_id = "ff".repeat(32);
    };
    // It changed less than two seconds before it was looked at.
    world.edit_index(pretend);
    assert_eq!(world.ingest().unwrap().set_aside, []);
    world.edit_index(|index| {
        pretend(index);
        index.later(3_000_000_000);
    });
    let set_aside = world.ingest().unwrap().set_aside;
    assert_eq!(set_aside.len(), 1, "what the index says is believed");
    assert!(set_aside[0].reason.starts_with("it changed while"));
    // Touched, it is hashed.
    world.edit_index(|index| {
        pretend(index);
        index.later(3_000_000_000);
    });
    world.put(A, "id,name\n1,a\n");
    assert_eq!(world.ingest().unwrap().set_aside, []);
}

#[test]
fn a_bronze_file_of_the_same_size_is_not_opened_again_and_any_other_is() {
    let world = world();
    let files = world.ingest().unwrap().files;
    let whole = fs::read(&files[0].path).unwrap();
    fs::write(&files[0].path, vec![0; whole.len()]).unwrap();
    assert_eq!(world.ingest().unwrap().files, files);
    fs::write(&files[0].path, "PAR1 not whole").unwrap();
    assert!(world.ingest().unwrap_err().to_string().contains("damaged"));
    fs::write(&files[0].path, whole).unwrap();
    assert_eq!(world.ingest().unwrap().files, files);
}

#[test]
fn an_index_that_is_missing_or_damaged_is_made_anew() {
    let world = world();
    let files = world.ingest().unwrap().files;
    let path = index::path(&world.data().join("bronze"));
    let whole = fs::read(&path).unwrap();
    let flipped: Vec<u8> = whole.iter().rev().copied().collect();
    for damaged in [&whole[..whole.len() - 1], b"", b"{}", &flipped] {
        fs::write(&path, damaged).unwrap();
        let landed = world.ingest().unwrap();
        assert_eq!(landed.files, files);
        assert_eq!(landed.ingested, Ingested::default());
        assert_eq!(landed.notes, []);
        assert!(fs::read(&path).unwrap().len() == whole.len());
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(world.ingest().unwrap().files, files);
    assert!(path.exists());
}

#[test]
fn load_numbers_grow_also_when_the_latest_file_is_gone_from_bronze() {
    let world = world();
    world.ingest().unwrap();
    world.put("things/dt=2026-01-02/c.csv", "id,name\n3,c\n");
    let last = world.ingest().unwrap().files.pop().unwrap();
    assert_eq!(last.load_seq, 2);
    fs::remove_file(&last.path).unwrap();
    assert_eq!(world.ingest().unwrap().files.pop().unwrap().load_seq, 3);
}

#[test]
fn a_changed_file_is_taken_in_beside_what_it_was_and_told_once() {
    for index_is_kept in [true, false] {
        let world = world();
        let before = world.ingest().unwrap();
        assert_eq!(before.notes, []);
        if !index_is_kept {
            fs::remove_file(index::path(&world.data().join("bronze"))).unwrap();
        }
        world.put(A, "id,name\n1,changed\n");
        let changed = world.ingest().unwrap();
        assert_eq!(told(&changed), [(NoteKind::Changed, A)]);
        assert_eq!(changed.ingested, Ingested { files: 1, rows: 1 });
        assert!(before.files.iter().all(|file| changed.files.contains(file)));
        let new = changed
            .files
            .iter()
            .find(|file| file.load_seq == 2)
            .unwrap();
        assert_eq!(
            changed.notes[0].sentence,
            format!(
                "{A} was changed after it was taken in: bronze keeps what it held ({}), and what it holds now is taken in as a file \
                 of its own ({}); deliver corrections as new files",
                &before.files[0].file_id[..12],
                &new.file_id[..12]
            )
        );
        assert_eq!(world.ingest().unwrap().notes, []);
        fs::remove_file(index::path(&world.data().join("bronze"))).unwrap();
        assert_eq!(world.ingest().unwrap().notes, [], "without its index too");
    }
}

#[test]
fn a_deleted_file_stays_in_bronze_and_is_told_once() {
    let world = world();
    let files = world.ingest().unwrap().files;
    fs::remove_file(world.landing().join(A)).unwrap();
    let landed = world.ingest().unwrap();
    assert_eq!(told(&landed), [(NoteKind::Deleted, A)]);
    assert_eq!(
        landed.notes[0].sentence,
        format!(
            "{A} is no longer in landing; bronze keeps its 1 rows ({})",
            &files[0].file_id[..12]
        )
    );
    assert_eq!(landed.files, files);
    let before = world.on_disk();
    assert_eq!(world.ingest().unwrap().notes, []);
    assert_eq!(world.on_disk(), before);
}

#[test]
fn a_file_that_was_renamed_or_mended_is_no_news() {
    let world = world();
    world.put("things/dt=2026-01-01/c.csv", "");
    world.ingest().unwrap();
    fs::rename(
        world.landing().join(A),
        world.landing().join("things/dt=2026-01-01/z.csv"),
    )
    .unwrap();
    world.put("things/dt=2026-01-01/c.csv", "id,name\n3,c\n");
    let landed = world.ingest().unwrap();
    assert_eq!(landed.notes, []);
    assert_eq!(landed.ingested, Ingested { files: 1, rows: 1 });
}
