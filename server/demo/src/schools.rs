//! The schools, most popular first in weight but not in id.

use std::collections::HashSet;

use rand::RngExt;
use rand::seq::SliceRandom;

use crate::calendar::Calendar;
use crate::places::{KINDS, NAMES, STATES, State};
use crate::stream::{Streams, Topic, cumulate, pick};

pub struct School {
    pub name: String,
    pub district: String,
    pub city: &'static str,
    pub county: &'static str,
    pub state: &'static State,
    pub grades: &'static str,
    pub students: u32,
    /// The day it joins the programme.
    pub joins: usize,
    /// A later count of students, with its day.
    pub recounts: Vec<(usize, u32)>,
}

pub struct Schools {
    pub all: Vec<School>,
    cumulative: Vec<f64>,
}

impl Schools {
    /// About 60 schools for 10⁴ purchases, 380 for 10⁶.
    pub fn new(purchases: u64, streams: &Streams, calendar: &Calendar) -> Self {
        let count = (60.0 * (purchases as f64 / 1e4).powf(0.4))
            .round()
            .clamp(12.0, 9_000.0) as usize;
        let mut rng = streams.of(Topic::Schools, 0, 0);
        let mut ranks: Vec<usize> = (0..count).collect();
        ranks.shuffle(&mut rng);

        let states = cumulate(STATES.iter().map(|s| s.weight));
        let kinds = cumulate(KINDS.iter().map(|k| k.4));
        let mut taken = HashSet::new();
        let mut all = Vec::with_capacity(count);
        for &rank in &ranks {
            // The largest communities have been there from the start.
            let joins = if rank * 5 < count * 3 || rng.random_bool(0.5) {
                0
            } else {
                rng.random_range(1..calendar.days() * 4 / 5)
            };
            let mut school = loop {
                let state = &STATES[pick(&states, rng.random())];
                // The first cities of a state are its largest.
                let spread: f64 = rng.random();
                let (city, county) =
                    state.cities[(spread.powf(1.5) * state.cities.len() as f64) as usize];
                let name = NAMES[rng.random_range(0..NAMES.len())];
                let (kind, grades, fewest, most, _) = KINDS[pick(&kinds, rng.random())];
                let name = format!("{name} {kind}");
                // Beyond a few thousand schools a name may come back within a city, as it does.
                if !taken.insert((city, state.code, name.clone())) && rng.random_bool(0.98) {
                    continue;
                }
                break School {
                    name,
                    district: state
                        .district
                        .replace("{city}", city)
                        .replace("{county}", county),
                    city,
                    county,
                    state,
                    grades,
                    students: rng.random_range(fewest..=most),
                    joins,
                    recounts: Vec::new(),
                };
            };
            school.recount(all.len(), streams, calendar);
            all.push(school);
        }
        let cumulative = cumulate(
            ranks
                .iter()
                .map(|&rank| 1.0 / (rank as f64 + 2.5).powf(0.85)),
        );
        Self { all, cumulative }
    }

    /// The school that a unit draw selects, by popularity.
    pub fn pick(&self, unit: f64) -> usize {
        pick(&self.cumulative, unit)
    }

    pub fn id(school: usize) -> String {
        format!("s{:04}", school + 1)
    }
}

impl School {
    /// Two schools in five report a new count of students each 15 August.
    fn recount(&mut self, index: usize, streams: &Streams, calendar: &Calendar) {
        let mut students = self.students;
        for day in self.joins + 1..calendar.days() {
            let date = calendar.date(day);
            if (date.month(), date.day()) != (8, 15)
                || streams.unit(Topic::Enrolment, index as u64, day as u64) >= 0.4
            {
                continue;
            }
            let change = streams.unit(Topic::Enrolment, index as u64, day as u64 + 100_000);
            let counted = (f64::from(students) * (0.94 + 0.12 * change)).round() as u32;
            if counted != students {
                students = counted;
                self.recounts.push((day, students));
            }
        }
    }
}
