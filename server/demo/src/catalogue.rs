//! The products, their prices and the rewards programme over time.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, LogNormal};

use crate::calendar::Calendar;
use crate::shelf::{DEPARTMENTS, Department, STORE_BRANDS};
use crate::stream::{Streams, Topic};

pub struct Product {
    pub name: String,
    pub brand: &'static str,
    pub manufacturer: String,
    pub department: usize,
    pub category: &'static str,
    pub product_type: &'static str,
    pub package_size: &'static str,
    /// In cents, on the first day.
    pub price: u32,
    /// How popular within its department; the head is the most popular.
    pub weight: f64,
    /// The day it comes on sale.
    pub launches: usize,
    /// Reward per unit in ten-thousandths of a dollar from a day on; 0 is not eligible.
    /// The first entry is at `launches`.
    pub rewards: Vec<(usize, u32)>,
}

pub struct Catalogue {
    pub all: Vec<Product>,
}

/// In ten-thousandths of a dollar.
const REWARDS: [(u32, f64); 8] = [
    (500, 0.22),
    (750, 0.08),
    (1000, 0.34),
    (1250, 0.06),
    (1500, 0.14),
    (1750, 0.02),
    (2000, 0.08),
    (2500, 0.06),
];

impl Catalogue {
    /// About 400 products for 10⁴ purchases, 2,500 for 10⁶.
    pub fn new(purchases: u64, streams: &Streams, calendar: &Calendar) -> Self {
        let wanted = (400.0 * (purchases as f64 / 1e4).powf(0.4)).clamp(150.0, 20_000.0);
        let mut slots: Vec<(usize, usize, usize)> = Vec::new();
        for (department, d) in DEPARTMENTS.iter().enumerate() {
            // A larger department has a longer shelf, but not in proportion.
            let shelf = (wanted * d.share.sqrt() / root_shares()).ceil() as usize;
            let count = shelf.max(d.types.len());
            slots.extend((0..count).map(|n| (department, n % d.types.len(), n / d.types.len())));
        }
        let mut rng = streams.of(Topic::Catalogue, 0, 0);
        slots.shuffle(&mut rng);
        let mut ranks = [0usize; DEPARTMENTS.len()];
        let all = slots
            .into_iter()
            .enumerate()
            .map(|(index, (department, kind, copy))| {
                let rank = ranks[department];
                ranks[department] += 1;
                product(index, department, kind, copy, rank, streams, calendar)
            })
            .collect();
        Self { all }
    }

    pub fn id(product: usize) -> String {
        format!("p{:05}", product + 1)
    }
}

fn root_shares() -> f64 {
    DEPARTMENTS.iter().map(|d| d.share.sqrt()).sum()
}

fn product(
    index: usize,
    department: usize,
    kind: usize,
    copy: usize,
    rank: usize,
    streams: &Streams,
    calendar: &Calendar,
) -> Product {
    let d = &DEPARTMENTS[department];
    let mut rng = streams.of(Topic::Catalogue, index as u64, 1);
    let (category, product_type, usual, sizes) = d.types[kind];

    // Walks through every brand, then every variant, then every size: no two products of a type
    // are alike until the shelf is longer than all of these together.
    let brands = d.brands.len() + STORE_BRANDS.len();
    let brand_slot = (copy + kind) % brands;
    let variant_slot = copy / brands % d.variants.len();
    let size_slot = (copy / brands / d.variants.len() + copy) % sizes.len();
    let (brand, manufacturer, in_house) = match d.brands.get(brand_slot) {
        // Two brands to a manufacturer.
        Some(&brand) => (
            brand,
            format!("m{:03}", department * 10 + brand_slot / 2 + 1),
            false,
        ),
        None => {
            let slot = brand_slot - d.brands.len();
            (STORE_BRANDS[slot], format!("m{:03}", 901 + slot), true)
        }
    };
    let variant = d.variants[variant_slot];
    let size = sizes[size_slot];

    let spread = LogNormal::new(0.0, 0.22).map_or(1.0, |s| s.sample(&mut rng));
    let larger = 1.0 + 0.7 * size_slot as f64;
    let tier = if in_house { 0.78 } else { 1.06 };
    let price = (f64::from(usual) * spread * larger * tier) as u32;

    let launches = if rank > 8 && rng.random_bool(0.14) {
        rng.random_range(1..calendar.days() * 9 / 10)
    } else {
        0
    };
    Product {
        // The first variant of a department is the plain one, which no label spells out.
        name: if variant_slot == 0 {
            format!("{brand} {product_type} {size}")
        } else {
            format!("{brand} {variant} {product_type} {size}")
        },
        brand,
        manufacturer,
        department,
        category,
        product_type,
        package_size: size,
        price: ending_in_nine(f64::from(price)),
        weight: 1.0 / (rank as f64 + 3.0).powf(0.9),
        launches,
        rewards: rewards(d, in_house, index, launches, streams, calendar),
    }
}

/// The product's terms in the programme, decided per product and revised at quarters.
fn rewards(
    department: &Department,
    in_house: bool,
    index: usize,
    launches: usize,
    streams: &Streams,
    calendar: &Calendar,
) -> Vec<(usize, u32)> {
    let mut rng = streams.of(Topic::Programme, index as u64, 0);
    let draw = |unit: f64| {
        let mut left = unit;
        for (reward, share) in REWARDS {
            if left < share {
                return reward;
            }
            left -= share;
        }
        REWARDS[2].0
    };
    let eligible = !in_house && rng.random_bool(department.eligible * 1.25);
    let mut reward = if eligible { draw(rng.random()) } else { 0 };
    let mut terms = vec![(launches, reward)];
    for day in launches + 1..calendar.days() {
        let date = calendar.date(day);
        if date.day() != 1 || date.month() % 3 != 1 {
            continue;
        }
        let unit: f64 = rng.random();
        let (leaves, revised) = match reward {
            0 if in_house => (0.0, 0.0),
            0 => (0.0, 0.006),
            _ => (0.02, 0.09),
        };
        let next = match unit {
            u if u < leaves => 0,
            u if u < revised => draw(rng.random()),
            _ => reward,
        };
        if next != reward {
            reward = next;
            terms.push((day, reward));
        }
    }
    terms
}

impl Product {
    /// The shelf price in cents: some inflation, steps of the product's own each quarter, and the
    /// retailer's price level (1 is average).
    pub fn price_on(
        &self,
        product: usize,
        day: usize,
        level: f64,
        calendar: &Calendar,
        streams: &Streams,
    ) -> u32 {
        let quarter = day as u64 / 91;
        let step = 0.97 + 0.06 * streams.unit(Topic::Price, product as u64, quarter);
        let drift = 1.0 + 0.03 * calendar.years(day);
        ending_in_nine(f64::from(self.price) * step * drift * level)
    }
}

fn ending_in_nine(cents: f64) -> u32 {
    ((cents / 10.0).round() as u32 * 10)
        .saturating_sub(1)
        .max(29)
}
