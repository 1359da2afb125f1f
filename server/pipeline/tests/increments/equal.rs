//! Whatever lands, in whatever portions: the tables are those of one full build.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Row {
    User(u8, u8),
    Sale(u8, u8, u16, bool),
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = prop_oneof![
        (0u8..5, 0u8..3).prop_map(|(user, city)| Row::User(user, city)),
        (0u8..9, 0u8..6, 0u16..300, prop::bool::weighted(0.2))
            .prop_map(|(sale, user, cents, deleted)| Row::Sale(sale, user, cents, deleted)),
    ];
    prop::collection::vec(row, 1..10)
}

/// Batches, each of rows for a few days; a batch may land before the one it follows in time.
fn batches() -> impl Strategy<Value = Vec<(u8, Vec<Row>)>> {
    prop::collection::vec((1u8..28, rows()), 1..5)
}

fn land(world: &World, batch: usize, day: u8, rows: &[Row]) {
    let (mut users, mut sales) = (Vec::new(), Vec::new());
    for row in rows {
        match row {
            Row::User(user, city) => users.push(format!("u{user},c{city}")),
            Row::Sale(sale, user, cents, deleted) => sales.push(format!(
                "s{sale},u{user},{}.{:02},{}",
                cents / 100,
                cents % 100,
                if *deleted { "D" } else { "" }
            )),
        }
    }
    let dt = format!("2026-02-{day:02}");
    // Files of one day stand in the order they came.
    for (source, header, lines) in [("users", shop::USERS, users), ("sales", shop::SALES, sales)] {
        // The batch is part of the content: a file that lands twice is taken in once.
        let lines: Vec<String> = lines.iter().map(|line| format!("{line},{batch}")).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        if !lines.is_empty() {
            let header = format!("{header},batch");
            world.land(source, &dt, &format!("{batch}.csv"), &header, &lines);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn increments_end_where_a_full_build_does(batches in batches()) {
        let world = small();
        report(&world);
        for (batch, (day, rows)) in batches.iter().enumerate() {
            land(&world, batch, *day, rows);
            prop_assert_eq!(report(&world).mode, pipeline::Mode::Delta);
        }
        assert_undisturbed(&world);
    }
}
