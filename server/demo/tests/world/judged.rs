//! The outcome that the truth expects of every landed row, worked out a second time from the landing files alone, by the
//! rules that silver follows.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::path::Path;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Decimal128Type, Int64Type};
use demo::{Dirt, World, generate};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::landed::{Row, contents, scratch, world};

/// File and row number, from 1.
type Place = (String, u64);
type Verdict = (&'static str, &'static str);

pub const LIVE: Verdict = ("live", "");

/// A Parquet file's rows as text; NULL is empty.
pub fn table(path: &Path) -> Vec<Row> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap())
        .unwrap()
        .build()
        .unwrap();
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.unwrap();
        for n in 0..batch.num_rows() {
            let value = |column: &dyn Array| {
                if column.is_null(n) {
                    String::new()
                } else if let Some(text) = column.as_string_opt::<i32>() {
                    text.value(n).to_owned()
                } else if let Some(number) = column.as_primitive_opt::<Int64Type>() {
                    number.value(n).to_string()
                } else if let Some(money) = column.as_primitive_opt::<Decimal128Type>() {
                    money.value(n).to_string()
                } else {
                    String::new()
                }
            };
            rows.push(
                batch
                    .schema()
                    .fields()
                    .iter()
                    .zip(batch.columns())
                    .map(|(field, column)| (field.name().clone(), value(column)))
                    .collect(),
            );
        }
    }
    rows
}

struct Version {
    place: Place,
    dt: String,
    row: Row,
}

/// Every row's verdict, and the cents of live purchases by file.
struct Judgement {
    verdicts: BTreeMap<Place, (Verdict, String)>,
    amounts: BTreeMap<String, i64>,
    skipped: BTreeSet<String>,
}

fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn is_money(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.split('.').count() <= 2
        && digits
            .split('.')
            .all(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()))
}

fn parsed(line: &str, header: &[&str]) -> Option<Row> {
    let mut quotes = 0;
    for (n, part) in line.split('"').enumerate() {
        // Outside quotes a field that is quoted begins after a comma.
        if n % 2 == 0 && n > 0 && !part.is_empty() && !part.starts_with(',') {
            return None;
        }
        quotes = n;
    }
    if quotes % 2 == 1 {
        return None;
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(line.as_bytes());
    let record = reader.records().next()?.ok()?;
    (record.len() == header.len()).then(|| {
        header
            .iter()
            .zip(&record)
            .map(|(h, f)| ((*h).to_owned(), f.to_owned()))
            .collect()
    })
}

const EVENTS: [&str; 15] = [
    "app_opened",
    "receipt_scanned",
    "receipt_rejected",
    "invite_clicked",
    "signed_up",
    "school_changed",
    "cash_out_requested",
    "cash_out_cancelled",
    "settlement_created",
    "cash_out_paid",
    "cash_out_returned",
    "hold_placed",
    "hold_released",
    "reward_clawed_back",
    "reward_adjusted",
];

fn judge(landing: &Path) -> Judgement {
    let mut result = Judgement {
        verdicts: BTreeMap::new(),
        amounts: BTreeMap::new(),
        skipped: BTreeSet::new(),
    };
    let files = contents(landing);
    let mut signed_up: HashMap<String, Timestamp> = HashMap::new();
    for (source, key, at, money) in [
        ("users", "user_id", Some("signed_up_at"), &[] as &[&str]),
        ("schools", "school_id", None, &[]),
        ("products", "product_id", None, &["reward_per_unit"]),
        (
            "purchases",
            "purchase_id",
            Some("purchased_at"),
            &["amount", "discount"],
        ),
        ("referrals", "referral_id", Some("invited_at"), &[]),
        ("events", "event_id", Some("occurred_at"), &[]),
    ] {
        let mut seen: HashSet<&[u8]> = HashSet::new();
        let mut versions: BTreeMap<String, Vec<Version>> = BTreeMap::new();
        for (path, bytes) in files
            .iter()
            .filter(|(p, _)| p.starts_with(&format!("{source}/")))
        {
            if !seen.insert(bytes) {
                result.skipped.insert(path.clone());
                continue;
            }
            let dt = path.split('/').nth(1).unwrap().strip_prefix("dt=").unwrap();
            let text = str::from_utf8(bytes).unwrap();
            let mut lines = text.lines();
            let header: Vec<&str> = lines.next().unwrap().split(',').collect();
            for (number, line) in (1..).zip(lines) {
                let place = (path.clone(), number);
                match parsed(line, &header) {
                    None => {
                        let verdict = (("dropped", "malformed"), String::new());
                        result.verdicts.insert(place, verdict);
                    }
                    Some(row) if row[key].is_empty() => {
                        let verdict = (("dropped", "null_key"), String::new());
                        result.verdicts.insert(place, verdict);
                    }
                    Some(row) => versions.entry(row[key].clone()).or_default().push(Version {
                        place,
                        dt: dt.to_owned(),
                        row,
                    }),
                }
            }
        }
        for (key, versions) in versions {
            let mut kept: Vec<Version> = Vec::new();
            for version in versions {
                if kept.iter().any(|k| k.row == version.row) {
                    let verdict = (("duplicate", "duplicate"), key.clone());
                    result.verdicts.insert(version.place, verdict);
                } else {
                    kept.push(version);
                }
            }
            // Stable: of equally old ones the last to arrive comes last.
            kept.sort_by_key(|v| v.row.get("updated_at").and_then(|t| moment(t)));
            let newest = kept.pop().unwrap();
            for version in kept {
                let verdict = (("superseded", "superseded"), key.clone());
                result.verdicts.insert(version.place, verdict);
            }
            let row = &newest.row;
            let bad = at.iter().any(|c| moment(&row[*c]).is_none())
                || row.get("updated_at").is_some_and(|t| moment(t).is_none())
                || money.iter().any(|c| !is_money(&row[*c]));
            let user = row.get("user_id").filter(|_| source != "users");
            let verdict = if row.get("op").is_some_and(|op| op == "D") {
                ("deleted", "deleted")
            } else if bad {
                ("quarantined", "bad_value")
            } else if source == "events" && !EVENTS.contains(&row["event_type"].as_str()) {
                ("dropped", "unknown_type")
            } else if at.is_some_and(|c| is_out(&row[c], &newest.dt, user, &signed_up)) {
                ("dropped", "out_of_window")
            } else if user.is_some_and(|u| !u.is_empty() && !signed_up.contains_key(u)) {
                ("quarantined", "orphan_user")
            } else {
                LIVE
            };
            if source == "users" && matches!(verdict.0, "live" | "deleted") {
                signed_up.insert(key.clone(), moment(&row["signed_up_at"]).unwrap());
            }
            if source == "purchases" && verdict == LIVE {
                *result.amounts.entry(newest.place.0.clone()).or_default() +=
                    crate::landed::cents(&row["amount"]);
            }
            result.verdicts.insert(newest.place, (verdict, key));
        }
    }
    result
}

/// After the file's day in the reporting zone, or more than a day before the user's sign-up.
fn is_out(
    at: &str,
    dt: &str,
    user: Option<&String>,
    signed_up: &HashMap<String, Timestamp>,
) -> bool {
    let at = moment(at).unwrap();
    let zone = TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap();
    at.to_zoned(zone).date().to_string().as_str() > dt
        || user
            .and_then(|u| signed_up.get(u))
            .is_some_and(|then| at < *then - SignedDuration::from_hours(24))
}

fn check(dirt: &str, seed: u64) {
    let folder = scratch();
    let (out, truth) = (folder.path().join("landing"), folder.path().join("truth"));
    let world = World {
        truth: Some(truth.clone()),
        dirt: Dirt::parse(dirt).unwrap(),
        ..world(&out, 6_000, seed, 2)
    };
    generate(&world, &|_, _| {}).unwrap();
    let judgement = judge(&out);

    let expected: BTreeMap<Place, (Row, String)> = table(&truth.join("outcomes.parquet"))
        .into_iter()
        .map(|row| {
            let place = (row["file"].clone(), row["row_number"].parse().unwrap());
            let key = row["key"].clone();
            (place, (row, key))
        })
        .collect();
    let mut live: BTreeMap<&str, u64> = BTreeMap::new();
    let mut rows: BTreeMap<&str, u64> = BTreeMap::new();
    for (place, (verdict, key)) in &judgement.verdicts {
        *rows.entry(&place.0).or_default() += 1;
        match expected.get(place) {
            None => {
                assert_eq!(*verdict, LIVE, "{place:?} {key}, seed {seed}");
                *live.entry(&place.0).or_default() += 1;
            }
            Some((row, of)) => {
                let told = (row["outcome"].as_str(), row["reason"].as_str());
                assert_eq!(*verdict, told, "{place:?} {key}, seed {seed}");
                assert_eq!(key, of, "{place:?}, seed {seed}");
            }
        }
    }
    for place in expected.keys() {
        assert!(
            judgement.verdicts.contains_key(place),
            "{place:?}, seed {seed}"
        );
    }
    for file in table(&truth.join("files.parquet")) {
        let path = file["file"].as_str();
        match file["status"].as_str() {
            "skipped" => assert!(judgement.skipped.contains(path), "{path}"),
            "missing" => assert!(!out.join(path).exists(), "{path}"),
            _ => {
                assert_eq!(file["rows"], rows[path].to_string(), "{path}");
                let count = live.get(path).copied().unwrap_or(0);
                assert_eq!(file["live_rows"], count.to_string(), "{path}");
                if path.starts_with("purchases/") {
                    let cents = judgement.amounts.get(path).copied().unwrap_or(0);
                    assert_eq!(file["live_amount"], cents.to_string(), "{path}");
                }
            }
        }
    }
    // The manifest says of its rows what the outcomes say.
    for fault in table(&truth.join("faults.parquet")) {
        if fault["row_number"].is_empty() {
            continue;
        }
        let place = (fault["file"].clone(), fault["row_number"].parse().unwrap());
        let (verdict, _) = &judgement.verdicts[&place];
        assert_eq!(fault["expected_outcome"], verdict.0, "{fault:?}");
        assert_eq!(fault["expected_reason"], verdict.1, "{fault:?}");
    }
}

#[test]
fn the_truth_of_a_clean_world_is_that_old_versions_are_superseded() {
    check("off", 3);
}

#[test]
fn the_truth_is_what_silvers_rules_give_at_five_seeds() {
    for seed in 1..=5 {
        check("default", seed);
    }
}

#[test]
fn the_truth_holds_where_half_of_all_rows_are_spoilt() {
    let much = "exact_duplicate=.06,near_duplicate=.06,late=.06,null_key=.06,orphan_product=.06,\
                orphan_user=.06,orphan_inviter=.06,time_zone=.06,cdc=.06,out_of_window=.06,bad_value=.06,\
                odd_quantity=.06,malformed=.06,unknown_type=.06,self_referral=.02,cycle=.02,\
                schema_drift=1,missing_file=4,file_twice=5,ten_times=2";
    for seed in 1..=3 {
        check(much, seed);
    }
}
