//! Purchases are added up by the department and brand that a product is of now: a product that moves takes what was
//! bought of it along, and an increment knows it.

use crate::support::{PRODUCTS, PURCHASES, World};

const ADDED_UP: &str =
    "SELECT receipt_key, department, brand, lines, amount FROM agg_purchase_shelf ORDER BY 1, 2, 3";
/// The same from the lines.
const FROM_LINES: &str = "SELECT coalesce(l.receipt_id, concat('line ', l.purchase_id)), d.department, d.brand, count(*), sum(l.amount) \
     FROM fct_purchase AS l LEFT JOIN dim_product AS d ON l.product_id = d.product_id GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
const RECEIPTS: &str =
    "SELECT receipt_key, lines, amount FROM agg_purchase_receipt ORDER BY receipt_key";

#[test]
fn a_product_that_moves_takes_its_purchases_along() {
    let world = World::small();
    world.publish();
    assert_eq!(
        world.query(ADDED_UP),
        [
            "r1|DRUG|Acme|1|3.49",
            "r1|GROCERY|Acme|1|7.98",
            "r2|GROCERY|Acme|1|3.99"
        ]
    );
    let receipts = world.query(RECEIPTS);
    assert_eq!(receipts, ["r1|2|11.47", "r2|1|3.99"]);

    // p1 comes to the shelf of p2 on r1; nothing was bought that day.
    world.land(
        "products",
        "2026-01-11",
        "b.csv",
        PRODUCTS,
        &["p1,Oats,Acme,m1,DRUG,CEREAL,OATS,18 OZ,true,0.1050,brand,U,2026-01-11T12:00:00Z"],
    );
    world.publish();
    let moved = ["r1|DRUG|Acme|2|11.47", "r2|DRUG|Acme|1|3.99"];
    assert_eq!(world.query(ADDED_UP), moved);
    assert_eq!(world.query(RECEIPTS), receipts);

    // A product that no catalogue knew is described after it was bought; another line names no receipt.
    world.land(
        "purchases",
        "2026-01-12",
        "b.csv",
        PURCHASES,
        &[
            "l4,r3,u1,p9,t1,1,1.00,,2026-01-12T14:00:00Z,I,",
            "l5,,u1,p2,t1,1,2.00,,2026-01-12T15:00:00Z,I,",
        ],
    );
    world.publish();
    assert_eq!(
        world.query(ADDED_UP),
        [
            &["line l5|DRUG|Acme|1|2.00"][..],
            &moved[..],
            &["r3|-|-|1|1.00"][..]
        ]
        .concat()
    );
    world.land(
        "products",
        "2026-01-13",
        "c.csv",
        PRODUCTS,
        &["p9,Tea,Best,m2,GROCERY,TEA,TEA,1 CT,false,,,I,2026-01-13T12:00:00Z"],
    );
    // And a line leaves its receipt.
    world.land(
        "purchases",
        "2026-01-13",
        "c.csv",
        PURCHASES,
        &["l1,r4,u1,p1,t1,2,7.98,1.00,2026-01-10T16:00:00Z,U,2026-01-13T16:00:00Z"],
    );
    world.publish();
    assert_eq!(
        world.query(ADDED_UP),
        [
            "line l5|DRUG|Acme|1|2.00",
            "r1|DRUG|Acme|1|3.49",
            "r2|DRUG|Acme|1|3.99",
            "r3|GROCERY|Best|1|1.00",
            "r4|DRUG|Acme|1|7.98"
        ]
    );
    assert_eq!(world.query(ADDED_UP), world.query(FROM_LINES));
    assert_eq!(
        world.query(RECEIPTS),
        [
            "line l5|1|2.00",
            "r1|1|3.49",
            "r2|1|3.99",
            "r3|1|1.00",
            "r4|1|7.98"
        ]
    );
}
