//! Small releases with known contents, published as the pipeline does, without the pipeline.
#![allow(clippy::unwrap_used, dead_code)]

use std::path::{Path, PathBuf};

use jiff::civil::{Date, date};
use rust_decimal::Decimal;
use warehouse::release::{gold_path, point_to, release_dir, write_manifest};
use warehouse::{Builder, DuckDbBuilder, Manifest, Relation, Schema};

/// User and state.
pub const USERS: [(&str, &str); 6] = [
    ("u1", "OH"),
    ("u2", "PA"),
    ("u3", "OH"),
    ("u4", "KY"),
    ("u5", "PA"),
    ("u6", "OH"),
];
/// Product and department.
pub const PRODUCTS: [(&str, &str); 5] = [
    ("p1", "Dairy"),
    ("p2", "Bakery"),
    ("p3", "Produce"),
    ("p4", "Dairy"),
    ("p5", "Frozen"),
];

pub const FIRST_DAY: Date = date(2025, 1, 1);
pub const LAST_DAY: Date = date(2026, 6, 30);

/// A receipt line.
#[derive(Debug, Clone)]
pub struct Line {
    pub receipt: usize,
    pub user: usize,
    pub product: usize,
    pub on: Date,
    pub quantity: i64,
    pub cents: i64,
}

impl Line {
    pub fn state(&self) -> &'static str {
        USERS[self.user].1
    }

    pub fn department(&self) -> &'static str {
        PRODUCTS[self.product].1
    }
}

/// Three lines on each receipt, one receipt a day: every state and department has some in every month.
pub fn lines() -> Vec<Line> {
    let days = i64::from((LAST_DAY - FIRST_DAY).get_days()) + 1;
    let line = |day: i64, n: i64| {
        let on = FIRST_DAY.checked_add(jiff::Span::new().days(day)).unwrap();
        let (mixed, receipt) = (day * 31 + n * 17, usize::try_from(day).unwrap());
        let pick = |count: usize| usize::try_from(mixed % 9973).unwrap() % count;
        Line {
            receipt,
            user: receipt % USERS.len(),
            product: pick(PRODUCTS.len()),
            on,
            quantity: 1 + mixed % 4,
            cents: 99 + mixed * 7 % 2_500,
        }
    };
    (0..days)
        .flat_map(|day| (0..3).map(move |n| line(day, n)))
        .collect()
}

/// The exact sum of what `keep` keeps.
pub fn spend(lines: &[Line], keep: impl Fn(&Line) -> bool) -> Decimal {
    Decimal::new(
        lines
            .iter()
            .filter(|line| keep(line))
            .map(|line| line.cents)
            .sum(),
        2,
    )
}

/// Publishes a release of `lines` and makes it the current one.
pub fn publish(data: &Path, release: &str, lines: &[Line]) {
    let mut tables: Vec<(&str, String)> = Vec::new();
    let mut table = |name: &'static str, select: &str| tables.push((name, select.to_owned()));
    let users = USERS
        .iter()
        .map(|(user, state)| format!("('{user}', '{state}', 'organic')"));
    table(
        "dim_user",
        &format!(
            "SELECT * FROM (VALUES {}) AS t(user_id, state, channel)",
            list(users)
        ),
    );
    let products = PRODUCTS.iter().map(|(p, department)| {
        format!("('{p}', 'Product {p}', 'Brand', '{department}', 'Category')")
    });
    table(
        "dim_product",
        &format!(
            "SELECT * FROM (VALUES {}) AS t(product_id, name, brand, department, category)",
            list(products)
        ),
    );
    table(
        "dim_school",
        "SELECT * FROM (VALUES ('s1', 'School', 'District', 'OH')) AS t(school_id, name, district, state)",
    );
    let purchases = lines.iter().enumerate().map(|(n, line)| {
        format!(
            "('l{n}', 'r{}', '{}', '{}', 's1', 'shop', DATE '{}', {}, {}.{:02}, 0.00)",
            line.receipt,
            USERS[line.user].0,
            PRODUCTS[line.product].0,
            line.on,
            line.quantity,
            line.cents / 100,
            line.cents % 100
        )
    });
    table(
        "fct_purchase",
        &format!(
            "SELECT purchase_id, receipt_id, user_id, product_id, school_id, retailer_id, purchased_on, \
             CAST(purchased_on AS TIMESTAMP) AS purchased_at, quantity, CAST(amount AS DECIMAL(18, 2)) AS amount, \
             CAST(discount AS DECIMAL(18, 2)) AS discount FROM (VALUES {}) AS t(purchase_id, receipt_id, user_id, \
             product_id, school_id, retailer_id, purchased_on, quantity, amount, discount)",
            list(purchases)
        ),
    );
    table(
        "agg_purchase_receipt",
        "SELECT receipt_id AS receipt_key, receipt_id, user_id, school_id, retailer_id, purchased_on, count(*) AS lines, \
         CAST(sum(quantity) AS BIGINT) AS quantity, CAST(sum(amount) AS DECIMAL(18, 2)) AS amount, \
         CAST(sum(discount) AS DECIMAL(18, 2)) AS discount FROM fct_purchase GROUP BY ALL",
    );
    publish_tables(data, release, &tables);
}

/// Publishes a release of these gold tables, each with the query that makes it, and makes it the current one.
pub fn publish_tables(data: &Path, release: &str, tables: &[(&str, String)]) {
    let state = data.join("state.duckdb");
    let mut build: Box<dyn Builder> =
        Box::new(DuckDbBuilder::open(&state, &gold_path(data, release), 1, None).unwrap());
    for (name, select) in tables {
        let relation = Relation {
            schema: Schema::Gold,
            name: (*name).to_owned(),
        };
        build.create_table(&relation, select).unwrap();
    }
    build.finish().unwrap();
    let manifest = Manifest {
        release_id: release.to_owned(),
        run_id: "run".to_owned(),
        business_date: LAST_DAY,
        zone: "America/New_York".to_owned(),
        published_at: "2026-07-01T06:00:00Z".parse().unwrap(),
        fingerprint: release.to_owned(),
        observed: Some((FIRST_DAY, LAST_DAY)),
        gold_bytes: 0,
        tables: std::collections::BTreeMap::new(),
        build: warehouse::BuildInfo::default(),
    };
    write_manifest(&release_dir(data, release), &manifest).unwrap();
    point_to(data, release).unwrap();
}

fn list(rows: impl Iterator<Item = String>) -> String {
    rows.collect::<Vec<_>>().join(", ")
}

/// The project of this repository.
pub fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../marts")
}

/// A copy of it that a test may edit.
pub fn editable_project(into: &Path) -> PathBuf {
    let copy = into.join("marts");
    for folder in ["dashboards", "models", "ops"] {
        copy_folder(&project().join(folder), &copy.join(folder));
    }
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
