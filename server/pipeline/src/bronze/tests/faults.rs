//! Input that cannot be taken in: what is said, and what is kept.

use super::*;

#[test]
fn a_file_that_cannot_be_read_is_set_aside_with_its_name_and_what_to_do() {
    let file = "things/dt=2026-01-01/bad.csv";
    let cases: &[(&str, &[u8], &str)] = &[
        (
            file,
            b"",
            "the file is empty (0 bytes); deliver it again with its header, or remove it",
        ),
        (
            file,
            b"\xef\xbb\xbf\n",
            "the file holds no header; deliver it again with its header, or remove it",
        ),
        (
            file,
            b"\n \n",
            "the file holds nothing but blank lines; deliver it again with its header, or remove it",
        ),
        (
            file,
            b"\xff\xfei\0d\0\n\0",
            "it is encoded as UTF-16; save it as UTF-8",
        ),
        (
            file,
            b"id\0,name\n",
            "its first line holds NUL bytes: it is not a text file in UTF-8; deliver it again as .csv in UTF-8",
        ),
        (
            file,
            b"id,nam\xe9\n1,a\n",
            "its header is not UTF-8 (is it Latin-1 or Windows-1252?); save it as UTF-8",
        ),
        (
            file,
            b"id,name,id\n1,a,2\n",
            "its header has the column `id` twice; rename one and deliver it again",
        ),
        (
            file,
            b"id,\"name\n1,a\n",
            "its header cannot be parsed (a quote is not closed); mend it and deliver it again",
        ),
        (
            file,
            b"PAR1....",
            "it is a Parquet file that is named otherwise; rename it to end in .parquet",
        ),
        (
            file,
            &gzip("id,name\n"),
            "it is compressed with gzip but is not named so; rename it to end in .csv.gz",
        ),
        (
            file,
            b"PK\x03\x04....",
            "it is a ZIP archive or an Excel file; deliver what is in it as CSV",
        ),
        (
            file,
            b"{\"id\": 1}\n",
            "it holds JSON but is named .csv; rename it to end in .jsonl",
        ),
        (
            "things/dt=2026-01-01/a.csv.gz",
            b"id,name\n2,b\n",
            "it is named .gz but is not compressed with gzip; rename it without .gz, or deliver it again",
        ),
        (
            "things/dt=2026-01-01/a.jsonl",
            b"id,name\n2,b\n",
            "its first line is no JSON object; deliver it with one JSON object per line, or rename it after what it is",
        ),
        (
            "things/dt=2026-01-01/a.jsonl",
            b"[{\"id\": 1}]\n",
            "it holds one JSON array; deliver it as one JSON object per line",
        ),
        (
            "things/dt=2026-01-01/a.jsonl",
            b"{\n  \"id\": 1\n}\n",
            "its JSON objects run over several lines; deliver each on one line",
        ),
        (
            "things/dt=2026-01-01/a.jsonl",
            b"\xff\xfe{\0}\0\n\0",
            "it is encoded as UTF-16; save it as UTF-8",
        ),
        (
            "things/dt=2026-01-01/a.jsonl",
            &gzip("{}"),
            "it is compressed with gzip but is not named so; rename it to end in .jsonl.gz",
        ),
        (
            "things/dt=2026-01-01/a.parquet",
            b"id,name\n2,b\n",
            "it is named .parquet but is no Parquet file (it does not begin with PAR1); deliver it again, or rename it after what it is",
        ),
        (
            "things/dt=2026-01-01/a.parquet",
            b"",
            "the file is empty (0 bytes); deliver it again, or remove it",
        ),
        (
            "things/dt=2026-01-01/a.parquet.gz",
            &gzip("id,name\n1,a\n"),
            "it is named .parquet but is no Parquet file (it does not begin with PAR1); deliver it again, or rename it after what it is",
        ),
        (
            "things/dt=2026-01-01/a.txt",
            b"{}",
            "its ending names no kind of file that is read; deliver it as .csv, .jsonl or .parquet, plain or with .gz behind it",
        ),
        (
            "things/2026-01-01/a.csv",
            b"id,name\n",
            "its folder `2026-01-01` does not name a day; rename the folder to dt=YYYY-MM-DD",
        ),
        (
            "things/dt=2026-02-30/a.csv",
            b"id,name\n",
            "its folder `dt=2026-02-30` does not name a day; rename the folder to dt=YYYY-MM-DD",
        ),
        (
            "things/a.csv",
            b"id,name\n",
            "it lies outside a day's folder; move it to things/dt=YYYY-MM-DD/",
        ),
        (
            "things/dt=2026-01-01/x/a.csv",
            b"id,name\n",
            "it is a folder, where files are expected; move its files up one level",
        ),
    ];
    for (path, bytes, reason) in cases {
        let named = path.replace("/x/a.csv", "/x");
        assert_eq!(
            World::new().set_aside(path, bytes),
            format!("{named}: {reason}")
        );
    }
}

#[test]
fn a_compressed_file_that_ends_too_early_or_is_damaged_leaves_nothing_in_bronze() {
    let text: String = (0..20_000)
        .map(|id| format!("{id},name {}\n", id * 7919 % 104_729))
        .collect();
    let whole = gzip(format!("id,name\n{text}"));
    let world = World::new();
    let path = "things/dt=2026-01-01/bad.csv.gz";
    assert_eq!(
        world.set_aside(path, &whole[..whole.len() - 1000]),
        format!(
            "{path}: its compressed data ends too early; it was not delivered whole, deliver it again"
        )
    );
    assert_eq!(
        entries(&world.data().join("bronze/things")).unwrap().len(),
        1
    );
    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 64].fill(0xff);
    let reason = World::new().set_aside(path, &damaged);
    assert!(
        reason.starts_with(&format!("{path}: its compressed data is damaged (")),
        "{reason}"
    );
    // Delivered again, it is taken in.
    world.put(path, whole);
    assert_eq!(
        world.ingest().unwrap().ingested,
        Ingested {
            files: 1,
            rows: 20_000
        }
    );
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_set_aside() {
    let world = World::new();
    world.put("things/dt=2026-01-01/good.csv", "id,name\n1,a\n");
    let link = world.landing().join("things/dt=2026-01-01/bad.csv");
    std::os::unix::fs::symlink("/nowhere/at/all.csv", link).unwrap();
    let landed = world.ingest().unwrap();
    assert_eq!(
        landed.set_aside[0].to_string(),
        "things/dt=2026-01-01/bad.csv: it cannot be read (No such file or directory (os error 2)); mend or remove it, it is \
         tried again on the next run"
    );
    let Fault::SetAside(reason) = content::unreadable(&io::ErrorKind::PermissionDenied.into())
    else {
        panic!()
    };
    assert_eq!(
        reason,
        "it cannot be read (permission denied); give this user the right to read it"
    );
}

#[test]
fn hidden_and_unfinished_files_are_left_alone() {
    let world = World::new();
    world.put("things/dt=2026-01-01/good.csv", "id,name\n1,a\n");
    for name in [".hidden.csv", "next.csv.tmp", "_SUCCESS"] {
        world
            .put(&format!("things/dt=2026-01-01/{name}"), "id,name\n2,b\n")
            .put(&format!("things/{name}"), "");
    }
    let landed = world.ingest().unwrap();
    assert_eq!((landed.files.len(), landed.set_aside.len()), (1, 0));
}

#[test]
fn a_missing_required_column_stops_the_run_and_names_file_and_column() {
    let world = World::new();
    world
        .put("things/dt=2026-01-01/a.csv", "id,title\n1,a\n")
        .put("things/dt=2026-01-02/b.csv", "id,name\n1,a\n");
    assert_eq!(
        world.refusal(),
        "things/dt=2026-01-01/a.csv: the required column `name` is missing (the header is: id, title); nothing was published: \
         mend it, or move the file out of landing, then run again"
    );
    let world = World::new();
    world.put("things/dt=2026-01-01/a.csv", "id;name\n1;a\n");
    let refusal = world.refusal();
    assert!(
        refusal.contains("columns `id`, `name` are missing")
            && refusal.contains("something else than commas?"),
        "{refusal}"
    );
}

#[test]
fn landing_without_what_is_needed_is_refused_with_how_to_fill_it() {
    let world = World::new();
    let how = "put files there as LANDING/<source>/dt=YYYY-MM-DD/<file>.csv (or .jsonl, .parquet; each also with .gz), one folder for each of things, or make a demo world with `carton-caps demo --out LANDING`";
    assert_eq!(
        world.refusal(),
        format!("the landing folder LANDING holds no files: {how}")
    );
    fs::rename(
        world.landing().join("things"),
        world.landing().join("thing"),
    )
    .unwrap();
    assert_eq!(
        world.refusal(),
        format!("the landing folder LANDING holds none of the sources (found: thing): {how}")
    );
    fs::remove_dir(world.landing().join("thing")).unwrap();
    assert_eq!(
        world.refusal(),
        format!("the landing folder LANDING is empty: {how}")
    );
    fs::remove_dir(world.landing()).unwrap();
    assert_eq!(
        world.refusal(),
        format!("the landing folder LANDING does not exist: {how}")
    );
}

#[test]
fn a_source_that_is_missing_or_has_no_readable_file_is_named() {
    let mut world = World::new();
    world.put("things/dt=2026-01-01/a.csv", "id,name\n1,a\n");
    world
        .sources
        .push(spec("users", &["user_id"], &["user_id"]));
    assert_eq!(
        world.refusal(),
        "the source `users` has no folder: its files are expected as LANDING/users/dt=YYYY-MM-DD/<file>.csv (or .jsonl, .parquet; each also with .gz) (folders found: \
         things); nothing was published"
    );
    world.put("users/dt=2026-01-01/a.csv", "");
    assert_eq!(
        world.refusal(),
        "no file of the source `users` could be read (users/dt=2026-01-01/a.csv: the file is empty (0 bytes); deliver it again \
         with its header, or remove it): its files are expected as LANDING/users/dt=YYYY-MM-DD/<file>.csv (or .jsonl, .parquet; each also with .gz); nothing was published"
    );
}

#[test]
fn leftovers_of_a_killed_run_are_removed_and_a_damaged_bronze_file_is_named() {
    let world = World::new();
    world.put("things/dt=2026-01-01/a.csv", "id,name\n1,a\n");
    let bronze = world.data().join("bronze/things");
    fs::create_dir_all(&bronze).unwrap();
    fs::write(bronze.join(".0123.other-run.tmp"), "half").unwrap();
    let file = world.ingest().unwrap().files.remove(0);
    assert_eq!(entries(&bronze).unwrap(), [file.path.as_path()]);
    fs::write(&file.path, "PAR1 not whole").unwrap();
    let refusal = world.ingest().unwrap_err().to_string();
    assert!(
        refusal.starts_with(&format!(
            "{}: this bronze file is damaged (",
            file.path.display()
        )),
        "{refusal}"
    );
    assert!(
        refusal.ends_with("remove it and run again, it is taken in from landing anew"),
        "{refusal}"
    );
    fs::remove_file(&file.path).unwrap();
    let again = world.ingest().unwrap().files;
    assert_eq!(order(&again), order(&[file]));
}

/// `/dev/full` stands where the file is written aside, so that the disk is full as the kernel says it.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_leaves_nothing_half_written() {
    let world = World::new();
    world.put("things/dt=2026-01-01/a.csv", "id,name\n1,a\n");
    let bronze = world.data().join("bronze");
    fs::create_dir_all(bronze.join("things")).unwrap();
    let file = world.opened().list(&world.sources).unwrap().files.remove(0);
    let job = Job {
        file_id: hash(&world.opened(), &file.landing_path).unwrap(),
        file,
        ingest_seq: 1,
    };
    std::os::unix::fs::symlink(
        "/dev/full",
        bronze.join(format!("things/.{}.run.tmp", job.file_id)),
    )
    .unwrap();
    let stamp = Stamp {
        run_id: "run".into(),
        load_seq: 1,
        ingested_at: 0,
    };
    let fault = take_in(
        &world.opened(),
        &job,
        &world.sources[0],
        &bronze,
        &stamp,
        &Meter::new(0, &|_, _| {}),
    );
    let Err(Fault::Fatal(error)) = fault else {
        panic!("a full disk stops the run")
    };
    assert_eq!(
        error
            .to_string()
            .replace(&bronze.display().to_string(), "BRONZE"),
        "BRONZE/things: the disk is full; nothing was published, files already taken into bronze are kept: free some space, then run again"
    );
    assert_eq!(
        entries(&bronze.join("things")).unwrap(),
        Vec::<PathBuf>::new()
    );
}

#[test]
fn a_file_that_changes_between_its_hash_and_its_reading_is_set_aside() {
    let world = World::new();
    world.put("things/dt=2026-01-01/a.csv", "id,name\n1,a\n");
    fs::create_dir_all(world.data().join("bronze/things")).unwrap();
    let file = world.opened().list(&world.sources).unwrap().files.remove(0);
    let job = Job {
        file_id: "00".into(),
        file,
        ingest_seq: 1,
    };
    let stamp = Stamp {
        run_id: "run".into(),
        load_seq: 1,
        ingested_at: 0,
    };
    let fault = take_in(
        &world.opened(),
        &job,
        &world.sources[0],
        &world.data().join("bronze"),
        &stamp,
        &Meter::new(0, &|_, _| {}),
    );
    let Err(Fault::SetAside(reason)) = fault else {
        panic!("the run goes on")
    };
    assert!(
        reason.starts_with("it changed while it was being read"),
        "{reason}"
    );
    assert_eq!(
        entries(&world.data().join("bronze/things")).unwrap(),
        Vec::<PathBuf>::new()
    );
}
