//! Rows of schools and products: who is there, and what changes later.

use crate::calendar::{Calendar, DAY};
use crate::catalogue::{Catalogue, Product};
use crate::dirt::Kind;
use crate::inject::{Injector, STRANGE_PRODUCTS, Sheet, Subject};
use crate::rows::{Note, Outcome};
use crate::schools::Schools;
use crate::shelf::DEPARTMENTS;
use crate::source::Source;

/// When the back office's changes of a day are made, before any shop opens: 05:30 local.
fn back_office(day: usize, calendar: &Calendar) -> u32 {
    calendar.moment(day, 5 * 3600 + 1800, 0)
}

/// Something the back office enters: a school or product, and which of its versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: u32,
    source: Source,
    index: usize,
    version: usize,
}

/// Schools and products by landing day.
pub struct Office<'a> {
    schools: &'a Schools,
    catalogue: &'a Catalogue,
    calendar: &'a Calendar,
    days: Vec<Vec<Entry>>,
}

impl<'a> Office<'a> {
    pub fn new(schools: &'a Schools, catalogue: &'a Catalogue, calendar: &'a Calendar) -> Self {
        let mut days = vec![Vec::new(); calendar.days()];
        let mut add = |source, index, version, day| {
            let at = back_office(day, calendar);
            days[calendar.landing_day(at)].push(Entry {
                at,
                source,
                index,
                version,
            });
        };
        for (index, school) in schools.all.iter().enumerate() {
            add(Source::Schools, index, 0, school.joins);
            for (n, (day, _)) in school.recounts.iter().enumerate() {
                add(Source::Schools, index, n + 1, *day);
            }
        }
        for (index, product) in catalogue.all.iter().enumerate() {
            for (n, (day, _)) in product.rewards.iter().enumerate() {
                add(Source::Products, index, n, *day);
            }
        }
        for entries in &mut days {
            entries.sort_unstable();
        }
        Self {
            schools,
            catalogue,
            calendar,
            days,
        }
    }

    pub fn fill(&self, day: usize, sheets: &mut [Sheet], injector: &Injector<'_>) {
        for product in 0..STRANGE_PRODUCTS {
            if injector.strange_product_lands(product) == Some(day) {
                self.strange_product(product, day, &mut sheets[Source::Products as usize]);
            }
        }
        for entry in &self.days[day] {
            let sheet = &mut sheets[entry.source as usize];
            let in_words = injector
                .dated
                .text_column
                .is_some_and(|from| day >= from && injector.is_text(Source::Schools, day));
            let versions = match entry.source {
                Source::Schools => self.school(entry, in_words, sheet),
                _ => self.product(entry, sheet),
            };
            let newest = entry.version + 1 == versions;
            sheet.rows.end_row(if newest {
                Outcome::Live
            } else {
                Outcome::Superseded
            });
            if in_words && entry.source == Source::Schools {
                sheet.rows.note(Note {
                    kind: Kind::TextColumn,
                    key: Schools::id(entry.index),
                    what: "students in words",
                });
            }
            let subject = Subject {
                number: entry.index as u64,
                variant: entry.version as u64,
                at: entry.at,
                day,
                user: None,
                sole: versions == 1,
            };
            injector.settle(sheet, &subject);
        }
    }

    /// Says how many versions there are in all.
    fn school(&self, entry: &Entry, in_words: bool, sheet: &mut Sheet) -> usize {
        let school = &self.schools.all[entry.index];
        let students = match entry.version.checked_sub(1) {
            None => school.students,
            Some(n) => school.recounts[n].1,
        };
        let rows = &mut sheet.rows;
        rows.field(Schools::id(entry.index));
        rows.field(&school.name);
        rows.field(&school.district);
        rows.field(school.city);
        rows.field(school.county);
        rows.field(school.state.code);
        rows.field(school.grades);
        rows.field(if in_words {
            format!("about {}", (students + 5) / 10 * 10)
        } else {
            students.to_string()
        });
        rows.field(if entry.version == 0 { "I" } else { "U" });
        rows.field(self.calendar.text(i64::from(entry.at), "Z"));
        school.recounts.len() + 1
    }

    fn product(&self, entry: &Entry, sheet: &mut Sheet) -> usize {
        let product = &self.catalogue.all[entry.index];
        let op = if entry.version == 0 { "I" } else { "U" };
        let reward = product.rewards[entry.version].1;
        let id = Catalogue::id(entry.index);
        product_row(&id, product, reward, op, entry.at, self.calendar, sheet);
        product.rewards.len()
    }

    /// A product that lands after it was bought.
    fn strange_product(&self, product: usize, day: usize, sheet: &mut Sheet) {
        let like = &self.catalogue.all[product % self.catalogue.all.len()];
        let id = Injector::strange_product_id(product);
        let at = day as u32 * DAY + 3_600;
        product_row(&id, like, 0, "I", at, self.calendar, sheet);
        sheet.rows.end_row(Outcome::Live);
        sheet.rows.note(Note {
            kind: Kind::OrphanProduct,
            key: id,
            what: "the product at last",
        });
    }
}

fn product_row(
    id: &str,
    product: &Product,
    reward: u32,
    op: &str,
    at: u32,
    calendar: &Calendar,
    sheet: &mut Sheet,
) {
    let eligible = reward > 0;
    let rows = &mut sheet.rows;
    rows.field(id);
    rows.field(&product.name);
    rows.field(product.brand);
    rows.field(&product.manufacturer);
    rows.field(DEPARTMENTS[product.department].name);
    rows.field(product.category);
    rows.field(product.product_type);
    rows.field(product.package_size);
    rows.field(if eligible { "true" } else { "false" });
    rows.field(format!("{}.{:04}", reward / 10_000, reward % 10_000));
    rows.field(if eligible { product.brand } else { "" });
    rows.field(op);
    rows.field(calendar.text(i64::from(at), "Z"));
}
