#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::*;

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn figures(amount: &str, volume: &str) -> Figures {
    Figures {
        amount: d(amount),
        volume: d(volume),
    }
}

fn member(name: &str, before: Figures, after: Figures) -> Member {
    Member {
        name: Value::Text(name.to_owned()),
        before,
        after,
    }
}

fn sum(side: impl Fn(&Member) -> Figures, members: &[Member]) -> Figures {
    members.iter().fold(Figures::default(), |sum, m| Figures {
        amount: sum.amount + side(m).amount,
        volume: sum.volume + side(m).volume,
    })
}

fn difference(shape: Shape, members: Vec<Member>) -> Difference {
    Difference {
        shape,
        before: sum(|m| m.before, &members),
        after: sum(|m| m.after, &members),
        members,
        places: 2,
    }
}

fn wording() -> Wording {
    Wording {
        metric: "Retail spend".into(),
        unit: Unit::Usd,
        volume: Some("Receipts".into()),
        dimension: "State".into(),
    }
}

#[test]
fn spend_falls_by_fewer_receipts_another_mix_and_lower_spend_per_receipt() {
    let bridge = difference(
        Shape::SumOverVolume,
        vec![
            // 100 receipts of $10 become 50 of $8; 100 of $20 stay as they were.
            member("OH", figures("1000", "100"), figures("400", "50")),
            member("PA", figures("2000", "100"), figures("2000", "100")),
        ],
    )
    .bridge()
    .unwrap();
    assert_eq!((bridge.before, bridge.after), (d("3000"), d("2400")));
    let ohio = &bridge.parts[0];
    // Receipts fell by a quarter: of Ohio's $1,000 that is $250. It has 25 fewer than that, and $2 less on each of 50.
    assert_eq!(ohio.effects.volume, d("-250"));
    assert_eq!(ohio.effects.mix, d("-250"));
    assert_eq!(ohio.effects.rate, d("-100"));
    assert_eq!(ohio.change, d("-600"));
    // Its share grew against the fall.
    let pennsylvania = &bridge.parts[1];
    assert_eq!(pennsylvania.effects.volume, d("-500"));
    assert_eq!(pennsylvania.effects.mix, d("500"));
    assert_eq!(pennsylvania.change, d("0"));
    assert_eq!(
        sentences(&bridge, &wording()),
        [
            "Fewer receipts −$750.00, another mix by state +$250.00, lower retail spend per receipt −$100.00.",
            "OH −$600.00, of which fewer receipts −$500.00.",
        ]
    );
    assert_eq!(
        headline("Retail spend", Unit::Usd, bridge.before, bridge.after),
        "Retail spend −20.0% (−$600.00)"
    );
}

#[test]
fn what_is_in_several_members_counts_once_in_the_total() {
    // 10 receipts of which 4 have lines in both departments, then 12 of which 1 has.
    let mut difference = difference(
        Shape::Sum,
        vec![
            member("Dairy", figures("7", "0"), figures("8", "0")),
            member("Bakery", figures("7", "0"), figures("5", "0")),
        ],
    );
    difference.places = 0;
    difference.before.amount = d("10");
    difference.after.amount = d("12");
    let bridge = difference.bridge().unwrap();
    assert_eq!(bridge.several, d("3"));
    assert_eq!(bridge.total(), d("2"));
    let count = Wording {
        metric: "Receipts".into(),
        unit: Unit::Count,
        volume: None,
        dimension: "Department".into(),
    };
    assert_eq!(
        sentences(&bridge, &count).last().unwrap(),
        "+3 is of what counts in more than one department, and once in the total."
    );
}

#[test]
fn a_basket_grows_by_mix_while_each_shrinks() {
    let bridge = difference(
        Shape::Ratio,
        vec![
            member("small", figures("100", "10"), figures("9", "1")),
            member("large", figures("300", "10"), figures("551", "19")),
        ],
    )
    .bridge()
    .unwrap();
    assert_eq!((bridge.before, bridge.after), (d("20"), d("28")));
    // The large one's share rises from 50 % to 95 %, $10 above the average; the small one's falls, $10 below it.
    assert_eq!(bridge.effects().mix, d("9.00"));
    assert_eq!(bridge.effects().rate, d("-1.00"));
    assert_eq!(bridge.total(), d("8"));
}

#[test]
fn new_and_gone_members_are_told_as_such() {
    let bridge = difference(
        Shape::SumOverVolume,
        vec![
            member("old", figures("500", "10"), Figures::default()),
            member("young", Figures::default(), figures("300", "6")),
            member("both", figures("100", "10"), figures("100", "10")),
        ],
    )
    .bridge()
    .unwrap();
    assert_eq!(bridge.total(), d("-200"));
    let young = bridge
        .parts
        .iter()
        .find(|p| p.presence == Presence::New)
        .unwrap();
    assert_eq!(young.effects.mix, d("300"));
    let said = sentences(&bridge, &wording());
    assert!(said.contains(&"old −$500.00: gone.".to_owned()), "{said:?}");
    assert!(
        said.contains(&"young +$300.00: new.".to_owned()),
        "{said:?}"
    );
}

#[test]
fn a_ratio_over_nothing_has_no_bridge() {
    let nothing = difference(
        Shape::Ratio,
        vec![member("a", Figures::default(), figures("1", "1"))],
    );
    assert_eq!(nothing.bridge(), None);
}

#[test]
fn what_departs_most_from_the_whole_explains_most() {
    let with = |ohio: &str, pennsylvania: &str| {
        concentration(&difference(
            Shape::Sum,
            vec![
                member("OH", figures("100", "0"), figures(ohio, "0")),
                member("PA", figures("100", "0"), figures(pennsylvania, "0")),
            ],
        ))
    };
    assert_eq!(with("50", "50"), Decimal::ZERO);
    assert!(with("0", "100") > with("40", "60"));
}

#[test]
fn a_waterfall_ends_where_its_steps_lead() {
    let bridge = difference(
        Shape::Sum,
        vec![
            member("a", figures("10", "0"), figures("30", "0")),
            member("b", figures("10", "0"), figures("5", "0")),
            member("c", figures("0", "0"), figures("1", "0")),
        ],
    )
    .bridge()
    .unwrap()
    .folded(1);
    let waterfall = Waterfall::of(&bridge, "Why".into(), Unit::Usd, Some(d("-2")));
    let steps: Vec<(&str, Decimal, Decimal)> = waterfall
        .steps
        .iter()
        .map(|s| (s.label.as_str(), s.from, s.amount))
        .collect();
    assert_eq!(
        steps,
        [
            ("a", d("0"), d("20")),
            ("2 others", d("20"), d("-4")),
            ("Restated", d("16"), d("-2")),
            ("Change", d("0"), d("14")),
        ]
    );
}

fn any_figures() -> impl Strategy<Value = Figures> {
    let amount = prop_oneof![Just(0_i64), -100_000_000_i64..100_000_000, 0..50_000_i64,];
    let volume = prop_oneof![Just(0_i64), 0..5_000_i64, -50..50_i64];
    (amount, volume).prop_map(|(cents, volume)| Figures {
        amount: Decimal::new(cents, 2),
        volume: Decimal::from(volume),
    })
}

fn any_member() -> impl Strategy<Value = Member> {
    (any_figures(), any_figures(), 0..4_u8).prop_map(|(before, after, presence)| match presence {
        0 => member("new", Figures::default(), after),
        1 => member("gone", before, Figures::default()),
        _ => member("both", before, after),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever the members, and whatever the total makes of them.
    #[test]
    fn parts_add_up_to_the_difference(
        members in prop::collection::vec(any_member(), 0..12),
        (off_before, off_after) in (any_figures(), any_figures()),
        additive in any::<bool>(),
        shape in prop_oneof![Just(Shape::Sum), Just(Shape::SumOverVolume), Just(Shape::Ratio)],
        places in 0..5_u32,
        most in 0..6_usize,
    ) {
        let mut difference = difference(shape, members);
        difference.places = places;
        if !additive {
            difference.before = off_before;
            difference.after = off_after;
        }
        let Some(bridge) = difference.bridge() else {
            let over_nothing = difference.before.volume.is_zero() || difference.after.volume.is_zero();
            prop_assert!(shape == Shape::Ratio && over_nothing);
            return Ok(());
        };
        prop_assert_eq!(bridge.total(), bridge.change());
        for part in &bridge.parts {
            prop_assert_eq!(part.effects.total(), part.change);
            prop_assert!(part.change.scale() <= places.max(2));
            prop_assert_eq!(part.change, part.change.round_dp(places));
        }
        if additive && shape != Shape::Ratio && places >= 2 {
            prop_assert_eq!(bridge.several, Decimal::ZERO);
            for part in &bridge.parts {
                prop_assert_eq!(part.change, part.after.unwrap() - part.before.unwrap());
            }
        }
        let change = bridge.change();
        let waterfall = Waterfall::of(&bridge, String::new(), Unit::Usd, None);
        prop_assert_eq!(waterfall.steps.last().unwrap().amount, change);
        let folded = bridge.folded(most);
        prop_assert_eq!(folded.total(), change);
        let _ = concentration(&difference);
        let _ = sentences(&folded, &wording());
    }
}
