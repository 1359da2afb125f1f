//! What is on a receipt: the retailer, and its lines.

use rand::RngExt;

use crate::calendar::Calendar;
use crate::catalogue::Catalogue;
use crate::shelf::DEPARTMENTS;
use crate::spill::Receipt;
use crate::stream::{Streams, Topic, cumulate, pick};

const RETAILERS: u64 = 36;
/// Lines that repeat one of the shopper's favourites.
const FAVOURITE: f64 = 0.34;
const FAVOURITES: u64 = 7;
/// Products on promotion in a week, and lines with a coupon.
const PROMOTED: f64 = 0.11;
const COUPON: f64 = 0.05;

#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub product: u32,
    pub quantity: u32,
    /// In cents, net of the discount.
    pub amount: u32,
    /// In cents.
    pub discount: u32,
}

pub struct Shelves<'a> {
    pub calendar: &'a Calendar,
    streams: &'a Streams,
    catalogue: &'a Catalogue,
    /// By department: products and their cumulative weights.
    departments: Vec<(Vec<u32>, Vec<f64>)>,
    /// By month: cumulative weights of the departments.
    months: Vec<Vec<f64>>,
    retailers: Vec<f64>,
}

impl<'a> Shelves<'a> {
    pub fn new(streams: &'a Streams, calendar: &'a Calendar, catalogue: &'a Catalogue) -> Self {
        let departments = (0..DEPARTMENTS.len())
            .map(|department| {
                let products: Vec<u32> = (0u32..)
                    .zip(&catalogue.all)
                    .filter(|(_, p)| p.department == department)
                    .map(|(index, _)| index)
                    .collect();
                let weights = cumulate(products.iter().map(|&p| catalogue.all[p as usize].weight));
                (products, weights)
            })
            .collect();
        let months = (0..12)
            .map(|month| cumulate(DEPARTMENTS.iter().map(|d| d.share * d.season[month])))
            .collect();
        Self {
            calendar,
            streams,
            catalogue,
            departments,
            months,
            retailers: cumulate((0..RETAILERS).map(|r| 1.0 / (r as f64 + 2.0))),
        }
    }

    /// The receipt's retailer, from 0.
    pub fn retailer(&self, receipt: &Receipt) -> usize {
        let user = u64::from(receipt.user);
        let visit = u64::from(receipt.visit);
        let elsewhere = self.streams.unit(Topic::Retailer, user, visit + 2);
        // Most trips go to the usual store, many of the others to the second.
        let choice = match elsewhere {
            e if e < 0.68 => self.streams.unit(Topic::Retailer, user, 0),
            e if e < 0.9 => self.streams.unit(Topic::Retailer, user, 1),
            e => (e - 0.9) * 10.0,
        };
        pick(&self.retailers, choice)
    }

    /// The receipt's lines, no product twice while others can be found.
    pub fn fill(&self, receipt: &Receipt, retailer: usize, to: &mut Vec<Line>) {
        to.clear();
        let day = self.calendar.landing_day(receipt.at);
        let level = 0.94 + 0.12 * self.streams.unit(Topic::Price, 1 << 30, retailer as u64);
        let mut rng = self.streams.of(
            Topic::Receipt,
            u64::from(receipt.user),
            u64::from(receipt.visit),
        );
        for _ in 0..receipt.lines {
            let mut product = self.product(receipt.user, day, &mut rng);
            for _ in 0..6 {
                if !to.iter().any(|line| line.product == product) {
                    break;
                }
                product = self.product(receipt.user, day, &mut rng);
            }
            to.push(self.line(product, day, level, &mut rng));
        }
    }

    /// What a line earns by the programme's terms, in ten-thousandths of a dollar.
    pub fn reward(&self, line: &Line, day: usize) -> u32 {
        let terms = &self.catalogue.all[line.product as usize].rewards;
        let known = terms.partition_point(|&(from, _)| from <= day);
        terms[known.saturating_sub(1)].1 * line.quantity
    }

    /// A product that is on sale on the day.
    fn product(&self, user: u32, day: usize, rng: &mut impl RngExt) -> u32 {
        if rng.random_bool(FAVOURITE) {
            let slot = rng.random_range(0..FAVOURITES);
            let unit = |minor: u64| {
                self.streams
                    .unit(Topic::Favourite, u64::from(user), slot * 2 + minor)
            };
            let favourite = self.on_shelf(day, unit(0), unit(1));
            if self.on_sale(favourite, day) {
                return favourite;
            }
        }
        for _ in 0..16 {
            let product = self.on_shelf(day, rng.random(), rng.random());
            if self.on_sale(product, day) {
                return product;
            }
        }
        // The most popular products have always been on sale.
        let (products, _) = &self.departments[pick(&self.months[0], rng.random())];
        products[0]
    }

    fn on_shelf(&self, day: usize, department: f64, product: f64) -> u32 {
        let month = &self.months[self.calendar.month(day)];
        let (products, weights) = &self.departments[pick(month, department)];
        products[pick(weights, product)]
    }

    fn on_sale(&self, product: u32, day: usize) -> bool {
        // Strictly after: a landing day begins in the evening before, when a launch is still to come.
        let launches = self.catalogue.all[product as usize].launches;
        launches == 0 || launches < day
    }

    fn line(&self, product: u32, day: usize, level: f64, rng: &mut impl RngExt) -> Line {
        let week = day as u64 / 7;
        let promoted = self
            .streams
            .unit(Topic::Promotion, u64::from(product), week)
            < PROMOTED;
        let unit: f64 = rng.random();
        let quantity = match if promoted { 0.15 + 0.85 * unit } else { unit } {
            u if u < 0.83 => 1,
            u if u < 0.95 => 2,
            u if u < 0.985 => 3,
            u if u < 0.997 => 4,
            _ => 6,
        };
        let item = &self.catalogue.all[product as usize];
        let price =
            quantity * item.price_on(product as usize, day, level, self.calendar, self.streams);
        let percent = if promoted {
            // One depth for everybody, from 10 to 35 percent.
            10 + 5
                * (6.0
                    * self
                        .streams
                        .unit(Topic::Promotion, u64::from(product), week + 10_000))
                    as u32
        } else {
            0
        };
        let mut discount = price * percent / 100;
        if rng.random_bool(COUPON) {
            discount += [50, 75, 100][rng.random_range(0..3)].min((price - discount) / 2);
        }
        Line {
            product,
            quantity,
            amount: price - discount,
            discount,
        }
    }
}
