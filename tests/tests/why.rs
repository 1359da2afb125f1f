//! What the page “why” says ties out: on a hundred differences made by chance the parts add up, as written, to the
//! difference; and where a late file landed between two releases, what it restated is told apart from what really changed.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};

use duckdb::Connection;
use jiff::ToSpan;
use jiff::civil::date;
use rust_decimal::Decimal;
use tempfile::TempDir;
use workspace_tests::program::{Served, demo, pipeline, succeed};

/// The day whose purchases land late.
const LATE: &str = "dt=2026-03-17";

struct World {
    served: Served,
    client: reqwest::Client,
    folder: TempDir,
    /// The release before the late file, and the one with it.
    first: String,
    second: String,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (landing, data) = (folder.path().join("landing"), folder.path().join("data"));
        demo(&landing, 12_000, 11).unwrap();
        let (late, aside) = (
            landing.join("purchases").join(LATE),
            folder.path().join("late"),
        );
        fs::rename(&late, &aside).unwrap();
        succeed(&mut pipeline(&landing, &data).unwrap()).unwrap();
        let first = current(&data);
        fs::rename(&aside, &late).unwrap();
        succeed(&mut pipeline(&landing, &data).unwrap()).unwrap();
        let second = current(&data);
        assert_ne!(first, second);
        let client = reqwest::Client::new();
        Self {
            served: Served::start(&data, &client).await.unwrap(),
            client,
            folder,
            first,
            second,
        }
    }

    async fn page(&self, query: &str) -> String {
        let url = format!("{}/why?{query}&view=static", self.served.url);
        let response = self.client.get(&url).send().await.unwrap();
        let status = response.status();
        let html = response.text().await.unwrap();
        assert!(status.is_success(), "{url}: {status}");
        html
    }

    /// Exact retail spend of March, as a release's own file has it.
    fn march(&self, release: &str) -> Decimal {
        self.sum(release, "2026-03-01", "2026-03-31")
    }

    fn sum(&self, release: &str, from: &str, to: &str) -> Decimal {
        let gold = self
            .folder
            .path()
            .join("data/releases")
            .join(release)
            .join("gold.duckdb");
        let copy = self.folder.path().join(format!("{release}.duckdb"));
        if !copy.exists() {
            fs::copy(gold, &copy).unwrap();
        }
        let db = Connection::open(&copy).unwrap();
        let sum: String = db
            .query_row(
                "SELECT CAST(sum(amount) AS VARCHAR) FROM fct_purchase WHERE purchased_on BETWEEN CAST(? AS DATE) AND CAST(? AS DATE)",
                [from, to],
                |row| row.get(0),
            )
            .unwrap();
        sum.parse().unwrap()
    }
}

fn current(data: &Path) -> String {
    let pointer: PathBuf = data.join("current");
    fs::read_to_string(pointer).unwrap().trim().to_owned()
}

/// The table of parts: heads, then for each row its name and cells.
struct Table {
    heads: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
}

impl Table {
    fn read(html: &str) -> Option<Self> {
        let table = html.split_once("<table")?.1.split_once("</table>")?.0;
        let (head, body) = table.split_once("<tbody>")?;
        let cells = |row: &str| -> Vec<String> {
            row.split("<t")
                .filter(|cell| cell.starts_with("h ") || cell.starts_with("d "))
                .map(|cell| plain(cell.split_once('>').map_or("", |(_, text)| text)))
                .collect()
        };
        let rows = body
            .split("<tr")
            .skip(1)
            .map(|row| {
                let mut cells = cells(row);
                (cells.remove(0), cells)
            })
            .collect();
        Some(Self {
            heads: cells(head),
            rows,
        })
    }

    fn row(&self, name: &str) -> &[String] {
        let found = self.rows.iter().find(|(label, _)| label == name);
        let (_, cells) = found.unwrap_or_else(|| {
            let names: Vec<&String> = self.rows.iter().map(|(name, _)| name).collect();
            panic!("no row {name}: {names:?}")
        });
        cells
    }

    /// Members, the others and what is counted in several: what the total is made of.
    fn parts(&self) -> &[(String, Vec<String>)] {
        let total = self
            .rows
            .iter()
            .position(|(name, _)| name == "Total" || name == "Real change");
        &self.rows[..total.unwrap()]
    }

    fn total(&self) -> &[String] {
        &self.rows[self.parts().len()].1
    }

    /// Every row's reasons add up to its change, every column to its total, and the total to the difference.
    fn assert_ties_out(&self, at: &str) {
        let total = self.total();
        let width = total.len();
        assert_eq!(width + 1, self.heads.len(), "{at}");
        for (name, cells) in &self.rows {
            let reasons: Vec<Decimal> = cells[2..width - 1].iter().filter_map(number).collect();
            if !reasons.is_empty() {
                // What is counted in several members has no other reason than that.
                let is_total = name == "Total" || name == "Real change";
                let several = self
                    .rows
                    .iter()
                    .find(|(name, _)| is_total && name.starts_with("Counted in several"))
                    .and_then(|(_, cells)| number(&cells[width - 1]));
                let sum = reasons.iter().sum::<Decimal>() + several.unwrap_or_default();
                assert_eq!(Some(sum), number(&cells[width - 1]), "{at}: {name}");
            }
        }
        for (column, cell) in total.iter().enumerate() {
            let parts: Vec<&String> = self
                .parts()
                .iter()
                .map(|(_, cells)| &cells[column])
                .collect();
            // Ratios do not add up, their changes do.
            if column < 2
                && parts
                    .iter()
                    .any(|cell| number(cell).is_none() || cell.contains('%'))
            {
                continue;
            }
            let is_ratio = self.heads.iter().any(|head| head == "Within");
            if column < 2 && is_ratio {
                continue;
            }
            // Rewards have parts of cents: before and after, each figure is rounded as it is written. Differences always tie out.
            let rounding = if column < 2 && at.contains("metric=rewards_accrued") {
                Decimal::new(5, 3) * Decimal::from(parts.len() + 1)
            } else {
                Decimal::ZERO
            };
            let sum: Decimal = parts.into_iter().filter_map(number).sum();
            let off = (sum - number(cell).unwrap_or_default()).abs();
            assert!(
                off <= rounding,
                "{at}: {} is off by {off}",
                self.heads[column + 1]
            );
        }
        assert_eq!(
            number(&total[1]).unwrap() - number(&total[0]).unwrap(),
            number(&total[width - 1]).unwrap(),
            "{at}"
        );
    }
}

/// The text between tags.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    // What stands in for those who do not see the page is no part of a name.
    for part in html.split("<a class=\"why-rows\"").take(1) {
        for letter in part.chars() {
            match letter {
                '<' => is_tag = true,
                '>' => is_tag = false,
                _ if !is_tag => text.push(letter),
                _ => {}
            }
        }
    }
    text.trim().to_owned()
}

fn number(written: impl AsRef<str>) -> Option<Decimal> {
    let written = written.as_ref();
    let digits: String = written
        .replace('−', "-")
        .chars()
        .filter(|c| c.is_ascii_digit() || matches!(c, '-' | '.'))
        .collect();
    digits.parse().ok()
}

/// A generator whose choices a seed repeats.
struct Choices(u64);

impl Choices {
    fn below(&mut self, n: usize) -> usize {
        // Knuth's MMIX constants.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn days(&mut self, n: usize) -> jiff::Span {
        i32::try_from(self.below(n)).unwrap().days()
    }
}

const METRICS: [&str; 10] = [
    "retail_spend",
    "receipts",
    "shoppers",
    "units",
    "purchase_lines",
    "discount",
    "average_basket",
    "spend_per_shopper",
    "rewards_accrued",
    "receipt_acceptance",
];
const DIMENSIONS: [&str; 7] = [
    "auto",
    "user__state",
    "user__channel",
    "school__district",
    "product__department",
    "product__category",
    "purchase__retailer_id",
];

fn asked(choices: &mut Choices) -> String {
    let from = date(2025, 2, 1).saturating_add(choices.days(300));
    let to = from.saturating_add(choices.days(75));
    let before = from.saturating_sub(choices.days(90));
    let compare = match choices.below(3) {
        0 => "prior_period".to_owned(),
        1 => "prior_year".to_owned(),
        _ => format!("{before}..{}", before.saturating_add(choices.days(40))),
    };
    let metric = choices.one(&METRICS);
    let by = match metric {
        // Of whole receipts, not of their lines.
        "receipt_acceptance" => choices.one(&DIMENSIONS[..4]),
        _ => choices.one(&DIMENSIONS),
    };
    let filter = choices.one(&["", "", "&state=OH", "&state=!OH,CA", "&state=PA,NY,TX"]);
    format!("metric={metric}&from={from}&to={to}&compare={compare}&by={by}{filter}")
}

#[tokio::test]
async fn the_parts_of_a_hundred_differences_add_up_and_a_late_file_is_told_apart() {
    let world = World::new().await;
    let mut choices = Choices(7);
    let (mut tied, mut moved, mut asked_for) = (0, 0, 0);
    while tied < 100 {
        asked_for += 1;
        assert!(asked_for <= 250, "only {tied} of {asked_for} had parts");
        let query = asked(&mut choices);
        let html = world.page(&query).await;
        let Some(table) = Table::read(&html) else {
            assert!(html.contains("class=\"notice\""), "{query}: {html}");
            continue;
        };
        table.assert_ties_out(&query);
        tied += 1;
        moved += usize::from(!number(table.total().last().unwrap()).unwrap().is_zero());
    }
    assert!(moved > 80, "{moved} of {tied} moved");

    // April beside March, as reported before the late file landed.
    let april = "from=2026-04-01&to=2026-04-30&compare=2026-03-01..2026-03-31";
    let (reported, known) = (world.march(&world.first), world.march(&world.second));
    let real = world.sum(&world.second, "2026-04-01", "2026-04-30") - known;
    assert!(known > reported, "the late file holds purchases of March");
    let query = format!(
        "metric=retail_spend&{april}&by=user__state&then={}",
        world.first
    );
    let html = world.page(&query).await;
    let table = Table::read(&html).unwrap();
    table.assert_ties_out(&query);
    let change = |name: &str| number(table.row(name).last().unwrap());
    assert_eq!(change("Real change"), Some(real));
    assert_eq!(change("Restated since"), Some(known - reported));
    assert_eq!(change("Change as reported"), Some(real + known - reported));

    // March of both releases: all of it is restatement.
    let query = format!(
        "metric=retail_spend&from=2026-03-01&to=2026-03-31&compare=none&by=user__state&then={}",
        world.first
    );
    let table = Table::read(&world.page(&query).await).unwrap();
    table.assert_ties_out(&query);
    assert_eq!(
        number(table.total().last().unwrap()),
        Some(known - reported)
    );

    // Nothing came late to February.
    let query = format!(
        "metric=retail_spend&from=2026-02-01&to=2026-02-28&compare=none&by=user__state&then={}",
        world.first
    );
    let before = world.sum(&world.first, "2026-02-01", "2026-02-28");
    let after = world.sum(&world.second, "2026-02-01", "2026-02-28");
    let table = Table::read(&world.page(&query).await).unwrap();
    assert_eq!(number(table.total().last().unwrap()), Some(after - before));
}
