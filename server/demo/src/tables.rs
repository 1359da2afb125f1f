//! The files of schools, products and users: who is there, and what changes later.

use std::collections::BTreeMap;

use crate::DemoError;
use crate::calendar::Calendar;
use crate::catalogue::{Catalogue, Product};
use crate::landing::Staging;
use crate::parallel;
use crate::schools::Schools;
use crate::shelf::DEPARTMENTS;
use crate::users::Users;

const SCHOOLS: &str = "school_id,name,district,city,county,state,grades,students,op,updated_at";
const PRODUCTS: &str = "product_id,name,brand,manufacturer_id,department,category,product_type,\
                        package_size,is_eligible,reward_per_unit,funding_source,op,updated_at";
const USERS: &str =
    "user_id,email,signed_up_at,state,channel,school_id,inviter_user_id,op,updated_at";

/// Rows by landing day; in a day by time, then in the order of arrival.
#[derive(Default)]
struct Rows {
    days: BTreeMap<usize, Vec<(u32, String)>>,
}

impl Rows {
    fn add(&mut self, at: u32, row: String, calendar: &Calendar) {
        self.days
            .entry(calendar.landing_day(at))
            .or_default()
            .push((at, row));
    }

    fn write(
        self,
        source: &str,
        header: &str,
        staging: &Staging,
        calendar: &Calendar,
    ) -> Result<(), DemoError> {
        for (day, mut rows) in self.days {
            rows.sort_by_key(|(at, _)| *at);
            staging.write(
                source,
                calendar.name(day),
                &file(header, rows.iter().map(|(_, row)| row.as_str())),
                rows.len() as u64,
            )?;
        }
        Ok(())
    }
}

fn file<'r>(header: &str, rows: impl Iterator<Item = &'r str>) -> Vec<u8> {
    let mut contents = header.as_bytes().to_vec();
    contents.push(b'\n');
    for row in rows {
        contents.extend_from_slice(row.as_bytes());
        contents.push(b'\n');
    }
    contents
}

/// When the back office's changes of a day are made, before any shop opens: 05:30 local.
fn back_office(day: usize, calendar: &Calendar) -> u32 {
    calendar.moment(day, 5 * 3600 + 1800, 0)
}

fn moment(at: u32, calendar: &Calendar) -> String {
    let mut text = Vec::with_capacity(20);
    calendar.write_moment(at, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

pub fn write_schools(
    staging: &Staging,
    schools: &Schools,
    calendar: &Calendar,
) -> Result<(), DemoError> {
    let mut rows = Rows::default();
    for (index, school) in schools.all.iter().enumerate() {
        let row = |students: u32, op: char, at: u32| {
            format!(
                "{},{},{},{},{},{},{},{students},{op},{}",
                Schools::id(index),
                school.name,
                school.district,
                school.city,
                school.county,
                school.state.code,
                school.grades,
                moment(at, calendar)
            )
        };
        let at = back_office(school.joins, calendar);
        rows.add(at, row(school.students, 'I', at), calendar);
        for &(day, students) in &school.recounts {
            let at = back_office(day, calendar);
            rows.add(at, row(students, 'U', at), calendar);
        }
    }
    rows.write("schools", SCHOOLS, staging, calendar)
}

pub fn write_products(
    staging: &Staging,
    catalogue: &Catalogue,
    calendar: &Calendar,
) -> Result<(), DemoError> {
    let mut rows = Rows::default();
    for (index, product) in catalogue.all.iter().enumerate() {
        for (version, &(day, reward)) in product.rewards.iter().enumerate() {
            let at = back_office(day, calendar);
            let op = if version == 0 { 'I' } else { 'U' };
            rows.add(
                at,
                product_row(index, product, reward, op, &moment(at, calendar)),
                calendar,
            );
        }
    }
    rows.write("products", PRODUCTS, staging, calendar)
}

fn product_row(index: usize, product: &Product, reward: u32, op: char, at: &str) -> String {
    let eligible = reward > 0;
    format!(
        "{},{},{},{},{},{},{},{},{eligible},{}.{:04},{},{op},{at}",
        Catalogue::id(index),
        product.name,
        product.brand,
        product.manufacturer,
        DEPARTMENTS[product.department].name,
        product.category,
        product.product_type,
        product.package_size,
        reward / 10_000,
        reward % 10_000,
        if eligible { product.brand } else { "" },
    )
}

/// A later change of a user: when, who, the new school.
type Change = (u32, u32, usize);

/// Writes sign-ups and changes by landing day. Sign-ups are in order of time, so a day's are a
/// range of users; only the changes (about one user in twenty) are kept in memory.
pub fn write_users(
    staging: &Staging,
    users: &Users<'_>,
    schools: &Schools,
    calendar: &Calendar,
    threads: usize,
) -> Result<(), DemoError> {
    // The first user who lands on each day or later.
    let mut starts: Vec<u32> = (0..calendar.days())
        .map(|day| {
            first_user(users.count(), |user| {
                calendar.landing_day(users.sign_up(user).at) >= day
            })
        })
        .collect();
    starts.push(users.count());
    let changes = parallel::map(threads, calendar.days(), |day| {
        let changes: Vec<Change> = (starts[day]..starts[day + 1])
            .filter_map(|user| {
                let (at, school) = users.change(user, users.school(user))?;
                Some((at, user, school))
            })
            .collect();
        Ok(changes)
    })?;
    let mut changes: Vec<Change> = changes.into_iter().flatten().collect();
    changes.sort_unstable();

    parallel::map(threads, calendar.days(), |day| {
        let from = changes.partition_point(|c| calendar.landing_day(c.0) < day);
        let to = changes.partition_point(|c| calendar.landing_day(c.0) <= day);
        let mut rows: Vec<(u32, String)> = (starts[day]..starts[day + 1])
            .map(|user| {
                let at = users.sign_up(user).at;
                let row = user_row(users, schools, user, users.school(user), 'I', at, calendar);
                (at, row)
            })
            .collect();
        rows.extend(changes[from..to].iter().map(|&(at, user, school)| {
            let row = user_row(users, schools, user, school, 'U', at, calendar);
            (at, row)
        }));
        if rows.is_empty() {
            return Ok(());
        }
        rows.sort_by_key(|(at, _)| *at);
        staging.write(
            "users",
            calendar.name(day),
            &file(USERS, rows.iter().map(|(_, row)| row.as_str())),
            rows.len() as u64,
        )
    })?;
    Ok(())
}

fn first_user(count: u32, landed: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if landed(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

fn user_row(
    users: &Users<'_>,
    schools: &Schools,
    user: u32,
    school: usize,
    op: char,
    at: u32,
    calendar: &Calendar,
) -> String {
    let inviter = users.inviter(user);
    let id = Users::id(user);
    format!(
        "{id},{id}@example.com,{},{},{},{},{},{op},{}",
        moment(users.sign_up(user).at, calendar),
        schools.all[school].state.code,
        users.channel(user, inviter),
        Schools::id(school),
        inviter.map(Users::id).unwrap_or_default(),
        moment(at, calendar)
    )
}
