//! `trace`: from a row of gold to its line in landing.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use pipeline::{Trace, TraceOptions};
use support::World;

fn trace(world: &World, table: &str, key: &str) -> Result<Trace, String> {
    pipeline::trace(&TraceOptions {
        data: world.data(),
        project: world.options().project,
        landing: None,
        table: table.into(),
        key: key.into(),
    })
    .map_err(|error| error.to_string())
}

#[test]
fn a_purchase_leads_to_its_line() {
    let world = World::small();
    let release = world.publish();
    let found = trace(&world, "fct_purchase", "l2").unwrap();
    assert_eq!(
        (found.release.as_str(), found.key_column.as_str()),
        (release.as_str(), "purchase_id")
    );
    assert_eq!(found.row["amount"], "3.49");
    let [line] = found.lines.as_slice() else {
        panic!("{:?}", found.lines)
    };
    assert_eq!(
        (line.source.as_str(), line.row_number, line.line),
        ("purchases", 2, Some(3))
    );
    assert_eq!(line.landing_path, "purchases/dt=2026-01-10/a.csv");
    assert_eq!(
        line.text.as_deref(),
        Some("l2,r1,u1,p2,t1,1,3.49,,2026-01-10T16:00:00Z,I,2026-01-10T16:00:00Z")
    );
    assert!(line.is_as_taken_in);
    assert_eq!(line.sha256.as_ref(), Some(&line.file_id));
    assert_eq!(line.bronze_row["product_id"], "p2");
}

#[test]
fn a_receipt_leads_to_the_lines_of_its_purchases() {
    let world = World::small();
    world.publish();
    let found = trace(&world, "fct_receipt", "r1").unwrap();
    assert_eq!(found.through.as_deref(), Some("fct_purchase"));
    let lines: Vec<_> = found.lines.iter().map(|line| line.line).collect();
    assert_eq!(lines, [Some(2), Some(3)]);
    assert!(!found.more);
}

#[test]
fn no_e_mail_address_is_shown() {
    let world = World::small();
    world.publish();
    let found = trace(&world, "dim_user", "u1").unwrap();
    assert_eq!(found.lines.len(), 1);
    assert_eq!(found.lines[0].bronze_row["email"], "***@example.org");
    let all = serde_json::to_string(&found).unwrap();
    assert!(!all.contains("ann@"), "{all}");
    assert!(all.contains("u1,***@example.org,2026-01-01"), "{all}");
}

#[test]
fn what_is_not_there_is_named() {
    let world = World::small();
    assert!(
        trace(&world, "fct_purchase", "l2")
            .unwrap_err()
            .contains("nothing has been published")
    );
    let release = world.publish();
    let typo = trace(&world, "fct_purchases", "l2").unwrap_err();
    assert!(
        typo.starts_with("there is no table `fct_purchases`")
            && typo.contains("did you mean fct_purchase"),
        "{typo}"
    );
    assert_eq!(
        trace(&world, "fct_purchase", "l2' or true --").unwrap_err(),
        format!("fct_purchase of release {release} has no row with purchase_id = l2' or true --")
    );
    assert!(
        trace(&world, "fct_activity_day", "u1")
            .unwrap_err()
            .contains("have no key of their own")
    );
}
