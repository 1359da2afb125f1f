#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use super::store::Aside;
use super::*;

fn close(data: &Path, period: &str) -> Close {
    let period: Period = period.parse().unwrap();
    let aside = Aside::new(data, period).unwrap();
    fs::write(aside.ledger(), format!("entries of {period}")).unwrap();
    let close = Close {
        period,
        closed_at: "2026-04-05T10:00:00Z".parse().unwrap(),
        closed_by: "ann".into(),
        release_id: "r1".into(),
        business_date: Date::constant(2026, 4, 5),
        entries: 1,
        owed: "1.0000".into(),
        sha256: aside.seal().unwrap(),
        reason: None,
        quarantined_rows: 0,
        quarantined_amount: "0.0000".into(),
    };
    aside.put_in_place(data, &close).unwrap();
    close
}

fn reopen_it(data: &Path, period: &str) -> Result<Close, PipelineError> {
    reopen(&ReopenOptions {
        data: data.into(),
        period: period.parse().unwrap(),
        by: "bob".into(),
        reason: "a late invoice".into(),
    })
}

#[test]
fn a_close_is_there_whole_or_not_at_all() {
    let data = tempfile::tempdir().unwrap();
    // As a close leaves it that was killed before the rename.
    let aside = Aside::new(data.path(), "2026-01".parse().unwrap()).unwrap();
    fs::write(aside.ledger(), "half").unwrap();
    std::mem::forget(aside);
    assert_eq!(Closes::read(data.path()).unwrap().digest(), "");
    clean_up(data.path()).unwrap();
    assert_eq!(fs::read_dir(data.path().join("closes")).unwrap().count(), 0);

    let january = close(data.path(), "2026-01");
    let closes = Closes::read(data.path()).unwrap();
    assert_eq!(closes.last_closed().unwrap().close, january);
    assert_ne!(closes.digest(), "");
    assert_eq!(closes.digest_before("r1"), "");
    let hash = fs::read_to_string(data.path().join("closes/2026-01/ledger.sha256")).unwrap();
    assert_eq!(hash, format!("{}  ledger.parquet\n", january.sha256));
}

#[test]
fn what_was_closed_is_held_against_its_hash() {
    let data = tempfile::tempdir().unwrap();
    close(data.path(), "2026-01");
    let folder = data.path().join("closes/2026-01");
    for (file, tampered, word) in [
        (
            "ledger.parquet",
            "entries of 2026-02",
            "not as it was closed",
        ),
        (
            "ledger.sha256",
            "0000  ledger.parquet\n",
            "not as it was closed",
        ),
        ("close.json", "{", "cannot be read"),
    ] {
        let before = fs::read(folder.join(file)).unwrap();
        fs::write(folder.join(file), tampered).unwrap();
        let said = Closes::read(data.path()).unwrap_err().to_string();
        assert!(
            said.contains(word) && said.contains(file) && said.contains("nothing was published"),
            "{said}"
        );
        fs::write(folder.join(file), before).unwrap();
    }
    fs::remove_file(folder.join("ledger.parquet")).unwrap();
    let said = Closes::read(data.path()).unwrap_err().to_string();
    assert!(said.contains("2026-01 has lost its entries"), "{said}");
}

#[test]
fn a_close_that_is_missing_between_others_is_told() {
    let data = tempfile::tempdir().unwrap();
    for period in ["2025-12", "2026-01", "2026-02"] {
        close(data.path(), period);
    }
    assert_eq!(Closes::read(data.path()).unwrap().closed().count(), 3);
    fs::remove_dir_all(data.path().join("closes/2026-01")).unwrap();
    let said = Closes::read(data.path()).unwrap_err().to_string();
    assert!(
        said.contains("the close of 2026-01 before it is missing"),
        "{said}"
    );
}

#[test]
fn the_last_close_is_missed_too() {
    let data = tempfile::tempdir().unwrap();
    close(data.path(), "2026-01");
    Closes::read(data.path())
        .unwrap()
        .remember(data.path())
        .unwrap();
    fs::remove_dir_all(data.path().join("closes")).unwrap();
    let said = Closes::read(data.path()).unwrap_err().to_string();
    assert!(
        said.contains("2026-01 was closed") && said.contains("is missing"),
        "{said}"
    );
}

#[test]
fn only_the_last_closed_month_is_reopened_and_what_was_closed_is_kept() {
    let data = tempfile::tempdir().unwrap();
    close(data.path(), "2026-01");
    close(data.path(), "2026-02");
    let before = Closes::read(data.path()).unwrap().digest();
    for (period, word) in [
        ("2026-01", "2026-02 is closed after 2026-01"),
        ("2026-03", "2026-03 is not closed"),
    ] {
        let said = reopen_it(data.path(), period).unwrap_err().to_string();
        assert!(said.contains(word), "{said}");
    }
    reopen_it(data.path(), "2026-02").unwrap();
    let closes = Closes::read(data.path()).unwrap();
    assert_eq!(closes.closed().count(), 1);
    assert_eq!(
        closes
            .of("2026-02".parse().unwrap())
            .unwrap()
            .reopening
            .as_ref()
            .unwrap()
            .reason,
        "a late invoice"
    );
    assert_ne!(closes.digest(), before);
    assert!(
        data.path()
            .join("closes/2026-02.reopened-1/ledger.parquet")
            .exists()
    );
    // One record for each close, whatever became of it.
    let records = fs::read_dir(data.path().join("ops/accounting_periods")).unwrap();
    assert_eq!(records.count(), 2);

    close(data.path(), "2026-02");
    reopen_it(data.path(), "2026-02").unwrap();
    assert!(data.path().join("closes/2026-02.reopened-2").exists());
}

#[test]
fn a_reopening_that_was_stopped_half_way_holds() {
    let data = tempfile::tempdir().unwrap();
    close(data.path(), "2026-01");
    let reopened = r#"{"reopened_at":"2026-04-06T10:00:00Z","reopened_by":"bob","reason":"x"}"#;
    let folder = data.path().join("closes/2026-01");
    fs::write(folder.join("reopened.json"), reopened).unwrap();
    assert_eq!(Closes::read(data.path()).unwrap().closed().count(), 0);
    clean_up(data.path()).unwrap();
    assert!(!folder.exists());
    assert_eq!(Closes::read(data.path()).unwrap().all.len(), 1);
}
