use crate::landed::{Landed, fingerprint, scratch, world};
use demo::generate;

fn made(purchases: u64, seed: u64, threads: usize) -> String {
    let folder = scratch();
    generate(&world(folder.path(), purchases, seed, threads), &|_, _| {}).unwrap();
    fingerprint(folder.path())
}

#[test]
fn the_bytes_depend_on_the_seed_alone() {
    // Enough users for several blocks, so that threads do interleave.
    let one = made(15_000, 7, 1);
    assert_eq!(one, made(15_000, 7, 1), "the same again");
    for threads in [2, 3] {
        assert_eq!(one, made(15_000, 7, threads), "{threads} threads");
    }
    assert_ne!(one, made(15_000, 8, 2), "another seed");
}

#[test]
fn exactly_as_many_lines_as_asked_for() {
    for purchases in [1, 2, 10, 37, 1_000, 12_345] {
        let landed = Landed::make(purchases, 3);
        assert_eq!(landed.purchases.len() as u64, purchases);
        assert_eq!(landed.written.rows["purchases"], purchases);
        assert!(!landed.users.is_empty() && !landed.schools.is_empty());
    }
}

#[test]
fn one_purchase_is_a_world_with_any_seed() {
    for seed in 0..12 {
        assert_eq!(Landed::make(1, seed).purchases.len(), 1, "seed {seed}");
    }
}

#[test]
fn what_is_reported_is_what_was_written() {
    let landed = Landed::shared();
    assert_eq!(landed.written.files, landed.files);
    for (source, rows) in [
        ("users", &landed.users),
        ("schools", &landed.schools),
        ("products", &landed.products),
        ("purchases", &landed.purchases),
        ("referrals", &landed.referrals),
        ("events", &landed.events),
    ] {
        assert_eq!(landed.written.rows[source], rows.len() as u64, "{source}");
    }
}
